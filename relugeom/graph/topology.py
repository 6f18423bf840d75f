"""Topology of decision regions, decision boundaries and sublevel sets; Morse theory; persistence.

Everything is computed from the polyhedral complex of the regions, whose faces carry an affine
function. `docs/topology.md` says why that is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._check import choice, float_array, positive_int
from ..errors import InvalidInputError, MissingExtraError, RelugeomError, UnsupportedError
from ..networks.network import ReLUNetwork
from ..regions.cutting import TOO_CLOSE
from .homology import pair_faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import BoolArray, FloatArray, IntArray
    from ..regions.complex import PolyhedralComplex
    from ..regions.table import Regions

_SETS = ("domain", "class", "boundary", "sublevel", "superlevel", "level")


def betti(
    regions: Regions,
    of: str = "domain",
    *,
    label: int | None = None,
    output: int = 0,
    threshold: float | None = None,
) -> IntArray:
    """Return the Betti numbers of a set in the domain, over the field with two elements.

    b_0 counts connected pieces, b_1 independent loops (holes, in the plane), b_2 enclosed voids.

    Parameters
    ----------
    regions : Regions
        A complete table in a bounded domain.
    of : str
        - "domain": the domain itself, (1, 0, ...);
        - "class": where the network predicts ``label``, ties as in `ReLUNetwork.predict`;
        - "boundary": the decision boundary, facets between two classes, one of them ``label`` if
          that is given; without the boundary of the domain;
        - "sublevel", "superlevel", "level": where an output is at most, at least, or equal to
          ``threshold``.
    label : int, optional
        A class.
    output : int, default 0
        The output of the network that "sublevel", "superlevel" and "level" look at.
    threshold : float, optional
        Vertices whose output is this up to rounding count as equal.

    Returns
    -------
    ndarray of int, shape (d,)
        b_0, ..., b_{d-1}; b_d is 0 for every set in R^d.

    Raises
    ------
    UnboundedError
        If the domain is not bounded.
    RelugeomError
        If the table is not complete, or neurons meet within rounding but not exactly.
    UnsupportedError
        If the regions are those of an arrangement, which has no output, and ``of`` needs one.

    Notes
    -----
    The complex is built once and kept; 100,000 planar regions take seconds, most of it there.
    Sets are cut where their boundary passes, by the differences of all outputs for "class" and
    "boundary". Two pieces that touch in a point only are joined if the point belongs to the set,
    while `RegionGraph.decision_regions` joins through facets.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights(
    ...     [[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1] * 4], [[1], [-1]], [[1, 1]]],
    ...     [[0] * 4, [0], [-2, 2], [-0.5]],
    ... )  # | |x| + |y| - 2 | > 1/2
    >>> regions = rg.enumerate_regions(net, rg.Box([-4, -4], [4, 4]))
    >>> rg.graph.topology.betti(regions, "class", label=0).tolist()  # an annulus
    [1, 1]
    >>> rg.graph.topology.betti(regions, "class", label=1).tolist()  # inside and outside
    [2, 1]
    >>> rg.graph.topology.betti(regions, "boundary").tolist()  # two circles
    [2, 2]
    """
    choice("of", of, _SETS)
    if of == "domain":
        return _betti(regions.complex, None)
    if of in ("class", "boundary"):
        decided = _decided(regions)
        if label is None and of == "class":
            raise InvalidInputError("`label` must be given for the Betti numbers of a class")
        if label is not None and positive_int("label", label, minimum=0) >= decided.n_classes:
            raise InvalidInputError(
                f"`label` must be a class, 0 to {decided.n_classes - 1}; got {label!r}"
            )
        if of == "class":
            own = decided.of_vertex == label
            return _betti(decided.complex, decided.complex.of_vertices(own, np.logical_and))
        return _betti(decided.complex, _boundary(decided, label))
    values, zero = _output(regions, output)
    if threshold is None:
        raise InvalidInputError(f"`threshold` must be given for the Betti numbers of a {of} set")
    level = float(float_array("threshold", threshold, shape=()))
    complex, height = regions.complex, values - level
    if of == "level":
        complex = complex.cut(height, zero=zero)
        height = complex.outputs[:, output] - level
    own = {"sublevel": height <= zero, "superlevel": height >= -zero}.get(of, abs(height) <= zero)
    return _betti(complex, complex.of_vertices(own, np.logical_and))


@dataclass(frozen=True, eq=False)
class CriticalPoints:
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

    def __len__(self) -> int:
        return len(self.value)

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

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as one dict a critical point."""
        columns = {
            "value": self.value,
            "kind": self.kind,
            "multiplicity": self.multiplicity,
            "flat": self.flat,
            "outer": self.outer,
            "point": self.point,
        }
        lists = (column.tolist() for column in columns.values())
        return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]

    def __str__(self) -> str:
        lines = [
            f"{'value':>12}  {'kind':10}  {'by index':{3 * self.multiplicity.shape[1]}}  where"
        ]
        for row in self.rows():
            where = f"a flat set of dimension {row['flat']} at " if row["flat"] else ""
            where += f"({', '.join(f'{x:.6g}' for x in row['point'])})"
            where += ", on the boundary of the domain" if row["outer"] else ""
            lines.append(
                f"{row['value']:12.6g}  {row['kind']:10}  {row['multiplicity']!s:8}  {where}"
            )
        return "\n".join(lines)


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

    complex = regions.complex
    heights, levels = _levels(complex, *_output(regions, output))
    pairing = pair_faces(complex, levels, within_levels=True)
    n, d = len(pairing.face), complex.dim
    entries = (np.ones(len(pairing.part)), pairing.part, pairing.start)
    together: Any = csr_array(entries, shape=(n, n))
    n_sets, own = connected_components(together, directed=False)
    multiplicity = np.zeros((n_sets, d + 1), np.int64)
    left = pairing.partner < 0
    np.add.at(multiplicity, (own[left], pairing.dimension[left]), 1)
    vertex, flat, outer = np.zeros((3, n_sets), np.int64)
    vertex[own] = pairing.vertex
    lowest = np.concatenate(complex.of_vertices(levels, np.minimum))
    first = np.cumsum(complex.f_vector) - complex.f_vector
    even = lowest[first[pairing.dimension] + pairing.face] == pairing.level
    np.maximum.at(flat, own[even], pairing.dimension[even])
    np.maximum.at(outer, own[even], complex.outer[0][pairing.vertex[even]])
    found = np.flatnonzero(multiplicity.any(axis=1))
    found = found[np.argsort(levels[vertex[found]], kind="stable")]
    row, of_vertex = np.full(n_sets, -1), np.empty(len(levels), np.int64)
    row[found] = np.arange(len(found))
    points = pairing.dimension == 0
    of_vertex[pairing.face[points]] = row[own[points]]
    return CriticalPoints(
        value=heights[levels[vertex[found]]],
        point=complex.vertices[vertex[found]],
        multiplicity=multiplicity[found],
        flat=flat[found],
        outer=outer[found] > 0,
        of_vertex=of_vertex,
    )


