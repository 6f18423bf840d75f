"""Vertices and volumes of all regions of a table, from their facets and the domain's vertices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import _kernel_polytope as kernel
from .problem import as_network
from .vertex import domain_vertices

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from .table import Regions

_BATCH_BYTES = 1 << 26


@dataclass(frozen=True, eq=False)
class Geometry:
    """Region i has the vertices ``vertices[start[i]:start[i + 1]]`` and volume ``volumes[i]``."""

    start: IntArray
    vertices: FloatArray
    volumes: FloatArray


def facet_rows(regions: Regions) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the unit inequalities ``G x <= h`` of the regions' facets inside the domain.

    Returns
    -------
    start : ndarray of int, shape (n + 1,)
        Region i has the rows ``start[i]:start[i + 1]``.
    G : ndarray, shape (m, d)
    h : ndarray, shape (m,)
    """
    net = as_network(regions.source)
    inner = regions.facets >= 0
    cell = np.repeat(np.arange(len(regions)), np.diff(regions.facet_start))[inner]
    neuron = regions.facets[inner]
    G, h = np.empty((len(cell), regions.dim)), np.empty(len(cell))
    start = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=len(regions)))])
    size = max(1, _BATCH_BYTES // (8 * net.n_neurons * (regions.dim + 1)))
    for low in range(0, len(regions), size):
        high = min(low + size, len(regions))
        patterns = regions.unpacked(low, high)
        A, c = net.neuron_maps(patterns)
        rows = slice(start[low], start[high])
        i, k = cell[rows] - low, neuron[rows]
        factor = -patterns[i, k] / np.linalg.norm(A[i, k], axis=1)
        G[rows], h[rows] = A[i, k] * factor[:, None], -c[i, k] * factor
    return start, G, h


def measure(regions: Regions) -> Geometry:
    """Compute vertices and volumes of the regions of a table with a bounded domain.

    Each region is the domain cut by its facets; volumes are those of the triangulation of
    J. Cohen & T. Hickey, Two algorithms for determining volumes of convex polyhedra, J. ACM 26
    (1979), 401-414.
    """
    problem = regions.problem
    first, tight = domain_vertices(problem, "volumes and vertices")
    start, G, h = facet_rows(regions)
    n, d = len(regions), regions.dim
    control = np.zeros(kernel.CONTROL_SIZE, np.int64)
    capacity, words = 4 * len(first) + 64, tight.shape[1]
    volumes, out_start = np.zeros(n), np.zeros(n + 1, np.int64)
    vertices = np.empty((4 * (d + 1) * max(n, 16), d))
    n_slots = len(problem.halfspaces[0])
    status = kernel.OUTPUT_FULL
    while status != kernel.DONE:
        status = kernel.cells(
            control, start, G, h, problem.tolerances.on * problem.scale, first, tight, n_slots,
            np.empty((capacity, d)), np.empty((capacity, words), np.uint64), np.empty(capacity),
            volumes, out_start, vertices,
        )  # fmt: skip
        if status == kernel.OUTPUT_FULL:
            vertices = np.concatenate([vertices, np.empty_like(vertices)])
        elif status == kernel.CAPACITY:
            capacity, words = 2 * capacity, words + 1
    return Geometry(out_start, vertices[: control[kernel.N_OUT]].copy(), volumes)
