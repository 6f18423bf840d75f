"""Hyperplane arrangements as such; counts are in tests/regions/test_counts.py."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError


def test_signs_by_hand():
    arr = rg.HyperplaneArrangement([[1, 0], [0, 2], [0, 0]], [0, -1, 3])
    assert arr.signs([[2.0, 0.5], [-1.0, 4.0]]).tolist() == [[1, 0, 1], [-1, 1, 1]]
    assert (arr.dim, arr.n_hyperplanes) == (2, 3)
    assert repr(arr) == "HyperplaneArrangement(3 hyperplanes in R^2)"
    assert rg.HyperplaneArrangement([[1.0]]).offsets.tolist() == [0.0]


def test_first_layer_regions_are_those_of_the_arrangement():
    net = rg.ReLUNetwork.random([2, 9, 1], rng=0)
    arr = rg.HyperplaneArrangement.from_layer(net)
    a, b = rg.enumerate_regions(net), rg.enumerate_regions(arr)
    np.testing.assert_array_equal(a.patterns, b.patterns)
    np.testing.assert_array_equal(arr.signs(a.points), a.patterns)


def test_from_layer_leaves_out_what_is_passed_through():
    net = rg.ReLUNetwork.from_weights([np.eye(3), np.ones((1, 3))], slopes=[[0, 1, 0]])
    assert rg.HyperplaneArrangement.from_layer(net, 0).normals.tolist() == [[1, 0, 0], [0, 0, 1]]
    for layer in (-1, 1):
        with pytest.raises(InvalidInputError, match="layer"):
            rg.HyperplaneArrangement.from_layer(net, layer)


@pytest.mark.parametrize("bias", [True, False])
def test_data_cut_the_parameters_of_a_neuron_where_a_sample_switches(bias):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((6, 2))
    arr = rg.HyperplaneArrangement.from_data(X, bias=bias)
    theta = rng.standard_normal((100, 2 + bias))
    z = theta[:, :2] @ X.T + (theta[:, 2:] if bias else 0)
    np.testing.assert_array_equal(arr.signs(theta), np.sign(z))
    # Cover (1965): dichotomies of 6 points in general position in the plane
    assert rg.count_regions(arr) == (2 * (1 + 5 + 10) if bias else 2 * (1 + 5))


@pytest.mark.parametrize(
    ("normals", "offsets", "error", "words"),
    [
        ([1.0, 2.0], None, ShapeError, "normals"),
        (np.empty((0, 2)), None, ShapeError, "row"),
        (np.empty((2, 0)), None, ShapeError, "column"),
        ([[1.0, 2.0]], [1.0, 2.0], ShapeError, "offsets"),
        ([[1.0, np.inf]], None, InvalidInputError, "normals.*finite"),
        ([[1.0, 2.0]], [np.nan], InvalidInputError, "offsets.*finite"),
    ],
)
def test_what_it_refuses(normals, offsets, error, words):
    with pytest.raises(error, match=words):
        rg.HyperplaneArrangement(normals, offsets)
