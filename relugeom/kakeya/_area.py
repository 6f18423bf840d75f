"""The area of a union of trapezoids, from its boundary: exactly, or in float64.

On a horizontal line a trapezoid is an interval ``[left, right]``. A left end is on the boundary of
the union where no other interval covers it, and "interval j covers this end" is two affine
inequalities in y, so the exposed part of an edge is a union of at most n + 1 segments. The area is
the integral of x dy over the exposed right edges minus that over the exposed left edges. Each
decision is antisymmetric in the two edges it compares, so ties and near ties are settled alike
from both sides, and no crossing heights of pairs have to be sorted together.
"""

from __future__ import annotations

from fractions import Fraction
from operator import lt
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._check import BoolArray, FloatArray, IntArray


class Trapezoid(NamedTuple):
    """The points ``(x, y)``, ``y0 <= y <= y1``, between two straight edges.

    ``left0`` and ``right0`` are the ends at height y0, ``left1`` and ``right1`` those at y1.
    """

    y0: Fraction
    y1: Fraction
    left0: Fraction
    right0: Fraction
    left1: Fraction
    right1: Fraction

    @property
    def area(self) -> Fraction:
        """Exact area."""
        return (self.y1 - self.y0) * (self.right0 - self.left0 + self.right1 - self.left1) / 2


def union_area_exact(pieces: Sequence[Trapezoid]) -> Fraction:
    """Return the exact area of the union.

    Float64 with error bounds first tells which pieces can matter to an edge; rational numbers
    decide among those. Cost O(n^2) float operations, and rational ones on a few pieces an edge.
    """
    lines = [(_line(p, p.left0, p.left1), _line(p, p.right0, p.right1)) for p in pieces]
    area = Fraction(0)
    for i, (near_left, near_right) in enumerate(_near(pieces, lines)):
        piece, (left, right) = pieces[i], lines[i]
        # left end i is covered where left_j <= left_i <= right_j (equal lines: the first wins)
        covers_left = [
            _where(
                _shared(piece, pieces[j]),
                (left, lines[j][0], i < j),
                (lines[j][1], left, False),
            )
            for j in near_left
        ]
        covers_right = [
            _where(
                _shared(piece, pieces[j]),
                (lines[j][1], right, i < j),
                (right, lines[j][0], False),
            )
            for j in near_right
        ]
        area += _exposed(right, piece, covers_right) - _exposed(left, piece, covers_left)
    return area


_TINY = Fraction(1, 2**200)
_Line = tuple[Fraction, Fraction]
_Span = tuple[Fraction, Fraction]
_Spans: TypeAlias = "tuple[FloatArray, FloatArray]"
_Spans2: TypeAlias = "tuple[_Spans, _Spans]"


def _line(piece: Trapezoid, x0: Fraction, x1: Fraction) -> _Line:
    slope = (x1 - x0) / (piece.y1 - piece.y0)
    return x0 - slope * piece.y0, slope


def _shared(piece: Trapezoid, other: Trapezoid) -> _Span:
    return max(piece.y0, other.y0), min(piece.y1, other.y1)


def _where(span: _Span, *tests: tuple[_Line, _Line, bool]) -> _Span | None:
    """Return the heights in ``span`` where upper >= lower for every (upper, lower, strict)."""
    low, high = span
    for upper, lower, strict in tests:
        c, s = upper[0] - lower[0], upper[1] - lower[1]
        if s == 0:
            if c < 0 or (strict and c == 0):
                return None
        elif s > 0:
            low = max(low, -c / s)
        else:
            high = min(high, -c / s)
        if low >= high:
            return None
    return low, high


def _exposed(line: _Line, piece: Trapezoid, covers: list[_Span | None]) -> Fraction:
    """Return the integral of the edge over the heights of the piece that no cover contains."""
    total, reached = Fraction(0), piece.y0
    for low, high in [*sorted(c for c in covers if c is not None), (piece.y1, piece.y1)]:
        if low > reached:
            total += (low - reached) * (line[0] + line[1] * (low + reached) / 2)
        reached = max(reached, high)
    return total


def union_area_float(pieces: Sequence[Trapezoid], block: int = 128) -> float:
    """Return the area of the union in float64; all edges of a block of pieces at once."""
    table = np.array([[float(v) for v in p] for p in pieces])
    y0, y1, left0, right0, left1, right1 = table.T
    left = _affine(y0, y1, left0, left1)
    right = _affine(y0, y1, right0, right1)
    area = 0.0
    for start in range(0, len(table), block):
        rows = np.arange(start, min(start + block, len(table)))
        low = np.maximum(y0[rows, None], y0)
        high = np.minimum(y1[rows, None], y1)
        high[np.arange(len(rows)), rows] = -np.inf
        first = rows[:, None] < np.arange(len(table))
        for edge, lower, upper, sign in ((left, left, right, -1.0), (right, right, left, 1.0)):
            # sign turns "right end covered" into the mirror image of "left end covered"
            a = -sign * (edge[:, rows, None] - lower[:, None, :])
            b = -sign * (upper[:, None, :] - edge[:, rows, None])
            start_at, end_at = _clip(a, low, high, first)
            start_at, end_at = _clip(b, start_at, end_at, np.zeros_like(first))
            area += sign * _integral(edge[:, rows], y0[rows], y1[rows], start_at, end_at)
    return float(area)


def _near(
    pieces: Sequence[Trapezoid], lines: Sequence[tuple[_Line, _Line]], block: int = 128
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield, a piece, the others whose covers of its left and its right edge can matter.

    A cover that surely lies in the union of those that are kept is left out, and so is one that is
    surely empty.
    """
    n = len(pieces)
    if not _fit_float64(pieces):
        for i in range(n):
            others = [j for j in range(n) if j != i and lt(*_shared(pieces[i], pieces[j]))]
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


def _clip_surely(above: FloatArray, below: FloatArray, sure: _Spans, possible: _Spans) -> _Spans2:
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


def _affine(y0: FloatArray, y1: FloatArray, x0: FloatArray, x1: FloatArray) -> FloatArray:
    slope = (x1 - x0) / (y1 - y0)
    return np.stack([x0 - slope * y0, slope])


def _clip(
    line: FloatArray, low: FloatArray, high: FloatArray, strict: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Restrict the spans [low, high] to the heights where the affine function is >= 0."""
    c, s = line
    with np.errstate(divide="ignore", invalid="ignore"):
        root = -c / s
    low = np.where(s > 0, np.maximum(low, root), low)
    high = np.where(s < 0, np.minimum(high, root), high)
    never = (s == 0) & ((c < 0) | ((c == 0) & strict))
    return low, np.where(never, -np.inf, high)


def _integral(
    line: FloatArray, y0: FloatArray, y1: FloatArray, low: FloatArray, high: FloatArray
) -> float:
    """Return the integral of the lines over the heights in [y0, y1] outside every span."""
    end = y1[:, None]
    empty = low >= high
    low = np.where(empty, end, low)
    high = np.where(empty, end, high)
    order = np.argsort(low, axis=1)
    low = np.take_along_axis(low, order, axis=1)
    high = np.take_along_axis(high, order, axis=1)
    gap_end = np.concatenate([low, end], axis=1)
    reached = np.maximum.accumulate(np.concatenate([y0[:, None], high], axis=1), axis=1)
    width = np.maximum(gap_end - reached, 0.0)
    middle = 0.5 * (gap_end + reached)
    return float(np.sum(width * (line[0][:, None] + line[1][:, None] * middle)))
