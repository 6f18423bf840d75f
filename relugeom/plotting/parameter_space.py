"""Figures of parameter space: the cells of a plane with a path on them, and growth laws."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, cast

import numpy as np

from .._check import choice
from ._style import INK, PALETTE, axes, legend_beside, rings, tint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..arrangements.arrangement import HyperplaneArrangement
    from ..paths import GrowthFits, GrowthStudy, ParameterPlane, PlaneCover

_PATH = "#B00020"
_MARKS = ("#111111", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")  # of crossings, by layer
_WALLS = ("#0072B2", "#009E73", "#CC79A7", "#D55E00", "#7A6A00", "#555555")  # by neuron


def plot_parameter_plane(
    shown: ParameterPlane, *, cover: PlaneCover | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the cells of a plane of parameter space, and a path over them.

    Cells of the first hidden layer are exact; two cells across one wall have different shades.

    Parameters
    ----------
    shown : ParameterPlane
    cover : PlaneCover, optional
        Of the same plane and window, for deeper layers: shades are then those of masks of all
        layers, and squares in which the mask is not certified are grey.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Walls of the first hidden layer are coloured by neuron, if these are few. Crossings are
        marked if the path lies in the plane; if not, its projection is dashed and the title says
        how far off it is.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=0)
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]
    >>> path = rg.train(net, X, y, steps=20, lr=0.1, within=plane)
    >>> ax = rg.plotting.plot_parameter_plane(rg.parameter_plane(path, X, plane))
    >>> ax.get_aspect()
    1.0
    """
    from matplotlib.collections import PolyCollection

    ax = axes(ax, (8.8, 6.4))
    regions, at = shown.regions, shown.coordinates
    box = shown.domain
    shades = [tint(PALETTE[0], share) for share in (0.05, 0.17)]
    if cover is None:
        corners = rings(regions.polygons())
        parity = (regions.patterns > 0).sum(axis=1) % 2
        ax.add_collection(
            PolyCollection(corners, facecolors=[shades[p] for p in parity], edgecolors="none")
        )
    else:
        _draw_cover(ax, cover, shades)
    _draw_walls(ax, shown)
    off = not shown.lies_within
    ax.plot(
        *at.T, color=_PATH, linewidth=1.6, linestyle="--" if off else "-", zorder=4,
        label="path, projected" if off else f"path, {len(at) - 1} steps",
    )  # fmt: skip
    for label, spot, fill, edge in (
        ("start", at[0], "white", _PATH),
        ("end", at[-1], _PATH, "white"),
    ):
        ax.plot(*spot, "o", color=fill, markeredgecolor=edge, markersize=8, zorder=6, label=label)
    if not off:
        marks = shown.marks
        for layer in np.unique(shown.events.layer):
            own = shown.events.layer == layer
            ax.scatter(
                marks[own, 0], marks[own, 1], s=16, color=_MARKS[int(layer) % len(_MARKS)],
                edgecolors="white", linewidths=0.5, zorder=5,
                label=f"crossing in layer {layer + 1}: {own.sum():,}",
            )  # fmt: skip
    ax.set_xlim(box.lower[0], box.upper[0])
    ax.set_ylim(box.lower[1], box.upper[1])
    ax.set_aspect("equal")
    ax.set_xlabel("first direction of the plane (units of the parameters)")
    ax.set_ylabel("second direction")
    ax.set_title(_plane_title(shown, cover), fontsize=10)
    legend_beside(ax)
    return ax


