"""Piecewise-linear Morse theory: where the sublevel sets of an output change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .._table import Table, aligned
from .homology import pair_faces
from .levels import levels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import BoolArray, FloatArray, IntArray
    from ..regions.table import Regions


@dataclass(frozen=True, eq=False, repr=False)
class CriticalPoints(Table):
    """Where the topology of the sublevel sets of an output changes, in columns, by value.

    A critical point is a vertex or, where the output is constant on a face, a maximal connected set
    of such faces. Its multiplicity of index k is the k-th Betti number of the sublevel set there
    relative to what lies strictly below: a point of multiplicity 1 of index 0 is a minimum, of
    index d a maximum, in between a saddle; a flat set may have several (a ring of minima has 1 of
    index 0 and 1 of index 1). The boundary of the domain belongs to the domain, so that a minimum
    or saddle of the restriction to it can be critical.

    Attributes
    ----------
    value : ndarray, shape (m,)
    point : ndarray, shape (m, d)
        A vertex of the set.
    multiplicity : ndarray of int, shape (m, d + 1)
        By index; not all 0.
    flat : ndarray of int, shape (m,)
        Dimension of the set: 0 a point.
    outer : ndarray of bool, shape (m,)
        Whether it meets the boundary of the domain.
    of_vertex : ndarray of int, shape (n_0,)
        For each vertex of `Regions.complex` the critical point that it is, or belongs to; or -1.
    """

    value: FloatArray
    point: FloatArray
    multiplicity: IntArray
    flat: IntArray
    outer: BoolArray
    of_vertex: IntArray

    _COLUMNS: ClassVar[tuple[str, ...]] = (
        "value", "kind", "multiplicity", "flat", "outer", "point"
    )  # fmt: skip

    def __repr__(self) -> str:
        return f"CriticalPoints({len(self)}, counts {self.counts.tolist()})"

    @property
    def counts(self) -> IntArray:
        """Multiplicities added up by index, shape (d + 1,): the Morse numbers."""
        return np.asarray(self.multiplicity.sum(axis=0))

    @property
    def kind(self) -> NDArray[np.str_]:
        """Kinds: minimum, maximum, saddle; degenerate, where there are several indices."""
        d = self.multiplicity.shape[1] - 1
        index = self.multiplicity.argmax(axis=1)
        named = np.where(index == 0, "minimum", np.where(index == d, "maximum", "saddle"))
        return np.where((self.multiplicity > 0).sum(axis=1) > 1, "degenerate", named)

    def __str__(self) -> str:
        lines: list[list[Any]] = [["value", "kind", "by index", "where"]]
        for row in self.rows():
            where = f"a flat set of dimension {row['flat']} at " if row["flat"] else ""
            where += f"({', '.join(f'{x:.6g}' for x in row['point'])})"
            where += ", on the boundary of the domain" if row["outer"] else ""
            lines.append([row["value"], row["kind"], str(row["multiplicity"]), where])
        return aligned(lines)


def critical_points(regions: Regions, output: int = 0) -> CriticalPoints:
    """Find the critical points of an output of a network on the domain, its boundary included.

    Parameters
    ----------
    regions : Regions
        A complete table in a bounded domain.
    output : int, default 0

    Returns
    -------
    CriticalPoints

    Notes
    -----
    With c_k the multiplicities of index k of all critical points and b_k the Betti numbers of the
    domain, ``c_k - c_{k-1} + ... >= b_k - b_{k-1} + ...`` for every k (Morse inequalities), with
    equality at k = d, where both sides are the Euler characteristic up to sign.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1], [-1]], [[1, 1]], [[-1]]], [[0, 0], [-1], [0]])
    >>> regions = rg.enumerate_regions(net, rg.Box([-2], [3]))  # min(0, 1 - |x|)
    >>> found = rg.graph.topology.critical_points(regions)
    >>> found.value.tolist(), found.kind.tolist(), found.flat.tolist()
    ([-2.0, -1.0, 0.0], ['minimum', 'minimum', 'maximum'], [0, 0, 1])
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    polyhedra = regions.complex
    heights, levels = levels_of(regions, output)
    pairing = pair_faces(polyhedra, levels, within_levels=True)
    n, d = len(pairing.face), polyhedra.dim
    entries = (np.ones(len(pairing.part)), pairing.part, pairing.start)
    together: Any = csr_array(entries, shape=(n, n))
    n_sets, own = connected_components(together, directed=False)
    multiplicity = np.zeros((n_sets, d + 1), np.int64)
    left = pairing.partner < 0
    np.add.at(multiplicity, (own[left], pairing.dimension[left]), 1)
    vertex, flat, outer = np.zeros((3, n_sets), np.int64)
    vertex[own] = pairing.vertex
    lowest = np.concatenate(polyhedra.of_vertices(levels, np.minimum))
    first = np.cumsum(polyhedra.f_vector) - polyhedra.f_vector
    even = lowest[first[pairing.dimension] + pairing.face] == pairing.level
    np.maximum.at(flat, own[even], pairing.dimension[even])
    np.maximum.at(outer, own[even], polyhedra.outer[0][pairing.vertex[even]])
    found = np.flatnonzero(multiplicity.any(axis=1))
    found = found[np.argsort(levels[vertex[found]], kind="stable")]
    row, of_vertex = np.full(n_sets, -1), np.empty(len(levels), np.int64)
    row[found] = np.arange(len(found))
    points = pairing.dimension == 0
    of_vertex[pairing.face[points]] = row[own[points]]
    return CriticalPoints(
        value=heights[levels[vertex[found]]],
        point=polyhedra.vertices[vertex[found]],
        multiplicity=multiplicity[found],
        flat=flat[found],
        outer=outer[found] > 0,
        of_vertex=of_vertex,
    )
