"""Topology of decision regions, decision boundaries and level sets; Morse theory; persistence.

Everything is computed from the polyhedral complex of the regions, whose faces carry an affine
function. `docs/topology.md` says why that is enough.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._cache import remembered
from .._check import choice, float_array, positive_int
from ..errors import InvalidInputError, UndecidedError
from ..regions.cutting import TOO_CLOSE
from .homology import pair_faces
from .levels import output_at_vertices
from .morse import CriticalPoints, critical_points
from .persistence import Persistence, persistence, simplex_tree

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray
    from ..regions.complex import PolyhedralComplex
    from ..regions.table import Regions

__all__ = [
    "CriticalPoints",
    "Persistence",
    "betti",
    "critical_points",
    "persistence",
    "simplex_tree",
]

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
    UndecidedError
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
            raise InvalidInputError("`label` must be a class for Betti numbers; got None")
        if label is not None and positive_int("label", label, minimum=0) >= decided.n_classes:
            raise InvalidInputError(
                f"`label` must be a class, 0 to {decided.n_classes - 1}; got {label!r}"
            )
        if of == "class":
            own = decided.of_vertex == label
            return _betti(decided.polyhedra, decided.polyhedra.of_vertices(own, np.logical_and))
        return _betti(decided.polyhedra, _boundary(decided, label))
    values, zero = output_at_vertices(regions, output)
    if threshold is None:
        raise InvalidInputError(
            f"`threshold` must be a number for Betti numbers of a {of} set; got None"
        )
    level = float(float_array("threshold", threshold, shape=()))
    polyhedra, height = regions.complex, values - level
    if of == "level":
        polyhedra = polyhedra.cut(height, zero=zero)
        height = polyhedra.outputs[:, output] - level
    own = {"sublevel": height <= zero, "superlevel": height >= -zero}.get(of, abs(height) <= zero)
    return _betti(polyhedra, polyhedra.of_vertices(own, np.logical_and))


class _Decided(NamedTuple):
    """A complex that the decision boundary cuts no more; classes of its vertices and cells."""

    polyhedra: PolyhedralComplex
    n_classes: int
    of_vertex: IntArray
    of_cell: IntArray


@remembered
def _decided(regions: Regions) -> _Decided:
    polyhedra = regions.complex
    outputs, zero = output_at_vertices(regions, None)
    n_classes = max(2, outputs.shape[1])

    def scores(polyhedra: PolyhedralComplex) -> FloatArray:
        if polyhedra.outputs.shape[1] > 1:
            return polyhedra.outputs
        return np.column_stack([np.zeros(len(polyhedra.outputs)), polyhedra.outputs])

    for i, j in combinations(range(n_classes), 2):
        value = scores(polyhedra)
        polyhedra = polyhedra.cut(value[:, i] - value[:, j], zero=zero)
    value = scores(polyhedra)
    best = value >= value.max(axis=1, keepdims=True) - zero
    on_cell = polyhedra.of_vertices(best, np.logical_and)[-1]
    if not on_cell.any(axis=1).all():
        raise UndecidedError(TOO_CLOSE)
    return _Decided(polyhedra, n_classes, best.argmax(axis=1), on_cell.argmax(axis=1))


def _boundary(decided: _Decided, label: int | None) -> list[BoolArray]:
    """Return the faces of the facets between two classes."""
    polyhedra, side = decided.polyhedra, decided.of_cell
    if label is not None:
        side = (side == label).astype(np.int64)
    table, n = polyhedra.facets[-1], polyhedra.f_vector[-2]
    low, high = np.full(n, decided.n_classes), np.full(n, -1)
    np.minimum.at(low, table.part, side[table.owner])
    np.maximum.at(high, table.part, side[table.owner])
    return polyhedra.closure(low < high)


def _betti(polyhedra: PolyhedralComplex, chosen: list[BoolArray] | None) -> IntArray:
    _, levels = np.unique(polyhedra.vertices[:, 0], return_inverse=True)
    return pair_faces(polyhedra, levels, chosen).unpaired(polyhedra.dim)[:-1]
