"""`locate` against pattern look-up, against inequalities, and on boundaries."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import ShapeError

import zoo


def looked_up(regions, X):
    """Region of each point by its pattern in a dictionary; -1 where the pattern is not listed."""
    row = {bytes(p): i for i, p in enumerate(regions.patterns)}
    net = regions.source
    pattern = net.activation_pattern(X) if hasattr(net, "weights") else net.signs(X)
    return np.array([row.get(bytes(p), -1) for p in pattern])


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_random_points_and_dense_sampling(d):
    """2 * 10^5 points: none has a pattern that is not listed."""
    net = rg.ReLUNetwork.random([d, 8, 5, 1], rng=d)
    regions = rg.enumerate_regions(net, zoo.cube(d))
    X = zoo.cube(d).sample(200_000, rng=0)
    found = looked_up(regions, X)
    assert (found >= 0).all()
    np.testing.assert_array_equal(regions.locate(X), found)


@pytest.mark.parametrize("make", zoo.DEGENERATE)
def test_dense_sampling_of_degenerate_nets(make):
    net = make()
    domain = zoo.random_polytope(net.input_dim, 3)
    regions = rg.enumerate_regions(net, domain)
    X = domain.bounding_box.sample(50_000, rng=0)
    inside = domain.contains(X)
    found = looked_up(regions, X)
    assert (found[inside] >= 0).all()
    np.testing.assert_array_equal(regions.locate(X), np.where(inside, found, -1))


def test_located_points_satisfy_the_inequalities_of_their_region():
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([3, 6, 4, 1], rng=0), zoo.cube(3))
    X = zoo.cube(3).sample(20_000, rng=1)
    at = regions.locate(X)
    for region in regions:
        G, h = region.halfspaces
        inside = (h > X @ G.T).all(axis=1)
        np.testing.assert_array_equal(inside, at == region.index)


def test_outside_is_minus_one():
    net = rg.ReLUNetwork.random([2, 5, 1], rng=0)
    regions = rg.enumerate_regions(net, zoo.cube(2))
    assert regions.locate([[1.001, 0], [0, -7], [1e9, 1e9]]).tolist() == [-1, -1, -1]
    triangle = rg.Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])
    at = rg.enumerate_regions(net, triangle).locate([[0.3, 0.3], [0.6, 0.6]])
    assert at[0] >= 0
    assert at[1] == -1


def test_all_of_space_has_no_outside():
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 6, 4, 1], rng=1))
    X = 10.0 ** np.arange(8)[:, None] * np.array([[1.0, 0.3]])
    assert (regions.locate(X) >= 0).all()


def closed_contains(region, x):
    G, h = region.halfspaces
    return (G @ x <= h + 1e-9).all()


@pytest.mark.parametrize("make", [zoo.leaky, zoo.integers, zoo.no_bias, zoo.duplicate])
def test_points_on_boundaries_get_a_region_around_them(make):
    """Corners of regions: points on two or more neurons, and on the domain's walls."""
    regions = rg.enumerate_regions(make(), zoo.cube(2))
    corners = regions.geometry.vertices
    at = regions.locate(corners)
    assert (at >= 0).all()
    assert all(closed_contains(regions[int(i)], x) for i, x in zip(at, corners, strict=True))


def test_points_exactly_on_hyperplanes():
    arr = rg.HyperplaneArrangement([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
    for regions in (rg.enumerate_regions(arr), rg.enumerate_regions(arr, zoo.cube(3))):
        X = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, -0.5, 0], [0, 0, 1], [0.25, 0.25, -0.5]])
        at = regions.locate(X)
        assert (at >= 0).all()
        assert all(closed_contains(regions[int(i)], x) for i, x in zip(at, X, strict=True))


def test_a_capped_table_says_minus_one_for_what_it_lacks():
    net = rg.ReLUNetwork.random([2, 8, 1], rng=0)
    part = rg.enumerate_regions(net, zoo.cube(2), max_regions=5)
    X = zoo.cube(2).sample(5_000, rng=0)
    at = part.locate(X)
    np.testing.assert_array_equal(at, looked_up(part, X))
    assert set(at.tolist()) <= {-1, 0, 1, 2, 3, 4}
    assert (at == -1).any()


def test_one_point_no_point_and_wrong_points():
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 4, 1], rng=0), zoo.cube(2))
    assert regions.locate([0.1, 0.2]).shape == (1,)
    assert regions.locate(np.empty((0, 2))).shape == (0,)
    with pytest.raises(ShapeError, match=r"\(n, 2\)"):
        regions.locate([[1.0, 2.0, 3.0]])
