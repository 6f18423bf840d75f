"""Tubes of length 1: points in them, distances of their axes, and areas in the plane."""

from __future__ import annotations

import numpy as np

from .._check import FloatArray, IntArray
from .._jit import jit


@jit
def count_tubes(
    points: FloatArray, directions: FloatArray, centres: FloatArray, delta: float, slack: float,
    counts: IntArray,
) -> None:  # fmt: skip
    """Count the tubes that hold each point, with ``slack`` at their surface."""
    n, d = directions.shape
    side = (delta + slack) * (delta + slack)
    for p in range(len(points)):
        total = 0
        for i in range(n):
            along, square = 0.0, 0.0
            for k in range(d):
                x = points[p, k] - centres[i, k]
                along += x * directions[i, k]
                square += x * x
            if abs(along) <= 0.5 + slack and square - along * along <= side:
                total += 1
        counts[p] = total


@jit
def axis_distances(
    directions: FloatArray, centres: FloatArray, distance: FloatArray, at: FloatArray
) -> None:
    """Fill the distances of all pairs of axes, and the middle of each shortest connection.

    Closest points of two segments (Ericson 2005, section 5.1.9).
    """
    n, d = directions.shape
    for i in range(n):
        distance[i, i] = 0.0
        at[i, i] = centres[i]
        for j in range(i):
            b, e, f = 0.0, 0.0, 0.0
            for k in range(d):
                r = centres[i, k] - centres[j, k]
                b += directions[i, k] * directions[j, k]
                e += directions[i, k] * r
                f += directions[j, k] * r
            s, t = 0.0, 0.0
            if 1.0 - b * b > 1e-14:
                s = min(max((b * f - e) / (1.0 - b * b), -0.5), 0.5)
            else:
                # parallel: the middle of what they share, or the nearest ends
                middle = 0.5 * min(abs(e), 1.0)
                s = -middle if e > 0 else middle
            t = b * s + f
            if t < -0.5 or t > 0.5:
                t = min(max(t, -0.5), 0.5)
                s = min(max(b * t - e, -0.5), 0.5)
            square = 0.0
            for k in range(d):
                p = centres[i, k] + s * directions[i, k]
                q = centres[j, k] + t * directions[j, k]
                square += (p - q) * (p - q)
                at[i, j, k] = 0.5 * (p + q)
                at[j, i, k] = at[i, j, k]
            distance[i, j] = np.sqrt(square)
            distance[j, i] = distance[i, j]


@jit
def overlap_areas(
    directions: FloatArray, centres: FloatArray, delta: float, areas: FloatArray
) -> None:
    """Fill the areas of the pairwise intersections of planar tubes, by clipping rectangles."""
    n = len(directions)
    now, then = np.empty((16, 2)), np.empty((16, 2))
    for i in range(n):
        areas[i, i] = 2.0 * delta
        for j in range(i):
            # tube j in the frame of tube i, which is the box |x| <= 1/2, |y| <= delta
            m = 4
            for k in range(4):
                along = 0.5 if k == 0 or k == 3 else -0.5
                across = delta if k < 2 else -delta
                x = centres[j, 0] - centres[i, 0] + along * directions[j, 0]
                x -= across * directions[j, 1]
                y = centres[j, 1] - centres[i, 1] + along * directions[j, 1]
                y += across * directions[j, 0]
                now[k, 0] = x * directions[i, 0] + y * directions[i, 1]
                now[k, 1] = y * directions[i, 0] - x * directions[i, 1]
            for side in range(4):
                axis = side % 2
                sign = 1.0 if side < 2 else -1.0
                limit = 0.5 if axis == 0 else delta
                kept = 0
                for k in range(m):
                    before = k - 1 if k > 0 else m - 1
                    u = limit - sign * now[before, axis]
                    v = limit - sign * now[k, axis]
                    if (u < 0.0) != (v < 0.0):
                        share = u / (u - v)
                        for c in range(2):
                            then[kept, c] = now[before, c] + share * (now[k, c] - now[before, c])
                        kept += 1
                    if v >= 0.0:
                        then[kept, 0] = now[k, 0]
                        then[kept, 1] = now[k, 1]
                        kept += 1
                m = kept
                for k in range(m):
                    now[k, 0] = then[k, 0]
                    now[k, 1] = then[k, 1]
            double = 0.0
            for k in range(m):
                before = k - 1 if k > 0 else m - 1
                double += now[before, 0] * now[k, 1] - now[k, 0] * now[before, 1]
            areas[i, j] = 0.5 * abs(double)
            areas[j, i] = areas[i, j]


