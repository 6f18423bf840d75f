from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.paths import Crossings, crossings
from relugeom.paths import _search as search
from relugeom.paths.crossing_table import COLUMNS

import companion


def rows(events: Crossings):
    return list(zip(*(getattr(events, name).tolist() for name in COLUMNS), strict=True))


def segment(net, theta0, theta1, X):
    path = rg.OptimizerPath.from_parameters(net, [theta0, theta1])
    return crossings(path, X)


def random_segment(widths, seed, slopes=0.0, n=6, size=1.0):
    rng = np.random.default_rng(seed)
    net = rg.ReLUNetwork.random(widths, rng=rng)
    net = rg.ReLUNetwork.from_weights(net.weights, net.biases, slopes=slopes)
    theta1 = net.parameters + size * rng.normal(size=net.n_parameters)
    return net, theta1, rng.normal(size=(n, widths[0]))


def masks_at(net, theta, X):
    return np.hstack([z > 0 for z in net.with_parameters(theta).preactivations(X)])


def grid_counts(net, theta0, theta1, X, n_grid=20_001):
    """Sign changes on a fine grid, (n, neurons): a lower bound with the right parity."""
    t = np.linspace(0.0, 1.0, n_grid)
    theta = theta0 + t[:, None] * (theta1 - theta0)
    counts = []
    for x in X:
        a = np.broadcast_to(x, (n_grid, 1, len(x)))
        found, at = [], 0
        for w, s in zip(net.weights[:-1], net.slopes, strict=True):
            W = theta[:, at : at + w.size].reshape(n_grid, *w.shape)
            b = theta[:, at + w.size : at + w.size + len(w)]
            at += w.size + len(w)
            z = np.einsum("toi,tui->tuo", W, a) + b[:, None, :]
            found.append(np.count_nonzero(np.diff(z[:, 0] > 0, axis=0), axis=0))
            a = np.where(z > 0, z, z * s)
        counts.append(np.concatenate(found))
    return np.array(counts)


def event_counts(events: Crossings):
    start = np.cumsum([0, *events.widths[:-1]])
    counts = np.zeros((events.n_samples, sum(events.widths)), dtype=int)
    np.add.at(counts, (events.sample, start[events.layer] + events.neuron), 1)
    return counts


@pytest.mark.parametrize("widths", [[2, 5, 1], [2, 5, 4, 1], [2, 4, 4, 4, 1], [1, 3, 4, 3, 4, 2]])
@pytest.mark.parametrize("slopes", [0.0, 0.2])
def test_the_path_between_events_has_the_announced_masks(widths, slopes):
    net, theta1, X = random_segment(widths, 3, slopes, size=1.5)
    events = segment(net, net.parameters, theta1, X)
    start = np.cumsum([0, *net.widths[:-1]])
    assert events.undecided == 0
    for i in range(len(X)):
        of_sample = np.flatnonzero(events.sample == i)
        state = masks_at(net, net.parameters, X[i : i + 1])[0]
        times = np.concatenate([events.t[of_sample], [1.0]])
        for j, row in enumerate(of_sample):
            unit = start[events.layer[row]] + events.neuron[row]
            state[unit] = ~state[unit]
            assert state[unit] == (events.sign[row] > 0)
            if times[j + 1] - times[j] > 1e-9:
                middle = 0.5 * (times[j] + times[j + 1])
                theta = net.parameters + middle * (theta1 - net.parameters)
                np.testing.assert_array_equal(masks_at(net, theta, X[i : i + 1])[0], state)


@pytest.mark.parametrize("widths", [[2, 6, 5, 1], [2, 5, 5, 4, 1], [1, 4, 4, 4, 3, 1]])
def test_counts_equal_those_of_a_fine_grid(widths):
    net, theta1, X = random_segment(widths, 11, size=1.5)
    exact = event_counts(segment(net, net.parameters, theta1, X))
    grid = grid_counts(net, net.parameters, theta1, X)
    assert exact.sum() > 20
    np.testing.assert_array_equal(exact, grid)


