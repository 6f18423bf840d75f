"""Counting formulas against published values and brute force."""

from itertools import pairwise, product
from math import comb, exp, log

import numpy as np
import pytest
from relugeom.arrangements import counting
from relugeom.errors import InvalidInputError


def lines_recursion(m, d):
    """Regions by the deletion-restriction recursion r(m, d) = r(m-1, d) + r(m-1, d-1)."""
    return 1 if m == 0 or d == 0 else lines_recursion(m - 1, d) + lines_recursion(m - 1, d - 1)


@pytest.mark.parametrize(("m", "d", "n"), [(8, 2, 37), (10, 3, 176), (12, 4, 794), (15, 5, 4944)])
def test_regions_in_general_position(m, d, n):
    assert counting.zaslavsky(m, d) == n == lines_recursion(m, d)
    assert counting.faces(m, d, d) == n


@pytest.mark.parametrize("m", range(7))
@pytest.mark.parametrize("d", range(1, 5))
def test_euler_characteristics_of_the_face_counts(m, d):
    """Faces of R^d: sum (-1)^k f_k = (-1)^d; bounded faces: deletion recursion."""
    assert sum((-1) ** k * counting.faces(m, d, k) for k in range(d + 1)) == (-1) ** d
    if m > d:
        assert counting.bounded(m, d) == counting.bounded(m - 1, d) + comb(m - 2, d - 1)
        # the regions that the sphere at infinity meets are those of the central arrangement
        assert counting.zaslavsky(m, d) - counting.bounded(m, d) == counting.central(m, d)


@pytest.mark.parametrize(("m", "d", "n"), [(4, 2, 8), (5, 3, 22), (6, 3, 32), (7, 4, 84)])
def test_central_regions(m, d, n):
    assert counting.central(m, d) == n


@pytest.mark.parametrize("d", [1, 2, 5])
def test_no_hyperplanes_leave_all_of_space(d):
    assert (counting.zaslavsky(0, d), counting.bounded(0, d), counting.central(0, d)) == (1, 0, 1)
    assert [counting.faces(0, d, k) for k in range(d + 1)] == [0] * d + [1]
    assert counting.parameter_cells(0, d, 3) == counting.parameter_cells(5, d, 0) == 1


@pytest.mark.parametrize(
    ("n0", "widths", "lower", "upper"),
    [
        (2, (4, 6), 2**2 * 22, 11 * 22),
        (1, (3, 5), 3 * 6, 4 * 6),
        (3, (2, 5), 0, 4 * 16),  # two neurons make the input to the next layer a plane
        (3, (5, 2), 4, 26 * 4),
    ],
)
def test_bounds_of_unequal_layers_by_hand(n0, widths, lower, upper):
    assert counting.montufar_lower(n0, widths) == lower
    assert counting.montufar_upper(n0, widths) == upper


@pytest.mark.parametrize(
    ("n0", "widths", "lower", "upper"),
    [(2, (4, 4), 44, 121), (2, (8, 8, 8), 9472, 50653), (1, (3, 3, 3), 36, 64), (2, (5,), 16, 16)],
)
def test_network_bounds(n0, widths, lower, upper):
    assert counting.montufar_lower(n0, widths) == lower
    assert counting.serra_upper(n0, widths) == upper
    assert lower <= upper <= counting.montufar_upper(n0, widths)


@pytest.mark.parametrize("widths", [(3,), (2, 5), (4, 1, 3), (1, 2, 2, 2)])
@pytest.mark.parametrize("n0", [1, 2, 3])
def test_serra_bound_by_direct_sum(n0, widths):
    total = 0
    for js in product(*(range(n + 1) for n in widths)):
        cap = n0
        for n, j in zip(widths, js, strict=True):
            if j > min(cap, n):
                break
            cap = min(cap, n - j)
        else:
            total += int(np.prod([comb(n, j) for n, j in zip(widths, js, strict=True)]))
    assert counting.serra_upper(n0, widths) == total
    if n0 == 1 and min(widths) > 1:
        assert total == np.prod([n + 1 for n in widths])


@pytest.mark.parametrize(("n", "d", "h", "cells"), [(4, 1, 2, 64), (3, 2, 2, 64), (4, 2, 2, 196)])
def test_parameter_cells(n, d, h, cells):
    assert counting.parameter_cells(n, d, h) == cells
    rng = np.random.default_rng(5)
    X = np.column_stack([rng.standard_normal((n, d)), np.ones(n)])
    masks = np.unique(X @ rng.standard_normal((d + 1, 60_000)) > 0, axis=1).shape[1]
    assert masks**h == cells


def test_without_bias_the_dimension_drops():
    assert counting.parameter_cells(6, 3, 1, bias=False) == counting.central(6, 3) == 32


def test_warren_and_growth():
    assert warren_exceeds_count(10, 3)
    # fewer polynomials than variables
    assert counting.log_warren(4, 7, 9) == pytest.approx(4 * log(2))
    exact = log(2) + 5 * log(2 * exp(1) * 100 * 2 / 5)
    assert counting.log_warren(100, 2, 5) == pytest.approx(exact, rel=1e-14)


def warren_exceeds_count(m, w):
    return counting.log_warren(m, 1, w) >= log(counting.zaslavsky(m, w))


@pytest.mark.parametrize(("sizes", "largest"), [((2, 8, 1), 476), ((2, 16, 16, 16, 1), 18360)])
def test_growth_function_gives_the_known_vc_bound(sizes, largest):
    """The largest m with 2^m <= prod 2(2 e m k_i i / W_i)^W_i, without the trivial cap."""

    def formula(m):
        total, params = 0.0, 0
        for layer, (a, k) in enumerate(pairwise(sizes), start=1):
            params += k * (a + 1)
            total += log(2) + params * (1 + log(2 * m * k * layer / params))
        return total

    assert formula(largest) >= largest * log(2)
    assert formula(largest + 1) < (largest + 1) * log(2)
    # far beyond that the library's bound is the formula; before it the trivial cap may be smaller
    n = 100 * largest
    assert counting.log_growth(n, sizes[0], sizes[1:]) == pytest.approx(formula(n), rel=1e-13)
    assert counting.log_growth(largest, sizes[0], sizes[1:]) <= formula(largest) + 1e-9


def test_hanin_rolnick():
    assert counting.log_hanin_rolnick(12, 3, 2.0) == pytest.approx(log((2.0 * 12) ** 3 / 6))
    assert counting.log_hanin_rolnick(2, 3, 2.0) == pytest.approx(2 * log(2))


@pytest.mark.parametrize(
    "call",
    [
        lambda: counting.zaslavsky(-1, 2),
        lambda: counting.faces(3, 2, 3),
        lambda: counting.serra_upper(2, ()),
        lambda: counting.serra_upper(2, (3, 0)),
        lambda: counting.montufar_lower(0, (3,)),
        lambda: counting.log_warren(3, 1, 0),
        lambda: counting.log_hanin_rolnick(3, 2, -1.0),
    ],
)
def test_bad_input(call):
    with pytest.raises(InvalidInputError, match="must"):
        call()
