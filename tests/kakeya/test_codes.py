"""Known codes against their known sizes, angles and distance distributions."""

from math import acos, pi, radians

import numpy as np
import pytest
from relugeom.kakeya import DirectionSet, caps, codes


@pytest.mark.parametrize("d", [1, 2, 5, 30])
def test_simplex_has_equal_angles_and_meets_rankins_bound(d):
    points = codes.simplex(d)
    gram = points.vectors @ points.vectors.T
    np.testing.assert_allclose(gram - np.eye(d + 1), (np.eye(d + 1) - 1) / d, atol=1e-14)
    assert len(points) == d + 1
    if d > 1:
        assert caps.packing_bounds(d, acos(-1 / d))[1] == pytest.approx(d + 1)
        assert len(points.packing(acos(-1 / d) - 1e-9)) == d + 1


@pytest.mark.parametrize(
    ("code", "theta", "size"),
    [
        (codes.cross_polytope(7), pi / 2, 14),
        (codes.icosahedron(), np.arctan(2), 12),
        (codes.e8(), radians(60), 240),
    ],
)
def test_packing_at_the_least_angle_is_everything(code, theta, size):
    assert len(code) == size
    assert code.min_angle() == pytest.approx(theta, abs=1e-14)
    assert len(code.packing(theta - 1e-9)) == size
    assert len(code.packing(theta + 1e-9)) < size
    lower, upper = caps.packing_bounds(code.dim, theta - 1e-9)
    assert lower <= size <= upper * (1 + 1e-6)


def test_golay_code_is_linear_with_distance_eight():
    code = codes.golay()
    weights, counts = np.unique(code.sum(axis=1), return_counts=True)
    assert weights.tolist() == [0, 8, 12, 16, 24]
    assert counts.tolist() == [1, 759, 2576, 759, 1]
    words = code @ (1 << np.arange(24))
    held = set(words.tolist())
    rng = np.random.default_rng(0)
    assert len(held) == 4096
    assert all(int(a ^ b) in held for a, b in rng.choice(words, (3000, 2)))


def test_leech_inner_products():
    """From every minimal vector: 1, 4600, 47104, 93150, ... others at cosine 1, 1/2, 1/4, 0."""
    rows = codes.leech_integers()
    assert rows.shape == (196560, 24)
    assert len(np.unique(rows, axis=0)) == 196560
    assert (np.sum(rows**2, axis=1) == 32).all()
    rng = np.random.default_rng(1)
    some = np.concatenate([[0, 97151, 97152, 195455, 195456, 196559], rng.integers(0, 196560, 34)])
    products = rows[some].astype(float) @ rows.T.astype(float)
    for row in products:
        values, counts = np.unique(row, return_counts=True)
        assert values.tolist() == [-32, -16, -8, 0, 8, 16, 32]
        assert counts.tolist() == [1, 4600, 47104, 93150, 47104, 4600, 1]


def test_leech_is_a_packing_at_sixty_degrees():
    """The kissing number lies in the bounds; of a sample of its lines all pairs are checked."""
    rows = codes.leech_integers()
    first = rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)]
    lines = rows[first > 0].astype(float)
    assert len(lines) == 98280
    rng = np.random.default_rng(2)
    some = DirectionSet(lines[rng.choice(98280, 5000, replace=False)])
    assert some.min_angle() == pytest.approx(pi / 3, abs=1e-12)
    few = DirectionSet(some.vectors[:600])
    assert len(few.packing(pi / 3 - 1e-9)) == 600
    lower, upper = caps.packing_bounds(24, pi / 3)
    assert lower == pytest.approx(183, rel=5e-3)
    assert upper == pytest.approx(8.94e7, rel=5e-3)
    assert lower <= len(rows) <= upper


def test_min_angle_of_close_and_equal_directions():
    fan = [[1, 0], [np.cos(1e-9), np.sin(1e-9)], [0, 1]]
    assert DirectionSet(fan).min_angle() == pytest.approx(1e-9, rel=1e-12)
    assert DirectionSet([[1, 0], [-1, 1e-10]]).min_angle() == pytest.approx(1e-10, rel=1e-9)
    assert DirectionSet([[1, 0], [-1, 1e-10]], False).min_angle() == pytest.approx(pi)
    assert DirectionSet([[1, 2], [2, 4]]).min_angle() == pytest.approx(0, abs=1e-15)
    assert DirectionSet([[1, 2]]).min_angle() == np.inf
