"""Weights of edges: distances between neighbours, and measures of the facets they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .._check import choice, float_array
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from .region_graph import RegionGraph

#: None: 1 an edge; "distance" or "facet"; a callable on the graph; or the numbers, shape (m,).
Weight: TypeAlias = "str | Callable[[RegionGraph], ArrayLike] | ArrayLike | None"


def edge_weights(graph: RegionGraph, weight: Weight, name: str = "weight") -> FloatArray:
    """Return a weight for every edge, shape (m,).

    Parameters
    ----------
    graph : RegionGraph
    weight : str, callable, array_like or None
        None: 1; "distance": between the interior points of the two regions; "facet": the measure
        (length, area, ...) of the facet, 1 on the line; a callable gets the graph and returns the
        array.
    name : str
        The argument's name in messages.

    Raises
    ------
    InvalidInputError
        If a weight is negative or not finite, or the option is not known.
    UnboundedError
        If facets are to be measured and the domain is not bounded.
    """
    if weight is None:
        return np.ones(graph.n_edges)
    if isinstance(weight, str):
        return _NAMED[choice(name, weight, tuple(_NAMED))](graph)
    values = weight(graph) if callable(weight) else weight
    array = float_array(name, values, shape=(graph.n_edges,))
    if (array < 0).any():
        raise InvalidInputError(f"`{name}` must not be negative; got {array.min()}")
    return array


def point_distances(graph: RegionGraph) -> FloatArray:
    """Return the distance between the interior points of the two regions of every edge."""
    points, edges = graph.regions.points, graph.edges
    gaps: FloatArray = np.linalg.norm(points[edges.first] - points[edges.second], axis=1)
    return gaps


_NAMED: dict[str, Callable[[RegionGraph], FloatArray]] = {
    "distance": point_distances,
    "facet": lambda graph: graph.facet_measures,
}
