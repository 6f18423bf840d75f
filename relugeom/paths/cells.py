"""The cells of parameter space that a path passes through, stay by stay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .._check import frozen
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray, WordArray
    from .crossing_table import Crossings


@dataclass(frozen=True, eq=False)
class CellVisits:
    """The stays of a path in cells of parameter space, in order of time; made by `cell_visits`.

    A cell is the set of parameters with one mask: the state of all the neurons in question at all
    samples. In the first hidden layer it is a convex cone. Deeper, one mask may belong to several
    pieces, which count as one cell: our operational definition.

    Attributes
    ----------
    cell : ndarray of int64, shape (m,)
        The cell of each stay, numbered from 0 by first visit.
    step : ndarray of int64, shape (m,)
        The stay begins between parameters ``step`` and ``step + 1``.
    t : ndarray, shape (m,)
        Where on that segment, 0 to 1; the first stay begins at 0, 0.0.
    n_steps : int

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> p = net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [p, -p, p])
    >>> visits = rg.paths.cell_visits(rg.crossings(path, [[0.5], [2.0]]))
    >>> visits.cell.tolist(), visits.dwell.tolist(), visits.returns.tolist()
    ([0, 1, 0], [0.5, 1.0, 0.5], [2, -1])
    """

    cell: IntArray
    step: IntArray
    t: FloatArray
    n_steps: int

    def __len__(self) -> int:
        return len(self.cell)

    def __repr__(self) -> str:
        return f"CellVisits({self.n_cells} cells, {self.n_moves} moves, {self.n_steps} steps)"

    @property
    def n_cells(self) -> int:
        """Number of distinct cells, the first included."""
        return int(self.cell.max(initial=-1)) + 1

    @property
    def n_moves(self) -> int:
        """Number of moves from one cell to another."""
        return len(self.cell) - 1

    @property
    def n_revisits(self) -> int:
        """Number of moves to a cell seen before."""
        return self.n_moves - (self.n_cells - 1)

    @property
    def revisit_ratio(self) -> float:
        """Share of the moves that lead to a cell seen before; 0 if there is no move."""
        return self.n_revisits / self.n_moves if self.n_moves else 0.0

    @cached_property
    def entered(self) -> FloatArray:
        """When each stay begins, in steps."""
        times: FloatArray = frozen(self.step + self.t)
        return times

    @cached_property
    def dwell(self) -> FloatArray:
        """How long each stay lasts, in steps; the last one is cut off by the end of the record."""
        times: FloatArray = frozen(np.diff(self.entered, append=float(self.n_steps)))
        return times

    @cached_property
    def returns(self) -> IntArray:
        """After each move, how many moves from the cell left until the path is back in it first.

        Shape (n_moves,). The least is 2, out and straight back; -1 where the path does not come
        back within the record.
        """
        after: IntArray = frozen(np.where(self._back < 0, -1, self._back - np.arange(self.n_moves)))
        return after

    @cached_property
    def return_times(self) -> FloatArray:
        """The same in steps, from leaving to being back; NaN where the path does not come back."""
        left = self.entered[1:]
        times: FloatArray = frozen(
            np.where(self._back < 0, np.nan, self.entered[self._back] - left)
        )
        return times

    @cached_property
    def _back(self) -> IntArray:
        """The next stay in the cell of each stay but the last; -1 where there is none."""
        order = np.argsort(self.cell, kind="stable")
        back = np.full(len(self), -1)
        same = self.cell[order[1:]] == self.cell[order[:-1]]
        back[order[:-1][same]] = order[1:][same]
        return back[:-1]


def cell_visits(
    events: Crossings, *, layer: int | None = None, neuron: int | None = None
) -> CellVisits:
    """Return the cells that a path visits, from its crossings.

    Cells between two recorded steps are visited too. Flips at one moment are one move: in a deep
    network one bias often drives a neuron at many samples. Cells are told apart by 128-bit hashes.

    Parameters
    ----------
    events : Crossings
    layer : int, optional
        Only the neurons of this hidden layer (from 0).
    neuron : int, optional
        Only this neuron of ``layer``.

    Returns
    -------
    CellVisits

    Raises
    ------
    InvalidInputError
        If there is no such layer or neuron.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> p = net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [p, -p, p])
    >>> rg.paths.cell_visits(rg.crossings(path, [[0.5], [2.0]]))
    CellVisits(2 cells, 2 moves, 2 steps)
    """
    rows = np.flatnonzero(_chosen(events, layer, neuron))
    step, t = events.step[rows], events.t[rows]
    state = np.bitwise_xor.accumulate(wall_keys(events)[rows], axis=0)
    ends = moment_ends(t, step)
    start = np.zeros((1, 2), dtype=np.uint64)
    state = np.concatenate([start, state[ends]])
    moved = (state[1:] != state[:-1]).any(axis=1)
    state = state[np.append(True, moved)]
    _, first, cell = np.unique(state, axis=0, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return CellVisits(
        frozen(number[cell.reshape(-1)]),
        frozen(np.append(0, step[ends][moved])),
        frozen(np.append(0.0, t[ends][moved])),
        events.n_steps,
    )


def units(events: Crossings) -> IntArray:
    """Return the neuron of each event, counted through all layers."""
    start = np.cumsum(events.widths) - np.array(events.widths)
    unit: IntArray = start[events.layer] + events.neuron
    return unit


def wall_keys(events: Crossings) -> WordArray:
    """Return a random 128-bit key of the wall that each event crosses, shape (n_flips, 2).

    The xor of the keys of the walls that were crossed an odd number of times tells masks apart
    (Zobrist 1970).
    """
    wall = events.sample * sum(events.widths) + units(events)
    walls, which = np.unique(wall, return_inverse=True)
    keys = np.random.default_rng(0).integers(0, 2**64, size=(len(walls), 2), dtype=np.uint64)
    return keys[which]


def moment_ends(t: FloatArray, *columns: IntArray) -> BoolArray:
    """Tell which rows, ordered by the columns and then by t, are the last of their moment."""
    last = np.ones(len(t), dtype=np.bool_)
    last[:-1] = t[1:] != t[:-1]
    for column in columns:
        last[:-1] |= column[1:] != column[:-1]
    return last


def _chosen(events: Crossings, layer: int | None, neuron: int | None) -> BoolArray:
    depth = len(events.widths)
    if layer is not None and not 0 <= layer < depth:
        raise InvalidInputError(f"`layer` must lie between 0 and {depth - 1}; got {layer}")
    use: BoolArray = np.ones(len(events), dtype=np.bool_)
    if layer is not None:
        use &= events.layer == layer
    if neuron is None:
        return use
    if layer is None:
        raise InvalidInputError("`layer` must be given with `neuron`; got None")
    if not 0 <= neuron < events.widths[layer]:
        raise InvalidInputError(
            f"`neuron` must lie between 0 and {events.widths[layer] - 1}; got {neuron}"
        )
    use &= events.neuron == neuron
    return use
