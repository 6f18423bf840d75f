"""Real roots of polynomials with whole coefficients in (0, 1): isolated, compared, exactly.

A polynomial is a tuple of Python integers, constant term first. Intervals are dyadic cells
``(c, c + 1) / 2^k``: two of them are nested or disjoint. Roots are isolated by bisection and
Descartes' rule of signs in the Bernstein basis (Collins and Akritas 1976).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import TypeAlias

Polynomial: TypeAlias = tuple[int, ...]

_PLACES = 64  # binary: to so many a root is known before it is rounded, or tested for equality


@dataclass
class Root:
    """The one root of ``polynomial`` in the cell, or the point ``c / 2^k`` itself if ``exact``.

    ``before`` is the sign of the polynomial in the cell left of the root, which is simple. The
    cell may shrink; the number stays.
    """

    polynomial: Polynomial
    c: int
    k: int
    before: int
    exact: bool = False

    def narrow(self) -> None:
        """Halve the cell."""
        sign = sign_at(self.polynomial, 2 * self.c + 1, self.k + 1)
        self.c, self.k = 2 * self.c, self.k + 1
        if sign == 0:
            self.c, self.exact = self.c + 1, True
        elif sign == self.before:
            self.c += 1

    def __float__(self) -> float:
        while not self.exact and self.k < _PLACES:
            self.narrow()
        return (2 * self.c + (not self.exact)) / (2 << self.k)


def point(c: int) -> Root:
    """Return the number 0 or 1."""
    return Root((), c, 0, 0, exact=True)


def rational(value: Fraction) -> Root:
    """Return a number between 0 and 1."""
    return Root((-value.numerator, value.denominator), 0, 0, -1)


def roots(p: Polynomial) -> tuple[list[Root], list[int]]:
    """Return the real roots in (0, 1), ascending, and the signs of ``p`` between them.

    The signs are those on (0, first root), ..., (last root, 1), one more than there are roots.
    """
    if not any(p):
        return [], [0]
    whole = _bernstein(p, 0, 0)
    signs = [_first(whole)]
    if _variations(whole) == 0:
        return [], signs
    found = _isolated(p if _variations(whole) == 1 else _squarefree(p))
    for root in found:
        cell = _bernstein(p, root.c, root.k)  # of an exact root the cell to its right
        signs.append(_first(cell if root.exact else cell[::-1]))
    return found, signs


def _isolated(p: Polynomial) -> list[Root]:
    found, todo = [], [(0, 0)]
    while todo:
        c, k = todo.pop()
        coefficients = _bernstein(p, c, k)
        variations = _variations(coefficients)
        if variations == 1:
            found.append(Root(p, c, k, _first(coefficients)))
        elif variations:
            c, k = 2 * c, k + 1
            if sign_at(p, c + 1, k) == 0:
                found.append(Root(p, c + 1, k, 0, exact=True))
            todo += [(c, k), (c + 1, k)]
    return sorted(found, key=lambda root: Fraction(2 * root.c + (not root.exact), 2 << root.k))


def compare(a: Root, b: Root) -> int:
    """Return -1, 0 or 1 as a is less than, equal to or greater than b."""
    _separate(a, b, _PLACES)
    if not (a.exact or b.exact) and _overlap(a, b):
        if a.polynomial == b.polynomial:
            return 0
        # the smaller cell lies in the other: a common root in it is both
        common, cell = _common(a.polynomial, b.polynomial), max(a, b, key=lambda root: root.k)
        if len(common) > 1 and _variations(_bernstein(common, cell.c, cell.k)) % 2:
            return 0
        _separate(a, b)
    if a.exact:
        return _side(a, b)
    if b.exact:
        return -_side(b, a)
    return -1 if a.c << b.k < b.c << a.k else 1


def sign_at(p: Polynomial, c: int, k: int) -> int:
    """Return the sign of ``p`` at ``c / 2^k``."""
    value, n = 0, len(p) - 1
    for i in range(n, -1, -1):
        value = value * c + (p[i] << (k * (n - i)))
    return (value > 0) - (value < 0)


def _side(a: Root, b: Root) -> int:
    """Compare the point ``a`` with ``b``."""
    k = max(a.k, b.k)
    at, low = a.c << (k - a.k), b.c << (k - b.k)
    if b.exact:
        return (at > low) - (at < low)
    if at <= low:
        return -1
    if at >= low + (1 << (k - b.k)):
        return 1
    sign = sign_at(b.polynomial, a.c, a.k)
    return 0 if sign == 0 else (-1 if sign == b.before else 1)


def _separate(a: Root, b: Root, places: int | None = None) -> None:
    """Narrow two cells until they do not overlap, or are narrow."""
    while not (a.exact or b.exact) and _overlap(a, b):
        wider = a if a.k <= b.k else b
        if places is not None and wider.k >= places:
            return
        wider.narrow()


def _overlap(a: Root, b: Root) -> bool:
    """Tell whether one of the cells lies in the other."""
    k = min(a.k, b.k)
    return a.c >> (a.k - k) == b.c >> (b.k - k)


def _bernstein(p: Polynomial, c: int, k: int) -> list[int]:
    """Return the coefficients on the cell, each times the same positive number and a binomial."""
    n = len(p) - 1
    q = [coefficient << (k * (n - i)) for i, coefficient in enumerate(p)]  # p(x / 2^k)
    _shift(q, c)
    q.reverse()
    _shift(q, 1)
    q.reverse()
    return q


def _shift(q: list[int], by: int) -> None:
    """Replace ``q(x)`` by ``q(x + by)``."""
    for i in range(len(q) - 1):
        for m in range(len(q) - 2, i - 1, -1):
            q[m] += by * q[m + 1]


def _variations(coefficients: Sequence[int]) -> int:
    signs = [value > 0 for value in coefficients if value]
    return sum(a != b for a, b in pairwise(signs))


def _first(coefficients: Sequence[int]) -> int:
    return next((1 if value > 0 else -1 for value in coefficients if value), 0)


def _squarefree(p: Polynomial) -> Polynomial:
    """Return a polynomial with the roots of ``p``, each once."""
    derivative = tuple(i * value for i, value in enumerate(p))[1:]
    common = _common(p, derivative)
    if len(common) == 1:
        return p
    # exact division: the quotient of primitive polynomials is primitive (Gauss)
    rest, quotient = list(_primitive(p)), []
    while len(rest) >= len(common):
        factor = rest[-1] // common[-1]
        quotient.append(factor)
        for i, value in enumerate(common):
            rest[len(rest) - len(common) + i] -= factor * value
        rest.pop()
    return tuple(quotient[::-1])


def _common(p: Polynomial, q: Polynomial) -> Polynomial:
    """Return the greatest common divisor, by primitive remainders."""
    a, b = _primitive(p), _primitive(q)
    while b:
        if len(b) == 1:
            return (1,)
        rest = list(a)
        while len(rest) >= len(b):
            lead = rest[-1]
            rest = [value * b[-1] for value in rest]
            for i, value in enumerate(b):
                rest[len(rest) - len(b) + i] -= lead * value
            rest.pop()
        a, b = b, _primitive(rest)
    return a


def _primitive(p: Sequence[int]) -> Polynomial:
    """Drop zero leading coefficients and the common divisor of the others."""
    values = list(p)
    while values and values[-1] == 0:
        values.pop()
    content = gcd(*values)
    return tuple(value // content for value in values) if values else ()