@jit
def corners_of(
    directions: FloatArray, centres: FloatArray, delta: float, corners: FloatArray
) -> None:
    """Fill the corners of planar tubes, counterclockwise."""
    for i in range(len(directions)):
        for k in range(4):
            along = 0.5 if k == 0 or k == 3 else -0.5
            across = delta if k < 2 else -delta
            corners[i, k, 0] = centres[i, 0] + along * directions[i, 0] - across * directions[i, 1]
            corners[i, k, 1] = centres[i, 1] + along * directions[i, 1] + across * directions[i, 0]


@jit
def union_area(directions: FloatArray, centres: FloatArray, delta: float) -> float:
    """Return the area of the union of planar tubes, by Green's theorem on its boundary.

    An edge of a tube is on the boundary where no other tube covers it; where two edges lie on each
    other, facing the same way, the last one counts.
    """
    n = len(directions)
    corners = np.empty((n, 4, 2))
    corners_of(directions, centres, delta, corners)
    low, high = np.empty(n), np.empty(n)
    total = 0.0
    for i in range(n):
        for k in range(4):
            p, q = corners[i, k], corners[i, (k + 1) % 4]
            dx, dy = q[0] - p[0], q[1] - p[1]
            size = np.sqrt(dx * dx + dy * dy)
            m = 0
            for j in range(n):
                if j == i:
                    continue
                u0, u1 = directions[j, 0], directions[j, 1]
                rx, ry = p[0] - centres[j, 0], p[1] - centres[j, 1]
                start, end = 0.0, 1.0
                for axis in range(2):
                    at = rx * u0 + ry * u1 if axis == 0 else ry * u0 - rx * u1
                    step = dx * u0 + dy * u1 if axis == 0 else dy * u0 - dx * u1
                    limit = 0.5 if axis == 0 else delta
                    if abs(step) <= 1e-13 * size:
                        gap = limit - abs(at)
                        if abs(gap) <= 1e-13:
                            # outward is (dy, -dx); the side of j here faces the sign of `at`
                            outward = dy * u0 - dx * u1 if axis == 0 else -dx * u0 - dy * u1
                            if (outward > 0.0) == (at > 0.0) and j > i:
                                end = -1.0
                        elif gap < 0.0:
                            end = -1.0
                    else:
                        one, two = (-limit - at) / step, (limit - at) / step
                        start = max(start, min(one, two))
                        end = min(end, max(one, two))
                if start < end:
                    low[m], high[m] = start, end
                    m += 1
            order = np.argsort(low[:m])
            reached = 0.0
            for slot in range(m + 1):
                begin = low[order[slot]] if slot < m else 1.0
                if begin > reached:
                    x0, y0 = p[0] + reached * dx, p[1] + reached * dy
                    x1, y1 = p[0] + begin * dx, p[1] + begin * dy
                    total += 0.5 * (x0 * y1 - x1 * y0)
                if slot < m:
                    reached = max(reached, high[order[slot]])
    return total


@jit
def deepest_corner(
    directions: FloatArray, centres: FloatArray, delta: float, slack: float, best: FloatArray
) -> int:
    """Find a point of the plane in most tubes, among corners and crossings of edges."""
    n = len(directions)
    corners = np.empty((n, 4, 2))
    corners_of(directions, centres, delta, corners)
    point, count = np.empty((1, 2)), np.empty(1, np.int64)
    most = 0
    for i in range(n):
        for k in range(4):
            point[0] = corners[i, k]
            count_tubes(point, directions, centres, delta, slack, count)
            if count[0] > most:
                most = count[0]
                best[:] = point[0]
            p, q = corners[i, k], corners[i, (k + 1) % 4]
            ax, ay = q[0] - p[0], q[1] - p[1]
            for j in range(i):
                for m in range(4):
                    r, s = corners[j, m], corners[j, (m + 1) % 4]
                    bx, by = s[0] - r[0], s[1] - r[1]
                    cross = ax * by - ay * bx
                    if abs(cross) < 1e-14:
                        continue
                    t = ((r[0] - p[0]) * by - (r[1] - p[1]) * bx) / cross
                    w = ((r[0] - p[0]) * ay - (r[1] - p[1]) * ax) / cross
                    if 0.0 <= t <= 1.0 and 0.0 <= w <= 1.0:
                        point[0, 0] = p[0] + t * ax
                        point[0, 1] = p[1] + t * ay
                        count_tubes(point, directions, centres, delta, slack, count)
                        if count[0] > most:
                            most = count[0]
                            best[:] = point[0]
    return most
