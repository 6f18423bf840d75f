"""Cells of a simple arrangement from its vertices, each cell from its lowest one.

In a simple arrangement d hyperplanes meet in each vertex and cut its surroundings into 2^d cones,
of which exactly one lies above the vertex in a generic direction. So vertices and the cells that
have a lowest point are the same in number, and the cell's signs can be read at the vertex. Vertices
are met by restricting all functions to one hyperplane after another, down to lines.
"""

from __future__ import annotations

import numpy as np

from .._check import FloatArray, IntArray, WordArray
from .._jit import borrowed, jit
from ._kernel_rays import reciprocal_step, write_signs

# Why `run` returned
DONE, OUTPUT_FULL, TIE, BUDGET = 0, 1, 2, 3
# Places of the control vector: depth of the walk, cells found
DEPTH, N_OUT, CONTROL_SIZE = 0, 1, 2

_NEAR = 1e-11  # a number of size 1 smaller than this is left to engines that can tell if it is zero
_ROUNDING = 4e-16  # ... or than this times what the eliminations may have lost


@jit
def _restrict(table: FloatArray, loss: FloatArray, depth: int, i: int) -> bool:
    """Restrict all functions to hyperplane i; return False if it is parallel to the flat."""
    d, columns = len(loss), table.shape[2]
    here, there = table[depth], table[depth + 1]
    n = d - depth
    p, largest = 0, 0.0
    for q in range(n):
        if abs(here[q, i]) > largest:
            p, largest = q, abs(here[q, i])
    if largest <= _NEAR + _ROUNDING * loss[depth]:
        return False
    factor = there[d + 1 + depth]  # the multiplier of hyperplane i in every function
    most = 0.0
    for j in range(columns):
        factor[j] = here[p, j] / here[p, i]
        most = max(most, abs(factor[j]))
    for q in range(n - 1):
        old = q if q < p else q + 1
        a = here[old, i]
        for j in range(columns):
            there[q, j] = here[old, j] - factor[j] * a
    for row in range(d, d + 1 + depth):
        a = here[row, i]
        for j in range(columns):
            there[row, j] = here[row, j] - factor[j] * a
    loss[depth + 1] = loss[depth] * (1.0 + most)
    return True


@jit
def run(
    control: IntArray, budget: int, table: FloatArray, loss: FloatArray, chosen: IntArray,
    high: int, word_start: IntArray, shift: WordArray, value: FloatArray, slope: FloatArray,
    signs: FloatArray, out_words: WordArray, out_points: FloatArray,
) -> int:  # fmt: skip
    """Walk on over the lines of the arrangement until something is needed.

    ``table[depth]`` holds all functions on the current flat, a column each: hyperplanes, the
    direction to sweep in, coordinates. Its rows are what multiplies the flat's own coordinates, the
    offset in row d, then the multipliers of the hyperplanes that the flat lies in. ``chosen`` are
    those hyperplanes, the first one before ``high``. Hyperplanes from ``word_start[w]`` on have
    their bits in word w, hyperplane i at ``shift[i]``.
    """
    table, value, slope = borrowed(table), borrowed(value), borrowed(slope)
    word_start, shift = borrowed(word_start), borrowed(shift)
    out_words, out_points = borrowed(out_words), borrowed(out_points)
    signs, chosen = borrowed(signs), borrowed(chosen)
    d, m, columns = len(loss), len(shift), len(value)
    for _ in range(budget):
        depth = control[DEPTH]
        if depth < d - 1:
            i = chosen[depth] + 1
            if m - i < d - depth or (depth == 0 and i >= high):
                if depth == 0:
                    return DONE
                control[DEPTH] = depth - 1
                continue
            chosen[depth] = i
            if not _restrict(table, loss, depth, i):
                return TIE
            chosen[depth + 1] = i
            control[DEPTH] = depth + 1
            continue

        # a line: all of its vertices with later hyperplanes
        if control[N_OUT] + m > len(out_words):
            return OUTPUT_FULL
        line = table[d - 1]
        along, offset = line[0], line[d]
        lost = _ROUNDING * loss[d - 1]
        near = _NEAR + lost
        for j in range(chosen[d - 1] + 1, m):
            if abs(along[j]) <= near or abs(along[m]) <= lost:
                return TIE
            t = -offset[j] / along[j]
            tolerance = _NEAR + lost * (1.0 + abs(t))
            steep = tolerance / abs(along[j])
            doubtful = 0
            for i in range(columns):
                value[i] = along[i] * t + offset[i]
            for i in range(m):
                doubtful += abs(value[i]) <= tolerance + abs(along[i]) * steep
            if doubtful > d:  # more than the d hyperplanes that define the vertex
                return TIE
            # signs of those d: the direction climbs along the edge that leaves each of them
            last = along[m] / along[j]
            signs[d - 1] = 1.0 if last > 0 else -1.0
            for k in range(d - 1):
                first, second = line[d + 1 + k, m], last * line[d + 1 + k, j]
                if abs(first - second) <= lost * (abs(first) + abs(second) + 1.0):
                    return TIE
                signs[k] = 1.0 if first > second else -1.0
            # into the cell, away from the d hyperplanes equally fast, half way to the next one
            rest = signs[d - 1]
            for k in range(d - 1):
                rest -= line[d + 1 + k, j] * signs[k]
            rest /= along[j]
            for i in range(columns):
                slope[i] = along[i] * rest
            for k in range(0, d - 2, 2):
                one, two, s, t = line[d + 1 + k], line[d + 2 + k], signs[k], signs[k + 1]
                for i in range(columns):
                    slope[i] += one[i] * s + two[i] * t
            if d % 2 == 0:
                one, s = line[2 * d - 1], signs[d - 2]
                for i in range(columns):
                    slope[i] += one[i] * s
            for k in range(d):
                i = chosen[k] if k < d - 1 else j
                value[i] = signs[k]
                slope[i] = 0.0
            at = control[N_OUT]
            write_signs(value, word_start, shift, out_words[at])
            step = 0.5 / reciprocal_step(slope[:m], value)
            for q in range(d):
                out_points[at, q] = value[m + 1 + q] + step * slope[m + 1 + q]
            control[N_OUT] = at + 1
        if d == 1:
            return DONE
        control[DEPTH] = d - 2
    return BUDGET


@jit
def far_points(
    A: FloatArray, c: FloatArray, lift: FloatArray, down: FloatArray, flat: FloatArray
) -> FloatArray:
    """Return, from points in the cells at infinity, points beyond all hyperplanes there."""
    n, (m, d) = len(flat), A.shape
    points, direction = np.empty((n, d)), np.empty(d)
    for row in range(n):
        for q in range(d):
            direction[q] = down[q]
            for k in range(d - 1):
                direction[q] += lift[q, k] * flat[row, k]
        far = 0.5
        for i in range(m):
            rate = 0.0
            for q in range(d):
                rate += A[i, q] * direction[q]
            far = max(far, abs(c[i] / rate))
        for q in range(d):
            points[row, q] = 2.0 * far * direction[q]
    return points
