"""Patterns along an optimizer path: endpoint Hamming distances, cells visited, freeze times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._check import frozen, positive_int
from ..errors import InvalidInputError
from ._layout import masks, step_blocks
from .crossings import samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, IntArray
    from .crossings import Crossings
    from .path import OptimizerPath


@dataclass(frozen=True, eq=False)
class PatternCounts:
    """Cells of parameter space that a path visits.

    A cell is a pattern of all neurons (or of one layer's) at all samples.

    Attributes
    ----------
    n_cells : int
        Number of distinct cells, the first included.
    n_moves : int
        Number of moves from one cell to another.
    per_sample : ndarray of int64, shape (n_samples,)
        Number of distinct patterns of each sample.
    """

    n_cells: int
    n_moves: int
    per_sample: IntArray

    @property
    def revisit_ratio(self) -> float:
        """Share of the moves that lead to a cell seen before; 0 if there is no move."""
        return 1.0 - (self.n_cells - 1) / self.n_moves if self.n_moves else 0.0


def hamming(path: OptimizerPath, X: ArrayLike, *, every: int = 1) -> IntArray:
    """Return how many neurons differ between consecutive recorded masks, by layer.

    A lower bound on the crossings between them, equal to it in the first hidden layer when
    ``every`` is 1 and of equal parity for every neuron.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    every : int, default 1
        Compare only every so many steps, and the last: what a sparse record would show.

    Returns
    -------
    ndarray of int64, shape (ceil(T / every), L)
        Sums over samples and neurons.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    >>> rg.paths.hamming(path, [[0.5], [2.0]])
    array([[8]])
    """
    data, net = samples(path, X), path.template
    steps = positive_int("every", every)
    at = np.unique(np.append(np.arange(0, len(path), steps), len(path)))
    counts = np.zeros((len(at) - 1, net.n_layers), dtype=np.int64)
    for block in step_blocks(net, len(data), len(counts)):
        theta = path.parameters[at[block.start : block.stop + 1]]
        for layer, on in enumerate(masks(net, theta, data)):
            counts[block.start : block.stop, layer] = (on[1:] != on[:-1]).sum(axis=(1, 2))
    return counts


def distinct_patterns(events: Crossings, *, layer: int | None = None) -> PatternCounts:
    """Return the number of cells that a path visits, from its crossings.

    Cells between two recorded steps are counted too. Flips at the same (step, t) are one move;
    flips that are simultaneous in exact arithmetic only may be counted as several. Cells are told
    apart by 128-bit hashes.

    Parameters
    ----------
    events : Crossings
    layer : int, optional
        Only the neurons of this hidden layer (from 0).

    Raises
    ------
    InvalidInputError
        If there is no such layer.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> p = net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [p, -p, p])
    >>> counts = rg.paths.distinct_patterns(rg.crossings(path, [[0.5], [2.0]]))
    >>> counts.n_cells, counts.n_moves, counts.revisit_ratio
    (2, 2, 0.5)
    """
    depth = len(events.widths)
    if layer is not None and not 0 <= layer < depth:
        raise InvalidInputError(f"`layer` must lie between 0 and {depth - 1}; got {layer}")
    use = np.ones(len(events), bool) if layer is None else events.layer == layer
    step, t, sample = events.step[use], events.t[use], events.sample[use]
    start = np.cumsum(events.widths) - events.widths
    unit = start[events.layer[use]] + events.neuron[use]
    # Zobrist hashing: a random key for each neuron at each sample, the xor of those that changed
    wall = sample * sum(events.widths) + unit
    walls, which = np.unique(wall, return_inverse=True)
    random = np.random.default_rng(0)
    keys = random.integers(0, 2**64, size=(len(walls), 2), dtype=np.uint64)[which]
    state = np.bitwise_xor.accumulate(keys, axis=0)
    whole = _visited(state, _ends(step, t))
    per_sample = np.ones(events.n_samples, dtype=np.int64)
    order = np.argsort(sample, kind="stable")
    bounds = np.searchsorted(sample[order], np.arange(events.n_samples + 1))
    for i in np.unique(sample):
        rows = order[bounds[i] : bounds[i + 1]]
        own = np.bitwise_xor.accumulate(keys[rows], axis=0)
        per_sample[i] = _visited(own, _ends(step[rows], t[rows]))[0]
    return PatternCounts(*whole, frozen(per_sample))


def freeze_time(events: Crossings) -> IntArray:
    """Return for each hidden layer the number of steps after which no neuron flips any more.

    This is our operational definition of mask freezing: 0 if no neuron of the layer ever flips,
    T if one flips in the last step (not frozen within the record).

    Returns
    -------
    ndarray of int64, shape (L,)

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> p = net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [p, -p, -p, -p])
    >>> rg.paths.freeze_time(rg.crossings(path, [[0.5], [2.0]]))
    array([1])
    """
    last = np.zeros(len(events.widths), dtype=np.int64)
    np.maximum.at(last, events.layer, events.step + 1)
    return last


def _ends(step: IntArray, t: IntArray) -> BoolArray:
    """Tell which rows are the last of their moment."""
    last = np.ones(len(step), dtype=np.bool_)
    last[:-1] = (np.diff(step) != 0) | (np.diff(t) != 0)
    return last


def _visited(state: IntArray, ends: BoolArray) -> tuple[int, int]:
    """Return the numbers of distinct cells, the start included, and of moves."""
    zero = np.zeros((1, 2), dtype=np.uint64)
    cells = np.concatenate([zero, state[ends]])
    moves = int((cells[1:] != cells[:-1]).any(axis=1).sum())
    return len(np.unique(cells, axis=0)), moves
