"""PAC-Bayes: values, properties of the inverse, and validity where the true risk is known."""

from math import comb, exp, log, sqrt

import numpy as np
import pytest
import relugeom as rg
from hypothesis import given
from hypothesis import strategies as st
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.generalisation import (
    gaussian_kl,
    gibbs_bound,
    growth_bound,
    kl_bound,
    kl_inverse,
    pac_bayes,
    pinsker_bound,
)
from relugeom.generalisation.pac_bayes import _kl, _predictions

SHARE = st.floats(0.0, 1.0)
RADIUS = st.floats(0.0, 20.0)


def test_values_of_the_note():
    assert kl_bound(0.1, 10.0, 1000) == pytest.approx(0.164476177836, abs=5e-13)
    assert pinsker_bound(0.1, 10.0, 1000) == pytest.approx(0.192581739813, abs=5e-13)


@given(SHARE, RADIUS)
def test_the_inverse_inverts(q, c):
    p = kl_inverse(q, c)
    assert q <= p <= 1.0
    if p < 1.0 - 1e-12 and p > 1e-12:
        assert _kl(q, p) >= c - 1e-12  # rounded up, never down
        if p - q > 1e-6:
            assert _kl(q, p) == pytest.approx(c, rel=1e-4, abs=1e-9)


@given(SHARE, SHARE, RADIUS, RADIUS)
def test_the_inverse_is_monotone_and_below_pinsker(q, other, c, more):
    assert kl_inverse(min(q, other), c) <= kl_inverse(max(q, other), c) + 1e-12
    assert kl_inverse(q, min(c, more)) <= kl_inverse(q, max(c, more))
    assert kl_inverse(q, c) <= q + sqrt(c / 2) + 1e-8  # of the root at c = 0


def test_ends_of_the_inverse():
    assert kl_inverse(0.0, 0.3) == pytest.approx(1 - exp(-0.3), abs=1e-14)
    assert kl_inverse(1.0, 0.3) == 1.0
    assert kl_inverse(0.2, 0.0) == pytest.approx(0.2, abs=1e-7)
    assert kl_inverse(0.2, float("inf")) == 1.0


def test_the_constant_of_maurer_holds_for_few_samples_too():
    for n in range(1, 60):
        moment = sum(comb(n, k) * (k / n) ** k * (1 - k / n) ** (n - k) for k in range(n + 1))
        assert moment <= 2 * sqrt(n) + 1e-12


def test_divergence_of_gaussians_against_a_sampled_one():
    rng = np.random.default_rng(0)
    distance, dim, sigma, prior = 1.3, 4, 0.6, 0.9
    move = np.eye(dim)[0] * distance
    theta = move + sigma * rng.standard_normal((200_000, dim))
    log_q = -np.sum((theta - move) ** 2, axis=1) / (2 * sigma**2) - dim * log(sigma)
    log_p = -np.sum(theta**2, axis=1) / (2 * prior**2) - dim * log(prior)
    sample = log_q - log_p
    error = sample.std() / sqrt(len(sample))
    assert abs(gaussian_kl(distance, dim, sigma, prior) - sample.mean()) < 4 * error
    assert gaussian_kl(0.0, dim, sigma, sigma) == 0.0


def _problem(rng, n):
    """Inputs on [-1, 1]; label 1 above 0.1, one in ten turned over."""
    X = rng.uniform(-1, 1, size=(n, 1))
    clean = X[:, 0] > 0.1
    return X, np.where(rng.random(n) < 0.1, ~clean, clean).astype(int)


def _true_gibbs_risk(net, sigma, rng, axes=None):
    grid = np.linspace(-1, 1, 2001)[:, None]
    noise = rng.standard_normal((2000, net.n_parameters if axes is None else axes.shape[1]))
    theta = net.parameters + sigma * (noise if axes is None else noise @ axes.T)
    wrong = _predictions(net, theta, grid) != (grid[:, 0] > 0.1)
    return 0.1 + 0.8 * wrong.mean()


@pytest.mark.parametrize("dim", [None, 3])
def test_the_bound_holds_at_its_confidence(dim):
    rng = np.random.default_rng(1)
    start = rg.ReLUNetwork.random([1, 4, 1], rng=3)
    inside = None if dim is None else rg.generalisation.random_subspace(start, dim, rng=4)
    axes = None if inside is None else inside.basis
    runs, failures, slack = 30, 0, []
    for _ in range(runs):
        X, y = _problem(rng, 60)
        path = rg.train(
            start, X, y, loss="cross_entropy", steps=40, lr=0.1, within=inside, progress=False
        )
        net = path.network(-1)
        bound = gibbs_bound(net, start, X, y, within=inside, n_draws=600, rng=rng)
        risk = _true_gibbs_risk(net, bound.sigma, rng, axes)
        failures += bound.risk < risk
        slack.append(bound.risk - risk)
        assert bound.sampled <= bound.train <= bound.risk <= bound.pinsker
    assert failures <= runs * 0.05 + 4 * sqrt(runs * 0.05 * 0.95)
    assert np.mean(slack) < 0.5  # and it says something


