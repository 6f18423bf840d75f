"""Pairs of regions one sign apart that do not touch, against all pairs."""

import numpy as np
import pytest
import relugeom as rg

import graphs
import zoo


def by_all_pairs(graph):
    patterns, n = graph.regions.patterns, graph.n_regions
    edges = set(zip(graph.edges.first.tolist(), graph.edges.second.tolist(), strict=True))
    found = []
    for i in range(n):
        for j in range(i + 1, n):
            apart = np.flatnonzero(patterns[i] != patterns[j])
            if len(apart) == 1 and (i, j) not in edges:
                found.append((apart[0], i, j))
    return sorted(found)


@pytest.mark.parametrize("name", graphs.NAMES)
def test_pairs_of_small_graphs(name):
    graph = graphs.named(name)
    pairs, neurons = graph.hamming_pairs_not_adjacent()
    assert list(zip(neurons, *pairs.T, strict=True)) == by_all_pairs(graph)


@pytest.mark.parametrize("make", [m for m in zoo.DEGENERATE if m is not zoo.many_neurons])
def test_pairs_of_degenerate_nets(make):
    graph = graphs.in_cube(make)
    pairs, neurons = graph.hamming_pairs_not_adjacent()
    assert list(zip(neurons, *pairs.T, strict=True)) == by_all_pairs(graph)


@pytest.mark.parametrize("seed", range(8))
def test_deep_nets_have_such_pairs_and_their_polygons_do_not_touch(seed):
    graph = graphs.of_net([2, 8, 8, 8, 1], seed, 3.0)
    pairs, neurons = graph.hamming_pairs_not_adjacent()
    assert list(zip(neurons, *pairs.T, strict=True)) == by_all_pairs(graph)
    polygons = graph.regions.polygons()
    for i, j in pairs:
        assert polygons[i].intersection(polygons[j]).length < 1e-9


def test_the_smallest_case():
    """|x| - 1 for x > -10: (-10, -1) and (1, 2) differ in the sign of x alone."""
    graph = rg.enumerate_regions(zoo.hamming_trap(), rg.Box([-20], [2])).adjacency()
    pairs, neurons = graph.hamming_pairs_not_adjacent()
    assert neurons.tolist() == [0]
    assert sorted(graph.regions.points[pairs[0], 0] > 0) == [False, True]
    left, right = graph.regions.locate([[-5.0], [1.5]])
    assert pairs.tolist() == [[left, right]]


def test_more_than_64_neurons():
    graph = rg.enumerate_regions(zoo.many_neurons(), zoo.cube(2)).adjacency()
    pairs, neurons = graph.hamming_pairs_not_adjacent()
    patterns = graph.regions.patterns.astype(int)
    apart = (patterns.shape[1] - patterns @ patterns.T) // 2
    assert (apart == 1).sum() == 2 * (graph.n_edges + len(pairs))
    assert (patterns[pairs[:, 0], neurons] == -patterns[pairs[:, 1], neurons]).all()
