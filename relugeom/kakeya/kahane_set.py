"""Kahane's Kakeya set: segments that join two Cantor sets."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from .._check import positive_int
from ._area import Trapezoid
from .planar import made_of_pieces

if TYPE_CHECKING:
    from .planar import PlanarSet

_EXACT_UP_TO = 4
_MAX_LEVEL = 6


def kahane(level: int, *, exact: bool | None = None) -> PlanarSet:
    """Return level n of Kahane's construction: 4^n trapezoids between two Cantor sets.

    C is the set of sums of e_j 4^-j, e_j in {0, 1}. All segments from -C on the line y = 0 to 2C
    on y = 1 make a set of area 0 with a segment of every slope dx/dy in C + 2C = [0, 1]. Here C is
    replaced by its 2^n intervals of length 4^-n / 3; the areas of the trapezoids sum to 1/2 at
    every level. The cross-sections are projections of the four-corner Cantor set, so the area
    tends to 0, but much more slowly a trapezoid than that of a Perron tree (Kahane 1969).

    Parameters
    ----------
    level : int
        n, from 0 to 6.
    exact : bool, optional
        Whether to compute the area in rationals; by default up to level 4 (two seconds).

    Returns
    -------
    PlanarSet

    Examples
    --------
    >>> kahane(1).exact_area
    Fraction(23, 60)
    """
    n = positive_int("level", level, minimum=0, maximum=_MAX_LEVEL)
    points, size = cantor(n), Fraction(1, 3 * 4**n)
    zero, one = Fraction(0), Fraction(1)
    pieces = tuple(
        Trapezoid(zero, one, -c - size, -c, 2 * e, 2 * (e + size)) for c in points for e in points
    )
    return made_of_pieces(
        f"Kahane set, level {n}",
        pieces,
        ((zero, one),),
        exact=n <= _EXACT_UP_TO if exact is None else exact,
    )


def cantor(level: int) -> tuple[Fraction, ...]:
    """Return the left ends of the 2^n intervals of the quarter Cantor set at level n.

    Examples
    --------
    >>> cantor(1)
    (Fraction(0, 1), Fraction(1, 4))
    """
    points = [Fraction(0)]
    for j in range(1, positive_int("level", level, minimum=0, maximum=20) + 1):
        points = [p + e * Fraction(1, 4**j) for p in points for e in (0, 1)]
    return tuple(points)
