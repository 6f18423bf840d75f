"""The engine of linear programs: domains without bound, against boxes that hold every bend."""

import numpy as np
import pytest
import relugeom as rg

import zoo
from same import assert_points_inside


@pytest.mark.parametrize("make", [zoo.leaky, zoo.skips, zoo.duplicate, zoo.no_bias, zoo.narrow])
def test_all_of_space_agrees_with_a_box_that_holds_every_bend(make):
    """A region of R^d meets a big enough box; the box walls make no region."""
    net = make()
    everywhere = rg.enumerate_regions(net, engine="lp")
    assert everywhere.complete
    assert everywhere.domain is None
    box = rg.enumerate_regions(net, zoo.cube(net.input_dim, 1e4), engine="vertex")
    np.testing.assert_array_equal(everywhere.patterns, box.patterns)
    np.testing.assert_array_equal(everywhere.neighbours.first, box.neighbours.first)
    np.testing.assert_array_equal(everywhere.neighbours.second, box.neighbours.second)
    inner = [f[f >= 0].tolist() for f in (region.facets for region in box)]
    assert [region.facets.tolist() for region in everywhere] == inner


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5])
def test_random_deep_nets_in_all_of_space(d):
    net = rg.ReLUNetwork.random([d, 5, 4, 1], rng=20 + d)
    everywhere = rg.enumerate_regions(net)
    assert everywhere.engine == "lp"
    assert_points_inside(everywhere)
    box = rg.enumerate_regions(net, zoo.cube(d, 1e5), engine="vertex")
    np.testing.assert_array_equal(everywhere.patterns, box.patterns)


def test_an_unbounded_polytope_is_a_domain_for_lp():
    net = rg.ReLUNetwork.random([2, 8, 5, 1], rng=4)
    half = rg.Polytope([[1.0, 2.0]], [0.3])
    regions = rg.enumerate_regions(net, half)
    assert (regions.engine, regions.complete) == ("lp", True)
    big = rg.Polytope([[1, 2], [1, 0], [-1, 0], [0, 1], [0, -1]], [0.3, 1e5, 1e5, 1e5, 1e5])
    box = rg.enumerate_regions(net, big, engine="vertex")
    np.testing.assert_array_equal(regions.patterns, box.patterns)


@pytest.mark.parametrize(
    ("net", "box"),
    [
        (rg.ReLUNetwork.random([2, 24, 24, 24, 1], rng=0), zoo.cube(2)),
        (rg.ReLUNetwork.random([3, 20, 20, 1], rng=1), zoo.cube(3)),
        (rg.ReLUNetwork.random([4, 14, 1], rng=2), zoo.cube(4)),
        (zoo.zero_rows(), zoo.cube(2)),
        (zoo.integers(), zoo.cube(2)),
        (rg.ReLUNetwork.random([6, 11, 4, 1], rng=3), zoo.cube(6)),
        (rg.ReLUNetwork.random([3, 12, 1], rng=4), None),
        (rg.ReLUNetwork.random([2, 3, 1], rng=4), None),
    ],
)
@pytest.mark.parametrize("jobs", [2, 5])
def test_the_table_does_not_depend_on_the_number_of_threads(net, box, jobs):
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
