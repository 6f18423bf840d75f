"""Results remembered for as long as what they were computed from is in use."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

S = TypeVar("S")
T = TypeVar("T")


def remembered(function: Callable[[S], T]) -> Callable[[S], T]:
    """Compute ``function`` once for each argument; its results must not refer to the argument."""
    results: WeakKeyDictionary[S, T] = WeakKeyDictionary()

    @wraps(function)
    def remembering(argument: S) -> T:
        if argument not in results:
            results[argument] = function(argument)
        return results[argument]

    return remembering
