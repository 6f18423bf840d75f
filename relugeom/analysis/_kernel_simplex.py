"""Linear programs over a box and a few rows, by the dual simplex method.

``min cost . x  s.t.  rows . x <= sides, lower <= x <= upper``. Every coordinate starts on the side
of the box that its cost favours; each step takes in the row or bound that is violated most. Where
a coordinate can pass its breakpoint by moving to the other side of the box, it does (the long
steps of R. Fourer, Notes on the dual simplex method, 1994). The basis holds the active rows only
and is factored anew in each step, so that rounding does not build up. Rows are stored coordinate
by coordinate.
"""

from __future__ import annotations

import numpy as np

from .._check import BoolArray, FloatArray, IntArray
from .._jit import borrowed, jit

OPTIMAL, INFEASIBLE, CUT, UNDECIDED = 0, 1, 2, 3

_PIVOT = 1e-11  # smaller pivots, beside rows of unit length, are rounding
_FLAT = 1e-12  # reduced costs this small beside the largest cost are zero
_NUDGE = 1e-10  # of the largest cost: added to costs that have led round in circles


def workspace(d: int, n_rows: int) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the arrays ``square``, ``real`` and ``whole`` that the kernel needs."""
    q = min(d, n_rows) + 2
    size = max(d, n_rows) + 2
    return np.empty((q, q)), np.empty((8, size)), np.zeros((5, size), np.int64)


@jit
def _factor(matrix: FloatArray, q: int, order: IntArray) -> bool:
    """Factor ``matrix[:q, :q]`` in place, rows permuted by ``order``; False if it is singular."""
    for i in range(q):
        order[i] = i
    for i in range(q):
        best = i
        for j in range(i + 1, q):
            if abs(matrix[j, i]) > abs(matrix[best, i]):
                best = j
        if abs(matrix[best, i]) <= _PIVOT:
            return False
        if best != i:
            order[i], order[best] = order[best], order[i]
            for c in range(q):
                matrix[i, c], matrix[best, c] = matrix[best, c], matrix[i, c]
        for j in range(i + 1, q):
            factor = matrix[j, i] / matrix[i, i]
            matrix[j, i] = factor
            if factor != 0.0:
                for c in range(i + 1, q):
                    matrix[j, c] -= factor * matrix[i, c]
    return True


@jit
def _solve(matrix: FloatArray, q: int, order: IntArray, right: FloatArray, out: FloatArray) -> None:
    """Solve ``matrix . out = right`` with the factors."""
    for i in range(q):
        s = right[order[i]]
        for j in range(i):
            s -= matrix[i, j] * out[j]
        out[i] = s
    for i in range(q - 1, -1, -1):
        s = out[i]
        for j in range(i + 1, q):
            s -= matrix[i, j] * out[j]
        out[i] = s / matrix[i, i]


@jit
def _solve_transposed(
    matrix: FloatArray, q: int, order: IntArray, right: FloatArray, out: FloatArray,
    scratch: FloatArray,
) -> None:  # fmt: skip
    """Solve ``matrix.T . out = right`` with the factors."""
    for i in range(q):
        s = right[i]
        for j in range(i):
            s -= matrix[j, i] * scratch[j]
        scratch[i] = s / matrix[i, i]
    for i in range(q - 1, -1, -1):
        s = scratch[i]
        for j in range(i + 1, q):
            s -= matrix[j, i] * scratch[j]
        scratch[i] = s
    for i in range(q):
        out[order[i]] = scratch[i]


@jit
def minimise(
    given: FloatArray, rows: FloatArray, sides: FloatArray, m: int, lower: FloatArray,
    upper: FloatArray, tolerance: float, cutoff: float, x: FloatArray, reduced: FloatArray,
    square: FloatArray, real: FloatArray, whole: IntArray,
) -> int:  # fmt: skip
    """Minimise ``given . x`` over the box and the first ``m`` rows.

    Rows have about unit length. A coordinate of positive cost may be unbounded above. Returns
    OPTIMAL with the solution in ``x``, no row violated by more than ``tolerance``, and in
    ``reduced`` what the bounds hold back; INFEASIBLE when multipliers prove that every point
    violates some row by more than that; CUT when the minimum is at least ``cutoff``; UNDECIDED
    when rounding got in the way.
    """
    d = len(given)
    given, rows, sides = borrowed(given), borrowed(rows), borrowed(sides)
    lower, upper, x, reduced = borrowed(lower), borrowed(upper), borrowed(x), borrowed(reduced)
    square, real, whole = borrowed(square), borrowed(real), borrowed(whole)
    multiplier, change, right, scratch = real[0], real[1], real[2], real[3]
    rate, violation, ratio, cost = real[4], real[5], real[6], real[7]
    at_upper, place, basic, active, order = whole[0], whole[1], whole[2], whole[3], whole[4]
    largest = 0.0
    for j in range(d):
        cost[j] = given[j]
        largest = max(largest, abs(cost[j]))
        at_upper[j] = cost[j] < 0.0
        place[j] = -1
    flat = _FLAT * largest
    q = 0
    patience = 50 + 2 * m + d // 4
    for iteration in range(20 * patience):
        if iteration == patience:
            nudge = 0.5
            for j in range(d):
                nudge = (nudge + 0.6180339887498949) % 1.0
                cost[j] += _NUDGE * max(largest, 1.0) * (1.0 + nudge)
            flat = _FLAT * _NUDGE
        for i in range(q):
            for k in range(q):
                square[i, k] = rows[basic[i], active[k]]
            right[i] = -cost[basic[i]]
        if not _factor(square, q, order):
            return UNDECIDED
        _solve(square, q, order, right, multiplier)
        for j in range(d):
            reduced[j] = cost[j]
        for k in range(q):
            row, factor = active[k], multiplier[k]
            if factor != 0.0:
                for j in range(d):
                    reduced[j] += rows[j, row] * factor
        for j in range(d):
            if place[j] >= 0:
                reduced[j] = 0.0
                continue
            if reduced[j] < -flat:
                at_upper[j] = 1
            elif reduced[j] > flat:
                at_upper[j] = 0
            x[j] = upper[j] if at_upper[j] else lower[j]
        for k in range(q):
            s = sides[active[k]]
            for j in range(d):
                if place[j] < 0:
                    s -= rows[j, active[k]] * x[j]
            right[k] = s
        _solve_transposed(square, q, order, right, change, scratch)
        value = 0.0
        for i in range(q):
            x[basic[i]] = change[i]
        for j in range(d):
            value += cost[j] * x[j]
        if not value < np.inf:
            return UNDECIDED
        if value >= cutoff:
            return CUT

        # what is violated most: a row, or a bound of a basic coordinate
        for i in range(m):
            violation[i] = -sides[i]
        for j in range(d):
            at = x[j]
            for i in range(m):
                violation[i] += rows[j, i] * at
        for k in range(q):
            violation[active[k]] = 0.0
        worst, p, out, side = tolerance, -1, -1, 0.0
        for i in range(m):
            if violation[i] > worst:
                worst, p = violation[i], i
        for i in range(q):
            j = basic[i]
            if x[j] - upper[j] > worst:
                worst, p, out, side = x[j] - upper[j], -1, i, -1.0
            if lower[j] - x[j] > worst:
                worst, p, out, side = lower[j] - x[j], -1, i, 1.0
        if p < 0 and out < 0:
            return OPTIMAL

        # how multipliers and reduced costs change while its multiplier grows
        for i in range(q):
            right[i] = -rows[basic[i], p] if p >= 0 else 0.0
        if p < 0:
            right[out] = side
        _solve(square, q, order, right, change)
        for j in range(d):
            rate[j] = rows[j, p] if p >= 0 else 0.0
        for k in range(q):
            row, factor = active[k], change[k]
            if factor != 0.0:
                for j in range(d):
                    rate[j] += rows[j, row] * factor
        size = 1.0
        for k in range(q):
            size = max(size, abs(change[k]))
        farthest, drop = np.inf, -1
        for k in range(q):
            if change[k] < -_PIVOT * size:
                step = max(multiplier[k], 0.0) / -change[k]
                if step < farthest:
                    farthest, drop = step, k
        count = 0
        candidates = right  # no longer needed
        for j in range(d):
            if place[j] >= 0:
                continue
            toward = -rate[j] if at_upper[j] == 0 else rate[j]
            if toward > _PIVOT * size:
                step = max(reduced[j] if at_upper[j] == 0 else -reduced[j], 0.0) / toward
                if step <= farthest:
                    ratio[count] = step
                    candidates[count] = j
                    count += 1
        slope, enter = worst, -1
        sequence = np.argsort(ratio[:count])
        for at in range(count):
            j = int(candidates[sequence[at]])
            slope -= abs(rate[j]) * (upper[j] - lower[j])
            if slope <= tolerance:
                enter = j
                limit = ratio[sequence[at]] * (1.0 + 1e-12)
                for later in range(at + 1, count):  # of equal ones the largest pivot
                    if ratio[sequence[later]] > limit:
                        break
                    other = int(candidates[sequence[later]])
                    if abs(rate[other]) > abs(rate[enter]):
                        enter = other
                break
            at_upper[j] = 1 - at_upper[j]
        if enter < 0 and drop < 0:
            # these multipliers bound the violation of the rows from below, all over the box
            bound, total = -sides[p] if p >= 0 else 0.0, 1.0
            for k in range(q):
                bound -= sides[active[k]] * change[k]
                total += abs(change[k])
            for j in range(d):
                if abs(rate[j]) > _PIVOT * size:
                    bound += rate[j] * (lower[j] if rate[j] > 0.0 else upper[j])
            return INFEASIBLE if bound > tolerance * total else UNDECIDED
        if p >= 0:
            if enter >= 0:
                if q + 1 > min(d, m):
                    return UNDECIDED
                active[q], basic[q], place[enter] = p, enter, q
                q += 1
            else:
                active[drop] = p
            continue
        j = basic[out]
        place[j] = -1
        at_upper[j] = 1 if side < 0.0 else 0
        if enter >= 0:
            basic[out], place[enter] = enter, out
            continue
        q -= 1
        active[drop] = active[q]
        basic[out] = basic[q]
        if out < q:
            place[basic[out]] = out
    return UNDECIDED


@jit
def contract(
    rows: FloatArray, sides: FloatArray, m: int, lower: FloatArray, upper: FloatArray,
    tolerance: float, square: FloatArray, real: FloatArray, whole: IntArray,
) -> bool:  # fmt: skip
    """Move the bounds of the box in to where the rows allow; False where nothing is left."""
    d = len(lower)
    cost, x, reduced = np.zeros(d), np.empty(d), np.empty(d)
    for j in range(d):
        for side in (1.0, -1.0):
            cost[j] = side
            status = minimise(
                cost, rows, sides, m, lower, upper, tolerance, np.inf, x, reduced,
                square, real, whole,
            )  # fmt: skip
            if status == INFEASIBLE:
                return False
            if status == OPTIMAL:
                if side > 0.0:
                    lower[j] = min(max(lower[j], x[j] - 1e-9), upper[j])
                else:
                    upper[j] = max(min(upper[j], x[j] + 1e-9), lower[j])
        cost[j] = 0.0
    return True


@jit
def lowest_over_cells(
    cost: FloatArray, offset: FloatArray, G: FloatArray, h: FloatArray, lower: FloatArray,
    upper: FloatArray, tolerance: float, best: float, x: FloatArray, doubtful: BoolArray,
    square: FloatArray, real: FloatArray, whole: IntArray,
) -> tuple[float, int]:  # fmt: skip
    """Find the lowest value of ``cost[i] . x + offset[i]`` over cells ``{G[i] x <= h[i]}``.

    Cells that cannot beat ``best`` are left early. Returns the lowest value and its cell, -1 if no
    cell beats ``best``; ``x`` receives the point. ``doubtful[i]`` marks cells that floats cannot
    decide.
    """
    n, m, d = G.shape
    rows, sides = np.empty((d, m)), np.empty(m)
    point, reduced = np.empty(d), np.empty(d)
    where = -1
    for i in range(n):
        for k in range(m):
            sides[k] = h[i, k]
            for c in range(d):
                rows[c, k] = G[i, k, c]
        status = minimise(
            cost[i], rows, sides, m, lower, upper, tolerance, best - offset[i], point, reduced,
            square, real, whole,
        )  # fmt: skip
        doubtful[i] = status == UNDECIDED
        if status != OPTIMAL:
            continue
        value = offset[i]
        for c in range(d):
            value += cost[i, c] * point[c]
        if value < best:
            best, where = value, i
            for c in range(d):
                x[c] = point[c]
    return best, where
