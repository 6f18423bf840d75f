"""Minimum cuts: the least that separates two sets of regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidInputError
from . import _kernel_flow as kernel
from .weights import edge_weights

if TYPE_CHECKING:
    from .._check import BoolArray, IntArray
    from .region_graph import RegionGraph
    from .weights import Weight


@dataclass(frozen=True, eq=False)
class MinCut:
    """Edges of least total capacity whose removal separates two sets of regions.

    Attributes
    ----------
    value : float
        Total capacity of the edges cut.
    flow : float
        A flow of this size was found, so no cut is smaller. It equals ``value`` where capacities
        are whole numbers, and up to rounding otherwise.
    side : ndarray of bool, shape (n,)
        The regions on the side of ``a``. Of several minimum cuts it is the one nearest to ``b``.
    edges : ndarray of int, shape (k,)
        The edges cut, as rows of `RegionGraph.edges`.

    Examples
    --------
    >>> import relugeom as rg
    >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
    >>> found = graph.min_cut(0, 3)
    >>> found.value, found.side
    (2.0, array([ True,  True,  True, False]))
    """

    value: float
    flow: float
    side: BoolArray
    edges: IntArray

    def __repr__(self) -> str:
        return f"MinCut({self.value:g}, {len(self.edges)} edges)"


def find_min_cut(graph: RegionGraph, a: IntArray, b: IntArray, capacity: Weight) -> MinCut:
    """Return a minimum cut between two sets of regions."""
    both = np.intersect1d(a, b)
    if len(both):
        raise InvalidInputError(f"`a` and `b` must not overlap; got region {both[0]} in both")
    weights = edge_weights(graph, capacity, "capacity")
    terminal = np.zeros(graph.n_regions, np.int8)
    terminal[a], terminal[b] = 1, -1
    edge = graph.entry_edge
    back = np.empty(len(edge), np.int64)
    pairs = np.argsort(edge, kind="stable").reshape(-1, 2)
    back[pairs] = pairs[:, ::-1]
    n, room, csr = graph.n_regions, weights[edge], graph.csr
    excess, label = np.zeros(n), np.empty(n, np.int64)
    kernel.saturate(csr.indptr, csr.indices, back, room, terminal, excess)
    while not kernel.advance(csr.indptr, csr.indices, back, room, terminal, excess, label):
        pass
    side: BoolArray = label == n
    cut = np.flatnonzero(side[graph.edges.first] != side[graph.edges.second])
    return MinCut(float(weights[cut].sum()), float(excess[terminal < 0].sum()), side, cut)
