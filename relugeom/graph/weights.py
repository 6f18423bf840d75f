"""Weights of edges: distances between neighbours, and measures of the facets they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .._check import choice, float_array
from ..errors import InvalidInputError
from ..regions.geometry import edge_facets, facet_vertices

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from .adjacency import RegionGraph

#: None or "crossings": 1 an edge; "distance"; "facet"; a callable on the graph; or the numbers.
Weight: TypeAlias = "str | Callable[[RegionGraph], ArrayLike] | ArrayLike | None"


def edge_weights(graph: RegionGraph, weight: Weight) -> FloatArray:
    """Return a weight for every edge, shape (m,).

    Parameters
    ----------
    graph : RegionGraph
    weight : str, callable, array_like or None
        "crossings" or None: 1; "distance": between the interior points of the two regions;
        "facet": the measure (length, area, ...) of the facet; a callable gets the graph and
        returns the array.

    Raises
    ------
    InvalidInputError
        If a weight is negative or not finite, or the option is not known.
    """
    if weight is None:
        return np.ones(graph.n_edges)
    if isinstance(weight, str):
        return _NAMED[choice("weight", weight, tuple(_NAMED))](graph)
    values = weight(graph) if callable(weight) else weight
    array = float_array("weight", values, shape=(graph.n_edges,))
    if (array < 0).any():
        raise InvalidInputError(f"`weight` must not be negative; got {array.min()}")
    return array


def point_distances(graph: RegionGraph) -> FloatArray:
    """Return the distance between the interior points of the two regions of every edge."""
    points, edges = graph.regions.points, graph.edges
    gaps: FloatArray = np.linalg.norm(points[edges.first] - points[edges.second], axis=1)
    return gaps


def facet_measures(graph: RegionGraph) -> FloatArray:
    """Return the (d-1)-dimensional measure of the facet of every edge.

    1 on the line, a length in the plane, an area in space; the domain must be bounded.
    """
    regions, measures = graph.regions, np.ones(graph.n_edges)
    if regions.dim == 1:
        return measures
    for edge, corners, normals in facet_vertices(regions, edge_facets(regions)):
        first = np.flatnonzero(np.diff(edge, prepend=-1))
        ends = np.append(first, len(edge))
        if regions.dim == 2:
            along = np.einsum("pd,pd->p", corners, normals[:, ::-1] * [-1.0, 1.0])
            low, high = (f.reduceat(along, first) for f in (np.minimum, np.maximum))
            measures[edge[first]] = high - low
            continue
        for i, low, high in zip(edge[first], ends, ends[1:], strict=False):
            measures[i] = _content(corners[low:high], normals[low])
    return measures


def _content(corners: FloatArray, normal: FloatArray) -> float:
    """Volume of the hull of points in a hyperplane, in its own dimension."""
    from scipy.linalg import null_space
    from scipy.spatial import ConvexHull

    return float(ConvexHull((corners - corners[0]) @ null_space(normal[None])).volume)


_NAMED: dict[str, Callable[[Any], FloatArray]] = {
    "crossings": lambda graph: np.ones(graph.n_edges),
    "distance": point_distances,
    "facet": facet_measures,
}
