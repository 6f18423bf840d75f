"""Figures of optimizer paths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .._bound import on
from .._check import choice
from ..errors import InvalidInputError
from ._style import INK, PALETTE, axes, legend_beside, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..paths import (
        CellReport,
        CrossingBounds,
        Crossings,
        OptimizerPath,
    )


def plot_crossings(events: Crossings, *, ax: Axes | None = None) -> Axes:
    """Draw the region crossings of each step, stacked by layer.

    Parameters
    ----------
    events : Crossings
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        The line is the running mean over a twentieth of the steps, where that is more than four.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> events = rg.crossings(path, X)
    >>> ax = rg.plotting.plot_crossings(events)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('step', 'crossings in the step')
    """
    ax = axes(ax, (8.0, 4.4))
    per_layer = events.per_layer
    steps = np.arange(events.n_steps)
    base = np.zeros(events.n_steps)
    total = max(len(events), 1)
    for layer, counts in enumerate(per_layer.T):
        ax.bar(
            steps + 0.5, counts, bottom=base, width=1.0, linewidth=0,
            color=PALETTE[layer % len(PALETTE)],
            label=f"layer {layer + 1}: {counts.sum():,} ({counts.sum() / total:.0%})",
        )  # fmt: skip
        base += counts
    window = events.n_steps // 20
    if window > 4:
        mean = np.convolve(base, np.ones(window) / window, mode="valid")
        ax.plot(
            steps[: len(mean)] + window / 2, mean, color=INK, linewidth=1.2,
            label=f"mean over {window} steps",
        )  # fmt: skip
    title = f"{len(events):,} region crossings at {events.n_samples} samples"
    half = np.searchsorted(np.cumsum(base), 0.5 * base.sum()) + 1 if len(events) else 0
    title += f": half of them in the first {half} of {events.n_steps} steps"
    if events.undecided:
        title += f" ({events.undecided} undecided)"
    ax.set_title(title, fontsize=10)
    ax.set_xlim(0, max(events.n_steps, 1))
    ax.set_xlabel("step")
    ax.set_ylabel("crossings in the step")
    ax.legend(fontsize=8, frameon=False)
    return ax


def plot_event_raster(
    events: Crossings, *, sample: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw every crossing at its time and neuron, layer over layer.

    Parameters
    ----------
    events : Crossings
    sample : int, optional
        Only this sample: then bars show when neurons are on, and crossings that the masks at the
        ends of the steps miss are ringed. Neurons that never flip have no bar.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidInputError
        If there is no such sample.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> events = rg.crossings(path, X)
    >>> ax = rg.plotting.plot_event_raster(events, sample=0)
    >>> ax.get_xlabel()
    'time (steps)'
    """
    if sample is not None and not 0 <= sample < events.n_samples:
        raise InvalidInputError(
            f"`sample` must lie between 0 and {events.n_samples - 1}; got {sample}"
        )
    ax = axes(ax, (9.0, 5.0))
    use = np.ones(len(events), bool) if sample is None else events.sample == sample
    starts = np.cumsum([0, *events.widths])
    row = (starts[events.layer] + events.neuron)[use]
    when = (events.step + events.t)[use]
    for layer, (low, high) in enumerate(pairwise(starts)):
        if layer % 2:
            ax.axhspan(low - 0.5, high - 0.5, color="0.95", linewidth=0, zorder=0)
        ax.text(
            1.01, 0.5 * (low + high) - 0.5, f"layer {layer + 1}", va="center", fontsize=8,
            color=PALETTE[layer % len(PALETTE)], transform=ax.get_yaxis_transform(),
        )  # fmt: skip
    if sample is None:
        for layer in range(len(events.widths)):
            own = events.layer == layer
            ax.plot(
                when[own], row[own], "|", color=PALETTE[layer % len(PALETTE)], markersize=5,
                alpha=max(0.15, min(0.8, 2000 / max(len(when), 1))),
            )  # fmt: skip
        title = (
            f"{len(events):,} crossings at {events.n_samples} samples, "
            f"by {len(np.unique(row))} of {starts[-1]} neurons"
        )
        if len(when):
            title += f": half of them before step {np.median(when):.0f} of {events.n_steps}"
    else:
        title = _draw_one_sample(ax, events, np.flatnonzero(use), row, when)
        title = f"{len(when):,} crossings at sample {sample} in {events.n_steps} steps: {title}"
    ax.set_xlim(0, max(events.n_steps, 1))
    ax.set_ylim(-0.5, starts[-1] - 0.5)
    ax.set_xlabel("time (steps)")
    ax.set_ylabel("neuron, layer over layer")
    ax.set_title(title, fontsize=10)
    return ax


