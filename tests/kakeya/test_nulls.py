"""Null models: their laws against full simulations and formulas."""

from math import acos, pi

import numpy as np
import pytest
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.kakeya import nulls
from relugeom.kakeya.spectra import effective_dimension, spectrum
from relugeom.paths.turning import turning_angles


@pytest.mark.parametrize(("n", "dim"), [(40, 400), (60, 25)])
def test_walk_has_the_participation_ratio_of_gaussian_steps(n, dim):
    rng = np.random.default_rng(0)
    mine, plain = [], []
    for _ in range(60):
        unit = nulls.walk(np.ones(n), dim, rng)
        assert unit.shape == (n, min(n, dim))
        mine.append(effective_dimension(spectrum(unit), "participation"))
        full = rng.normal(size=(n, dim))
        full /= np.linalg.norm(full, axis=1, keepdims=True)
        plain.append(effective_dimension(spectrum(full), "participation"))
    assert np.mean(mine) == pytest.approx(np.mean(plain), rel=0.01)
    # E sum of squared cosines: n + n (n - 1) / dim
    assert np.mean(mine) == pytest.approx(n / (1 + (n - 1) / dim), rel=0.01)


def test_ema_turns_by_arccos_beta_with_the_known_participation_ratio():
    beta, n = 0.9, 400
    # started from zero: 60 steps later it is stationary
    draws = [nulls.ema(np.ones(n + 60), 200_000, beta, rng)[60:] for rng in range(3)]
    turn = np.mean([turning_angles(d).mean() for d in draws])
    assert turn == pytest.approx(acos(beta), rel=0.01)
    found = np.mean([effective_dimension(spectrum(d), "participation") for d in draws])
    assert found == pytest.approx(nulls.ema_participation(n, beta), rel=0.03)
    assert nulls.ema_participation(200, beta) == pytest.approx(21.50, abs=0.005)
    with pytest.raises(InvalidInputError, match="beta"):
        nulls.ema(np.ones(3), 5, 1.0)


def test_ema_at_some_times_is_ema():
    """Cosines between three times, drawn alone and in the whole sequence."""
    times, beta, dim = np.array([2, 5, 30]), 0.8, 12
    some, whole = [], []
    for seed in range(3000):
        a = nulls.ema(np.ones(3), dim, beta, seed, times=times)
        b = nulls.ema(np.ones(31), dim, beta, 10_000 + seed)[times]
        some.append([a[0] @ a[1], a[1] @ a[2]])
        whole.append([b[0] @ b[1], b[1] @ b[2]])
    error = np.std(some, axis=0) / np.sqrt(3000)
    assert (np.abs(np.mean(some, axis=0) - np.mean(whole, axis=0)) < 6 * error).all()
    assert np.std(some, axis=0) == pytest.approx(np.std(whole, axis=0), rel=0.1)
    with pytest.raises(ShapeError, match="times"):
        nulls.ema(np.ones(2), 5, 0.5, times=[3, 3])


@pytest.mark.parametrize("dim", [1, 2, 3, 30])
@pytest.mark.parametrize("beta", [0.0, 0.8])
def test_polygons_have_the_law_of_full_draws(dim, beta):
    lengths, rng = np.linspace(1, 3, 25), np.random.default_rng(7)
    mine = nulls.polygons(lengths, dim, 40_000, beta=beta, rng=0)
    full = [nulls.ema(lengths, dim, beta, rng) for _ in range(2500)]
    turning = np.array([turning_angles(rows).sum() for rows in full])
    distance = np.array([np.linalg.norm(rows.sum(axis=0)) for rows in full])
    for drawn, other in ((mine.turning, turning), (mine.distance, distance)):
        assert abs(drawn.mean() - other.mean()) < 4.5 * other.std() / np.sqrt(2500)
        assert drawn.std() == pytest.approx(other.std(), rel=0.08)
    if not beta:  # a square sum of independent steps
        assert (mine.distance**2).mean() == pytest.approx((lengths**2).sum(), rel=0.03)
        assert mine.turning.mean() == pytest.approx(12 * pi, rel=0.02)


def test_polygons_in_high_dimension_turn_by_arccos_beta():
    drawn = nulls.polygons(np.ones(3000), 10**6, 3, beta=0.9, rng=0)
    np.testing.assert_allclose(drawn.turning / 2999, acos(0.9), rtol=0.01)
    with pytest.raises(ShapeError):
        nulls.polygons([], 3, 2)
    with pytest.raises(InvalidInputError, match="beta"):
        nulls.polygons([1.0], 3, 2, beta=1.0)


def test_nulls_keep_lengths():
    lengths = np.array([1.0, 5.0, 0.1])
    for drawn in (nulls.walk(lengths, 2, 0), nulls.ema(lengths, 50, 0.5, 0)):
        np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), lengths)
    rows = np.arange(8.0).reshape(4, 2)
    mixed = nulls.shuffle(rows, 3)
    assert sorted(map(tuple, mixed)) == sorted(map(tuple, rows))
