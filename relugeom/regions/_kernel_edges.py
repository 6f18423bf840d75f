"""The edges of a polytope that a hyperplane cuts, from the facets at its vertices.

Vertices are rows of bits, one a facet. In a simple polytope (d facets at each vertex) two vertices
span an edge exactly if they share d - 1 facets: then a hash table of those (d - 1)-sets on one side
of the cut, asked from the other, finds all edges in time linear in the number of vertices. In
general two vertices span an edge exactly if no third one lies on all the facets they share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._check import IntArray, SignArray, WordArray
from .._jit import jit

_WORTH = 3  # a hash lookup costs about so many comparisons of two vertices


@jit
def popcount(x: np.uint64) -> int:
    """Return the number of bits set."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    count: int = np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))  # type: ignore[assignment]  # as numba sees it
    return count


@jit
def spans_edge(bits: WordArray, n: int, u: int, v: int, common: WordArray, d: int) -> bool:
    """Whether vertices u and v span an edge; ``common`` receives the facets they share."""
    words = bits.shape[1]
    shared = 0
    for w in range(words):
        common[w] = bits[u, w] & bits[v, w]
        shared += popcount(common[w])
    if shared < d - 1:
        return False
    at_u, at_v = 0, 0
    for w in range(words):
        at_u += popcount(bits[u, w])
        at_v += popcount(bits[v, w])
    if at_u == d or at_v == d:  # any d - 1 facets through a simple vertex meet in an edge
        return True
    for x in range(n):  # otherwise: no third vertex lies on all the shared facets
        if x == u or x == v:
            continue
        inside = True
        for w in range(words):
            if (bits[x, w] & common[w]) != common[w]:
                inside = False
                break
        if inside:
            return False
    return True


@jit
def facet_names(n: int) -> WordArray:
    """Return n numbers that look random: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    names = np.empty(n, np.uint64)
    for i in range(n):
        x = np.uint64(i + 1) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        names[i] = x ^ (x >> np.uint64(31))
    return names


@jit
def _slots(bits: WordArray, i: int, names: WordArray, slots: IntArray) -> tuple[int, np.uint64]:
    """List the facets at vertex i in ``slots``; return their number and XOR of names."""
    count, name = 0, np.uint64(0)
    for w in range(bits.shape[1]):
        left = bits[i, w]
        while left:
            slot = 64 * w + popcount((left & (~left + np.uint64(1))) - np.uint64(1))
            slots[count] = slot
            count += 1
            name ^= names[slot]
            left &= left - np.uint64(1)
    return count, name


@jit
def _simple_cut_edges(
    bits: WordArray, side: SignArray, n: int, d: int, sign: int, names: WordArray, table: WordArray,
    holder: NDArray[np.int32], pairs: IntArray,
) -> int:  # fmt: skip
    """Cut edges of a simple polytope; vertices with ``side == sign`` are hashed."""
    words, last = bits.shape[1], len(holder) - 1
    slots = np.empty(64 * words, np.int64)
    holder[:] = -1
    for i in range(n):
        if side[i] != sign:
            continue
        degree, name = _slots(bits, i, names, slots)
        for e in range(degree):
            key = name ^ names[slots[e]]
            at = np.int64(key & np.uint64(last))
            while holder[at] >= 0:
                at = (at + 1) & last
            holder[at], table[at] = i, key
    count = 0
    for j in range(n):
        if side[j] != -sign:
            continue
        degree, name = _slots(bits, j, names, slots)
        for e in range(degree):
            key = name ^ names[slots[e]]
            at = np.int64(key & np.uint64(last))
            while holder[at] >= 0:
                if table[at] == key:
                    i, shared = holder[at], 0
                    for w in range(words):
                        shared += popcount(bits[i, w] & bits[j, w])
                    if shared == d - 1:
                        if count == len(pairs):
                            return -1
                        pairs[count, 0] = i if sign > 0 else j
                        pairs[count, 1] = j if sign > 0 else i
                        count += 1
                at = (at + 1) & last
    return count


@jit
def cut_edges(
    bits: WordArray, side: SignArray, n: int, n_plus: int, n_minus: int, d: int, names: WordArray,
    common: WordArray, pairs: IntArray,
) -> int:  # fmt: skip
    """List the edges from vertices with side +1 to vertices with side -1.

    ``names`` are those of `facet_names`; ``common`` is scratch, a word for each of the bits'.
    Returns their number, or -1 if ``pairs`` (capacity, 2) is too short.
    """
    if n_plus * n_minus > _WORTH * d * (n_plus + n_minus):
        simple = True
        for i in range(n):
            at_i = 0
            for w in range(bits.shape[1]):
                at_i += popcount(bits[i, w])
            if at_i != d:
                simple = False
                break
        if simple:
            size = 64
            while size < 2 * d * min(n_plus, n_minus):
                size *= 2
            return _simple_cut_edges(
                bits, side, n, d, 1 if n_plus <= n_minus else -1, names,
                np.empty(size, np.uint64), np.empty(size, np.int32), pairs,
            )  # fmt: skip
    count = 0
    for i in range(n):
        if side[i] <= 0:
            continue
        for j in range(n):
            if side[j] >= 0 or not spans_edge(bits, n, i, j, common, d):
                continue
            if count == len(pairs):
                return -1
            pairs[count, 0], pairs[count, 1] = i, j
            count += 1
    return count
