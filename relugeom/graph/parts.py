"""Connected parts of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from .._check import IntArray
    from .adjacency import RegionGraph


def connected_parts(graph: RegionGraph, labels: IntArray) -> IntArray:
    """Return the connected sets of regions with one label, numbered; -1 where it is negative."""
    i, j, n = graph.edges.first, graph.edges.second, graph.n_regions
    same = (labels[i] == labels[j]) & (labels[i] >= 0)
    links = csr_array((np.ones(int(same.sum())), (i[same], j[same])), shape=(n, n))
    part = connected_components(links, directed=False)[1]
    result = np.full(n, -1)
    kept = labels >= 0
    result[kept] = np.unique(part[kept], return_inverse=True)[1]
    return result
