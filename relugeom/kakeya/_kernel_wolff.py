"""Convex bodies and slabs that hold many tubes: subsets in the plane, boxes and slabs anywhere."""

from __future__ import annotations

import numpy as np

from .._check import BoolArray, FloatArray, IntArray
from .._jit import jit


@jit
def best_subset(
    corners: FloatArray, owner: IntArray, n: int, area: float, members: BoolArray
) -> float:
    """Maximise ``size * area / |hull|`` over all nonempty sets of planar tubes.

    ``corners`` are sorted by x, then y, and ``owner`` tells whose they are. The hull of each set is
    made by Andrew's monotone chain.
    """
    m = len(corners)
    stack = np.empty(m + 1, np.int64)
    chosen = np.empty(m, np.int64)
    best, winner = 0.0, 0
    for mask in range(1, 1 << n):
        size = 0
        for i in range(n):
            size += mask >> i & 1
        count = 0
        for p in range(m):
            if mask >> owner[p] & 1:
                chosen[count] = p
                count += 1
        double = 0.0
        for side in range(2):
            top = 0
            for step in range(count):
                p = chosen[step] if side == 0 else chosen[count - 1 - step]
                while top >= 2:
                    a, b = stack[top - 2], stack[top - 1]
                    turn = (corners[b, 0] - corners[a, 0]) * (corners[p, 1] - corners[a, 1])
                    turn -= (corners[b, 1] - corners[a, 1]) * (corners[p, 0] - corners[a, 0])
                    if turn > 0.0:
                        break
                    top -= 1
                stack[top] = p
                top += 1
            for step in range(1, top):
                a, b = stack[step - 1], stack[step]
                double += corners[a, 0] * corners[b, 1] - corners[b, 0] * corners[a, 1]
        ratio = size * area / (0.5 * double)
        if ratio > best:
            best, winner = ratio, mask
    for i in range(n):
        members[i] = winner >> i & 1
    return best


@jit
def grow_box(
    directions: FloatArray, centres: FloatArray, delta: float, volume: float, seed: int,
    frame: FloatArray, alive: BoolArray, members: BoolArray, low: FloatArray, high: FloatArray,
) -> float:  # fmt: skip
    """Maximise ``size * volume / |box|`` over boxes grown from a seed along the axes of a frame.

    The box takes in, one after another, the tube that enlarges it least. Fills the members and the
    extents of the best one.
    """
    n, d = directions.shape
    start, end = np.empty((n, d)), np.empty((n, d))
    waiting = np.empty(n, np.int64)
    bottom, top = np.empty(d), np.empty(d)
    outside = 0
    for i in range(n):
        members[i] = False
        if not alive[i]:
            continue
        for k in range(d):
            at, along = 0.0, 0.0
            for c in range(d):
                at += centres[i, c] * frame[k, c]
                along += directions[i, c] * frame[k, c]
            reach = 0.5 * abs(along) + delta * np.sqrt(max(1.0 - along * along, 0.0))
            start[i, k] = at - reach
            end[i, k] = at + reach
        if i != seed:
            waiting[outside] = i
            outside += 1
    left = outside + 1
    for k in range(d):
        bottom[k] = start[seed, k]
        top[k] = end[seed, k]
    best, taken = 0.0, 0
    order = np.empty(n, np.int64)  # tubes in the order in which they came in
    order[0], size = seed, 1
    while True:
        # take what is inside already, and find the tube that would enlarge the box least
        least, nearest, p = np.inf, -1, 0
        while p < outside:
            i = waiting[p]
            product, held = 1.0, True
            for k in range(d):
                below, above = start[i, k], end[i, k]
                if below < bottom[k] - 1e-12 or above > top[k] + 1e-12:
                    held = False
                product *= max(above, top[k]) - min(below, bottom[k])
            if held:
                order[size] = i
                size += 1
                outside -= 1
                waiting[p] = waiting[outside]
            else:
                if product < least:
                    least, nearest = product, p
                p += 1
        product = 1.0
        for k in range(d):
            product *= top[k] - bottom[k]
        ratio = size * volume / product
        if ratio > best * (1.0 + 1e-12):
            best, taken = ratio, size
            for k in range(d):
                low[k], high[k] = bottom[k], top[k]
        if nearest < 0 or left * volume <= best * product:
            break  # nothing left to take in, or all of it would not be dense enough
        i = waiting[nearest]
        for k in range(d):
            bottom[k] = min(bottom[k], start[i, k])
            top[k] = max(top[k], end[i, k])
        order[size] = i
        size += 1
        outside -= 1
        waiting[nearest] = waiting[outside]
    for p in range(taken):
        members[order[p]] = True
    return best


@jit
def grow_boxes(
    directions: FloatArray, centres: FloatArray, delta: float, volume: float, seeds: IntArray,
    frames: FloatArray, alive: BoolArray, densities: FloatArray,
) -> None:  # fmt: skip
    """Fill the density of the best box grown in each frame."""
    n, d = directions.shape
    members = np.empty(n, np.bool_)
    low, high = np.empty(d), np.empty(d)
    for f in range(len(frames)):
        densities[f] = grow_box(
            directions, centres, delta, volume, seeds[f], frames[f], alive, members, low, high
        )


@jit
def best_slab(
    low: FloatArray, high: FloatArray, low_measure: FloatArray, high_measure: FloatArray,
    ends: FloatArray,
) -> tuple[float, int]:  # fmt: skip
    """Maximise the number of intervals inside [a, b] over the measure between, for each row.

    ``high`` and its measure are sorted in each row, ``low`` goes with them. Returns the best ratio
    and its row, and fills a and b.
    """
    rows, n = low.shape
    best, winner = 0.0, -1
    for r in range(rows):
        for i in range(n):
            a = low[r, i]
            count = 0
            for j in range(n):
                if low[r, j] >= a:
                    count += 1
                    measure = high_measure[r, j] - low_measure[r, i]
                    if measure > 0.0 and count > best * measure:
                        best, winner = count / measure, r
                        ends[0], ends[1] = a, high[r, j]
    return best, winner
