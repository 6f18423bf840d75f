"""Numbers of the user as rationals."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from numbers import Rational
from typing import Any

from ..errors import InvalidInputError


def rational(name: str, value: Any, *, binary: bool = False) -> Fraction:
    """Return a finite number as a Fraction: 0.7 is 7/10, or its exact binary value."""
    try:
        if isinstance(value, Rational):
            return Fraction(value)
        return Fraction(float(value)) if binary else Fraction(repr(float(value)))
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(f"`{name}` must hold finite numbers; got {value!r}") from error


def rationals(name: str, values: Any, *, binary: bool = False) -> list[Fraction]:
    """Return several numbers as Fractions."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidInputError(f"`{name}` must be a sequence of numbers; got {values!r}")
    return [rational(name, value, binary=binary) for value in values]
