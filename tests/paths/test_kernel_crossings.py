"""The kernel: Bernstein coefficients, roots and how far they are off, what is in doubt."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import relugeom as rg
from relugeom.paths import _kernel_crossings as kernel
from relugeom.paths import _search as search
from relugeom.paths._algebraic import roots as exact_roots
from relugeom.paths._parameters import hidden_layers


def found_roots(c, noise):
    n = len(c)
    roots, spread, work = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    stack, low, high = np.zeros((128, n)), np.zeros(128), np.zeros(128)
    count, certain = kernel._roots(c, n - 1, noise, roots, spread, stack, low, high, work)
    return roots[:count], spread[:count], certain


@pytest.mark.parametrize("degree", [1, 2, 3, 5, 8])
def test_roots_are_within_their_bounds_or_uncertain(degree):
    rng = np.random.default_rng(degree)
    out, certain_ones = np.zeros(degree + 1), 0
    for _ in range(200):
        inside = rng.uniform(-0.5, 1.5, size=degree)
        if rng.random() < 0.3:
            inside[-1] = inside[0] + 10.0 ** -rng.uniform(3, 9)
        monomial = np.poly(inside)[::-1] * rng.normal()
        a, b = np.sort(rng.uniform(0, 1, size=2))
        kernel._to_bernstein(monomial, degree, a, b - a, out)
        noise = 1e-14 * np.abs(monomial).sum()
        if min(abs(out[0]), abs(out[-1])) <= noise:
            continue
        roots, spread, certain = found_roots(out, noise)
        assert (np.diff(roots) > 0).all()
        if not certain:
            continue
        certain_ones += 1
        scale = 2 ** (60 + int(np.ceil(-np.log2(np.abs(monomial[monomial != 0]).min()))))
        true = [float(r) for r in exact_roots(tuple(int(Fraction(m) * scale) for m in monomial))[0]]
        expected = (np.array([t for t in true if a < t < b]) - a) / (b - a)
        assert len(roots) == len(expected)
        assert (np.abs(roots - expected) <= spread + 1e-15 / (b - a)).all()
    assert certain_ones > 150


def test_bernstein_coefficients_interpolate_the_ends_and_reproduce_values():
    rng = np.random.default_rng(0)
    for degree in range(1, 8):
        monomial, c, work = rng.normal(size=degree + 1), np.zeros(degree + 1), np.zeros(degree + 2)
        kernel._to_bernstein(monomial, degree, 0.25, 0.5, c)
        for s in (0.0, 0.3, 1.0):
            value = np.polyval(monomial[::-1], 0.25 + 0.5 * s)
            assert kernel._value(c, degree, s, work) == pytest.approx(value, abs=1e-13)


def test_fewest_and_most_sign_changes_of_uncertain_coefficients():
    for signs in product([-1.0, 0.0, 1.0], repeat=5):
        if signs[0] == 0.0 or signs[-1] == 0.0:
            continue
        choices = [(s,) if s else (-1.0, 1.0) for s in signs]
        counts = [np.count_nonzero(np.diff(c)) for c in product(*choices)]
        c = np.where(np.array(signs) == 0.0, 0.01, signs)
        assert kernel._variations(c, 4, 0.1) == (min(counts), max(counts))


def doubts(net, theta0, theta1, X):
    theta = np.array([theta0, theta1])
    return search._kernel(net, hidden_layers(net), theta, np.asarray(X, float))[1]


def test_tangencies_within_rounding_are_decided():
    # z2 = (t + 1/4) (-p + (p + q) t) + b, where b makes the discriminant 0 up to rounding
    net = rg.ReLUNetwork.from_weights([[[0.25]], [[1.0]], [[1.0]]])
    rng, seen = np.random.default_rng(0), set()
    for _ in range(150):
        p, q = rng.uniform(1.0, 2.0, 2)
        b = p / 4 + (p - (p + q) / 4) ** 2 / (4 * (p + q))
        theta0, theta1 = net.parameters.copy(), net.parameters.copy()
        theta0[:4], theta1[:4] = [0.25, 0.0, -p, b], [1.25, 0.0, q, b]
        assert doubts(net, theta0, theta1, [[1.0]])
        events = rg.crossings(rg.OptimizerPath.from_parameters(net, [theta0, theta1]), [[1.0]])
        p, q, b = Fraction(p), Fraction(q), Fraction(b)
        expected = 2 if (p - (p + q) / 4) ** 2 > 4 * (p + q) * (b - p / 4) else 0
        assert (events.layer == 1).sum() == len(events) == expected
        assert events.complete
        seen.add(expected)
    assert seen == {0, 2}


def test_a_value_that_rounds_to_0_is_not_taken_for_0():
    # a = 1 + 2^-60 + t (1 - 2^-59), b = 1 + t: floats see a - b = 0, it changes sign at 1/2
    e = 2.0**-60
    net = rg.ReLUNetwork.from_weights([[[1.0, e], [1.0, 0.0]], [[1.0, -1.0]], [[1.0]]])
    theta1 = net.parameters.copy()
    theta1[:4] = [2.0, -e, 2.0, 0.0]
    assert doubts(net, net.parameters, theta1, [[1.0, 1.0]])
    events = rg.crossings(
        rg.OptimizerPath.from_parameters(net, [net.parameters, theta1]), [[1.0, 1.0]]
    )
    assert (events.layer.tolist(), events.t.tolist(), events.sign.tolist()) == ([1], [0.5], [-1])
    assert events.initial.tolist() == [[True, True, True]]


def test_an_event_that_may_come_before_or_after_a_cut_is_in_doubt():
    # layer 1 crosses so slowly that floats know the place to 1e-9 only; layer 2 crosses nearby
    net = rg.ReLUNetwork.from_weights([[[1e-7]], [[0.0]], [[1.0]]])
    for gap, doubtful in ((1e-11, True), (-1e-11, True), (1e-3, False), (-1e-3, False)):
        theta0, theta1 = net.parameters.copy(), net.parameters.copy()
        theta0[:2], theta1[:2] = [1e-7, -1.0 - 1e-7 / 3], [1e-7, -1.0 + 2e-7 / 3]
        theta0[3], theta1[3] = -1 / 3 - gap, 2 / 3 - gap
        assert bool(doubts(net, theta0, theta1, [[1e7]])) == doubtful
        path = rg.OptimizerPath.from_parameters(net, [theta0, theta1])
        events = rg.crossings(path, [[1e7]])
        assert events.complete
        x, *ends = (Fraction(float(v)) for v in (1e7, *theta0[:2], *theta1[:2]))
        first, last = ends[0] * x + ends[1], ends[2] * x + ends[3]
        a, b = Fraction(float(theta0[3])), Fraction(float(theta1[3]))
        order = [0, 1] if first / (first - last) < a / (a - b) else [1, 0]
        assert events.layer.tolist() == order


def test_simultaneous_flips_below_the_last_layer_are_in_doubt_and_in_it_are_not():
    shallow = rg.ReLUNetwork.from_weights([[[1.0], [1.0]], [[1.0, 1.0]]])
    assert not doubts(shallow, shallow.parameters, -shallow.parameters, [[1.0]])
    deep = rg.ReLUNetwork.from_weights([[[1.0], [1.0]], [[1.0, 1.0]], [[1.0]]], [[0, 0], [1], [0]])
    theta1 = deep.parameters.copy()
    theta1[:2] = -1.0
    assert doubts(deep, deep.parameters, theta1, [[1.0]])
