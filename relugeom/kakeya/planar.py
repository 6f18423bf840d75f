"""Planar Kakeya constructions with their areas: Perron trees, the deltoid, Pál's triangle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import log2, pi, sqrt
from numbers import Rational
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .._check import frozen, positive_int
from ..errors import InvalidInputError, UnsupportedError
from ._area import Trapezoid, union_area_exact, union_area_float

if TYPE_CHECKING:
    from .._check import FloatArray

Alpha: TypeAlias = "Fraction | float"

_EXACT_UP_TO = 6
_MAX_LEVELS = 12


@dataclass(frozen=True, eq=False)
class PlanarSet:
    """A planar set with its area.

    Attributes
    ----------
    name : str
    area : float
        Area; see ``area_method`` for how it was found.
    area_method : str
        "exact rational boundary integral", "float64 boundary integral" or "closed form".
    exact_area : Fraction or None
        The area as a rational, where it was computed exactly.
    triangle_area : float or None
        Sum of the areas of the pieces, before they overlap.
    pieces : tuple of Trapezoid
        Exact trapezoids whose union is the set; empty where edges are curved or irrational.
    outline : ndarray, shape (n, 2), or None
        Vertices of a polygon, for the sets that have no pieces; an approximation if curved.
    """

    name: str
    area: float
    area_method: str
    exact_area: Fraction | None = None
    triangle_area: float | None = None
    pieces: tuple[Trapezoid, ...] = ()
    outline: FloatArray | None = field(default=None, repr=False)

    @property
    def ratio(self) -> float:
        """Area divided by `triangle_area`: 1 for no overlap."""
        if self.triangle_area is None:
            raise UnsupportedError(
                f"`ratio` must be asked of a set made of pieces; got {self.name}"
            )
        return self.area / self.triangle_area

    @cached_property
    def polygon(self) -> Any:
        """The set as a shapely geometry (GEOS union in float64; `area` does not depend on it)."""
        import shapely

        if self.outline is not None:
            return shapely.Polygon(self.outline)
        rings = np.array(
            [
                [(p.left0, p.y0), (p.right0, p.y0), (p.right1, p.y1), (p.left1, p.y1)]
                for p in self.pieces
            ],
            dtype=np.float64,
        )
        return shapely.union_all(shapely.make_valid(shapely.polygons(rings)))

    def __repr__(self) -> str:
        return f"PlanarSet({self.name}, area {self.area:.6g}, {len(self.pieces)} pieces)"


def perron_tree(
    levels: int, schedule: Alpha | Sequence[Alpha] | None = None, *, exact: bool | None = None
) -> PlanarSet:
    """Return the Perron tree of 2^levels triangles, made by repeated bisection.

    A triangle of height 1 on the base [0, 1] (area 1/2) is cut from its apex into n = 2^levels
    triangles. Each block of triangles has a heart, an interval of its base; at first the base of
    the triangle itself. At stage j = 1 (finest), ..., levels, neighbouring blocks with hearts of
    width w are paired: the right one is moved until the hearts touch, then left by another
    2 w (1 - alpha_j), and the pair is a block whose heart has width 2 alpha_j w. A unit needle
    fits in each triangle, so the union holds a unit segment in every direction of the triangle's
    angle at the apex.

    Parameters
    ----------
    levels : int
        k, from 0 to 12.
    schedule : number or sequence of numbers, optional
        alpha, in (1/2, 1]: one for all stages, or one a stage, the finest first. A float is read
        as the decimal it prints as (0.7 is 7/10). By default
        ``alpha_j = (k + 2 - j) / (k + 3 - j)``, for which the union has exactly 2/(k + 2) of the
        triangle's area, Perron and Schoenberg's rate; from k = 4 some schedules do better.
    exact : bool, optional
        Whether to compute the area in rationals; by default up to 6 levels. Otherwise it is a
        float64 boundary integral, correct to about 1e-13.

    Returns
    -------
    PlanarSet

    Raises
    ------
    InvalidInputError
        If ``levels`` is out of range or ``schedule`` has the wrong length or values.

    See Also
    --------
    perron_bound : the fraction 2/(k + 2).

    Examples
    --------
    >>> tree = perron_tree(3)
    >>> tree.exact_area, tree.triangle_area
    (Fraction(1, 5), 0.5)
    >>> perron_tree(2, 0.7).exact_area * 2
    Fraction(2501, 5000)
    """
    k = positive_int("levels", levels, minimum=0)
    if k > _MAX_LEVELS:
        raise InvalidInputError(f"`levels` must be at most {_MAX_LEVELS}; got {levels}")
    alphas = _schedule(k, schedule)
    n = 2**k
    shifts = [Fraction(0)] * n
    width = Fraction(1, n)
    for stage, alpha in enumerate(alphas):
        size = 2**stage
        # a block's heart starts where the base of its first triangle does
        for start in range(0, n, 2 * size):
            x_left = Fraction(start, n) + shifts[start]
            x_right = Fraction(start + size, n) + shifts[start + size]
            move = (x_left + width - x_right) - 2 * width * (1 - alpha)
            for i in range(start + size, start + 2 * size):
                shifts[i] += move
        width *= 2 * alpha
    zero, one, apex = Fraction(0), Fraction(1), Fraction(1, 2)
    pieces = tuple(
        Trapezoid(zero, one, Fraction(i, n) + s, Fraction(i + 1, n) + s, apex + s, apex + s)
        for i, s in enumerate(shifts)
    )
    exact_area = None
    if exact or (exact is None and k <= _EXACT_UP_TO):
        exact_area = union_area_exact(pieces)
        area, method = float(exact_area), "exact rational boundary integral"
    else:
        area, method = union_area_float(pieces), "float64 boundary integral"
    return PlanarSet(
        name=f"Perron tree, {k} levels",
        area=area,
        area_method=method,
        exact_area=exact_area,
        triangle_area=0.5,
        pieces=pieces,
    )


def perron_bound(levels: int) -> Fraction:
    """Return 2/(k + 2), the fraction of the triangle's area that the default tree keeps.

    It is the minimum over schedules of the bound ``f_k = alpha^2 f_(k-1) + 2 (1 - alpha)^2``,
    f_0 = 1.

    Examples
    --------
    >>> perron_bound(8)
    Fraction(1, 5)
    """
    return Fraction(2, positive_int("levels", levels, minimum=0) + 2)


def exact_union_area(pieces: Iterable[Sequence[Any]]) -> Fraction:
    """Return the exact area of a union of trapezoids with horizontal parallel sides.

    Parameters
    ----------
    pieces : iterable of (y0, y1, left0, right0, left1, right1)
        Heights y0 < y1 and the ends at both heights, rationals (`Trapezoid` has these fields); a
        float is taken at its exact binary value. Pieces may lie at different heights.

    Returns
    -------
    Fraction

    Raises
    ------
    InvalidInputError
        If a piece is not six finite numbers, has no height, or its ends are in the wrong order.

    Notes
    -----
    The union's boundary is found edge by edge; cost O(n^2 log n) rational operations.

    Examples
    --------
    >>> square, triangle = (0, 1, 0, 1, 0, 1), (0, 1, 0, 2, 1, 1)
    >>> exact_union_area([square, triangle])
    Fraction(3, 2)
    """
    checked = []
    for i, piece in enumerate(pieces):
        try:
            trapezoid = Trapezoid(*(Fraction(v) for v in piece))
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInputError(
                f"`pieces[{i}]` must be six finite numbers, y0, y1, left0, right0, left1, right1; "
                f"got {piece!r}"
            ) from error
        ordered = trapezoid.left0 <= trapezoid.right0 and trapezoid.left1 <= trapezoid.right1
        if not (trapezoid.y0 < trapezoid.y1 and ordered):
            raise InvalidInputError(
                f"`pieces[{i}]` must have y0 < y1 and left <= right at both; got {piece!r}"
            )
        checked.append(trapezoid)
    return union_area_exact(checked)


def pal_triangle() -> PlanarSet:
    """Return the equilateral triangle of height 1, area 1/sqrt(3).

    The convex set of least area in which a unit needle can be turned (Pál 1921).

    Examples
    --------
    >>> round(pal_triangle().area, 12)
    0.57735026919
    """
    half = 1.0 / sqrt(3.0)
    outline = np.array([[-half, 0.0], [half, 0.0], [0.0, 1.0]])
    return PlanarSet("Pál triangle", half, "closed form", outline=frozen(outline))


def deltoid(n: int = 720) -> PlanarSet:
    """Return the deltoid in which a unit needle can be turned, area pi/8.

    ``x = a (2 cos t + cos 2t)``, ``y = a (2 sin t - sin 2t)`` with a = 1/4: every tangent chord
    has length 4a = 1 (Kakeya 1917). ``area`` is the closed form; ``outline`` is a polygon through
    n points of the curve, whose area is ``n/32 (4 sin h - sin 2h)``, h = 2 pi/n, slightly *more*
    than pi/8 as the arcs are concave.

    Parameters
    ----------
    n : int
        Vertices of the outline, at least 3.

    Examples
    --------
    >>> round(deltoid().area, 12)
    0.392699081699
    """
    t = 2.0 * pi * np.arange(positive_int("n", n, minimum=3)) / n
    outline = 0.25 * np.column_stack(
        [2.0 * np.cos(t) + np.cos(2.0 * t), 2.0 * np.sin(t) - np.sin(2.0 * t)]
    )
    return PlanarSet("deltoid", pi / 8.0, "closed form", outline=frozen(outline))


def perron_area(n_tubes: float) -> float:
    """Return 2/(log2 N + 2): `perron_bound` as a function of the number N of triangles.

    The fraction that a tree keeps when N is a power of two; between powers it is an interpolation
    and not a bound.

    Examples
    --------
    >>> perron_area(256)
    0.2
    """
    if not n_tubes >= 1:
        raise InvalidInputError(f"`n_tubes` must be at least 1; got {n_tubes}")
    return 2.0 / (log2(n_tubes) + 2.0)


def _schedule(k: int, schedule: Alpha | Sequence[Alpha] | None) -> list[Fraction]:
    if schedule is None:
        return [Fraction(k + 2 - j, k + 3 - j) for j in range(1, k + 1)]
    if isinstance(schedule, Rational | float | int | np.floating):
        values: list[Any] = [schedule] * k
    else:
        values = list(schedule)
        if len(values) != k:
            raise InvalidInputError(
                f"`schedule` must hold one number a level ({k}); got {len(values)}"
            )
    result = []
    for value in values:
        try:
            alpha = Fraction(repr(float(value))) if not isinstance(value, Rational) else value
            alpha = Fraction(alpha)
        except (TypeError, ValueError) as error:
            raise InvalidInputError(f"`schedule` must hold numbers; got {value!r}") from error
        if not Fraction(1, 2) < alpha <= 1:
            raise InvalidInputError(f"`schedule` must lie in (1/2, 1]; got {value!r}")
        result.append(alpha)
    return result
