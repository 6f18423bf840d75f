"""Breadth-first searches: distances in crossings, and the shortest paths through every region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._check import FloatArray, IntArray
from .._jit import jit

_TINY = 1e-300


@jit
def levels(
    indptr: NDArray[np.integer],
    indices: NDArray[np.integer],
    sources: IntArray,
    limit: int,
    level: IntArray,
) -> None:
    """Write every node's distance from the nearest source to ``level``; -1 beyond ``limit``."""
    queue = np.empty(len(level), np.int32)
    level[:] = -1
    tail = 0
    for s in sources:
        if level[s] < 0:
            level[s] = 0
            queue[tail] = s
            tail += 1
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        if level[v] == limit:
            break
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if level[u] < 0:
                level[u] = level[v] + 1
                queue[tail] = u
                tail += 1


@jit
def dependencies(
    indptr: NDArray[np.integer],
    indices: NDArray[np.integer],
    sources: IntArray,
    total: FloatArray,
    square: FloatArray,
) -> None:
    """Add up how many shortest paths from each source pass through each node, and the squares.

    The dependency of source s on node v is the sum over all t of the share of the shortest paths
    from s to t that pass through v (Brandes 2001). Numbers of paths grow exponentially, so those of
    one level are divided by their largest; ``factor`` remembers by what.
    """
    n = len(total)
    queue, level = np.empty(n, np.int32), np.empty(n, np.int32)
    paths, dependency, factor = np.empty(n), np.empty(n), np.empty(n + 1)
    for s in sources:
        level[:], paths[:], dependency[:] = -1, 0.0, 0.0
        level[s], paths[s], queue[0] = 0, 1.0, s
        head, tail, depth = 0, 1, -1
        while head < tail:
            v = queue[head]
            if level[v] > depth:  # all of this level is in the queue, and counted
                depth = level[v]
                most = 0.0
                for i in range(head, tail):
                    most = max(most, paths[queue[i]])
                factor[depth] = 1.0 / most
                for i in range(head, tail):
                    paths[queue[i]] = max(paths[queue[i]] / most, _TINY)
            head += 1
            for e in range(indptr[v], indptr[v + 1]):
                u = indices[e]
                if level[u] < 0:
                    level[u] = level[v] + 1
                    queue[tail] = u
                    tail += 1
                if level[u] == level[v] + 1:
                    paths[u] += paths[v]
        for i in range(tail - 1, 0, -1):
            u = queue[i]
            share = (1.0 + dependency[u]) / paths[u] * factor[level[u]]
            for e in range(indptr[u], indptr[u + 1]):
                v = indices[e]
                if level[v] == level[u] - 1:
                    dependency[v] += paths[v] * share
            total[u] += dependency[u]
            square[u] += dependency[u] ** 2
