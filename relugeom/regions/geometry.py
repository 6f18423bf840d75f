"""Inequalities, vertices, volumes, centroids and inscribed balls of all regions of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._batches import batches
from .._table import brief
from ..networks.matrix import dense
from . import _kernel_ball as kernel_ball
from . import _kernel_polytope as kernel
from . import packing
from .exact import ball_inside
from .problem import as_network
from .vertex import domain_vertices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._check import FloatArray, IntArray
    from .table import Regions

_BATCH = 1 << 22  # pairs of facet and vertex at a time
_ROUNDING = 1e-13  # of a slack, beside the scale
_THIN = 1e-5  # balls below this share of the scale are found exactly
LARGEST_BALL = 1e6  # radii beyond this many scales count as infinite


@brief
@dataclass(frozen=True, eq=False)
class Geometry:
    """Region i has the vertices ``vertices[start[i]:start[i + 1]]``, a volume and a centroid."""

    start: IntArray
    vertices: FloatArray
    volumes: FloatArray
    centroids: FloatArray


def facet_rows(
    regions: Regions, *, domain: bool = False
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the unit inequalities ``G x <= h`` of the regions' facets.

    Parameters
    ----------
    domain : bool, default False
        Whether to include facets on the boundary of the domain.

    Returns
    -------
    start : ndarray of int, shape (n + 1,)
        Region i has the rows ``start[i]:start[i + 1]``, in the order of its facets.
    G : ndarray, shape (m, d)
    h : ndarray, shape (m,)
    """
    facets = regions.facets
    cell = regions.facet_owner
    if not domain:
        cell, facets = cell[facets >= 0], facets[facets >= 0]
    G, h = np.empty((len(cell), regions.dim)), np.empty(len(cell))
    start = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=len(regions)))])
    rows, sides = regions.problem.halfspaces
    outer, inner = np.flatnonzero(facets < 0), np.flatnonzero(facets >= 0)
    G[outer], h[outer] = rows[-1 - facets[outer]], sides[-1 - facets[outer]]
    G[inner], h[inner] = neuron_rows(regions, cell[inner], facets[inner])
    return start, G, h


