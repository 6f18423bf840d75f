"""Least distance to a polyhedron by a dual active-set method: the lp engine's feasibility test.

``min |x - origin| s.t. rows . x <= h - margin``, after Goldfarb & Idnani (1983) with unit Hessian.
Rows have unit length, so margins are distances. They are stored coordinate by coordinate,
contiguous over the rows, so that the scan for violated rows vectorises. A row is switched off by
an infinite right side and a zero normal.
"""

from __future__ import annotations

import numpy as np

from .._check import FloatArray, IntArray
from .._jit import jit

FEASIBLE, INFEASIBLE, UNDECIDED = 0, 1, 2
ROOMY = (1e-2, 1e-4, 1e-6)  # margins, relative to the scale, tried for points that are reported

_DEPENDENT = 1e-10  # a unit normal this close to the span of the active ones is in it
_LITTLE = 0.1  # a unit normal keeps this much of its squared length: one pass loses no digit
_SURE = 1e-13  # ... and this close, its certificate of infeasibility is beyond doubt


def workspace(d: int, n_rows: int) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return the arrays ``work``, ``active`` and ``violation`` that the kernels need."""
    return np.empty((2 * d + 8, d + 2)), np.empty(d + 4, np.int64), np.empty(n_rows)


@jit
def _orthogonalise(
    normal: FloatArray, basis: FloatArray, q: int, coordinates: FloatArray, rest: FloatArray
) -> float:
    """Split ``normal`` into its coordinates in ``basis[:q]`` and the rest; return |rest|^2."""
    d = normal.shape[0]
    for c in range(d):
        rest[c] = normal[c]
    for i in range(q):
        coordinates[i] = 0.0
    length = 1.0  # of the normal, squared
    for _ in range(2):  # twice is enough, and once where little cancels
        for i in range(q):
            s, other = 0.0, 0.0  # two sums, so that one need not wait for the other
            for c in range(d % 2):
                s += basis[i, c] * rest[c]
            for c in range(d % 2, d, 2):
                s += basis[i, c] * rest[c]
                other += basis[i, c + 1] * rest[c + 1]
            s += other
            coordinates[i] += s
            for c in range(d):
                rest[c] -= s * basis[i, c]
        length = 0.0
        for c in range(d):
            length += rest[c] * rest[c]
        if length > _LITTLE:
            break
    return length


@jit
def least_distance(
    rows: FloatArray, h: FloatArray, m: int, first: int, origin: FloatArray, margin: float,
    noise: float, x: FloatArray, active: IntArray, work: FloatArray, violation: FloatArray,
) -> int:  # fmt: skip
    """Project ``origin`` on ``{x : rows[:, :m].T x <= h[:m] - margin}``.

    ``first`` is the one row that ``origin`` violates if that is known, else -1. ``work``,
    ``active`` and ``violation`` come from `workspace`. Returns FEASIBLE with the projection in
    ``x``; INFEASIBLE when nonnegative multipliers prove that the polyhedron has no interior: then
    ``active[:active[-1]]`` are the rows that they belong to; UNDECIDED when its inradius is below
    the margin but not surely zero, or rounding got in the way.
    """
    d = origin.shape[0]
    for c in range(d):
        x[c] = origin[c]
    q = 0
    basis = work[:d]  # orthonormal, spans the active normals
    triangle = work[d : 2 * d]  # normal active[j] = sum_i triangle[i, j] basis[i]
    r, z = work[2 * d], work[2 * d + 1]  # the new normal in terms of the active ones, and the rest
    part, dual = work[2 * d + 2], work[2 * d + 3]
    normal, inverse = work[2 * d + 4, :d], work[2 * d + 7]
    slack, bits = margin * 1e-3, violation.view(np.int64)
    p = first
    for _ in range(20 * (d + 2) + 2 * m):
        if p < 0:
            for i in range(m):
                violation[i] = margin - h[i]
            for c in range(d % 2):
                for i in range(m):
                    violation[i] += rows[c, i] * x[c]
            for c in range(d % 2, d, 2):  # two at a time: half the stores
                a, b = x[c], x[c + 1]
                for i in range(m):
                    violation[i] += rows[c, i] * a + rows[c + 1, i] * b
            most = 0  # of the violations' bits: positive floats are ordered as these are
            for i in range(m):
                most = max(most, bits[i])
            p = 0
            while p < m and bits[p] != most:
                p += 1
            if p == m or violation[p] <= slack:
                for c in range(d):
                    if not np.isfinite(x[c]):
                        return UNDECIDED
                return FEASIBLE
            if not np.isfinite(violation[p]):
                return UNDECIDED
        for c in range(d):
            normal[c] = rows[c, p]
        multiplier = 0.0
        while True:
            zz = _orthogonalise(normal, basis, q, part, z)
            for i in range(q - 1, -1, -1):
                s = part[i]
                for j in range(i + 1, q):
                    s -= triangle[i, j] * r[j]
                r[i] = s * inverse[i]
            dependent = q == d or zz <= _DEPENDENT * _DEPENDENT
            drop, step = -1, np.inf
            for i in range(q):
                if r[i] > 1e-12 and dual[i] / r[i] < step:
                    step = dual[i] / r[i]
                    drop = i
            if dependent and drop < 0:
                # y = (1, -r) >= 0 has rows . y ~ 0: the interior is empty if y . h <= 0
                bound, total = h[p], 1.0
                for i in range(q):
                    bound -= r[i] * h[active[i]]
                    total += abs(r[i])
                if zz > _SURE * _SURE * total * total or not bound <= noise * total:
                    return UNDECIDED
                count = 0
                for i in range(q):
                    if r[i] != 0.0:
                        active[count] = active[i]
                        count += 1
                active[count] = p
                active[-1] = count + 1
                return INFEASIBLE
            full = np.inf
            if not dependent:
                v = margin - h[p]
                for c in range(d):
                    v += normal[c] * x[c]
                full = v / zz
            if drop < 0 and not full < np.inf:  # rounding has made a NaN
                return UNDECIDED
            t = min(step, full)
            if not dependent:
                for c in range(d):
                    x[c] -= t * z[c]
            for i in range(q):
                dual[i] -= t * r[i]
            multiplier += t
            if full <= step:
                length = np.sqrt(zz)
                for c in range(d):
                    basis[q, c] = z[c] / length
                for i in range(q):
                    triangle[i, q] = part[i]
                triangle[q, q] = length
                inverse[q] = 1.0 / length
                active[q] = p
                dual[q] = multiplier
                q += 1
                break
            q -= 1
            for i in range(drop, q):
                active[i] = active[i + 1]
                dual[i] = dual[i + 1]
            for j in range(drop, q):  # orthogonalise again what came after
                length = np.sqrt(_orthogonalise(rows[:, active[j]], basis, j, part, z))
                for c in range(d):
                    basis[j, c] = z[c] / length
                for i in range(j):
                    triangle[i, j] = part[i]
                triangle[j, j] = length
                inverse[j] = 1.0 / length
        p = -1
    return UNDECIDED


@jit
def clearance(
    rows: FloatArray, h: FloatArray, m: int, point: FloatArray, violation: FloatArray
) -> float:
    """Return the distance of ``point`` from the nearest of the first m rows, inside positive."""
    d = point.shape[0]
    for i in range(m):
        violation[i] = h[i]
    for c in range(d % 2):
        for i in range(m):
            violation[i] -= rows[c, i] * point[c]
    for c in range(d % 2, d, 2):
        a, b = point[c], point[c + 1]
        for i in range(m):
            violation[i] -= rows[c, i] * a + rows[c + 1, i] * b
    least = np.inf
    for i in range(m):
        least = min(least, violation[i])
    return least


@jit
def turn(rows: FloatArray, h: FloatArray, i: int) -> None:
    """Turn row i round: keep the other side of its hyperplane."""
    for c in range(rows.shape[0]):
        rows[c, i] = -rows[c, i]
    h[i] = -h[i]
