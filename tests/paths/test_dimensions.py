"""Effective dimensions of known spectra, of the nulls of the theory, and by spanning trees."""

from math import pi

import numpy as np
import pytest
from relugeom.errors import InvalidInputError
from relugeom.kakeya import nulls
from relugeom.paths.dimensions import (
    KINDS,
    SPECTRA,
    effective_dimension,
    ph0_dimension,
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
    lambda: ph0_dimension(np.ones((10, 2))),
    lambda: ph0_dimension(np.ones((40, 2)), alpha=0.0),
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


def test_spanning_trees_of_a_line_a_square_and_a_walk():
    rng = np.random.default_rng(0)
    line, square = (
        ph0_dimension(rng.uniform(size=(1200, 1))),
        ph0_dimension(rng.uniform(size=(1200, 2))),
    )
    assert line.value == pytest.approx(1.0, abs=0.03)
    assert square.value == pytest.approx(2.0, abs=0.1)
    places = np.cumsum(nulls.isotropic(1200, 5000, rng=1), axis=0)
    walk = ph0_dimension(places)
    assert walk.value == pytest.approx(2.0, abs=0.3)
    assert 0 < walk.error < 0.1
    assert (walk.low, walk.high) == (150, 1200)


def test_spanning_trees_with_copies_and_by_brute_force():
    from scipy.spatial.distance import pdist, squareform

    rng = np.random.default_rng(3)
    points = rng.uniform(size=(64, 2))
    twice = np.vstack([points, points])
    assert np.isfinite(ph0_dimension(twice).value)
    # the tree of all points by Prim's algorithm, against the last sum
    distances = squareform(pdist(points))
    inside, total = {0}, 0.0
    while len(inside) < 64:
        i, j = min(
            ((i, j) for i in inside for j in range(64) if j not in inside),
            key=lambda pair: distances[pair],
        )
        total += distances[i, j]
        inside.add(j)
    whole = ph0_dimension(points, n_sizes=3, n_repeats=1)
    assert whole.high == 64
    from scipy.sparse.csgraph import minimum_spanning_tree

    assert minimum_spanning_tree(distances).sum() == pytest.approx(total)
    assert np.isnan(ph0_dimension(np.ones((40, 2))).value)
