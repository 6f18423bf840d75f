"""Volumes, vertices and polygons of regions, each by a second route."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import relugeom as rg
import shapely
from relugeom.errors import UnsupportedError

import zoo

PLANAR = (
    zoo.leaky, zoo.negative_slope, zoo.linear_layer, zoo.many_neurons, zoo.dead, zoo.zero_rows,
    zoo.duplicate, zoo.no_bias, zoo.integers,
)  # fmt: skip


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5])
def test_volumes_add_up_to_the_domain_and_equal_those_of_qhull(d, engine):
    net = rg.ReLUNetwork.random([d, 6, 4, 1], rng=d)
    for domain in (rg.Box([-1] * d, range(1, d + 1)), zoo.random_polytope(d, d)):
        regions = rg.enumerate_regions(net, domain, engine=engine)
        assert regions.volumes.sum() == pytest.approx(domain.volume, rel=1e-9)
        assert (regions.volumes > 0).all()
        for i in range(0, len(regions), max(1, len(regions) // 40)):
            assert regions.volumes[i] == pytest.approx(regions[i].volume, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("make", zoo.DEGENERATE)
def test_volumes_of_degenerate_nets(make):
    net = make()
    domain = zoo.cube(net.input_dim, 1.5)
    regions = rg.enumerate_regions(net, domain)
    assert regions.volumes.sum() == pytest.approx(domain.volume, rel=1e-9)
    some = slice(None, None, max(1, len(regions) // 40))
    single = [regions[i].volume for i in range(len(regions))[some]]
    np.testing.assert_allclose(regions.volumes[some], single, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("d", [2, 3])
def test_volumes_against_sampling(d):
    net = rg.ReLUNetwork.random([d, 5, 3, 1], rng=d)
    regions = rg.enumerate_regions(net, zoo.cube(d))
    share = np.bincount(regions.locate(zoo.cube(d).sample(100_000, rng=0))) / 100_000
    np.testing.assert_allclose(share, regions.volumes / 2**d, atol=0.006)


def test_volumes_of_a_braid_cut_are_equal_by_symmetry():
    """The six orders of three coordinates share the cube equally."""
    arr = rg.HyperplaneArrangement([[1, -1, 0], [0, 1, -1], [1, 0, -1]])
    volumes = rg.enumerate_regions(arr, zoo.cube(3)).volumes
    np.testing.assert_allclose(volumes, [8 / 6] * 6, rtol=1e-12)


@pytest.mark.parametrize("make", PLANAR)
def test_the_plane_is_tiled_once(make):
    """No overlap, no gap, and Euler's V - E + F = 1 E between all corners on a side."""
    regions = rg.enumerate_regions(make(), zoo.cube(2, 1.5))
    polygons = regions.polygons()
    assert all(p.is_valid and p.exterior.is_ccw for p in polygons)
    np.testing.assert_allclose(shapely.area(polygons), regions.volumes, rtol=1e-9, atol=1e-13)
    assert shapely.union_all(polygons, grid_size=1e-9).area == pytest.approx(9.0, rel=1e-7)

    corners = shapely.get_coordinates(shapely.set_precision(polygons, 1e-7))
    vertices = np.unique(corners, axis=0)
    tree = shapely.STRtree(shapely.points(vertices))
    edges = set()
    for polygon in polygons:
        ring = shapely.get_coordinates(polygon)
        for a, b in pairwise(ring):
            near = tree.query(shapely.LineString([a, b]), "dwithin", 1e-6)
            order = near[np.argsort(vertices[near] @ (b - a))]
            edges |= {tuple(sorted(map(int, e))) for e in pairwise(order)}
    assert len(vertices) - len(edges) + len(regions) == 1


@pytest.mark.parametrize("make", [zoo.leaky, zoo.duplicate, zoo.integers])
def test_polygons_one_by_one_and_all_at_once(make):
    regions = rg.enumerate_regions(make(), zoo.cube(2))
    for region, polygon in zip(regions, regions.polygons(), strict=True):
        assert region.polygon.symmetric_difference(polygon).area < 1e-9
        assert polygon.contains(shapely.Point(region.point))


def test_vertices_satisfy_the_halfspaces_and_lie_on_the_facets():
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([3, 6, 5, 1], rng=3), zoo.cube(3))
    start, vertices = regions.geometry.start, regions.geometry.vertices
    for region in regions:
        G, h = region.halfspaces
        np.testing.assert_allclose(np.linalg.norm(G, axis=1), 1.0, rtol=1e-12)
        gap = h - vertices[start[region.index] : start[region.index + 1]] @ G.T
        assert (gap > -1e-9).all()
        assert ((gap < 1e-9).sum(axis=0) >= 3).all()  # a facet has at least three corners
        assert (h - G @ region.point > 0).all()


def test_volumes_on_a_line_are_exact_fractions():
    """Breakpoints of an integer net on the line, in exact arithmetic."""
    net = rg.ReLUNetwork.from_weights([[[3.0], [-7.0], [5.0]], [[1.0] * 3]], [[1, 2, -4], [0]])
    cuts = sorted([Fraction(-1), Fraction(-1, 3), Fraction(2, 7), Fraction(4, 5), Fraction(1)])
    wanted = sorted(float(b - a) for a, b in pairwise(cuts))
    regions = rg.enumerate_regions(net, zoo.cube(1))
    np.testing.assert_allclose(np.sort(regions.volumes), wanted, rtol=1e-14)


def test_polygons_need_a_plane():
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([3, 4, 1], rng=0), zoo.cube(3))
    for ask in (regions.polygons, lambda: regions[0].polygon):
        with pytest.raises(UnsupportedError, match=r"R\^3"):
            ask()


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_centroids_are_means_of_samples_and_add_up(d):
    net = rg.ReLUNetwork.random([d, 7, 5, 1], rng=d)
    domain = zoo.cube(d) if d == 1 else zoo.random_polytope(d, d)
    regions = rg.enumerate_regions(net, domain)
    assert regions.centroids.shape == (len(regions), d)
    assert (regions.locate(regions.centroids) == np.arange(len(regions))).all()
    X = domain.bounding_box.sample(300_000, rng=0)
    X = X[domain.contains(X)]
    where = regions.locate(X)
    biggest = int(regions.volumes.argmax())
    mine = X[where == biggest]
    error = mine.std(axis=0) / np.sqrt(len(mine))
    assert (np.abs(mine.mean(axis=0) - regions.centroids[biggest]) < 4.5 * error).all()
    whole = regions.volumes @ regions.centroids / regions.volumes.sum()
    error = X.std(axis=0) / np.sqrt(len(X))
    assert (np.abs(X.mean(axis=0) - whole) < 4.5 * error).all()


def test_centroids_of_polygons():
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 8, 6, 1], rng=0), zoo.cube(2))
    wanted = [p.centroid.coords[0] for p in regions.polygons()]
    np.testing.assert_allclose(regions.centroids, wanted, atol=1e-9)
