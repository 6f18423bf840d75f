"""Figures of planar Kakeya constructions and of direction curves."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import positive_int
from ..errors import InvalidInputError
from ._style import INK, PALETTE, axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from .._check import IntArray
    from ..kakeya import DirectionCurve, PlanarSet


def plot_perron_tree(tree: PlanarSet, ax: Axes | None = None, *, pixels: int = 700) -> Axes:
    """Draw a Perron tree, coloured by the number of triangles over each point.

    Parameters
    ----------
    tree : PlanarSet
        From `relugeom.kakeya.perron_tree`, or any set made of pieces.
    ax : matplotlib Axes, optional
    pixels : int
        Rows of the picture.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidInputError
        If the set has no pieces.
    """
    from matplotlib.colors import BoundaryNorm

    if not tree.pieces:
        raise InvalidInputError(f"`tree` must be a set made of pieces; got {tree.name}")
    ax = axes(ax)
    counts, extent = _multiplicity(tree, positive_int("pixels", pixels))
    top = int(counts.max())
    levels = np.unique(np.round(np.geomspace(1, top + 1, min(top + 1, 12))).astype(int))
    colours = _colours("viridis")
    picture = ax.imshow(
        np.ma.masked_equal(counts, 0),
        origin="lower",
        extent=extent,
        cmap=colours,
        norm=BoundaryNorm(levels - 0.5, colours.N),
        interpolation="nearest",
    )
    thick = len(tree.pieces) <= 64
    for part in getattr(tree.polygon, "geoms", [tree.polygon]):
        if part.geom_type != "Polygon":
            continue
        for ring in (part.exterior, *part.interiors):
            ax.plot(*np.asarray(ring.coords).T, color="0.15", linewidth=0.5 if thick else 0.15)
    bar = ax.figure.colorbar(picture, ax=ax, ticks=levels[:-1], fraction=0.035, pad=0.03)
    bar.ax.set_yticklabels([str(v) for v in levels[:-1]])
    bar.set_label("triangles over the point")
    title = f"{tree.name}: area {tree.area:.6g}"
    if tree.triangle_area is not None:
        n = len(tree.pieces)
        title += f" = {tree.ratio:.6g} of the triangle"
        if n & (n - 1) == 0:
            title += f"\n2/(k+2) = {2.0 / (log2(n) + 2.0):.6g}, k = {int(log2(n))}"
    ax.set_title(title, fontsize=10)
    ax.set_xlabel("x (heights of the triangle)")
    ax.set_ylabel("y")
    ax.set_aspect("equal")
    return ax


def plot_perron_areas(levels: int = 8, ax: Axes | None = None) -> Axes:
    """Draw the area of Perron trees over that of their triangle against 2/(k + 2).

    Parameters
    ----------
    levels : int
        Trees of 0 to ``levels`` levels, with the default schedule.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    from ..kakeya import perron_tree

    k = np.arange(positive_int("levels", levels) + 1)
    ratio = [perron_tree(int(level)).ratio for level in k]
    ax = axes(ax)
    fine = np.linspace(0, k[-1], 200)
    ax.plot(fine, 2 / (fine + 2), color=INK, linestyle="--", linewidth=1, label="2/(k + 2)")
    ax.plot(k, ratio, "o", color=PALETTE[0], label="measured")
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("k, for 2^k triangles")
    ax.set_ylabel("area of the tree / area of the triangle")
    ax.set_title("The area shrinks like 2/(k + 2)", fontsize=10)
    ax.legend(fontsize=8, frameon=False)
    return ax


def plot_direction_curve(
    curve: DirectionCurve,
    nulls: Sequence[DirectionCurve] | Mapping[str, DirectionCurve] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw N(theta) on logarithmic axes with its bracket, and null curves dashed.

    Parameters
    ----------
    curve : DirectionCurve
        From `relugeom.kakeya.DirectionSet.curve`.
    nulls : sequence of DirectionCurve, or mapping from labels to them
        Curves of random directions to compare with.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        The part above T/10, where the curve saturates, is shaded.
    """
    ax = axes(ax)
    if isinstance(nulls, Mapping):
        named = dict(nulls)
    else:
        named = {f"null {i}": null for i, null in enumerate(nulls, start=1)}
    band = ax.fill_between(
        curve.theta, curve.lower, curve.upper, color="C0", alpha=0.18, linewidth=0
    )
    band.set_label("N(2θ) to N(θ/2)")
    ax.plot(curve.theta, curve.count, color="C0", marker=".", label="N(θ), observed")
    for i, (label, null) in enumerate(named.items(), start=1):
        ax.plot(null.theta, null.count, color=f"C{i}", linestyle="--", label=label)
    total = curve.n_directions
    ax.axhspan(max(total / 10, 1), max(total, 1) * 1.3, color="0.5", alpha=0.12, linewidth=0)
    ax.axhline(total, color="0.4", linewidth=0.8, linestyle=":", label=f"T = {total} directions")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(0.8, max(total, 1) * 1.3)
    ax.set_xlabel("angle θ (radians)")
    ax.set_ylabel("N(θ), number of directions")
    ax.set_title("Distinct directions by angle (grey: above T/10, saturated)", fontsize=10)
    ax.legend(fontsize=8, frameon=False)
    return ax


def _colours(name: str) -> Any:
    from matplotlib import colormaps

    return colormaps[name]


def _multiplicity(
    tree: PlanarSet, height: int
) -> tuple[IntArray, tuple[float, float, float, float]]:
    """Return how many pieces lie over each pixel's centre, and the picture's extent."""
    table = np.array([[float(v) for v in piece] for piece in tree.pieces])
    y0, y1, left0, right0, left1, right1 = table.T
    x_min, x_max = float(table[:, 2:].min()), float(table[:, 2:].max())
    y_min, y_max = float(y0.min()), float(y1.max())
    width = max(1, round(height * (x_max - x_min) / (y_max - y_min)))
    steps = np.zeros((height, width + 1), dtype=np.int64)
    scale = width / (x_max - x_min)
    for row in range(height):
        y = y_min + (row + 0.5) * (y_max - y_min) / height
        at = (y - y0) / (y1 - y0)
        inside = (at >= 0) & (at <= 1)
        left = (left0 + at * (left1 - left0))[inside]
        right = (right0 + at * (right1 - right0))[inside]
        for ends, step in ((left, 1), (right, -1)):
            column = np.ceil((ends - x_min) * scale - 0.5).astype(int)
            np.add.at(steps[row], np.clip(column, 0, width), step)
    return np.cumsum(steps, axis=1)[:, :width], (x_min, x_max, y_min, y_max)
