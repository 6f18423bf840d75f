"""Facets of cells from their inequalities and a point inside, one least-distance problem a row."""

from __future__ import annotations

import numpy as np

from .._check import BoolArray, FloatArray, IntArray
from .._jit import borrowed, jit
from ._kernel_distance import FEASIBLE, ROOMY, UNDECIDED, least_distance, turn


@jit
def facets(
    G: FloatArray, h: FloatArray, points: FloatArray, scale: float, margin: float, noise: float,
    same: FloatArray, central: bool, is_facet: BoolArray, crossing: FloatArray, shared: BoolArray,
    doubtful: BoolArray, work: FloatArray, active: IntArray, violation: FloatArray,
) -> None:  # fmt: skip
    """Find the facets of cells ``{G[i] x <= h[i]}`` with interior points ``points[i]``.

    Row k is a facet exactly when the cell stays nonempty with row k turned round (rows equal to
    row k left out). ``crossing[i, k]`` receives a point inside the facet, away from its boundary if
    ``central``, and ``shared[i, k]`` whether later rows coincide with row k. Zero rows are none.
    ``doubtful[i, k]`` marks rows that floats cannot decide.
    """
    n, m, d = G.shape
    rows, sides = np.empty((d, m)), np.empty(m)
    zero = np.zeros(m, np.bool_)
    off = np.zeros(m, np.bool_)
    G, h, points = borrowed(G), borrowed(h), borrowed(points)
    work, active, violation = borrowed(work), borrowed(active), borrowed(violation)
    x, y = work[2 * d + 5, :d], work[2 * d + 6, :d]
    for cell in range(n):
        point = points[cell]
        for i in range(m):
            norm = 0.0
            for c in range(d):
                norm += abs(G[cell, i, c])
                rows[c, i] = G[cell, i, c]
            zero[i] = norm == 0.0
            sides[i] = np.inf if zero[i] else h[cell, i]
            is_facet[cell, i] = False
            shared[cell, i] = False
        for k in range(m):
            if zero[k]:
                continue
            repeated = False
            for i in range(m):
                off[i] = False
                if i == k or zero[i]:
                    continue
                gap = abs(h[cell, i] - h[cell, k])
                if gap > same[0]:
                    continue
                for c in range(d):
                    gap = max(gap, abs(rows[c, i] - rows[c, k]) * same[1])
                if gap <= same[0]:
                    off[i] = True
                    if i < k:
                        repeated = True
                    else:
                        shared[cell, k] = True
            if repeated:
                continue
            if shared[cell, k]:
                for i in range(m):
                    if off[i]:
                        sides[i] = np.inf
                        for c in range(d):
                            rows[c, i] = 0.0
            turn(rows, sides, k)
            status = least_distance(
                rows, sides, m, k, point, margin, noise, x, active, work, violation
            )
            if central and status == FEASIBLE:
                for roomy in ROOMY:
                    size = roomy * scale
                    if size <= margin:
                        break
                    if FEASIBLE == least_distance(
                        rows, sides, m, k, point, size, noise, y, active, work, violation
                    ):
                        for c in range(d):
                            x[c] = y[c]
                        break
            turn(rows, sides, k)
            if shared[cell, k]:
                for i in range(m):
                    if off[i]:
                        sides[i] = h[cell, i]
                        for c in range(d):
                            rows[c, i] = G[cell, i, c]
            doubtful[cell, k] = status == UNDECIDED
            if status != FEASIBLE:
                continue
            is_facet[cell, k] = True
            inside, beyond = sides[k], -sides[k]
            for c in range(d):
                inside -= rows[c, k] * point[c]
                beyond += rows[c, k] * x[c]
            t = inside / (inside + beyond)
            for c in range(d):
                crossing[cell, k, c] = point[c] + t * (x[c] - point[c])
