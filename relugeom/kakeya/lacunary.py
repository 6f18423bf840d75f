"""How far a set of slopes is from lacunary: the splitting number of its dyadic tree."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from ..errors import InvalidInputError
from ._rational import rationals


def splitting_number(
    slopes: Sequence[Fraction | float], interval: tuple[Fraction | float, Fraction | float] = (0, 1)
) -> int:
    """Return the splitting number of a finite set of slopes.

    The vertices of the tree are the dyadic parts of the interval that hold a slope; one splits
    where both its halves do. The splitting number is the largest N such that some subtree has at
    least N splitting vertices on each of its branches (Bateman 2009). For infinite sets it is
    finite exactly for finite unions of lacunary sets of finite order, those with a directional
    maximal operator that is bounded on L^2; otherwise the directions admit Kakeya sets. A finite
    set of n slopes has at most log2 n, and growth with n is what to look at.

    Parameters
    ----------
    slopes : sequence of numbers
        In ``[low, high)``; equal ones count once. A float counts at its exact binary value.
    interval : (low, high)
        The root of the tree.

    Returns
    -------
    int

    Raises
    ------
    InvalidInputError
        If there are no slopes, or one lies outside the interval.

    Notes
    -----
    A vertex has the larger number of its two children, plus one if they are equal (the
    Horton-Strahler number of the tree). Cost O(n log n).

    Examples
    --------
    >>> splitting_number([Fraction(1, 2**k) for k in range(1, 60)])
    1
    >>> splitting_number([Fraction(k, 64) for k in range(64)])
    6
    """
    ends = rationals("interval", interval, binary=True)
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise InvalidInputError(f"`interval` must be two numbers low < high; got {interval!r}")
    low, high = ends
    found = rationals("slopes", slopes, binary=True)
    places = sorted({(slope - low) / (high - low) for slope in found})
    if not places:
        raise InvalidInputError("`slopes` must hold a slope; got none")
    if not (places[0] >= 0 and places[-1] < 1):
        raise InvalidInputError(f"`slopes` must lie in [{float(low)}, {float(high)}); got others")
    gap = min((b - a for a, b in pairwise(places)), default=Fraction(1))
    # enough binary digits to tell all places apart
    digits = (gap.denominator // gap.numerator).bit_length() + 1
    codes = [(p.numerator << digits) // p.denominator for p in places]
    # neighbours part at the highest digit in which they differ; join subtrees from the bottom up
    stack: list[tuple[int, int]] = []  # (digit at which it parts from the next, number)
    number = 0
    for code, after in pairwise(codes):
        parts_at = (code ^ after).bit_length()
        number = _join_below(stack, number, parts_at)
        stack.append((parts_at, number))
        number = 0
    return _join_below(stack, number, digits + 1)


def _join_below(stack: list[tuple[int, int]], number: int, digit: int) -> int:
    """Join the subtree on the right with those on the stack that part below the digit."""
    while stack and stack[-1][0] < digit:
        left = stack.pop()[1]
        number = max(left, number, 1 + min(left, number))
    return number
