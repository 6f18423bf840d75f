"""Whitney numbers of an affine arrangement over a prime field, by deletion and restriction.

With hyperplanes H_1, ..., H_m the j-th Whitney number (up to sign) is the sum over k of the
(j-1)-th one of the arrangement that H_1, ..., H_(k-1) cut out of H_k. Unrolled, it is the number of
nodes at depth j of the tree whose nodes are arrangements and whose children are these restrictions:
counting nodes is all there is to do.
"""

from __future__ import annotations

import numpy as np

from .._check import IntArray
from .._jit import jit

DONE, BUDGET = 0, 1


@jit
def _multiply(a: int, b: int, p: int, inverse: float) -> int:
    """Return a * b modulo p for 0 <= a, b < p < 2^31; ``inverse`` is 1 / p."""
    x = a * b
    r = x - int(np.float64(x) * inverse) * p
    if r < 0:
        r += p
    elif r >= p:
        r -= p
    return r


@jit
def _invert(a: int, p: int) -> int:
    """Inverse modulo p by Euclid's algorithm."""
    old_r, r, old_s, s = a, p, 1, 0
    while r != 0:
        q = old_r // r
        old_r, r = r, old_r - q * r
        old_s, s = s, old_s - q * s
    return old_s % p


@jit
def normalise(rows: IntArray, n: int, columns: int, p: int) -> int:
    """Scale rows so that the first nonzero entry of the normal is 1; drop zero normals and repeats.

    The last of the ``columns`` is the offset. Works in place; returns how many rows remain. Leading
    entries are inverted together: one inversion and three products a row.
    """
    inverse = 1.0 / p
    lead = np.empty(n, np.int64)
    product = np.empty(n + 1, np.int64)
    product[0] = 1
    kept = 0
    for i in range(n):
        c = 0
        while c < columns - 1 and rows[i, c] == 0:
            c += 1
        if c == columns - 1:
            continue
        for j in range(columns):
            rows[kept, j] = rows[i, j]
        lead[kept] = rows[kept, c]
        product[kept + 1] = _multiply(product[kept], lead[kept], p, inverse)
        kept += 1
    if kept == 0:
        return 0
    whole = _invert(product[kept], p)
    for i in range(kept - 1, -1, -1):
        scale = _multiply(whole, product[i], p, inverse)
        whole = _multiply(whole, lead[i], p, inverse)
        if lead[i] != 1:
            for j in range(columns):
                rows[i, j] = _multiply(rows[i, j], scale, p, inverse)
    size = 4
    while size < 2 * kept:
        size *= 2
    table = np.full(size, -1, np.int64)
    mask = np.uint64(size - 1)
    distinct = 0
    for i in range(kept):
        code = np.uint64(0)
        for j in range(columns):
            code = (code ^ np.uint64(rows[i, j])) * np.uint64(0x9E3779B97F4A7C15)
            code ^= code >> np.uint64(29)
        slot = code & mask
        new = True
        while table[slot] >= 0:
            other = table[slot]
            same = True
            for j in range(columns):
                if rows[other, j] != rows[i, j]:
                    same = False
                    break
            if same:
                new = False
                break
            slot = (slot + np.uint64(1)) & mask
        if new:
            for j in range(columns):
                rows[distinct, j] = rows[i, j]
            table[slot] = distinct
            distinct += 1
    return distinct


@jit
def _restrict(source: IntArray, k: int, columns: int, target: IntArray, p: int) -> int:
    """Write to ``target`` what the first k rows cut out of row k; return how many there are."""
    inverse = 1.0 / p
    pivot = 0
    while source[k, pivot] == 0:
        pivot += 1
    for i in range(k):
        factor = source[i, pivot]
        at = 0
        for j in range(columns):
            if j == pivot:
                continue
            value = source[i, j]
            if factor != 0 and source[k, j] != 0:
                value -= _multiply(factor, source[k, j], p, inverse)
                if value < 0:
                    value += p
            target[i, at] = value
            at += 1
    return normalise(target, k, columns - 1, p)


@jit
def run(
    control: IntArray, budget: int, rows: IntArray, count: IntArray, position: IntArray,
    whitney: IntArray, p: int,
) -> int:  # fmt: skip
    """Count nodes by depth until done, or until ``budget`` restrictions are made.

    ``rows[0, :count[0]]`` is the arrangement, normalised; ``control[0]`` the current depth.
    """
    dim = rows.shape[2] - 1
    scratch = np.empty((rows.shape[1], rows.shape[2]), np.int64)
    for _ in range(budget):
        depth = control[0]
        if depth < 0:
            return DONE
        k = position[depth]
        if k == count[depth]:
            control[0] = depth - 1
            continue
        position[depth] = k + 1
        columns = dim - depth + 1
        whitney[depth + 1] += 1
        if columns == 2:
            continue
        if columns == 3:  # restrictions to a line: all that counts is how many points there are
            whitney[depth + 2] += _restrict(rows[depth], k, columns, scratch, p)
            continue
        count[depth + 1] = _restrict(rows[depth], k, columns, rows[depth + 1], p)
        position[depth + 1] = 0
        control[0] = depth + 1
    return BUDGET
