"""Networks made of networks: on a slice, with other parameters, with neurons for the output."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError

import zoo


@pytest.mark.parametrize("make", [zoo.skips, zoo.opposite, zoo.narrow])
def test_restricting_composes_with_the_slice(make):
    net = make()
    plane = rg.AffineSlice.through(np.random.default_rng(1).standard_normal((3, 3)))
    part = net.restrict(plane)
    T = np.random.default_rng(2).standard_normal((40, 2))
    assert (part.input_dim, part.n_neurons) == (2, net.n_neurons)
    np.testing.assert_allclose(part(T), net(plane.points(T)), rtol=1e-12, atol=1e-12)
    with pytest.raises(ShapeError, match="affine_slice"):
        net.restrict(rg.AffineSlice([0.0, 0.0], [[1.0], [0.0]]))
    with pytest.raises(InvalidInputError, match="must be an AffineSlice; got Box"):
        net.restrict(zoo.cube(3))


@pytest.mark.parametrize(("outputs", "added"), [(1, 1), (2, 1), (3, 3), (4, 6)])
def test_decision_layer_keeps_the_function_and_bends_at_the_boundary(outputs, added):
    net = rg.ReLUNetwork.random([2, 6, outputs], rng=outputs)
    decided = net.with_decision_layer()
    X = np.random.default_rng(0).standard_normal((500, 2))
    np.testing.assert_allclose(decided(X), net(X), rtol=1e-12, atol=1e-12)
    assert decided.n_neurons == net.n_neurons + added
    codes, classes = decided.activation_pattern(X)[:, -added:], net.predict(X)
    for code in np.unique(codes, axis=0):
        assert len(set(classes[(codes == code).all(axis=1)])) == 1


def test_functions_of_the_output_become_neurons():
    net = rg.ReLUNetwork.random([3, 6, 2], rng=1)
    A, b = [[1.0, -1.0], [0.5, 2.0], [0.0, 1.0]], [0.1, -0.2, 0.3]
    cut = net.with_output_neurons(A, b)
    X = np.random.default_rng(0).standard_normal((200, 3))
    np.testing.assert_allclose(cut(X), net(X))
    wanted = np.sign(net(X) @ np.transpose(A) + b)
    np.testing.assert_array_equal(cut.activation_pattern(X)[:, -3:], wanted)
    np.testing.assert_array_equal(cut.activation_pattern(X)[:, :-3], net.activation_pattern(X))
    with pytest.raises(rg.errors.ShapeError, match="`A`"):
        net.with_output_neurons([[1.0]], [0.0])


def test_parameters_there_and_back():
    net = zoo.leaky()
    again = net.with_parameters(net.parameters)
    X = np.random.default_rng(0).standard_normal((20, 2))
    np.testing.assert_array_equal(again(X), net(X))
    first = net.weights[0]
    assert net.parameters[: first.size].tolist() == first.ravel().tolist()
    assert net.parameters[-1] == net.biases[-1][-1]
    with pytest.raises(ShapeError, match="theta"):
        net.with_parameters(net.parameters[1:])
