"""Cells of any arrangement, hyperplane after hyperplane.

Deletion and restriction made constructive (Zaslavsky 1975): the cells of the first k hyperplanes
that hyperplane k + 1 splits are the cells of their traces on it, an arrangement of one dimension
less. A cell of the traces is found with a point; the point finds the cell to split in the binary
tree of all splits so far, and moved off the hyperplane to both sides it becomes a point inside each
half. Nothing is met twice, and no linear program is solved.

Rows are stored coordinate by coordinate, each with a bound on the rounding it carries. If that is
zero the row consists of whole numbers, and elimination goes on in whole numbers; other rows have
a largest entry of about 1. ``status[0]`` is set to DOUBT when a number is neither small enough to
be rounding nor large enough to be sure.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .._check import FloatArray, IntArray, WordArray
from .._jit import jit
from ._kernel_rays import reciprocal_steps, write_signs

DOUBT = 1

_EPSILON = 4e-16  # rounding of a few operations on numbers of size 1
_NOT_ZERO = 1e-10  # numbers of size 1 above this are real
_MOST_ROUNDING = 1e-13  # beyond it nothing can be told to be zero
_SAFETY = 16.0  # times the bound on rounding, to be told from it
_SMALL, _LARGE = 4096, 1 << 24  # whole numbers: products of products below 2^53, products below it
_ROOM = 1e-4  # of the scale: points nearer to a hyperplane are moved to where there is more


@jit
def sign_of_size(size: float, error: float, status: IntArray) -> int:
    """Return 0 if a number of that size is rounding, else 1; set DOUBT if that is not clear."""
    if size <= _SAFETY * error:
        if error > _MOST_ROUNDING:
            status[0] = DOUBT
        return 0
    if size < max(_NOT_ZERO, _SAFETY * _SAFETY * error):
        status[0] = DOUBT
    return 1


@jit
def restrict(
    A: FloatArray, c: FloatArray, error: FloatArray, k: int, status: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    """Return the traces of the rows before k on hyperplane k.

    Normals, offsets, bounds on their rounding, and the coordinate that was solved for. Traces that
    coincide are listed once, empty ones not at all. The coordinate is -1 if hyperplane k is one of
    those before it.
    """
    d = A.shape[0]
    p = 0
    for q in range(d):
        if abs(A[q, k]) > abs(A[p, k]):
            p = q
    B, b, e = np.empty((d - 1, k)), np.empty(k), np.empty(k)
    count = 0
    for j in range(k):
        exact = error[j] == 0.0 and error[k] == 0.0
        scale = A[p, k] if exact else 1.0
        factor = A[p, j] if exact else A[p, j] / A[p, k]
        size = 0.0
        for q in range(d - 1):
            old = q if q < p else q + 1
            B[q, count] = scale * A[old, j] - factor * A[old, k]
            size = max(size, abs(B[q, count]))
        b[count] = scale * c[j] - factor * c[k]
        e[count] = 0.0 if exact else error[j] + abs(factor) * error[k] + _EPSILON
        if sign_of_size(size, e[count], status) == 0:
            if sign_of_size(abs(b[count]), e[count] * (1.0 + abs(c[j])), status) == 0:
                return B[:, :0].copy(), b[:0].copy(), e[:0].copy(), -1
            continue
        if exact:
            if max(size, abs(b[count])) > _SMALL:
                _reduce(B, b, e, count)
            if d == 2 or not _is_copy(B, b, e, count, status):
                count += 1
            continue
        exponent = -math.frexp(size)[1]
        for q in range(d - 1):
            B[q, count] = math.ldexp(B[q, count], exponent)
        b[count] = math.ldexp(b[count], exponent)
        e[count] = math.ldexp(e[count], exponent)
        if d == 2 or not _is_copy(B, b, e, count, status):
            count += 1
    return B[:, :count].copy(), b[:count].copy(), e[:count].copy(), p


@jit
def _reduce(B: FloatArray, b: FloatArray, e: FloatArray, n: int) -> None:
    """Divide whole numbers by what they have in common; give them up if they remain too large."""
    common = abs(np.int64(b[n]))
    for q in range(B.shape[0]):
        other = abs(np.int64(B[q, n]))
        while other:
            common, other = other, common % other
    largest = abs(b[n]) / common
    b[n] /= common
    for q in range(B.shape[0]):
        B[q, n] /= common
        largest = max(largest, abs(B[q, n]))
    if largest > _LARGE:
        b[n] /= largest
        e[n] = _EPSILON
        for q in range(B.shape[0]):
            B[q, n] /= largest


@jit
def _is_copy(B: FloatArray, b: FloatArray, e: FloatArray, n: int, status: IntArray) -> bool:
    """Tell whether row n is one of the rows before it, turned round or not."""
    d = B.shape[0]
    p = 0
    for q in range(d):
        if abs(B[q, n]) > abs(B[p, n]):
            p = q
    for i in range(n):
        if e[i] == 0.0 and e[n] == 0.0:
            if b[i] * B[p, n] != b[n] * B[p, i]:
                continue
            q = 0
            while q < d and B[q, i] * B[p, n] == B[q, n] * B[p, i]:
                q += 1
            if q == d:
                return True
            continue
        factor = B[p, i] / B[p, n]
        gap = abs(b[i] - factor * b[n]) / max(1.0, abs(b[n]))
        rounding = e[i] + abs(factor) * e[n]
        if gap >= max(_NOT_ZERO, _SAFETY * _SAFETY * rounding):
            continue
        for q in range(d):
            gap = max(gap, abs(B[q, i] - factor * B[q, n]))
        if sign_of_size(gap, rounding, status) == 0:
            return True
    return False


@jit
def _intervals(A: FloatArray, c: FloatArray, error: FloatArray, status: IntArray) -> FloatArray:
    """Return a point in each interval of a line."""
    m = len(c)
    ends, rounding = np.empty(m), 0.0
    for j in range(m):
        ends[j] = -c[j] / A[0, j]
        rounding = max(rounding, error[j])
    ends.sort()
    count = 0
    for j in range(m):
        if count > 0:
            gap = (ends[j] - ends[count - 1]) / (1.0 + abs(ends[j]))
            if sign_of_size(gap, 4.0 * rounding, status) == 0:
                continue
        ends[count] = ends[j]
        count += 1
    points = np.zeros((count + 1, 1))
    if count > 0:
        points[0, 0] = ends[0] - 1.0 - abs(ends[0])
        points[count, 0] = ends[count - 1] + 1.0 + abs(ends[count - 1])
    for j in range(1, count):
        points[j, 0] = 0.5 * (ends[j - 1] + ends[j])
    return points


@jit
def lift(points: FloatArray, A: FloatArray, c: FloatArray, k: int, p: int) -> FloatArray:
    """Return points of hyperplane k from all their coordinates but the one solved for, p."""
    d = A.shape[0]
    result = np.empty((len(points), d))
    for i in range(len(points)):
        total = -c[k]
        for q in range(d - 1):
            old = q if q < p else q + 1
            result[i, old] = points[i, q]
            total -= A[old, k] * points[i, q]
        result[i, p] = total / A[p, k]
    return result


@jit
def start(d: int) -> tuple[NDArray[np.int32], FloatArray, IntArray]:
    """Return the tree of no splits: its nodes, points of the leaves, and how many there are.

    A row of nodes is the two children, where the hyperplane is negative and positive, and the
    hyperplane that splits it; -1 marks a leaf, whose first child is its point.
    """
    nodes = np.zeros((64, 4), np.int32)
    nodes[0, 2] = -1
    return nodes, np.zeros((64, d)), np.array([1, 1])


@jit
def split(
    A: FloatArray, c: FloatArray, error: FloatArray, k: int, inside: FloatArray,
    tree: tuple[NDArray[np.int32], FloatArray, IntArray], status: IntArray,
) -> tuple[NDArray[np.int32], FloatArray, IntArray]:  # fmt: skip
    """Split the cells in whose traces on hyperplane k the points ``inside`` lie."""
    nodes, points, count = tree
    d, n = A.shape[0], len(inside)
    while count[0] + 2 * n > len(nodes):
        nodes = np.concatenate((nodes, np.zeros_like(nodes)))
    while count[1] + 2 * n > len(points):
        points = np.concatenate((points, np.zeros_like(points)))
    square = 0.0
    for q in range(d):
        square += A[q, k] * A[q, k]
    rate, value, ratio = np.zeros(k), np.empty(k), np.empty(k)
    way, split_by, side_of = np.zeros(k + 1, np.int64), np.empty(k, np.int64), np.empty(k, np.int64)
    known = 0
    for q in range(d):
        step = A[q, k] / square
        for j in range(k):
            rate[j] += A[q, j] * step
    for i in range(n):
        for j in range(k):
            value[j] = c[j]
        far = 1.0
        for q in range(d):
            x = inside[i, q]
            far = max(far, abs(x))
            for j in range(k):
                value[j] += A[q, j] * x
        doubtful, far = 0, far * _SAFETY
        for j in range(k):
            doubtful += abs(value[j]) <= far * error[j] + 1e-12
            ratio[j] = rate[j]
        if doubtful:
            status[0] = DOUBT
            return nodes, points, count
        up, down = reciprocal_steps(ratio, value)
        # the way down begins as the last one did, which takes no loads that wait for each other
        depth = 0
        while depth < known and np.int64(value[split_by[depth]] > 0) == side_of[depth]:
            depth += 1
        at = way[depth]
        while nodes[at, 2] >= 0:
            by = nodes[at, 2]
            beyond = np.int64(value[by] > 0)
            at = nodes[at, beyond]
            split_by[depth], side_of[depth] = by, beyond
            depth += 1
            way[depth] = at
        known = depth
        old = nodes[at, 0]
        height = c[k]
        for q in range(d):
            height += A[q, k] * points[old, q]
        first = count[0]
        nodes[at, 0], nodes[at, 1], nodes[at, 2] = first, first + 1, k
        for side in range(2):
            sign = 1.0 if side else -1.0
            nodes[first + side, 2] = -1
            if sign * height > _ROOM:
                nodes[first + side, 0] = old
                continue
            fresh = count[1]
            if abs(height) <= _ROOM and side == 1:
                fresh = old  # the old point is of no use to either half
            else:
                count[1] += 1
            nodes[first + side, 0] = fresh
            step = 0.5 * sign / (up if side else down) / square
            for q in range(d):
                points[fresh, q] = inside[i, q] + A[q, k] * step
        count[0] += 2
    return nodes, points, count


@jit
def leaves(tree: tuple[NDArray[np.int32], FloatArray, IntArray]) -> FloatArray:
    """Return the points of the leaves, neighbours in the tree after each other.

    In that order the descents in the next tree mostly repeat each other, and stay in the cache.
    """
    nodes, points, count = tree
    d, found = points.shape[1], 0
    result = np.empty((count[1], d))
    stack = np.empty(count[1], np.int32)
    stack[0], height = 0, 1
    while height > 0:
        height -= 1
        at = stack[height]
        while nodes[at, 2] >= 0:
            stack[height] = nodes[at, 1]
            height += 1
            at = nodes[at, 0]
        for q in range(d):
            result[found, q] = points[nodes[at, 0], q]
        found += 1
    return result


@jit
def cells(A: FloatArray, c: FloatArray, error: FloatArray, status: IntArray) -> FloatArray:
    """Return a point in each cell of an arrangement."""
    d, m = A.shape
    if d == 1:
        return _intervals(A, c, error, status)
    tree = start(d)
    for k in range(m):
        B, b, e, p = restrict(A, c, error, k, status)
        if p >= 0:
            traces = lift(cells(B, b, e, status), A, c, k, p)
            tree = split(A, c, error, k, traces, tree, status)
        if status[0] == DOUBT:
            break
    return leaves(tree)


@jit
def read(
    A: FloatArray, c: FloatArray, error: FloatArray, points: FloatArray, word_start: IntArray,
    shift: WordArray, out_words: WordArray, status: IntArray,
) -> None:  # fmt: skip
    """Read the signs at points, moving to the middle of a chord those with little room."""
    d, m = A.shape
    value, rate = np.empty(m), np.empty(m)
    for i in range(len(points)):
        for attempt in range(d + 3):
            for j in range(m):
                value[j] = c[j]
            for q in range(d):
                x = points[i, q]
                for j in range(m):
                    value[j] += A[q, j] * x
            near = 0
            for j in range(m):
                near += abs(value[j]) < _ROOM
            if near == 0:
                break
            least, nearest = np.inf, 0
            for j in range(m):
                if abs(value[j]) < least:
                    least, nearest = abs(value[j]), j
            if least <= _SAFETY * error[nearest] + 1e-12:
                status[0] = DOUBT
                return
            if attempt == d + 2:
                break
            for j in range(m):
                rate[j] = 0.0
            for q in range(d):
                step = A[q, nearest]
                for j in range(m):
                    rate[j] += A[q, j] * step
            up, down = reciprocal_steps(rate, value)
            step = 0.5 * (1.0 / up - 1.0 / down)
            for q in range(d):
                points[i, q] += step * A[q, nearest]
        write_signs(value, word_start, shift, out_words[i])
