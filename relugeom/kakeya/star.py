"""Stars of circular arcs in which a needle can be turned, smaller than the deltoid."""

from __future__ import annotations

from math import asin, cos, pi, sin, sqrt, tan
from typing import TYPE_CHECKING

import numpy as np

from .._check import frozen, positive_int
from ..errors import InvalidInputError
from .planar import PlanarSet

if TYPE_CHECKING:
    from .._check import FloatArray
    from .planar import Motion

_MAX_SPIKES, _MAX_VERTICES = 999, 10**6


def kakeya_star(spikes: int = 11, n: int = 720) -> PlanarSet:
    """Return a star of circular arcs in which a unit needle can be turned.

    The tips lie at equal angles around a centre O, an odd number N of them. A circle touches the
    lines from O to two tips as far from one another as can be, in the tips: its arc between them
    passes O. The set is the star between the N arcs. The needle rolls along one arc after another,
    always on a tangent, and turns by pi/N on each. With ``h = pi/(2 N)`` and tips at distance 1,
    the circles have radius ``r = cot h``, the tangent at the angle t from a tip reaches

        ``l(t) = 4 r sin(t/2) (cos(t/2) - sqrt(cos(t) / 2))``

    beyond the point where it touches, on the side of that tip, and ``l(2h - t)`` on the other.
    With c = cos(t) that is ``2 r (sqrt(1 - c^2) - sqrt(c - c^2))``, convex in t up to pi/3, so that
    both together are least at t = h, and the needle has this length, ``L = 2 l(h)``. The valleys
    are at distance ``v = 3 - 4 sin(h)^2 - 2 sqrt(2) cos(h) sqrt(cos(2h))``, and the area is

        ``N (v sin(2h) - r^2 (b - sin(b))) / L^2``, ``b = 2 arcsin(sqrt(2) sin(h)) - 2h``.

    As N grows it falls to ``(5 - 2 sqrt(2)) pi/24``, the limit of the stars of M. Bloom and of
    Cunningham & Schoenberg (On the Kakeya constant, Canad. J. Math. 17, 1965). The arcs and the
    formulas are our own derivation: only the limit is compared with theirs.

    Parameters
    ----------
    spikes : int
        Number N of tips, odd, from 3 to 999. From 5 on the area is below the deltoid's.
    n : int
        Vertices of ``outline``, a polygon around the set through points of the arcs; rounded up to
        a multiple of 2 N.

    Returns
    -------
    PlanarSet

    Raises
    ------
    InvalidInputError
        If the number of tips is even, or out of its range.

    Examples
    --------
    >>> round(kakeya_star(5).area, 12), round(kakeya_star(999).area, 6)
    (0.316801669577, 0.284259)
    """
    spikes = positive_int("spikes", spikes, minimum=3, maximum=_MAX_SPIKES)
    if spikes % 2 == 0:
        raise InvalidInputError(f"`spikes` must be odd; got {spikes}")
    n = positive_int("n", n, minimum=3, maximum=_MAX_VERTICES)
    h = pi / (2 * spikes)
    radius = 1.0 / tan(h)
    bend = 2.0 * (asin(sqrt(2.0) * sin(h)) - h)
    valley = 3.0 - 4.0 * sin(h) ** 2 - 2.0 * sqrt(2.0) * cos(h) * sqrt(cos(2.0 * h))
    needle = 2.0 * float(_beyond(np.array(h), radius))
    area = spikes * (valley * sin(2.0 * h) - radius**2 * (bend - sin(bend))) / needle**2
    side = _touch(np.linspace(bend, 0.0, -(-n // (2 * spikes)) + 1), radius)
    spike = np.concatenate([side, side[-2:0:-1] * [1.0, -1.0]]) / needle
    tips = np.linspace(0.0, 2.0 * pi, spikes, endpoint=False)
    outline = _rotated(spike[None], tips).reshape(-1, 2)
    return PlanarSet(
        f"Kakeya star, {spikes} tips", area, "closed form", closed_form=area,
        outline=frozen(outline), motion=_rolling(spikes, radius, needle),
    )  # fmt: skip


def _touch(turn: FloatArray, radius: float) -> FloatArray:
    """Return where the circle below the tip (1, 0) touches its tangents at these angles."""
    return np.stack([1.0 - radius * np.sin(turn), radius * (np.cos(turn) - 1.0)], axis=-1)


def _beyond(turn: FloatArray, radius: float) -> FloatArray:
    """Return how far those tangents reach, past the point of touch, to the arc across the spike."""
    half = 0.5 * turn
    reach: FloatArray = 4.0 * radius * np.sin(half) * (np.cos(half) - np.sqrt(0.5 * np.cos(turn)))
    return reach


def _rotated(points: FloatArray, angle: FloatArray) -> FloatArray:
    """Return points, shape (m, k, 2), each of the m rows rotated by its angle about 0."""
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([c * x - s * y, s * x + c * y], axis=-1)


def _rolling(spikes: int, radius: float, needle: float) -> Motion:
    """Return the motion along the arcs; the ends share the room that there is in front of them."""
    step = pi / spikes

    def at(times: FloatArray) -> FloatArray:
        passed = np.asarray(times) * spikes
        arc = np.floor(passed).clip(max=spikes - 1)
        turn = (passed - arc) * step
        ahead, behind = _beyond(turn, radius), _beyond(step - turn, radius)
        share = (ahead / (ahead + behind))[:, None]
        direction = np.column_stack([np.cos(turn), np.sin(turn)])
        head = _touch(turn, radius) / needle + share * direction
        ends = _rotated(np.stack([head - direction, head], axis=1), arc * (pi + step))
        ends[arc % 2 == 1] = ends[arc % 2 == 1, ::-1]
        return ends

    return at
