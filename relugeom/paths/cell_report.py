"""Cells, revisits, dwell and freeze times of a path, on training data beside held-out data."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .._check import instance
from .._table import Table, aligned, brief, layer_text
from .cells import CellVisits, cell_visits
from .crossing_table import Crossings, check_events
from .freezing import FlipRate, FreezeOrder, flip_quantiles, flip_rate, freeze_order, freeze_time
from .path import OptimizerPath
from .patterns import patterns_per_sample
from .turning import turning_angles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._check import FloatArray, IntArray

SHARES = (0.5, 0.9, 0.99)
_NAMES = ("training", "held_out")


@brief
@dataclass(frozen=True, eq=False)
class DataCells:
    """What a path does to the masks of one set of samples.

    Attributes
    ----------
    events : Crossings
    visits : CellVisits
        Of cells of all layers.
    layer_visits : tuple of CellVisits
        Of cells of each hidden layer alone.
    per_sample : ndarray of int64, shape (n,)
        Distinct patterns of each sample.
    freeze_time : ndarray of int64, shape (L,)
        Steps after which no neuron flips.
    flip_quantiles : ndarray, shape (L, 3)
        Steps at which 50, 90 and 99 % of the layer's flips have happened.
    flip_rate : FlipRate
    freeze_order : FreezeOrder
    seen_from_ends : ndarray of int64, shape (L,)
        Flips that the masks at the ends of the steps show: one for each neuron, sample and step
        with an odd number of them.
    """

    events: Crossings
    visits: CellVisits
    layer_visits: tuple[CellVisits, ...]
    per_sample: IntArray
    freeze_time: IntArray
    flip_quantiles: FloatArray
    flip_rate: FlipRate
    freeze_order: FreezeOrder
    seen_from_ends: IntArray


@dataclass(frozen=True, eq=False, repr=False)
class CellReport(Table):
    """The cells of parameter space along a path; made by `cell_report`.

    Everything is counted from the sign changes along the straight steps, not from the masks at
    their ends; it is exact where those are (``events.undecided`` is 0).

    Attributes
    ----------
    n_steps : int
    length : float
        Of the path, in units of the parameters.
    turning : float
        Sum of the angles between successive nonzero updates, in radians.
    training : DataCells
    held_out : DataCells or None

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> report = rg.cell_report(path, rg.crossings(path, X))
    >>> report.n_steps, report.held_out
    (20, None)
    """

    n_steps: int
    length: float
    turning: float
    training: DataCells
    held_out: DataCells | None

    _UNIT: ClassVar[str] = "numbers"

    def rows(self) -> list[dict[str, Any]]:
        """Return the table: ``quantity``, ``layer`` (None for all), ``unit``, and the values.

        The values are ``training`` and, where there are held-out data, ``held_out``.
        """
        columns = [list(self._column(data)) for data in self._data.values()]
        table = []
        for cells in zip(*columns, strict=True):
            quantity, layer, unit, _ = cells[0]
            values = {name: c[3] for name, c in zip(self._data, cells, strict=True)}
            table.append({"quantity": quantity, "layer": layer, "unit": unit, **values})
        return table

    def __str__(self) -> str:
        undecided = sum(data.events.undecided for data in self._data.values())
        lines = [
            f"{self.n_steps} steps, length {self.length:.6g}, turning {self.turning:.6g} rad",
            "counted from every sign change along the steps, not from the masks at their ends; "
            f"{undecided} places undecided",
        ]
        table: list[list[Any]] = [
            ["quantity", "layer", *(name.replace("_", "-") for name in self._data), ""]
        ]
        for row in self.rows():
            layer = layer_text(row["layer"])
            table.append([row["quantity"], layer, *(row[n] for n in self._data), row["unit"]])
        lines.append(aligned(table))
        for name, data in self._data.items():
            label = f"order of freezing (layer.neuron), {name.replace('_', '-')}"
            lines.append(f"{label}: {_order(data.freeze_order)}")
        return "\n".join(lines)

    @property
    def _data(self) -> dict[str, DataCells]:
        both = zip(_NAMES, (self.training, self.held_out), strict=True)
        return {name: data for name, data in both if data is not None}

    def _column(self, data: DataCells) -> Iterator[tuple[str, int | None, str, float]]:
        events, whole = data.events, data.visits
        per_layer = events.per_layer.sum(axis=0)
        depth = range(len(per_layer))
        yield "samples", None, "", events.n_samples
        yield "crossings", None, "", len(events)
        for k in depth:
            yield "crossings", k, "", int(per_layer[k])
        for k in depth:
            yield "crossings that the ends of steps show", k, "", int(data.seen_from_ends[k])
        yield "crossings per unit of length", None, "per unit", _ratio(len(events), self.length)
        yield "crossings per radian of turning", None, "per rad", _ratio(len(events), self.turning)
        yield "distinct cells", None, "", whole.n_cells
        yield "moves between cells", None, "", whole.n_moves
        yield "moves to a cell seen before", None, "", whole.n_revisits
        for k, visits in zip(depth, data.layer_visits, strict=True):
            yield "distinct cells", k, "", visits.n_cells
            yield "moves to a cell seen before", k, "", visits.n_revisits
        yield "distinct patterns of a sample, mean", None, "", float(data.per_sample.mean())
        yield "distinct patterns of a sample, largest", None, "", int(data.per_sample.max())
        dwell, back = whole.dwell, whole.returns
        yield "dwell time of a stay, mean", None, "steps", float(dwell.mean())
        yield "dwell time of a stay, median", None, "steps", float(np.median(dwell))
        yield "dwell time of a stay, longest", None, "steps", float(dwell.max())
        came = back > 0
        times = whole.return_times[came]
        yield "departures that come back", None, "", int(came.sum())
        yield "departures that come straight back", None, "", int((back == 2).sum())
        yield "first return, median", None, "moves", _median(back[came])
        yield "first return, median time", None, "steps", _median(times)
        yield (
            "first return, longest time",
            None,
            "steps",
            float(times.max()) if came.any() else nan,
        )
        for k in depth:
            yield "no flips after", k, "steps", int(data.freeze_time[k])
            for j, share in enumerate(SHARES):
                when = float(data.flip_quantiles[k, j])
                yield f"{share:.0%} of the flips by", k, "steps", when
        rate = data.flip_rate.rate
        for name, at in (("first", 0), ("last", -1)):
            for k in depth:
                value = float(rate[at, k]) if len(rate) else nan
                yield f"flip rate, {name} window", k, "per step, sample, neuron", value


def cell_report(
    path: OptimizerPath,
    events: Crossings,
    held_out: Crossings | None = None,
    *,
    window: int | None = None,
) -> CellReport:
    """Return the cells that a path visits, how long it stays, and when the masks freeze.

    Parameters
    ----------
    path : OptimizerPath
    events : Crossings
        ``crossings(path, X)`` of the training data.
    held_out : Crossings, optional
        ``crossings(path, X_test)``.
    window : int, optional
        Steps a window of the flip rate; by default a twentieth of the record.

    Returns
    -------
    CellReport

    Raises
    ------
    ShapeError, IncompleteError
        If the crossings are not those of ``path``, or not all of them.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]
    >>> path = rg.train(net, X, y, steps=80, lr=0.05)
    >>> report = rg.cell_report(path, rg.crossings(path, X), rg.crossings(path, [[0.5]]))
    >>> report.training.visits, report.held_out.visits
    (CellVisits(13 cells, 12 moves, 80 steps), CellVisits(3 cells, 2 moves, 80 steps))
    """
    instance("path", path, OptimizerPath)
    moves = path.updates[path.updates.any(axis=1)]
    return CellReport(
        n_steps=len(path),
        length=float(np.linalg.norm(moves, axis=1).sum()),
        turning=float(turning_angles(moves).sum()) if len(moves) else 0.0,
        training=_data_cells("events", path, events, window),
        held_out=None if held_out is None else _data_cells("held_out", path, held_out, window),
    )


def _data_cells(name: str, path: OptimizerPath, events: Crossings, window: int | None) -> DataCells:
    net = path.start
    check_events(events, path, name=name)
    depth = len(events.widths)
    return DataCells(
        events=events,
        visits=cell_visits(events),
        layer_visits=tuple(cell_visits(events, layer=k) for k in range(depth)),
        per_sample=patterns_per_sample(events),
        freeze_time=freeze_time(events),
        flip_quantiles=flip_quantiles(events, SHARES),
        flip_rate=flip_rate(net, events, window=window),
        freeze_order=freeze_order(net, events),
        seen_from_ends=_seen_from_ends(events),
    )


def _seen_from_ends(events: Crossings) -> IntArray:
    width = max(events.widths)
    place = (events.step * events.n_samples + events.sample) * len(events.widths) + events.layer
    places, count = np.unique(place * width + events.neuron, return_counts=True)
    layer = places[count % 2 == 1] // width % len(events.widths)
    seen: IntArray = np.bincount(layer, minlength=len(events.widths))
    return seen


def _order(order: FreezeOrder) -> str:
    """Return the first and the last neurons to freeze."""
    flipping = np.flatnonzero(order.flips)
    names = [f"{order.layer[i] + 1}.{order.neuron[i]} (step {order.last[i]:.1f})" for i in flipping]
    if len(names) > 6:
        names = [*names[:3], "...", *names[-3:]]
    still = len(order) - len(flipping)
    return ", ".join([f"{still} of {len(order)} neurons never flip", *names])


def _ratio(count: float, size: float) -> float:
    return count / size if size else (inf if count else nan)


def _median(values: FloatArray | IntArray) -> float:
    return float(np.median(values)) if len(values) else nan
