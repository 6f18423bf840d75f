"""Which events are simultaneous: decided exactly, in the same units of t."""

from fractions import Fraction

import numpy as np
import relugeom as rg
from relugeom.paths._ordering import close_events, in_order, keep_apart
from relugeom.paths._search import EVENT


def line(net, theta0, theta1, X, **options):
    return rg.crossings(rg.OptimizerPath.from_parameters(net, [theta0, theta1]), X, **options)


def test_equal_neurons_flip_together():
    net = rg.ReLUNetwork.from_weights([[[1.0], [1.0]], [[1.0, 1.0]]])
    events = line(net, net.parameters, -net.parameters, [[1.0]])
    assert (events.n_flips, events.n_pattern_changes, events.n_cell_changes) == (2, 1, 1)
    assert events.multiplicity.tolist() == [2, 2]


def test_multiples_of_a_neuron_and_of_a_sample_flip_at_the_same_moment():
    # times 3 and 7 in whole numbers: equal roots, which floats round apart
    rng = np.random.default_rng(0)
    seen = 0
    for _ in range(20):
        a, b = rng.integers(1, 2**50, 2), -rng.integers(1, 2**50, 2)
        net = rg.ReLUNetwork.from_weights(
            [[[*a], [*(3 * a)], [*(7 * a)]], [[1.0, 1.0, 1.0]]], [[0, 0, 0], [0]]
        )
        theta1 = net.parameters.copy()
        theta1[:6] = np.concatenate([b, 3 * b, 7 * b])
        X = np.array([[1.0, 2.0], [3.0, 6.0], [11.0, 22.0]])
        events = line(net, net.parameters, theta1, X)
        assert events.times.multiplicity.tolist() == [9]
        exact = Fraction(int(a @ [1, 2]), int((a - b) @ [1, 2]))
        assert np.abs(events.t - float(exact)).max() < 1e-15
        z0, z1 = X @ a, X @ b
        seen += len(np.unique(np.concatenate([k * z0 / (k * z0 - k * z1) for k in (1, 3, 7)])))
    assert seen > 20  # so floats alone would not do


def test_moments_closer_than_floats_are_told_apart():
    # roots 1/3 and 1/3 + 2^-57: the same float
    net = rg.ReLUNetwork.from_weights([[[1.0], [1.0], [1.0]], [[1.0, 1.0, 1.0]]])
    theta0, theta1 = net.parameters.copy(), net.parameters.copy()
    theta0[:3] = [-1.0, -1.0, -1.0 - 2.0**-52]
    theta1[:3] = [2.0, 2.0, 2.0]
    events = line(net, theta0, theta1, [[1.0]])
    assert events.neuron.tolist() == [0, 1, 2]
    assert events.times.multiplicity.tolist() == [2, 1]
    assert np.diff(events.t)[0] == 0 < np.diff(events.t)[1] < 1e-15
    assert line(net, theta0, theta1, [[1.0]], max_exact=0).complete  # rational times cost nothing


def test_deep_events_at_the_moment_of_a_first_layer_event():
    # layer 2: w relu(z) + 0 vanishes exactly when z does, and again at its own root
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]])
    theta0, theta1 = net.parameters.copy(), net.parameters.copy()
    theta0[[0, 2]] = [-1.0, 3.0]
    theta1[[0, 2]] = [2.0, -1.0]
    events = line(net, theta0, theta1, [[1.0], [3.0]])
    third = events.t == events.t[0]
    assert events.layer[third].tolist() == [0, 1, 0, 1]  # at 1/3, both samples
    assert events.layer[~third].tolist() == [1, 1]  # at 3/4
    assert events.sign.tolist() == [1, 1, 1, 1, -1, -1]
    assert events.times.multiplicity.tolist() == [4, 2]
    np.testing.assert_allclose(events.times.t, [1 / 3, 3 / 4], rtol=1e-15)


def test_neurons_behind_a_layer_that_is_off_flip_at_all_samples_at_once():
    """They depend on the parameters only; floats see it on pieces of different lengths."""
    rng = np.random.default_rng(3)
    net = rg.ReLUNetwork.random([2, 2, 3, 3, 1], rng=rng)
    weights, biases = list(net.weights), [b.copy() for b in net.biases]
    biases[0] -= 3.0  # layer 1 is off at most samples, most of the time
    net = rg.ReLUNetwork.from_weights(weights, biases)
    X = rng.normal(size=(60, 2))
    steps = rng.normal(size=(12, net.n_parameters))
    path = rg.OptimizerPath.from_parameters(
        net, net.parameters + np.vstack([np.zeros(net.n_parameters), np.cumsum(steps, axis=0)])
    )
    events = rg.crossings(path, X, max_exact=10)
    assert events.complete
    alone = [rg.crossings(path, X[i : i + 1]) for i in range(len(X))]
    many = 0
    for step, t, n in zip(*events.times, strict=True):
        close = sum(
            np.count_nonzero((other.step == step) & (np.abs(other.t - t) < 1e-12))
            for other in alone
        )
        assert close == n
        many += n > 10
    assert many > 3
    assert len(set(events.layer[events.multiplicity > 10].tolist())) == 2  # layers 2 and 3


def test_neurons_that_see_only_their_bias_cost_no_exact_arithmetic():
    # layer 1 is off at both samples, from different moments on
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]])
    theta0, theta1 = net.parameters.copy(), net.parameters.copy()
    theta0[:4], theta1[:4] = [1.0, 0.0, 1.0, -1.0], [-3.0, 0.0, 1.0, 0.1]
    path = rg.OptimizerPath.from_parameters(net, [theta0, theta1])
    events = rg.crossings(path, [[0.3], [0.5], [0.7]], max_exact=0)
    assert events.complete
    late = events.t > 0.5
    assert events.layer[late].tolist() == [1, 1, 1]
    assert events.multiplicity[late].tolist() == [3, 3, 3]


def test_everything_meets_at_the_origin():
    net = rg.ReLUNetwork.random([3, 5, 5, 5, 1], rng=0, bias_scale=0.0)
    X = np.random.default_rng(0).normal(size=(7, 3))
    events = line(net, net.parameters, -net.parameters, X)
    assert events.n_cell_changes == 1
    assert (events.t == 0.5).all()
    changed = events.initial != events.final
    assert len(events) == changed.sum()


def test_close_events_are_those_with_overlapping_errors():
    events = np.zeros(6, EVENT)
    events["step"] = [0, 0, 0, 0, 1, 1]
    events["t"] = [0.1, 0.2, 0.3, 0.4, 0.4, 0.4]
    events["error"] = [0.15, 0.01, 0.0, 0.0, 0.0, -1.0]
    assert close_events(events) == [(0, 2)]
    events["error"][[0, 5]] = 0.25, 0.0
    assert close_events(events) == [(0, 3), (4, 6)]
    events["error"][1] = -1.0  # left alone, and nothing is put in order across it
    assert close_events(events) == [(4, 6)]
    assert close_events(events[:0]) == []


def test_order_of_exact_times():
    order, new = in_order([Fraction(1, 2), Fraction(1, 3), Fraction(1, 2), Fraction(1, 3)])
    assert order.tolist() == [1, 3, 0, 2]
    assert new.tolist() == [True, False, True, False]


def test_times_at_the_upper_end_stay_within_the_step():
    events = np.zeros(4, EVENT)
    events["t"] = 1.0
    keep_apart(events, np.array([True, False, True, True]))
    t = events["t"]
    assert t[0] == t[1] < t[2] < t[3] == 1.0