def plot_growth(fits: GrowthFits, *, ax: Axes | None = None) -> Axes:
    """Draw a response against a column on logarithmic axes, and the laws fitted to it.

    Parameters
    ----------
    fits : GrowthFits
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        The law c d_eff log M is drawn at the mean of d_eff log M of the runs at each value.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.linspace(-1, 1, 5)[:, None]
    >>> study = rg.growth_study(
    ...     X, np.abs(X)[:, 0], steps=[10, 20, 40], width=[4], depth=[1], lr=[0.1], n_seeds=2
    ... )
    >>> ax = rg.plotting.plot_growth(study.fit("steps", d_eff="participation", n_boot=10))
    >>> ax.get_xlabel()
    'steps'
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    ax = axes(ax, (7.4, 4.8))
    ax.plot(fits.x, fits.y, "o", color=INK, markersize=4, alpha=0.7, label="runs")
    fine = np.geomspace(fits.x.min(), fits.x.max(), 200)
    values, at = np.unique(fits.x, return_inverse=True)
    means = np.bincount(at, fits.scale) / np.bincount(at)
    for k, fit in enumerate(fits.fits):
        by_scale = fit.model == "d_eff log M"
        law = "constant" if fit.model == "constant" else fit.formula
        x, scale = (values, means) if by_scale else (fine, fine)
        ax.plot(
            x, fit.predict(x, scale), color=PALETTE[k % len(PALETTE)],
            linewidth=2.0 if k == 0 else 1.2, linestyle=":" if by_scale else "-",
            marker="s" if by_scale and len(values) <= 30 else None, markersize=4,
            label=f"{law}: ΔAIC {fit.delta_aic:.1f}",
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    plain = FuncFormatter(lambda v, _: f"{v:,g}")
    if len(values) <= 10:
        ax.set_xticks(values)
    for axis, span, few in ((ax.xaxis, values, len(values) <= 10), (ax.yaxis, fits.y, False)):
        axis.set_major_formatter(plain)
        short = span.max() < 10 * span.min() and not few
        axis.set_minor_formatter(plain if short else NullFormatter())
    names = {"lr": "learning rate", "M": "M, neurons × samples", "turning": "turning (radians)"}
    ax.set_xlabel(names.get(fits.against, fits.against))
    ax.set_ylabel(fits.response.replace("_", " "))
    _, low, high = fits["power"].parameters["b"]
    slope = fits["power"].parameters["b"][0]
    ax.set_title(
        f"As a power of {fits.against}, {fits.response.replace('_', ' ')} grow with exponent "
        f"{slope:.2f} (95 %: {low:.2f} to {high:.2f})\nleast AIC: {fits.best.model}; "
        f"{len(fits.x)} rows of {fits.n_runs} runs, {fits.n_dropped} dropped",
        fontsize=10,
    )
    legend_beside(ax)
    return ax


def plot_implied_constant(
    study: GrowthStudy,
    *,
    d_eff: str,
    factors: Sequence[str] = ("width", "depth"),
    figure: Figure | None = None,
) -> Figure:
    """Draw the constant that d_eff log M would need to bound the crossings of each run.

    The paper claims O(d_eff log M) crossings without a constant: were the claim a law, the constant
    would not grow with width or depth.

    Parameters
    ----------
    study : GrowthStudy
        From `relugeom.growth_study`.
    d_eff : str
        Definition, a key of ``relugeom.kakeya.spectra.KINDS``.
    factors : sequence of str
        One panel each.
    figure : matplotlib Figure, optional
        Empty.

    Returns
    -------
    matplotlib Figure
        Points are runs, the line their means; rows of the base setting are in every panel.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.linspace(-1, 1, 5)[:, None]
    >>> study = rg.growth_study(
    ...     X, np.abs(X)[:, 0], steps=[10, 20, 40], width=[4], depth=[1], lr=[0.1], n_seeds=2
    ... )
    >>> figure = rg.plotting.plot_implied_constant(study, d_eff="participation", factors=["width"])
    >>> len(figure.axes)
    1
    """
    import matplotlib.pyplot as plt

    from ..kakeya.spectra import KINDS

    choice("d_eff", d_eff, tuple(KINDS))
    if figure is None:
        figure = plt.figure(figsize=(5.2 * len(factors), 4.6), layout="constrained")
    for ax, factor in zip(np.ravel(figure.subplots(1, len(factors))), factors, strict=True):
        rows = [row for row in study.rows() if row["varied"] in (factor, "base")]
        x = np.array([row[factor] for row in rows], dtype=np.float64)
        c = np.array([
            row["crossings"] / (row[f"d_eff_{d_eff}"] * np.log(row["M"])) for row in rows
        ])  # fmt: skip
        values, at = np.unique(x, return_inverse=True)
        means = np.bincount(at, c) / np.bincount(at)
        ax.plot(x, c, "o", color=INK, markersize=4, alpha=0.6, label="runs")
        ax.plot(values, means, "s-", color=PALETTE[5], label="mean")
        ax.axhline(1.0, color="0.5", linestyle="--", linewidth=1.0, label="constant 1")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xticks(values, [f"{v:g}" for v in values])
        ax.set_xticks([], minor=True)
        ax.set_xlabel({"lr": "learning rate"}.get(factor, factor))
        ax.set_ylabel("crossings / (d_eff log M)")
        ax.set_title(
            f"From {factor} {values[0]:g} to {values[-1]:g} the implied constant\n"
            f"goes from {means[0]:.3g} to {means[-1]:.3g} (d_eff: {d_eff.replace('_', ' ')})",
            fontsize=10,
        )
        ax.legend(fontsize=8, frameon=False)
    return figure


def _plane_title(shown: ParameterPlane, cover: PlaneCover | None) -> str:
    from ..paths import cell_visits

    regions, events = shown.regions, shown.events
    deep = len(events.widths) > 1
    number = f"{len(regions):,}" if regions.complete else f"more than {len(regions):,}"
    cells = f"{number} exact cells{' of layer 1' if deep else ''} in this plane"
    if shown.lies_within:
        visits = cell_visits(events, layer=0)
        title = (
            f"{cells}; the path lies in it, enters {visits.n_cells:,} of them\n"
            f"and makes {int((events.layer == 0).sum()):,} crossings of their walls"
        )
        if deep:
            title += f", {int((events.layer > 0).sum()):,} of deeper ones"
    else:
        title = (
            f"{cells}; the path is up to {shown.residuals.max():.3g} off it\n"
            f"and makes {len(events):,} crossings, which its projection does not show"
        )
    if cover is not None:
        title += (
            f"\nall layers: mask certified on {cover.certified_share:.1%} of the area, at least "
            f"{cover.n_masks:,} masks;\n"
            f"grey squares, of side {cover.resolution.max():.2g}, may hold walls"
        )
    return title


def _draw_walls(ax: Axes, shown: ParameterPlane) -> None:
    from matplotlib.collections import LineCollection

    walls, box = cast("HyperplaneArrangement", shown.regions.source), shown.domain
    signs = walls.signs(list(product(*zip(box.lower, box.upper, strict=True))))
    n = shown.events.n_samples
    neurons = walls.n_hyperplanes // n
    thin = 0.9 if len(shown.regions) < 2000 else 0.3
    for j in range(neurons):
        rows = np.arange(j * n, (j + 1) * n)
        rows = rows[(signs[:, rows] != signs[0, rows]).any(axis=0)]  # those that cut the window
        normal, offset = walls.normals[rows], walls.offsets[rows, None]
        size = np.linalg.norm(normal, axis=1, keepdims=True)
        foot = box.centre - (normal @ box.centre[:, None] + offset) * normal / size**2
        along = 3 * box.scale * np.column_stack([-normal[:, 1], normal[:, 0]]) / size
        few = neurons <= len(_WALLS)
        ax.add_collection(
            LineCollection(
                list(np.stack([foot - along, foot + along], axis=1)), linewidths=thin, zorder=2,
                colors=_WALLS[j] if few else tint(INK, 0.5),
                label=f"walls of neuron {j}: {len(rows)}" if few and len(rows) else None,
            )
        )  # fmt: skip


def _draw_cover(ax: Axes, cover: PlaneCover, shades: list[tuple[float, float, float]]) -> None:
    from matplotlib.colors import ListedColormap

    kind = np.where(cover.certified, cover.n_on % 2, 2)
    box = cover.domain
    ax.imshow(
        cover.raster(kind), origin="lower", interpolation="nearest", vmin=0, vmax=2,
        extent=(box.lower[0], box.upper[0], box.lower[1], box.upper[1]),
        cmap=ListedColormap([*shades, tint(INK, 0.45)]),
    )  # fmt: skip
