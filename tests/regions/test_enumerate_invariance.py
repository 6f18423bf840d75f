"""What must not change the number of regions: order of neurons, positive scale, coordinates."""

import numpy as np
import relugeom as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group

few = settings(max_examples=15, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)
shapes = st.sampled_from([(1, 5, 4, 1), (2, 6, 5, 1), (2, 4, 4, 3, 1), (3, 6, 3, 1), (4, 5, 3, 1)])
engines = st.sampled_from(["vertex", "lp"])


def count(net, engine, A=None, b=None):
    d = net.input_dim
    if A is None:
        A, b = np.vstack([np.eye(d), -np.eye(d)]), np.ones(2 * d)
    return rg.count_regions(net, rg.Polytope(A, b), engine=engine)


@few
@given(shapes, seeds, engines)
def test_permuting_the_neurons_of_a_layer(shape, seed, engine):
    net, rng = rg.ReLUNetwork.random(shape, rng=seed), np.random.default_rng(seed)
    weights, biases = list(net.weights), list(net.biases)
    for layer, width in enumerate(net.widths):
        order = rng.permutation(width)
        weights[layer], biases[layer] = weights[layer][order], biases[layer][order]
        weights[layer + 1] = weights[layer + 1][:, order]
    other = rg.ReLUNetwork.from_weights(weights, biases)
    assert count(other, engine) == count(net, engine)


@few
@given(shapes, seeds, engines)
def test_positive_scale_of_a_neuron_undone_in_the_next_layer(shape, seed, engine):
    net, rng = rg.ReLUNetwork.random(shape, rng=seed), np.random.default_rng(seed)
    weights, biases = list(net.weights), list(net.biases)
    for layer, width in enumerate(net.widths):
        scale = 10.0 ** rng.uniform(-4, 4, width)
        weights[layer], biases[layer] = weights[layer] * scale[:, None], biases[layer] * scale
        weights[layer + 1] = weights[layer + 1] / scale
    other = rg.ReLUNetwork.from_weights(weights, biases)
    assert count(other, engine) == count(net, engine)


@few
@given(shapes, seeds, engines)
def test_orthogonal_change_of_coordinates(shape, seed, engine):
    """x = Q y + t: the domain A x <= b becomes A Q y <= b - A t."""
    net, d = rg.ReLUNetwork.random(shape, rng=seed), shape[0]
    Q = ortho_group.rvs(d, random_state=seed) if d > 1 else np.array([[-1.0]])
    t = np.random.default_rng(seed).standard_normal(d)
    A, b = np.vstack([np.eye(d), -np.eye(d)]), np.ones(2 * d)
    moved = net.restrict(rg.AffineSlice(t, Q))
    assert count(moved, engine, A @ Q, b - A @ t) == count(net, engine, A, b)


@few
@given(shapes, seeds)
def test_affine_change_of_coordinates_in_all_of_space(shape, seed):
    net, d = rg.ReLUNetwork.random(shape, rng=seed), shape[0]
    rng = np.random.default_rng(seed)
    M = np.eye(d) * 2 + 0.5 * rng.standard_normal((d, d))
    moved = net.restrict(rg.AffineSlice(rng.standard_normal(d), M))
    a, b = rg.enumerate_regions(net), rg.enumerate_regions(moved)
    np.testing.assert_array_equal(a.patterns, b.patterns)


@few
@given(shapes, seeds, st.sampled_from([1e-6, 1e-3, 1e3, 1e6]))
def test_units_of_the_input_do_not_matter(shape, seed, unit):
    net, d = rg.ReLUNetwork.random(shape, rng=seed), shape[0]
    scaled = net.restrict(rg.AffineSlice(np.zeros(d), np.eye(d) * unit))
    for engine in ("vertex", "lp"):
        a = rg.enumerate_regions(net, rg.Box([-1] * d, [1] * d), engine=engine)
        b = rg.enumerate_regions(scaled, rg.Box([-1 / unit] * d, [1 / unit] * d), engine=engine)
        np.testing.assert_array_equal(a.patterns, b.patterns)
        np.testing.assert_array_equal(a.facets, b.facets)