def plot_cumulative_crossings(
    path: OptimizerPath,
    X: ArrayLike,
    events: Crossings,
    *,
    every: Sequence[int] = (1, 10),
    ax: Axes | None = None,
) -> Axes:
    """Draw the exact crossings so far, and what masks at checkpoints show of them.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    events : Crossings
        ``crossings(path, X)``.
    every : sequence of int
        Checkpoint distances, in steps; start and end alone are always shown.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> events = rg.crossings(path, X)
    >>> ax = rg.plotting.plot_cumulative_crossings(path, X, events)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('time (steps)', 'crossings so far')
    """
    from ..paths import hamming

    ax = axes(ax, (8.0, 4.8))
    steps, total = len(path), len(events)
    exact = np.append(0, np.cumsum(events.per_step))
    ax.plot(np.arange(steps + 1), exact, color=INK, linewidth=2.0, label=f"exact: {total:,}")
    parts = []
    for k, gap in enumerate([*every, max(steps, 1)]):
        last = k == len(every)
        seen = np.append(0, np.cumsum(hamming(path, X, every=gap).sum(axis=1)))
        at = np.unique(np.append(np.arange(0, steps, gap), steps))
        share = f"{seen[-1] / total:.1%}" if total else "all"
        name = "start and end" if last else "every step" if gap == 1 else f"every {gap} steps"
        ax.plot(
            at, seen, color=PALETTE[k % len(PALETTE)], linestyle="none" if last else "--",
            marker="o" if last else None, label=f"masks at {name}: {int(seen[-1]):,} ({share})",
        )  # fmt: skip
        parts.append(f"{name} {share}")
    ax.set_xlim(0, max(steps, 1))
    ax.set_ylim(bottom=0)
    ax.set_xlabel("time (steps)")
    ax.set_ylabel("crossings so far")
    title = f"What masks at checkpoints show of {total:,} crossings:\n{', '.join(parts)}"
    ax.set_title(title, fontsize=10)
    ax.legend(fontsize=8, frameon=False)
    return ax