@pytest.mark.parametrize("slopes", [0.0, 0.1, -0.5])
@pytest.mark.parametrize("widths", [[2, 5, 4, 1], [2, 4, 4, 3, 1], [1, 3, 3, 3, 3, 1]])
def test_events_equal_companion_matrix_roots(widths, slopes):
    for seed in range(3):
        net, theta1, X = random_segment(widths, seed, slopes, n=4, size=1.5)
        mine = rows(segment(net, net.parameters, theta1, X))
        plain = companion.path_events(net, [net.parameters, theta1], X)
        assert [m[2:] for m in mine] == [o[2:] for o in plain]
        np.testing.assert_allclose([m[1] for m in mine], [o[1] for o in plain], atol=1e-9)
        assert companion.path_events(net, [net.parameters, theta1], X, skip=True) == plain


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "signsgd"])
def test_parity_equals_endpoint_hamming(optimizer):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(25, 2))
    net = rg.ReLUNetwork.random([2, 8, 8, 8, 1], rng=1)
    path = rg.train(net, X, np.sin(3 * X[:, 0]), optimizer=optimizer, steps=60, lr=0.02)
    events = crossings(path, X)
    parity = np.zeros((60, 25, 24), dtype=np.int64)
    start = np.cumsum([0, *net.widths[:-1]])
    np.add.at(parity, (events.step, events.sample, start[events.layer] + events.neuron), 1)
    mask = np.array([masks_at(net, theta, X) for theta in path.parameters])
    flips = mask[1:] != mask[:-1]
    np.testing.assert_array_equal(parity % 2 == 1, flips)
    # layer 1 is affine on a step: at most one change
    np.testing.assert_array_equal(parity[:, :, :8], flips[:, :, :8])
    hamming = rg.paths.hamming(path, X)
    per_layer = flips.reshape(60, 25, 3, 8).sum(axis=(1, 3))
    np.testing.assert_array_equal(hamming, per_layer)
    np.testing.assert_array_equal(events.per_layer[:, 0], hamming[:, 0])
    assert (events.per_layer >= hamming).all()
    assert len(events) == events.per_step.sum() == events.per_layer.sum() > 30


def test_hamming_misses_deep_events_and_rare_checkpoints():
    net, theta1, X = random_segment([2, 8, 8, 8, 1], 2, n=20, size=2.0)
    path = rg.OptimizerPath.from_parameters(net, [net.parameters, theta1])
    assert len(crossings(path, X)) > rg.paths.hamming(path, X).sum()
    rng = np.random.default_rng(0)
    walk = net.parameters + np.cumsum(0.1 * rng.normal(size=(41, net.n_parameters)), axis=0)
    path = rg.OptimizerPath.from_parameters(net, walk)
    dense, sparse = rg.paths.hamming(path, X), rg.paths.hamming(path, X, every=15)
    assert sparse.shape == (3, 3)  # steps 0, 15, 30, 40
    assert sparse.sum() < dense.sum()
    ends = [masks_at(net, walk[t], X) for t in (0, 15, 30, 40)]
    total = sum(np.count_nonzero(a != b) for a, b in pairwise(ends))
    assert sparse.sum() == total


def test_the_interval_test_only_skips_samples_without_events(monkeypatch):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(30, 3))
    net = rg.ReLUNetwork.random([3, 6, 6, 1], rng=4)
    net = rg.ReLUNetwork.from_weights(
        net.weights, net.biases, slopes=[[0, 0.1, -0.3, 1, 0, 0], [0, 0, 0.2, 1, 1, -1]]
    )
    path = rg.train(net, X, X[:, 0] ** 2, steps=80, lr=0.01)
    original, skipped = search.find_quiet, []

    def watched(*arguments):
        original(*arguments)
        skipped.append(arguments[-1].mean())

    monkeypatch.setattr(search, "find_quiet", watched)
    fast = crossings(path, X)
    monkeypatch.setattr(search, "find_quiet", lambda *arguments: None)
    assert rows(crossings(path, X)) == rows(fast)
    assert 0.1 < np.mean(skipped) < 1
    assert len(fast) > 20


