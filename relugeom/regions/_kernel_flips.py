"""Neighbours in a plain arrangement: turn one sign over, look the result up in the sorted table.

The rows on the negative side of a hyperplane stay sorted when its bits are turned over, so one walk
down the table with two places finds all pairs.
"""

from __future__ import annotations

import numpy as np

from .._check import IntArray, WordArray
from .._jit import jit


@jit
def pairs_across(
    words: WordArray, mask: WordArray, leading: int, first: IntArray, second: IntArray
) -> int:
    """List the pairs of rows that differ in the bits ``mask``; return their number.

    ``leading`` is the first neuron of the mask, whose bit decides the others. The row where it is
    not set goes to ``first``; pairs ascend.
    """
    n, n_words = words.shape
    target = np.empty(n_words, np.uint64)
    word, bit = leading >> 6, np.uint64(1) << np.uint64(63 - (leading & 63))
    count, j = 0, 0
    for i in range(n):
        if words[i, word] & bit:
            continue
        for w in range(n_words):
            target[w] = words[i, w] ^ mask[w]
        while j < n:
            w = 0
            while w < n_words - 1 and words[j, w] == target[w]:
                w += 1
            if words[j, w] >= target[w]:
                break
            j += 1
        if j == n:
            break
        same = True
        for w in range(n_words):
            same &= words[j, w] == target[w]
        if same:
            first[count], second[count] = i, j
            count += 1
    return count


@jit
def by_first(
    n: int, first: IntArray, second: IntArray, neuron: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Sort edges by their first, then their second region, by counting."""
    start = np.zeros(n + 1, np.int64)
    for e in range(len(first)):
        start[first[e] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    end = start[:-1].copy()
    others, neurons = np.empty(len(first), np.int64), np.empty(len(first), np.int64)
    for e in range(len(first)):
        i = first[e]
        slot = end[i]
        while slot > start[i] and others[slot - 1] > second[e]:
            others[slot], neurons[slot] = others[slot - 1], neurons[slot - 1]
            slot -= 1
        others[slot], neurons[slot] = second[e], neuron[e]
        end[i] += 1
    return start, others, neurons


@jit
def facets_of_pairs(
    n: int, first: IntArray, second: IntArray, neuron: IntArray
) -> tuple[IntArray, IntArray]:
    """List the facets of n regions, ascending, from the pairs that share them."""
    start = np.zeros(n + 1, np.int64)
    for e in range(len(first)):
        start[first[e] + 1] += 1
        start[second[e] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    facet = np.empty(start[n], np.int64)
    end = start[:-1].copy()
    for e in range(len(first)):
        for i in (first[e], second[e]):
            slot = end[i]
            while slot > start[i] and facet[slot - 1] > neuron[e]:
                facet[slot] = facet[slot - 1]
                slot -= 1
            facet[slot] = neuron[e]
            end[i] += 1
    return start, facet
