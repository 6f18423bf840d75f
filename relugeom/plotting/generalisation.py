"""Figures of generalisation: the measured gap against bounds, and gap studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._style import INK, PALETTE, axes, legend_beside, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..generalisation import GapFit, GeneralisationReport, RankCorrelation

_LOOKS = {
    "theorem": ("o", PALETTE[0]), "heuristic": ("D", PALETTE[1]), "claimed": ("*", PALETTE[5]),
    "scale": ("P", PALETTE[3]),
}  # fmt: skip
_LEAST, _MOST = 1e-3, 1e3


def plot_generalisation_bounds(report: GeneralisationReport, *, ax: Axes | None = None) -> Axes:
    """Draw the measured gap with its interval, and every bound on it.

    Parameters
    ----------
    report : GeneralisationReport
        From `relugeom.generalisation.report`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        On a logarithmic axis from 0.001 to 1000; what lies outside is drawn at the edge, as an
        arrow. Where a bound on the risk is 1 or more it says nothing: grey.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 2], rng=0)
    >>> X, y = [[-1.0], [-0.5], [0.5], [1.0]], [0, 0, 1, 1]
    >>> report = rg.generalisation.report(net, (X, y), (X, y))
    >>> ax = rg.plotting.plot_generalisation_bounds(report)
    >>> ax.get_xscale()
    'log'
    """
    rows, measured = report.bounds, report.measured[0]
    ax = axes(ax, (9.5, 1.4 + 0.3 * len(rows)))
    trivial = max(1.0 - measured.train, _LEAST)
    ax.axvspan(trivial, _MOST, color="0.9", linewidth=0, zorder=0)
    low, high = (float(np.clip(v, _LEAST, _MOST)) for v in (measured.low, measured.high))
    ax.axvspan(low, high, color=tint(PALETTE[2], 0.25), linewidth=0, zorder=0)
    ax.plot([], [], color=tint(PALETTE[2], 0.25), linewidth=8, label=(
        f"measured gap {measured.gap:.3f},\n{report.confidence:.0%} interval "
        f"{measured.low:.3f} to {measured.high:.3f}"
    ))  # fmt: skip
    if measured.gap > _LEAST:
        ax.axvline(measured.gap, color=PALETTE[2], linewidth=1.6, zorder=1)
    for place, b in enumerate(rows):
        marker, colour = _LOOKS[b.kind]
        at = float(np.clip(b.gap, _LEAST, _MOST)) if not np.isnan(b.gap) else _MOST
        if at != b.gap:
            marker = "<" if at == _LEAST else ">"
        hollow = b.on == "Gibbs"
        ax.plot(
            at, place, marker, markersize=11 if marker == "*" else 8, markeredgecolor=colour,
            color="white" if hollow else colour, markeredgewidth=1.6, zorder=3, clip_on=False,
        )  # fmt: skip
    for kind, (marker, colour) in _LOOKS.items():
        if any(b.kind == kind for b in rows):
            ax.plot([], [], marker, color=colour, label=_words(kind))
    if any(b.on == "Gibbs" for b in rows):
        ax.plot(
            [], [], "o", color="white", markeredgecolor=INK, markeredgewidth=1.6,
            label="hollow: of the Gibbs classifier",
        )  # fmt: skip
    ax.plot([], [], color="0.9", linewidth=8, label="vacuous: risk may be 1")
    ax.set_xscale("log")
    ax.set_xlim(_LEAST, _MOST)
    ax.set_yticks(range(len(rows)), [b.name for b in rows], fontsize=8)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel("bound on the risk less the training error (0-1 loss, share of samples)")
    ax.set_title(_finding(report), fontsize=10)
    legend_beside(ax)
    return ax


def _words(kind: str) -> str:
    return {
        "theorem": "valid", "heuristic": "heuristic: an assumption fails",
        "claimed": "claimed, no constant known", "scale": "scale of a theorem, no constant",
    }[kind]  # fmt: skip


def _finding(report: GeneralisationReport) -> str:
    rows = [b for b in report.bounds if b.kind == "theorem"]
    telling = [b for b in rows if not b.vacuous]
    title = (
        f"{len(telling)} of {len(rows)} valid bounds say anything at n = {report.symbols['n']:g}"
    )
    if telling:
        best = min(telling, key=lambda b: b.risk)
        of = "" if best.on == "network" else " of the Gibbs classifier"
        title += f"; the best: risk{of} at most {best.risk:.2f}"
    return f"{title}; held-out error {report.measured[0].test:.3f}"


def plot_gap_study(fit: GapFit, *, ax: Axes | None = None) -> Axes:
    """Draw the gap of every run against ``sqrt(d_eff / n)``, with the regression and its band.

    Parameters
    ----------
    fit : GapFit
        From `relugeom.generalisation.GapStudy.fit`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Colours tell the number of samples: within one colour n is fixed.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> study = rg.generalisation.gap_study(
    ...     (X[:40], y[:40]), (X[40:], y[40:]), d_eff="participation", n_samples=[10, 20],
    ...     optimizers=["sgd"], n_seeds=2, hidden=[4], steps=20,
    ... )
    >>> ax = rg.plotting.plot_gap_study(study.fit())
    >>> ax.get_ylabel()
    'gap of the 0-1 loss, held out less training (share of samples)'
    """
    ax = axes(ax, (8.4, 5.0))
    ax.axhline(0.0, color="0.8", linewidth=0.8, zorder=0)
    line = fit.intercept + fit.slope * fit.grid
    ax.fill_between(fit.grid, fit.low, fit.high, color="0.88", linewidth=0, zorder=0)
    low, high = fit.slope_interval
    ax.plot(
        fit.grid, line, color=INK, linewidth=1.6,
        label=f"all runs: slope {fit.slope:.2g}\n(95 % {low:.2g} to {high:.2g})",
    )  # fmt: skip
    sizes = np.unique(fit.n)
    for k, n in enumerate(sizes):
        own, colour = fit.n == n, PALETTE[k % len(PALETTE)]
        ax.plot(fit.x[own], fit.y[own], "o", color=colour, markersize=4.5, alpha=0.8,
                label=f"n = {n}")  # fmt: skip
        if len(sizes) > 1 and np.isfinite(fit.slope_within_n) and own.sum() > 1:
            ends = np.array([fit.x[own].min(), fit.x[own].max()])
            level = fit.y[own].mean() + fit.slope_within_n * (ends - fit.x[own].mean())
            ax.plot(ends, level, "--", color=colour, linewidth=1.3)
    if len(sizes) > 1:
        low, high = fit.slope_within_n_interval
        ax.plot(
            [], [], "--", color="0.4",
            label=f"n fixed: slope {fit.slope_within_n:.2g}\n(95 % {low:.2g} to {high:.2g})",
        )  # fmt: skip
    ax.set_xlabel(f"sqrt(d_eff / n), d_eff of the updates ({fit.d_eff})")
    unit = "share of samples" if fit.response == "gap" else "nats"
    name = "gap of the 0-1 loss" if fit.response == "gap" else "gap of the cross-entropy"
    ax.set_ylabel(f"{name}, held out less training ({unit})")
    mine = fit.correlations[0].measure
    plain, fixed = fit.tau(mine, "none"), fit.tau(mine, "n")
    title = f"{len(fit.x)} runs: the gap {_trend(plain)}"
    if len(sizes) > 1:
        title += f" over all n,\nand {_trend(fixed)} when n is fixed"
    ax.set_title(title, fontsize=10)
    legend_beside(ax)
    return ax


def _trend(c: RankCorrelation) -> str:
    """Return in words how the gap goes with sqrt(d_eff / n)."""
    verb = "grows with" if c.low > 0 else "falls with" if c.high < 0 else "has no clear order in"
    return f"{verb} sqrt(d_eff / n) (tau {c.tau:.2f}, 95 % {c.low:.2f} to {c.high:.2f})"
