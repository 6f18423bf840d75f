"""Cutting the faces of a polyhedral complex in two, by the signs of a function at its vertices.

A complex is a list of tables, one a dimension k = 1, 2, ..., d: the facets of every k-face, which
are numbers of (k-1)-faces. Only who bounds whom enters here, no coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._table import brief
from ..errors import UndecidedError
from . import _kernel_cut as kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import IntArray, SignArray

TOO_CLOSE = (
    "the faces of the regions cannot be told apart: neurons meet, or nearly coincide, "
    "to within rounding"
)


@brief
class Incidence(NamedTuple):
    """Face i has the facets ``part[start[i]:start[i + 1]]``, faces of one dimension less."""

    start: IntArray
    part: IntArray

    @classmethod
    def join(cls, n: int, owner: IntArray, part: IntArray) -> Incidence:
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
    facets : tuple of Incidence
        The new tables. New faces come after old ones; of the two halves of a cut face the positive
        one is new.
    ends : ndarray of int, shape (n_new_vertices, 2)
        The edge that each new vertex lies on, from its negative end to its positive one.
    parents : ndarray of int
        The cell that each new cell was cut from.
    side : ndarray of int8, shape (n_cells,)
        The sign on every cell; 0 where the function vanishes at all its vertices.
    """

    facets: tuple[Incidence, ...]
    ends: IntArray
    parents: IntArray
    side: SignArray


def upward(
    facets: Sequence[Incidence], values: NDArray[Any], combine: np.ufunc
) -> list[NDArray[Any]]:
    """Return for the faces of each dimension the combined values of their vertices."""
    result = [values]
    for table in facets:
        result.append(combine.reduceat(result[-1][table.part], table.start[:-1], axis=0))
    return result


def cut(facets: Sequence[Incidence], sign: SignArray) -> Cut:
    """Cut all faces on which a function has both signs.

    A cut face becomes two, and the wall between them is a new face. The facets of the wall are the
    walls inside the facets that are cut, and the faces of the cut face on which the function
    vanishes.

    Parameters
    ----------
    facets : sequence of Incidence
    sign : ndarray of int8, shape (n_vertices,)
        At the vertices, of a function that is affine on every face.

    Raises
    ------
    UndecidedError
        If no such function has these signs: some of them are rounding.
    """
    side = [np.array([kernel.BELOW, 0, kernel.ABOVE], np.uint8)[sign + 1]]
    for table in facets:
        side.append(kernel.sides(*table, side[-1]))
    number, n_cut = zip(*map(kernel.numbers, side), strict=True)
    parents = np.flatnonzero(side[-1] == kernel.CUT)
    of_cell = np.array([0, -1, 1, -1], np.int8)[side[-1]]
    of_cell = np.concatenate([of_cell, np.ones(len(parents), np.int8)])
    if len(parents) == 0:
        return Cut(tuple(facets), np.empty((0, 2), np.int64), parents, of_cell)

    edges = np.flatnonzero(side[1] == kernel.CUT)
    ends = facets[0].part.reshape(-1, 2)[edges]
    ends = np.where(sign[ends[:, :1]] < 0, ends, ends[:, ::-1])
    tables = [
        kernel.halves(
            *table, number[k], n_cut[k], side[k], side[k - 1], number[k - 1], n_cut[k - 1]
        )
        for k, table in enumerate(facets, start=1)
    ]
    for k in range(2, len(side)):
        first = len(side[k - 2]) + n_cut[k - 2]
        start, part, fine = kernel.walls(
            *facets[k - 1], n_cut[k], side[k], side[k - 1], number[k - 1],
            *facets[k - 2], side[k - 2], first,
        )  # fmt: skip
        if not fine or (k == 2 and (np.diff(start) != 2).any()):
            raise UndecidedError(TOO_CLOSE)
        old_start, old_part = tables[k - 2]
        tables[k - 2] = (
            np.concatenate([old_start, old_start[-1] + start[1:]]),
            np.concatenate([old_part, part]),
        )
    return Cut(tuple(Incidence(*table) for table in tables), ends, parents, of_cell)
