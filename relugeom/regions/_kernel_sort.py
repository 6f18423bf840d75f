"""Sorting words, digit after digit from the last (radix sort), and putting rows in their order."""

from __future__ import annotations

import numpy as np

from .._check import FloatArray, IntArray, WordArray
from .._jit import jit

_BITS, _DIGITS = 11, 6  # 66 bits: all of a word


@jit
def order(words: WordArray) -> tuple[IntArray, WordArray]:
    """Return the permutation that sorts words, shape (n,), stably, and the sorted words."""
    n, buckets = len(words), 1 << _BITS
    mask = np.uint64(buckets - 1)
    place = np.zeros((_DIGITS, buckets), np.int64)
    for i in range(n):
        for digit in range(_DIGITS):
            place[digit, np.int64((words[i] >> np.uint64(_BITS * digit)) & mask)] += 1
    key, next_key = words.copy(), np.empty(n, np.uint64)
    index, next_index = np.arange(n), np.empty(n, np.int64)
    for digit in range(_DIGITS):
        start, largest = 0, 0
        for bucket in range(buckets):
            count = place[digit, bucket]
            place[digit, bucket] = start
            start += count
            largest = max(largest, count)
        if largest == n:
            continue  # all alike
        for i in range(n):
            own = np.int64((key[i] >> np.uint64(_BITS * digit)) & mask)
            at = place[digit, own]
            place[digit, own] = at + 1
            next_key[at], next_index[at] = key[i], index[i]
        key, next_key = next_key, key
        index, next_index = next_index, index
    return index, key


@jit
def scatter(rows: FloatArray, place: IntArray, out: FloatArray) -> None:
    """Write row i of ``rows`` to row ``place[i]`` of ``out``."""
    for i in range(len(rows)):
        for q in range(rows.shape[1]):
            out[place[i], q] = rows[i, q]
