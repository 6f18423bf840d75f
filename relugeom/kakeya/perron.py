"""Perron trees: a triangle cut from its apex, its pieces pushed over one another."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import log2
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .._check import number, positive_int
from ..errors import InvalidInputError
from ._area import Trapezoid
from ._rational import rational, rationals
from .planar import made_of_pieces

if TYPE_CHECKING:
    from .planar import PlanarSet

Alpha: TypeAlias = "Fraction | float"

_EXACT_UP_TO = 10
_MAX_LEVELS = 12
_MAX_SUM = 24


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
        Whether to compute the area in rationals; by default up to 10 levels (a second). Otherwise
        it is a float64 boundary integral, correct to about 1e-13.

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
    perron_lower : a fraction that no arrangement of the triangles goes below.

    Examples
    --------
    >>> tree = perron_tree(3)
    >>> tree.exact_area, tree.triangle_area
    (Fraction(1, 5), 0.5)
    >>> perron_tree(2, 0.7).exact_area * 2
    Fraction(2501, 5000)
    """
    k = positive_int("levels", levels, minimum=0, maximum=_MAX_LEVELS)
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
    half = Fraction(1, 2)
    return made_of_pieces(
        f"Perron tree, {k} levels",
        pieces,
        ((-half, half),),
        exact=k <= _EXACT_UP_TO if exact is None else exact,
        closed_form=0.5 * float(perron_bound(k)) if schedule is None else None,
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


def perron_lower(levels: int) -> float:
    """Return a fraction of the triangle's area that no translation of its 2^k pieces goes below.

    Cut as in `perron_tree`, the pieces i and j, r = |i - j|, moved along the base in whatever way,
    overlap in at most ``1 / (N (r + 2))``, N = 2^k (the largest value over all displacements, an
    elementary integral). By Cauchy and Schwarz the union has at least ``1 / (2 S)`` of the area,
    ``S = 1/2 + 2 sum_{0<r<N} (1 - r/N) / (r + 2)``, of order 1 / (4 ln N). This is Córdoba's
    argument (1977) with the constant of this family.

    Examples
    --------
    >>> round(perron_lower(1), 12)
    0.6
    """
    k = positive_int("levels", levels, minimum=0, maximum=_MAX_SUM)
    n = 2**k
    r = np.arange(1, n)
    return 1.0 / (1.0 + 4.0 * float(np.sum((1.0 - r / n) / (r + 2.0))))


def perron_area(n_tubes: float) -> float:
    """Return 2/(log2 N + 2): `perron_bound` as a function of the number N of triangles.

    The fraction that a tree keeps when N is a power of two; between powers it is an interpolation
    and not a bound.

    Examples
    --------
    >>> perron_area(256)
    0.2
    """
    return 2.0 / (log2(number("n_tubes", n_tubes, "[1, inf)")) + 2.0)


def _schedule(k: int, schedule: Alpha | Sequence[Alpha] | None) -> list[Fraction]:
    if schedule is None:
        return [Fraction(k + 2 - j, k + 3 - j) for j in range(1, k + 1)]
    if np.iterable(schedule):
        values = rationals("schedule", schedule)
        if len(values) != k:
            raise InvalidInputError(
                f"`schedule` must hold one number a level ({k}); got {len(values)}"
            )
    else:
        values = [rational("schedule", schedule)] * k
    for alpha in values:
        if not Fraction(1, 2) < alpha <= 1:
            raise InvalidInputError(f"`schedule` must lie in (1/2, 1]; got {alpha}")
    return values
