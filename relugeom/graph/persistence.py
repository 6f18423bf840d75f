"""Persistence of the sublevel sets of an output."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .._lazy import optional
from .._table import Table
from .homology import pair_faces
from .levels import levels_of

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..regions.table import Regions


@dataclass(frozen=True, eq=False, repr=False)
class Persistence(Table):
    """The persistence diagram of the sublevel sets of an output, in columns.

    Row i is a class of homology of dimension ``dimension[i]`` (a piece, a loop, a void) that the
    sublevel sets ``{f <= t}`` have for ``birth[i] <= t < death[i]``. Rows are sorted by dimension,
    then by birth; classes that are born and die at one level are left out.

    Attributes
    ----------
    dimension : ndarray of int, shape (m,)
    birth : ndarray, shape (m,)
    death : ndarray, shape (m,)
        inf for a class of the whole domain: its one connected piece.
    birth_point, death_point : ndarray, shape (m, d)
        A vertex at which the class is born, or dies (NaN if never).
    """

    dimension: IntArray
    birth: FloatArray
    death: FloatArray
    birth_point: FloatArray
    death_point: FloatArray

    _COLUMNS: ClassVar[tuple[str, ...]] = (
        "dimension", "birth", "death", "birth_point", "death_point"
    )  # fmt: skip
    _UNIT: ClassVar[str] = "classes"

    @property
    def lengths(self) -> FloatArray:
        """``death - birth``, shape (m,)."""
        return self.death - self.birth

    def intervals(self, k: int) -> FloatArray:
        """Return birth and death of the classes of dimension k, shape (n, 2)."""
        own = self.dimension == k
        return np.column_stack([self.birth[own], self.death[own]])

    def betti(self, threshold: float) -> IntArray:
        """Return the Betti numbers of ``{f <= threshold}``, shape (d,)."""
        alive = (self.birth <= threshold) & (threshold < self.death)
        return np.bincount(self.dimension[alive], minlength=self.birth_point.shape[1])


def persistence(regions: Regions, output: int = 0) -> Persistence:
    """Return the persistence diagram of the sublevel sets of an output, exact up to rounding.

    Parameters
    ----------
    regions : Regions
        A complete table in a bounded domain.
    output : int, default 0

    Returns
    -------
    Persistence

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1], [-1]], [[1, 1]], [[-1]]], [[0, 0], [-1], [0]])
    >>> regions = rg.enumerate_regions(net, rg.Box([-2], [3]))  # min(0, 1 - |x|)
    >>> rg.graph.topology.persistence(regions).intervals(0).tolist()
    [[-2.0, inf], [-1.0, 0.0]]
    """
    polyhedra = regions.complex
    heights, levels = levels_of(regions, output)
    pairing = pair_faces(polyhedra, levels)
    born = np.flatnonzero((pairing.partner < 0) | (pairing.partner > np.arange(len(pairing.face))))
    born = born[np.argsort(pairing.dimension[born], kind="stable")]
    dies = pairing.partner[born]
    kept = (dies < 0) | (pairing.level[born] < pairing.level[dies])
    born, dies = born[kept], dies[kept]
    ends = dies >= 0
    death, death_point = np.full(len(born), inf), np.full((len(born), polyhedra.dim), np.nan)
    death[ends] = heights[pairing.level[dies[ends]]]
    death_point[ends] = polyhedra.vertices[pairing.vertex[dies[ends]]]
    return Persistence(
        dimension=pairing.dimension[born],
        birth=heights[pairing.level[born]],
        death=death,
        birth_point=polyhedra.vertices[pairing.vertex[born]],
        death_point=death_point,
    )


def simplex_tree(regions: Regions, output: int = 0) -> Any:
    """Return the domain as a `gudhi.SimplexTree` filtered by an output, lower stars.

    The regions are cut into simplices without new vertices, on which the output is affine: what
    gudhi finds is exact. For what `persistence` does not do: other fields, representative cycles,
    the many tools that start from a simplex tree.

    Parameters
    ----------
    regions : Regions
        A complete table in a bounded domain.
    output : int, default 0

    Raises
    ------
    MissingExtraError
        If gudhi is not installed; ``pip install 'relugeom[topology]'``.
    """
    gudhi = optional("gudhi", "topology")
    polyhedra = regions.complex
    heights, levels = levels_of(regions, output)
    tree, corners = gudhi.SimplexTree(), polyhedra.simplices(polyhedra.dim)[0]
    tree.insert_batch(corners.T.astype(np.int32), np.full(len(corners), -inf))
    for vertex, value in enumerate(heights[levels].tolist()):
        tree.assign_filtration([vertex], value)
    tree.make_filtration_non_decreasing()  # a simplex enters with the last of its vertices
    return tree
