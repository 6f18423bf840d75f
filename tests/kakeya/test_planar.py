"""Perron trees and exact areas: rationals, a crossing-height sweep, GEOS and Monte Carlo."""

from fractions import Fraction as F
from itertools import combinations, pairwise
from math import pi, sqrt

import numpy as np
import pytest
from relugeom import kakeya
from relugeom.errors import InvalidInputError, UnsupportedError
from relugeom.kakeya import exact_union_area, perron_tree
from relugeom.kakeya._area import union_area_exact, union_area_float
from relugeom.kakeya.planar import perron_area, perron_bound


def sweep_area(pieces):
    """Area by the trapezoid rule between all heights where two edges cross: exact, slow."""
    edges = [(p[0], p[1], *ends) for p in pieces for ends in ((p[2], p[4]), (p[3], p[5]))]

    def at(edge, y):
        y0, y1, x0, x1 = edge
        return x0 + (x1 - x0) * (y - y0) / (y1 - y0)

    heights = {e[0] for e in edges} | {e[1] for e in edges}
    for a, b in combinations(edges, 2):
        low, high = max(a[0], b[0]), min(a[1], b[1])
        if low < high:
            d0, d1 = at(a, low) - at(b, low), at(a, high) - at(b, high)
            if d0 * d1 < 0:
                heights.add(low + (high - low) * d0 / (d0 - d1))
    heights = sorted(heights)
    total = F(0)
    for low, high in pairwise(heights):
        mid = (low + high) / 2  # the length is affine between: the midpoint rule is exact too
        spans = sorted(
            (at((p[0], p[1], p[2], p[4]), mid), at((p[0], p[1], p[3], p[5]), mid))
            for p in pieces
            if p[0] <= low and high <= p[1]
        )
        length, reached = F(0), None
        for left, right in spans:
            if reached is None or left > reached:
                length, reached = length + right - left, right
            elif right > reached:
                length, reached = length + right - reached, right
        total += length * (high - low)
    return total


@pytest.mark.parametrize("k", range(6))
def test_optimal_schedule_keeps_exactly_two_over_k_plus_two(k):
    tree = perron_tree(k)
    assert tree.exact_area / F(1, 2) == F(2, k + 2) == perron_bound(k)
    assert tree.ratio == pytest.approx(perron_area(2**k), rel=1e-15)
    assert "exact" in tree.area_method
    if k <= 4:
        assert sweep_area(tree.pieces) == tree.exact_area


@pytest.mark.parametrize("k", range(7, 11))
def test_large_trees_in_float64(k):
    tree = perron_tree(k)
    assert tree.exact_area is None
    assert "float64" in tree.area_method
    assert len(tree.pieces) == 2**k
    assert abs(tree.ratio - 2 / (k + 2)) < 1e-12


@pytest.mark.parametrize(
    ("k", "alpha", "ratio"),
    [
        (2, F(7, 10), F(2501, 5000)),
        (3, F(3, 4), F(833, 2048)),
        (4, F(4, 5), F(136497, 390625)),
        (1, F(3, 4), 3 * F(3, 4) ** 2 - 4 * F(3, 4) + 2),
        (4, 1, F(1)),
    ],
)
def test_constant_schedules(k, alpha, ratio):
    tree = perron_tree(k, alpha)
    assert tree.exact_area * 2 == ratio
    assert perron_tree(k, float(alpha)).exact_area == tree.exact_area
    assert perron_tree(k, [alpha] * k, exact=False).ratio == pytest.approx(float(ratio), rel=1e-13)


def test_published_area_of_a_deep_tree():
    """k = 9, alpha = 0.85 on the equilateral triangle of height 1."""
    assert round(perron_tree(9, 0.85).ratio / sqrt(3), 6) == 0.118599


def test_translation_keeps_every_triangle():
    for piece in perron_tree(4).pieces:
        assert piece.area == F(1, 32)
        assert (piece.y0, piece.y1, piece.right0 - piece.left0) == (0, 1, F(1, 16))


@pytest.mark.parametrize("k", [3, 6])
def test_area_against_geos(k):
    tree = perron_tree(k, 0.8)
    assert tree.polygon.area == pytest.approx(tree.area, abs=1e-12)


def test_area_against_monte_carlo():
    tree = perron_tree(5)
    table = np.array([[float(v) for v in p] for p in tree.pieces])
    rng = np.random.default_rng(11)
    low, high = table[:, 2:].min(), table[:, 2:].max()
    m = 200_000
    x, y = rng.uniform(low, high, m), rng.uniform(0, 1, m)
    hit = np.zeros(m, dtype=bool)
    for _, _, left0, right0, left1, right1 in table:
        hit |= (x >= left0 + y * (left1 - left0)) & (x <= right0 + y * (right1 - right0))
    p = hit.mean()
    sigma = np.sqrt(p * (1 - p) / m) * (high - low)
    assert abs(p * (high - low) - tree.area) < 4 * sigma


