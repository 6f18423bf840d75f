"""Region crossings of an optimizer path: every sign change of every neuron at every sample."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import frozen, points
from .._files import replacing
from .._progress import progress_bar
from ..errors import InvalidInputError, UnsupportedError
from ._layout import layers, preactivations, step_blocks
from .path import OptimizerPath

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray, IntArray, SignArray
    from ..networks.network import ReLUNetwork

_SLACK = 1e-12  # of the interval test, relative to the magnitudes that went in
COLUMNS = ("step", "t", "sample", "layer", "neuron", "sign")


@dataclass(frozen=True, eq=False)
class Crossings:
    """Sign changes of neurons along an optimizer path, one row an event.

    Rows are ordered by step, then t; at the same moment by sample. The columns are read-only
    arrays of shape (n_flips,).

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
    undecided : int
        Number of places where rounding leaves open whether there is a pair of events, or which
        way one goes: tangencies, and values that cannot be told from 0. With 0, every event is
        there (up to floating-point arithmetic; nothing is certified).
    n_steps, n_samples : int
    widths : tuple of int
        Widths of the hidden layers.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    >>> events = rg.crossings(path, [[0.5], [2.0], [3.0]])
    >>> len(events), events.n_pattern_changes, events.per_layer
    (12, 3, array([[12]]))
    """

    step: IntArray
    t: FloatArray
    sample: IntArray
    layer: IntArray
    neuron: IntArray
    sign: SignArray
    undecided: int
    n_steps: int
    n_samples: int
    widths: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.step)

    def __repr__(self) -> str:
        return (
            f"Crossings({len(self)} flips, {self.n_steps} steps, {self.n_samples} samples, "
            f"widths {self.widths}, {self.undecided} undecided)"
        )

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
        return int(_moments(self.step, self.t, self.sample).sum())

    @cached_property
    def n_cell_changes(self) -> int:
        """Number of moments at which the path enters another cell of parameter space.

        A cell is a pattern of all neurons at all samples. These are the distinct pairs (step, t);
        flips at t that are equal in exact arithmetic only are counted apart.
        """
        return int(_moments(self.step, self.t).sum())

    @cached_property
    def n_pairs(self) -> int:
        """Number of pairs (step, sample) with at least one event."""
        return len(np.unique(self.step * max(self.n_samples, 1) + self.sample))

    @cached_property
    def per_step(self) -> IntArray:
        """Number of events of each step, shape (n_steps,)."""
        counts: IntArray = frozen(np.bincount(self.step, minlength=self.n_steps))
        return counts

    @cached_property
    def per_layer(self) -> IntArray:
        """Number of events of each step and layer, shape (n_steps, L)."""
        depth = len(self.widths)
        flat = np.bincount(self.step * depth + self.layer, minlength=self.n_steps * depth)
        counts: IntArray = frozen(flat.reshape(self.n_steps, depth))
        return counts

    def to_arrow(self) -> Any:
        """Return the events as a ``pyarrow.Table``; sizes and ``undecided`` are in its metadata."""
        import pyarrow as pa

        metadata = {
            "format": "relugeom crossings 1",
            "undecided": str(self.undecided),
            "n_steps": str(self.n_steps),
            "n_samples": str(self.n_samples),
            "widths": " ".join(map(str, self.widths)),
        }
        table = pa.table({name: getattr(self, name) for name in COLUMNS})
        return table.replace_schema_metadata(metadata)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Save the events as ``.parquet``."""
        if os.path.splitext(file)[1] != ".parquet":
            raise UnsupportedError(f"`file` must end in .parquet; got {os.fspath(file)!r}")
        import pyarrow.parquet as pq

        with replacing(file) as temporary:
            pq.write_table(self.to_arrow(), temporary, compression="zstd")


