"""The classical sets in which a needle can be turned: disc, Reuleaux, Pál's triangle, deltoid."""

from __future__ import annotations

from math import cos, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from .._check import frozen, positive_int
from ._motion import HEAD, MIDDLE, TAIL, Move, along, motion
from .planar import PlanarSet

if TYPE_CHECKING:
    from .._check import FloatArray

_MAX_VERTICES = 10**6


def disc(n: int = 720) -> PlanarSet:
    """Return the disc of diameter 1, area pi/4; the needle turns about its middle.

    Parameters
    ----------
    n : int
        Vertices of ``outline``, a regular polygon around the disc.

    Returns
    -------
    PlanarSet

    Examples
    --------
    >>> round(disc().area, 12)
    0.785398163397
    """
    n = positive_int("n", n, minimum=3, maximum=_MAX_VERTICES)
    t = 2.0 * pi * np.arange(n) / n
    outline = 0.5 / cos(pi / n) * np.column_stack([np.cos(t), np.sin(t)])
    middle = np.zeros(2)
    return _classical("disc", pi / 4.0, outline, [Move(middle, middle, (0.0, pi), MIDDLE)])


def reuleaux_triangle(n: int = 720) -> PlanarSet:
    """Return the Reuleaux triangle of width 1, area (pi - sqrt(3))/2.

    The least area among sets of constant width 1 (Blaschke 1915, Lebesgue 1914). The needle turns
    about the corners, one after another.

    Parameters
    ----------
    n : int
        Tangents that make ``outline``, a polygon around the set; rounded up to a multiple of 3.

    Returns
    -------
    PlanarSet

    Examples
    --------
    >>> round(reuleaux_triangle().area, 12)
    0.70477092301
    """
    n = -(-positive_int("n", n, minimum=3, maximum=_MAX_VERTICES) // 3)
    vertices = _equilateral(1.0)
    step = pi / 3.0 / n
    bend = step * (np.arange(n) + 0.5)
    outline = []
    for k, corner in enumerate(vertices):
        first = np.arctan2(*(vertices[(k + 1) % 3] - corner)[::-1])
        arc = np.column_stack([np.cos(first + bend), np.sin(first + bend)])
        outline += [vertices[(k + 1) % 3], *(corner + arc / cos(step / 2.0))]
    turns = (0.0, pi / 3.0), (pi / 3.0, 2.0 * pi / 3.0), (2.0 * pi / 3.0, pi)
    moves = [
        Move(vertices[0], vertices[0], turns[0], TAIL),
        Move(vertices[2], vertices[2], turns[1], HEAD),
        Move(vertices[1], vertices[1], turns[2], TAIL),
    ]
    return _classical("Reuleaux triangle", (pi - sqrt(3.0)) / 2.0, np.array(outline), moves)


def pal_triangle() -> PlanarSet:
    """Return the equilateral triangle of height 1, area 1/sqrt(3).

    The convex set of least area in which a unit needle can be turned (Pál 1921).

    Returns
    -------
    PlanarSet

    Examples
    --------
    >>> round(pal_triangle().area, 12)
    0.57735026919
    """
    a, b, c = _equilateral(2.0 / sqrt(3.0))
    third = pi / 3.0
    moves = [
        Move(a, a, (0.0, third), TAIL),
        Move(a + along(third), c, (third, third), HEAD),
        Move(c, c, (third, 2.0 * third), HEAD),
        Move(c - along(2.0 * third), b, (2.0 * third, 2.0 * third), TAIL),
        Move(b, b, (2.0 * third, pi), TAIL),
        Move(b - along(0.0), a, (pi, pi), HEAD),
    ]
    return _classical("Pál triangle", 1.0 / sqrt(3.0), np.array([a, b, c]), moves)


def deltoid(n: int = 720) -> PlanarSet:
    """Return the deltoid in which a unit needle can be turned, area pi/8.

    ``x = a (2 cos t + cos 2t)``, ``y = a (2 sin t - sin 2t)`` with a = 1/4: every tangent chord
    has length 4a = 1 (Kakeya 1917). ``area`` is the closed form; ``outline`` is a polygon through
    n points of the curve, whose area for n > 3 is ``n/32 (4 sin h - sin 2h)``, h = 2 pi/n, slightly
    *more* than pi/8 as the arcs are concave.

    Parameters
    ----------
    n : int
        Vertices of the outline, at least 3.

    Returns
    -------
    PlanarSet

    Examples
    --------
    >>> round(deltoid().area, 12)
    0.392699081699
    """
    t = 2.0 * pi * np.arange(positive_int("n", n, minimum=3, maximum=_MAX_VERTICES)) / n

    def tangent_chord(times: FloatArray) -> FloatArray:
        u = 2.0 * pi * np.asarray(times)
        return np.stack([_deltoid_curve(-0.5 * u), _deltoid_curve(pi - 0.5 * u)], axis=1)

    return PlanarSet(
        "deltoid", pi / 8.0, "closed form", closed_form=pi / 8.0,
        outline=frozen(_deltoid_curve(t)), motion=tangent_chord,
    )  # fmt: skip


def _deltoid_curve(t: FloatArray) -> FloatArray:
    return 0.25 * np.column_stack(
        [2.0 * np.cos(t) + np.cos(2.0 * t), 2.0 * np.sin(t) - np.sin(2.0 * t)]
    )


def _equilateral(side: float) -> FloatArray:
    """Return the corners, counterclockwise, of a triangle around 0 with a horizontal base."""
    t = pi * np.array([7.0 / 6.0, 11.0 / 6.0, 1.0 / 2.0])
    return side / sqrt(3.0) * np.column_stack([np.cos(t), np.sin(t)])


def _classical(name: str, area: float, outline: FloatArray, moves: list[Move]) -> PlanarSet:
    return PlanarSet(
        name, area, "closed form", closed_form=area, outline=frozen(outline), motion=motion(moves)
    )
