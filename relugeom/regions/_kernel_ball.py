"""Largest balls inscribed in many polytopes, each by the revised simplex method on the dual."""

from __future__ import annotations

import numpy as np

from .._check import BoolArray, FloatArray, IntArray
from .._jit import jit

_MOST_PIVOTS = 100


@jit
def largest_balls(
    start: IntArray, G: FloatArray, h: FloatArray, points: FloatArray, cap: float, tolerance: float,
    centres: FloatArray, radii: FloatArray, sure: BoolArray,
) -> None:  # fmt: skip
    """Maximise t subject to ``g @ x + t <= h`` for the rows of each polytope, and ``t <= cap``.

    Polytope i has the unit rows ``start[i]:start[i + 1]`` and ``points[i]`` inside. It starts from
    that point with t = cap, and each pivot takes in the most violated row. ``sure[i]`` tells
    whether no row is violated in the end by more than ``tolerance``.
    """
    d = G.shape[1]
    n = d + 1
    inverse = np.empty((n, n))
    basis = np.empty(n, np.int64)
    cost, value, z, direction = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    column = np.empty(n)
    for k in range(len(start) - 1):
        low, high = start[k], start[k + 1]
        inverse[:] = 0.0
        for i in range(n):
            inverse[i, i] = 1.0
            basis[i] = -1  # a coordinate that no row bounds yet
            cost[i] = 0.0
            value[i] = 0.0
        basis[d], cost[d], value[d] = high, cap, 1.0
        sure[k] = False
        for _ in range(_MOST_PIVOTS):
            for j in range(n):
                z[j] = 0.0
                for i in range(n):
                    z[j] += cost[i] * inverse[i, j]
            worst, entering = -tolerance, -1
            side = 0.0
            for r in range(low, high):
                shifted = h[r]
                for c in range(d):
                    shifted -= G[r, c] * points[k, c]
                slack = shifted - z[d]
                for c in range(d):
                    slack -= G[r, c] * z[c]
                if slack < worst:
                    worst, entering, side = slack, r, shifted
            if entering < 0:
                sure[k] = True
                break
            for c in range(d):
                column[c] = G[entering, c]
            column[d] = 1.0
            for i in range(n):
                direction[i] = 0.0
                for j in range(n):
                    direction[i] += inverse[i, j] * column[j]
            leaving, size = -1, 1e-9
            for i in range(n):
                if basis[i] < 0 and abs(direction[i]) > size:
                    leaving, size = i, abs(direction[i])
            if leaving < 0:
                ratio = np.inf
                for i in range(n):
                    if basis[i] >= 0 and direction[i] > 1e-9 and value[i] / direction[i] < ratio:
                        leaving, ratio = i, value[i] / direction[i]
            if leaving < 0:
                break
            pivot = direction[leaving]
            for j in range(n):
                inverse[leaving, j] /= pivot
            value[leaving] /= pivot
            for i in range(n):
                if i != leaving and direction[i] != 0.0:
                    for j in range(n):
                        inverse[i, j] -= direction[i] * inverse[leaving, j]
                    value[i] -= direction[i] * value[leaving]
            basis[leaving], cost[leaving] = entering, side
        for c in range(d):
            centres[k, c] = points[k, c] + z[c]
        radii[k] = z[d]
