"""The figure of `relugeom.kakeya.compare`: directions, tubes, stickiness, and the verdict."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import frozen
from ..kakeya.tube_table import resolved_scales
from ._style import INK, PALETTE
from .kakeya import plot_direction_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..kakeya import Comparison

_WIDTH = 185  # letters of the verdict in a line


def plot_comparison(comparison: Comparison, *, figure: Figure | None = None) -> Figure:
    """Draw a comparison: N(theta), planar tubes, volumes, stickiness, and the verdict in words.

    Parameters
    ----------
    comparison : Comparison
        From `relugeom.kakeya.compare`.
    figure : matplotlib Figure, optional
        Empty, about 14 by 11 inches.

    Returns
    -------
    matplotlib Figure
        Nulls are dashed. Without tubes there is only the first panel.

    Examples
    --------
    >>> import relugeom as rg
    >>> steps = np.random.default_rng(0).normal(size=(12, 2))
    >>> figure = rg.plotting.plot_comparison(rg.kakeya.compare(steps, n_nulls=2))
    >>> len(figure.subfigs)
    2
    """
    import matplotlib.pyplot as plt

    tubes = comparison.tubes
    text = "\n".join(fill(line, _WIDTH) for line in comparison.verdict)
    lines = text.count("\n") + 1
    panels, words = (9.4 if tubes else 4.7), 0.19 * lines + 0.1
    if figure is None:
        figure = plt.figure(figsize=(14.0, panels + words), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=[panels, words])
    upper, lower = parts
    if not tubes:
        _directions(comparison, upper.subplots(1, 1))
    else:
        first, second, third, fourth = upper.subplots(2, 2).ravel()
        _directions(comparison, first)
        _planar_tubes(comparison, second)
        _volumes(comparison, third)
        _sticky(comparison, fourth)
    lower.text(0.01, 0.95, text, va="top", fontsize=9, color=INK)
    return figure


def _directions(comparison: Comparison, ax: Axes) -> None:
    table = comparison.directions
    curve = table.curve
    nulls = {
        f"null: uniform in {ceil(table.d_eff[name] - 1e-9)} dimensions ({_words(name)})": replace(
            curve, count=frozen(counts)
        )
        for name, counts in table.isotropic.items()
    }
    if len(table.walk):
        nulls[f"null: {comparison.null_name}, in all {table.dim}"] = replace(
            curve, count=frozen(table.walk.mean(axis=0))
        )
    plot_direction_curve(curve, nulls, ax=ax)
    for i, bounds in enumerate(table.packing.values(), start=1):
        label = "no more in these dimensions (packing bounds)" if i == 1 else None
        ax.plot(curve.theta, np.minimum(bounds[:, 1], 1e12), color=f"C{i}", linewidth=0.9,
                linestyle=":", label=label)  # fmt: skip
    low, middle, high = table.filling_range
    total = curve.n_directions
    finest = curve.theta[np.flatnonzero(curve.count <= 0.98 * total)]
    if len(finest):
        ax.set_xlim(0.8 * finest.min(), 1.1 * curve.theta.max())
    title = f"{total} directions fill {middle:.2g} dimensions ({low:.2g} to {high:.2g})"
    if np.isnan(middle):
        title = f"{total} directions: too few, or too spread out, to tell a dimension"
    ax.set_title(f"{title}\ngrey: above T/10, saturated", fontsize=10)
    ax.legend(fontsize=7.5, frameon=False, loc="lower left")


def _planar_tubes(comparison: Comparison, ax: Axes) -> None:
    from .tubes import plot_tubes

    plane = [t for t in comparison.tubes if t.rank == 2]
    if not plane:
        ax.set_axis_off()
        ax.text(0.5, 0.5, "not projected to a plane (ranks)", ha="center", color=INK)
        return
    tubes = plane[0].tubes
    plot_tubes(tubes.family, ax=ax)
    measured = plane[0].measures["tubes, all steps"]["mean multiplicity"].value
    low, high = plane[0].null("tubes, all steps", "mean multiplicity")
    null = "" if np.isnan(low) else f" (null {low:.3g} to {high:.3g})"
    ax.set_title(
        f"{len(tubes.family)} tubes on 2 axes overlap {measured:.3g}-fold{null}\n"
        f"the axes hold {tubes.energy:.0%} of the squared lengths; outlined: densest convex set",
        fontsize=10,
    )
    ax.set_xlabel(f"first axis (units: {tubes.length:.3g} of the parameters')")
    ax.set_ylabel("second axis")


def _volumes(comparison: Comparison, ax: Axes) -> None:
    labels: list[str] = []
    for table in comparison.tubes:
        for family, measures in table.measures.items():
            at, union = len(labels), measures["union"]
            floor = max(m.value for name, m in measures.items() if name.startswith("union at"))
            total = measures["sum of volumes"].value
            ax.plot([floor, min(total, 1e3)], [at, at], color="0.85", linewidth=6, zorder=1)
            ax.plot(floor, at, ">", color=PALETTE[2], zorder=3)
            ax.plot(total, at, "s", color=PALETTE[1], zorder=3)
            ax.plot([union.low, union.high], [at, at], "-|", color=PALETTE[0], zorder=3)
            ax.plot(union.value, at, "o", color=PALETTE[0], zorder=4)
            low, high = table.null(family, "union")
            if not np.isnan(low):
                ax.plot([low, high], [at + 0.28] * 2, "--|", color=INK, linewidth=1.4, zorder=2)
            n = int(measures["number of tubes"].value)
            open_ = ", no theorem" if table.rank >= 4 else ""
            labels.append(f"{_space(table.rank)}: {n} tubes, {family.partition(', ')[2]}{open_}")
    handles: list[Any] = [
        *ax.plot([], [], ">", color=PALETTE[2], label="least by de Caen or Córdoba (theorem)"),
        *ax.plot([], [], "o", color=PALETTE[0], label="union (95 % interval, exact in the plane)"),
        *ax.plot([], [], "s", color=PALETTE[1], label="sum of volumes"),
        *ax.plot([], [], "--", color=INK, label=f"null: {comparison.null_name}"),
    ]
    ax.set_xscale("log")
    ax.set_yticks(range(len(labels)), labels, fontsize=8)
    ax.set_ylim(len(labels) - 0.4, -1.9)
    ax.set_xlabel("volume, in units of the tubes' length")
    first = comparison.tubes[0].measures["tubes, separated"]
    value = first["mean multiplicity"].value
    most = first["mean multiplicity at most"].value
    ax.set_title(
        f"Tubes in separated directions of {_space(comparison.tubes[0].rank)} overlap "
        f"{value:.3g}-fold, of at most {most:.3g}",
        fontsize=10,
    )
    ax.legend(handles=handles, fontsize=7.5, frameon=False, loc="upper left", ncols=2)


def _sticky(comparison: Comparison, ax: Axes) -> None:
    found = []
    for i, table in enumerate(comparison.tubes):
        s, colour = table.stickiness, PALETTE[i % len(PALETTE)]
        value = table.measures["tubes, all steps"]["sticky slope"].value
        known = "too few tubes" if np.isnan(value) else f"slope {round(value, 2) + 0.0:.2f}"
        ax.plot(
            s.rho, s.covers / s.directions, "o-", color=colour, markerfacecolor="white",
            label=f"{_space(table.rank)}: {known}",
        )  # fmt: skip
        use = resolved_scales(s, len(table.tubes.family))
        ax.plot(s.rho[use], (s.covers / s.directions)[use], "o", color=colour)
        for other in table.null_stickiness:
            ax.plot(
                other.rho, other.covers / other.directions, "--", color=colour, linewidth=0.8,
                alpha=0.6,
            )  # fmt: skip
        if not np.isnan(value):
            found.append(f"{round(value, 2) + 0.0:.2f} in {_space(table.rank)}")
    ax.axhline(1.0, color=INK, linewidth=0.8, linestyle=":")
    scales = np.unique(np.concatenate([t.stickiness.rho[:-1] for t in comparison.tubes]))
    ax.set_xscale("log")
    ax.set_xticks(scales, [f"1/{1 / rho:.0f}" for rho in scales])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("radius ρ of the coarse tubes")
    ax.set_ylabel("N_ρ / M_ρ, coarse tubes per coarse direction")
    what = (
        f"Coarse tubes per direction grow like ρ^-s: s = {', '.join(found)}"
        if found
        else "Too few tubes to tell stickiness"
    )
    ax.set_title(
        f"{what}\na sticky family stays near 1; filled: at most T/10 coarse tubes; dashed: "
        "the null",
        fontsize=10,
    )
    ax.legend(fontsize=8, frameon=False)


def _space(rank: int) -> str:
    return "R" + "⁰¹²³⁴⁵⁶"[rank]


def _words(name: str) -> str:
    return name.replace("_", " ")
