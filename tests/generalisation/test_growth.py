"""Bounds by counting labellings, against the note's values and against labellings themselves."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.arrangements import counting
from relugeom.errors import InvalidInputError
from relugeom.generalisation import (
    growth_bound,
    log_growth,
    vc_bound,
    vc_dimension,
    vc_dimension_formula,
)
from relugeom.generalisation.growth import classifier_layers, layers_of

DEEP = layers_of(2, (16, 16, 16, 1))


@pytest.mark.parametrize(
    ("r", "n", "value", "digits"),
    [(5, 1000, 0.671, 3), (5, 10**5, 0.0803, 4), (20, 10**5, 0.1488, 4)],
)
def test_growth_bound_in_a_subspace(r, n, value, digits):
    assert round(growth_bound(log_growth(n, DEEP, dim=r), n), digits) == value


@pytest.mark.parametrize(
    ("widths", "search", "formula"),
    [
        ((2, 8, 1), 476, 531.6),
        ((2, 16, 16, 16, 1), 18360, 20825),
        ((784, 100, 10), 1986196, 2144907),
    ],
)
def test_vc_dimensions(widths, search, formula):
    layers = layers_of(widths[0], widths[1:])
    assert vc_dimension(layers) == search
    digits = 1 if formula % 1 else 0
    assert round(vc_dimension_formula(layers), digits) == formula
    assert (
        log_growth(search, layers)
        >= search * np.log(2)
        > log_growth(search + 1, layers) - np.log(2)
    )


@pytest.mark.parametrize("n", [1, 10, 1000, 10**6])
def test_all_parameters_are_the_growth_function_of_arrangements(n):
    assert log_growth(n, DEEP) == pytest.approx(
        counting.log_growth(n, 2, (16, 16, 16, 1)), rel=1e-14
    )


def test_a_subspace_as_large_as_a_layer_counts_its_parameters_only():
    total = DEEP[-1].parameters
    assert log_growth(500, DEEP, dim=total) == log_growth(500, DEEP)
    values = [log_growth(500, DEEP, dim=r) for r in (1, 3, 10, 48, 200, total)]
    assert values == sorted(values)


@pytest.mark.parametrize("outputs", [1, 3])
def test_no_more_labellings_are_seen_than_counted(outputs):
    rng = np.random.default_rng(0)
    net = rg.ReLUNetwork.random([1, 2, outputs], rng=0)
    X = rng.normal(size=(7, 1))
    plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=1)
    seen = {
        net.with_parameters(theta).predict(X).tobytes()
        for theta in plane.points(10 * rng.normal(size=(4000, 2)))
    }
    assert 3 < len(seen) <= np.exp(log_growth(7, classifier_layers(net), dim=2))


def test_what_decides_between_outputs_are_their_differences():
    assert [
        classifier_layers(rg.ReLUNetwork.random([2, 3, k], rng=0))[-1].units for k in (1, 2, 5)
    ] == [1, 1, 10]
    leaky = rg.ReLUNetwork.from_weights([np.eye(2), [[1, 1]]], slopes=[[1.0, 0.0]])
    assert [layer.units for layer in classifier_layers(leaky)] == [1, 1]


def test_bounds_say_no_more_than_all_labellings_and_fall_with_n():
    most = np.sqrt(2 * np.log(2)) + np.sqrt(np.log(20) / 20)
    assert growth_bound(1e9, 10) == pytest.approx(most) == vc_bound(1e6, 10)
    values = [vc_bound(50, n) for n in (100, 1000, 10**4, 10**6)]
    assert values == sorted(values, reverse=True)
    assert growth_bound(5.0, 100, delta=0.01) > growth_bound(5.0, 100, delta=0.1)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: growth_bound(-1.0, 10), "log_labellings"),
        (lambda: growth_bound(1.0, 0), "`n`"),
        (lambda: growth_bound(1.0, 10, delta=1.0), "delta"),
        (lambda: log_growth(10, DEEP, dim=0), "dim"),
        (lambda: vc_bound(0, 10), "vc"),
        (lambda: layers_of(2, ()), "widths"),
    ],
)
def test_errors(call, word):
    with pytest.raises(InvalidInputError, match=word):
        call()
