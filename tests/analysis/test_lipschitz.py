"""Lipschitz constants against difference quotients, power iteration and known maps."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.analysis.lipschitz import operator_norms
from relugeom.analysis.norms import NORMS, length
from relugeom.errors import InvalidInputError, UnsupportedError
from relugeom.regions.columns import compute_columns

import zoo

PAIRS = [(p, q) for p in NORMS for q in NORMS]


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_operator_norms_bound_all_directions_and_are_nearly_reached(p, q):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((6, 3, 4))
    X = rng.standard_normal((100_000, 4))
    X = np.vstack([X, np.sign(X[:200]), np.eye(4)])
    X /= length(p, X)[:, None]
    reached = length(q, np.einsum("nkd,md->nmk", A, X)).max(axis=1)
    norms = operator_norms(A, p, q)
    assert (reached <= norms * (1 + 1e-12)).all()
    assert (reached >= norms * 0.99).all()


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_no_difference_quotient_exceeds_the_constant_and_some_reach_it(p, q):
    net = rg.ReLUNetwork.random([2, 10, 8, 3], rng=3)
    regions = rg.enumerate_regions(net, zoo.cube(2))
    found = rg.lipschitz(regions, input_norm=p, output_norm=q)
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-1, 1, (2, 50_000, 2))
    y[25_000:] = x[25_000:] + 1e-3 * (y[25_000:] - x[25_000:])
    quotient = length(q, net(x) - net(y)) / length(p, x - y)
    assert quotient.max() <= found.constant * (1 + 1e-9)
    size = 0.5 * regions[found.region].inradius
    steps = rng.standard_normal((20_000, 2))
    steps = np.vstack([steps, np.sign(steps), np.eye(2)])
    steps *= size / np.linalg.norm(steps, axis=1)[:, None]
    centre = regions[found.region].centre
    near = length(q, net(centre + steps) - net(centre)) / length(p, steps)
    assert near.max() == pytest.approx(found.constant, rel=1e-3)
    assert found.complete


def test_per_region_is_the_column_and_the_gradient_that_of_the_region():
    net = rg.ReLUNetwork.random([3, 8, 2], rng=0)
    regions = rg.enumerate_regions(net, zoo.cube(3))
    found = rg.lipschitz(regions)
    np.testing.assert_allclose(
        found.per_region, compute_columns(regions, ["gradient_norm"])["gradient_norm"]
    )
    np.testing.assert_allclose(found.gradient, regions[found.region].affine_map[0])
    np.testing.assert_array_equal(found.point, regions.points[found.region])
    assert found.constant == found.per_region.max()


def test_a_functional_is_a_difference_of_outputs():
    net = rg.ReLUNetwork.random([2, 8, 3], rng=1)
    regions = rg.enumerate_regions(net)  # all of space: bounded or not does not matter
    A, _ = net.affine_map(regions.patterns)
    for norm, dual in (("l1", np.inf), ("l2", 2), ("linf", 1)):
        found = rg.lipschitz(regions, [1, -1, 0], input_norm=norm)
        wanted = np.linalg.norm(A[:, 0] - A[:, 1], dual, axis=1).max()
        assert found.constant == pytest.approx(wanted)


def test_many_outputs_where_signs_would_have_to_be_tried():
    net = rg.ReLUNetwork.random([2, 4, 15], rng=0)
    regions = rg.enumerate_regions(net, zoo.cube(2))
    assert rg.lipschitz(regions, input_norm="linf", output_norm="l2").constant > 0
    for p in ("l2", "linf"):
        with pytest.raises(UnsupportedError, match="at most 12 outputs; got 15"):
            rg.lipschitz(regions, input_norm=p, output_norm="l1")
    with pytest.raises(InvalidInputError, match="input_norm"):
        rg.lipschitz(regions, input_norm="l3")
    with pytest.raises(InvalidInputError, match="output_norm"):
        rg.lipschitz(regions, output_norm="max")