def test_threads_blocks_and_chunks_do_not_change_the_result(monkeypatch):
    rng = np.random.default_rng(9)
    X = rng.normal(size=(120, 2))
    net = rg.ReLUNetwork.random([2, 9, 9, 1], rng=2)
    path = rg.train(net, X, X[:, 0], steps=70, lr=0.05)
    whole = crossings(path, X)
    assert len(whole) > 500
    parts = list(rg.iter_crossings(path, X, chunk=30))
    assert [(part.first_step, part.n_steps) for part in parts] == [(0, 30), (30, 30), (60, 10)]
    assert rows(whole) == [row for part in parts for row in rows(part)]
    np.testing.assert_array_equal(np.vstack([p.per_layer for p in parts]), whole.per_layer)
    np.testing.assert_array_equal(parts[1].initial, parts[0].final)
    np.testing.assert_array_equal(parts[-1].final, whole.final)
    monkeypatch.setattr(search, "_WORK", 1e5)
    monkeypatch.setattr(search, "_WINDOW", 3)
    monkeypatch.setattr(search, "_BLOCK", (10, 2**20))
    for jobs in (1, 3):
        assert rows(crossings(path, X, jobs=jobs)) == rows(whole)


def test_more_events_than_the_first_buffer_holds():
    net, theta1, X = random_segment([2, 12, 12, 12, 1], 1, n=150, size=3.0)
    events = segment(net, net.parameters, theta1, X)
    assert len(events) > 2048
    alone = []
    for i, x in enumerate(X):
        own = rows(segment(net, net.parameters, theta1, x))
        alone += [(step, t, i, *rest) for step, t, _, *rest in own]
    assert rows(events) == sorted(alone, key=lambda row: row[:5])


def test_a_straight_line_crosses_every_first_layer_wall_once():
    # From theta to -theta every pre-activation of layer 1 changes its sign, at t = 1/2
    rng = np.random.default_rng(0)
    net = rg.ReLUNetwork.random([3, 10, 1], rng=0)
    X = rng.normal(size=(35, 3))
    line = net.parameters * np.linspace(1, -1, 8)[:, None]
    path = rg.OptimizerPath.from_parameters(net, line)
    events = crossings(path, X)
    assert len(events) == 35 * 10
    assert rg.directional_complexity(path, n_nulls=0).dimensions["participation_raw"] == (
        pytest.approx(1.0)
    )
    # and towards random parameters: the walls are crossed one by one, at most once each
    other = rg.ReLUNetwork.random([3, 10, 1], rng=1).parameters
    spread = segment(net, net.parameters, other, X)
    assert len(spread) == np.count_nonzero(
        masks_at(net, net.parameters, X) != masks_at(net, other, X)
    )


def zigzag_net():
    return rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]]], [[0.0], [0.0]])


def test_a_zigzag_crosses_one_wall_every_step():
    net = zigzag_net()
    theta = np.tile(net.parameters, (6, 1))
    theta[:, 0] = [1, -1, 1, -1, 1, -1]
    path = rg.OptimizerPath.from_parameters(net, theta)
    events = crossings(path, [[2.0]])
    assert events.per_step.tolist() == [1] * 5
    assert events.sign.tolist() == [-1, 1, -1, 1, -1]
    np.testing.assert_allclose(events.t, 0.5)


def test_touching_a_wall_is_no_crossing_and_zero_is_off():
    net = zigzag_net()
    theta = np.tile(net.parameters, (4, 1))
    theta[:, 0] = [1, 0, 0, 1]  # down to 0, along it, back
    path = rg.OptimizerPath.from_parameters(net, theta)
    events = crossings(path, [[1.0]])
    assert events.step.tolist() == [0, 2]
    assert events.t.tolist() == [1.0, 0.0]
    assert events.sign.tolist() == [-1, 1]
    theta[:, 0] = [-1, 0, 0, -1]
    assert len(crossings(rg.OptimizerPath.from_parameters(net, theta), [[1.0]])) == 0