def random_pieces(rng, n, aligned):
    pieces = []
    for _ in range(n):
        y0, y1 = (0, 6) if aligned else sorted(rng.choice(7, 2, replace=False))
        a, b = sorted(rng.integers(0, 12, 2)), sorted(rng.integers(0, 12, 2))
        pieces.append(tuple(F(int(v)) for v in (y0, y1, *a, *b)))
    return pieces


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_union_area_of_random_trapezoids(seed, aligned):
    """Small integer coordinates: many touching, equal and degenerate edges."""
    pieces = random_pieces(np.random.default_rng(seed), 7, aligned)
    pieces.append(pieces[0])
    exact = exact_union_area(pieces)
    assert exact == sweep_area(pieces)
    assert union_area_float([*map(kakeya.planar.Trapezoid._make, pieces)], block=3) == (
        pytest.approx(float(exact), abs=1e-12)
    )


def test_union_area_by_hand():
    square = (0, 1, 0, 1, 0, 1)
    assert exact_union_area([]) == 0
    assert exact_union_area([square, square, square]) == 1
    assert exact_union_area([square, (0, 1, 1, 2, 1, 2)]) == 2  # touching
    assert exact_union_area([square, (1, 2, 0, 1, 0, 1)]) == 2  # stacked
    cross = [(0, 1, 0, 0, 1, 1), (0, 1, 0, 1, 0, 1)]
    assert exact_union_area(cross) == 1
    assert exact_union_area([(0, 1, 0, 1, 2, 3), (0, 1, 2, 3, 0, 1)]) == F(7, 4)


def test_kahane_levels():
    """Trapezoids joining -C to 2C, C the quarter Cantor set: areas 1/2, 23/60."""
    points = [F(0), F(1, 4)]
    # level 0: one piece; level 1: four pieces from each left end -c to each 2c'
    level0 = [(F(0), F(1), F(-1, 3), F(0), F(0), F(2, 3))]
    assert exact_union_area(level0) == F(1, 2)
    size = F(1, 12)  # diameter of C is 1/3, of its parts 1/12
    level1 = [(F(0), F(1), -c - size, -c, 2 * e, 2 * e + 2 * size) for c in points for e in points]
    assert exact_union_area(level1) == F(23, 60) == sweep_area(level1)


def test_deltoid_and_pal():
    deltoid, pal = kakeya.deltoid(48), kakeya.pal_triangle()
    assert deltoid.area == pytest.approx(0.39269908169872414, rel=1e-15)
    assert deltoid.polygon.area == pytest.approx(0.394928585666528, rel=1e-12)
    h = 2 * pi / 48
    assert deltoid.polygon.area == pytest.approx(48 / 32 * (4 * np.sin(h) - np.sin(2 * h)))
    assert pal.area == pytest.approx(0.5773502691896258, rel=1e-15)
    assert pal.polygon.area == pytest.approx(pal.area, rel=1e-14)
    with pytest.raises(UnsupportedError, match="pieces"):
        _ = pal.ratio


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: perron_tree(-1), "levels"),
        (lambda: perron_tree(13), "at most"),
        (lambda: perron_tree(1.5), "levels"),
        (lambda: perron_tree(3, [0.8, 0.8]), "one number a level"),
        (lambda: perron_tree(2, 0.5), r"\(1/2, 1\]"),
        (lambda: perron_tree(2, 1.01), r"\(1/2, 1\]"),
        (lambda: perron_tree(2, float("nan")), "schedule"),
        (lambda: perron_tree(1, ["x"]), "schedule"),
        (lambda: exact_union_area([(0, 1, 0, 1)]), r"pieces\[0\]"),
        (lambda: exact_union_area([(0, 0, 0, 1, 0, 1)]), "y0 < y1"),
        (lambda: exact_union_area([(0, 1, 1, 0, 0, 1)]), "left <= right"),
        (lambda: exact_union_area([(0, 1, 0, float("inf"), 0, 1)]), "finite"),
        (lambda: kakeya.deltoid(2), "`n`"),
        (lambda: perron_area(0.5), "n_tubes"),
        (lambda: perron_bound(-2), "levels"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()


def test_union_area_exact_agrees_with_the_public_name():
    pieces = perron_tree(3, 0.77).pieces
    assert union_area_exact(pieces) == exact_union_area(pieces) == sweep_area(pieces)
