"""Minimum cuts against networkx, by duality, and against walls whose area is known."""

import networkx as nx
import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError
from scipy.sparse.csgraph import connected_components

import graphs


def two_sets(graph, rng):
    some = rng.permutation(graph.n_regions)
    a = rng.integers(1, 1 + graph.n_regions // 3)
    b = rng.integers(1, 1 + graph.n_regions // 3)
    return some[:a], some[a : a + b]


def networkx_value(graph, a, b, weight):
    other = graphs.weighted(graph, weight)
    for i in a.tolist():
        other.add_edge("source", i, w=float("inf"))
    for i in b.tolist():
        other.add_edge("sink", i, w=float("inf"))
    return nx.minimum_cut_value(other, "source", "sink", capacity="w")


def assert_cuts(graph, cut, a, b, weight):
    """The cut separates the sets, its value is its capacity, and as much flows across."""
    edges = graph.edges
    assert cut.side[a].all()
    assert not cut.side[b].any()
    across = cut.side[edges.first] != cut.side[edges.second]
    assert np.flatnonzero(across).tolist() == cut.edges.tolist()
    assert cut.value == pytest.approx(weight[cut.edges].sum(), rel=1e-12)
    assert cut.flow == pytest.approx(cut.value, rel=1e-9, abs=1e-12)
    left = graph.csr.copy()
    left[edges.first[cut.edges], edges.second[cut.edges]] = 0
    left[edges.second[cut.edges], edges.first[cut.edges]] = 0
    left.eliminate_zeros()
    part = connected_components(left, directed=False)[1]
    assert not set(part[a]) & set(part[b])


@pytest.mark.parametrize("name", graphs.MANY)
def test_unit_and_whole_capacities_are_exact(name):
    graph, rng = graphs.named(name), np.random.default_rng(0)
    for kind in ("unit", "whole", "whole", "zeros"):
        a, b = two_sets(graph, rng)
        weight = {
            "unit": np.ones(graph.n_edges),
            "whole": rng.integers(1, 20, graph.n_edges).astype(float),
            "zeros": rng.integers(0, 3, graph.n_edges).astype(float),
        }[kind]
        cut = graph.min_cut(a, b, None if kind == "unit" else weight)
        assert_cuts(graph, cut, a, b, weight)
        assert cut.value == cut.flow == networkx_value(graph, a, b, weight)


@pytest.mark.parametrize("name", [n for n in graphs.BOUNDED if n != "one region"])
def test_facet_capacities_agree_with_networkx(name):
    graph, rng = graphs.named(name), np.random.default_rng(1)
    weight = np.asarray(graph.weighted("facet")[graph.edges.first, graph.edges.second])
    for _ in range(3):
        a, b = two_sets(graph, rng)
        cut = graph.min_cut(a, b, "facet")
        assert_cuts(graph, cut, a, b, weight)
        assert cut.value == pytest.approx(networkx_value(graph, a, b, weight), rel=1e-9)


def test_capacities_of_all_sizes():
    graph, rng = graphs.named("space"), np.random.default_rng(2)
    for _ in range(20):
        weight = 10.0 ** rng.uniform(-12, 12, graph.n_edges)
        a, b = two_sets(graph, rng)
        cut = graph.min_cut(a, b, weight)
        assert_cuts(graph, cut, a, b, weight)
        assert cut.value == pytest.approx(networkx_value(graph, a, b, weight), rel=1e-9)


def test_the_smallest_wall_across_a_grid_of_boxes_is_its_section():
    m = 6
    graph = graphs.grid(m)
    x = graph.regions.points[:, 0]
    cut = graph.min_cut(x < 1, x > m, "facet")
    assert cut.value == pytest.approx(m + 1)
    assert graph.min_cut(x < 1, x > m).value == m + 1
    corner, opposite = graph.regions.locate([[0.5, 0.5], [m + 0.5, m + 0.5]])
    assert graph.min_cut(corner, opposite).value == 2
    assert repr(graph.min_cut(corner, opposite)) == "MinCut(2, 2 edges)"
    nearest = graph.min_cut(corner, opposite).side  # of two cuts the one around the second set
    assert np.flatnonzero(~nearest).tolist() == [opposite]


def test_larger_graphs_with_many_rounds_of_relabelling():
    graph = graphs.of_net([2, 40, 40, 1], 0)
    x = graph.regions.points
    rng = np.random.default_rng(0)
    for _ in range(3):
        angle = rng.uniform(0, np.pi)
        u = np.array([np.cos(angle), np.sin(angle)])
        a, b = np.flatnonzero(x @ u < -0.7), np.flatnonzero(x @ u > 0.7)
        weight = rng.exponential(size=graph.n_edges)
        cut = graph.min_cut(a, b, weight)
        assert_cuts(graph, cut, a, b, weight)
        assert cut.value == pytest.approx(networkx_value(graph, a, b, weight), rel=1e-9)


def test_sets_come_as_numbers_booleans_and_callables():
    graph = graphs.named("plane")
    a, b = np.array([3, 1, 3]), np.array([7, 9])
    wanted = graph.min_cut(a, b).value
    masks = [np.isin(np.arange(graph.n_regions), s) for s in (a, b)]
    assert graph.min_cut(*masks).value == wanted
    assert graph.min_cut(lambda regions: masks[0], lambda regions: b).value == wanted
    parts = graphs.incomplete()
    cut = parts.min_cut(0, 9)
    assert (cut.value, cut.flow, len(cut.edges)) == (0, 0, 0)


def test_bad_sets_are_named():
    graph = graphs.named("plane")
    with pytest.raises(InvalidInputError, match="must not overlap; got region 2 in both"):
        graph.min_cut([0, 2], [2, 5])
    with pytest.raises(InvalidInputError, match="`b` must hold at least one region"):
        graph.min_cut(0, np.zeros(graph.n_regions, bool))
    with pytest.raises(InvalidInputError, match="`a` must hold at least one region"):
        graph.min_cut([], 2)
    with pytest.raises(InvalidInputError, match=r"`a` must be regions, 0 to .*; got -1"):
        graph.min_cut([-1, 3], 2)
    with pytest.raises(ShapeError, match="`a` must be regions, or"):
        graph.min_cut([0.5], 2)
    with pytest.raises(ShapeError, match="`b` must be regions, or"):
        graph.min_cut(0, [True, False])
    with pytest.raises(InvalidInputError, match="`capacity` must not be negative"):
        graph.min_cut(0, 1, -np.ones(graph.n_edges))
    with pytest.raises(rg.errors.UnboundedError):
        graphs.named("braid").min_cut(0, 1, "facet")
