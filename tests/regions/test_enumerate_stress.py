"""Degenerate but ordinary networks, thin cells, extreme scales: engines against each other."""

import numpy as np
import pytest
import relugeom as rg
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from same import assert_same_table

many = settings(max_examples=400, derandomize=True, deadline=None)


@many
@given(st.integers(0, 1_000_000))
def test_engines_agree_on_degenerate_nets(seed):
    """Equal, opposite, scaled, parallel, pruned neurons; whole numbers; tiny and huge weights."""
    net = zoo.stress(seed)
    box = zoo.cube(net.input_dim)
    vertex, lp = (rg.enumerate_regions(net, box, engine=e) for e in ("vertex", "lp"))
    assert_same_table(vertex, lp)
    assert vertex.volumes.sum() == pytest.approx(box.volume, rel=1e-9)
    everywhere = rg.enumerate_regions(net)
    assert everywhere.complete
    assert everywhere.neighbours.unmatched == 0


@pytest.mark.parametrize("thin", [1e-8, 1e-9, 1e-10, 3e-11, 1e-11])
@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_a_thin_cell_between_parallel_hyperplanes(d, engine, thin):
    """Inradius ``thin``; a crossing hyperplane cuts the thin cell in two."""
    normal = np.eye(d)[0]
    arr = rg.HyperplaneArrangement(
        [normal, normal, *np.eye(d)[1:2]], [0.25, 0.25 + 2 * thin, *[0.1] * (d > 1)]
    )
    table = rg.enumerate_regions(arr, zoo.cube(d), engine=engine)
    assert (len(table), table.complete) == (3 if d == 1 else 6, True)
    assert min(region.inradius for region in table) == pytest.approx(thin, rel=1e-3)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_a_thin_triangle(engine):
    """Three lines that nearly meet: the cell between them has an inradius of about 1e-8."""
    lines = rg.HyperplaneArrangement([[1, 0], [0, 1], [1, 1]], [0.0, 0.0, -3.4e-8])
    table = rg.enumerate_regions(lines, zoo.cube(2), engine=engine)
    assert (len(table), table.complete) == (7, True)
    assert min(region.inradius for region in table) == pytest.approx(1e-8, rel=0.01)
    assert len(table.neighbours.first) == 9


@pytest.mark.parametrize("angle", [1e-6, 1e-8, 1e-9])
@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_nearly_parallel_lines_that_cross_in_the_box(engine, angle):
    lines = rg.HyperplaneArrangement([[0, 1], [angle, 1], [1, 0]], [0.0, 0.0, -0.5])
    table = rg.enumerate_regions(lines, zoo.cube(2), engine=engine)
    assert (len(table), table.complete) == (7, True)


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1e4, 1e8])
@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_the_scale_of_the_weights_does_not_matter(engine, scale):
    net = rg.ReLUNetwork.random([3, 8, 6, 1], rng=5)
    scaled = rg.ReLUNetwork.from_weights(
        [scale * W for W in net.weights],
        [scale ** (i + 1) * b for i, b in enumerate(net.biases)],
    )
    one, other = (rg.enumerate_regions(n, zoo.cube(3), engine=engine) for n in (net, scaled))
    np.testing.assert_array_equal(one.patterns, other.patterns)


def test_thin_cells_of_a_deep_net_are_decided_where_they_arise():
    """A second layer whose bends pass 2e-11 beside those of the first."""
    net = rg.ReLUNetwork.from_weights(
        [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]],
        [[0.0, 0.0], [-4e-11, 0.3], [0.0]],
    )
    vertex, lp = (rg.enumerate_regions(net, zoo.cube(2), engine=e) for e in ("vertex", "lp"))
    assert_same_table(vertex, lp)
    assert vertex.problem.tally is not lp.problem.tally
    assert min(region.inradius for region in vertex) == pytest.approx(2e-11, rel=1e-3)


def test_margins_are_distances_to_the_nearest_wall():
    net, box = rg.ReLUNetwork.random([2, 6, 5, 1], rng=1), zoo.cube(2)
    table = rg.enumerate_regions(net, box)
    by_hand = [(h - G @ r.point).min() for r in table for G, h in [r.halfspaces]]
    np.testing.assert_allclose(table.margins, by_hand, rtol=1e-9)
    assert (table.margins > 0).all()


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.integers(0, 100_000), st.floats(-7, -3))
def test_nearly_degenerate_arrangements(seed, exponent):
    """Coincidences broken by 1e-3 to 1e-7, in a box."""
    arr, _ = zoo.arrangement(seed)
    rng = np.random.default_rng(seed)
    noise = 10**exponent * rng.standard_normal(arr.normals.shape)
    size = np.linalg.norm(arr.normals, axis=1)[:, None]
    arr = rg.HyperplaneArrangement(arr.normals + noise * size, arr.offsets)
    box = zoo.cube(arr.dim, 3.0)
    vertex, lp = (rg.enumerate_regions(arr, box, engine=e) for e in ("vertex", "lp"))
    assert vertex.complete
    assert lp.complete
    np.testing.assert_array_equal(vertex.words, lp.words)
    assert vertex.volumes.sum() == pytest.approx(box.volume, rel=1e-9)
