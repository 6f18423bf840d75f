"""The zone of a neuron: its bent hyperplane as the facets between regions, and how they connect.

Two facets are connected where they share a ridge, a (d-2)-dimensional face. In a deep network that
cannot be read off the graph: four regions may lie in a ring around a ridge, or around a hole. So
the ridges of every facet are found as facets are, by linear programs within its hyperplane. A
face of the complex is the set of points with one sign vector, 0 where a neuron vanishes on all of
it; by that vector, the ridges of different facets are told to be the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from .._batches import batches
from ..regions import packing
from ..regions.facets import facets_of_rows
from ..regions.problem import cell_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import FloatArray, IntArray
    from ..regions.table import Regions
    from .region_graph import RegionGraph

_PARALLEL = 1e-12  # unit rows whose part within a hyperplane is shorter do not meet it


@dataclass(frozen=True, eq=False)
class Zone:
    """The bent hyperplane of one neuron: the facets across which its sign changes.

    Attributes
    ----------
    neuron : int
    edges : ndarray of int, shape (m,)
        The facets, as rows of `RegionGraph.edges`.
    piece : ndarray of int, shape (m,)
        The connected piece of each, numbered from 0 in the order of ``edges``.

    Examples
    --------
    >>> import relugeom as rg
    >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
    >>> zone = graph.zone(0)
    >>> zone.neuron, zone.edges, zone.piece
    (0, array([1, 2]), array([0, 0]))
    """

    neuron: int
    edges: IntArray
    piece: IntArray

    def __len__(self) -> int:
        return len(self.edges)

    @property
    def n_pieces(self) -> int:
        """Number of connected pieces."""
        return int(self.piece.max(initial=-1)) + 1

    def __repr__(self) -> str:
        return f"Zone(neuron {self.neuron}, {len(self)} facets in {self.n_pieces} pieces)"


def edges_across(graph: RegionGraph, neuron: int) -> IntArray:
    """Return the edges across which a neuron's sign changes."""
    regions, edges = graph.regions, graph.edges
    bit = np.uint64(63 - neuron % 64)
    sign = 2 * (regions.words[:, neuron // 64] >> bit & np.uint64(1)).astype(np.int64) - 1
    sign[regions.zeros[regions.zeros[:, 1] == neuron, 0]] = 0
    return np.flatnonzero(sign[edges.second] != sign[edges.first])


def find_zone(graph: RegionGraph, neuron: int) -> Zone:
    """Return the zone of a neuron."""
    found = edges_across(graph, neuron)
    facet, ridge = _ridges(graph.regions, graph.edges.first[found], graph.edges.neuron[found])
    n, m = len(found), int(ridge.max(initial=-1)) + 1
    links = csr_array((np.ones(len(facet), np.int8), (facet, n + ridge)), shape=(n + m, n + m))
    label = connected_components(links, directed=False)[1][:n]
    order = np.unique(label, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(order[1]))
    return Zone(neuron, found, rank[order[2]].astype(np.int64))


def _ridges(regions: Regions, cell: IntArray, neuron: IntArray) -> tuple[IntArray, IntArray]:
    """Return pairs of facet and ridge for the facets of some cells on some neurons.

    Facets are numbered by their place in the arguments, ridges from 0.
    """
    problem = regions.problem
    n_domain = len(problem.halfspaces[0])
    if problem.dim == 1:  # facets are points
        return np.empty(0, np.int64), np.empty(0, np.int64)
    facets, keys = [np.empty(0, np.int64)], [np.empty((0, 2 * problem.n_words), np.uint64)]
    for part in batches(len(cell), (n_domain + problem.n_neurons) * (problem.dim + 1)):
        cells = cell[part]
        words = regions.words[cells]
        patterns = packing.unpack(words, problem.n_neurons)
        patterns[_at(cells, regions.zeros)] = 0
        G, h = cell_rows(problem, patterns)
        rows = _facet_rows(regions, cells, n_domain)
        own = n_domain + neuron[part]
        place, points = _ridge_points(regions, cells, G, h, rows, own)
        tight = h[place] - np.einsum("rmd,rd->rm", G[place], points)
        vanish = (tight <= problem.tolerances.on * problem.scale) & G[place].any(axis=2)
        zero = packing.pack((vanish[:, n_domain:] | (patterns[place] == 0)).astype(np.int8))
        facets.append(place + part.start)
        keys.append(np.column_stack([words[place] & ~zero, zero]))
    ridge = np.unique(np.concatenate(keys), axis=0, return_inverse=True)[1]
    return np.concatenate(facets), ridge.reshape(-1).astype(np.int64)


def _at(cells: IntArray, zeros: IntArray) -> tuple[IntArray, IntArray]:
    """Return row in ``cells`` (ascending) and neuron of each pair (region, neuron) in ``zeros``."""
    low, high = np.searchsorted(zeros[:, 0], cells), np.searchsorted(zeros[:, 0], cells + 1)
    row = np.repeat(np.arange(len(cells)), high - low)
    within = np.arange(len(row)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    return row, zeros[low[row] + within, 1]


def _facet_rows(regions: Regions, cells: IntArray, n_domain: int) -> IntArray:
    """Return for each cell the rows of `cell_rows` that are its facets, filled up with -1."""
    start, facet = regions.facet_start, regions.facets
    counts = start[cells + 1] - start[cells]
    column = np.arange(counts.max(initial=0))
    at = np.minimum(start[cells][:, None] + column, len(facet) - 1)
    rows = np.where(facet[at] < 0, -1 - facet[at], n_domain + facet[at])
    return np.where(column < counts[:, None], rows, -1)


def _ridge_points(
    regions: Regions, cells: IntArray, G: FloatArray, h: FloatArray, rows: IntArray, own: IntArray
) -> tuple[NDArray[np.int64], FloatArray]:
    """Return for each ridge of the facets ``own`` of some cells the cell's place, and a point."""
    problem, each = regions.problem, np.arange(len(cells))[:, None]
    used = rows >= 0
    G, h = np.where(used[:, :, None], G[each, rows], 0.0), np.where(used, h[each, rows], 0.0)
    crossing = facets_of_rows(problem, G, h, regions.points[cells], central=True)[1]
    column = (rows == own[:, None]).argmax(axis=1)
    point, normal = crossing[each[:, 0], column], G[each[:, 0], column]
    basis = _complements(normal)
    within, room = G @ basis, h - np.einsum("nmd,nd->nm", G, point)
    length = np.linalg.norm(within, axis=2)
    meets = used & (length > _PARALLEL) & (rows != own[:, None])
    unit = np.where(meets, length, 1.0)
    within = np.where(meets[:, :, None], within / unit[:, :, None], 0.0)
    room = np.where(meets, room / unit, 0.0)
    origin = np.zeros((len(cells), problem.dim - 1))
    is_ridge, at, _ = facets_of_rows(problem, within, room, origin, central=True)
    place, row = np.nonzero(is_ridge)
    return place, point[place] + np.einsum("rdc,rc->rd", basis[place], at[place, row])


def _complements(normals: FloatArray) -> FloatArray:
    """Return orthonormal bases of what is orthogonal to unit vectors, shape (n, d, d - 1).

    Columns of the reflection that takes the normal to the first axis, up to sign.
    """
    d = normals.shape[1]
    mirror = normals.copy()
    mirror[:, 0] += np.where(normals[:, 0] < 0, -1.0, 1.0)
    size = np.einsum("nd,nd->n", mirror, mirror)
    reflection = np.eye(d) - 2 * mirror[:, :, None] * mirror[:, None, :] / size[:, None, None]
    bases: FloatArray = reflection[:, :, 1:]
    return bases
