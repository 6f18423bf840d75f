"""What floats decide against exact arithmetic, and what exact arithmetic decides alone."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import relugeom as rg
from relugeom.paths import _search as search
from relugeom.paths._algebraic import compare
from relugeom.paths._exact import Segment
from relugeom.paths._parameters import hidden_layers

import companion
from runs import zigzag


def random_net(rng, deepest=8):
    widths = [int(w) for w in rng.integers(1, 8, size=rng.integers(2, deepest + 1))]
    net = rg.ReLUNetwork.random([*widths, 1], rng=rng)
    return rg.ReLUNetwork.from_weights(
        net.weights, net.biases, slopes=float(rng.choice([0.0, 0.1, -0.4]))
    )


def whole_numbers(rng, noise=0.0):
    """Walls meet, units are dead or equal, values are exactly 0; or very nearly so."""
    net = rg.ReLUNetwork.random([2, 4, 4, 4, 1], rng=0)
    theta = rng.integers(-2, 3, size=(4, net.n_parameters)) + noise * rng.normal(
        size=(4, net.n_parameters)
    )
    return net, theta, rng.integers(-2, 3, size=(6, 2)).astype(float)


def assert_certain_events_are_exact(net, theta, X):
    """Compare all pairs that the kernel calls certain; return how many events, and doubts."""
    n_events = n_doubts = 0
    for theta0, theta1 in pairwise(theta):
        found, doubts = search._kernel(net, hidden_layers(net), np.array([theta0, theta1]), X)
        doubtful, line = {sample for _, sample in doubts}, Segment(net, theta0, theta1)
        n_doubts += len(doubtful)
        for sample in set(range(len(X))) - doubtful:
            own = found[found["sample"] == sample]
            own = own[np.lexsort((own["t"], own["neuron"], own["layer"]))]
            exact = sorted(line.events(X[sample]), key=lambda e: (e.layer, e.neuron))
            assert [tuple(e[1:]) for e in exact] == own[["layer", "neuron", "sign"]].tolist()
            times = np.array([float(e.time) for e in exact])
            assert (np.abs(times - own["t"]) <= own["error"]).all()
            n_events += len(own)
    return n_events, n_doubts


def test_what_the_kernel_calls_certain_is_exact():
    events = doubts = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        net = random_net(rng)
        step = 10 ** rng.uniform(-6, 1) * rng.normal(size=net.n_parameters)
        X = rng.normal(size=(4, net.input_dim))
        found = assert_certain_events_are_exact(net, [net.parameters, net.parameters + step], X)
        events, doubts = events + found[0], doubts + found[1]
    assert events > 300
    assert doubts < 20


@pytest.mark.parametrize("noise", [0.0, 1e-15, 1e-12, 1e-9])
def test_what_the_kernel_calls_certain_is_exact_where_walls_meet(noise):
    events = doubts = 0
    for seed in range(25):
        found = assert_certain_events_are_exact(*whole_numbers(np.random.default_rng(seed), noise))
        events, doubts = events + found[0], doubts + found[1]
    assert events > 200
    assert (doubts > 100) == (noise < 1e-10)


def test_errors_of_a_layer_pass_on_to_the_next():
    """Layer 1 loses eight digits to cancellation; layer 2 crosses within what is lost."""
    events = doubts = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        large = 1e8 * rng.uniform(1, 2, size=(3, 1))
        w1 = np.hstack([large, -large + rng.uniform(0, 3, size=(3, 1))])
        net = rg.ReLUNetwork.from_weights([w1, rng.normal(size=(2, 3)), [[1.0, 1.0]]])
        x = np.full((1, 2), rng.uniform(0.1, 1.0))
        theta = np.array([net.parameters] * 2)
        bias = slice(9 + 6, 9 + 8)
        size = 10.0 ** rng.uniform(-9, -2)
        theta[:, bias] = -net.preactivations(x)[1][0]
        theta[0, bias] += size * rng.normal(size=2)
        theta[1, bias] += size * rng.normal(size=2)
        found = assert_certain_events_are_exact(net, theta, x)
        events, doubts = events + found[0], doubts + found[1]
    assert events > 50
    assert doubts > 50


def test_products_with_few_digits_left_are_not_trusted():
    """Near 1e-315 floats have nine digits; differences of that order decide the signs."""
    doubts = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        net = rg.ReLUNetwork.from_weights([np.ones((8, 2)), np.ones((1, 8))])
        theta = np.zeros((2, net.n_parameters))
        theta[:, :16] = rng.integers(-2, 3, (2, 16)) + 1e-9 * rng.normal(size=(2, 16))
        X = rng.integers(-2, 3, size=(4, 2)) + 1e-9 * rng.normal(size=(4, 2))
        doubts += assert_certain_events_are_exact(net, 1e-155 * theta, 1e-160 * X)[1]
    assert doubts > 50


def test_exact_events_equal_companion_matrix_roots():
    for seed in range(15):
        rng = np.random.default_rng(seed)
        net = random_net(rng, deepest=5)
        theta1 = net.parameters + rng.normal(size=net.n_parameters)
        x = rng.normal(size=net.input_dim)
        exact = Segment(net, net.parameters, theta1).events(x)
        plain = companion.segment_events(net, net.parameters, theta1, x)
        assert [tuple(e[1:]) for e in exact] == [e[1:] for e in plain]
        np.testing.assert_allclose([float(e.time) for e in exact], [e[0] for e in plain], atol=1e-9)
        assert all(compare(a.time, b.time) <= 0 for a, b in pairwise(exact))


@pytest.mark.parametrize(
    ("weights", "events"),
    [((-1.0, 0.0), []), ((1.0, 0.0), [(1.0, -1)]), ((0.0, 1.0), [(0.0, 1)]), ((0.0, -1.0), []),
     ((3.0, -1.0), [(0.75, -1)])],
)  # fmt: skip
def test_zero_at_either_end_counts_as_off(weights, events):
    theta0, theta1 = zigzag(weights).parameters
    net = zigzag(weights).start
    found = Segment(net, theta0, theta1).events(np.array([1.0]))
    assert [(float(e.time), e.sign) for e in found] == events


def test_states_that_floats_round_to_zero_are_those_of_fractions():
    """w x + b with b the float nearest to -w x: one rounding decides the sign."""
    rng = np.random.default_rng(3)
    w, x = rng.uniform(1, 2, 100), rng.uniform(1, 2)
    net = rg.ReLUNetwork.from_weights([w[:, None], np.ones((1, 100))], [-w * x, [0.0]])
    moved = net.with_parameters(net.parameters + rng.normal(size=net.n_parameters))
    path = rg.OptimizerPath.from_parameters(net, [net.parameters, moved.parameters])
    exact = [Fraction(v) * Fraction(x) > Fraction(v * x) for v in w]
    assert 20 < sum(exact) < 80
    assert rg.crossings(path, [[x]]).initial.tolist() == [exact]


def states(net, theta, x):
    return np.concatenate([z[0] > 0 for z in net.with_parameters(theta).preactivations(x[None])])


def test_exact_states_are_those_of_the_network():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        net = random_net(rng)
        x = rng.normal(size=net.input_dim)
        line = Segment(net, net.parameters, net.parameters)
        np.testing.assert_array_equal(line.states(x), states(net, net.parameters, x))


def test_events_of_whole_numbers_lead_from_state_to_state():
    """Whole numbers are exact in floats: states at the ends, and between events, are certain."""
    for seed in range(20):
        net, theta, X = whole_numbers(np.random.default_rng(seed))
        for theta0, theta1 in pairwise(theta):
            line = Segment(net, theta0, theta1)
            for x in X:
                state = states(net, theta0, x)
                np.testing.assert_array_equal(line.states(x), state)
                events = line.events(x)
                for i, event in enumerate(events):
                    unit = 4 * event.layer + event.neuron
                    state[unit] = ~state[unit]
                    assert state[unit] == (event.sign > 0)
                    t = float(event.time)
                    following = float(events[i + 1].time) if i + 1 < len(events) else 1.0
                    if following - t > 1e-9:
                        middle = theta0 + 0.5 * (t + following) * (theta1 - theta0)
                        z = np.concatenate(net.with_parameters(middle).preactivations(x[None]), 1)
                        clear = np.abs(z[0]) > 1e-12
                        np.testing.assert_array_equal((z[0] > 0)[clear], state[clear])
                np.testing.assert_array_equal(state, states(net, theta1, x))


def test_products_that_underflow_or_overflow_are_decided():
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]])
    for size in (1e-200, 1e200):
        path = rg.OptimizerPath.from_parameters(
            net, [[size, 0, 1, 0, 1, 0], [-size, 0, 1, 0, 1, 0]]
        )
        events = rg.crossings(path, [[size]])
        assert (events.layer.tolist(), events.t.tolist()) == ([0, 1], [0.5, 0.5])
        assert events.complete
        assert events.initial.all()


def test_a_budget_of_0_leaves_doubtful_cases_to_floats_and_says_so():
    undecided = 0
    for seed in range(10):
        net, theta, X = whole_numbers(np.random.default_rng(seed))
        path = rg.OptimizerPath.from_parameters(net, theta)
        full = rg.crossings(path, X)
        assert full.complete
        for budget in (0, 1, 7):
            part = rg.crossings(path, X, max_exact=budget)
            assert part.status == "undecided"
            assert f"{part.undecided} cases" in part.message
            undecided += part.undecided
            np.testing.assert_array_equal(part.initial, full.initial)
            np.testing.assert_array_equal(part.final, full.final)
            assert_signs_alternate(part)
        assert_signs_alternate(full)
        assert rg.crossings(path, X, max_exact=full.n_samples * 100).undecided == 0
    assert undecided > 500


def test_signs_alternate_where_exact_and_guessed_steps_meet():
    for seed in range(40):
        net, theta, X = whole_numbers(np.random.default_rng(seed), noise=3e-16)
        path = rg.OptimizerPath.from_parameters(net, theta)
        for budget in (2, 5, 9, 10_000):
            assert_signs_alternate(rg.crossings(path, X, max_exact=budget))


def assert_signs_alternate(events):
    """Every flip leads to the other state, from that at the start on."""
    place = events.layer * 4 + events.neuron
    state = events.initial.copy()
    for sample, neuron, sign in zip(events.sample, place, events.sign, strict=True):
        state[sample, neuron] = ~state[sample, neuron]
        assert state[sample, neuron] == (sign > 0)
    np.testing.assert_array_equal(state, events.final)


def test_the_budget_holds_for_all_tables_of_a_stream_together():
    net, theta, X = whole_numbers(np.random.default_rng(1))
    path = rg.OptimizerPath.from_parameters(net, theta)
    whole = rg.crossings(path, X, max_exact=5)
    parts = list(rg.iter_crossings(path, X, chunk=1, max_exact=5))
    assert sum(part.undecided for part in parts) == whole.undecided > 0
    assert [part.undecided > 0 for part in parts][-1]
    np.testing.assert_array_equal(np.concatenate([part.t for part in parts]), whole.t)
