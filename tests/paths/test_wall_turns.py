"""Changes of direction along walls, beside total turning over pi."""

from itertools import pairwise
from math import pi

import numpy as np
import pytest
import relugeom as rg
from relugeom.paths.turning import turning_angles


def brute(values):
    signs = [s for s in np.sign(np.diff(values)) if s != 0]
    return sum(a != b for a, b in pairwise(signs)), bool(signs)


def test_turns_are_those_of_each_wall():
    X = np.linspace(-1, 1, 7)[:, None]
    path = rg.train(
        rg.ReLUNetwork.random([1, 5, 4, 1], rng=0), X, np.abs(X), steps=60, lr=0.1, batch_size=2
    )
    found = rg.paths.wall_turns(path, X)
    z = np.array([path.network(t).preactivations(X)[0] for t in range(len(path) + 1)])
    for j in range(5):
        for i in range(7):
            turns, moves = brute(z[:, i, j])
            assert found.runs[j, i] == (turns + 1 if moves else 0)
    events = rg.crossings(path, X)
    own = events.layer == 0
    crossed = np.zeros((5, 7), int)
    np.add.at(crossed, (events.neuron[own], events.sample[own]), 1)
    assert (crossed <= found.runs).all()
    moves = path.updates[path.updates.any(axis=1)]
    assert found.total_turning == pytest.approx(turning_angles(moves).sum())
    assert len(found.turns) == (found.runs > 0).sum()


def test_isotropic_walls_turn_turning_over_pi_times():
    """Crofton: E[V] = turning / pi, within 4 standard errors."""
    rng = np.random.default_rng(0)
    net = rg.ReLUNetwork.random([3, 2, 1], rng=0)
    steps = rng.standard_normal((40, net.n_parameters))
    path = rg.OptimizerPath.from_parameters(net, np.cumsum(steps, axis=0))
    found = rg.paths.wall_turns(path, rng.standard_normal((4000, 3)), rng=1)
    null = found.isotropic
    error = null.std() / np.sqrt(len(null) / 40)  # walls of one neuron share its path
    assert abs(null.mean() - found.expected) < 4 * error
    w = path.parameters[:, :6].reshape(-1, 2, 3)
    rows = np.concatenate([w, path.parameters[:, 6:8, None]], axis=2)
    for j in range(2):
        turning = turning_angles(np.diff(rows[:, j], axis=0)).sum()
        assert found.turning[j] == pytest.approx(turning)
    assert found.expected == pytest.approx(found.turning.mean() / pi)


def test_a_neuron_that_stands_still_has_no_turns():
    net = rg.ReLUNetwork.random([1, 2, 1], rng=0)
    rows = np.repeat(net.parameters[None], 4, axis=0)
    rows[:, 0] += [0.0, 1.0, 0.0, 1.0]  # one weight of neuron 0 goes back and forth
    path = rg.OptimizerPath.from_parameters(net, rows)
    found = rg.paths.wall_turns(path, [[1.0], [2.0], [0.0]])
    assert found.runs.tolist() == [[3, 3, 0], [0, 0, 0]]
    assert found.turns.tolist() == [2, 2]
    assert found.moves.tolist() == [True, False]
    assert found.expected == pytest.approx(2.0)
