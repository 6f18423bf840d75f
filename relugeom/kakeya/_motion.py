"""The motion of a needle as turns about a point of it and slides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._check import FloatArray
    from .planar import Motion

TAIL, MIDDLE, HEAD = 0.0, 0.5, 1.0


class Move(NamedTuple):
    """A turn about, or a slide of, the point at the fraction ``anchor`` of the needle.

    The point moves from ``start`` to ``stop`` and the angle from ``turn[0]`` to ``turn[1]``, both
    at constant speed.
    """

    start: FloatArray
    stop: FloatArray
    turn: tuple[float, float]
    anchor: float = TAIL


def along(angle: float) -> FloatArray:
    """Return the unit vector at this angle from the x-axis."""
    return np.array([np.cos(angle), np.sin(angle)])


def motion(moves: Sequence[Move]) -> Motion:
    """Return the motion of a unit needle; time passes as it turns, and stands while it slides."""
    start, stop = (np.array([m[i] for m in moves], dtype=np.float64) for i in (0, 1))
    turn = np.array([m.turn for m in moves])
    anchor = np.array([m.anchor for m in moves])
    weight = np.abs(turn[:, 1] - turn[:, 0])
    moving = np.flatnonzero(weight > 0)
    ends = np.cumsum(weight[moving])

    def at(times: FloatArray) -> FloatArray:
        passed = np.asarray(times) * ends[-1]
        which = np.searchsorted(ends, passed).clip(max=len(ends) - 1)
        move = moving[which]
        share = ((passed - ends[which]) / weight[move] + 1.0).clip(0.0, 1.0)
        done = passed >= ends[-1]  # after the last slide too
        move, share = np.where(done, len(moves) - 1, move), np.where(done, 1.0, share)
        point = start[move] + share[:, None] * (stop - start)[move]
        angle = turn[move, 0] + share * (turn[move, 1] - turn[move, 0])
        direction = np.column_stack([np.cos(angle), np.sin(angle)])
        tail = point - anchor[move, None] * direction
        return np.stack([tail, tail + direction], axis=1)

    return at
