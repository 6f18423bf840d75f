"""Cutting the faces of a polyhedral complex in two, by the signs of a function at its vertices.

A complex is a list of tables, one a dimension k = 1, 2, ..., d: the facets of every k-face, which
are numbers of (k-1)-faces. Only who bounds whom enters here, no coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import RelugeomError

if TYPE_CHECKING:
    from .._check import IntArray, SignArray

TOO_CLOSE = (
    "the faces of the regions cannot be told apart: neurons meet, or nearly coincide, "
    "to within rounding"
)
_BELOW, _ABOVE, _CUT = 1, 2, 3  # bits; 0 is on


class Facets(NamedTuple):
    """Face i has the facets ``part[start[i]:start[i + 1]]``, faces of one dimension less."""

    start: IntArray
    part: IntArray

    @classmethod
    def join(cls, n: int, owner: IntArray, part: IntArray) -> Facets:
        """Return the table of ``n`` faces from the owner of every entry."""
        sizes = np.bincount(owner, minlength=n)
        order = np.argsort(owner, kind="stable")
        return cls(np.concatenate([[0], np.cumsum(sizes)]), part[order])

    @property
    def n_faces(self) -> int:
        """Number of faces in the table."""
        return len(self.start) - 1

    @property
    def owner(self) -> IntArray:
        """The face that each entry of ``part`` belongs to."""
        return np.repeat(np.arange(self.n_faces), np.diff(self.start))

    def of(self, faces: IntArray) -> tuple[IntArray, IntArray]:
        """Return the facets of some faces in turn, and the place in ``faces`` of their owner."""
        first, sizes = self.start[faces], self.start[faces + 1] - self.start[faces]
        owner = np.repeat(np.arange(len(faces)), sizes)
        shift = first - (np.cumsum(sizes) - sizes)
        return self.part[np.arange(len(owner)) + shift[owner]], owner


class Cut(NamedTuple):
    """What `cut` returns.

    Attributes
    ----------
    facets : tuple of Facets
        The new tables. New faces come after old ones; of the two halves of a cut face the positive
        one is new.
    ends : ndarray of int, shape (n_new_vertices, 2)
        The edge that each new vertex lies on, from its negative end to its positive one.
    parents : ndarray of int
        The cell that each new cell was cut from.
    side : ndarray of int8, shape (n_cells,)
        The sign on every cell; 0 where the function vanishes at all its vertices.
    """

    facets: tuple[Facets, ...]
    ends: IntArray
    parents: IntArray
    side: SignArray


def upward(facets: Sequence[Facets], values: Any, combine: np.ufunc) -> list[Any]:
    """Return for the faces of each dimension the combined values of their vertices."""
    result = [values]
    for table in facets:
        result.append(combine.reduceat(result[-1][table.part], table.start[:-1], axis=0))
    return result


def cut(facets: Sequence[Facets], sign: SignArray) -> Cut:
    """Cut all faces on which a function has both signs.

    A cut face becomes two, and the wall between them is a new face. The facets of the wall are the
    walls inside the facets that are cut, and the faces of the cut face on which the function
    vanishes.

    Parameters
    ----------
    facets : sequence of Facets
    sign : ndarray of int8, shape (n_vertices,)
        At the vertices, of a function that is affine on every face.

    Raises
    ------
    RelugeomError
        If no such function has these signs: some of them are rounding.
    """
    bits = np.where(sign < 0, _BELOW, np.where(sign > 0, _ABOVE, 0)).astype(np.uint8)
    sides = upward(facets, bits, np.bitwise_or)
    crossed = [np.flatnonzero(side == _CUT) for side in sides]
    parents = crossed[-1]
    side = np.array([0, -1, 1, -1], np.int8)[sides[-1]]
    side = np.concatenate([side, np.ones(len(parents), np.int8)])
    if len(parents) == 0:
        return Cut(tuple(facets), np.empty((0, 2), np.int64), parents, side)

    sizes = [len(s) for s in sides]
    owners: list[list[IntArray]] = []  # what each new table is made of
    parts: list[list[IntArray]] = []
    for k, (table, rows) in enumerate(zip(facets, crossed[1:], strict=True), start=1):
        facet, owner = table.of(rows)
        bit = sides[k - 1][facet]
        if not bit.all():
            raise RelugeomError(TOO_CLOSE)
        lower = crossed[k - 1]  # the facets that are cut
        upper = np.arange(sizes[k - 1])
        upper[lower] = sizes[k - 1] + np.arange(len(lower))
        wall = sizes[k - 1] + len(lower) + np.arange(len(rows))
        below, above = (bit & _BELOW) > 0, (bit & _ABOVE) > 0
        if k == 1:
            ends = np.column_stack([facet[below], facet[above]])
        else:
            split = bit == _CUT
            inner = sizes[k - 2] + len(crossed[k - 2]) + np.searchsorted(lower, facet[split])
            ridge, via = facets[k - 2].of(facet[~split])
            on = sides[k - 2][ridge] == 0
            pair = np.unique(owner[~split][via[on]] * sizes[k - 2] + ridge[on])
            wall_owner = np.concatenate([owner[split], pair // sizes[k - 2]])
            if k == 2 and (np.bincount(wall_owner, minlength=len(rows)) != 2).any():
                raise RelugeomError(TOO_CLOSE)
            owners[-1].append(wall[wall_owner])
            parts[-1] += [inner, pair % sizes[k - 2]]
        kept = (sides[k] != _CUT)[table.owner]
        new = sizes[k] + np.arange(len(rows))
        owners.append([table.owner[kept], rows[owner[below]], rows, new[owner[above]], new])
        parts.append([table.part[kept], facet[below], wall, upper[facet[above]], wall])
    counts = [n + len(c) for n, c in zip(sizes, crossed, strict=True)]
    tables = [
        Facets.join(n + walls, np.concatenate(owner), np.concatenate(part))
        for n, walls, owner, part in zip(
            counts[1:], [*map(len, crossed[2:]), 0], owners, parts, strict=True
        )
    ]
    return Cut(tuple(tables), ends, parents, side)
