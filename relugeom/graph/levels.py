"""An output of a network at the vertices of the complex of its regions, and its levels."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from .._check import positive_int
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..regions.table import Regions


def output_at_vertices(regions: Regions, output: int | None) -> tuple[FloatArray, float]:
    """Return an output, or all, at the vertices, and up to which size its values are rounding."""
    net, polyhedra = regions.network, regions.complex
    if output is None:
        return polyhedra.outputs, 2 * float(polyhedra.resolution.max())
    k = positive_int("output", output, minimum=0)
    if k >= net.output_dim:
        raise InvalidInputError(
            f"`output` must be an output, 0 to {net.output_dim - 1}; got {output}"
        )
    return polyhedra.outputs[:, k], float(polyhedra.resolution[k])


def levels_of(regions: Regions, output: int) -> tuple[FloatArray, IntArray]:
    """Return the distinct values, ascending, and which one each vertex has.

    The ends of an edge get the same value where they differ by rounding only.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    values, zero = output_at_vertices(regions, output)
    u, v = regions.complex.facets[0].part.reshape(-1, 2).T
    flat, n = np.abs(values[u] - values[v]) <= zero, len(values)
    even = coo_array((np.ones(int(flat.sum())), (u[flat], v[flat])), shape=(n, n))
    own = connected_components(even, directed=False)[1]
    common = np.full(n, inf)
    np.minimum.at(common, own, values)
    heights, levels = np.unique(common[own], return_inverse=True)
    return heights, levels
