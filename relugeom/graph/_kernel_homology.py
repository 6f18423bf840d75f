"""Pairing of faces: reduction of a boundary matrix over the field with two elements."""

from __future__ import annotations

import numpy as np

from .._check import IntArray
from .._jit import borrowed, jit


@jit
def _sum(a: IntArray, n: int, pool: IntArray, low: int, high: int, out: IntArray) -> int:
    """Write what is in one of two ascending lists, not in both, to ``out``; return how many."""
    i, j, k = 0, low, 0
    while i < n and j < high:
        if a[i] == pool[j]:
            i += 1
            j += 1
            continue
        if a[i] < pool[j]:
            out[k] = a[i]
            i += 1
        else:
            out[k] = pool[j]
            j += 1
        k += 1
    while i < n:
        out[k] = a[i]
        i += 1
        k += 1
    while j < high:
        out[k] = pool[j]
        j += 1
        k += 1
    return k


@jit
def pair(start: IntArray, part: IntArray, dimension: IntArray, top: int, partner: IntArray) -> None:
    """Pair the faces of a filtered complex; ``partner[i]`` receives the other face, or -1.

    Face i, in the order of the filtration, has the facets ``part[start[i]:start[i + 1]]``,
    ascending. ``top`` is the largest dimension. From high dimensions to low, since a face paired
    with a larger one needs no reduction (C. Chen & M. Kerber 2011, "twist").
    """
    n = len(partner)
    low, high = start[:n].copy(), start[1:].copy()  # of each reduced column in the pool
    pool, used = part.copy(), len(part)
    a, b = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        partner[i] = -1
    for k in range(top, 0, -1):
        for face in range(n):
            if dimension[face] != k or partner[face] >= 0:
                continue
            size = high[face] - low[face]
            if size == 0:
                continue
            if partner[pool[high[face] - 1]] >= 0:
                for i in range(size):
                    a[i] = pool[low[face] + i]
                while size > 0 and partner[a[size - 1]] >= 0:
                    other = partner[a[size - 1]]
                    size = _sum(
                        borrowed(a), size, borrowed(pool), low[other], high[other], borrowed(b)
                    )
                    a, b = b, a
                if size == 0:
                    continue
                if used + size > len(pool):
                    longer = np.empty(2 * (used + size), np.int64)
                    longer[:used] = pool[:used]
                    pool = longer
                pool[used : used + size] = a[:size]
                low[face], high[face] = used, used + size
                used += size
            pivot = pool[high[face] - 1]
            partner[face], partner[pivot] = pivot, face
