"""Figures of optimizer paths."""

import numpy as np
import pytest
import relugeom as rg
from relugeom import plotting
from relugeom.errors import InvalidInputError


@pytest.fixture(scope="module")
def case():
    X = np.linspace(-1, 1, 12)[:, None]
    path = rg.train(rg.ReLUNetwork.random([1, 8, 8, 1], rng=0), X, np.abs(X), steps=120, lr=0.02)
    return path, rg.crossings(path, X)


def test_bars_are_the_crossings_of_each_step_by_layer(case):
    _, events = case
    ax = plotting.plot_crossings(events)
    heights = np.array([[bar.get_height() for bar in bars] for bars in ax.containers])
    assert np.array_equal(heights.T, events.per_layer)
    assert f"{len(events):,} region crossings at 12 samples" in ax.get_title()
    assert len(ax.lines) == 1


def test_raster_marks_every_crossing_at_its_time_and_neuron(case):
    _, events = case
    ax = plotting.plot_event_raster(events)
    marks = np.concatenate([line.get_xydata() for line in ax.lines])
    row = 8 * events.layer + events.neuron
    expected = np.column_stack([events.step + events.t, row])
    assert sorted(map(tuple, marks)) == sorted(map(tuple, expected))
    assert f"{len(events):,} crossings at 12 samples" in ax.get_title()


def test_raster_of_one_sample_has_bars_where_neurons_are_on(case):
    path, events = case
    sample = int(np.bincount(events.sample).argmax())
    ax = plotting.plot_event_raster(events, sample=sample)
    bars = [line.get_xydata() for line in ax.lines if line.get_linewidth() == 3]
    X = np.linspace(-1, 1, 12)[sample : sample + 1, None]
    mine = events.sample == sample
    flipping = set((8 * events.layer[mine] + events.neuron[mine]).tolist())
    for t in (0, 31, 77, 120):
        on = np.concatenate([z[0] > 0 for z in path.network(t).preactivations(X)])
        shown = {int(y0) for (x0, y0), (x1, _) in bars if x0 <= t <= x1}
        assert shown == {k for k in flipping if on[k]}
    assert str(mine.sum()) in ax.get_title()


def test_raster_rings_what_the_ends_of_steps_miss():
    # z_2 = t (1 - t) - 0.1 changes its sign twice in one step
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]], [[0.0], [-0.1], [0.0]])
    start, end = net.parameters.copy(), net.parameters.copy()
    start[0], start[2], end[0], end[2] = 0.0, 1.0, 1.0, 0.0
    path = rg.OptimizerPath.from_parameters(net, [start, end])
    ax = plotting.plot_event_raster(rg.crossings(path, [[1.0]]), sample=0)
    assert "miss 2 of them" in ax.get_title()
    assert "more than once in a step: 2" in [text.get_text() for text in ax.get_legend().texts]
    with pytest.raises(InvalidInputError, match="sample"):
        plotting.plot_event_raster(rg.crossings(path, [[1.0]]), sample=1)


def test_cumulative_lines_end_at_their_counts(case):
    path, events = case
    X = np.linspace(-1, 1, 12)[:, None]
    ax = plotting.plot_cumulative_crossings(path, X, events, every=(1, 7))
    ends = [line.get_ydata()[-1] for line in ax.lines]
    masks = [rg.paths.hamming(path, X, every=k).sum() for k in (1, 7, 120)]
    assert ends == [len(events), *masks]
    assert ax.lines[2].get_xdata()[-2:].tolist() == [119, 120]


def test_freeze_profile_falls_at_the_last_flips(case):
    path, events = case
    report = rg.cell_report(path, events, rg.crossings(path, [[0.3], [0.7]]))
    ax = plotting.plot_freeze_profile(report)
    assert len(ax.lines) == 4
    order = report.training.freeze_order
    last = order.last[order.layer == 0]
    x, y = ax.lines[0].get_data()
    for t in (0.5, 20.0, 90.0):
        assert y[np.flatnonzero(x <= t)[-1]] == pytest.approx((last > t).mean())
    assert "layer 1 by step" in ax.get_title()


def test_flip_rates_of_windows(case):
    path, events = case
    report = rg.cell_report(path, events, window=30)
    ax = plotting.plot_flip_rate(report)
    heights = ax.patches[1].get_data().values
    rate = events.per_layer.reshape(4, 30, 2).sum(axis=1)[:, 1] / (30 * 12 * 8)
    np.testing.assert_allclose(np.nan_to_num(heights), rate)
    assert "windows of 30 steps" in ax.get_title()


def test_ladder_has_a_rung_for_every_bound(case):
    path, events = case
    table = rg.crossing_bounds(path, np.linspace(-1, 1, 12)[:, None], events, d_eff=3.0)
    for quantity in ("crossings", "cells"):
        ax = plotting.plot_bounds(table, quantity=quantity)
        rungs = [b for b in table.bounds if b.quantity == quantity and b.kind != "measured"]
        names = [t.get_text() for t in ax.get_yticklabels()]
        assert len(names) == len(rungs)
        for name, b in zip(names, rungs, strict=True):
            where = quantity if b.layer is None else f"{quantity}, layer {b.layer + 1}"
            assert name == f"{b.name}  [{where}]"
        assert ax.get_title().endswith(table.best(quantity).name)
    with pytest.raises(InvalidInputError, match="quantity"):
        plotting.plot_bounds(table, quantity="regions")


@pytest.mark.parametrize("points", [1, 4])
def test_a_path_that_makes_no_step_or_no_move_can_be_drawn(points):
    net, X = rg.ReLUNetwork.random([1, 4, 3, 1], rng=0), [[0.5], [1.0]]
    path = rg.OptimizerPath.from_parameters(net, [net.parameters] * points)
    events = rg.crossings(path, X)
    report = rg.cell_report(path, events, events)
    table = rg.crossing_bounds(path, X, events, d_eff=1.0)
    for ax in (
        plotting.plot_event_raster(events),
        plotting.plot_event_raster(events, sample=1),
        plotting.plot_cumulative_crossings(path, X, events),
        plotting.plot_freeze_profile(report),
        plotting.plot_flip_rate(report),
        plotting.plot_bounds(table),
        plotting.plot_bounds(table, quantity="cells"),
    ):
        assert ax.get_title()
        ax.figure.canvas.draw()
