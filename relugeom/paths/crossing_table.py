"""`Crossings`: the sign changes of neurons along a path, in columns, and their file."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from .._check import frozen, instance
from .._files import BROKEN, check_format, existing
from .._lazy import optional
from .._status import Ended
from .._table import Table, brief
from .._version import __version__
from ..errors import FileFormatError, IncompleteError, ShapeError

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray, SignArray
    from .path import OptimizerPath

COLUMNS = ("step", "t", "sample", "layer", "neuron", "sign")
_FIELDS = ("undecided", "first_step", "n_steps", "status", "every")
_FORMAT = "relugeom crossings 2"


@brief
class CrossingTimes(NamedTuple):
    """The moments at which signs change, in order.

    Attributes
    ----------
    step : ndarray of int64, shape (m,)
    t : ndarray, shape (m,)
        Places in the step, from 0 to 1.
    multiplicity : ndarray of int64, shape (m,)
        Signs that change at once.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]]])
    >>> path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    >>> times = rg.crossings(path, [[1.0], [2.0]]).times
    >>> times.step, times.t, times.multiplicity
    (array([0]), array([0.5]), array([2]))
    """

    step: IntArray
    t: FloatArray
    multiplicity: IntArray


@dataclass(frozen=True, eq=False, repr=False)
class Crossings(Ended, Table):
    """Sign changes of neurons along an optimizer path, one row an event.

    Rows are ordered by step, then t; at the same moment by sample, layer and neuron. The columns
    are read-only arrays of shape (n_flips,). If none is undecided, times are equal if and only if
    the moments are: a moment is one point of the path, whatever rounding makes of it.

    Attributes
    ----------
    step : ndarray of int64
        The event lies between parameters ``step`` and ``step + 1``.
    t : ndarray of float64
        Where on that segment, 0 to 1.
    sample, layer, neuron : ndarray of int64
        Row of the data; hidden layer from 0; coordinate in that layer from 0.
    sign : ndarray of int8
        State after the event: +1 on (pre-activation > 0), -1 off.
    neurons : ndarray of int64, shape (N, 2)
        (layer, neuron) of every rectified neuron, in the order of patterns.
    initial : ndarray of bool, shape (n_samples, N)
        Which neurons are on at parameters ``first_step``.
    undecided : int
        Number of cases (a sample on a step; a group of events so close that floats cannot tell
        their order) that were left to floats, because the budget for exact arithmetic was spent.
        With 0, every event is there and no other.
    first_step, n_steps : int
        The steps ``first_step``, ..., ``first_step + n_steps - 1`` were searched.
    widths : tuple of int
        Widths of the hidden layers.
    status : str
        "complete"; "undecided"; or "interrupted" (Ctrl-C): the steps that were done.
    every : int
        Only every so many steps of the optimizer were recorded: the crossings are those of the
        chords between recorded points.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    >>> events = rg.crossings(path, [[0.5], [2.0], [3.0]])
    >>> len(events), events.n_pattern_changes, events.n_cell_changes, events.per_layer
    (12, 3, 1, array([[12]]))
    >>> events.times.t, events.times.multiplicity
    (array([0.5]), array([12]))
    """

    step: IntArray
    t: FloatArray
    sample: IntArray
    layer: IntArray
    neuron: IntArray
    sign: SignArray
    neurons: IntArray
    initial: BoolArray
    undecided: int
    first_step: int
    n_steps: int
    widths: tuple[int, ...]
    status: str
    every: int = 1

    _COLUMNS: ClassVar[tuple[str, ...]] = (*COLUMNS, "multiplicity")

    def __len__(self) -> int:
        return len(self.step)

    def __repr__(self) -> str:
        text = (
            f"Crossings({len(self)} flips, {self.n_steps} steps, {self.n_samples} samples, "
            f"widths {self.widths}, {self.status}"
        )
        if self.every > 1:
            text += f"; {_CHORDS.format(self.every)}"
        return text + ")"

    __str__ = __repr__  # events are many

    @property
    def message(self) -> str:
        """The status in words."""
        text = {
            "complete": f"all {len(self)} flips in {self.n_steps} steps",
            "undecided": f"{self.undecided} cases were too close to call and exceed the budget "
            f"for exact arithmetic: {len(self)} flips may not be exact",
            "interrupted": f"interrupted: {len(self)} flips in the first {self.n_steps} steps",
        }[self.status]
        if self.status == "interrupted" and self.undecided:
            text += f", of which {self.undecided} cases were too close to call"
        return f"{text}; {_CHORDS.format(self.every)}" if self.every > 1 else text

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.initial)

    @property
    def n_flips(self) -> int:
        """Number of events: one for each neuron, sample and change of sign."""
        return len(self)

    @cached_property
    def n_pattern_changes(self) -> int:
        """Number of moments, summed over samples, at which the pattern of a sample changes.

        These are the distinct triples (step, t, sample): neurons that flip at the same t at the
        same sample count once, equal samples count each.
        """
        return int(_starts(self.step, self.t, self.sample).sum())

    @cached_property
    def n_cell_changes(self) -> int:
        """Number of moments at which the path enters another cell of parameter space.

        A cell is a pattern of all neurons at all samples. These are the distinct pairs (step, t).
        """
        return len(self.times.t)

    @cached_property
    def times(self) -> CrossingTimes:
        """The distinct moments, with the number of events at each."""
        first = np.flatnonzero(_starts(self.step, self.t))
        counts = np.diff(first, append=len(self))
        return CrossingTimes(*(frozen(c) for c in (self.step[first], self.t[first], counts)))

    @cached_property
    def multiplicity(self) -> IntArray:
        """For each event the number of events at its moment, itself included."""
        counts = self.times.multiplicity
        column: IntArray = frozen(np.repeat(counts, counts))
        return column

    @cached_property
    def per_step(self) -> IntArray:
        """Number of events of each step, shape (n_steps,)."""
        counts: IntArray = frozen(self.per_layer.sum(axis=1))
        return counts

    @cached_property
    def per_layer(self) -> IntArray:
        """Number of events of each step and layer, shape (n_steps, L)."""
        depth = len(self.widths)
        flat = np.bincount(
            (self.step - self.first_step) * depth + self.layer, minlength=self.n_steps * depth
        )
        counts: IntArray = frozen(flat.reshape(self.n_steps, depth))
        return counts

    @cached_property
    def final(self) -> BoolArray:
        """Which neurons are on after the last step, shape (n_samples, N)."""
        flips = np.zeros(self.initial.shape, np.int64)
        np.add.at(flips, (self.sample, self._place), 1)
        states: BoolArray = frozen(self.initial ^ (flips % 2 == 1))
        return states

    @property
    def dead(self) -> IntArray:
        """The neurons, as rows (layer, neuron), that are off at all samples on the whole path.

        Their incoming weights get no gradient from these samples, if they are ReLUs.
        """
        return self._still(on=False)

    @property
    def always_on(self) -> IntArray:
        """The neurons, as rows (layer, neuron), that are on at all samples on the whole path."""
        return self._still(on=True)

    def _still(self, *, on: bool) -> IntArray:
        unchanged = (self.initial == on).all(axis=0)
        unchanged[self._place] = False
        rows: IntArray = frozen(self.neurons[unchanged])
        return rows

    @property
    def _place(self) -> IntArray:
        """Place of each event's neuron in a pattern."""
        offset = np.cumsum(self.widths) - self.widths
        place = np.empty(sum(self.widths), np.int64)
        place[offset[self.neurons[:, 0]] + self.neurons[:, 1]] = np.arange(len(self.neurons))
        found: IntArray = place[offset[self.layer] + self.neuron]
        return found

    def to_arrow(self) -> Any:
        """Return the events, with their multiplicity, as a ``pyarrow.Table``.

        Everything else is in its metadata: `relugeom.load_crossings` reads the Parquet file that
        `save` makes of it.
        """
        import pyarrow as pa

        about = {name: getattr(self, name) for name in (*_FIELDS, "n_samples", "widths")}
        about |= {"neurons": self.neurons.tolist(), "version": __version__}
        table = pa.table({name: getattr(self, name) for name in self._COLUMNS})
        return table.replace_schema_metadata(
            {
                "relugeom.format": _FORMAT,
                "relugeom.about": json.dumps(about),
                "relugeom.initial": base64.b64encode(np.packbits(self.initial).tobytes()),
            }
        )

    def to_pandas(self) -> Any:
        """Return the events, with their multiplicity, as a ``pandas.DataFrame``."""
        pandas = optional("pandas", "frames")
        return pandas.DataFrame({name: getattr(self, name) for name in self._COLUMNS})


