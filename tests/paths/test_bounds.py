from math import comb, e, exp, log, pi

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.paths.bounds import segment_bound

from runs import zigzag


def run(widths=(2, 6, 5, 1), n=15, steps=60, lr=0.05, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, widths[0]))
    net = rg.ReLUNetwork.random(widths, rng=seed)
    path = rg.train(net, X, np.sin(2 * X[:, 0]), steps=steps, lr=lr, batch_size=5)
    return path, X, rg.crossings(path, X)


def by_name(table):
    return {row.name: row for row in table.bounds}


@pytest.mark.parametrize("widths", [(2, 6, 1), (2, 6, 5, 1), (1, 5, 4, 3, 1)])
@pytest.mark.parametrize("d_eff", [1.0, 3.7, 500.0])
def test_every_theorem_holds(widths, d_eff):
    path, X, events = run(widths)
    table = rg.crossing_bounds(path, X, events, d_eff=d_eff)
    theorems = [row for row in table.bounds if row.kind == "theorem"]
    assert len(theorems) >= 7
    assert all(row.holds for row in theorems)
    assert all(row.holds is None for row in table.bounds if row.kind == "claimed")
    for on in {(row.quantity, row.layer) for row in theorems}:
        values = [row.log_value for row in theorems if (row.quantity, row.layer) == on]
        assert table.best(*on).log_value == min(values)
    assert table.observed["crossings"] == len(events) > 10
    for layer in range(len(widths) - 2):
        best = table.best("crossings", layer)
        assert best.observed == (events.layer == layer).sum() <= best.value
    layers = {(row["quantity"], row["layer"]) for row in table.rows()}
    assert layers == {("crossings", k) for k in (None, *range(len(widths) - 2))} | {
        ("cells", None), ("cells", 0), ("log cells", None),
    }  # fmt: skip
    in_subspace = by_name(table)["sum_(k<=r) C(n N_1, k)"]
    assert in_subspace.kind == ("theorem" if d_eff > 100 else "heuristic")


def test_values_equal_their_formulas():
    path, X, events = run(n=15, steps=60)
    table = rg.crossing_bounds(path, X, events, d_eff=4.2)
    rows, steps, n = by_name(table), 60, 15
    assert rows["T n N"].value == pytest.approx(steps * n * 11)
    assert rows["T n N"].kind == "not valid"
    assert rows["T n N_1"].value == pytest.approx(steps * n * 6)
    flips = 6 + 5 * 2 * (6 + 1)
    assert rows["T n sum_l (B_l - B_(l-1))"].value == pytest.approx(steps * n * flips)
    cover = 2 * sum(comb(n - 1, j) for j in range(3))
    assert rows["C(n, d+1)^N_1"].log_value == pytest.approx(6 * log(cover))
    cells = sum(comb(n * 6, k) for k in range(6))
    assert rows["sum_(k<=r) C(n N_1, k)"].value == pytest.approx(cells)
    warren = sum(log(2) + 5 * log(2 * e * n * width * k / 5) for k, width in ((1, 6), (2, 5)))
    below = (events.layer == 0).sum()
    assert rows["2 N_2 (T n + crossings below)"].value == pytest.approx(10 * (steps * n + below))
    assert rows["T n (B_2 - B_1)"].value == pytest.approx(steps * n * (flips - 6))
    assert rows["T n N_2"].kind == "not valid"
    assert rows["T n N_2"].value == pytest.approx(steps * n * 5)
    least = rows["sum_h (1 + V_h), monotone runs"].value + 10 * (steps * n + below)
    assert rows["the least of each layer, added"].value == pytest.approx(least)
    of_log = rows["d_eff log M, of the log of cells"]
    assert of_log.ratio == pytest.approx(log(table.observed["cells"]) / (4.2 * log(n * 11)))
    trivial = n * 11 * log(2)
    assert rows["prod_l 2 (2 e n N_l l / r)^r"].log_value == pytest.approx(min(warren, trivial))
    assert rows["d_eff log M"].value == pytest.approx(4.2 * log(n * 11))
    assert rows["d_eff log n"].value == pytest.approx(4.2 * log(n))
    assert rows["d_eff log n"].ratio == pytest.approx(len(events) / (4.2 * log(n)))
    assert table.symbols["M"] == n * 11
    cos = [
        (u @ v) / (np.linalg.norm(u) * np.linalg.norm(v))
        for u, v in zip(path.updates[:-1], path.updates[1:], strict=True)
    ]
    turning = np.arccos(cos).sum()
    assert table.symbols["turning"] == pytest.approx(turning, rel=1e-6)
    assert rows["n N_1 (1 + turning / pi)"].value == pytest.approx(n * 6 * (1 + turning / pi))


