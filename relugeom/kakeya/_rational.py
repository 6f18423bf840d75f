"""Numbers of the user as rationals: a float counts as the decimal it prints as."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from numbers import Rational
from typing import Any

from ..errors import InvalidInputError


def rational(name: str, value: Any) -> Fraction:
    """Return a finite number as a Fraction: 0.7 is 7/10."""
    try:
        return Fraction(value) if isinstance(value, Rational) else Fraction(repr(float(value)))
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"`{name}` must hold finite numbers; got {value!r}") from error


def rationals(name: str, values: Any) -> list[Fraction]:
    """Return several numbers as Fractions."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidInputError(f"`{name}` must be a sequence of numbers; got {values!r}")
    return [rational(name, value) for value in values]
