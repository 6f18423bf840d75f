"""Which trapezoids can cover an edge of another one: float64 with error bounds, never wrong.

Exact arithmetic decides among the few that are left.
"""

from __future__ import annotations

from fractions import Fraction
from operator import lt
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._check import BoolArray, FloatArray, IntArray
    from ._area import Trapezoid

_Line: TypeAlias = "tuple[Fraction, Fraction]"
_Spans: TypeAlias = "tuple[FloatArray, FloatArray]"
_TINY = Fraction(1, 2**200)


def shared(piece: Trapezoid, other: Trapezoid) -> tuple[Fraction, Fraction]:
    """Return the lowest and the highest height at which both are (the other way round if none)."""
    return max(piece.y0, other.y0), min(piece.y1, other.y1)


def near(
    pieces: Sequence[Trapezoid], lines: Sequence[tuple[_Line, _Line]], block: int = 128
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield, a piece, the others whose covers of its left and its right edge can matter.

    A cover that surely lies in the union of those that are kept is left out, and so is one that is
    surely empty.
    """
    n = len(pieces)
    if not _fit_float64(pieces):
        for i in range(n):
            others = [j for j in range(n) if j != i and lt(*shared(pieces[i], pieces[j]))]
            yield np.array(others, dtype=np.int64), np.array(others, dtype=np.int64)
        return
    y0, y1 = np.array([(float(p.y0), float(p.y1)) for p in pieces]).reshape(-1, 2).T
    left, right = np.array(
        [[[float(v) for v in line] for line in pair] for pair in lines]
    ).reshape(-1, 2, 2).transpose(1, 2, 0)  # fmt: skip
    for start in range(0, n, block):
        rows = np.arange(start, min(start + block, n))
        low, high = np.maximum(y0[rows, None], y0), np.minimum(y1[rows, None], y1)
        high[np.arange(len(rows)), rows] = -np.inf
        kept = []
        for edge, lower, upper in ((left, left, right), (right, left, right)):
            sure = possible = (low, high)
            for above, below in (
                (edge[:, rows, None], lower[:, None, :]),
                (upper[:, None, :], edge[:, rows, None]),
            ):
                sure, possible = _clip_surely(above, below, sure, possible)
            kept.append(_matter(sure, possible))
        for own_left, own_right in zip(*kept, strict=True):
            yield np.flatnonzero(own_left), np.flatnonzero(own_right)


def _fit_float64(pieces: Sequence[Trapezoid]) -> bool:
    """Tell whether float64 keeps heights apart and numbers away from its limits."""
    heights = {y for p in pieces for y in (p.y0, p.y1)}
    sizes = [abs(v) for p in pieces for v in p if v]
    if sizes and not _TINY < min(sizes) <= max(sizes) < 1 / _TINY:
        return False
    return len({float(y) for y in heights}) == len(heights)


def _clip_surely(
    above: FloatArray, below: FloatArray, sure: _Spans, possible: _Spans
) -> tuple[_Spans, _Spans]:
    """Restrict spans to the heights where above >= below: surely, and possibly.

    Coefficients are correctly rounded, so each difference is known to 4 units of rounding of the
    larger magnitude, and its root to what follows from that.
    """
    unit = 4 * np.finfo(np.float64).eps
    c, s = above - below
    error_c, error_s = unit * np.maximum(np.abs(above), np.abs(below))
    reach = np.maximum(np.abs(possible[0]), np.abs(possible[1]))
    reach[~np.isfinite(reach)] = 0.0
    steep = np.abs(s) > 2 * error_s
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        root = np.where(steep, -c / s, 0.0)
        error = np.where(
            steep, 2 * (error_c + np.abs(root) * error_s) / (np.abs(s) - error_s), 0.0
        ) + unit * (np.abs(root) + reach)
    up, down = steep & (s > 0), steep & (s < 0)
    result = []
    for (low, high), width in ((sure, error), (possible, -error)):
        low = np.where(up, np.maximum(low, root + width), low)
        high = np.where(down, np.minimum(high, root - width), high)
        result.append((low, high))
    # nearly parallel: only a clear sign over the whole span says anything
    size = np.abs(c) + np.abs(s) * reach
    margin = 2 * (error_c + error_s * reach) + unit * size
    clear = ~steep & (np.abs(c) > np.abs(s) * reach + margin)
    sure_high = np.where(~steep & ~(clear & (c > 0)), -np.inf, result[0][1])
    possible_high = np.where(clear & (c < 0), -np.inf, result[1][1])
    return (result[0][0], sure_high), (result[1][0], possible_high)


def _matter(sure: _Spans, possible: _Spans) -> BoolArray:
    """Tell, a row, which spans are needed for the union of all of them."""
    low, high = sure
    low = np.where(low < high, low, np.inf)
    high = np.where(low < high, high, -np.inf)
    order = np.lexsort((-high, low), axis=-1)
    low, high, first, last = (np.take_along_axis(v, order, axis=1) for v in (low, high, *possible))
    reached = np.maximum.accumulate(high, axis=1)
    before = np.concatenate([np.full((len(low), 1), -np.inf), reached[:, :-1]], axis=1)
    chain = np.zeros_like(high, dtype=bool)
    for row, record in enumerate(high > before):
        chain[row, _shortest_chain(low[row], high[row], np.flatnonzero(record))] = True
    # blocks of sure spans that touch: a span lies in the block of its sure part
    opens = low > before
    block_low = np.maximum.accumulate(np.where(opens, low, -np.inf), axis=1)
    closes = np.concatenate([opens[:, 1:], np.ones((len(low), 1), dtype=bool)], axis=1)
    block_high = np.minimum.accumulate(
        np.where(closes, reached, np.inf)[:, ::-1], axis=1
    )[:, ::-1]  # fmt: skip
    inside = (high > low) & (first >= block_low) & (last <= block_high)
    needed = (first < last) & (chain | ~inside)
    result = np.zeros_like(needed)
    np.put_along_axis(result, order, needed, axis=1)
    return result


def _shortest_chain(low: FloatArray, high: FloatArray, records: IntArray) -> list[int]:
    """Return few of the spans, sorted by both ends, that have the union of all."""
    chain: list[int] = []
    reached = best = -np.inf
    last = -1
    for i, start, stop in zip(
        records.tolist(), low[records].tolist(), high[records].tolist(), strict=True
    ):
        if start > reached and best > reached:  # the farthest of those that could follow
            chain.append(last)
            reached = best
        if start > reached:  # a gap
            chain.append(i)
            reached = stop
        last, best = i, stop
    if best > reached:
        chain.append(last)
    return chain
