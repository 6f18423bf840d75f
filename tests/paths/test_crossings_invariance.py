"""What must not change the crossings, or changes them in a known way."""

import numpy as np
import relugeom as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.paths.events import COLUMNS

few = settings(max_examples=15, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)
slopes = st.sampled_from([0.0, 0.1, -0.5])
shapes = st.sampled_from([(2, 6, 1), (1, 5, 4, 1), (2, 4, 4, 3, 1), (3, 3, 3, 3, 3, 1)])


def case(shape, slope, seed, steps=3, size=0.7):
    """Draw a walk whose parameters are dyadic, so that midpoints and differences are exact."""
    rng = np.random.default_rng(seed)
    net = rg.ReLUNetwork.random(shape, rng=rng)
    net = rg.ReLUNetwork.from_weights(net.weights, net.biases, slopes=slope)
    walk = net.parameters + np.cumsum(size * rng.normal(size=(steps + 1, net.n_parameters)), axis=0)
    return net, np.round(walk * 2**20) / 2**20, rng.normal(size=(5, shape[0]))


def events_of(net, walk, X):
    events = rg.crossings(rg.OptimizerPath.from_parameters(net, walk), X)
    assert events.complete
    return events


def table(events, time=None):
    """Rows (neuron, sample, ...) sorted by neuron, then time."""
    moment = events.step + events.t if time is None else time
    rows = np.column_stack([events.sample, events.layer, events.neuron, events.sign, moment])
    return rows[np.lexsort((moment, events.neuron, events.layer, events.sample))]


@few
@given(shapes, slopes, seeds)
def test_reversing_the_path_turns_events_round(shape, slope, seed):
    net, walk, X = case(shape, slope, seed)
    there, back = events_of(net, walk, X), events_of(net, walk[::-1], X)
    turned = table(back, len(walk) - 1 - (back.step + back.t))
    turned[:, 3] *= -1
    forth = table(there)
    assert len(forth) > 3
    np.testing.assert_array_equal(turned[:, :4], forth[:, :4])
    np.testing.assert_allclose(turned[:, 4], forth[:, 4], atol=1e-9)
    np.testing.assert_array_equal(there.final, back.initial)


@few
@given(shapes, slopes, seeds)
def test_splitting_steps_in_two_keeps_events(shape, slope, seed):
    net, walk, X = case(shape, slope, seed)
    halves = np.empty((2 * len(walk) - 1, walk.shape[1]))
    halves[::2], halves[1::2] = walk, 0.5 * (walk[:-1] + walk[1:])
    whole, split = events_of(net, walk, X), events_of(net, halves, X)
    a, b = table(whole), table(split, 0.5 * (split.step + split.t))
    np.testing.assert_array_equal(a[:, :4], b[:, :4])
    np.testing.assert_allclose(a[:, 4], b[:, 4], atol=1e-9)
    assert whole.n_cell_changes == split.n_cell_changes


@few
@given(shapes, slopes, seeds)
def test_events_of_a_path_are_those_of_its_parts(shape, slope, seed):
    net, walk, X = case(shape, slope, seed, steps=5)
    whole, first, last = (events_of(net, w, X) for w in (walk, walk[:3], walk[2:]))
    for name in COLUMNS:
        shift = 2 if name == "step" else 0
        both = np.concatenate([getattr(first, name), getattr(last, name) + shift])
        np.testing.assert_array_equal(getattr(whole, name), both)


@few
@given(shapes, slopes, seeds)
def test_permuting_samples_and_neurons_permutes_events(shape, slope, seed):
    net, walk, X = case(shape, slope, seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    moved = events_of(net, walk, X[order])
    rows = table(events_of(net, walk, X))
    rows[:, 0] = np.argsort(order)[rows[:, 0].astype(int)]
    np.testing.assert_array_equal(
        rows[np.lexsort((rows[:, 4], rows[:, 2], rows[:, 1], rows[:, 0]))], table(moved)
    )
    neurons = rng.permutation(net.widths[0])
    other = []
    for theta in walk:
        at = net.with_parameters(theta)
        weights, biases = list(at.weights), list(at.biases)
        weights[0], biases[0] = weights[0][neurons], biases[0][neurons]
        weights[1] = weights[1][:, neurons]
        other.append(rg.ReLUNetwork.from_weights(weights, biases, slopes=slope).parameters)
    swapped = events_of(net, other, X)
    rows, new = table(events_of(net, walk, X)), table(swapped)
    hit = rows[:, 1] == 0
    rows[hit, 2] = np.argsort(neurons)[rows[hit, 2].astype(int)]
    rows = rows[np.lexsort((rows[:, 4], rows[:, 2], rows[:, 1], rows[:, 0]))]
    np.testing.assert_array_equal(rows[:, :4], new[:, :4])
    np.testing.assert_allclose(rows[:, 4], new[:, 4], atol=1e-9)


@few
@given(shapes, slopes, seeds, st.booleans())
def test_positive_scale_of_neurons_undone_in_the_next_layer(shape, slope, seed, binary):
    net, walk, X = case(shape, slope, seed)
    rng = np.random.default_rng(seed)
    scales = [
        2.0 ** rng.integers(-30, 30, w) if binary else 10.0 ** rng.uniform(-4, 4, w)
        for w in net.widths
    ]
    scaled = []
    for theta in walk:
        at = net.with_parameters(theta)
        weights, biases = list(at.weights), list(at.biases)
        for layer, s in enumerate(scales):
            weights[layer], biases[layer] = weights[layer] * s[:, None], biases[layer] * s
            weights[layer + 1] = weights[layer + 1] / s
        scaled.append(rg.ReLUNetwork.from_weights(weights, biases, slopes=slope).parameters)
    a, b = table(events_of(net, walk, X)), table(events_of(net, scaled, X))
    np.testing.assert_array_equal(a[:, :4], b[:, :4])
    np.testing.assert_allclose(a[:, 4], b[:, 4], atol=1e-12 if binary else 1e-7)


@few
@given(shapes, slopes, seeds)
def test_samples_do_not_see_each_other(shape, slope, seed):
    net, walk, X = case(shape, slope, seed)
    whole = events_of(net, walk, X)
    some = events_of(net, walk, X[[3, 1, 1]])
    rows, new = table(whole), table(some)
    for place, sample in enumerate((3, 1, 1)):
        mine, other = new[new[:, 0] == place, 1:], rows[rows[:, 0] == sample, 1:]
        np.testing.assert_array_equal(mine[:, :3], other[:, :3])
        # at one moment with other samples, as where a neuron sees its bias only, t is shared
        np.testing.assert_allclose(mine[:, 3], other[:, 3], atol=1e-14)
