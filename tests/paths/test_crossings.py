from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError, UnsupportedError
from relugeom.paths import Crossings, crossings

module = import_module("relugeom.paths.crossings")  # the package's name is the function


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


def roots_oracle(net, theta0, theta1, x):
    """Events (t, layer, neuron) of one sample by companion matrices on polynomial pieces."""
    ends = [net.with_parameters(theta0), net.with_parameters(theta1)]
    pieces = [(0.0, 1.0, [np.poly1d([v]) for v in x])]
    found = []
    for layer, width in enumerate(net.widths):
        w0, w1 = (e.weights[layer] for e in ends)
        b0, b1 = (e.biases[layer] for e in ends)
        following, last = [], None
        for a, b, inputs in pieces:
            polynomials = []
            for k in range(width):
                z = np.poly1d([b1[k] - b0[k], b0[k]])
                for j, p in enumerate(inputs):
                    z = z + np.poly1d([w1[k, j] - w0[k, j], w0[k, j]]) * p
                polynomials.append(z)
            times = [a, b]
            for k, z in enumerate(polynomials):
                if net.slopes[layer][k] == 1.0:
                    continue
                roots = np.atleast_1d(z.roots)
                real = roots[np.abs(roots.imag) < 1e-9].real
                inside = np.sort(real[(real > a) & (real < b)])
                check = np.concatenate([[a], inside, [b]])
                state = z(0.5 * (check[:-1] + check[1:])) > 0
                for i in np.flatnonzero(state[1:] != state[:-1]):
                    found.append((inside[i], layer, k))
                times += list(inside)
            times = np.sort(times)
            for lo, hi in pairwise(times):
                if hi - lo < 1e-15:
                    continue
                middle = 0.5 * (lo + hi)
                outputs = [
                    z if z(middle) > 0 else net.slopes[layer][k] * z
                    for k, z in enumerate(polynomials)
                ]
                following.append((lo, hi, outputs))
        pieces, last = following, pieces
        assert last
    return sorted(found)


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
        events = segment(net, net.parameters, theta1, X)
        for i in range(len(X)):
            rows = np.flatnonzero(events.sample == i)
            mine = sorted(zip(events.t[rows], events.layer[rows], events.neuron[rows], strict=True))
            oracle = roots_oracle(net, net.parameters, theta1, X[i])
            assert [m[1:] for m in mine] == [o[1:] for o in oracle]
            np.testing.assert_allclose([m[0] for m in mine], [o[0] for o in oracle], atol=1e-9)


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


def test_the_interval_test_only_skips_pairs_without_events(monkeypatch):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(30, 3))
    net = rg.ReLUNetwork.random([3, 6, 6, 1], rng=4)
    net = rg.ReLUNetwork.from_weights(
        net.weights, net.biases, slopes=[[0, 0.1, -0.3, 1, 0, 0], [0, 0, 0.2, 1, 1, -1]]
    )
    path = rg.train(net, X, X[:, 0] ** 2, steps=80, lr=0.01)
    fast = crossings(path, X)
    original, skipped = module._block, []

    def no_skip(*arguments):
        mask, skip = original(*arguments)
        skipped.append(skip.mean())
        return mask, np.zeros_like(skip)

    monkeypatch.setattr(module, "_block", no_skip)
    slow = crossings(path, X)
    assert 0.2 < np.mean(skipped) < 1
    for name in module.COLUMNS:
        np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name))
    assert len(fast) > 20


def test_blocks_and_output_growth_do_not_change_the_result(monkeypatch):
    rng = np.random.default_rng(9)
    X = rng.normal(size=(12, 2))
    net = rg.ReLUNetwork.random([2, 5, 5, 1], rng=2)
    path = rg.train(net, X, X[:, 0], steps=30, lr=0.05)
    whole = crossings(path, X)
    monkeypatch.setattr(module, "step_blocks", lambda *a: [range(i, i + 1) for i in range(a[-1])])
    empty = module._empty_columns
    monkeypatch.setattr(module, "_empty_columns", lambda _: empty(1))
    pieces = crossings(path, X)
    assert len(whole) > 3
    for name in module.COLUMNS:
        np.testing.assert_array_equal(getattr(whole, name), getattr(pieces, name))


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


