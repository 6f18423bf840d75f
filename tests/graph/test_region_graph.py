"""The region graph against networkx, brute force and small cases known by hand."""

from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
import relugeom as rg


def graph_of(widths, seed, side=1.0):
    net = rg.ReLUNetwork.random(widths, rng=seed)
    box = rg.Box([-side] * widths[0], [side] * widths[0])
    return rg.enumerate_regions(net, box).adjacency()


def grid(m):
    """m vertical and m horizontal lines: (m + 1)^2 regions, a grid graph."""
    normals = np.repeat(np.eye(2), m, axis=0)
    offsets = -np.tile(np.arange(1.0, m + 1), 2)
    arrangement = rg.HyperplaneArrangement(normals, offsets)
    return rg.enumerate_regions(arrangement, rg.Box([0, 0], [m + 1, m + 1])).adjacency()


def test_parallel_lines_make_a_grid_graph():
    graph = grid(4)
    assert nx.is_isomorphic(graph.to_networkx(), nx.grid_2d_graph(5, 5))
    assert graph.diameter().exact
    assert graph.diameter().lower == 8
    assert np.bincount(graph.degrees()).tolist() == [0, 0, 4, 12, 9]


@pytest.mark.parametrize("m", [3, 6, 9])
def test_generic_lines_have_m_squared_edges(m):
    rng = np.random.default_rng(m)
    angle, offset = rng.uniform(0, np.pi, m), rng.uniform(-0.3, 0.3, m)
    lines = rg.HyperplaneArrangement(np.column_stack([np.cos(angle), np.sin(angle)]), offset)
    graph = rg.enumerate_regions(lines).adjacency()
    # each line is cut into m pieces by the others, and each piece is one shared facet
    assert (graph.n_regions, graph.n_edges) == (1 + m + m * (m - 1) // 2, m * m)
    assert graph.edges.unmatched == 0


@pytest.mark.parametrize(("widths", "seed"), [([2, 10, 8, 2], 1), ([3, 8, 6, 2], 2)])
def test_distances_paths_balls_and_diameter_agree_with_networkx(widths, seed):
    graph = graph_of(widths, seed)
    other = graph.to_networkx()
    n = graph.n_regions
    assert nx.is_connected(other)
    assert graph.diameter().exact
    assert graph.diameter().lower == nx.diameter(other)
    rng = np.random.default_rng(seed)
    for i, j in rng.integers(0, n, (20, 2)):
        path = graph.shortest_path(int(i), int(j))
        assert len(path) - 1 == nx.shortest_path_length(other, i, j)
        assert (path[0], path[-1]) == (i, j)
        assert all(other.has_edge(a, b) for a, b in pairwise(path))
        ball = graph.ball(int(i), 3)
        assert set(ball) == set(nx.single_source_shortest_path_length(other, i, cutoff=3))
    assert graph.degrees().tolist() == [other.degree(i) for i in range(n)]
    assert graph.neighbours(0).tolist() == sorted(other[0])


@pytest.mark.parametrize(("widths", "seed"), [([2, 8, 8, 1], 0), ([2, 6, 6, 6, 1], 5)])
def test_edges_are_the_pairs_of_polygons_that_share_a_segment(widths, seed):
    graph = graph_of(widths, seed)
    polygons = graph.regions.polygons()
    found = {
        (i, j)
        for i, j in combinations(range(len(polygons)), 2)
        if polygons[i].distance(polygons[j]) < 1e-9
        and polygons[i].buffer(1e-9).intersection(polygons[j].buffer(1e-9)).length > 1e-5
    }
    edges = graph.edges
    assert found == set(zip(edges.first.tolist(), edges.second.tolist(), strict=True))


def test_each_edge_has_one_zero_on_the_shared_facet():
    graph = graph_of([2, 12, 10, 1], 4)
    net, polygons = graph.regions.source, graph.regions.polygons()
    edges = graph.edges
    for i, j, k in zip(edges.first, edges.second, edges.neuron, strict=True):
        facet = polygons[i].boundary.intersection(polygons[j].buffer(1e-9))
        point = np.array(facet.interpolate(0.5, normalized=True).coords)
        values = np.abs(np.concatenate(net.preactivations(point), axis=1)[0])
        assert values[k] < 1e-7
        assert np.flatnonzero(graph.regions.patterns[i] != graph.regions.patterns[j]).tolist() == [
            k
        ]
        assert graph.crossing(i, j) == graph.crossing(j, i) == k


def test_one_sign_apart_is_not_adjacent_in_a_deep_network():
    # h1 = x, h2 = x + 10, g = 2 relu(h1) - relu(h2) + 9 = |x| - 1 for x > -10: the patterns of
    # (-10, -1) and (1, inf) differ in h1 alone, and these two do not touch
    net = rg.ReLUNetwork.from_weights(
        [[[1.0], [1.0]], [[2.0, -1.0]], [[1.0]]], [[0.0, 10.0], [9.0], [0.0]]
    )
    for domain, engine in ((None, "lp"), (rg.Box([-20], [20]), "vertex")):
        regions = rg.enumerate_regions(net, domain, engine=engine)
        graph = regions.adjacency()
        assert (graph.n_regions, graph.n_edges, graph.edges.unmatched) == (5, 4, 0)
        order = np.argsort(regions.points[:, 0]).tolist()
        chain = {tuple(sorted(pair)) for pair in pairwise(order)}
        edges = graph.edges
        assert chain == set(zip(edges.first.tolist(), edges.second.tolist(), strict=True))
        left, right = regions.locate([[-5.0], [5.0]])
        assert (regions.patterns[left] != regions.patterns[right]).sum() == 1
        assert len(graph.shortest_path(int(left), int(right))) == 4


def test_random_deep_nets_have_pairs_one_sign_apart_that_do_not_touch():
    apart = 0
    for seed in range(8):
        graph = graph_of([2, 8, 8, 8, 1], seed, side=3.0)
        signs = graph.regions.patterns.astype(int)
        hamming = (signs.shape[1] - signs @ signs.T) // 2
        close = {(i, j) for i, j in np.argwhere(hamming == 1) if i < j}
        edges = set(zip(graph.edges.first.tolist(), graph.edges.second.tolist(), strict=True))
        assert edges <= close
        polygons = graph.regions.polygons()
        for i, j in close - edges:
            shared = polygons[i].intersection(polygons[j])
            assert shared.length < 1e-9
            apart += 1
    assert apart > 0


def test_duplicate_neurons_are_crossed_together():
    net = rg.ReLUNetwork.from_weights([[[1, 0], [2, 0], [-1, 0], [0, 1]], [[1, 1, 1, 1]]])
    graph = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).adjacency()
    assert (graph.n_regions, graph.n_edges, graph.edges.unmatched) == (4, 4, 0)
    assert sorted(graph.edges.neuron.tolist()) == [0, 0, 3, 3]


