"""Threads and streams give the same regions as one thread and one table."""

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


@pytest.mark.parametrize(
    ("net", "box"),
    [
        *CASES,
        (rg.ReLUNetwork.random([6, 11, 4, 1], rng=3), zoo.cube(6)),
        (rg.ReLUNetwork.random([3, 12, 1], rng=4), None),
        (rg.ReLUNetwork.random([2, 3, 1], rng=4), None),
    ],
)
@pytest.mark.parametrize("jobs", [2, 5])
def test_nor_does_the_table_of_the_lp_engine(net, box, jobs):
    one = rg.enumerate_regions(net, box, engine="lp")
    many = rg.enumerate_regions(net, box, engine="lp", jobs=jobs)
    for name in ("words", "zeros", "points"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
    assert one.complete
    assert many.complete


def test_doubts_of_all_threads_are_counted():
    normals = [[0, 1], [1, 1], [1, -1], [2, 1], [1, 3], [3, 1], [1, 0], [1, 0]]
    thin = rg.HyperplaneArrangement(normals, [0.3, 0.1, 0.2, -0.3, 0.4, -0.1, 0.0, 5e-12])
    one, many, exact = (
        rg.enumerate_regions(thin, zoo.cube(2), engine="lp", jobs=jobs, tolerances=tolerances)
        for jobs, tolerances in [
            (1, rg.Tolerances(exact=0)),
            (3, rg.Tolerances(exact=0)),
            (3, None),
        ]
    )
    assert one.undecided == many.undecided == len(exact) - len(many) > 0
    assert (many.status, exact.status) == ("undecided", "complete")


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


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("chunk", [1, 17, 100_000])
def test_parts_of_a_stream_make_the_table(engine, chunk):
    net, box = rg.ReLUNetwork.random([2, 10, 8, 1], rng=3), zoo.cube(2)
    whole = rg.enumerate_regions(net, box)
    parts = list(rg.iter_regions(net, box, engine=engine, chunk=chunk))
    assert max(map(len, parts)) <= chunk
    assert {part.status for part in parts} == {"part"}
    words = np.concatenate([part.words for part in parts])
    np.testing.assert_array_equal(np.sort(words, axis=0), whole.words)
    assert sum(part.volumes.sum() for part in parts) == pytest.approx(box.volume)


def test_a_stream_can_be_left_early():
    net, box = rg.ReLUNetwork.random([3, 40, 40, 1], rng=0), zoo.cube(3)
    first = next(iter(rg.iter_regions(net, box, chunk=10, jobs=2)))
    assert 0 < len(first) <= 10


@pytest.mark.parametrize("name", ["jobs", "chunk"])
def test_bad_numbers(name):
    net, box = CASES[0]
    with pytest.raises(rg.errors.InvalidInputError, match=f"`{name}`"):
        list(rg.iter_regions(net, box, **{name: 0}))