def test_the_best_of_many_coins_is_no_better_than_a_coin():
    # K classifiers, labels are coins: every risk is 1/2. The posterior is the best one on the data,
    # the prior is uniform, so KL = ln K. Without that term the bounds fail nearly always.
    rng, n, K, runs = np.random.default_rng(5), 60, 2000, 300
    best = rng.binomial(n, 0.5, size=(runs, K)).min(axis=1) / n
    limit = runs * 0.05 + 4 * sqrt(runs * 0.05 * 0.95)
    assert sum(kl_bound(e, log(K), n) < 0.5 for e in best) <= limit
    assert sum(pinsker_bound(e, log(K), n) < 0.5 for e in best) <= limit
    assert sum(e + growth_bound(log(K), n) < 0.5 for e in best) <= limit
    assert sum(kl_bound(e, 0.0, n) < 0.5 for e in best) > 0.5 * runs


def test_the_monte_carlo_correction_covers():
    rng = np.random.default_rng(2)
    X, y = _problem(rng, 40)
    net = rg.ReLUNetwork.random([1, 4, 1], rng=3)
    long = gibbs_bound(net, net, X, y, sigmas=[1.0], n_draws=100_000, rng=0)
    runs = 100
    few = [
        gibbs_bound(net, net, X, y, sigmas=[1.0], n_draws=50, delta=0.5, rng=rng)
        for _ in range(runs)
    ]
    short = sum(b.train < long.sampled for b in few)  # each fails with at most 0.05
    assert short <= runs * 0.05 + 4 * sqrt(runs * 0.05 * 0.95)
    assert np.mean([b.train for b in few]) < long.sampled + 0.2


def test_more_priors_cost_their_logarithm_and_noise_in_a_slice_costs_less():
    X, y = _problem(np.random.default_rng(0), 200)
    start = rg.ReLUNetwork.random([1, 8, 1], rng=3)
    inside = rg.generalisation.random_subspace(start, 5, rng=0)
    net = rg.train(start, X, y, loss="cross_entropy", lr=0.1, within=inside).network(-1)
    whole, part = (gibbs_bound(net, start, X, y, within=w, rng=0) for w in (None, inside))
    assert (whole.dim, part.dim) == (25, 5)
    assert part.risk < whole.risk
    assert kl_bound(0.1, 1.0, 100, delta=0.05 / 23) > kl_bound(0.1, 1.0, 100)


def test_predictions_of_many_networks_are_those_of_each():
    rng = np.random.default_rng(0)
    for outputs in (1, 3):
        net = rg.ReLUNetwork.random([2, 5, 4, outputs], rng=0)
        theta, X = rng.normal(size=(6, net.n_parameters)), rng.normal(size=(9, 2))
        expected = [net.with_parameters(t).predict(X) for t in theta]
        assert np.array_equal(_predictions(net, theta, X), expected)


def test_large_problems_get_fewer_draws(monkeypatch):
    net = rg.ReLUNetwork.random([1, 4, 1], rng=3)
    X, y = _problem(np.random.default_rng(0), 20)
    assert gibbs_bound(net, net, X, y).n_draws == 4000
    monkeypatch.setattr(pac_bayes, "_WORK", 300.5 * 20 * net.n_parameters)
    assert gibbs_bound(net, net, X, y).n_draws == 300
    monkeypatch.setattr(pac_bayes, "_WORK", 1.0)
    few = gibbs_bound(net, net, X, y)
    assert few.n_draws == 200
    assert few.train - few.sampled > 0.05  # and it costs


def test_errors():
    net = rg.ReLUNetwork.random([1, 4, 1], rng=3)
    X, y = _problem(np.random.default_rng(0), 20)
    away = rg.AffineSlice.random(net.n_parameters, 3, rng=0)
    for call, word in [
        (lambda: kl_inverse(1.2, 0.1), "`q`"),
        (lambda: kl_inverse(0.2, -0.1), "`bound`"),
        (lambda: kl_bound(0.2, -0.1, 10), "divergence"),
        (lambda: kl_bound(0.2, 0.1, 10, delta=2.0), "delta"),
        (lambda: gibbs_bound(net, net, X, y, n_draws=0), "n_draws"),
        (lambda: gibbs_bound(net, net, X, y, sigmas=[]), "sigmas"),
        (lambda: gibbs_bound(net, net, X, y, sigmas=[-1.0]), "sigmas"),
        (lambda: gibbs_bound(net, net, X, y, within=away), "leaves by"),
    ]:
        with pytest.raises(InvalidInputError, match=word):
            call()
    with pytest.raises(ShapeError, match="start"):
        gibbs_bound(net, rg.ReLUNetwork.random([1, 5, 1], rng=0), X, y)