def plot_freeze_profile(report: CellReport, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each layer's neurons that have not flipped for the last time.

    Parameters
    ----------
    report : CellReport
        From `relugeom.cell_report`; held-out data are dashed.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> report = rg.cell_report(path, rg.crossings(path, X))
    >>> ax = rg.plotting.plot_freeze_profile(report)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('time (steps)', 'share of neurons still to flip')
    """
    ax = axes(ax, (8.0, 4.6))
    found = []
    for name, data in (("training", report.training), ("held-out", report.held_out)):
        if data is None:
            continue
        order = data.freeze_order
        for layer in np.unique(order.layer):
            last = np.sort(order.last[order.layer == layer])
            left = 1.0 - np.arange(1, len(last) + 1) / len(last)
            ax.step(
                np.concatenate([[0.0], last, [report.n_steps]]), [1.0, *left, left[-1]],
                where="post", color=PALETTE[int(layer) % len(PALETTE)],
                linestyle="-" if name == "training" else "--",
                label=f"layer {layer + 1}, {name}: no flips after step {data.freeze_time[layer]}",
            )  # fmt: skip
            if name == "training":
                found.append(f"layer {layer + 1} by step {last[(len(last) - 1) // 2]:.0f}")
    ax.set_xlim(0, max(report.n_steps, 1))
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("time (steps)")
    ax.set_ylabel("share of neurons still to flip")
    ax.set_title(f"Half of the neurons are frozen: {', '.join(found)}", fontsize=10)
    ax.legend(fontsize=8, frameon=False)
    return ax


def plot_flip_rate(report: CellReport, *, ax: Axes | None = None) -> Axes:
    """Draw how often neurons flip in each window of steps, by layer.

    Parameters
    ----------
    report : CellReport
        From `relugeom.cell_report`; held-out data are dashed.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        On a logarithmic axis; windows without a flip leave a gap.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> report = rg.cell_report(path, rg.crossings(path, X))
    >>> ax = rg.plotting.plot_flip_rate(report)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('time (steps)', 'flips per step, sample and neuron')
    """
    ax = axes(ax, (8.0, 4.6))
    found = []
    for name, data in (("training", report.training), ("held-out", report.held_out)):
        if data is None:
            continue
        rates = data.flip_rate
        if not len(rates.start):
            continue
        for layer, rate in enumerate(rates.rate.T):
            ax.stairs(
                np.where(rate > 0, rate, np.nan), np.append(rates.start, rates.stop[-1:]),
                baseline=None, color=PALETTE[layer % len(PALETTE)], linewidth=1.4,
                linestyle="-" if name == "training" else "--", label=f"layer {layer + 1}, {name}",
            )  # fmt: skip
            if name == "training" and len(rate) and rate[0] > 0:
                found.append(f"layer {layer + 1} to {rate[-1] / rate[0]:.0%}")
    window = int(report.training.flip_rate.stop[0]) if report.n_steps else 0
    if (report.training.flip_rate.rate > 0).any():
        ax.set_yscale("log")
    ax.set_xlim(0, max(report.n_steps, 1))
    ax.set_xlabel("time (steps)")
    ax.set_ylabel("flips per step, sample and neuron")
    ax.set_title(
        f"Flip rate in windows of {window} steps, first to last: {', '.join(found) or 'no flips'}",
        fontsize=10,
    )
    if report.n_steps:
        ax.legend(fontsize=8, frameon=False)
    return ax


def plot_bounds(
    table: CrossingBounds, *, quantity: str = "crossings", ax: Axes | None = None
) -> Axes:
    """Draw the bounds on crossings, or on distinct cells, as a ladder with the observed numbers.

    Parameters
    ----------
    table : CrossingBounds
    quantity : {"crossings", "cells"}
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> bounds = rg.crossing_bounds(path, X, rg.crossings(path, X), d_eff=2)
    >>> ax = rg.plotting.plot_bounds(bounds)
    >>> ax.get_xlabel()
    'log10 of the number of crossings'
    """
    choice("quantity", quantity, ("crossings", "cells"))
    rows = [
        b for b in table.bounds
        if b.quantity == quantity and b.kind != "measured" and np.isfinite(b.log_value)
    ]  # fmt: skip
    ax = axes(ax, (9.0, 0.9 + 0.32 * len(rows)))
    looks = {
        "theorem": ("o", PALETTE[0]), "heuristic": ("D", PALETTE[1]), "not valid": ("X", "0.6"),
        "claimed": ("*", PALETTE[5]),
    }  # fmt: skip
    for place, b in enumerate(rows):
        ends = [np.log10(max(b.observed, 1)), b.log_value / np.log(10)]
        marker, colour = looks[b.kind]
        ax.plot(ends, [place] * 2, color="0.8", linewidth=1.2, zorder=1)
        ax.plot(ends[0], place, "|", color=INK, markersize=11, markeredgewidth=2, zorder=3)
        ax.plot(ends[1], place, marker, color=colour, markersize=8, zorder=2)
    for kind, (marker, colour) in looks.items():
        if any(b.kind == kind for b in rows):
            ax.plot([], [], marker, color=colour, label=kind)
    ax.plot([], [], "|", color=INK, markersize=11, markeredgewidth=2, label="observed")
    names = [f"{b.name}  [{on(b.quantity, b.layer)}]" for b in rows]
    ax.set_yticks(range(len(rows)), names, fontsize=8)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    what = "crossings" if quantity == "crossings" else "distinct cells"
    ax.set_xlabel(f"log10 of the number of {what}")
    if max((b.log_value for b in rows), default=0.0) > 40 * np.log(10):
        ax.set_xscale("symlog", linthresh=10.0)
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_xlim(0, 1.4 * max(b.log_value for b in rows) / np.log(10))
    best, count = table.best(quantity), table.observed[quantity]
    times = np.exp(min(best.log_value - np.log(max(count, 1)), 700))
    ax.set_title(
        f"{count:,} {what} observed; the least theorem is {times:.4g} times that: {best.name}",
        fontsize=10,
    )
    legend_beside(ax)
    return ax


def _draw_one_sample(
    ax: Axes, events: Crossings, rows: IntArray, row: IntArray, when: FloatArray
) -> str:
    """Draw the bars, marks and rings of one sample; return what is missed."""
    after = events.sign[rows] > 0
    order = np.lexsort([when, row])
    bars = []
    for i, j in zip(order, np.append(order[1:], -1), strict=False):
        follows = j >= 0 and row[j] == row[i]
        if after[i]:
            bars.append((row[i], when[i], when[j] if follows else events.n_steps))
    firsts = order[np.append(True, np.diff(row[order]) != 0)] if len(order) else order
    bars += [(row[i], 0.0, when[i]) for i in firsts if not after[i]]
    for place, low, high in bars:
        ax.plot([low, high], [place] * 2, color=tint(PALETTE[4], 0.6), linewidth=3, zorder=1)
    for own, colour, name in ((after, PALETTE[2], "on"), (~after, PALETTE[5], "off")):
        ax.plot(
            when[own], row[own], "|", color=colour, markersize=8, markeredgewidth=1.6, zorder=2,
            label=f"switched {name}: {own.sum():,}",
        )  # fmt: skip
    place = events.step[rows] * (row.max(initial=0) + 1) + row
    _, which, count = np.unique(place, return_inverse=True, return_counts=True)
    # of an odd number of flips one shows at the ends, of an even number none
    hidden = (count // 2 * 2).sum()
    ringed = count[which] > 1
    if ringed.any():
        ax.plot(
            when[ringed], row[ringed], "o", color="none", markeredgecolor=INK, markersize=9,
            label=f"more than once in a step: {ringed.sum():,}", zorder=3,
        )  # fmt: skip
    ax.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.08, 1.0))
    seen = f"miss {hidden:,}" if hidden else "show all"
    return f"the masks at the ends of steps {seen} of them"
