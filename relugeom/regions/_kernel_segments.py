"""One layer of a network on segments: where its neurons change sign, piece after piece.

On a piece of a segment the layer's pre-activations are affine in t. They are kept by their values
at t = 0 and their slopes on every piece. Where a neuron changes sign, the slope of the activations
changes in that coordinate alone: so the next layer's slopes follow from those just before.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .._check import FloatArray, IntArray, SignArray
from .._jit import jit

Entry = TypeVar("Entry", bound=np.generic)


@jit
def _longer(array: NDArray[Entry]) -> NDArray[Entry]:
    grown = np.empty(2 * len(array), array.dtype)
    grown[: len(array)] = array
    return grown


@jit
def cross(
    start: IntArray, left: FloatArray, value: FloatArray, slope: FloatArray, zero: FloatArray,
    rectified: IntArray, leak: FloatArray, same: float, sign: SignArray, largest: FloatArray,
) -> tuple[IntArray, FloatArray, IntArray, SignArray, IntArray, IntArray, IntArray]:  # fmt: skip
    """Find where coordinates change sign, and cut the pieces there.

    Segment i has the pieces ``start[i]`` to ``start[i + 1] - 1``, which begin at ``left``. Its
    pre-activations are ``value[i]`` at t = 0, and values up to ``zero[i]`` vanish; ``slope`` has a
    row for each piece. The coordinates ``rectified`` are neurons, the others are passed through.
    ``sign[p]`` receives the neurons' signs at the beginning of each piece, and ``largest[i]`` the
    largest size of every activation.

    Returns the changes (segment, t, neuron, sign beyond) and the new pieces: the old piece ``of``
    which each is a part, and the changes ``low`` to ``high - 1`` in which it differs from the new
    piece before, none for the first part of an old one.
    """
    pieces, n = slope.shape
    room = 4 * pieces + 64
    segment, place = np.empty(room, np.int64), np.empty(room)
    neuron, after = np.empty(room, np.int64), np.empty(room, np.int8)
    of, low, high = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    found, parts = 0, 0
    here, there, last = np.empty(n), np.empty(n), np.zeros(n, np.int8)
    root, owner = np.empty(n), np.empty(n, np.int64)
    for i in range(len(start) - 1):
        for k in range(n):
            here[k] = value[i, k] if abs(value[i, k]) > zero[i, k] else 0.0
            largest[i, k] = abs(here[k] if here[k] > 0.0 else leak[k] * here[k])
        for p in range(start[i], start[i + 1]):
            right = left[p + 1] if p + 1 < start[i + 1] else 1.0
            width = right - left[p]
            while found + 2 * n > len(place):
                segment, place = _longer(segment), _longer(place)
                neuron, after = _longer(neuron), _longer(after)
            while parts + n + 1 > len(of):
                of, low, high = _longer(of), _longer(low), _longer(high)
            for k in range(n):
                value_there = here[k] + width * slope[p, k]
                there[k] = value_there if abs(value_there) > zero[i, k] else 0.0
                size = there[k] if there[k] > 0.0 else -leak[k] * there[k]
                largest[i, k] = max(largest[i, k], abs(size))
            roots = 0
            for j in range(len(rectified)):
                k = rectified[j]
                a, b = here[k], there[k]
                s = np.sign(b) if a == 0.0 else np.sign(a)
                sign[p, j] = s
                if s != last[j] and p > start[i]:
                    segment[found], place[found], neuron[found], after[found] = i, left[p], j, s
                    found += 1
                last[j] = s
                if a * b < 0.0:
                    t = left[p] + a / (a - b) * width
                    slot = roots
                    while slot > 0 and root[slot - 1] > t:
                        root[slot], owner[slot] = root[slot - 1], owner[slot - 1]
                        slot -= 1
                    root[slot], owner[slot], last[j] = t, j, -s
                    roots += 1
            here, there = there, here
            of[parts], low[parts], high[parts] = p, found, found
            parts += 1
            for r in range(roots):
                if r == 0 or root[r] - root[r - 1] > same:
                    of[parts], low[parts] = p, found
                    parts += 1
                segment[found], place[found] = i, root[r]
                neuron[found], after[found] = owner[r], last[owner[r]]
                found += 1
                high[parts - 1] = found
    return (
        segment[:found], place[:found], neuron[:found], after[:found],
        of[:parts], low[:parts], high[:parts],
    )  # fmt: skip


@jit
def carry(
    of: IntArray, low: IntArray, high: IntArray, coordinate: IntArray, growth: FloatArray,
    slope: FloatArray, columns: FloatArray, following: FloatArray,
) -> None:  # fmt: skip
    """Fill in the next layer's slopes on the pieces that differ from the piece before.

    In the change c, the activation's slope in ``coordinate[c]`` grows by ``growth[c]`` times the
    pre-activation's, ``slope``, on the old piece; ``columns[k]`` are the weights on coordinate k.
    """
    for r in range(len(of)):
        if low[r] == high[r]:
            continue
        for m in range(following.shape[1]):
            following[r, m] = following[r - 1, m]
        for c in range(low[r], high[r]):
            k = coordinate[c]
            amount = growth[c] * slope[of[r], k]
            for m in range(following.shape[1]):
                following[r, m] += amount * columns[k, m]


@jit
def carry_sparse(
    of: IntArray, low: IntArray, high: IntArray, coordinate: IntArray, growth: FloatArray,
    slope: FloatArray, indptr: NDArray[np.int32], indices: NDArray[np.int32], data: FloatArray,
    following: FloatArray,
) -> None:  # fmt: skip
    """Do as `carry`; the weights on coordinate k are sparse."""
    for r in range(len(of)):
        if low[r] == high[r]:
            continue
        for m in range(following.shape[1]):
            following[r, m] = following[r - 1, m]
        for c in range(low[r], high[r]):
            k = coordinate[c]
            amount = growth[c] * slope[of[r], k]
            for e in range(indptr[k], indptr[k + 1]):
                following[r, indices[e]] += amount * data[e]
