"""Rational arithmetic: the small linear program against closed forms and HiGHS."""

from fractions import Fraction

import numpy as np
import pytest
import relugeom as rg
from relugeom.regions import exact
from relugeom.regions.problem import make_problem
from scipy.optimize import linprog

import zoo


def rows(G, h):
    number = exact.rational()
    return [np.array([number(float(v)) for v in (*g, s)]) for g, s in zip(G, h, strict=True)]


@pytest.fixture(params=["fractions", "flint"])
def numbers(request, monkeypatch):
    exact.rational.cache_clear()
    if request.param == "flint":
        pytest.importorskip("flint")
    else:
        monkeypatch.setitem(__import__("sys").modules, "flint", None)
    yield request.param
    exact.rational.cache_clear()


def test_the_ball_in_a_box_is_exact(numbers):
    G, h = np.vstack([np.eye(3), -np.eye(3)]), [1, 2, 3, 0, 0, 0]
    point, radius = exact.largest_ball(rows(G, h), 3, exact.rational()(10.0))
    assert Fraction(str(radius)) == Fraction(1, 2)
    assert Fraction(str(point[0])) == Fraction(1, 2)


def test_no_rows_and_empty_cells(numbers):
    cap = exact.rational()(5.0)
    assert float(exact.largest_ball([], 2, cap)[1]) == 5.0
    nothing = rows([[1.0], [-1.0]], [0.0, -0.5])
    assert float(exact.largest_ball(nothing, 1, cap)[1]) == -0.25


@pytest.mark.parametrize("seed", range(12))
def test_random_programs_against_highs(seed):
    rng = np.random.default_rng(seed)
    d, m = int(rng.integers(1, 6)), int(rng.integers(1, 14))
    if seed % 2:
        G, h = rng.standard_normal((m, d)), rng.standard_normal(m)
    else:  # ties
        G, h = rng.integers(-1, 2, (m, d)).astype(float), rng.integers(-1, 2, m).astype(float)
    point, radius = exact.largest_ball(rows(G, h), d, exact.rational()(1.0))
    wanted = linprog(
        [0.0] * d + [-1.0], np.column_stack([G, np.ones(m)]), h,
        bounds=[(None, None)] * d + [(None, 1.0)],
    )  # fmt: skip
    assert float(radius) == pytest.approx(-wanted.fun, abs=1e-9)
    x = np.array([float(v) for v in point])
    assert (G @ x + float(radius) <= h + 1e-9).all()


def test_the_bland_rule_ends_where_it_must(monkeypatch):
    monkeypatch.setattr(exact, "_BLAND", 0)
    test_random_programs_against_highs(4)
    test_random_programs_against_highs(5)


@pytest.mark.parametrize("make", zoo.DEGENERATE)
def test_cells_of_a_table_have_the_inradius_that_floats_find(make):
    net = make()
    box = zoo.cube(net.input_dim, 20.0 if make is zoo.hamming_trap else 1.0)
    table = rg.enumerate_regions(net, box)
    problem = make_problem(net, box, rg.Tolerances())
    for region in list(table)[:4]:
        point, radius = exact.deepest_point(problem, region.pattern)
        assert radius == pytest.approx(region.inradius, rel=1e-9)
        np.testing.assert_array_equal(net.activation_pattern(point[None])[0], region.pattern)


def test_what_is_empty_has_no_ball():
    problem = make_problem(zoo.duplicate(), zoo.cube(2), rg.Tolerances())
    signs = np.array([1, 1, 1, 1, -1, 1], np.int8)  # neuron 4 is neuron 0
    assert exact.deepest_point(problem, signs)[1] <= 0
