"""Edges of the dual graph against polygons (in the plane) and linear programs (in space)."""

from itertools import combinations, pairwise

import numpy as np
import pytest
import relugeom as rg
import shapely

import brute_force
import zoo

ENGINES = ("vertex", "lp")
_WIDEN, _TOUCH = 1e-11, 1e-7  # slack of the polygons, and the shortest side that counts


def pairs(regions):
    edges = regions.neighbours
    return set(zip(edges.first.tolist(), edges.second.tolist(), strict=True))


def touching_polygons(regions):
    """Pairs that share a segment, by shapely, with the midpoint of that segment."""
    polygons = regions.polygons()
    found = {}
    for i, j in shapely.STRtree(polygons).query(polygons, "dwithin", _WIDEN).T:
        if i < j:
            shared = polygons[i].buffer(_WIDEN).intersection(polygons[j].buffer(_WIDEN))
            left, low, right, top = shared.bounds
            if max(right - left, top - low) > _TOUCH:
                found[int(i), int(j)] = np.array(shared.centroid.coords[0])
    return found


def on_the_boundary(net, x, scale=1e-7):
    """Neurons at zero at x, relative to the magnitudes around."""
    z = np.hstack([v[0][r] for v, r in zip(net.preactivations(x), net.rectified, strict=True)])
    return set(np.flatnonzero(np.abs(z) < scale).tolist())


PLANAR = (zoo.leaky, zoo.negative_slope, zoo.linear_layer, zoo.dead, zoo.many_neurons)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("make", PLANAR)
def test_planar_edges_are_shared_sides(make, engine):
    """The midpoint of the shared side has exactly the edge's neuron at zero."""
    net = make()
    regions = rg.enumerate_regions(net, zoo.cube(2), engine=engine)
    touching = touching_polygons(regions)
    assert pairs(regions) == set(touching)
    edges = regions.neighbours
    for i, j, k in zip(edges.first, edges.second, edges.neuron, strict=True):
        differ = np.flatnonzero(regions.patterns[i] != regions.patterns[j])
        assert differ.tolist() == [k]
        zero = on_the_boundary(net, touching[int(i), int(j)])
        assert zero <= {int(k)} | set(np.flatnonzero(regions.patterns[i] == 0))
        assert k in zero


@pytest.mark.parametrize("make", [zoo.duplicate, zoo.zero_rows, zoo.integers, zoo.no_bias])
def test_planar_edges_where_neurons_coincide(make):
    regions = rg.enumerate_regions(make(), zoo.cube(2, 1.5))
    assert pairs(regions) == set(touching_polygons(regions))
    assert regions.neighbours.unmatched == 0


def facet_middle(a, b, row):
    """Centre and radius of the largest disc in {x in a and b}, within the hyperplane of ``row``."""
    (G, h), (F, g) = a.halfspaces, b.halfspaces
    n, s = G[row], h[row]
    rest = np.linalg.svd(n[None])[2][1:].T
    rows, sides = np.vstack([G, F]), np.concatenate([h, g])
    flat, offset = rows @ rest, sides - rows @ n * s
    size = np.linalg.norm(flat, axis=1)
    keep = size > 1e-7
    if (offset[~keep] < -1e-9).any():
        return None, -1.0
    flat, offset, size = flat[keep], offset[keep], size[keep]
    part = rg.AffineSlice(n * s, rest)
    radius = brute_force.margin(flat / size[:, None], offset / size)
    if radius <= 1e-7:
        return None, radius
    return part.points(rg.Polytope(flat, offset).centre)[0], radius


