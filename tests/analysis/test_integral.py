"""Integrals against quadrature, samples, and additivity."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import UnboundedError, UnsupportedError
from scipy.integrate import quad

import zoo


@pytest.mark.parametrize("seed", range(4))
def test_on_the_line_equal_to_quadrature(seed):
    net = rg.ReLUNetwork.random([1, 8, 6, 1], rng=seed)
    found = rg.integral(rg.enumerate_regions(net, rg.Box([-2], [1.5])))
    breaks = rg.crossings_on_segment(net, [-2.0], [1.5]).t * 3.5 - 2
    wanted, _ = quad(lambda t: net([t])[0, 0], -2, 1.5, points=np.unique(breaks), limit=200)
    assert found.value[0] == pytest.approx(wanted, rel=1e-9)
    assert found.mean[0] == pytest.approx(wanted / 3.5, rel=1e-9)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_means_are_those_of_samples(d):
    net = rg.ReLUNetwork.random([d, 8, 6, 2], rng=d)
    domain = zoo.random_polytope(d, d)
    found = rg.integral(rg.enumerate_regions(net, domain))
    X = domain.bounding_box.sample(400_000, rng=0)
    values = net(X[domain.contains(X)])
    error = values.std(axis=0) / np.sqrt(len(values))
    assert (np.abs(values.mean(axis=0) - found.mean) < 4.5 * error).all()
    assert found.volume == pytest.approx(domain.volume)
    assert found.complete


@pytest.mark.parametrize("make", zoo.DEGENERATE, ids=lambda make: make.__name__)
def test_halves_of_a_domain_add_up(make):
    net = make()
    d = net.input_dim
    upper = np.ones(d)
    upper[0] = 0.37
    lower = -np.ones(d)
    other = lower.copy()
    other[0] = 0.37
    whole, left, right = (
        rg.integral(rg.enumerate_regions(net, box)).value[0]
        for box in (zoo.cube(d), rg.Box(lower, upper), rg.Box(other, np.ones(d)))
    )
    assert whole == pytest.approx(left + right, rel=1e-9, abs=1e-9)


def test_functionals_and_parts():
    net = rg.ReLUNetwork.random([2, 6, 3], rng=0)
    regions = rg.enumerate_regions(net, zoo.cube(2))
    every = rg.integral(regions)
    rows = np.array([[1.0, -2.0, 0.5]])
    np.testing.assert_allclose(rg.integral(regions, rows).value, rows @ every.value)
    np.testing.assert_allclose(every.per_region.sum(axis=0), every.value)
    i = int(regions.volumes.argmax())
    A, c = regions[i].affine_map
    polygon = regions[i].polygon
    middle = np.array(polygon.centroid.coords[0])
    np.testing.assert_allclose(every.per_region[i], polygon.area * (A @ middle + c))


def test_needs_a_bounded_domain_and_a_network():
    net = rg.ReLUNetwork.random([2, 4, 1], rng=0)
    with pytest.raises(UnboundedError, match="must be bounded"):
        rg.integral(rg.enumerate_regions(net))
    with pytest.raises(UnsupportedError, match="arrangement"):
        rg.integral(rg.enumerate_regions(rg.HyperplaneArrangement([[1.0]]), rg.Box([-1], [1])))
    part = rg.enumerate_regions(net, zoo.cube(2), max_regions=2)
    assert not rg.integral(part).complete
