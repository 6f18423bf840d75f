"""Bent hyperplanes: their facets, and their pieces against geometry."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.regions.geometry import edge_facets, facet_vertices
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

import graphs
import zoo


def pieces_by_vertices(graph, zone):
    """Facets are linked where vertices that they share span a (d-2)-dimensional face."""
    d, m, corners = graph.regions.dim, len(zone), {}
    for place, vertices, _ in facet_vertices(graph.regions, edge_facets(graph.regions)[zone.edges]):
        corners |= {e: vertices[place == e] for e in np.unique(place).tolist()}
    linked = np.zeros((m, m), bool)
    for a in range(m):
        for b in range(a):
            gaps = np.linalg.norm(corners[a][:, None] - corners[b], axis=2)
            shared = corners[a][gaps.min(axis=1) < 1e-7]
            enough = d > 1 and len(shared) >= d - 1
            linked[a, b] = enough and (
                d == 2 or np.linalg.matrix_rank(shared - shared[0], tol=1e-6) >= d - 2
            )
    return connected_components(csr_array(linked), directed=False)[1]


def pieces_by_complex(graph, zone):
    """The same from the polyhedral complex, whose facets know the ridges that they share."""
    cells, facets = graph.regions.complex.facets[-1], graph.regions.complex.facets[-2]
    region = graph.regions.complex.region[np.repeat(np.arange(cells.n_faces), np.diff(cells.start))]
    sides = {}
    for facet, side in zip(cells.part.tolist(), region.tolist(), strict=True):
        sides.setdefault(facet, []).append(side)
    facet_of = {tuple(sorted(pair)): facet for facet, pair in sides.items()}
    ends = np.column_stack([graph.edges.first, graph.edges.second])[zone.edges].tolist()
    own = [facet_of[tuple(pair)] for pair in ends]
    ridges = [facets.part[facets.start[f] : facets.start[f + 1]] for f in own]
    linked = [[len(np.intersect1d(a, b)) > 0 for a in ridges] for b in ridges]
    return connected_components(csr_array(linked), directed=False)[1]


def assert_same_parts(a, b):
    assert len(set(zip(a.tolist(), b.tolist(), strict=True))) == len(set(a)) == len(set(b))


def assert_zones(graph):
    net = graph.regions.problem
    for neuron in range(net.n_neurons):
        zone = graph.zones(neuron)
        signs = graph.regions.patterns[:, neuron]
        changes = signs[graph.edges.first] != signs[graph.edges.second]
        assert zone.edges.tolist() == np.flatnonzero(changes).tolist()
        assert_same_parts(zone.piece, pieces_by_vertices(graph, zone))


@pytest.mark.parametrize("name", graphs.BOUNDED)
def test_pieces_share_ridges(name):
    assert_zones(graphs.named(name))


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("make", [m for m in zoo.DEGENERATE if m is not zoo.many_neurons])
def test_pieces_of_degenerate_nets(make, engine):
    net = make()
    domain = zoo.cube(net.input_dim, 2.0)
    assert_zones(rg.enumerate_regions(net, domain, engine=engine).adjacency())


@pytest.mark.parametrize("seed", range(30))
def test_pieces_of_nets_under_stress(seed):
    net = zoo.stress(seed)
    if net.input_dim < 4:
        assert_zones(rg.enumerate_regions(net, zoo.cube(net.input_dim)).adjacency())


@pytest.mark.parametrize(("widths", "seed"), [([2, 8, 8, 8, 1], 1), ([3, 6, 5, 1], 3)])
def test_pieces_of_deep_nets(widths, seed):
    graph = graphs.of_net(widths, seed, 3.0)
    assert_zones(graph)


def test_deep_nets_have_zones_in_several_pieces():
    graph = graphs.of_net([2, 8, 8, 8, 1], 1, 3.0)
    assert max(graph.zones(k).n_pieces for k in range(graph.regions.problem.n_neurons)) > 1


@pytest.mark.parametrize(
    ("widths", "seed"), [([2, 9, 8, 1], 2), ([3, 6, 5, 1], 4), ([4, 4, 3, 1], 0)]
)
def test_pieces_against_the_polyhedral_complex(widths, seed):
    graph = graphs.of_net(widths, seed, 2.0)
    for neuron in range(graph.regions.problem.n_neurons):
        zone = graph.zones(neuron)
        if len(zone):
            assert_same_parts(zone.piece, pieces_by_complex(graph, zone))


def test_a_bent_line_of_two_separate_pieces():
    """relu(|x| - 1) beside a neuron in y: two vertical lines, each cut in two."""
    weights = [[[1, 0], [-1, 0], [0, 1]], [[1, 1, 0]], [[1]]]
    net = rg.ReLUNetwork.from_weights(weights, [[0, 0, 0], [-1], [0]])
    graph = rg.enumerate_regions(net, zoo.cube(2, 2.0)).adjacency()
    zone = graph.zones(3)
    assert repr(zone) == "Zone(neuron 3, 4 facets in 2 pieces)"
    x = graph.regions.points[graph.edges.first[zone.edges], 0]
    assert_same_parts(zone.piece, x > 0)
    assert graph.zones(2).n_pieces == 1


def test_a_ring_of_four_regions_is_not_always_around_a_ridge():
    """|x| + |y| - 1: the regions outside the square make a ring, and no two facets on it meet."""
    eye = np.eye(2)
    weights = [np.vstack([eye, -eye]), np.ones((1, 4)), [[1.0]]]
    net = rg.ReLUNetwork.from_weights(weights, [np.zeros(4), [-1.0], [0.0]])
    whole = rg.enumerate_regions(net, zoo.cube(2, 3.0))
    outside = whole.patterns[:, 4] > 0
    assert outside.sum() == 4
    from dataclasses import replace

    words, points = whole.words[outside], whole.points[outside]
    ring = replace(
        whole, words=words, points=points, reported_facets=None, status="capped"
    ).adjacency()
    assert ring.n_edges == 4
    assert [ring.zones(k).n_pieces for k in (0, 1)] == [2, 2]
    assert [whole.adjacency().zones(k).n_pieces for k in range(5)] == [1] * 5


@pytest.mark.parametrize("m", [3, 4, 5])
def test_lines_through_one_point_are_each_in_one_piece(m):
    graph = graphs.concurrent(m)
    for k in range(m):
        assert (len(graph.zones(k)), graph.zones(k).n_pieces) == (2, 1)


def test_hyperplanes_in_all_of_space_are_in_one_piece():
    for name in ("braid", "generic"):
        graph = graphs.named(name)
        for k in range(graph.regions.problem.n_neurons):
            assert graph.zones(k).n_pieces == 1


def test_zones_in_all_of_space_are_those_of_a_large_box():
    net = rg.ReLUNetwork.random([2, 6, 5, 1], rng=4)
    space = rg.enumerate_regions(net).adjacency()
    box = rg.enumerate_regions(net, zoo.cube(2, 1e3)).adjacency()
    assert space.n_regions == box.n_regions
    for k in range(net.n_neurons):
        assert_same_parts(space.zones(k).piece, box.zones(k).piece)


@pytest.mark.parametrize("name", graphs.NAMES)
def test_neighbours_across_are_the_two_sides_of_the_facets(name):
    graph = graphs.named(name)
    for k in range(graph.regions.problem.n_neurons):
        pairs, zone = graph.neighbours_across(k), graph.zones(k)
        low, high = graph.regions.patterns[pairs, k].T
        assert (low < high).all()
        ends = np.column_stack([graph.edges.first, graph.edges.second])[zone.edges]
        np.testing.assert_array_equal(np.sort(pairs, axis=1), ends)


def test_bad_neurons():
    graph = graphs.named("plane")
    with pytest.raises(InvalidInputError, match="`neuron` must be a neuron, 0 to 13; got 14"):
        graph.zones(14)
    with pytest.raises(InvalidInputError, match="`neuron` must be a whole number >= 0; got -1"):
        graph.neighbours_across(-1)
