"""Global extremes against vertices, samples, and known functions."""

from importlib import import_module

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import RelugeomError, ShapeError, UnsupportedError
from relugeom.regions.columns import compute_columns

import zoo

module = import_module("relugeom.analysis.extremes")  # whose name in the package is the function's


def check_attained(net, rows, found):
    for values, points in ((found.low, found.argmin), (found.high, found.argmax)):
        attained = (net(points) * rows).sum(axis=1)
        np.testing.assert_allclose(attained, values, rtol=1e-8, atol=1e-8 * np.abs(values).max())


@pytest.mark.parametrize("seed", range(8))
def test_equal_to_the_extremes_over_all_vertices(seed):
    d = 1 + seed % 4
    net = rg.ReLUNetwork.random([d, 8, 6, 3], rng=seed)
    domain = zoo.cube(d) if seed % 2 or d == 1 else zoo.random_polytope(d, seed)
    regions = rg.enumerate_regions(net, domain)
    found = rg.extremes(regions)
    columns = compute_columns(regions, ["output_low", "output_high"])
    np.testing.assert_allclose(found.low, columns["output_low"].min(axis=0), rtol=1e-9)
    np.testing.assert_allclose(found.high, columns["output_high"].max(axis=0), rtol=1e-9)
    check_attained(net, np.eye(3), found)
    assert found.complete
    assert domain.contains(np.vstack([found.argmin, found.argmax]), tolerance=1e-9).all()
    for i, x in zip(found.argmax_region, found.argmax, strict=True):
        G, h = regions[int(i)].halfspaces
        assert (G @ x <= h + 1e-9).all()


@pytest.mark.parametrize("make", zoo.DEGENERATE, ids=lambda make: make.__name__)
def test_degenerate_networks(make):
    net = make()
    regions = rg.enumerate_regions(net, zoo.cube(net.input_dim))
    found = rg.extremes(regions)
    columns = compute_columns(regions, ["output_low", "output_high"])
    size = np.abs(columns["output_high"]).max()
    assert found.low[0] == pytest.approx(columns["output_low"].min(), abs=1e-9 * size)
    assert found.high[0] == pytest.approx(columns["output_high"].max(), abs=1e-9 * size)


def test_functionals_are_those_of_a_network_with_that_output():
    net = rg.ReLUNetwork.random([3, 10, 3], rng=2)
    rows = np.array([[1.0, -1.0, 0.0], [0.5, 0.5, 2.0]])
    found = rg.extremes(rg.enumerate_regions(net, zoo.cube(3)), rows)
    composed = rg.ReLUNetwork.from_weights(
        [net.weights[0], rows @ net.weights[1]], [net.biases[0], rows @ net.biases[1]]
    )
    wanted = rg.extremes(rg.enumerate_regions(composed, zoo.cube(3)))
    np.testing.assert_allclose(found.low, wanted.low)
    np.testing.assert_allclose(found.high, wanted.high)
    one = rg.extremes(rg.enumerate_regions(net, zoo.cube(3)), rows[0])
    assert one.low.shape == (1,)
    assert one.low[0] == found.low[0]


def test_more_inputs_than_vertices_can_serve():
    net = rg.ReLUNetwork.random([9, 6, 1], rng=0)
    regions = rg.enumerate_regions(net, zoo.cube(9))
    found = rg.extremes(regions)
    values = net(zoo.cube(9).sample(200_000, rng=0))
    assert found.low[0] <= values.min()
    assert found.high[0] >= values.max()
    check_attained(net, np.eye(1), found)


def test_all_of_space():
    """|x| + |y| - 2 max(x, 0) has minimum 0 on a ray, and no maximum; -|x| the other way."""
    weights = [[[1, 0], [-1, 0], [0, 1], [0, -1]], [[-1, 1, 1, 1], [-1, -1, 0, 0]]]
    net = rg.ReLUNetwork.from_weights(weights)
    found = rg.extremes(rg.enumerate_regions(net))
    assert found.low.tolist() == [-np.inf, -np.inf]
    assert found.high[0] == np.inf
    assert found.high[1] == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(found.argmin).all()
    assert found.argmax[1, 0] == pytest.approx(0.0, abs=1e-9)
    bump = rg.ReLUNetwork.from_weights(  # a hat of height 1 on [-1, 1], zero elsewhere
        [[[1.0], [1.0], [1.0]], [[1.0, -2.0, 1.0]]], [[1.0, 0.0, -1.0], [0.0]]
    )
    hat = rg.extremes(rg.enumerate_regions(bump))
    assert hat.low[0] == pytest.approx(0.0, abs=1e-9)
    assert (hat.high[0], hat.argmax[0, 0]) == (pytest.approx(1.0), pytest.approx(0.0, abs=1e-9))


def test_unbounded_polytopes_and_samples_far_away():
    rng = np.random.default_rng(0)
    for seed in range(6):
        net = rg.ReLUNetwork.random([2, 6, 5, 2], rng=seed)
        domain = rg.Polytope([[-1, 0.3], [0, -1]], [0.2, 0.4]) if seed % 2 else None
        found = rg.extremes(rg.enumerate_regions(net, domain))
        X = rng.standard_normal((20_000, 2)) * 10.0 ** rng.uniform(-1, 4, (20_000, 1))
        X = X if domain is None else X[domain.contains(X)]
        values = net(X)
        assert (values >= found.low - 1e-7 * (1 + np.abs(values))).all()
        assert (values <= found.high + 1e-7 * (1 + np.abs(values))).all()
        assert (np.isfinite(found.low) | (values.min(axis=0) < -100)).all()
        assert (np.isfinite(found.high) | (values.max(axis=0) > 100)).all()


def test_cells_that_floats_leave_undecided_go_to_a_library(monkeypatch):
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 6, 1], rng=1), zoo.cube(2))
    wanted = rg.extremes(regions)

    def doubtful(cost, offset, G, h, lower, upper, tolerance, best, x, doubt, *work):
        doubt[:] = True
        return best, -1

    monkeypatch.setattr(module.kernel, "lowest_over_cells", doubtful)
    again = rg.extremes(regions)
    np.testing.assert_allclose([again.low, again.high], [wanted.low, wanted.high], atol=1e-8)


def test_incomplete_tables_say_so_and_bad_ones_are_refused():
    net = rg.ReLUNetwork.random([2, 8, 2], rng=1)
    part = rg.enumerate_regions(net, zoo.cube(2), max_regions=3)
    assert not rg.extremes(part).complete
    with pytest.raises(ShapeError, match="functional"):
        rg.extremes(part, [1.0, 2.0, 3.0])
    lines = rg.HyperplaneArrangement([[1.0, 0.0]])
    with pytest.raises(UnsupportedError, match="arrangement"):
        rg.extremes(rg.enumerate_regions(lines))
    empty = next(rg.iter_regions(net, zoo.cube(2)))
    object.__setattr__(empty, "words", empty.words[:0])
    with pytest.raises(RelugeomError, match="empty"):
        rg.extremes(empty)
