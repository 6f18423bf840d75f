"""Effective dimensions of known spectra and of the nulls of the theory."""

from math import pi

import numpy as np
import pytest
from relugeom.errors import InvalidInputError
from relugeom.kakeya import nulls
from relugeom.kakeya.spectra import (
    KINDS,
    SPECTRA,
    effective_dimension,
    position_spectrum,
    ridge_gamma,
    spectrum,
)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_every_definition_gives_k_for_k_equal_directions(k):
    values = np.zeros(10)
    values[:k] = 2.5
    for kind in KINDS:
        expected = k * 10 / (10 + k) if kind == "ridge" else k
        assert effective_dimension(values, kind) == pytest.approx(expected)


def test_definitions_on_a_known_spectrum():
    values = np.array([8.0, 1.0, 1.0, 0.0])
    s = np.sqrt(values)
    p, q = values / 10, s / s.sum()
    expected = {
        "participation": 100 / 66,
        "stable_rank": 1.25,
        "roy_vetterli": np.exp(-sum(x * np.log(x) for x in q if x)),
        "entropy": np.exp(-sum(x * np.log(x) for x in p if x)),
        "ridge": 8 / 10.5 + 2 / 3.5,
        "explained_90": 2,
        "explained_95": 3,
        "explained_99": 3,
    }
    assert set(expected) == set(KINDS)
    for kind, value in expected.items():
        assert effective_dimension(values, kind) == pytest.approx(value)
        assert effective_dimension(1e-200 * values, kind) == pytest.approx(value)
    assert ridge_gamma(values) == 2.5
    assert effective_dimension(values, "ridge", gamma=1.0) == pytest.approx(8 / 9 + 1)
    assert effective_dimension(values, "ridge", gamma=2.5) == pytest.approx(expected["ridge"])


@pytest.mark.parametrize("shape", [(8, 20), (20, 8)])
def test_spectra_are_squared_singular_values(shape):
    rows = np.random.default_rng(0).normal(size=shape) + 0.5
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    wanted = {
        "raw": rows,
        "unit": unit,
        "raw_centred": rows - rows.mean(0),
        "unit_centred": unit - unit.mean(0),
    }
    for kind in SPECTRA:
        singular = np.linalg.svd(wanted[kind], compute_uv=False)
        np.testing.assert_allclose(spectrum(rows, kind), singular**2, atol=1e-12)
    places = np.vstack([np.zeros(shape[1]), np.cumsum(rows, axis=0)])
    singular = np.linalg.svd(places - places.mean(0), compute_uv=False) ** 2
    np.testing.assert_allclose(position_spectrum(rows), singular, atol=1e-11)


@pytest.mark.parametrize("call", [
    lambda: effective_dimension([1.0], "rank"),
    lambda: effective_dimension([1.0, -1.0], "entropy"),
    lambda: effective_dimension([1.0], "ridge", gamma=0.0),
    lambda: spectrum([[1.0]], "centred"),
])  # fmt: skip
def test_bad_arguments(call):
    with pytest.raises(InvalidInputError):
        call()


def test_zero_spectrum():
    assert np.isnan(effective_dimension([0.0, 0.0], "entropy"))


def test_positions_of_a_random_walk():
    """Participation 5/2, k_90 = 6, k_95 = 12, shares 6 / (pi k)^2: in any high dimension."""
    found = []
    for seed in range(6):
        values = position_spectrum(nulls.isotropic(600, 20_000, rng=seed))
        assert effective_dimension(values, "explained_90") == 6
        assert effective_dimension(values, "explained_95") == 12
        found.append([effective_dimension(values, "participation"), *(values / values.sum())[:5]])
    mean = np.mean(found, axis=0)
    assert mean[0] == pytest.approx(2.5, rel=0.02)
    np.testing.assert_allclose(mean[1:], 6 / (pi * np.arange(1, 6)) ** 2, rtol=0.03)


def test_independent_steps():
    """T P / (T + P + 1) for Gaussian steps."""
    rng = np.random.default_rng(0)
    for n, dim in ((200, 5000), (60, 25)):
        draws = [
            effective_dimension(spectrum(rng.normal(size=(n, dim))), "participation")
            for _ in range(8 if n == 200 else 100)
        ]
        assert np.mean(draws) == pytest.approx(nulls.walk_participation(n, dim), rel=0.015)
    assert nulls.walk_participation(200, 5000) == pytest.approx(192.27, abs=0.005)