@dataclass(frozen=True, eq=False)
class Persistence:
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

    def __len__(self) -> int:
        return len(self.birth)

    def __repr__(self) -> str:
        return f"Persistence({len(self)} classes)"

    @property
    def lengths(self) -> FloatArray:
        """``death - birth``, shape (m,)."""
        return self.death - self.birth

    def intervals(self, k: int) -> FloatArray:
        """Return birth and death of the classes of dimension k, shape (n, 2)."""
        own = self.dimension == k
        return np.column_stack([self.birth[own], self.death[own]])

    def rows(self) -> list[dict[str, Any]]:
        """Return the diagram as one dict a class."""
        columns = (self.dimension.tolist(), self.birth.tolist(), self.death.tolist())
        names = ("dimension", "birth", "death")
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def __str__(self) -> str:
        lines = [f"{'dimension':>9}  {'birth':>12}  {'death':>12}"]
        lines += [
            "{dimension:9}  {birth:12.6g}  {death:12.6g}".format(**row) for row in self.rows()
        ]
        return "\n".join(lines)

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
    complex = regions.complex
    heights, levels = _levels(complex, *_output(regions, output))
    pairing = pair_faces(complex, levels)
    born = np.flatnonzero((pairing.partner < 0) | (pairing.partner > np.arange(len(pairing.face))))
    born = born[np.argsort(pairing.dimension[born], kind="stable")]
    dies = pairing.partner[born]
    kept = (dies < 0) | (pairing.level[born] < pairing.level[dies])
    born, dies = born[kept], dies[kept]
    ends = dies >= 0
    death, death_point = np.full(len(born), inf), np.full((len(born), complex.dim), np.nan)
    death[ends] = heights[pairing.level[dies[ends]]]
    death_point[ends] = complex.vertices[pairing.vertex[dies[ends]]]
    return Persistence(
        dimension=pairing.dimension[born],
        birth=heights[pairing.level[born]],
        death=death,
        birth_point=complex.vertices[pairing.vertex[born]],
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
    try:
        import gudhi
    except ImportError as error:
        raise MissingExtraError("gudhi", "topology") from error
    complex = regions.complex
    heights, levels = _levels(complex, *_output(regions, output))
    tree, corners = gudhi.SimplexTree(), complex.simplices(complex.dim)[0]
    tree.insert_batch(corners.T.astype(np.int32), np.full(len(corners), -inf))
    for vertex, value in enumerate(heights[levels].tolist()):
        tree.assign_filtration([vertex], value)
    tree.make_filtration_non_decreasing()  # a simplex enters with the last of its vertices
    return tree


class _Decided(NamedTuple):
    """A complex that the decision boundary cuts no more; classes of its vertices and cells."""

    complex: PolyhedralComplex
    n_classes: int
    of_vertex: IntArray
    of_cell: IntArray


@lru_cache(maxsize=2)
def _decided(regions: Regions) -> _Decided:
    complex = regions.complex
    outputs, zero = _output(regions, None)
    n_classes = max(2, outputs.shape[1])

    def scores(complex: PolyhedralComplex) -> FloatArray:
        if complex.outputs.shape[1] > 1:
            return complex.outputs
        return np.column_stack([np.zeros(len(complex.outputs)), complex.outputs])

    for i, j in combinations(range(n_classes), 2):
        value = scores(complex)
        complex = complex.cut(value[:, i] - value[:, j], zero=zero)
    value = scores(complex)
    best = value >= value.max(axis=1, keepdims=True) - zero
    on_cell = complex.of_vertices(best, np.logical_and)[-1]
    if not on_cell.any(axis=1).all():
        raise RelugeomError(TOO_CLOSE)
    return _Decided(complex, n_classes, best.argmax(axis=1), on_cell.argmax(axis=1))


def _boundary(decided: _Decided, label: int | None) -> list[BoolArray]:
    """Return the faces of the facets between two classes."""
    complex, side = decided.complex, decided.of_cell
    if label is not None:
        side = (side == label).astype(np.int64)
    table, n = complex.facets[-1], complex.f_vector[-2]
    low, high = np.full(n, decided.n_classes), np.full(n, -1)
    np.minimum.at(low, table.part, side[table.owner])
    np.maximum.at(high, table.part, side[table.owner])
    return complex.closure(low < high)


def _betti(complex: PolyhedralComplex, chosen: list[BoolArray] | None) -> IntArray:
    _, levels = np.unique(complex.vertices[:, 0], return_inverse=True)
    return pair_faces(complex, levels, chosen).unpaired(complex.dim)[:-1]


def _output(regions: Regions, output: int | None) -> tuple[FloatArray, float]:
    """Return an output, or all, at the vertices, and up to which size its values are rounding."""
    if not isinstance(regions.source, ReLUNetwork):
        raise UnsupportedError("an arrangement has no outputs; only networks do")
    complex = regions.complex
    if output is None:
        return complex.outputs, 2 * float(complex.resolution.max())
    k = positive_int("output", output, minimum=0)
    if k >= regions.source.output_dim:
        raise InvalidInputError(
            f"`output` must be an output, 0 to {regions.source.output_dim - 1}; got {output}"
        )
    return complex.outputs[:, k], float(complex.resolution[k])


def _levels(
    complex: PolyhedralComplex, values: FloatArray, zero: float
) -> tuple[FloatArray, IntArray]:
    """Return the distinct values, ascending, and which one each vertex has.

    The ends of an edge get the same value where they differ by rounding only.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    u, v = complex.facets[0].part.reshape(-1, 2).T
    flat, n = np.abs(values[u] - values[v]) <= zero, len(values)
    even = coo_array((np.ones(int(flat.sum())), (u[flat], v[flat])), shape=(n, n))
    own = connected_components(even, directed=False)[1]
    common = np.full(n, inf)
    np.minimum.at(common, own, values)
    heights, levels = np.unique(common[own], return_inverse=True)
    return heights, levels