def crossings(path: OptimizerPath, X: ArrayLike, *, progress: bool | None = None) -> Crossings:
    """Return every sign change of every neuron at every sample along an optimizer path.

    Between two steps the parameters move along a straight segment, on which the pre-activations
    of layer l (from 1) are continuous and piecewise polynomial in t, of degree at most l. All
    their sign changes are found, not only those that show at the ends: roots by Bernstein
    coefficients on each polynomial piece, in floating-point arithmetic. The flips found for a
    neuron always lead from its state at one end of a step to its state at the other. A neuron
    that touches 0 without changing sign does not cross; one that is 0 counts as off.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
        The samples; not necessarily those trained on.
    progress : bool, optional
        Show a bar; by default on a terminal only.

    Returns
    -------
    Crossings

    Raises
    ------
    InvalidInputError
        If ``path`` is not an `OptimizerPath`, or there is no sample.
    ShapeError
        If ``X`` does not fit the network.

    Notes
    -----
    Pairs of a step and a sample in which interval arithmetic excludes a sign change are skipped.
    Memory is bounded: masks are kept for a block of steps at a time.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 8, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=50)
    >>> events = rg.crossings(path, X)
    >>> bool(events.per_layer.sum() == len(events)), events.undecided
    (True, 0)
    """
    from . import _kernel_crossings as kernel

    data = samples(path, X)
    net, n = path.template, len(data)
    columns = _empty_columns(1024)
    control = np.zeros(kernel.CONTROL_SIZE, np.int64)
    shape = _shape(net)
    with progress_bar(progress, total=len(path), desc="crossings", unit="step") as bar:
        for block in step_blocks(net, n, len(path)):
            theta = path.canonical(slice(block.start, block.stop + 1))
            mask, skip = _block(net, theta, data)
            first, control[kernel.PAIR] = control[kernel.N_OUT], 0
            while kernel.run(control, theta, data, mask, skip, *shape, *columns) != kernel.DONE:
                columns = [np.concatenate([c, np.empty_like(c)]) for c in columns]
            columns[0][first : control[kernel.N_OUT]] += block.start
            bar.update(len(block))
    used = slice(control[kernel.N_OUT])
    order = np.lexsort((columns[1][used], columns[0][used]))
    step, t, sample, layer, neuron, sign = (frozen(c[used][order]) for c in columns)
    undecided = int(control[kernel.UNDECIDED])
    return Crossings(step, t, sample, layer, neuron, sign, undecided, len(path), n, net.widths)


def samples(path: OptimizerPath, X: ArrayLike) -> FloatArray:
    """Return ``X`` checked against the network of ``path``."""
    if not isinstance(path, OptimizerPath):
        raise InvalidInputError(f"`path` must be an OptimizerPath; got {type(path).__name__}")
    data = points("X", X, path.template.input_dim)
    if not len(data):
        raise InvalidInputError("`X` must hold at least one sample; got none")
    return data


def _empty_columns(size: int) -> list[Any]:
    kinds = (np.int64, np.float64, np.int64, np.int64, np.int64, np.int8)
    return [np.empty(size, kind) for kind in kinds]


def _moments(step: IntArray, t: FloatArray, *more: IntArray) -> BoolArray:
    """Tell which rows, ordered by all the columns, are the first of their moment."""
    keys = (step, t, *more)
    order = np.lexsort(keys[::-1])
    first = np.zeros(len(step), dtype=np.bool_)
    first[:1] = True
    for key in keys:
        first[1:] |= np.diff(key[order]) != 0
    return first


def _shape(net: ReLUNetwork) -> tuple[Any, ...]:
    """Return the arrays that tell the kernel where layers, rows and units begin."""
    width, fan_in = np.array(net.widths), np.array([net.input_dim, *net.widths[:-1]])
    sizes = width * fan_in + width
    at_weight = np.cumsum(sizes) - sizes
    at_unit = np.cumsum(width) - width
    slope = np.concatenate(net.slopes)
    return width, fan_in, at_weight, at_weight + width * fan_in, at_unit, slope


def _block(net: ReLUNetwork, theta: FloatArray, X: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Return the masks (S + 1, n, U), and the pairs (S, n) in which no neuron can flip.

    The interval of a neuron is its centre c and its radius r: the parameters at the middle of the
    step, with half the step, and the inputs' centre and radius.
    """
    values = preactivations(net, theta, X)
    mask = np.concatenate([z > 0 for z in values], axis=2)
    skip: BoolArray = (mask[:-1] == mask[1:]).all(axis=2)
    middle, half = 0.5 * (theta[:-1] + theta[1:]), 0.5 * np.abs(np.diff(theta, axis=0))
    parts = zip(layers(net, middle)[:-1], layers(net, half)[:-1], strict=True)
    low = high = np.empty(0)
    for layer, ((w, b), (dw, db)) in enumerate(parts):
        wide, bias = np.abs(w).swapaxes(1, 2), (db + _SLACK * np.abs(b))[:, None, :]
        if layer == 0:  # affine in t
            centre = 0.5 * (values[0][:-1] + values[0][1:])
            radius = 0.5 * np.abs(np.diff(values[0], axis=0))
            radius += _SLACK * (np.abs(X) @ wide + np.abs(b)[:, None, :])
        else:
            a, da = 0.5 * (low + high), 0.5 * (high - low)
            centre = a @ w.swapaxes(1, 2) + b[:, None, :]
            radius = (np.abs(a) + da) @ (dw.swapaxes(1, 2) + _SLACK * wide) + da @ wide + bias
        r = net.rectified[layer]
        skip &= (np.abs(centre[..., r]) > radius[..., r]).all(axis=2)
        if not skip.any():
            break
        slope = net.slopes[layer]
        ends = [np.where(z > 0, z, z * slope) for z in (centre - radius, centre + radius)]
        low, high = np.minimum(*ends), np.maximum(*ends)
        if (slope < 0).any():  # not monotone: the least value is at 0
            low = np.where(np.abs(centre) <= radius, np.minimum(low, 0.0), low)
    return mask, skip