def test_monotone_runs_equal_a_direct_count():
    path, X, events = run((2, 6, 5, 1))
    z = np.array([path.network(t).preactivations(X)[0] for t in range(len(path) + 1)])
    runs = 0
    for i in range(len(X)):
        for j in range(6):
            moves = np.diff(z[:, i, j])
            moves = moves[moves != 0]
            runs += 1 + int((moves[1:] * moves[:-1] < 0).sum()) if len(moves) else 0
    row = by_name(rg.crossing_bounds(path, X, events, d_eff=2.0))["sum_h (1 + V_h), monotone runs"]
    assert row.value == pytest.approx(runs)
    assert not row.vacuous


def test_the_turning_row_is_the_mean_of_the_runs_over_isotropic_data():
    # one neuron without bias motion; data spread over all directions
    rng = np.random.default_rng(0)
    net = rg.ReLUNetwork.random([3, 1, 1], rng=0)
    theta = np.tile(net.parameters, (30, 1))
    theta[:, :4] = rng.normal(size=(30, 4)).cumsum(axis=0)
    path = rg.OptimizerPath.from_parameters(net, theta)
    # (x, 1) is isotropic in direction if x is uniform on rays: scale Gaussian rows to end in 1
    gauss = rng.normal(size=(4000, 4))
    X = gauss[:, :3] / gauss[:, 3:]
    rows = by_name(rg.crossing_bounds(path, X, rg.crossings(path, X), d_eff=1.0))
    runs, expected = (
        rows[name].value
        for name in ("sum_h (1 + V_h), monotone runs", "n sum_j (1 + turning_j / pi)")
    )
    assert runs == pytest.approx(expected, rel=0.02)


def test_segment_bound_follows_the_recursion():
    total = 0
    for layer, found in enumerate(segment_bound([16, 16, 16]), start=1):
        assert found == 16 * layer * (total + 1)
        total += found
    assert total == 27488


def test_a_line_breaks_the_claimed_scale_but_no_theorem():
    rng = np.random.default_rng(0)
    net = rg.ReLUNetwork.random([3, 10, 1], rng=0)
    X = rng.normal(size=(35, 3))
    path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    table = rg.crossing_bounds(path, X, rg.crossings(path, X), d_eff=1.0)
    rows = by_name(table)
    assert table.observed["crossings"] == 350
    assert rows["d_eff log M"].ratio == pytest.approx(350 / log(350))
    assert rows["T n N_1"].value == pytest.approx(350)  # attained
    assert rows["sum_h (1 + V_h), monotone runs"].value == pytest.approx(350)
    # one affine dimension: at most 1 + M cells; all walls are crossed at the same moment
    assert rows["sum_(k<=r) C(n N_1, k)"].kind == "theorem"
    assert rows["sum_(k<=r) C(n N_1, k)"].value == pytest.approx(351)
    assert "FAILS" not in str(table)


def test_text_rows_and_a_path_that_stands_still():
    path, X, events = run()
    table = rg.crossing_bounds(path, X, events, d_eff=3.0)
    assert len(table.rows()) == len(table) == len(table.bounds)
    assert table.rows()[0]["observed"] == len(events)
    text = str(table)
    assert "claimed" in text
    assert "vacuous" in text
    assert exp(table.bounds[0].log_value) == pytest.approx(table.bounds[0].value)
    still = rg.OptimizerPath.from_parameters(path.start, [path.parameters[0]] * 3)
    table = rg.crossing_bounds(still, X, rg.crossings(still, X), d_eff=1.0)
    assert table.observed["crossings"] == 0
    assert table.observed["cells"] == 1
    assert all(row.holds for row in table.bounds if row.kind == "theorem")
    assert str(table)


