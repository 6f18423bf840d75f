"""Besicovitch's trees by sprouting: triangles that grow two taller ones on their halves."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from .._check import number, positive_int
from ..errors import InvalidInputError
from ._area import Trapezoid
from ._rational import rational, rationals
from .planar import made_of_pieces

if TYPE_CHECKING:
    from .planar import PlanarSet

_EXACT_UP_TO = 10
_MAX_SPROUTINGS = 12


def sprouted_tree(
    heights: Sequence[Fraction | float], base: Fraction | float = 1, *, exact: bool | None = None
) -> PlanarSet:
    """Return the tree that sprouts from a triangle to the given heights.

    A triangle of height h_0 on the base [0, b]. To sprout to a height h': extend both sides to
    that height and join their ends to the middle of the base; the two new triangles cover the old
    one. After k sproutings the tree is a union of 2^k triangles of height h_k on the parts of the
    base, so it holds a segment of length h_k in each of their directions. These are 2^k disjoint
    intervals of slopes of total length b / h_k, with gaps between them.

    Parameters
    ----------
    heights : sequence of numbers
        ``0 < h_0 < h_1 < ... < h_k``, k up to 12. A float is read as the decimal it prints as.
    base : number, default 1
        b, positive; it and the last height at most 1e100, and at least 1e-100.
    exact : bool, optional
        Whether to compute the area in rationals; by default up to k = 10.

    Returns
    -------
    PlanarSet
        With ``needle`` h_k. ``closed_form`` is `sprouted_area`.

    Raises
    ------
    InvalidInputError
        If there are too many heights, or they do not rise.

    See Also
    --------
    sprouted_area, harmonic_heights

    Examples
    --------
    >>> tree = sprouted_tree([1, 1.5])
    >>> tree.exact_area, tree.triangle_area, tree.needle
    (Fraction(5, 8), 0.75, 1.5)
    """
    values, width = _checked(heights, base)
    k = len(values) - 1
    if k > _MAX_SPROUTINGS:
        raise InvalidInputError(
            f"`heights` must hold at most {_MAX_SPROUTINGS + 1} numbers; got {k + 1}"
        )
    triangles = [(Fraction(0), width / 2)]  # left end of the base, apex
    for low, high in pairwise(values):
        grown = []
        for x, apex in triangles:
            grown.append((x, x + (apex - x) * high / low))
            grown.append((x + width / 2, x + width + (apex - x - width) * high / low))
        triangles, width = grown, width / 2
    top = values[-1]
    return made_of_pieces(
        f"sprouted tree, {k} sproutings",
        tuple(Trapezoid(Fraction(0), top, x, x + width, a, a) for x, a in triangles),
        tuple(sorted(((a - x - width) / top, (a - x) / top) for x, a in triangles)),
        exact=k <= _EXACT_UP_TO if exact is None else exact,
        closed_form=float(sprouted_area(heights, base)),
        needle=float(top),
    )


def sprouted_area(heights: Sequence[Fraction | float], base: Fraction | float = 1) -> Fraction:
    """Return ``b (h_0 / 2 + sum_j (h_(j+1) - h_j)^2 / (2 h_(j+1) - h_j))``.

    Each triangle that sprouts adds two small triangles. The formula is the sum of all, so it is
    at least the area of `sprouted_tree`, and equal to it while no two of them overlap.

    Parameters
    ----------
    heights, base
        As for `sprouted_tree`; any number of heights.

    Returns
    -------
    Fraction

    Examples
    --------
    >>> sprouted_area([1, 1.5])
    Fraction(5, 8)
    """
    values, width = _checked(heights, base)
    steps = pairwise(values)
    return width * (values[0] / 2 + sum((h - low) ** 2 / (2 * h - low) for low, h in steps))


def harmonic_heights(k: int) -> tuple[Fraction, ...]:
    """Return the heights 1, 1 + 1/2, ..., 1 + 1/2 + ... + 1/(k + 1).

    They grow like log k while the area stays bounded; scaled to a needle of length 1 the tree's
    area tends to 0.

    Parameters
    ----------
    k : int

    Returns
    -------
    tuple of Fraction

    Examples
    --------
    >>> harmonic_heights(2)
    (Fraction(1, 1), Fraction(3, 2), Fraction(11, 6))
    """
    k = positive_int("k", k, minimum=0, maximum=1000)
    heights = [Fraction(1)]
    for i in range(2, k + 2):
        heights.append(heights[-1] + Fraction(1, i))
    return tuple(heights)


def _checked(
    heights: Sequence[Fraction | float], base: Fraction | float
) -> tuple[list[Fraction], Fraction]:
    values, width = rationals("heights", heights), rational("base", base)
    if not values or values[0] <= 0 or any(b <= a for a, b in pairwise(values)):
        raise InvalidInputError(f"`heights` must be positive and increasing; got {heights!r}")
    if width <= 0:
        raise InvalidInputError(f"`base` must be positive; got {base!r}")
    number("heights", values[-1], "[1e-100, 1e100]")
    number("base", width, "[1e-100, 1e100]")
    return values, width