def test_a_double_root_inside_a_step_is_no_crossing():
    # layer 2: z(t) = (t - 1/2) * relu(t - 1/2 + 1) ... a parabola that just touches 0:
    # a(t) = t, weight t - 1 -> z = t (t - 1) + 1/4 = (t - 1/2)^2
    net = rg.ReLUNetwork.from_weights([[[0.0]], [[-1.0]], [[1.0]]], [[0.0], [0.25], [0.0]])
    theta1 = net.parameters.copy()
    theta1[0] = 1.0  # W0: 0 to 1
    theta1[2] = 0.0  # W1: -1 to 0
    events = segment(net, net.parameters, theta1, [[1.0]])
    assert events.layer.tolist() == [0]  # only the first layer, which leaves 0 at t = 0
    assert events.complete
    lower, above = theta1.copy(), net.parameters.copy()
    above[3] = lower[3] = 0.25 - 1e-6  # now two roots at 1/2 -+ 1e-3
    events = segment(net, above, lower, [[1.0]])
    deep = events.layer == 1
    np.testing.assert_allclose(events.t[deep], [0.499, 0.501], atol=1e-9)
    assert events.sign[deep].tolist() == [-1, 1]
    above[3] = lower[3] = 0.25 + 1e-6
    assert (segment(net, above, lower, [[1.0]]).layer == 0).all()


def test_cubic_pair_of_close_roots_is_found():
    # three layers in a row with one unit each: z3 = w3(t) w2(t) w1(t) + b3, all gates on
    net = rg.ReLUNetwork.from_weights(
        [[[1.0]], [[1.0]], [[-1.0]], [[1.0]]], [[0.0], [0.0], [0.0], [0.0]]
    )
    theta0, theta1 = net.parameters.copy(), net.parameters.copy()
    theta0[[0, 2, 4]] = [0.0, 0.0, -1.0]
    theta1[[0, 2, 4]] = [1.0, 1.0, 0.0]
    peak = 4.0 / 27.0  # t^2 (t - 1) has its minimum -4/27 at 2/3
    for gap, expected in ((1e-9, 2), (1e-12, 2), (-1e-9, 0)):
        theta0[5] = theta1[5] = peak - gap
        events = segment(net, theta0, theta1, [[1.0]])
        deep = events.t[events.layer == 2]
        assert len(deep) == expected
        if expected:
            np.testing.assert_allclose(deep, 2 / 3 + np.array([-1, 1]) * np.sqrt(gap), rtol=1e-3)
    # closer than floats can tell: the float next to 4/27 lies on one side of it
    for bias in (peak, np.nextafter(peak, 0.0), np.nextafter(peak, 1.0)):
        theta0[5] = theta1[5] = bias
        path = rg.OptimizerPath.from_parameters(net, [theta0, theta1])
        events = crossings(path, [[1.0]])
        expected = 2 if Fraction(float(bias)) < Fraction(4, 27) else 0
        assert (events.layer == 2).sum() == expected
        assert events.complete
        assert crossings(path, [[1.0]], max_exact=0).status == "undecided"


def test_duplicate_samples_count_apart_and_simultaneous_flips_together():
    net, theta1, X = random_segment([2, 5, 5, 1], 4, n=3)
    once, twice = (segment(net, net.parameters, theta1, x) for x in (X, np.vstack([X, X])))
    assert len(twice) == 2 * len(once)
    assert twice.n_pattern_changes == 2 * once.n_pattern_changes
    assert twice.n_cell_changes == once.n_cell_changes
    np.testing.assert_array_equal(twice.multiplicity[::2], 2 * once.multiplicity)


def test_passed_coordinates_have_no_events_but_act_on_the_next_layer():
    net = rg.ReLUNetwork.from_weights(
        [[[1.0], [1.0]], [[0.0, 1.0], [0.0, 1.0]], [[1.0, 1.0]]], slopes=[[0.0, 1.0], [0.0, 1.0]]
    )
    theta1 = net.parameters.copy()
    theta1[1] = -1.0  # the weight of the passed coordinate
    events = segment(net, net.parameters, theta1, [[1.0]])
    assert (events.layer.tolist(), events.neuron.tolist(), events.t.tolist()) == ([1], [0], [0.5])


