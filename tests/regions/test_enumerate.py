"""Engines share no code for cells; they must give the same table."""

import numpy as np
import pytest
import relugeom as rg

import zoo
from same import assert_points_inside, assert_same_table


def both(source, domain):
    tables = [rg.enumerate_regions(source, domain, engine=e) for e in ("vertex", "lp")]
    assert [t.engine for t in tables] == ["vertex", "lp"]
    return tables


SHAPES = {
    1: ([1, 9, 1], [1, 6, 6, 5, 1]),
    2: ([2, 14, 1], [2, 8, 8, 8, 1]),
    3: ([3, 10, 1], [3, 7, 6, 2]),
    4: ([4, 8, 1], [4, 5, 5, 1]),
    5: ([5, 7, 1], [5, 5, 4, 1]),
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("d", SHAPES)
def test_random_nets_in_a_box_and_in_a_polytope(d, seed):
    for shape in SHAPES[d]:
        net = rg.ReLUNetwork.random(shape, rng=seed)
        for domain in (rg.Box([-1] * d, range(1, d + 1)), zoo.random_polytope(d, seed)):
            vertex, lp = both(net, domain)
            assert_same_table(vertex, lp)
            assert_points_inside(vertex)
            assert_points_inside(lp)


@pytest.mark.parametrize("make", zoo.DEGENERATE)
def test_degenerate_nets_in_a_box_and_in_a_polytope(make):
    net = make()
    d = net.input_dim
    domains = [zoo.cube(d, 1.5), zoo.random_polytope(d, 3)]
    if make is zoo.hamming_trap:
        domains = [zoo.cube(1, 20.0)]
    for domain in domains:
        vertex, lp = both(net, domain)
        assert_same_table(vertex, lp)
        assert_points_inside(vertex)
        assert_points_inside(lp)


def test_auto_takes_vertex_for_small_bounded_domains_and_lp_beyond():
    small, large = rg.ReLUNetwork.random([2, 4, 1], rng=0), rg.ReLUNetwork.random([6, 4, 1], rng=0)
    assert rg.enumerate_regions(small, zoo.cube(2)).engine == "vertex"
    assert rg.enumerate_regions(rg.ReLUNetwork.random([2, 4, 4, 1], rng=0)).engine == "lp"
    high = rg.enumerate_regions(large, zoo.cube(6))
    assert high.engine == "lp"
    assert "6" in high.engine_reason
    assert_same_table(*both(large, zoo.cube(6)))


def test_domain_rows_that_repeat_or_touch_change_nothing():
    """A duplicate inequality, and one that touches the square in a corner only."""
    net = rg.ReLUNetwork.random([2, 7, 4, 1], rng=5)
    square = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    plain = rg.enumerate_regions(net, rg.Polytope(square, [1] * 4), engine="vertex")
    padded = rg.Polytope([*square, [2, 0], [1, 1], [1, 2]], [1, 1, 1, 1, 2, 2, 9])
    for table in both(net, padded):
        np.testing.assert_array_equal(table.patterns, plain.patterns)
        np.testing.assert_array_equal(table.facets, plain.facets)
        np.testing.assert_allclose(table.volumes, plain.volumes, rtol=1e-12)


def test_a_neuron_in_the_wall_of_the_domain_cuts_nothing():
    arr = rg.HyperplaneArrangement([[1, 0], [0, 1], [-1, 0]], [-1, 0, -1])
    for table in both(arr, zoo.cube(2)):
        assert table.patterns.tolist() == [[-1, -1, -1], [-1, 1, -1]]
        assert [table[i].facets[table[i].facets >= 0].tolist() for i in (0, 1)] == [[1], [1]]
        assert table.neighbours.neuron.tolist() == [1]


def test_a_neuron_that_vanishes_on_a_whole_region_has_sign_zero():
    """g = relu(x) is 0 for all x < 0: neither on nor off there, and no split."""
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]])
    for table in both(net, rg.Box([-1], [1])):
        assert table.patterns.tolist() == [[-1, 0], [1, 1]]
        assert table.zeros.tolist() == [[0, 1]]
        assert table.neighbours.neuron.tolist() == [0]
