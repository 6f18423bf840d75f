"""Kakeya and Nikodym sets over finite fields: bounds, construction, checks, least sets."""

from fractions import Fraction as F
from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from relugeom.errors import InvalidInputError, MissingExtraError, ShapeError
from relugeom.kakeya import finite_field as ff

SIZES = {
    (3, 2): 7, (5, 2): 17, (7, 2): 31, (11, 2): 71, (3, 3): 17, (5, 3): 61, (7, 3): 145,
    (3, 4): 43, (5, 4): 233, (2, 2): 3, (2, 3): 5,
}  # fmt: skip


def brute_lines(q, n):
    """Every line of F_q^n, q prime, as a frozen set of points; with its direction."""
    points = list(product(range(q), repeat=n))
    found = {}
    for p, v in product(points, points):
        if any(v):
            line = frozenset(
                tuple((a + t * b) % q for a, b in zip(p, v, strict=True)) for t in range(q)
            )
            scale = next(pow(b, -1, q) for b in reversed(v) if b)
            found[line] = tuple(b * scale % q for b in v)
    return found


@pytest.mark.parametrize(("q", "n"), [(2, 3), (3, 2), (3, 3), (5, 2)])
def test_lines(q, n):
    lines = ff.lines(q, n)
    vectors = [tuple(v) for v in ff.directions(q, n).tolist()]
    assert len(set(vectors)) == len(vectors) == (q**n - 1) // (q - 1)
    points = list(product(range(q), repeat=n))
    found = {
        frozenset(points[i] for i in line): v
        for v, of_direction in zip(vectors, lines.tolist(), strict=True)
        for line in of_direction
    }
    assert found == brute_lines(q, n)


@pytest.mark.parametrize(("q", "n"), SIZES)
def test_construction(q, n):
    points = ff.construction(q, n)
    assert len(np.unique(points, axis=0)) == len(points) == ff.construction_size(q, n)
    assert len(points) == SIZES[q, n]
    assert ff.is_kakeya(points, q)
    assert all(row.points <= len(points) for row in ff.lower_bounds(q, n))


@pytest.mark.parametrize(("q", "n", "size"), [(4, 2, 10), (8, 2, 36), (9, 2, 49), (4, 3, 28)])
def test_construction_over_prime_powers(q, n, size):
    pytest.importorskip("galois")
    points = ff.construction(q, n)
    assert len(points) == ff.construction_size(q, n) == size
    assert ff.is_kakeya(points, q)
    if n == 2:
        assert size == ff.blokhuis_mazzocca(q)


@pytest.mark.parametrize("q", [4, 9])
def test_arithmetic_of_prime_powers(q):
    """Field axioms, from the tables alone."""
    pytest.importorskip("galois")
    add, multiply, p = ff.field(q)
    x = np.arange(q)
    a, b, c = np.meshgrid(x, x, x, indexing="ij")
    assert (add == add.T).all()
    assert (multiply == multiply.T).all()
    assert (add[a, add[b, c]] == add[add[a, b], c]).all()
    assert (multiply[a, multiply[b, c]] == multiply[multiply[a, b], c]).all()
    assert (multiply[a, add[b, c]] == add[multiply[a, b], multiply[a, c]]).all()
    assert (np.sort(multiply[1:, 1:], axis=1) == x[1:]).all()
    times = np.zeros(q, dtype=int)
    for _ in range(p):
        times = add[times, x]
    assert (times == 0).all()


def test_prime_powers_without_galois(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "galois", None)
    ff.field.cache_clear()
    with pytest.raises(MissingExtraError, match=r"relugeom\[fields\]"):
        ff.construction(4, 2)


