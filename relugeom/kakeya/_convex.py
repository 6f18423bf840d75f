"""Convex polygons in the plane: chords, trapezoids, and the area of their union by sampling.

Polygons are rows of an array of shape (n, v, 2), counterclockwise; one with fewer than v vertices
repeats its last one.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ._area import Trapezoid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._check import FloatArray


def stack(polygons: Sequence[FloatArray]) -> FloatArray:
    """Return polygons of different sizes as one array."""
    most = max(map(len, polygons))
    return np.stack([np.pad(p, ((0, most - len(p)), (0, 0)), mode="edge") for p in polygons])


def corners(pieces: Sequence[Trapezoid]) -> FloatArray:
    """Return trapezoids as polygons of four vertices."""
    rows = [[(p.left0, p.y0), (p.right0, p.y0), (p.right1, p.y1), (p.left1, p.y1)] for p in pieces]
    return np.array(rows, dtype=np.float64).reshape(-1, 4, 2)


def areas(polygons: FloatArray) -> FloatArray:
    """Return the areas by the shoelace formula."""
    x, y = np.moveaxis(polygons - polygons[:, :1], -1, 0)
    double: FloatArray = np.sum(x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y, axis=1)
    return 0.5 * double


def exact_polygon_area(outline: FloatArray) -> Fraction:
    """Return the exact area of a simple polygon by the shoelace formula."""
    points = [(Fraction(float(x)), Fraction(float(y))) for x, y in outline]
    double = sum(p[0] * q[1] - q[0] * p[1] for p, q in pairwise([*points, points[0]]))
    return abs(Fraction(double)) / 2


def longest_chords(polygons: FloatArray, directions: FloatArray) -> FloatArray:
    """Return the length of the longest segment in each direction (rows) and polygon (columns).

    It is the radius of the difference body P - P, whose edges have the normals of P's edges and
    lie at P's widths: the least width over |normal . direction| (unit directions).
    """
    normals = np.roll(polygons, -1, axis=1) - polygons
    normals = normals[..., ::-1] * np.array([1.0, -1.0])
    size = np.linalg.norm(normals, axis=-1)
    heights = np.einsum("pei,pvi->pev", normals, polygons)
    width = heights.max(axis=-1) - heights.min(axis=-1)
    width[size == 0.0] = np.inf
    result = np.empty((len(directions), len(polygons)))
    step = max(1, 2_000_000 // max(1, size.size))
    for start in range(0, len(directions), step):
        part = slice(start, start + step)
        across = np.abs(np.einsum("mi,pei->mpe", directions[part], normals))
        with np.errstate(divide="ignore"):
            result[part] = np.min(width / across, axis=-1)
    return result


def exact_chord(piece: Trapezoid, slope: Fraction) -> Fraction:
    """Return the square of the longest segment along (slope, 1) in a trapezoid, exactly."""
    y0, y1 = piece.y0, piece.y1
    points = [(piece.left0, y0), (piece.right0, y0), (piece.right1, y1), (piece.left1, y1)]
    rise = y1 - y0
    for (px, py), (qx, qy) in pairwise([*points, points[0]]):
        nx, ny = qy - py, px - qx
        across = abs(nx * slope + ny)
        if across:
            width = max(abs(nx * (x - px) + ny * (y - py)) for x, y in points)
            rise = min(rise, width / across)
    return rise * rise * (1 + slope * slope)


def place(polygon: FloatArray, direction: FloatArray, length: float) -> FloatArray:
    """Return the ends of a segment of this length in the middle of the longest one."""
    edge = np.roll(polygon, -1, axis=0) - polygon
    inward = np.column_stack([-edge[:, 1], edge[:, 0]])
    along = inward @ direction
    gap = np.einsum("ei,vei->ve", inward, polygon[:, None] - polygon)  # vertex v above edge e
    gap = np.maximum(gap, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(along == 0.0, np.inf, -gap / along)
    t[(gap <= 1e-14) & (np.abs(along) > 0)] = 0.0
    up = np.min(np.where(along < 0, t, np.inf), axis=1)
    down = np.max(np.where(along > 0, t, -np.inf), axis=1)
    v = int(np.argmax(np.where(np.isfinite(up - down), up - down, -np.inf)))
    middle = polygon[v] + 0.5 * (up[v] + down[v]) * direction
    return np.stack([middle - 0.5 * length * direction, middle + 0.5 * length * direction])


def trapezoids(polygons: FloatArray) -> tuple[Trapezoid, ...]:
    """Cut polygons at the heights of their vertices; floats count at their exact binary value."""
    result = []
    for polygon in polygons:
        points = [(Fraction(float(x)), Fraction(float(y))) for x, y in polygon]
        edges = [(p, q) for p, q in pairwise([*points, points[0]]) if p[1] != q[1]]
        for low, high in pairwise(sorted({y for _, y in points})):
            across = [
                (_at(p, q, low), _at(p, q, high))
                for p, q in edges
                if min(p[1], q[1]) <= low and high <= max(p[1], q[1])
            ]
            (left0, left1), *_, (right0, right1) = sorted(across, key=sum)
            result.append(Trapezoid(low, high, left0, right0, left1, right1))
    return tuple(result)


def _at(p: tuple[Fraction, Fraction], q: tuple[Fraction, Fraction], y: Fraction) -> Fraction:
    return p[0] + (q[0] - p[0]) * (y - p[1]) / (q[1] - p[1])


def sampled_shares(polygons: FloatArray, n_samples: int, rng: np.random.Generator) -> FloatArray:
    """Return 1 over the number of polygons at random points of random polygons.

    A polygon is drawn in proportion to its area, then a point in it. The mean is the area of the
    union over the sum of the areas (Karp, Luby & Madras 1989).
    """
    first = polygons[:, :1]
    fans = np.stack(
        [np.broadcast_to(first, polygons[:, 1:-1].shape), polygons[:, 1:-1], polygons[:, 2:]],
        axis=2,
    ).reshape(-1, 3, 2)
    weight = np.maximum(areas(fans), 0.0)
    drawn = rng.choice(len(fans), n_samples, p=weight / weight.sum())
    a, b, c = np.moveaxis(fans[drawn], 1, 0)
    u, v = rng.random((2, n_samples, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    points = a + u * (b - a) + v * (c - a)
    edge = np.roll(polygons, -1, axis=1) - polygons
    offset = edge[..., 0] * polygons[..., 1] - edge[..., 1] * polygons[..., 0]
    count = np.zeros(n_samples)
    step = max(1, 4_000_000 // edge[..., 0].size)
    for start in range(0, n_samples, step):
        x, y = points[start : start + step].T
        side = (
            edge[..., 0] * y[:, None, None] - edge[..., 1] * x[:, None, None] - offset
        )  # left of the edge where positive
        count[start : start + step] = np.all(side >= 0.0, axis=2).sum(axis=1)
    return 1.0 / np.maximum(count, 1.0)
