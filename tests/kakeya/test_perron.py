"""Perron trees: exact areas against a crossing-height sweep, GEOS and Monte Carlo."""

from fractions import Fraction as F
from math import sqrt

import numpy as np
import pytest
from relugeom.errors import InvalidInputError
from relugeom.kakeya import exact_union_area, perron_tree
from relugeom.kakeya.perron import perron_area, perron_bound, perron_lower

from crossing_heights import sweep_area


@pytest.mark.parametrize("k", range(6))
def test_optimal_schedule_keeps_exactly_two_over_k_plus_two(k):
    tree = perron_tree(k)
    assert tree.exact_area / F(1, 2) == F(2, k + 2) == perron_bound(k)
    assert tree.ratio == pytest.approx(perron_area(2**k), rel=1e-15)
    assert "exact" in tree.area_method
    if k <= 4:
        assert sweep_area(tree.pieces) == tree.exact_area


@pytest.mark.parametrize("k", [7, 10, 11])
def test_large_trees_in_float64(k):
    tree = perron_tree(k, exact=False)
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


def test_a_thousand_triangles_in_rationals():
    tree = perron_tree(10)
    assert tree.exact_area == F(1, 12)
    assert perron_tree(11).exact_area is None


def test_a_schedule_that_beats_the_default_one():
    """Found by differential evolution; ears overlap, so the bound 2/(k + 2) is no minimum."""
    tree = perron_tree(4, [0.724, 0.911, 0.598, 0.843])
    assert tree.ratio == pytest.approx(0.33235395908230103, rel=1e-14)
    assert tree.exact_area * 2 < F(1, 3)


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
        (lambda: perron_area(0.5), "n_tubes"),
        (lambda: perron_bound(-2), "levels"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()


def test_no_translation_of_the_triangles_goes_below_the_lower_bound():
    rng = np.random.default_rng(0)
    pieces = perron_tree(4, 1).pieces
    for spread in (0.01, 0.1, 0.3, 1):
        moved = []
        for p in pieces:
            shift = F(rng.uniform(-spread, spread))
            moved.append((p.y0, p.y1, *(x + shift for x in p[2:])))
        assert exact_union_area(moved) * 2 >= perron_lower(4)
    for k in range(11):
        assert perron_lower(k) <= 2 / (k + 2) + 1e-15
    assert perron_lower(0) == 1
    assert perron_lower(22) * 4 * np.log(2**22) == pytest.approx(1, rel=0.15)


@pytest.mark.parametrize("r", [1, 2, 5])
def test_largest_overlap_of_two_triangles(r):
    """1 / (N (r + 2)), over all displacements."""
    pieces = perron_tree(3, 1).pieces
    a, b = pieces[0], pieces[r]
    overlaps = []
    for shift in np.linspace(-1.5, 0.5, 801):
        moved = (b.y0, b.y1, *(x + F(shift) for x in b[2:]))
        overlaps.append(float(F(1, 8) - exact_union_area([a, moved])))
    assert max(overlaps) <= 1 / (8 * (r + 2)) + 1e-15
    assert max(overlaps) == pytest.approx(1 / (8 * (r + 2)), rel=2e-3)


def test_what_a_tree_says_of_itself():
    tree = perron_tree(3)
    assert tree.slopes == ((F(-1, 2), F(1, 2)),)
    assert tree.closed_form == pytest.approx(1 / 5) == pytest.approx(tree.area)
    assert perron_tree(3, [0.6, 0.7, 0.8]).closed_form is None
    assert perron_tree(2, [0.7, 0.7]).exact_area == F(2501, 5000) / 2  # 0.7 is 7/10


@pytest.mark.parametrize("k", [1, 2, 5])
def test_lower_bound_by_pairs(k):
    """Cauchy-Schwarz over all pairs, two triangles r apart overlapping in at most 1/(N(r + 2))."""
    n = 2**k
    pairs = n / (2 * n) + sum(
        1 / (n * (abs(i - j) + 2)) for i in range(n) for j in range(n) if i != j
    )
    assert perron_lower(k) == pytest.approx((1 / 2) ** 2 / pairs / (1 / 2))
