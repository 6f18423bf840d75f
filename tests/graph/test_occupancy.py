"""Labelled data on the graph, against networkx and counting one by one."""

import networkx as nx
import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError

import graphs


def data(d, n, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1.1, 1.1, (n, d)), rng.choice(["left", "right", "up"], n)


@pytest.mark.parametrize("name", ["plane", "deep plane", "space", "four dimensions", "duplicate"])
def test_counts_purity_and_distances(name):
    graph = graphs.named(name)
    X, y = data(graph.regions.dim, 40, 0)
    found = graph.occupancy(X, y)
    other, index = graph.to_networkx(), graph.regions.locate(X)
    assert found.classes.tolist() == ["left", "right", "up"]
    np.testing.assert_array_equal(found.region, index)
    assert found.outside == (index < 0).sum()
    occupied = sorted(set(index[index >= 0].tolist()))
    assert found.occupied.tolist() == occupied
    for i in range(graph.n_regions):
        here = y[index == i]
        assert found.counts[i] == len(here)
        assert found.class_counts[i].tolist() == [(here == c).sum() for c in found.classes]
        if len(here):
            assert found.purity[i] == max((here == c).mean() for c in found.classes)
        else:
            assert np.isnan(found.purity[i])
    held = [set(index[(y == c) & (index >= 0)].tolist()) for c in found.classes]
    assert found.regions_per_class.tolist() == [len(h) for h in held]
    for a in range(3):
        for b in range(3):
            ways = [nx.shortest_path_length(other, i, j) for i in held[a] for j in held[b]]
            assert found.class_distances[a, b] == min(ways)
            nearest = [
                min(nx.shortest_path_length(other, i, j) for j in held[b])
                for i in index[(y == found.classes[a]) & (index >= 0)]
            ]
            assert found.mean_class_distances[a, b] == pytest.approx(np.mean(nearest))
    near = nx.multi_source_dijkstra_path_length(other, set(occupied), weight=None)
    assert found.distances.tolist() == [near[i] for i in range(graph.n_regions)]
    for r in (1, 2):
        empty = [i for i in range(graph.n_regions) if 1 <= near[i] <= r]
        assert found.empty_around(r).tolist() == empty
    assert "40 points" in repr(found)


def test_two_classes_apart_are_as_far_as_the_lines_between_them():
    graph = graphs.grid(5)
    X = [[0.5, 0.5], [0.6, 0.5], [4.5, 2.5], [9.0, 9.0]]
    found = graph.occupancy(X, [7, 7, 3, 3])
    assert found.classes.tolist() == [3, 7]
    assert found.class_distances.tolist() == [[0, 6], [6, 0]]
    assert found.outside == 1
    assert len(found.empty_around()) == 2 + 4


def test_without_labels_all_are_one_class_and_without_points_there_is_none():
    graph = graphs.named("plane")
    found = graph.occupancy([[0.0, 0.0]])
    assert found.classes.tolist() == [0]
    assert found.class_distances.tolist() == [[0]]
    none = graph.occupancy(np.empty((0, 2)), [])
    assert none.class_counts.shape == (graph.n_regions, 0)
    assert (none.counts == 0).all()
    assert (none.distances == -1).all()
    assert len(none.empty_around()) == 0
    assert none.class_distances.shape == none.mean_class_distances.shape == (0, 0)


def test_a_class_that_lies_outside_or_in_another_part_is_not_reached():
    found = graphs.named("plane").occupancy([[0.0, 0.0], [50.0, 0.0]], [1, 2])
    assert found.class_distances.tolist() == [[0, -1], [-1, -1]]
    assert np.isnan(found.mean_class_distances).tolist() == [[False, True], [True, True]]
    parts = graphs.incomplete()
    found = parts.occupancy(parts.regions.points[[0, 2, 9]], [0, 1, 2])
    assert found.class_distances.tolist() == [[0, 2, -1], [2, 0, -1], [-1, -1, 0]]


def test_bad_data():
    graph = graphs.named("plane")
    with pytest.raises(ShapeError, match="`X` must be points"):
        graph.occupancy([[1.0]])
    with pytest.raises(ShapeError, match=r"`y` must hold one label a row of `X` \(1\)"):
        graph.occupancy([[0.0, 0.0]], [1, 2])
    with pytest.raises(InvalidInputError, match="`y` must be finite"):
        graph.occupancy([[0.0, 0.0]], [np.nan])
    with pytest.raises(InvalidInputError, match="`r` must be a whole number >= 1"):
        graph.occupancy([[0.0, 0.0]]).empty_around(0)
    assert isinstance(graph.occupancy([[0.0, 0.0]]).graph, rg.RegionGraph)