@pytest.mark.parametrize("seed", [0, 1])
def test_spatial_edges_are_shared_faces(seed):
    """In R^3: pairs that differ in one sign, put to linear programs on the common plane."""
    net = rg.ReLUNetwork.random([3, 5, 4, 1], rng=seed)
    regions = rg.enumerate_regions(net, zoo.cube(3))
    found = pairs(regions)
    for i, j in combinations(range(len(regions)), 2):
        differ = np.flatnonzero(regions.patterns[i] != regions.patterns[j])
        if len(differ) != 1:
            assert (i, j) not in found
            continue
        row = np.flatnonzero(regions[i].facets == differ[0])
        x, radius = facet_middle(regions[i], regions[j], row[0]) if len(row) else (None, -1.0)
        assert ((i, j) in found) == (radius > 1e-7)
        if x is not None:
            assert on_the_boundary(net, x[None]) == {int(differ[0])}


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_the_hamming_trap(engine):
    """Five regions in a row on the line: four edges, though a fifth pair differs in one sign."""
    domain = zoo.cube(1, 20.0)
    regions = rg.enumerate_regions(zoo.hamming_trap(), domain, engine=engine)
    assert len(regions) == 5
    order = np.argsort(regions.points[:, 0])
    wanted = {tuple(sorted(map(int, e))) for e in pairwise(order)}
    assert pairs(regions) == wanted
    second, last = regions.patterns[order[1]], regions.patterns[order[4]]
    assert np.flatnonzero(second != last).tolist() == [0]
    everywhere = rg.enumerate_regions(zoo.hamming_trap())
    assert pairs(everywhere) == wanted


def test_deep_nets_have_pairs_that_differ_in_one_sign_and_do_not_touch():
    apart = 0
    for seed in range(6):
        net = rg.ReLUNetwork.random([2, 8, 8, 8, 1], rng=seed)
        regions = rg.enumerate_regions(net, zoo.cube(2))
        P = regions.patterns.astype(int)
        i, j = np.nonzero(np.triu((P[:, None] != P[None]).sum(axis=2) == 1, 1))
        polygons = regions.polygons()
        for a, b in set(zip(i.tolist(), j.tolist(), strict=True)) - pairs(regions):
            shared = polygons[a].buffer(_WIDEN).intersection(polygons[b].buffer(_WIDEN))
            assert shared.is_empty or max(np.ptp(shared.envelope.exterior.coords, axis=0)) < _TOUCH
            apart += polygons[a].distance(polygons[b]) > 1e-3
    assert apart > 0


@pytest.mark.parametrize("d", [1, 2, 3])
def test_in_an_arrangement_one_sign_is_sufficient(d):
    arr = rg.arrangements.families.generic(7, d, rng=d)
    regions = rg.enumerate_regions(arr)
    P = regions.patterns.astype(int)
    i, j = np.nonzero(np.triu((P[:, None] != P[None]).sum(axis=2) == 1, 1))
    assert pairs(regions) == set(zip(i.tolist(), j.tolist(), strict=True))


def test_a_capped_table_reports_the_facets_it_cannot_match():
    net = rg.ReLUNetwork.random([2, 8, 1], rng=0)
    part = rg.enumerate_regions(net, zoo.cube(2), max_regions=5)
    inner = sum((region.facets >= 0).sum() for region in part)
    edges = part.neighbours
    assert edges.unmatched == inner - 2 * len(edges.first) > 0


@pytest.mark.parametrize("d", [2, 3])
def test_coincident_neurons_over_many_seeds(d):
    """Facets on which neurons of several layers vanish: every one has its one partner."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        sizes = [(5, d), (4, 5), (1, 4)]
        weights = [rng.integers(-1, 2, size) for size in sizes]
        biases = [rng.integers(-1, 2, size[0]) for size in sizes]
        net = rg.ReLUNetwork.from_weights(weights, biases)
        vertex, lp = (rg.enumerate_regions(net, zoo.cube(d, 2.0), engine=e) for e in ENGINES)
        everywhere = rg.enumerate_regions(net)
        assert pairs(vertex) == pairs(lp)
        for table in (vertex, lp, everywhere):
            assert table.neighbours.unmatched == 0
            assert all(i < j for i, j in pairs(table))
