"""Distances, paths, balls and the diameter against networkx."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import DomainError, IncompleteError, InvalidInputError, ShapeError

import graphs


@pytest.mark.parametrize("name", graphs.NAMES)
def test_distances_and_balls_are_those_of_networkx(name):
    graph = graphs.named(name)
    other, n = graph.to_networkx(), graph.n_regions
    for i in np.random.default_rng(0).integers(0, n, 5):
        lengths = nx.single_source_shortest_path_length(other, int(i))
        distances = graph.geodesic_distances(int(i))
        assert distances.tolist() == [lengths[j] for j in range(n)]
        for r in (0, 1, 3):
            assert graph.ball(i, r).tolist() == [j for j in range(n) if lengths[j] <= r]
    assert graph.degrees().tolist() == [other.degree(i) for i in range(n)]


@pytest.mark.parametrize("weight", [None, "distance", "facet", "callable", "array"])
@pytest.mark.parametrize("name", graphs.BOUNDED)
def test_paths_are_as_short_as_those_of_networkx(name, weight):
    graph = graphs.named(name)
    rng = np.random.default_rng(1)
    array = rng.integers(0, 5, graph.n_edges).astype(float)  # zeros are edges too
    given = {"callable": lambda g: 1.0 + g.edge_layers, "array": array}.get(weight, weight)
    numbers = {
        None: np.ones(graph.n_edges),
        "callable": 1.0 + graph.edge_layers,
        "array": array,
    }.get(weight)
    if numbers is None:
        numbers = graph.weighted(weight)[graph.edges.first, graph.edges.second]
    other = graphs.weighted(graph, numbers)
    for i, j in rng.integers(0, graph.n_regions, (8, 2)).tolist():
        path = graph.shortest_path(i, j, weight=given)
        assert (path[0], path[-1]) == (i, j)
        total = sum(other.edges[int(a), int(b)]["w"] for a, b in pairwise(path))
        wanted = nx.shortest_path_length(other, i, j, weight="w")
        assert total == pytest.approx(wanted, abs=1e-12)
        assert graph.geodesic_distances(i, given)[j] == pytest.approx(wanted, abs=1e-12)


def test_the_shortest_path_between_two_points_crosses_what_separates_them():
    graph = graphs.of_net([3, 9, 1], 0)  # a plain arrangement in a convex domain
    rng = np.random.default_rng(0)
    for x, y in rng.uniform(-1, 1, (20, 2, 3)):
        ends = graph.regions.locate([x, y])
        apart = (graph.regions.patterns[ends[0]] != graph.regions.patterns[ends[1]]).sum()
        assert len(graph.shortest_path(x, y)) - 1 == apart
        assert len(rg.crossings_on_segment(graph.regions.source, x, y)) == apart


@pytest.mark.parametrize("name", graphs.NAMES)
def test_the_diameter_is_that_of_networkx(name):
    graph = graphs.named(name)
    found = graph.diameter()
    assert found.exact
    assert str(found) == str(nx.diameter(graph.to_networkx())) == str(found.lower)
    assert graph.geodesic_distances(found.ends[0])[found.ends[1]] == found.lower


@pytest.mark.parametrize("seed", range(6))
def test_the_bounds_on_the_diameter_hold_after_any_number_of_searches(seed):
    graph = graphs.of_net([2, 9, 7, 1], seed, 2.0)
    diameter = nx.diameter(graph.to_networkx())
    widths = []
    for searches in range(1, 12):
        found = graph.diameter(searches)
        assert found.lower <= diameter <= found.upper
        assert found.exact == (found.lower == found.upper)
        widths.append(found.upper - found.lower)
    assert widths == sorted(widths, reverse=True)
    first = graph.diameter(1)
    assert not first.exact
    assert str(first) == f"between {first.lower} and {first.upper}"


def test_the_diameter_of_an_arrangement_is_its_number_of_hyperplanes():
    """In all of space the regions at two ends of a generic line lie on different sides of all."""
    graph = rg.enumerate_regions(rg.arrangements.families.generic(20, 3, rng=1)).adjacency()
    assert graph.diameter(1).upper == 20
    assert (graph.diameter().lower, graph.diameter().exact) == (20, True)


def test_an_incomplete_table_may_be_in_parts():
    graph = graphs.incomplete()
    assert graph.geodesic_distances(0).tolist() == [0, 1, 2, 3, *[-1] * 6]
    assert np.isinf(graph.geodesic_distances(0, "distance")).sum() == 6
    assert graph.ball(0, 99).tolist() == [0, 1, 2, 3]
    with pytest.raises(IncompleteError, match="complete for a path from 0 to 9; got capped"):
        graph.shortest_path(0, 9)
    with pytest.raises(IncompleteError, match="complete for a path from 0 to 9"):
        graph.shortest_path(0, 9, weight="distance")
    with pytest.raises(IncompleteError, match="complete for a diameter"):
        graph.diameter()


def test_bad_arguments_are_named():
    graph = graphs.named("plane")
    with pytest.raises(InvalidInputError, match="`x` must be a region"):
        graph.shortest_path(9999, 0)
    with pytest.raises(DomainError, match="`y` must lie in a listed region"):
        graph.shortest_path(0, [7.0, 7.0])
    with pytest.raises(ShapeError, match="`i`"):
        graph.geodesic_distances([1.0])
    with pytest.raises(InvalidInputError, match="`weight` must be one of distance, facet"):
        graph.shortest_path(0, 1, weight="length")
    with pytest.raises(InvalidInputError, match="`weight` must not be negative; got -1"):
        graph.shortest_path(0, 1, weight=lambda g: -np.ones(g.n_edges))
    with pytest.raises(ShapeError, match="`weight` must have shape"):
        graph.shortest_path(0, 1, weight=[1.0])
    with pytest.raises(InvalidInputError, match="`max_searches`"):
        graph.diameter(0)
    with pytest.raises(InvalidInputError, match="`r` must be a whole number >= 0"):
        graph.ball(0, -1)
    with pytest.raises(rg.errors.UnboundedError, match="`domain` must be bounded"):
        graphs.named("braid").shortest_path(0, 1, weight="facet")
    empty = rg.enumerate_regions(rg.ReLUNetwork.random([2, 3, 1], rng=0), max_regions=1)
    assert empty.adjacency().diameter().upper == 0
