"""The engine of vertices, its work divided among threads."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.regions import vertex
from relugeom.regions.problem import make_problem

import zoo

CASES = [
    (rg.ReLUNetwork.random([2, 24, 24, 24, 1], rng=0), zoo.cube(2)),
    (rg.ReLUNetwork.random([3, 20, 20, 1], rng=1), zoo.cube(3)),
    (rg.ReLUNetwork.random([4, 14, 1], rng=2), zoo.cube(4)),
    (zoo.zero_rows(), zoo.cube(2)),
    (zoo.integers(), zoo.cube(2)),
]


@pytest.mark.parametrize(("net", "box"), CASES)
@pytest.mark.parametrize("jobs", [2, 3, 8])
def test_the_table_does_not_depend_on_the_number_of_threads(net, box, jobs, monkeypatch):
    monkeypatch.setattr(vertex, "_FIRST_BUDGET", 20)  # share early, and often
    monkeypatch.setattr(vertex, "_BUDGET", 50)
    one = rg.enumerate_regions(net, box, engine="vertex")
    many = rg.enumerate_regions(net, box, engine="vertex", jobs=jobs)
    for name in ("words", "zeros", "points", "facet_start", "facets", "coincident"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
    assert many.complete
    assert rg.count_regions(net, box, jobs=jobs) == len(one)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_threads_decide_what_floats_leave_open_in_problems_too_small_to_share(engine):
    thin = rg.HyperplaneArrangement([[1.0], [1.0]], [0.0, 5e-12])
    one, many = (rg.enumerate_regions(thin, zoo.cube(1), engine=engine, jobs=j) for j in (1, 2))
    np.testing.assert_array_equal(one.words, many.words)
    assert (len(many), many.complete) == (3, True)


def test_work_is_really_divided(monkeypatch):
    """Every part of a divided search finds regions that no other part finds."""
    monkeypatch.setattr(vertex, "_FIRST_BUDGET", 200)
    net, box = CASES[1]
    problem = make_problem(net, box, rg.Tolerances())
    search = vertex._Search(problem, 10_000)
    sizes = [sum(len(c.points) for c in search.advance()), 0]
    other = search.divide()
    for part, half in enumerate((search, other)):
        while not half.done:
            sizes[part] += sum(len(c.points) for c in half.advance())
    assert min(sizes) > 0
    assert sum(sizes) == rg.count_regions(net, box)
    assert search.done
    assert other.done
