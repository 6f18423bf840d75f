"""The area of a union of trapezoids, from its boundary: exactly, or in float64.

On a horizontal line a trapezoid is an interval ``[left, right]``. A left end is on the boundary of
the union where no other interval covers it, and "interval j covers this end" is two affine
inequalities in y, so the exposed part of an edge is a union of at most n + 1 segments. The area is
the integral of x dy over the exposed right edges minus that over the exposed left edges. Each
decision is antisymmetric in the two edges it compares, so ties and near ties are settled alike
from both sides, and no crossing heights of pairs have to be sorted together.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import InvalidInputError
from ._near import near, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._check import BoolArray, FloatArray


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


def exact_union_area(pieces: Iterable[Sequence[Any]]) -> Fraction:
    """Return the exact area of a union of trapezoids with horizontal parallel sides.

    Parameters
    ----------
    pieces : iterable of (y0, y1, left0, right0, left1, right1)
        Heights y0 < y1 and the ends at both heights, rationals (`Trapezoid` has these fields); a
        float is taken at its exact binary value. Pieces may lie at different heights.

    Returns
    -------
    Fraction

    Raises
    ------
    InvalidInputError
        If a piece is not six finite numbers, has no height, or its ends are in the wrong order.

    Notes
    -----
    The union's boundary is found edge by edge. Float64 with error bounds tells which pieces can
    matter to an edge, rational numbers decide among those: a second for a thousand triangles.

    Examples
    --------
    >>> square, triangle = (0, 1, 0, 1, 0, 1), (0, 1, 0, 2, 1, 1)
    >>> exact_union_area([square, triangle])
    Fraction(3, 2)
    """
    if not isinstance(pieces, Iterable):
        raise InvalidInputError(f"`pieces` must be a sequence of trapezoids; got {pieces!r}")
    checked = []
    for i, piece in enumerate(pieces):
        try:
            trapezoid = Trapezoid(*(Fraction(v) for v in piece))
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInputError(
                f"`pieces[{i}]` must be six finite numbers, y0, y1, left0, right0, left1, right1; "
                f"got {piece!r}"
            ) from error
        ordered = trapezoid.left0 <= trapezoid.right0 and trapezoid.left1 <= trapezoid.right1
        if not (trapezoid.y0 < trapezoid.y1 and ordered):
            raise InvalidInputError(
                f"`pieces[{i}]` must have y0 < y1 and left <= right at both; got {piece!r}"
            )
        checked.append(trapezoid)
    return union_area_exact(checked)


def union_area_exact(pieces: Sequence[Trapezoid]) -> Fraction:
    """Return the exact area of the union.

    Float64 with error bounds first tells which pieces can matter to an edge; rational numbers
    decide among those. Cost O(n^2) float operations, and rational ones on a few pieces an edge.
    """
    lines = [(_line(p, p.left0, p.left1), _line(p, p.right0, p.right1)) for p in pieces]
    area = Fraction(0)
    for i, (near_left, near_right) in enumerate(near(pieces, lines)):
        piece, (left, right) = pieces[i], lines[i]
        # left end i is covered where left_j <= left_i <= right_j (equal lines: the first wins)
        covers_left = [
            _where(
                shared(piece, pieces[j]),
                (left, lines[j][0], i < j),
                (lines[j][1], left, False),
            )
            for j in near_left
        ]
        covers_right = [
            _where(
                shared(piece, pieces[j]),
                (lines[j][1], right, i < j),
                (right, lines[j][0], False),
            )
            for j in near_right
        ]
        area += _exposed(right, piece, covers_right) - _exposed(left, piece, covers_left)
    return area


_Line = tuple[Fraction, Fraction]
_Span = tuple[Fraction, Fraction]


def _line(piece: Trapezoid, x0: Fraction, x1: Fraction) -> _Line:
    slope = (x1 - x0) / (piece.y1 - piece.y0)
    return x0 - slope * piece.y0, slope


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
