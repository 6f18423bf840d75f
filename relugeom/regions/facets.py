"""The facets of regions: those that an engine reports, or found here by linear programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._batches import batches
from .._table import brief
from ._kernel_distance import workspace
from ._kernel_facets import facets as kernel_facets
from ._kernel_flips import facets_of_pairs
from .essential import distinct_hyperplanes
from .exact import ball_inside
from .problem import FacetColumns, Problem, as_network, cell_rows

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray, SignArray
    from .neighbours import Neighbours
    from .table import Regions

_ZERO = 1e-10  # a value this small beside what went into it counts as zero at a facet's point


@brief
@dataclass(frozen=True, eq=False)
class FacetTable:
    """Facets in lists: those of region i are ``facet[start[i]:start[i + 1]]``, ascending.

    A facet is a neuron, or row r of the domain as ``-1 - r``. ``coincident`` marks regions that may
    have a facet on which several neurons vanish.
    """

    start: IntArray
    facet: IntArray
    coincident: BoolArray


def join_facets(columns: Sequence[FacetColumns], order: IntArray) -> FacetTable:
    """Join the facets that an engine reported, regions in the given order of finding."""
    counts, facets, coincident = (
        np.concatenate(parts) if parts else np.empty(0, np.int64)
        for parts in ([getattr(c, name) for c in columns] for name in FacetColumns._fields)
    )
    old = np.concatenate([[0], np.cumsum(counts)])
    start = np.concatenate([[0], np.cumsum(counts[order])])
    take = np.repeat(old[order] - start[:-1], counts[order]) + np.arange(start[-1])
    region = np.repeat(np.arange(len(order)), counts[order])
    facet = facets[take].astype(np.int64)
    return FacetTable(start, facet[np.lexsort([facet, region])], coincident[order] != 0)


def compute_facets(problem: Problem, patterns: SignArray, points: FloatArray) -> FacetTable:
    """Find the facets of all regions of a table from patterns and interior points."""
    found = find_facets(problem, patterns, points)
    start = np.concatenate([[0], np.cumsum(np.bincount(found.cell, minlength=len(patterns)))])
    facet = found.facet[np.lexsort([found.facet, found.cell])]
    return FacetTable(start, facet, found.coincident)


def facets_between(regions: Regions, edges: Neighbours) -> FacetTable:
    """Return the facets of a complete table without a domain: one for each neighbour."""
    start, facet = facets_of_pairs(len(regions), edges.first, edges.second, edges.neuron)
    kept, own = distinct_hyperplanes(regions.problem)
    several = np.isin(facet, kept[np.bincount(own[own >= 0], minlength=len(own))[kept] > 1])
    coincident = np.zeros(len(regions), bool)
    coincident[np.repeat(np.arange(len(regions)), np.diff(start))[several]] = True
    coincident[regions.zeros[:, 0]] = True
    return FacetTable(start, facet, coincident)


@brief
@dataclass(frozen=True, eq=False)
class FacetPoints:
    """Facets of some cells: one row a facet, cells in order.

    ``facet`` is a neuron, or row r of the domain as ``-1 - r``. ``point`` lies inside the facet
    and ``normal`` is the outward unit normal there. ``coincident`` marks cells with a facet on
    which a second row lies.
    """

    cell: IntArray
    facet: IntArray
    point: FloatArray
    normal: FloatArray
    coincident: BoolArray


def find_facets(
    problem: Problem, patterns: SignArray, points: FloatArray, *, central: bool = False
) -> FacetPoints:
    """Find the facets of cells from their patterns and interior points, one LP a row.

    With ``central`` the facets' points keep away from the facet's boundary where there is room.
    """
    n, d = points.shape
    n_domain = len(problem.halfspaces[0])
    m = n_domain + problem.n_neurons
    coincident = (patterns == 0).any(axis=1)
    parts = []
    for batch in batches(n, m * (2 * d + 2)):
        G, h = cell_rows(problem, patterns[batch])
        is_facet, crossing, shared = facets_of_rows(problem, G, h, points[batch], central=central)
        coincident[batch] |= (shared & is_facet).any(axis=1)
        cell, row = np.nonzero(is_facet)
        facet = np.where(row < n_domain, -1 - row, row - n_domain)
        parts.append((cell + batch.start, facet, crossing[cell, row], G[cell, row]))
    if not parts:
        parts = [(np.empty(0, int), np.empty(0, int), np.empty((0, d)), np.empty((0, d)))]
    cells, facets, crossings, normals = (np.concatenate(p) for p in zip(*parts, strict=True))
    return FacetPoints(cells, facets, crossings, normals, coincident)


def patterns_beyond(problem: Problem, facets: FacetPoints, chosen: BoolArray) -> SignArray:
    """Return the patterns beyond the chosen facets, on which several neurons may vanish."""
    net = as_network(problem.source)
    return net.one_sided_pattern(
        facets.point[chosen], facets.normal[chosen], zero=_ZERO, scale=problem.scale
    )


def facets_of_rows(
    problem: Problem, G: FloatArray, h: FloatArray, points: FloatArray, *, central: bool = False
) -> tuple[BoolArray, FloatArray, BoolArray]:
    """Tell which rows of polyhedra ``{x : G[i] @ x <= h[i]}`` are facets, from points inside.

    Parameters
    ----------
    problem : Problem
        Gives scale and tolerances.
    G : ndarray, shape (n, m, d)
        Rows of unit length, or zero.
    h : ndarray, shape (n, m)
    points : ndarray, shape (n, d)

    Returns
    -------
    is_facet : ndarray of bool, shape (n, m)
        Of several rows that coincide, the first.
    crossing : ndarray, shape (n, m, d)
        A point inside each facet.
    shared : ndarray of bool, shape (n, m)
        Whether later rows coincide with the facet.
    """
    margin = problem.tolerances.margin * problem.scale
    noise = problem.tolerances.noise * problem.scale
    is_facet, shared, doubtful = np.zeros((3, *h.shape), np.bool_)
    crossing = np.empty(G.shape)
    kernel_facets(
        np.ascontiguousarray(G), h, points, problem.scale, margin, noise,
        np.array([noise, problem.scale]), central, is_facet, crossing, shared, doubtful,
        *workspace(G.shape[2], G.shape[1]),
    )  # fmt: skip
    for i, k in np.argwhere(doubtful):
        beyond = _beyond(G[i], h[i], k, noise, problem.scale)
        if beyond is not None:
            is_facet[i, k] = True
            inside, outside = h[i, k] - G[i, k] @ points[i], G[i, k] @ beyond - h[i, k]
            crossing[i, k] = points[i] + inside / (inside + outside) * (beyond - points[i])
    return is_facet, crossing, shared


def _beyond(G: FloatArray, h: FloatArray, k: int, noise: float, scale: float) -> FloatArray | None:
    """Return a point beyond row k of a cell that satisfies the others, in rational arithmetic."""
    same = (np.abs(h - h[k]) <= noise) & (np.abs(G - G[k]).max(axis=1) * scale <= noise)
    kept = G.any(axis=1) & ~same
    point, radius = ball_inside(np.vstack([G[kept], -G[k]]), np.append(h[kept], -h[k]), scale)
    return point if radius > noise else None