def test_zero_steps_and_a_standing_path():
    net, _, X = random_segment([2, 4, 3, 1], 0)
    events = crossings(rg.OptimizerPath.from_parameters(net, [net.parameters]), X)
    assert (len(events), events.per_layer.shape, events.per_step.shape) == (0, (0, 2), (0,))
    assert events.n_pattern_changes == events.n_cell_changes == 0
    still = rg.OptimizerPath.from_parameters(net, [net.parameters] * 4)
    assert len(crossings(still, X)) == 0
    assert rg.paths.hamming(still, X).tolist() == [[0, 0]] * 3


def test_bad_input():
    net, theta1, X = random_segment([2, 4, 1], 0)
    path = rg.OptimizerPath.from_parameters(net, [net.parameters, theta1])
    with pytest.raises(InvalidInputError, match="OptimizerPath"):
        crossings(path.parameters, X)
    with pytest.raises(ShapeError, match="`X`"):
        crossings(path, np.zeros((3, 5)))
    with pytest.raises(InvalidInputError, match="sample"):
        crossings(path, np.zeros((0, 2)))
    with pytest.raises(InvalidInputError, match="finite"):
        crossings(path, [[np.nan, 0.0]])
    with pytest.raises(InvalidInputError, match="every"):
        rg.paths.hamming(path, X, every=0)


def test_many_random_nets_between_their_events():
    # depth 1 to 7, steps of all sizes: the masks at points between events are the announced ones
    total = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        widths = [int(w) for w in rng.integers(1, 8, size=rng.integers(2, 9))]
        slope = float(rng.choice([0.0, 0.1, -0.4]))
        size = float(10 ** rng.uniform(-6, 1))
        net, theta1, X = random_segment([*widths, 1], seed, slope, n=4, size=size)
        events = segment(net, net.parameters, theta1, X)
        assert events.undecided == 0
        total += len(events)
        assert wrong_states(events, net, [net.parameters, theta1], X) == 0
    assert total > 300


def test_degenerate_nets_stay_consistent():
    # small whole numbers everywhere: walls meet, units are dead or equal, values are exactly 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        net = rg.ReLUNetwork.random([2, 4, 4, 4, 1], rng=0)
        theta = rng.integers(-2, 3, size=(4, net.n_parameters)).astype(float)
        X = rng.integers(-2, 3, size=(6, 2)).astype(float)
        path = rg.OptimizerPath.from_parameters(net, theta)
        assert wrong_states(crossings(path, X), net, theta, X, zero=1e-12) == 0


def wrong_states(events, net, theta, X, zero=0.0):
    """How often masks between events, and at the ends of steps, are not those announced."""
    start, wrong = np.cumsum([0, *net.widths[:-1]]), 0
    for s in range(len(theta) - 1):
        for i in range(len(X)):
            rows = np.flatnonzero((events.step == s) & (events.sample == i))
            state = masks_at(net, theta[s], X[i : i + 1])[0]
            times = np.concatenate([[0.0], events.t[rows], [1.0]])
            for j in range(len(rows) + 1):
                if j:
                    row = rows[j - 1]
                    unit = start[events.layer[row]] + events.neuron[row]
                    state[unit] = ~state[unit]
                    wrong += state[unit] != (events.sign[row] > 0)
                if times[j + 1] - times[j] > 1e-7:
                    for t in np.linspace(times[j], times[j + 1], 5)[1:-1]:
                        at = net.with_parameters(theta[s] + t * (theta[s + 1] - theta[s]))
                        z = np.hstack(at.preactivations(X[i : i + 1]))[0]
                        wrong += np.count_nonzero(((z > 0) != state) & (np.abs(z) > zero))
            wrong += np.count_nonzero(state != masks_at(net, theta[s + 1], X[i : i + 1])[0])
    return wrong
