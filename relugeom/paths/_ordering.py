"""Which events happen at the same moment, and in which order they come."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ._algebraic import Root, compare, rational

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray


def close_events(events: Any) -> list[tuple[int, int]]:
    """Return the ranges of rows of one step, two or more, whose order is not certain.

    ``events`` are ordered by step and t. Rows with a negative error are left alone.
    """
    found = []
    bounds = np.flatnonzero(np.diff(events["step"], prepend=-1, append=-1))
    for low, high in pairwise(bounds.tolist()):
        t, error = events["t"][low:high], events["error"][low:high]
        beyond = np.maximum.accumulate(t + error)
        apart = (t - error)[1:] > beyond[:-1]
        apart |= (error[1:] < 0) | (error[:-1] < 0)
        if not apart.all():
            cuts = [0, *(np.flatnonzero(apart) + 1).tolist(), high - low]
            found += [(low + a, low + b) for a, b in pairwise(cuts) if b - a > 1]
    return found


def times_before(events: Any) -> IntArray:
    """Return for each row how often its neuron has flipped before, at this sample and step."""
    keys = [events[name] for name in ("neuron", "layer", "sample", "step")]
    order = np.lexsort(keys)
    first = np.zeros(len(order), np.bool_)
    for key in keys:
        first |= np.diff(key[order], prepend=-1) != 0
    at = np.flatnonzero(first)
    count = np.empty(len(order), np.int64)
    count[order] = np.arange(len(order)) - np.repeat(at, np.diff(at, append=len(order)))
    return count


def in_order(times: Sequence[Root | Fraction]) -> tuple[IntArray, BoolArray]:
    """Return the permutation that sorts exact times, and which of the sorted ones are new."""
    keys: list[Fraction | int] = [t if isinstance(t, Fraction) else id(t) for t in times]
    roots: dict[Fraction | int, Root] = {}
    for key, time in zip(keys, times, strict=True):
        if key not in roots:
            roots[key] = rational(time) if isinstance(time, Fraction) else time
    rank: dict[Fraction | int, int] = {}
    place, last = -1, None
    for key in sorted(roots, key=lambda key: cmp_to_key(compare)(roots[key])):
        place += last is None or compare(last, roots[key]) < 0
        rank[key], last = place, roots[key]
    ranks = np.array([rank[key] for key in keys])
    order = np.argsort(ranks, kind="stable")
    return order, np.diff(ranks[order], prepend=-1) != 0


def keep_apart(events: Any, fresh: BoolArray) -> None:
    """Let ``t`` increase, strictly where an event is at a new moment and not at all elsewhere."""
    bounds = np.flatnonzero(np.diff(events["step"], prepend=-1, append=-1))
    for low, high in pairwise(bounds.tolist()):
        new = fresh[low:high]
        t = events["t"][low:high][new]
        if (np.diff(t) <= 0).any():
            t = _increasing(t)
        events["t"][low:high] = np.repeat(t, np.diff(np.flatnonzero(new), append=high - low))


def _increasing(t: FloatArray) -> FloatArray:
    """Return floats in [0, 1] close to those given, strictly increasing."""
    for i in range(1, len(t)):
        t[i] = max(t[i], np.nextafter(t[i - 1], 2.0))
    t[-1] = min(t[-1], 1.0)
    for i in range(len(t) - 2, -1, -1):
        t[i] = min(t[i], np.nextafter(t[i + 1], -1.0))
    return t