def test_values_of_the_bounds():
    rounded = {k: -(-ff.bukh_chao(*k).numerator // ff.bukh_chao(*k).denominator) for k in SIZES}
    assert [rounded[k] for k in [(3, 2), (5, 2), (7, 2), (3, 3), (5, 3), (7, 3)]] == [
        6, 14, 27, 10, 39, 100,
    ]  # fmt: skip
    assert (ff.dvir(3, 3), ff.dvir(5, 3)) == (10, 35)
    assert ff.dvir(7, 4) == comb(10, 4)
    assert ff.dkss(5, 2) == F(25) / (2 - F(1, 5)) ** 2
    assert ff.bukh_chao(5, 3) == F(125) / (2 - F(1, 5)) ** 2
    assert [ff.blokhuis_mazzocca(q) for q in (2, 3, 4, 5, 7)] == [3, 7, 10, 17, 31]
    assert [row.name for row in ff.lower_bounds(3, 3)] == ["Dvir", "DKSS", "Bukh-Chao"]


def least_by_search(q, n, kind):
    """The least size by trying all sets of points, from small to large."""
    points = list(product(range(q), repeat=n))
    all_lines = brute_lines(q, n)
    vectors = set(all_lines.values())
    for size in range(len(points) + 1):
        for chosen in combinations(points, size):
            own = set(chosen)
            if kind == "kakeya":
                done = {v for line, v in all_lines.items() if line <= own} == vectors
            else:
                done = all(
                    any(p in line and line - {p} <= own for line in all_lines) for p in points
                )
            if done:
                return size
    raise AssertionError


@pytest.mark.parametrize("kind", ["kakeya", "nikodym"])
@pytest.mark.parametrize(("q", "n"), [(2, 2), (3, 2), (2, 3)])
def test_least_sets_against_exhaustive_search(q, n, kind):
    found = ff.minimum(q, n, kind)
    assert found.complete
    assert found.size == least_by_search(q, n, kind)


@pytest.mark.parametrize(("q", "n", "size"), [(5, 2, 17), (2, 4, 6)])
def test_least_kakeya_sets(q, n, size):
    found = ff.minimum(q, n)
    assert (found.size, found.complete) == (size, True)
    assert found.lower == pytest.approx(size)
    assert len(found.points) == size
    assert ff.is_kakeya(found.points, q)
    assert "ptimal" in found.solver


def test_least_sets_over_four_elements():
    pytest.importorskip("galois")
    assert ff.minimum(4, 2).size == ff.blokhuis_mazzocca(4) == 10
    assert ff.minimum(4, 2, "nikodym").size == 10


def test_a_search_that_runs_out_of_time_says_so():
    found = ff.minimum(3, 3, time_limit=0.5)
    assert (found.complete, found.status) == (False, "capped")
    assert "Time limit" in found.solver
    assert found.lower < 13 <= found.size
    assert ff.is_kakeya(found.points, 3)


@pytest.mark.parametrize("seed", range(5))
def test_checks_against_the_definition(seed):
    rng = np.random.default_rng(seed)
    q, n = 3, 2
    all_lines = brute_lines(q, n)
    points = list(product(range(q), repeat=n))
    own = [p for p in points if rng.random() < 0.75]
    held = {v for line, v in all_lines.items() if line <= set(own)}
    missing = {tuple(v) for v in ff.missing_directions(own, q).tolist()}
    assert missing == set(all_lines.values()) - held
    nikodym = all(any(p in line and line - {p} <= set(own) for line in all_lines) for p in points)
    assert ff.is_nikodym(own, q) == nikodym


def test_checks():
    whole = np.indices((5, 5)).reshape(2, -1).T
    assert ff.is_kakeya(whole, 5)
    assert ff.is_nikodym(whole, 5)
    points = ff.construction(5, 2)
    for i in range(len(points)):  # the least size possible: every point is needed
        assert not ff.is_kakeya(np.delete(points, i, axis=0), 5)
    assert not ff.is_nikodym(np.zeros((0, 2), dtype=int), 3)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: ff.dvir(6, 2), InvalidInputError, "prime power"),
        (lambda: ff.dvir(1, 2), InvalidInputError, "`q`"),
        (lambda: ff.dvir(3, 0), InvalidInputError, "`n`"),
        (lambda: ff.dvir(3, 10**9), InvalidInputError, "at most"),
        (lambda: ff.dvir(10**18 + 9, 2), InvalidInputError, "at most"),
        (lambda: ff.construction(11, 9), InvalidInputError, r"q\^n"),
        (lambda: ff.lines(11, 4), InvalidInputError, "at most"),
        (lambda: ff.field(1031), InvalidInputError, "at most"),
        (lambda: ff.is_kakeya([0, 1], 3), ShapeError, "points"),
        (lambda: ff.is_kakeya([[0, 3]], 3), InvalidInputError, "0 to 2"),
        (lambda: ff.is_nikodym([[0.5, 1]], 3), InvalidInputError, "whole numbers"),
        (lambda: ff.minimum(3, 2, "furstenberg"), InvalidInputError, "kind"),
        (lambda: ff.minimum(13, 3, "nikodym"), InvalidInputError, "rows"),
        (lambda: ff.minimum(3, 2, time_limit=0), InvalidInputError, "time_limit"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_primes_and_powers():
    def powers(p):
        return {p**k: (p, k) for k in range(1, 8)}

    known = {q: v for p in (2, 3, 5, 7, 11, 13) for q, v in powers(p).items() if q <= 16}
    for q in range(2, 17):
        if q in known:
            assert ff.prime_and_power(q) == known[q]
        else:
            with pytest.raises(InvalidInputError, match="prime power"):
                ff.prime_and_power(q)
    assert ff.prime_and_power(3**10) == (3, 10)


@pytest.mark.parametrize("points", [[[-1, 0], [1, 2]], [[0, 0], [3, 1]], [[0.5, 0], [1, 1]]])
def test_points_outside_the_field(points):
    with pytest.raises(InvalidInputError, match="whole numbers from 0 to 2"):
        ff.is_kakeya(points, 3)


def test_no_time_for_a_first_set():
    with pytest.raises(InvalidInputError, match="time_limit"):
        ff.minimum(7, 3, time_limit=1e-9)
