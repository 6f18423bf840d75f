"""Figures of optimizer paths."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ._style import INK, PALETTE, axes
from .kakeya import plot_direction_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..paths import Crossings, DirectionalComplexity


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


def plot_directional_complexity(
    complexity: DirectionalComplexity, *, ax: Axes | None = None
) -> Axes:
    """Draw N(theta) of a path, its bracket, and the mean of each null model dashed.

    Parameters
    ----------
    complexity : DirectionalComplexity
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    curve = complexity.curve
    names = {"walk": "null: isotropic walk", "ema": f"null: averaged noise, β = {complexity.beta}"}
    nulls = {
        names.get(name, f"null: {name}"): replace(curve, count=counts.mean(axis=0))
        for name, counts in complexity.null_curves.items()
    }
    ax = plot_direction_curve(curve, nulls, axes(ax, (7.0, 4.8)))
    middle = len(curve.theta) // 2
    ax.set_title(
        f"{complexity.n_vectors} {complexity.of} in R^{complexity.dim}: "
        f"N({curve.theta[middle]:.2g} rad) = {curve.count[middle]} directions\n"
        "(grey: above T/10, where the number of steps limits the count)",
        fontsize=10,
    )
    return ax