def neuron_rows(
    regions: Regions, cell: IntArray, neuron: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the unit inequality ``G x <= h`` that a neuron makes in a region, for some pairs.

    Parameters
    ----------
    cell, neuron : ndarray of int, shape (m,)
        Cells ascending; no neuron may be constant on its cell.
    """
    net = as_network(regions.source)
    A, c, sign = np.empty((len(cell), regions.dim)), np.empty(len(cell)), np.empty(len(cell))
    start = np.concatenate([[0], np.cumsum([len(r) for r in net.rectified])])
    for rows in batches(len(cell), max(net.widths)):
        k = neuron[rows]
        cells, here = np.unique(cell[rows], return_inverse=True)
        on = packing.unpack(regions.words[cells], net.n_neurons) > 0
        sign[rows] = np.where(on[here, k], 1.0, -1.0)
        for top in np.unique(net.neuron_layer[k]):
            some = np.flatnonzero(net.neuron_layer[k] == top)
            unit = net.rectified[top][k[some] - start[top]]
            row, value = dense(net.weights[top][unit]), net.biases[top][unit]
            for j in range(top - 1, -1, -1):  # back through the layers
                gate = np.tile(net.slopes[j], (len(cells), 1))
                gate[:, net.rectified[j]] += on[:, start[j] : start[j + 1]] * (
                    1.0 - net.slopes[j][net.rectified[j]]
                )
                row = row * gate[here[some]]
                value, row = value + row @ net.biases[j], row @ net.weights[j]
            A[rows.start + some], c[rows.start + some] = row, value
    factor = sign / np.linalg.norm(A, axis=1)
    return -A * factor[:, None], c * factor


def edge_facets(regions: Regions) -> IntArray:
    """Return for every pair of neighbours the row of `Regions.facets` that is their facet."""
    edges, n_domain = regions.neighbours, len(regions.problem.halfspaces[0])
    cell = regions.facet_owner
    width = regions.n_neurons + n_domain
    rows = np.searchsorted(cell * width + regions.facets, edges.first * width + edges.neuron)
    return rows.astype(np.int64)


def facet_vertices(
    regions: Regions, rows: IntArray
) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
    """Yield the vertices on some facets, in batches; the domain must be bounded.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
        Rows of `Regions.facets`.

    Yields
    ------
    place : ndarray of int, shape (k,)
        The facet of each vertex, as a place in ``rows``, ascending over all batches.
    vertices : ndarray, shape (k, d)
    normals : ndarray, shape (k, d)
        The facet's unit normal, outward from its region.
    """
    _, G, h = facet_rows(regions, domain=True)
    start, vertices = regions.v_representation()
    cell = regions.facet_owner
    near = regions.tolerances.facet * regions.scale
    sizes = np.diff(start)[cell[rows]]
    ends, low = np.cumsum(sizes), 0
    while low < len(rows):
        done = ends[low - 1] if low else 0
        high = max(low + 1, int(np.searchsorted(ends, done + _BATCH)))
        place = np.repeat(np.arange(low, high), sizes[low:high])
        within = np.arange(len(place)) + done - (ends - sizes)[place]
        corner, normal = vertices[start[cell[rows[place]]] + within], G[rows[place]]
        tight = np.abs(np.einsum("pd,pd->p", normal, corner) - h[rows[place]]) <= near
        yield place[tight], corner[tight], normal[tight]
        low = high


def inscribed_balls(regions: Regions) -> tuple[FloatArray, FloatArray]:
    """Return centre and radius of a largest ball in every region; infinite radius if there is none.

    Thin regions, which rounding could touch, are solved in rational arithmetic.
    """
    start, G, h = facet_rows(regions, domain=True)
    n, scale = len(regions), regions.scale
    cap = LARGEST_BALL * scale
    centres, radii, sure = np.empty((n, regions.dim)), np.empty(n), np.empty(n, bool)
    kernel_ball.largest_balls(
        start, G, h, regions.points, cap, _ROUNDING * scale, centres, radii, sure
    )
    for i in np.flatnonzero(~sure | (radii < _THIN * scale)):
        rows = slice(start[i], start[i + 1])
        centres[i], radii[i] = ball_inside(G[rows], h[rows], cap)
    return centres, np.where(radii < cap, radii, np.inf)


def measure(regions: Regions) -> Geometry:
    """Compute vertices, volumes and centroids of the regions of a table with a bounded domain.

    Each region is the domain cut by its facets; volumes are those of the triangulation of
    J. Cohen & T. Hickey, Two algorithms for determining volumes of convex polyhedra, J. ACM 26
    (1979), 401-414.
    """
    return _cells(regions, np.full(int((regions.facets >= 0).sum()), -1.0))


def facet_measures(regions: Regions, rows: IntArray) -> FloatArray:
    """Return the (d-1)-dimensional measures of some facets; the domain must be bounded.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
        Rows of `Regions.facets`, of neurons.
    """
    inner = np.cumsum(regions.facets >= 0) - 1
    measures = np.full(inner[-1] + 1 if len(inner) else 0, -1.0)
    measures[inner[rows]] = 0.0
    _cells(regions, measures)
    chosen: FloatArray = measures[inner[rows]]
    return chosen


def _cells(regions: Regions, measures: FloatArray) -> Geometry:
    """Cut the domain by the facets of each region; ``measures`` as in `_kernel_polytope.cells`."""
    problem = regions.problem
    first, tight = domain_vertices(problem, "volumes and vertices")
    start, G, h = facet_rows(regions)
    n, d = len(regions), regions.dim
    control = np.zeros(kernel.CONTROL_SIZE, np.int64)
    capacity, words = 4 * len(first) + 64, tight.shape[1]
    volumes, centroids, out_start = np.zeros(n), np.zeros((n, d)), np.zeros(n + 1, np.int64)
    vertices = np.empty((4 * (d + 1) * max(n, 16), d))
    n_slots = len(problem.halfspaces[0])
    status = kernel.OUTPUT_FULL
    while status != kernel.DONE:
        status = kernel.cells(
            control, start, G, h, problem.tolerances.on * problem.scale, first, tight, n_slots,
            np.empty((capacity, d)), np.empty((capacity, words), np.uint64), np.empty(capacity),
            volumes, centroids, measures, out_start, vertices,
        )  # fmt: skip
        if status == kernel.OUTPUT_FULL:
            vertices = np.concatenate([vertices, np.empty_like(vertices)])
        elif status == kernel.CAPACITY:
            capacity, words = 2 * capacity, words + 1
    return Geometry(out_start, vertices[: control[kernel.N_OUT]].copy(), volumes, centroids)
