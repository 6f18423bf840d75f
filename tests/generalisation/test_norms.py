"""Norm-based bounds."""

from itertools import product
from math import sqrt

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.generalisation import golowich, margin_bound, spectral_scale
from relugeom.generalisation.norms import covered, layer_norms, margins, ramp


def test_value_of_the_note():
    assert round(golowich(10.0, 3, 10_000), 7) == 0.3039334


def test_linear_functions_have_no_larger_complexity():
    X = np.random.default_rng(0).normal(size=(8, 3))
    signs = np.array(list(product([-1, 1], repeat=8)))
    exact = np.linalg.norm(signs @ X, axis=1).mean() / 8  # sup over |w| <= 1, all sign vectors
    size = sqrt(np.mean(np.sum(X**2, axis=1)))
    assert 0.3 * golowich(1.0, 1, 8, input_norm=size) < exact
    assert exact <= golowich(1.0, 1, 8, input_norm=size)


def test_one_hidden_layer_has_no_larger_complexity():
    # sup over |W|_F <= 1, |v| <= 1 of sum s_i v relu(W x_i): all of W in one row
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6, 2))
    angles = np.linspace(0, 2 * np.pi, 721)
    relu = np.maximum(X @ np.vstack([np.cos(angles), np.sin(angles)]), 0.0)
    signs = np.array(list(product([-1, 1], repeat=6)))
    exact = np.abs(signs @ relu).max(axis=1).mean() / 6
    size = sqrt(np.mean(np.sum(X**2, axis=1)))
    assert exact <= golowich(1.0, 2, 6, input_norm=size)


@pytest.mark.parametrize("outputs", [1, 2, 4])
def test_biases_are_weights_of_a_constant_unit(outputs):
    net = rg.ReLUNetwork.random([3, 5, 4, outputs], rng=0)
    hidden = zip(net.weights[:-1], net.biases[:-1], strict=True)
    matrices = [
        np.vstack([np.column_stack([w, b]), np.eye(1, w.shape[1] + 1, w.shape[1])])
        for w, b in hidden
    ]
    matrices.append(np.column_stack([net.weights[-1], net.biases[-1]]))
    X = np.random.default_rng(1).normal(size=(20, 3))
    a = np.column_stack([X, np.ones(20)])
    for m in matrices[:-1]:
        a = np.maximum(a @ m.T, 0.0)
    np.testing.assert_allclose(a @ matrices[-1].T, net(X), atol=1e-12)
    if outputs == 2:
        matrices[-1] = matrices[-1][1:] - matrices[-1][:1]
    assert layer_norms(net) == pytest.approx([np.linalg.norm(m) for m in matrices])


def test_margins_and_ramp():
    rng = np.random.default_rng(0)
    for outputs in (1, 2, 5):
        net = rg.ReLUNetwork.random([2, 6, outputs], rng=0)
        X, y = rng.normal(size=(200, 2)), rng.integers(max(outputs, 2), size=200)
        found = margins(net, X, y)
        assert np.array_equal(found > 0, net.predict(X) == y)
        for g in (0.01, 1.0, 50.0):
            assert (ramp(found, g) >= (net.predict(X) != y)).all()
    assert ramp(np.array([-1.0, 0.0, 0.5, 2.0]), 1.0).tolist() == [1.0, 1.0, 0.5, 0.0]


def test_the_margin_bound_does_not_see_the_scale_of_layers():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 2))
    y = (X[:, 0] > 0).astype(int)
    net = rg.ReLUNetwork.from_weights([[[1.0, 0.0], [-1.0, 0.0]], [[1.0, -1.0]]])
    bound = margin_bound(net, X, y)
    double = margin_bound(rg.ReLUNetwork.from_weights([net.weights[0], 8 * net.weights[1]]), X, y)
    assert double.risk == pytest.approx(bound.risk)
    assert double.margin == pytest.approx(8 * bound.margin)
    assert bound.risk < 1  # a wide margin and small norms: not vacuous
    fewer = margin_bound(net, X[:400], y[:400])
    assert fewer.risk > bound.risk


def test_which_activations_the_theorem_covers():
    weights = [np.eye(2), [[1.0, 1.0]]]
    for slopes, fits in [
        (0.0, True),
        ([[0.1, 0.1]], True),
        ([[0.0, 1.0]], False),
        ([[2.0, 2.0]], False),
    ]:
        assert covered(rg.ReLUNetwork.from_weights(weights, slopes=slopes)) is fits


def test_spectral_scale_by_hand():
    A, B = np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([[1.0, 0.0]])
    net = rg.ReLUNetwork.from_weights([A, B])
    X = np.array([[1.0, 2.0], [2.0, 4.0]])
    by_hand = 5.0 / (2.0 * 2) * 4.0 * ((7 / 4) ** (2 / 3) + 1) ** 1.5
    assert spectral_scale(net, None, X, 2.0) == pytest.approx(by_hand)
    assert spectral_scale(net, net, X, 2.0) == 0.0
    assert spectral_scale(net, None, X, 0.0) == np.inf


def test_errors():
    with pytest.raises(InvalidInputError, match="product"):
        golowich(-1.0, 3, 10)
    with pytest.raises(InvalidInputError, match="layers"):
        golowich(1.0, 0, 10)