def test_a_double_root_inside_a_step_is_flagged_not_counted():
    # layer 2: z(t) = (t - 1/2) * relu(t - 1/2 + 1) ... a parabola that just touches 0:
    # a(t) = t, weight t - 1 -> z = t (t - 1) + 1/4 = (t - 1/2)^2
    net = rg.ReLUNetwork.from_weights([[[0.0]], [[-1.0]], [[1.0]]], [[0.0], [0.25], [0.0]])
    theta1 = net.parameters.copy()
    theta1[0] = 1.0  # W0: 0 to 1
    theta1[2] = 0.0  # W1: -1 to 0
    events = segment(net, net.parameters, theta1, [[1.0]])
    assert events.layer.tolist() == [0]  # only the first layer, which leaves 0 at t = 0
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
    theta0[5] = theta1[5] = peak
    events = segment(net, theta0, theta1, [[1.0]])
    assert (events.layer < 2).all() or events.undecided > 0
    assert events.undecided > 0


def test_duplicate_samples_count_apart_and_simultaneous_flips_together():
    net, theta1, X = random_segment([2, 5, 5, 1], 4, n=3)
    once, twice = (segment(net, net.parameters, theta1, x) for x in (X, np.vstack([X, X])))
    assert len(twice) == 2 * len(once)
    assert twice.n_pattern_changes == 2 * once.n_pattern_changes
    assert twice.n_cell_changes == once.n_cell_changes
    assert twice.n_pairs == 2 * once.n_pairs
    # two equal neurons flip together
    same = rg.ReLUNetwork.from_weights([[[1.0], [1.0]], [[1.0, 1.0]]])
    events = segment(same, same.parameters, -same.parameters, [[1.0]])
    assert (events.n_flips, events.n_pattern_changes, events.n_cell_changes) == (2, 1, 1)


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
    assert events.n_pattern_changes == events.n_cell_changes == events.n_pairs == 0
    still = rg.OptimizerPath.from_parameters(net, [net.parameters] * 4)
    assert len(crossings(still, X)) == 0
    assert rg.paths.hamming(still, X).tolist() == [[0, 0]] * 3


def test_arrow_and_parquet(tmp_path):
    import pyarrow.parquet as pq

    net, theta1, X = random_segment([2, 5, 4, 1], 6)
    events = segment(net, net.parameters, theta1, X)
    events.save(tmp_path / "events.parquet")
    table = pq.read_table(tmp_path / "events.parquet")
    assert table.column_names == list(module.COLUMNS)
    np.testing.assert_array_equal(table["t"].to_numpy(), events.t)
    assert table.schema.metadata[b"widths"] == b"5 4"
    with pytest.raises(UnsupportedError, match="parquet"):
        events.save(tmp_path / "events.csv")


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


@pytest.mark.parametrize("degree", [1, 2, 3, 5, 8])
def test_roots_of_polynomials_equal_those_of_numpy(degree):
    kernel = import_module("relugeom.paths._kernel_crossings")
    rng = np.random.default_rng(degree)
    out, roots, work = np.zeros(degree + 1), np.zeros(degree + 2), np.zeros(degree + 1)
    stack, low, high = np.zeros((128, degree + 1)), np.zeros(128), np.zeros(128)
    found = 0
    for _ in range(300):
        inside = rng.uniform(-0.5, 1.5, size=degree)
        monomial = np.poly(inside)[::-1] * rng.normal()
        a, h = sorted(rng.uniform(0, 1, size=2))
        h = h - a
        kernel._to_bernstein(monomial, degree, a, h, out)
        np.testing.assert_allclose(
            [out[0], out[degree]],
            [np.polyval(monomial[::-1], a), np.polyval(monomial[::-1], a + h)],
            atol=1e-13,
        )
        scale = np.abs(monomial).sum()
        count, unresolved = kernel._roots(out, degree, 1e-15 * scale, roots, stack, low, high, work)
        expected = np.sort(inside[(inside > a) & (inside < a + h)])
        if unresolved == 0:
            assert count == len(expected)
            np.testing.assert_allclose(a + h * roots[:count], expected, atol=1e-4)
        found += unresolved == 0
    assert found > 270


def test_importing_the_package_loads_no_compiler():
    import subprocess
    import sys

    code = "import relugeom.paths, sys; print('numba' in sys.modules, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