def check_events(
    events: Crossings, path: OptimizerPath, n_samples: int | None = None, name: str = "events"
) -> None:
    """Raise unless the crossings are those of the path, all of them, at so many samples."""
    instance(name, events, Crossings)
    if events.status == "interrupted":
        raise IncompleteError(f"`{name}` must be crossings of all steps; got {events}")
    n = events.n_samples if n_samples is None else n_samples
    shape = events.first_step, events.n_steps, events.n_samples, events.widths
    if shape != (0, len(path), n, path.start.widths):
        of = "this path" if n_samples is None else "this path and these samples"
        raise ShapeError(f"`{name}` must be those of {of}; got {events}")


_CHORDS = (
    "every {}-th step recorded: crossings of the straight chords between recorded points, "
    "not of the real path"
)


def load_crossings(file: str | os.PathLike[str]) -> Crossings:
    """Load events that `Crossings.save` wrote.

    Parameters
    ----------
    file : path
        A ``.parquet`` file.

    Returns
    -------
    Crossings

    Raises
    ------
    FileFormatError
        If the file is missing, broken, or holds something else.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "events.parquet"
    >>> rg.crossings(path, [[0.5], [2.0]]).save(file)
    >>> rg.load_crossings(file)
    Crossings(8 flips, 1 steps, 2 samples, widths (4,), complete)
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = existing(file)
    try:
        table = pq.read_table(source)
        metadata = table.schema.metadata or {}
        check_format(source.name, metadata.get(b"relugeom.format"), _FORMAT)
        about = json.loads(metadata[b"relugeom.about"])
        neurons = np.array(about["neurons"], np.int64).reshape(-1, 2)
        shape = (about["n_samples"], len(neurons))
        packed = np.frombuffer(base64.b64decode(metadata[b"relugeom.initial"]), np.uint8)
        bits = np.unpackbits(packed, count=shape[0] * shape[1])
        columns: dict[str, Any] = {name: frozen(table[name].to_numpy()) for name in COLUMNS}
        return Crossings(
            **columns,
            neurons=frozen(neurons),
            initial=frozen(bits.astype(np.bool_).reshape(shape)),
            widths=tuple(about["widths"]),
            **{name: about[name] for name in _FIELDS},
        )
    except FileFormatError:
        raise
    except (pa.ArrowException, *BROKEN) as error:
        raise FileFormatError(
            f"{source.name} is not a readable table of crossings: {error}"
        ) from error


def _starts(step: IntArray, t: FloatArray, *more: IntArray) -> BoolArray:
    """Tell which rows, ordered by all the columns, are the first of their moment."""
    first = np.zeros(len(step), dtype=np.bool_)
    first[:1] = True
    for key in (step, t, *more):
        first[1:] |= np.diff(key) != 0
    return first