def test_components_of_a_predicate():
    graph = grid(2)  # nine squares
    middle_row = np.abs(graph.regions.points[:, 1] - 1.5) < 0.5
    labels = graph.components(lambda regions: ~middle_row)
    assert (labels[middle_row] == -1).all()
    assert set(labels[~middle_row]) == {0, 1}
    other = graph.to_networkx().subgraph(np.flatnonzero(~middle_row))
    assert len(list(nx.connected_components(other))) == 2
    assert graph.components(np.zeros(9, bool)).tolist() == [-1] * 9


def test_graphml_holds_the_same_graph(tmp_path):
    graph = graph_of([2, 8, 6, 1], 3)
    file = tmp_path / "graph.graphml"
    graph.save(file)
    stored = nx.read_graphml(file, node_type=int)
    assert {tuple(sorted(edge)) for edge in stored.edges} == set(
        zip(graph.edges.first.tolist(), graph.edges.second.tolist(), strict=True)
    )
    node = stored.nodes[5]
    assert [node["x0"], node["x1"]] == graph.regions.points[5].tolist()
    signs = {"+": 1, "-": -1, "0": 0}
    assert [signs[s] for s in node["signs"]] == graph.regions.patterns[5].tolist()
    layers = graph.regions.source.neuron_layer
    assert all(layers[d["neuron"]] == d["layer"] for _, _, d in stored.edges(data=True))


def test_errors_name_the_argument():
    graph = grid(1)
    with pytest.raises(rg.errors.InvalidInputError, match="`x` must be a region"):
        graph.shortest_path(99, 0)
    with pytest.raises(rg.errors.DomainError, match="`y` must lie in a listed region"):
        graph.shortest_path(0, [7.0, 7.0])
    with pytest.raises(rg.errors.ShapeError, match="`x`"):
        graph.shortest_path([1.0], 0)
    with pytest.raises(rg.errors.InvalidInputError, match="share a facet"):
        graph.crossing(0, 3)
    with pytest.raises(rg.errors.ShapeError, match="`predicate`"):
        graph.components([True])
    with pytest.raises(rg.errors.UnsupportedError, match="graphml"):
        graph.save("graph.csv")


def test_incomplete_table_counts_the_facets_it_cannot_match():
    net = rg.ReLUNetwork.random([2, 12, 1], rng=0)
    regions = rg.enumerate_regions(net, rg.Box([-3, -3], [3, 3]), max_regions=10)
    assert not regions.complete
    assert regions.adjacency().edges.unmatched > 0
