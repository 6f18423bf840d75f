"""Nodes of a sparse matrix gathered into small connected groups, for algebraic multigrid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._check import IntArray
from .._jit import jit


@jit
def aggregate(indptr: NDArray[np.integer], indices: NDArray[np.integer]) -> tuple[IntArray, int]:
    """Return the group of every node, and how many there are.

    A node with all its neighbours is a group where none of them has one; the others join a
    neighbour's (Vanek, Mandel & Brezina 1996).
    """
    n = len(indptr) - 1
    group, count = np.full(n, -1, np.int64), 0
    for v in range(n):
        free = True
        for e in range(indptr[v], indptr[v + 1]):
            free &= group[indices[e]] < 0
        if free and group[v] < 0:
            group[v] = count
            for e in range(indptr[v], indptr[v + 1]):
                group[indices[e]] = count
            count += 1
    first = group.copy()
    for v in range(n):
        if group[v] < 0:
            for e in range(indptr[v], indptr[v + 1]):
                if first[indices[e]] >= 0:
                    group[v] = first[indices[e]]
                    break
    return group, count
