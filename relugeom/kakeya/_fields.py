"""Arithmetic of a finite field as tables; its elements are 0, ..., q - 1."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import positive_int
from .._lazy import optional
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from .._check import IntArray

_MAX_ORDER = 1024
_MAX_FACTORED = 10**12


class Field(NamedTuple):
    """Tables of sums and products, and the characteristic."""

    add: IntArray
    multiply: IntArray
    characteristic: int


def prime_and_power(q: int) -> tuple[int, int]:
    """Return p and k with q = p^k.

    Raises
    ------
    InvalidInputError
        If q is no prime power, or above 10^12.
    """
    q = positive_int("q", q, minimum=2, maximum=_MAX_FACTORED)
    p = next((p for p in range(2, int(q**0.5) + 1) if q % p == 0), q)
    k, rest = 0, q
    while rest % p == 0:
        k, rest = k + 1, rest // p
    if rest != 1:
        raise InvalidInputError(f"`q` must be a prime power; got {q}")
    return p, k


@lru_cache(maxsize=32)
def field(q: int) -> Field:
    """Return the field of order q; where q is not prime, as the package galois numbers it."""
    p, k = prime_and_power(q)
    positive_int("q", q, maximum=_MAX_ORDER)
    if k == 1:
        x = np.arange(q, dtype=np.int64)
        return Field((x[:, None] + x) % q, x[:, None] * x % q, p)
    galois = optional("galois", "fields")
    x = galois.GF(q).elements
    add, multiply = (np.asarray(t, dtype=np.int64) for t in (x[:, None] + x, x[:, None] * x))
    return Field(add, multiply, p)
