"""Counting without enumerating: named families, a slow oracle, and the engines."""

from fractions import Fraction
from itertools import combinations
from math import comb, factorial

import numpy as np
import pytest
import relugeom as rg
from relugeom.arrangements import characteristic, families
from relugeom.arrangements.counting import bounded, central, zaslavsky

NAMED = [
    (families.braid(6), factorial(6)),
    (families.shi(6), 7**5),
    (families.shi(4, extension=2), 729),
    (families.catalan(5), 5040),
    (families.linial(6), 2104),
    (families.type_b(5), 2**5 * factorial(5)),
    (families.type_d(5), 2**4 * factorial(5)),
    (families.resonance(5), 11292),
    (families.resonance(6), 1066044),
    (families.threshold(4), 1882),
    (families.threshold(5), 94572),
    (families.generic(15, 5, 0), zaslavsky(15, 5)),
    (families.generic(7, 1, 0), 8),
]


@pytest.mark.parametrize(("arrangement", "regions"), NAMED)
def test_named_families(arrangement, regions):
    assert arrangement.n_regions() == regions


def test_generic_whitney_numbers_are_binomials():
    rng = np.random.default_rng(0)
    affine = rg.HyperplaneArrangement(rng.standard_normal((11, 4)), rng.standard_normal(11))
    assert affine.betti_numbers() == [comb(11, j) for j in range(5)]
    assert affine.n_bounded_regions() == bounded(11, 4)
    through_0 = rg.HyperplaneArrangement(affine.normals)
    assert through_0.n_regions() == central(11, 4)
    assert through_0.n_bounded_regions() == 0


@pytest.mark.parametrize(("n", "count"), [(3, 1), (4, 4), (5, 26), (6, 212), (7, 2108)])
def test_bounded_regions_of_the_linial_arrangement(n, count):
    assert families.linial(n).n_bounded_regions() == count


def rank_and_solvable(rows):
    """Rank of the normals, and whether the hyperplanes meet, in fractions."""
    rows = [[Fraction(v) for v in row] for row in rows]
    rank = 0
    for c in range(len(rows[0]) - 1):
        pivot = next((r for r in range(rank, len(rows)) if rows[r][c]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for r in range(len(rows)):
            if r != rank and rows[r][c]:
                f = rows[r][c] / rows[rank][c]
                rows[r] = [a - f * b for a, b in zip(rows[r], rows[rank], strict=True)]
        rank += 1
    return rank, not any(row[-1] for row in rows[rank:])


def oracle(normals, offsets):
    """Whitney's theorem: chi(t) is the sum of (-1)^|B| t^(d - rank B) over central subsets B."""
    rows = np.column_stack([normals, offsets]).astype(int).tolist()
    d = normals.shape[1]
    seen, distinct = set(), []
    for row in rows:
        if not any(row[:-1]):
            continue
        lead = next(v for v in row if v)
        key = tuple(Fraction(v, lead) for v in row)
        if key not in seen:
            seen.add(key)
            distinct.append(row)
    chi = [0] * (d + 1)
    for size in range(len(distinct) + 1):
        for subset in combinations(distinct, size):
            rank, meets = rank_and_solvable(subset) if subset else (0, True)
            if meets:
                chi[rank] += (-1) ** size
    return chi


@pytest.mark.parametrize("seed", range(25))
def test_small_integer_arrangements_against_whitney(seed):
    """Parallel, repeated and zero rows, lineality, central ones."""
    rng = np.random.default_rng(seed)
    d, m = int(rng.integers(1, 5)), int(rng.integers(1, 9))
    normals = rng.integers(-1, 2, (m, d))
    offsets = rng.integers(-1, 2, m) * (seed % 3 > 0)
    arrangement = rg.HyperplaneArrangement(normals, offsets)
    chi = oracle(normals, offsets)
    assert arrangement.characteristic_polynomial() == chi
    assert arrangement.n_regions() == rg.count_regions(arrangement)
    assert arrangement.n_bounded_regions() == abs(sum(chi))


def test_bounded_regions_are_those_that_the_engine_finds_bounded():
    rng = np.random.default_rng(3)
    arrangement = rg.HyperplaneArrangement(rng.integers(-2, 3, (8, 2)), rng.integers(-2, 3, 8))
    regions = rg.enumerate_regions(arrangement)
    assert sum(region.bounded for region in regions) == arrangement.n_bounded_regions() > 0


def test_more_than_64_hyperplanes_and_large_coordinates():
    rng = np.random.default_rng(1)
    lines = rng.integers(-(10**9), 10**9, (200, 3)).astype(float)
    assert rg.HyperplaneArrangement(lines[:, :2], lines[:, 2]).n_regions() == zaslavsky(200, 2)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 2.0**40])
def test_scale_changes_nothing(scale):
    a = families.shi(4)
    scaled = rg.HyperplaneArrangement(a.normals * scale, a.offsets * scale)
    assert scaled.betti_numbers() == a.betti_numbers()


def test_floats_are_the_rationals_that_they_are():
    """0.1 + 0.2 is not 0.3: two lines, not one."""
    arrangement = rg.HyperplaneArrangement([[1.0], [1.0]], [0.1 + 0.2, 0.3])
    assert arrangement.n_regions() == 3


def test_no_hyperplane_at_all():
    nothing = rg.HyperplaneArrangement([[0, 0], [0, 0]], [1, 0])
    assert nothing.betti_numbers() == [1, 0, 0]
    assert nothing.n_regions() == 1


def test_a_prime_that_divides_a_minor_is_outvoted():
    p = characteristic._PRIMES[0]
    lines = rg.HyperplaneArrangement([[1, 0], [1, p], [0, 1]], [0, 0, 1])  # two agree modulo p
    assert lines.betti_numbers() == [1, 3, 3]


def test_moduli_are_the_largest_primes_below_two_to_31():
    def is_prime(p):
        return all(p % k for k in range(3, int(p**0.5) + 1, 2))

    primes = characteristic._PRIMES
    assert [p for p in range(2**31 - 1, primes[-1] - 2, -2) if is_prime(p)] == list(primes)


def test_a_hyperplane_that_vanishes_modulo_a_prime_is_outvoted():
    plain = rg.HyperplaneArrangement([[1, 0], [0, 1], [1, 1]])
    scaled = rg.HyperplaneArrangement([[2147483647, 0], [0, 1], [1, 1]])
    assert characteristic.whitney_numbers(scaled) == characteristic.whitney_numbers(plain)


def test_a_coordinate_that_no_hyperplane_uses_multiplies_the_polynomial_by_t():
    rng = np.random.default_rng(4)
    A, c = rng.integers(-2, 3, (7, 2)), rng.integers(-2, 3, 7)
    numbers = characteristic.whitney_numbers(rg.HyperplaneArrangement(A, c))
    for place in range(3):
        cylinder = rg.HyperplaneArrangement(np.insert(A, place, 0, axis=1), c)
        assert characteristic.whitney_numbers(cylinder) == [*numbers, 0]
