"""Planar tubes as shapely sees them, and directions by their angles."""

import numpy as np
import shapely


def lines(angles):
    return np.column_stack([np.cos(angles), np.sin(angles)])


def rectangles(family):
    u, c, h = family.directions, family.centres, family.delta
    v = np.column_stack([-u[:, 1], u[:, 0]])
    corners = [c + a * u + b * h * v for a, b in ((0.5, 1), (-0.5, 1), (-0.5, -1), (0.5, -1))]
    return shapely.polygons(np.stack(corners, axis=1))
