"""Minimum cuts by push-relabel (A. V. Goldberg & R. E. Tarjan, J. ACM 35 (1988), 921-940).

Highest label first, with global relabelling and the gap heuristic (B. V. Cherkassky & A. V.
Goldberg, Algorithmica 19 (1997), 390-410). Only the first phase, which finds the cut: flow that
cannot reach a sink is left where it is. Capacities are real; what is saturated has room for exactly
0 more, so that rounding cannot make the search run on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._check import FloatArray, IntArray, SignArray
from .._jit import jit

_RELABEL = 12  # a relabelling counts as so many edges looked at


@jit
def _distances(
    indptr: NDArray[np.integer], indices: NDArray[np.integer], back: IntArray,
    room: FloatArray, terminal: SignArray,
    label: IntArray, queue: IntArray,
) -> None:  # fmt: skip
    """Label nodes with their distance to the sinks along edges with room; n where there is none."""
    n = len(terminal)
    tail = 0
    for v in range(n):
        label[v] = n
        if terminal[v] < 0:
            label[v] = 0
            queue[tail] = v
            tail += 1
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if label[u] == n and terminal[u] == 0 and room[back[e]] > 0.0:
                label[u] = label[v] + 1
                queue[tail] = u
                tail += 1


@jit
def _cut_off(label: IntArray, count: IntArray, low: int) -> None:
    """No path to a sink passes the empty level ``low``: raise what is above it to n."""
    n = len(label)
    for v in range(n):
        if low < label[v] < n:
            count[label[v]] -= 1
            label[v] = n


@jit
def saturate(
    indptr: NDArray[np.integer], indices: NDArray[np.integer], back: IntArray,
    room: FloatArray, terminal: SignArray,
    excess: FloatArray,
) -> None:  # fmt: skip
    """Fill the edges out of the sources."""
    for v in range(len(terminal)):
        if terminal[v] > 0:
            for e in range(indptr[v], indptr[v + 1]):
                if terminal[indices[e]] <= 0:
                    excess[indices[e]] += room[e]
                    room[back[e]] += room[e]
                    room[e] = 0.0


@jit
def advance(
    indptr: NDArray[np.integer], indices: NDArray[np.integer], back: IntArray,
    room: FloatArray, terminal: SignArray,
    excess: FloatArray, label: IntArray,
) -> bool:  # fmt: skip
    """Push flow towards the sinks until labels should be found anew; tell whether all is done.

    Sources have ``terminal`` > 0, sinks < 0. Entry e of the node v is an edge to ``indices[e]``
    with ``room[e]`` for more flow; ``back[e]`` is the same edge the other way. ``excess`` is the
    flow that has arrived at each node. In the end labels are n exactly on the sources' side.
    """
    n = len(terminal)
    queue, current = np.empty(n, np.int64), np.empty(n, np.int64)
    first, following = np.full(n, -1), np.empty(n, np.int64)  # active nodes by label
    count = np.zeros(n, np.int64)
    _distances(indptr, indices, back, room, terminal, label, queue)
    highest, work = -1, 0
    for v in range(n):
        current[v] = indptr[v]
        if label[v] < n:
            count[label[v]] += 1
            if terminal[v] == 0 and excess[v] > 0.0:
                following[v] = first[label[v]]
                first[label[v]] = v
                highest = max(highest, label[v])
    if highest < 0:
        return True
    while highest >= 0 and work <= 6 * n + len(indices):
        v = first[highest]
        if v < 0:
            highest -= 1
            continue
        first[highest] = following[v]
        if label[v] != highest:  # cut off
            continue
        while excess[v] > 0.0:
            e, end = current[v], indptr[v + 1]
            while e < end:
                u = indices[e]
                if room[e] > 0.0 and label[u] == label[v] - 1:
                    amount = min(excess[v], room[e])
                    if terminal[u] == 0 and excess[u] == 0.0:
                        following[u] = first[label[u]]
                        first[label[u]] = u
                    room[e] -= amount
                    room[back[e]] += amount
                    excess[u] += amount
                    excess[v] -= amount
                    if excess[v] == 0.0:
                        break
                e += 1
            current[v] = e
            if e < end:
                break
            work += end - indptr[v] + _RELABEL
            old, label[v] = label[v], n
            for e in range(indptr[v], end):
                u = indices[e]
                if room[e] > 0.0 and terminal[u] <= 0 and label[u] + 1 < label[v]:
                    label[v], current[v] = label[u] + 1, e
            count[old] -= 1
            if count[old] == 0:
                label[v] = n
                _cut_off(label, count, old)
            if label[v] == n:
                break
            count[label[v]] += 1
            highest = max(highest, label[v])
        if label[v] < n and excess[v] > 0.0:
            following[v] = first[label[v]]
            first[label[v]] = v
    return False
