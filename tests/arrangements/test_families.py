"""Named families: two exact counts (deletion-restriction, finite fields) against closed forms."""

from fractions import Fraction
from itertools import product
from math import comb, factorial

import numpy as np
import pytest
from relugeom.arrangements import families
from relugeom.errors import InvalidInputError


def as_fractions(arr):
    return [
        tuple(Fraction(float(v)) for v in (*row, c))
        for row, c in zip(arr.normals, arr.offsets, strict=True)
    ]


def canonical(row):
    lead = next((v for v in row[:-1] if v), None)
    return None if lead is None else tuple(v / lead for v in row)


def deletion_restriction(rows):
    """Number of regions of the distinct hyperplanes a @ x + c = 0, rows (a, c)."""
    rows = list(dict.fromkeys(r for r in map(canonical, rows) if r is not None))
    if not rows:
        return 1
    first, rest = rows[0], rows[1:]
    pivot = next(i for i, v in enumerate(first[:-1]) if v)
    restricted = [
        tuple(v - r[pivot] * f for k, (v, f) in enumerate(zip(r, first, strict=True)) if k != pivot)
        for r in rest
    ]
    return deletion_restriction(rest) + deletion_restriction(restricted)


def finite_field(arr, primes):
    """Return (-1)^d chi(-1), chi interpolated from point counts over F_q (Athanasiadis 1996)."""
    d = arr.dim
    values = []
    for q in primes[: d + 1]:
        grid = np.array(list(product(range(q), repeat=d)))
        hit = (grid @ arr.normals.T.astype(int) + arr.offsets.astype(int)) % q == 0
        values.append(int((~hit.any(axis=1)).sum()))
    total = Fraction(0)
    for i, qi in enumerate(primes[: d + 1]):
        term = Fraction(values[i])
        for j, qj in enumerate(primes[: d + 1]):
            if i != j:
                term *= Fraction(-1 - qj, qi - qj)
        total += term
    return (-1) ** d * total


CASES = [
    *[("braid", (n,), factorial(n)) for n in (2, 3, 4, 5)],
    *[("shi", (n,), (n + 1) ** (n - 1)) for n in (2, 3, 4)],
    ("shi", (4, 2), 729),
    ("catalan", (2,), 4),
    ("catalan", (3,), 30),
    ("catalan", (4,), 336),
    *[("linial", (n,), c) for n, c in ((2, 2), (3, 7), (4, 36), (5, 246))],
    *[("type_b", (n,), 2**n * factorial(n)) for n in (2, 3, 4)],
    *[("type_d", (n,), 2 ** (n - 1) * factorial(n)) for n in (2, 3, 4)],
    *[("resonance", (n,), c) for n, c in ((1, 2), (2, 6), (3, 32), (4, 370))],
    *[("threshold", (n,), c) for n, c in ((1, 4), (2, 14), (3, 104))],
    *[("cross_polytope", (n,), 2 * 3**n - 2**n) for n in (1, 2, 3, 4)],
    *[("cube_walls", (n,), 3**n) for n in (1, 2, 3)],
    *[("permutation", (n,), factorial(n + 1)) for n in (2, 3, 4)],
    *[("moment_curve", a, c) for a, c in (((8, 2), 37), ((10, 3), 176), ((7, 4), 99))],
]


@pytest.mark.parametrize(("name", "args", "count"), CASES)
def test_number_of_regions(name, args, count):
    arr = getattr(families, name)(*args)
    assert deletion_restriction(as_fractions(arr)) == count


@pytest.mark.parametrize(
    ("name", "n", "count"),
    [
        ("braid", 3, 6),
        ("shi", 3, 16),
        ("catalan", 3, 30),
        ("linial", 3, 7),
        ("type_b", 3, 48),
        ("type_d", 3, 24),
        ("resonance", 3, 32),
        ("threshold", 2, 14),
        ("cross_polytope", 2, 14),
        ("cube_walls", 2, 9),
        ("permutation", 3, 24),
    ],
)
def test_number_of_regions_by_finite_fields(name, n, count):
    arr = getattr(families, name)(n)
    assert finite_field(arr, [11, 13, 17, 19, 23]) == count


def test_linial_closed_form():
    for n in (2, 3, 4):
        closed = Fraction(sum(comb(n, k) * (k + 1) ** (n - 1) for k in range(n + 1)), 2**n)
        assert closed == deletion_restriction(as_fractions(families.linial(n)))


def test_central_moment_curve_and_generic():
    arr = families.moment_curve(8, 3, central=True)
    assert not arr.offsets.any()
    assert deletion_restriction(as_fractions(arr)) == 58
    rows = as_fractions(families.generic(6, 2, rng=3))
    assert deletion_restriction(rows) == 22
    again = families.generic(6, 2, rng=3)
    assert as_fractions(again) == rows


def test_offsets_have_the_stated_sign():
    """x_1 - x_2 = 1 is the hyperplane of linial(2); (2, 1) lies on it, (1, 2) does not."""
    arr = families.linial(2)
    assert arr.normals @ [2, 1] + arr.offsets == 0
    assert arr.normals @ [1, 2] + arr.offsets != 0
    assert families.moment_curve(2, 2).normals[1] @ [-0.5, 0] + 1 == 0
    assert families.moment_curve(2, 53).normals[1, -1] == 2.0**53  # the largest


@pytest.mark.parametrize(
    "call",
    [
        lambda: families.braid(1),
        lambda: families.resonance(21),
        lambda: families.threshold(0),
        lambda: families.generic(0, 2),
        lambda: families.moment_curve(1000, 10),
        lambda: families.moment_curve(2, 54),
        lambda: families.shi(3, extension=0),
    ],
)
def test_bad_input(call):
    with pytest.raises(InvalidInputError, match="must"):
        call()
