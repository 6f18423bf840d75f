from itertools import pairwise

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.paths import flip_quantiles, flip_rate, freeze_order, freeze_time

from runs import mask, random_walk, zigzag


def test_freeze_time_is_the_step_after_the_last_flip():
    events = rg.crossings(zigzag([1, -1, 1, 2, 3, 4, 5]), [[1.0]])
    assert freeze_time(events).tolist() == [2]
    assert freeze_time(rg.crossings(zigzag([1, -1, 1, -1]), [[1.0]])).tolist() == [3]


def test_no_mask_changes_after_the_freeze_time_but_one_does_in_the_step_before():
    path, X = random_walk([2, 5, 1], steps=30, size=0.1, n=3, seed=2)
    frozen = int(freeze_time(rg.crossings(path, X))[0])
    masks = [mask(path.start, theta, X) for theta in path.parameters]
    changes = [(a != b).any() for a, b in pairwise(masks)]
    assert frozen == 1 + max(np.flatnonzero(changes))


def test_quantiles_are_times_of_flips():
    events = rg.crossings(zigzag([1, -1, 1, -1, 1, 2, 3]), [[1.0]])  # at 0.5, 1.5, 2.5, 3.5
    assert flip_quantiles(events, (0.25, 0.5, 0.9)).tolist() == [[0.5, 1.5, 3.5]]
    net = rg.ReLUNetwork.random([1, 2, 1], rng=0)
    still = rg.OptimizerPath.from_parameters(net, [net.parameters] * 3)
    assert np.isnan(flip_quantiles(rg.crossings(still, [[1.0]]))).all()


def test_rates_add_up_to_the_flips():
    path, X = random_walk([2, 5, 4, 1], steps=23, n=6)
    events = rg.crossings(path, X)
    found = flip_rate(path.start, events, window=5)
    assert (found.stop - found.start).tolist() == [5, 5, 5, 5, 3]
    flips = found.rate * (found.stop - found.start)[:, None] * len(X) * np.array([5, 4])
    np.testing.assert_allclose(flips.sum(axis=0), events.per_layer.sum(axis=0))
    np.testing.assert_allclose(flips[1], events.per_layer[5:10].sum(axis=0))
    assert len(flip_rate(path.start, events).rate) == 23  # one step a window


def test_rates_are_of_neurons_not_of_coordinates_passed_through():
    net = rg.ReLUNetwork.from_weights([[[1.0], [1.0]], [[1.0, 1.0]]], slopes=[[0.0, 1.0]])
    path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    events = rg.crossings(path, [[1.0]])
    assert flip_rate(net, events).rate.tolist() == [[1.0]]
    assert freeze_order(net, events).neuron.tolist() == [0]


def test_order_is_by_last_flip():
    path, X = random_walk([2, 5, 4, 1], steps=12, size=0.1, n=3, seed=3)
    events = rg.crossings(path, X)
    order = freeze_order(path.start, events)
    assert (np.diff(order.last) >= 0).all()
    assert order.flips.sum() == len(events)
    for layer, neuron, last in zip(order.layer, order.neuron, order.last, strict=True):
        own = (events.layer == layer) & (events.neuron == neuron)
        when = events.step[own] + events.t[own]
        assert last == when.max(initial=0.0)
    pairs = set(zip(order.layer.tolist(), order.neuron.tolist(), strict=True))
    assert pairs == {(k, j) for k, width in enumerate((5, 4)) for j in range(width)}


def test_a_path_of_no_steps():
    path, X = random_walk([2, 3, 1], steps=0)
    events = rg.crossings(path, X)
    assert freeze_time(events).tolist() == [0]
    assert flip_rate(path.start, events).rate.shape == (0, 1)
    assert freeze_order(path.start, events).last.tolist() == [0.0] * 3


def test_bad_window():
    path, X = random_walk([2, 3, 1], steps=2)
    with pytest.raises(InvalidInputError, match="window"):
        flip_rate(path.start, rg.crossings(path, X), window=0)
