"""Exact areas of unions of trapezoids, against a sweep of crossing heights."""

from fractions import Fraction as F

import numpy as np
import pytest
from relugeom.kakeya import exact_union_area, perron_tree
from relugeom.kakeya._area import Trapezoid, union_area_exact, union_area_float

from crossing_heights import sweep_area


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
    assert union_area_float([*map(Trapezoid._make, pieces)], block=3) == (
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


def test_union_area_exact_agrees_with_the_public_name():
    pieces = perron_tree(3, 0.77).pieces
    assert union_area_exact(pieces) == exact_union_area(pieces) == sweep_area(pieces)


@pytest.mark.parametrize("seed", range(10))
def test_edges_that_float64_cannot_tell_apart(seed):
    """Heights and ends that differ by less than rounding: rational numbers must decide."""
    rng = np.random.default_rng(seed)
    tiny = F(1, 10**19)

    def near(value):
        return F(int(value)) + tiny * int(rng.integers(-3, 4))

    pieces = []
    for _ in range(7):
        y = near(0), near(1)
        if seed % 2:
            y = F(0), F(1)
        a, b = (sorted(near(v) for v in rng.integers(0, 4, 2)) for _ in y)
        pieces.append((*y, *a, *b))
    assert exact_union_area(pieces) == sweep_area(pieces)


@pytest.mark.parametrize("scale", [F(10) ** 400, F(1, 10**400)])
def test_sizes_beyond_float64(scale):
    pieces = [tuple(v * scale for v in p) for p in perron_tree(3, 0.8).pieces]
    assert exact_union_area(pieces) == perron_tree(3, 0.8).exact_area * scale**2


def test_pieces_at_many_heights():
    rng = np.random.default_rng(5)
    pieces = []
    for _ in range(40):
        y, a, b = (sorted(F(int(v), 97) for v in rng.integers(0, 97, 2)) for _ in range(3))
        if y[0] < y[1]:
            pieces.append((*y, *a, *b))
    exact = exact_union_area(pieces)
    assert exact == sweep_area(pieces)
    assert union_area_float([*map(Trapezoid._make, pieces)]) == pytest.approx(
        float(exact), abs=1e-12
    )
