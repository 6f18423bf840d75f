"""The measured gap and the coverage of its intervals."""

from math import comb, sqrt

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.generalisation import clopper_pearson, measured_gaps


@pytest.mark.parametrize("n", [1, 7, 40])
@pytest.mark.parametrize("delta", [0.05, 0.3])
def test_coverage_summed_exactly(n, delta):
    ends = [clopper_pearson(k, n, delta=delta) for k in range(n + 1)]
    for p in np.linspace(0.001, 0.999, 97):
        mass = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        covered = sum(m for m, (low, high) in zip(mass, ends, strict=True) if low <= p <= high)
        assert covered >= 1 - delta - 1e-12


def test_ends_are_tails_of_the_binomial():
    low, high = clopper_pearson(3, 20)
    above = sum(comb(20, k) * low**k * (1 - low) ** (20 - k) for k in range(3, 21))
    below = sum(comb(20, k) * high**k * (1 - high) ** (20 - k) for k in range(4))
    assert (above, below) == (pytest.approx(0.025), pytest.approx(0.025))
    assert clopper_pearson(20, 20)[1] == 1.0


def test_intervals_of_the_gap_hold_the_true_one():
    # x uniform on [-1, 1], label 1 above 0: the network's threshold is 0.3, so its risk is 0.15
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[5.0]]], [[0.7], [-5.0]])
    rng = np.random.default_rng(0)
    grid = np.linspace(-1, 1, 200_001)[:, None]
    whole = grid, (grid[:, 0] > 0).astype(int)
    true = {row.loss: row.test for row in measured_gaps(net, whole, whole)}
    assert true["0-1"] == pytest.approx(0.15, abs=1e-4)
    runs, missed = 400, dict.fromkeys(true, 0)
    train = grid[::5000], whole[1][::5000]
    for _ in range(runs):
        X = rng.uniform(-1, 1, size=(50, 1))
        for row in measured_gaps(net, train, (X, (X[:, 0] > 0).astype(int)), delta=0.1):
            assert row.gap == row.test - row.train
            missed[row.loss] += not row.low <= true[row.loss] - row.train <= row.high
    limit = runs * 0.1 + 4 * sqrt(runs * 0.09)
    assert all(count <= limit for count in missed.values())
    assert missed["cross_entropy"] > 0


def test_losses_by_hand():
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]]])
    data = [[0.0], [2.0]], [1, 1]
    rows = {row.loss: row for row in measured_gaps(net, data, data)}
    p = 1 / (1 + np.exp(-np.array([0.0, 2.0])))
    assert rows["0-1"].train == 0.5
    assert rows["brier"].train == pytest.approx(np.mean((1 - p) ** 2))
    assert rows["cross_entropy"].train == pytest.approx(np.mean(-np.log(p)))
    assert rows["0-1"].gap == 0.0


def test_labels_of_both_signs_do_for_one_output():
    net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    X = [[0.0], [1.0], [2.0]]
    assert measured_gaps(net, (X, [0, 1, 1]), (X, [[0], [1], [1]])) == measured_gaps(
        net, (X, [-1, 1, 1]), (X, [-1.0, 1.0, 1.0])
    )


def test_errors():
    net, X = rg.ReLUNetwork.random([1, 4, 3], rng=0), [[0.0], [1.0]]
    good = X, [0, 2]
    for bad, kind, word in [
        ([X], InvalidInputError, "pair"),
        ((X, [0, 3]), InvalidInputError, "class labels 0 to 2"),
        ((X, [0.5, 1]), InvalidInputError, "class labels"),
        ((X, [-1, 1]), InvalidInputError, "class labels"),
        ((X, [0]), ShapeError, "one label a sample"),
        (([[0.0, 1.0]], [0]), ShapeError, r"test\[0\]"),
        ((np.zeros((0, 1)), []), InvalidInputError, "at least one sample"),
        (3, InvalidInputError, "pair"),
    ]:
        with pytest.raises(kind, match=word):
            measured_gaps(net, good, bad)
    with pytest.raises(InvalidInputError, match="successes"):
        clopper_pearson(4, 3)
    with pytest.raises(InvalidInputError, match="delta"):
        clopper_pearson(1, 3, delta=0.0)
