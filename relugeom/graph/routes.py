"""Routes through the graph: distances from regions, shortest paths, the diameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

from .._check import positive_int
from .._progress import progress_bar
from ..errors import IncompleteError
from ..regions.problem import is_one_layer
from . import _kernel_search as kernel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from .region_graph import RegionGraph
    from .weights import Weight

_STEPS = 1_000_000_000  # edges looked at in search of the diameter, by default
_FEWEST = 100  # searches, at least


@dataclass(frozen=True)
class Diameter:
    """The largest distance between two regions, or bounds on it.

    Attributes
    ----------
    lower, upper : int
        Bounds; the diameter itself where they are equal.
    ends : tuple of two int
        Two regions at the distance ``lower``.

    Examples
    --------
    >>> import relugeom as rg
    >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
    >>> found = graph.diameter()
    >>> found.lower, found.upper, found.exact
    (2, 2, True)
    """

    lower: int
    upper: int
    ends: tuple[int, int]

    @property
    def exact(self) -> bool:
        """Whether the bounds meet."""
        return self.lower == self.upper

    def __str__(self) -> str:
        return str(self.lower) if self.exact else f"between {self.lower} and {self.upper}"


def crossings_from(graph: RegionGraph, sources: ArrayLike, limit: int = -1) -> IntArray:
    """Return the crossings from the nearest of some regions to every region.

    -1 where there is no way, or none of at most ``limit`` crossings (no limit if negative).
    """
    level = np.empty(graph.n_regions, np.int64)
    kernel.levels(graph.csr.indptr, graph.csr.indices, np.atleast_1d(sources), limit, level)
    return level


def distances_from(graph: RegionGraph, source: int, weight: Weight) -> FloatArray:
    """Return the least weight of a path from a region to every region; infinite where none is."""
    distances: FloatArray = dijkstra(graph.weighted(weight), indices=[source])[0]
    return distances


def route(graph: RegionGraph, start: int, end: int, weight: Weight) -> IntArray:
    """Return the regions on a path of least weight, both ends included."""
    if weight is None:
        path = _back_through_levels(graph, crossings_from(graph, start), end)
    else:
        before = dijkstra(graph.weighted(weight), indices=[start], return_predecessors=True)[1][0]
        path = [end]
        while before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
    if path[-1] != start:
        raise IncompleteError(
            f"`regions` must be complete for a path from {start} to {end}; "
            f"got {graph.regions.status}"
        )
    return np.array(path[::-1])


def _back_through_levels(graph: RegionGraph, level: IntArray, end: int) -> list[int]:
    path = [end]
    while level[path[-1]] > 0:
        around = graph.neighbours(path[-1])
        path.append(int(around[level[around] == level[path[-1]] - 1][0]))
    return path


def find_diameter(graph: RegionGraph, max_searches: int | None, progress: bool | None) -> Diameter:
    """Bound the eccentricity of every region by searches from few of them.

    A search from v, which finds its eccentricity e, says that another region at distance x from v
    has at least max(x, e - x) and at most e + x (F. W. Takes & W. A. Kosters, Determining the
    diameter of small world networks, CIKM 2011). By turns the search starts where the upper bound
    is largest, and where the lower bound is smallest.
    """
    n = graph.n_regions
    if n == 0:
        raise IncompleteError("`regions` must hold at least one region for a diameter; got none")
    if max_searches is None:
        max_searches = max(_FEWEST, _STEPS // (2 * graph.n_edges + 1))
    positive_int("max_searches", max_searches)
    lower, upper = np.zeros(n, np.int64), np.full(n, n - 1)
    if graph.regions.complete and is_one_layer(graph.regions.problem):
        upper[:] = min(n - 1, graph.regions.n_neurons)  # a segment meets each once
    low, high, ends = -1, int(upper[0]), (0, 0)
    v, degrees = int(np.argmax(graph.degrees())), graph.degrees()
    with progress_bar(progress, desc="diameter", unit=" searches") as bar:
        for search in range(max_searches):
            distance = crossings_from(graph, v)
            bar.update()
            if (distance < 0).any():
                raise IncompleteError(
                    f"`regions` must be complete for a diameter; got {graph.regions.status}"
                )
            far = int(distance.argmax())
            eccentricity = int(distance[far])
            if eccentricity > low:
                low, ends = eccentricity, (v, far)
            np.maximum(lower, np.maximum(distance, eccentricity - distance), out=lower)
            np.minimum(upper, distance + eccentricity, out=upper)
            high = max(low, int(upper.max()))
            useful = np.flatnonzero((lower < upper) & ((upper > low) | (2 * lower < high)))
            if low == high or len(useful) == 0:
                break
            bound = -upper[useful] if search % 2 == 0 else lower[useful]
            best = useful[bound == bound.min()]
            v = int(best[degrees[best].argmax()])
    return Diameter(low, high, ends)
