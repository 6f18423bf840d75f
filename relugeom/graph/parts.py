"""Connected parts of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from ..errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import IntArray
    from ..regions.table import Regions
    from .region_graph import RegionGraph


def components_where(
    graph: RegionGraph, predicate: Callable[[Regions], ArrayLike] | ArrayLike
) -> IntArray:
    """Return the connected components, numbered, of where a predicate holds; -1 elsewhere."""
    chosen = np.asarray(predicate(graph.regions) if callable(predicate) else predicate)
    if chosen.shape != (graph.n_regions,) or chosen.dtype != bool:
        raise ShapeError(
            f"`predicate` must give {graph.n_regions} booleans, one a region; "
            f"got shape {chosen.shape} of {chosen.dtype}"
        )
    return connected_parts(graph, np.where(chosen, 0, -1))


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
