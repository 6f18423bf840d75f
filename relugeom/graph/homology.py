"""Homology of the lower-star filtration of a polyhedral complex, over the field with two elements.

A face enters with the last of its vertices. One reduction of the boundary matrix gives Betti
numbers (faces without a partner), persistence (pairs) and, where only faces that enter together may
be paired, what each level adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ._kernel_homology import pair

if TYPE_CHECKING:
    from .._check import BoolArray, IntArray
    from ..regions.complex import PolyhedralComplex


@dataclass(frozen=True, eq=False)
class Pairing:
    """The faces of a filtered complex in order of entry, in columns.

    Attributes
    ----------
    dimension, face : ndarray of int, shape (n,)
        Dimension of the face, and its number among those of this dimension.
    vertex : ndarray of int, shape (n,)
        A vertex of it at the largest level.
    level : ndarray of int, shape (n,)
        That level, at which the face enters.
    start, part : ndarray of int
        The boundary matrix: face i has the facets ``part[start[i]:start[i + 1]]``, as places here.
    partner : ndarray of int, shape (n,)
        The place of the face that it is paired with, or -1.
    """

    dimension: IntArray
    face: IntArray
    vertex: IntArray
    level: IntArray
    start: IntArray
    part: IntArray
    partner: IntArray

    def unpaired(self, dim: int) -> IntArray:
        """Return the number of faces without a partner, by dimension, shape (dim + 1,)."""
        return np.bincount(self.dimension[self.partner < 0], minlength=dim + 1)


def pair_faces(
    polyhedra: PolyhedralComplex,
    levels: IntArray,
    chosen: Sequence[BoolArray] | None = None,
    *,
    within_levels: bool = False,
) -> Pairing:
    """Pair the faces of a subcomplex, filtered by the largest level of their vertices.

    Parameters
    ----------
    polyhedra : PolyhedralComplex
    levels : ndarray of int, shape (n_0,)
        Of the vertices.
    chosen : sequence of ndarray of bool, optional
        For each dimension the faces of the subcomplex; all if not given.
    within_levels : bool, default False
        Whether to leave out of the boundary of a face what entered before it.
    """
    sizes, ascending = polyhedra.f_vector, np.argsort(levels, kind="stable")
    rank = np.empty(len(levels), np.int64)
    rank[ascending] = np.arange(len(levels))
    vertex = ascending[np.concatenate(polyhedra.of_vertices(rank, np.maximum))]
    level = levels[vertex]
    dimension = np.repeat(np.arange(polyhedra.dim + 1), sizes)
    order = np.lexsort([dimension, level])
    if chosen is not None:
        order = order[np.concatenate(chosen)[order]]
    place = np.full(len(level), -1)
    place[order] = np.arange(len(order))

    first = np.cumsum(sizes) - sizes
    owners = [table.owner + n for table, n in zip(polyhedra.facets, first[1:], strict=True)]
    parts = [table.part + n for table, n in zip(polyhedra.facets, first[:-1], strict=True)]
    whole, facet = place[np.concatenate(owners)], place[np.concatenate(parts)]
    face = order - first[dimension[order]]
    vertex, level, dimension = vertex[order], level[order], dimension[order]
    kept = whole >= 0
    if within_levels:
        kept &= level[whole] == level[facet]
    whole, facet = whole[kept], facet[kept]
    by_whole = np.lexsort([facet, whole])
    start = np.concatenate([[0], np.cumsum(np.bincount(whole, minlength=len(order)))])
    part = facet[by_whole]
    partner = np.empty(len(order), np.int64)
    pair(start, part, dimension, polyhedra.dim, partner)
    return Pairing(
        dimension=dimension,
        face=face,
        vertex=vertex,
        level=level,
        start=start,
        part=part,
        partner=partner,
    )
