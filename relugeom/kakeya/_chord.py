"""The longest segment of a given direction in a simple polygon that need not be convex."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._check import FloatArray

_TOUCH = 1e-9


def longest_chord(outline: FloatArray, direction: FloatArray) -> float:
    """Return the length of the longest segment along a unit vector in a closed polygon.

    Between two neighbouring vertices (in offset) a chord's length is affine in the offset, so the
    longest one is a limit of chords at a vertex, from one side or both. Chords that come within
    1e-9 of one another, relative to the size, count as one.
    """
    offset = outline @ np.array([-direction[1], direction[0]])
    height = outline @ direction
    height = height - height.min()
    reach = float(height.max()) * 2.0 + 1.0
    tail, head = offset, np.roll(offset, -1)
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    with np.errstate(divide="ignore", invalid="ignore"):
        steep = (np.roll(height, -1) - height) / (head - tail)
    spans = []
    at = np.unique(offset)[:, None]
    for side, crosses in ((1.0, (low <= at) & (at < high)), (-1.0, (low < at) & (at <= high))):
        row, edge = np.nonzero(crosses)
        y = height[edge] + (at[row, 0] - tail[edge]) * steep[edge]
        # beside the vertex, edges that meet in it lie in the order of their slopes
        order = np.lexsort((side * steep[edge], y.round(12), row))
        row, y = row[order], y[order]
        spans.append(np.column_stack([row[::2], y[::2], y[1::2]]))
    row, start, end = np.concatenate(spans).T
    start, end = np.minimum(start, end) + row * reach, np.maximum(start, end) + row * reach
    order = np.argsort(start)
    start, end = start[order], np.maximum.accumulate(end[order])
    opens = np.concatenate([[True], start[1:] > end[:-1] + _TOUCH * reach])
    closes = np.concatenate([opens[1:], [True]])
    return float(np.max(end[closes] - start[opens]))
