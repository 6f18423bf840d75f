"""First-layer neurons in the arrangement that the data cut, against sampling and graph search."""

from math import comb

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.paths import layer_cells, neuron_walks

from runs import mask, random_walk


@pytest.mark.parametrize(("n", "d", "h", "total"), [(4, 1, 2, 64), (3, 2, 2, 64), (4, 2, 2, 196)])
def test_masks_of_a_layer_are_as_many_as_sampling_finds(n, d, h, total):
    t = np.linspace(-1, 1, n)
    X = np.column_stack([t, t**2])[:, :d]
    cells = layer_cells(X, h)
    assert cells.total == total == rg.arrangements.counting.parameter_cells(n, d, h)
    assert (
        cells.per_neuron
        == cells.in_general_position
        == 2 * sum(comb(n - 1, j) for j in range(d + 1))
    )
    theta = np.random.default_rng(0).normal(size=(300_000, h, d + 1))
    on = np.einsum("shk,nk->shn", theta, np.column_stack([X, np.ones(n)])) > 0
    packed = np.packbits(on.reshape(len(on), -1), axis=1)
    assert len(set(packed.ravel().tolist())) == total


def test_without_bias_the_walls_are_those_of_the_samples():
    X = np.random.default_rng(1).normal(size=(5, 3))
    assert layer_cells(X, bias=False).per_neuron == 22  # Cover's C(5, 3)
    assert layer_cells(X).per_neuron == rg.count_regions(
        rg.HyperplaneArrangement.from_data(X), engine="lp"
    )


def test_points_that_are_not_in_general_position_give_fewer():
    line = layer_cells([[0, 0], [1, 1], [2, 2], [0, 0]], 3)  # three walls through one line
    assert (line.per_neuron, line.total, line.in_general_position) == (6, 216, 14)
    assert "if the points were in general position" in str(line)


def test_too_many_cells_are_bounded_not_counted():
    cells = layer_cells(np.random.default_rng(0).normal(size=(200, 5)), 4)
    assert not cells.exact
    assert cells.per_neuron == rg.arrangements.counting.central(200, 6)
    assert str(cells).startswith("at most e^")
    assert cells.log_total == pytest.approx(np.log(float(cells.total)))


@pytest.fixture(scope="module")
def case():
    path, X = random_walk([2, 5, 4, 1], steps=40, n=9, size=0.2, seed=3)
    return path, X, rg.crossings(path, X)


def test_distance_is_that_in_the_graph_of_cells(case):
    path, X, events = case
    walks = neuron_walks(path, X, events)
    graph = walks.regions.adjacency()
    assert len(walks.regions) == walks.cells.per_neuron
    for j in range(5):
        start, end = walks.located[0, j], walks.located[-1, j]
        assert len(graph.shortest_path(int(start), int(end))) - 1 == walks.distance[j]
        way = [
            len(graph.shortest_path(int(start), int(k))) - 1 for k in np.unique(walks.located[:, j])
        ]
        assert walks.farthest[j] == max(way)
    assert (walks.crossings >= walks.distance).all()
    assert ((walks.crossings - walks.distance) % 2 == 0).all()
    assert walks.crossings.sum() == (events.layer == 0).sum()
    assert (walks.n_cells <= walks.crossings + 1).all()


def test_located_cells_have_the_masks_of_the_network(case):
    path, X, events = case
    walks = neuron_walks(path, X, events)
    for t in (0, 17, 40):
        on = mask(path.start, path.parameters[t], X)[:, :5]
        np.testing.assert_array_equal(walks.regions.patterns[walks.located[t]] > 0, on.T)


def test_equal_samples_are_one_wall(case):
    path, X, _ = case
    twice = np.vstack([X, X[:4]])
    once, more = (neuron_walks(path, Y, rg.crossings(path, Y)) for Y in (X, twice))
    assert more.n_walls == once.n_walls == len(X)
    for name in ("crossings", "n_cells", "distance", "farthest"):
        np.testing.assert_array_equal(getattr(once, name), getattr(more, name))


def test_a_straight_line_makes_no_detour():
    net = rg.ReLUNetwork.random([2, 4, 1], rng=0)
    X = np.random.default_rng(0).normal(size=(7, 2))
    line = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    walks = neuron_walks(line, X, rg.crossings(line, X))
    assert walks.crossings.tolist() == walks.distance.tolist() == [7] * 4
    assert walks.detour.tolist() == [1.0] * 4


def test_large_arrangements_are_not_enumerated(case):
    path, X, events = case
    full, small = (neuron_walks(path, X, events, max_cells=m) for m in (10**5, 10))
    assert small.regions is None
    assert small.located is None
    np.testing.assert_array_equal(small.distance, full.distance)
    assert "(not enumerated)" in str(small)
    assert "(enumerated)" in str(full)
    assert full.rows()[2]["crossings"] == full.crossings[2]


def test_bad_input(case):
    path, X, events = case
    with pytest.raises(InvalidInputError, match="events"):
        neuron_walks(path, X, None)
    with pytest.raises(ShapeError, match="events"):
        neuron_walks(path, X[:-1], events)
    with pytest.raises(InvalidInputError, match="n_neurons"):
        layer_cells(X, 0)