def test_bad_input():
    path, X, events = run()
    with pytest.raises(ShapeError, match="events"):
        rg.crossing_bounds(path, X[:-1], events, d_eff=2.0)
    with pytest.raises(InvalidInputError, match="d_eff"):
        rg.crossing_bounds(path, X, events, d_eff=0.5)
    with pytest.raises(InvalidInputError, match="Crossings"):
        rg.crossing_bounds(path, X, None, d_eff=2.0)
    with pytest.raises(InvalidInputError, match=r"crossings, layer 2.*got 'cells, layer 2'"):
        rg.crossing_bounds(path, X, events, d_eff=2.0).best("cells", 1)


def test_values_of_a_run_of_three_layers():
    # n = 48 samples, widths 16, 16, 16, r = 5: figures worked out by hand
    path, X, events = run((2, 16, 16, 16, 1), n=48, steps=10)
    rows = by_name(rg.crossing_bounds(path, X, events, d_eff=5.0))
    assert rows["C(n, d+1)^N_1"].log_value == pytest.approx(123.6, abs=0.05)
    assert rows["sum_(k<=r) C(n N_1, k)"].log_value == pytest.approx(28.4, abs=0.05)
    assert rows["prod_l 2 (2 e n N_l l / r)^r"].log_value == pytest.approx(112, abs=0.5)
    assert rows["T n sum_l (B_l - B_(l-1))"].value == pytest.approx(10 * 48 * 27488)


def test_a_zigzag_exceeds_every_count_of_cells_but_no_theorem():
    # one neuron, one sample, one dimension: two cells, and as many crossings as steps
    path = zigzag([(-1.0) ** t for t in range(101)])
    table = rg.crossing_bounds(path, [[1.0]], rg.crossings(path, [[1.0]]), d_eff=1.0)
    rows = by_name(table)
    assert table.symbols["q"] == 1
    assert table.observed["crossings"] == 100
    assert table.observed["cells"] == 2
    assert rows["sum_(k<=q) C(n N_1, k)"].value == pytest.approx(2)  # attained by the cells
    assert rows["sum_(k<=q) C(n N_1, k)"].kind == "theorem"
    assert rows["sum_h (1 + V_h), monotone runs"].value == pytest.approx(100)
    assert table.revisit_ratio == pytest.approx(0.99)
    assert all(row.holds for row in table.bounds if row.kind == "theorem")


def test_the_rank_of_the_updates_is_that_of_the_slice_trained_in():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 2))
    for dim, hidden in ((1, 6), (3, 6), (8, 6), (5, 40)):
        net = rg.ReLUNetwork.random([2, hidden, 1], rng=0)
        inside = rg.AffineSlice.random(net.n_parameters, dim, origin=net.parameters, rng=1)
        path = rg.train(net, X, np.sin(X[:, 0]), steps=80, lr=0.05, within=inside)
        table = rg.crossing_bounds(path, X, rg.crossings(path, X), d_eff=1.0)
        assert table.symbols["q"] == dim
        rows = by_name(table)
        assert rows["sum_(k<=r) C(n N_1, k)"].kind == ("theorem" if dim == 1 else "heuristic")


def test_a_deep_neuron_may_exceed_one_flip_a_step():
    # one sample, one step: z_2 = t (1 - t) - 0.1 changes its sign twice
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]], [[0.0], [-0.1], [0.0]])
    start, end = net.parameters.copy(), net.parameters.copy()
    start[:1], start[2:3] = 0.0, 1.0  # the first weight from 0 to 1, the second from 1 to 0
    end[:1], end[2:3] = 1.0, 0.0
    path = rg.OptimizerPath.from_parameters(net, [start, end])
    rows = by_name(rg.crossing_bounds(path, [[1.0]], rg.crossings(path, [[1.0]]), d_eff=1.0))
    assert rows["observed crossings, layer 2"].value == pytest.approx(2)
    assert rows["T n N_2"].value == pytest.approx(1)
    assert rows["T n N_2"].holds is False
    assert rows["2 N_2 (T n + crossings below)"].holds
