"""Largest balls in polytopes, against scipy's linear programs."""

from itertools import pairwise

import numpy as np
import pytest
from relugeom.regions._kernel_ball import largest_balls
from scipy.optimize import linprog


@pytest.mark.parametrize("d", [1, 2, 3, 6])
@pytest.mark.parametrize("whole", [False, True])
def test_radii_and_centres(d, whole):
    """Polytopes and unbounded polyhedra of many sizes; whole numbers give ties."""
    rng = np.random.default_rng([d, whole])
    sizes = rng.integers(1, 6 * d, 30)
    start = np.append(0, np.cumsum(sizes))
    G = rng.standard_normal((start[-1], d))
    if whole:
        G = np.rint(2 * G) + np.eye(d)[0] * 0.5
    G /= np.linalg.norm(G, axis=1, keepdims=True)
    points = rng.standard_normal((len(sizes), d))
    h = rng.uniform(0.01, 1, start[-1]) + (G * np.repeat(points, sizes, axis=0)).sum(axis=1)
    centres, radii, sure = np.empty((30, d)), np.empty(30), np.zeros(30, bool)
    largest_balls(start, G, h, points, 2.0, 1e-12, centres, radii, sure)
    assert sure.all()
    for k, (low, high) in enumerate(pairwise(start)):
        wanted = linprog(
            [0.0] * d + [-1.0], np.column_stack([G, np.ones(start[-1])])[low:high], h[low:high],
            bounds=[(None, None)] * d + [(None, 2.0)],
        )  # fmt: skip
        assert radii[k] == pytest.approx(-wanted.fun, rel=1e-8)
        assert (G[low:high] @ centres[k] + radii[k] <= h[low:high] + 1e-11).all()
