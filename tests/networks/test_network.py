"""The canonical network: its values, affine pieces, restrictions, and what it refuses."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError

import zoo

HAND = ([[[1.0, -2.0], [3.0, 1.0]], [[2.0, -1.0]]], [[1.0, -1.0], [0.5]])


def test_values_by_hand():
    """x = (1, 2): z = (1-4+1, 3+2-1) = (-2, 4); relu (0, 4), leaky (-0.2, 4)."""
    net = rg.ReLUNetwork.from_weights(*HAND)
    assert net([[1.0, 2.0]]).tolist() == [[2 * 0 - 4 + 0.5]]
    assert net.preactivations([[1.0, 2.0]])[0].tolist() == [[-2.0, 4.0]]
    assert net.activation_pattern([[1.0, 2.0]]).tolist() == [[-1, 1]]
    leaky = rg.ReLUNetwork.from_weights(*HAND, slopes=0.1)
    np.testing.assert_allclose(leaky([1.0, 2.0]), [[-0.4 - 4 + 0.5]])


def test_a_coordinate_passed_through_is_no_neuron():
    net = rg.ReLUNetwork.from_weights(*HAND, slopes=[[1.0, 0.0]])
    assert (net.n_neurons, net.widths) == (1, (2,))
    assert net([[1.0, 2.0]]).tolist() == [[-4 - 4 + 0.5]]
    assert net.activation_pattern([[1.0, 2.0]]).tolist() == [[1]]


def test_sizes():
    net = rg.ReLUNetwork.random([3, 5, 4, 2], rng=0)
    assert (net.input_dim, net.output_dim, net.widths) == (3, 2, (5, 4))
    assert (net.n_neurons, net.n_layers) == (9, 2)
    assert net.n_parameters == 3 * 5 + 5 + 5 * 4 + 4 + 4 * 2 + 2
    assert net.neuron_layer.tolist() == [0] * 5 + [1] * 4
    assert repr(net) == "ReLUNetwork(3-5-4-2, 9 neurons)"


@pytest.mark.parametrize("make", zoo.DEGENERATE)
def test_values_against_a_loop_over_layers(make):
    net = make()
    X = np.random.default_rng(0).uniform(-2, 2, (50, net.input_dim))
    for x, y in zip(X, net(X), strict=True):
        a = x
        for w, b, s in zip(net.weights, net.biases, net.slopes, strict=False):
            a = np.array([v if v > 0 else k * v for v, k in zip(w @ a + b, s, strict=True)])
        np.testing.assert_allclose(y, net.weights[-1] @ a + net.biases[-1], rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("make", zoo.DEGENERATE)
def test_affine_maps_agree_with_the_values_at_points_of_the_regions(make):
    net = make()
    regions = rg.enumerate_regions(net, zoo.cube(net.input_dim, 2.0))
    A, c = net.affine_map(regions.patterns)
    values = np.einsum("nod,nd->no", A, regions.points) + c
    np.testing.assert_allclose(values, net(regions.points), rtol=1e-12, atol=1e-8)
    B, e = net.neuron_maps(regions.patterns)
    z = np.einsum("nkd,nd->nk", B, regions.points) + e
    np.testing.assert_array_equal(np.sign(z), regions.patterns)
    single = net.affine_map(regions.patterns[0])
    np.testing.assert_allclose(single[0], A[0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(single[1], c[0], rtol=1e-12, atol=1e-12)


def test_one_sided_pattern_is_the_pattern_a_small_step_on():
    net = rg.ReLUNetwork.from_weights([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]], [[1.0]]])
    origin, v = [[0.0, 0.0]], [[1.0, -2.0]]
    assert net.activation_pattern(origin).tolist() == [[0, 0, 0]]
    stepped = net.activation_pattern(1e-3 * np.array(v))
    np.testing.assert_array_equal(net.one_sided_pattern(origin, v), stepped)


def test_one_sided_pattern_does_not_take_rounding_for_a_value():
    """The point lies on z = 0 up to rounding, which the second neuron must not inherit."""
    z = 0.3 - 0.2 - 0.1
    assert -1e-16 < z < 0
    net = rg.ReLUNetwork.from_weights([[[1.0, -1.0, -1.0]], [[1.0]], [[1.0]]])
    x, v = [[0.3, 0.2, 0.1]], [[1.0, 0.0, 0.0]]
    assert net.one_sided_pattern(x, v, zero=1e-12).tolist() == [[1, 1]]
    tiny = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]])
    assert tiny.one_sided_pattern([[-1e-18]], [[1.0]], zero=1e-12).tolist() == [[-1, 0]]
    assert tiny.one_sided_pattern([[-1e-18]], [[1.0]], zero=1e-12, scale=1.0).tolist() == [[1, 1]]


def test_predict_is_argmax_or_sign():
    one = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]]], [[0.0], [-1.0]])
    assert one.predict([[0.5], [2.0]]).tolist() == [0, 1]
    two = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 0.0], [0.0, 1.0]]])
    assert two.predict([[3.0], [-3.0]]).tolist() == [0, 1]
    assert two.is_on([[3.0]]).tolist() == [[True, False]]


def test_a_network_does_not_change_with_the_arrays_it_came_from():
    w = [np.eye(2), np.ones((1, 2))]
    net = rg.ReLUNetwork.from_weights(w)
    w[0][:] = 7
    assert net.weights[0].tolist() == [[1.0, 0.0], [0.0, 1.0]]
    with pytest.raises(ValueError, match="read-only"):
        net.weights[0][0, 0] = 3


ONE, OUT = [[1.0, 2.0]], [[1.0]]


@pytest.mark.parametrize(
    ("weights", "biases", "slopes", "error", "words"),
    [
        ([ONE], None, 0.0, InvalidInputError, "hidden layer"),
        ([], None, 0.0, InvalidInputError, "hidden layer"),
        ([ONE, [[1.0, 1.0]]], None, 0.0, ShapeError, r"weights\[1\]"),
        ([[1.0, 2.0], OUT], None, 0.0, ShapeError, r"weights\[0\]"),
        ([np.empty((0, 2)), np.empty((1, 0))], None, 0.0, ShapeError, "empty"),
        ([ONE, OUT], [[0.0]], 0.0, ShapeError, "biases"),
        ([ONE, OUT], [[0.0, 0.0], [0.0]], 0.0, ShapeError, r"biases\[0\]"),
        ([[["a", 2.0]], OUT], None, 0.0, ShapeError, r"weights\[0\]"),
        ([np.ones((1, 2)) * 1j, OUT], None, 0.0, InvalidInputError, r"weights\[0\]. must be real"),
        ([np.zeros((1, 1, 1)), OUT], None, 0.0, ShapeError, r"shape \(n, m\); got \(1, 1, 1\)"),
        ([[[np.nan, 2.0]], OUT], None, 0.0, InvalidInputError, r"finite; got nan"),
        ([ONE, OUT], [[np.inf], [0.0]], 0.0, InvalidInputError, r"biases\[0\].*finite; got inf"),
        ([ONE, OUT], None, np.nan, InvalidInputError, "slopes"),
        ([ONE, OUT], None, [0.0, 0.0], ShapeError, "slopes"),
        ([ONE, OUT], None, [[0.0, 0.0]], ShapeError, r"slopes\[0\]"),
        ([ONE, OUT], None, 1.0, InvalidInputError, "affine"),
    ],
)
def test_what_from_weights_refuses(weights, biases, slopes, error, words):
    with pytest.raises(error, match=words) as caught:
        rg.ReLUNetwork.from_weights(weights, biases, slopes=slopes)
    assert isinstance(caught.value, rg.RelugeomError)


def test_what_the_methods_refuse():
    net = rg.ReLUNetwork.from_weights(*HAND)
    with pytest.raises(ShapeError, match=r"\(n, 2\)"):
        net([[1.0, 2.0, 3.0]])
    with pytest.raises(InvalidInputError, match="nan"):
        net([[1.0, np.nan]])
    with pytest.raises(ShapeError, match="2 entries"):
        net.affine_map([1, 1, 1])
    with pytest.raises(InvalidInputError, match="pattern"):
        net.affine_map([1, 2])
    with pytest.raises(InvalidInputError, match="widths"):
        rg.ReLUNetwork.random([2, 1])
    with pytest.raises(InvalidInputError, match="widths"):
        rg.ReLUNetwork.random([2, 0, 1])
    with pytest.raises(InvalidInputError, match="`widths` must be a sequence"):
        rg.ReLUNetwork.random(3)


def test_random_is_reproducible():
    a, b = (rg.ReLUNetwork.random([2, 4, 1], rng=5) for _ in range(2))
    np.testing.assert_array_equal(a.parameters, b.parameters)
    assert (a.parameters != rg.ReLUNetwork.random([2, 4, 1], rng=6).parameters).any()
