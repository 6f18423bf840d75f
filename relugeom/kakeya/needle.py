"""Pál joins, and a set of small area in which a unit needle can be turned round."""

from __future__ import annotations

from math import atan, atan2, ceil, cos, hypot, pi, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np

from .._check import frozen, number, positive_int
from ..errors import InvalidInputError
from . import _convex
from ._area import union_area_float
from ._motion import HEAD, TAIL, Move, along, motion
from .perron import perron_tree
from .planar import PlanarSet

if TYPE_CHECKING:
    from .._check import FloatArray

_MAX_LEVELS = 8
_ARC = 0.1
#: Where the three trees of `needle_set` are centred, in heights of a tree above its base: near the
#: place of least area.
_CENTRE = 0.25


def pal_join(distance: float, reach: float) -> PlanarSet:
    """Return the set that a unit needle sweeps on its way to a parallel line.

    From the line y = 0 to y = ``distance``: turn about an end by ``arctan(distance / reach)``,
    slide until that end is on the other line, turn back. The two sectors have that area together;
    segments have none. (Pál's join.)

    Parameters
    ----------
    distance : float
        Between the lines, positive.
    reach : float
        Length of the way along the lines, positive, with ``distance^2 + reach^2 >= 1`` so that the
        sectors do not overlap.

    Returns
    -------
    PlanarSet
        Its ``parts`` are polygons around the sectors.

    Raises
    ------
    InvalidInputError
        If the two sectors would overlap.

    Examples
    --------
    >>> round(pal_join(0.5, 10).area, 12)
    0.049958395722
    """
    distance, reach = number("distance", distance, "(0, inf)"), number("reach", reach, "(0, inf)")
    if hypot(distance, reach) < 1.0:
        raise InvalidInputError(
            f"`reach` must be such that distance^2 + reach^2 >= 1; got {reach} for {distance}"
        )
    angle = atan2(distance, reach)
    ends = np.zeros(2), np.array([reach, distance])
    moves = [
        Move(ends[0], ends[0], (0.0, angle), TAIL),
        Move(ends[0], ends[1], (angle, angle), TAIL),
        Move(ends[1], ends[1], (angle, 0.0), TAIL),
    ]
    return PlanarSet(
        "Pál join", angle, "closed form", closed_form=angle,
        polygons=frozen(np.stack([_sector(p, 0.0, angle) for p in ends])), motion=motion(moves),
    )  # fmt: skip


def needle_set(levels: int = 5, reach: float = 100.0) -> PlanarSet:
    """Return a set in which a unit needle can be moved continuously until it is turned by 180°.

    Three Perron trees of 2^levels triangles each, of height 1 and with an angle of 60° at the
    apex, turned by 60° against one another about one point. In each triangle the needle turns
    about the apex. Then a Pál join takes it to the next triangle, whose edge is parallel: it turns
    back a little inside the triangle, slides ``reach`` away, and turns forward on the other line.
    The last join takes it back to where it started, head and tail exchanged.

    Parameters
    ----------
    levels : int
        From 0 to 8.
    reach : float
        Of the joins, from 1 to 10^6: the area of the joins is at most the sum of
        ``arctan(distance / reach)``.

    Returns
    -------
    PlanarSet
        ``parts`` are the triangles and polygons around the sectors of the joins. The segments
        along which the needle slides belong to the set too; they have no area. ``area`` is that
        of the union of the parts.

    Examples
    --------
    >>> trees = needle_set(4)
    >>> trees.area < 0.5, trees.contains_segments(0.02).contained
    (True, True)
    """
    k = positive_int("levels", levels, minimum=0, maximum=_MAX_LEVELS)
    reach = number("reach", reach, "[1, 1e6]")
    triangles = _three_trees(k)
    moves: list[Move] = []
    sectors: list[FloatArray] = []
    last = pi / 3.0
    for here, after in zip(triangles, [*triangles[1:], None], strict=True):
        apex, start = here[2], last
        last = atan2(*(apex - here[1])[::-1]) % (2.0 * pi)
        moves.append(Move(apex, apex, (start, last), HEAD))
        # home is where the needle started, turned round
        target = triangles[0][2] - along(pi / 3.0) if after is None else after[2]
        swept, join = _join(apex, target, last, reach)
        sectors += swept
        moves += join
    parts = _convex.stack([*triangles, *sectors])
    return PlanarSet(
        f"needle set, three trees of {k} levels",
        union_area_float(_convex.trapezoids(parts)),
        "float64 boundary integral",
        triangle_area=float(_convex.areas(parts).sum()),
        polygons=frozen(parts),
        motion=motion(moves),
    )


def _three_trees(levels: int) -> FloatArray:
    """Return triangles (left and right end of the base, apex) in the order of their directions."""
    tree = perron_tree(levels, exact=False)
    x = np.array([[float(v) for v in (p.left0, p.right0, p.left1)] for p in tree.pieces])
    y = np.broadcast_to([0.0, 0.0, 1.0], x.shape)
    middle = 0.5 * (x.min() + x.max())
    shape = np.stack([(x - middle) * 2.0 / sqrt(3.0), y - _CENTRE], axis=-1)
    turned = []
    for angle in (0.0, pi / 3.0, 2.0 * pi / 3.0):
        turned.append(shape @ np.array([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]]))
    return np.concatenate(turned)


def _join(
    head: FloatArray, target: FloatArray, angle: float, reach: float
) -> tuple[list[FloatArray], list[Move]]:
    """Return the sectors and the moves that take the head to the target, at the same angle."""
    ahead = along(angle)
    distance = float((target - head) @ np.array([-ahead[1], ahead[0]]))
    bend = -atan(abs(distance) / reach)
    if bend > -1e-12:
        return [], [Move(head, target, (angle, angle), HEAD)]
    far = head + distance / sin(bend) * along(angle + bend)
    moves = [
        Move(head, head, (angle, angle + bend), HEAD),
        Move(head, far, (angle + bend, angle + bend), HEAD),
        Move(far, far, (angle + bend, angle), HEAD),
        Move(far, target, (angle, angle), HEAD),
    ]
    swept = [_sector(p, angle + bend + pi, angle + pi) for p in (head, far)]
    return swept, moves


def _sector(centre: FloatArray, start: float, stop: float) -> FloatArray:
    """Return a polygon around the sector of radius 1 between two angles."""
    n = ceil((stop - start) / _ARC)
    step = (stop - start) / n
    t = np.concatenate([[start], start + step * (np.arange(n) + 0.5), [stop]])
    radius = np.concatenate([[1.0], np.full(n, 1.0 / cos(0.5 * step)), [1.0]])
    arc = centre + radius[:, None] * np.column_stack([np.cos(t), np.sin(t)])
    return np.concatenate([centre[None], arc])
