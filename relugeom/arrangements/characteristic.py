"""The characteristic polynomial of an arrangement, and the counts that follow from it."""

from __future__ import annotations

from fractions import Fraction
from math import comb, lcm
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidInputError

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from .arrangement import HyperplaneArrangement

#: The largest primes below 2^31; two of them must agree.
_PRIMES = (2147483647, 2147483629, 2147483587, 2147483579, 2147483563)
_BUDGET = 200_000  # restrictions of one kernel call: an interrupt waits about a second


def whitney_numbers(arrangement: HyperplaneArrangement) -> list[int]:
    """Return the absolute values of the Whitney numbers of the first kind, w_0 to w_d.

    The characteristic polynomial is ``sum_j (-1)^j w_j t^(d-j)``; w_j is the j-th Betti number of
    the complement of the complexified arrangement (Orlik & Solomon 1980).

    Parameters
    ----------
    arrangement : HyperplaneArrangement
        Its entries are taken as the exact rationals that the floats are. Zero rows and repeated
        hyperplanes count as nothing.

    Returns
    -------
    list of int
        d + 1 numbers.

    Raises
    ------
    InvalidInputError
        If no two of five primes agree.

    Notes
    -----
    Deletion and restriction (Zaslavsky 1975) modulo a 31-bit prime. Reducing modulo a prime may
    only make hyperplanes more dependent, and does so only if the prime divides one of the minors;
    two primes that give the same numbers are taken as the truth. That is overwhelming evidence,
    not a proof. Numbers beyond C(m, j) are impossible and checked for.

    Time grows with the number of regions, of which it counts some ten million a second.

    Examples
    --------
    >>> from relugeom.arrangements import families
    >>> whitney_numbers(families.braid(4))
    [1, 6, 11, 6, 0]
    """
    rows = _integer_rows(arrangement.normals, arrangement.offsets)
    d = arrangement.dim
    if not rows:
        return [1] + [0] * d
    central = all(row[-1] == 0 for row in rows)
    seen: list[list[int]] = []
    for p in _PRIMES:
        reduced = np.array([[entry % p for entry in row] for row in rows], np.int64)
        numbers = _decone_and_count(reduced, p) if central and d > 1 else _count(reduced, p)
        if numbers in seen:
            return numbers
        seen.append(numbers)
    raise InvalidInputError(
        f"the hyperplanes must have small coefficients; got Whitney numbers that differ modulo "
        f"{len(_PRIMES)} primes. Scale the arrangement to small integers"
    )


def characteristic_polynomial(arrangement: HyperplaneArrangement) -> list[int]:
    """Return the coefficients of the characteristic polynomial, that of t^d first.

    Examples
    --------
    >>> from relugeom.arrangements import families
    >>> characteristic_polynomial(families.braid(3))
    [1, -3, 2, 0]
    """
    return [(-1) ** j * w for j, w in enumerate(whitney_numbers(arrangement))]


def n_regions(arrangement: HyperplaneArrangement) -> int:
    """Return the number of regions: ``(-1)^d chi(-1)`` (Zaslavsky 1975).

    Examples
    --------
    >>> from relugeom.arrangements import families
    >>> n_regions(families.resonance(5))
    11292
    """
    return sum(whitney_numbers(arrangement))


def n_bounded_regions(arrangement: HyperplaneArrangement) -> int:
    """Return the number of relatively bounded regions: ``(-1)^rank chi(1)`` (Zaslavsky 1975).

    If the normals span space these are the bounded regions; otherwise those whose intersection with
    the span of the normals is bounded.

    Examples
    --------
    >>> from relugeom.arrangements import families
    >>> n_bounded_regions(families.linial(4))
    4
    """
    return abs(sum(characteristic_polynomial(arrangement)))


def _integer_rows(normals: FloatArray, offsets: FloatArray) -> list[list[int]]:
    """Return rows (normal, offset) as whole numbers, scaled exactly; zero normals left out."""
    rows = []
    for normal, offset in zip(normals.tolist(), offsets.tolist(), strict=True):
        if any(normal):
            exact = [Fraction(v) for v in (*normal, offset)]
            scale = lcm(*(v.denominator for v in exact))
            rows.append([int(v * scale) for v in exact])
    return rows


def _decone_and_count(rows: IntArray, p: int) -> list[int]:
    """Count a central arrangement through its section by an affine translate of its first row."""
    first = rows[0]
    pivot = int(np.flatnonzero(first)[0]) if first.any() else 0
    inverse = pow(int(first[pivot]), -1, p) if first.any() else 1
    height = rows[1:, pivot] * inverse % p
    others = np.delete(np.arange(rows.shape[1] - 1), pivot)
    rest = (rows[1:, others] - height[:, None] * first[others] % p) % p
    if len(rows) == 1:
        section = [1] + [0] * (rows.shape[1] - 2)
    else:
        section = _count(np.column_stack([rest, height]), p)
    return [a + b for a, b in zip([*section, 0], [0, *section], strict=True)]


def _count(rows: IntArray, p: int) -> list[int]:
    from . import _kernel_deletion as kernel

    m, columns = rows.shape
    d = columns - 1
    stack = np.zeros((max(d - 1, 1), m, columns), np.int64)
    stack[0] = rows
    count, position = np.zeros(d + 1, np.int64), np.zeros(d + 1, np.int64)
    count[0] = kernel.normalise(stack[0], m, columns, p)
    whitney, control = np.zeros(d + 2, np.int64), np.zeros(1, np.int64)
    whitney[0] = 1
    while kernel.run(control, _BUDGET, stack, count, position, whitney, p) != kernel.DONE:
        pass
    numbers = [int(w) for w in whitney[: d + 1]]
    if any(w > comb(m, j) for j, w in enumerate(numbers)):
        raise AssertionError(f"Whitney numbers above C(m, j): {numbers}")
    return numbers
