"""Figures of planar Kakeya sets."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import instance, positive_int
from ..errors import InvalidInputError
from ..kakeya import PlanarSet
from ._style import INK, PALETTE, axes, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._check import FloatArray, IntArray


def plot_perron_tree(tree: PlanarSet, *, pixels: int = 700, ax: Axes | None = None) -> Axes:
    """Draw a Perron tree, coloured by the number of triangles over each point.

    Parameters
    ----------
    tree : PlanarSet
        From `relugeom.kakeya.perron_tree`, or any set made of pieces.
    pixels : int
        Rows of the picture.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidInputError
        If the set has no pieces.

    Examples
    --------
    >>> import relugeom as rg
    >>> ax = rg.plotting.plot_perron_tree(rg.kakeya.perron_tree(2), pixels=60)
    >>> len(ax.images)
    1
    """
    instance("tree", tree, PlanarSet)
    if not tree.pieces:
        raise InvalidInputError(f"`tree` must be a set made of pieces; got {tree.name}")
    ax = axes(ax)
    picture, levels = _heat(ax, tree, positive_int("pixels", pixels))
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


def plot_perron_areas(levels: int = 8, *, ax: Axes | None = None) -> Axes:
    """Draw the area of Perron trees over that of their triangle, between 2/(k + 2) and a bound.

    Below the shaded line lies what no translation of the 2^k triangles can reach
    (`relugeom.kakeya.perron.perron_lower`).

    Parameters
    ----------
    levels : int
        Trees of 0 to ``levels`` levels, with the default schedule.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> ax = rg.plotting.plot_perron_areas(3)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('k, for 2^k triangles', 'area of the tree / area of the triangle')
    """
    from ..kakeya.perron import perron_lower, perron_tree

    k = np.arange(positive_int("levels", levels) + 1)
    ratio = [perron_tree(int(level)).ratio for level in k]
    lower = [perron_lower(int(level)) for level in k]
    ax = axes(ax)
    fine = np.linspace(0, k[-1], 200)
    ax.fill_between(k, lower, color=PALETTE[1], alpha=0.18, linewidth=0)
    ax.plot(k, lower, color=PALETTE[1], label="no translation is below (Córdoba's argument)")
    ax.plot(fine, 2 / (fine + 2), color=INK, linestyle="--", linewidth=1, label="2/(k + 2)")
    ax.plot(k, ratio, "o", color=PALETTE[0], label="measured")
    ax.set_xlim(k[0] - 0.2, k[-1] + 0.2)
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("k, for 2^k triangles")
    ax.set_ylabel("area of the tree / area of the triangle")
    ax.set_title("The area shrinks like 2/(k + 2), the best order there is", fontsize=10)
    ax.legend(fontsize=8, frameon=False)
    return ax


def plot_perron_trees(levels: int = 6, *, pixels: int = 300) -> list[Axes]:
    """Draw the Perron trees of 0 to ``levels`` levels side by side, and their areas.

    Parameters
    ----------
    levels : int
        At most 10.
    pixels : int
        Rows of each picture.

    Returns
    -------
    list of matplotlib Axes
        One a tree, and last `plot_perron_areas`.

    Examples
    --------
    >>> import relugeom as rg
    >>> len(rg.plotting.plot_perron_trees(2, pixels=40))
    4
    """
    import matplotlib.pyplot as plt

    from ..kakeya import perron_tree

    levels = positive_int("levels", levels)
    columns = (levels + 3) // 2
    figure, grid = plt.subplots(2, columns, figsize=(2.9 * columns, 5.8), layout="constrained")
    panels: list[Axes] = list(grid.ravel())
    for k, ax in enumerate(panels[: levels + 1]):
        tree = perron_tree(k)
        picture, ticks = _heat(ax, tree, positive_int("pixels", pixels), top=2 ** (levels - 1))
        ax.set_title(f"{2**k} triangle{'s' * (k > 0)}: {tree.ratio:.4g}", fontsize=9)
        ax.set_axis_off()
    for ax in panels[levels + 1 : -1]:
        ax.set_axis_off()
    plot_perron_areas(levels, ax=panels[-1]).set_title("area / area of the triangle", fontsize=9)
    panels[-1].set_ylabel("")
    panels[-1].legend(fontsize=6.5, frameon=False, loc="upper right")
    bar = figure.colorbar(
        picture, ax=panels, orientation="horizontal", shrink=0.5, aspect=40, ticks=ticks[:-1],
        label="triangles over a point",
    )  # fmt: skip
    bar.ax.set_xticklabels([str(v) for v in ticks[:-1]])
    bar.ax.tick_params(which="minor", length=0)
    figure.suptitle("Perron trees: all directions of the triangle, less and less area", fontsize=11)
    return [*panels[: levels + 1], panels[-1]]


def plot_planar_sets(sets: Sequence[PlanarSet] = (), *, needles: int = 17) -> list[Axes]:
    """Draw planar sets at one scale, with their areas and positions of the needle in them.

    Parameters
    ----------
    sets : sequence of PlanarSet
        By default the disc, the Reuleaux triangle, Pál's triangle, the deltoid,
        `relugeom.kakeya.kakeya_star`, and `relugeom.kakeya.needle_set` of 6 levels, whose far ends
        are cut off.
    needles : int
        Positions of the needle in each.

    Returns
    -------
    list of matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> len(rg.plotting.plot_planar_sets([rg.kakeya.disc(), rg.kakeya.deltoid()], needles=3))
    2
    """
    import matplotlib.pyplot as plt

    from .. import kakeya

    chosen = list(sets) or [
        kakeya.disc(),
        kakeya.reuleaux_triangle(),
        kakeya.pal_triangle(),
        kakeya.deltoid(),
        kakeya.kakeya_star(),
        kakeya.needle_set(6, 1000),
    ]
    extents = [_extent(s) for s in chosen]
    width = [float(e[1] - e[0]) for e in extents]
    tall = max(float(e[3] - e[2]) for e in extents)
    scale = min(2.4 / tall, 15.0 / sum(width))
    figure, grid = plt.subplots(
        1, len(chosen), figsize=(scale * sum(width) + 0.6, scale * tall + 0.9), squeeze=False,
        width_ratios=width, layout="constrained",
    )  # fmt: skip
    panels: list[Axes] = list(grid[0])
    for ax, planar, extent in zip(panels, chosen, extents, strict=True):
        plot_planar_set(planar, needles=needles, ax=ax)
        ax.set_title(f"{planar.name.replace(', ', chr(10), 1)}\narea {planar.area:.4f}", fontsize=8)
        ax.set_xlim(*extent[:2])
        middle = 0.5 * (extent[2] + extent[3])
        ax.set_ylim(middle - 0.5 * tall, middle + 0.5 * tall)
        ax.set_axis_off()
    figure.suptitle("A unit needle turns round in each of these", fontsize=11)
    return panels


def plot_planar_set(planar: PlanarSet, *, needles: int = 25, ax: Axes | None = None) -> Axes:
    """Draw a planar set and positions of the needle in it, from first (violet) to last (yellow).

    Parameters
    ----------
    planar : PlanarSet
    needles : int
        Number of positions; 0 for none.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Without the far ends of joins.

    Examples
    --------
    >>> import relugeom as rg
    >>> ax = rg.plotting.plot_planar_set(rg.kakeya.deltoid(), needles=5)
    >>> ax.get_title()
    'deltoid: area 0.392699'
    """
    from matplotlib import colormaps
    from matplotlib.collections import LineCollection, PolyCollection

    instance("planar", planar, PlanarSet)
    needles = positive_int("needles", needles, minimum=0)
    ax = axes(ax)
    shape = [planar.outline] if planar.outline is not None else list(planar.parts)
    ax.add_collection(
        PolyCollection(
            shape, facecolors=tint(PALETTE[0], 0.3), edgecolors=tint(PALETTE[0], 0.3),
            linewidths=0.2, zorder=1,
        )
    )  # fmt: skip
    if needles:
        ax.add_collection(
            LineCollection(
                list(planar.needle_positions(needles)), linewidths=0.8, zorder=2,
                colors=colormaps["plasma"](np.linspace(0.05, 0.9, needles)),
            )
        )  # fmt: skip
    extent = _extent(planar)
    ax.set_xlim(*extent[:2])
    ax.set_ylim(*extent[2:])
    ax.set_aspect("equal")
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    ax.set_title(f"{planar.name}: area {planar.area:.6g}", fontsize=10)
    return ax


def plot_kahane(levels: int = 4) -> list[Axes]:
    """Draw Kahane's sets of levels 0 to ``levels``, and their cross-sections at y = 1/3.

    There the section is 2/3 (C - C), and its length at level n is 4/9 (3/4)^n.

    Parameters
    ----------
    levels : int
        At most 5.

    Returns
    -------
    list of matplotlib Axes
        One a set, then one a cross-section.

    Raises
    ------
    InvalidInputError
        If ``levels`` is above 5.

    Examples
    --------
    >>> import relugeom as rg
    >>> len(rg.plotting.plot_kahane(1))
    4
    """
    import matplotlib.pyplot as plt

    from ..kakeya import kahane

    levels = positive_int("levels", levels, minimum=0)
    if levels > 5:
        raise InvalidInputError(f"`levels` must be at most 5; got {levels}")
    figure, grid = plt.subplots(
        2, levels + 1, figsize=(2.8 * levels + 3.0, 3.9), sharex=True, squeeze=False,
        height_ratios=[5, 1], layout="constrained",
    )  # fmt: skip
    height = 1.0 / 3.0
    for n, (ax, below) in enumerate(grid.T):
        found = kahane(n)
        _heat(ax, found, 600, top=16, outlined=n < 3)
        ax.axhline(height, color=INK, linewidth=0.6, linestyle=":")
        ax.set_title(f"level {n}: area {found.area:.4f}", fontsize=9)
        ax.set_aspect("auto")
        bars = _cross_section(found, height)
        below.broken_barh([(a, b - a) for a, b in bars], (0, 1), color=INK, linewidth=0)
        below.set_title(f"at y = 1/3: length {np.diff(bars).sum():.4f}", fontsize=8)
        for panel in (ax, below):
            panel.set_yticks([])
            panel.spines[["top", "right", "left"]].set_visible(False)
    figure.suptitle(
        "Kahane's set: segments between two Cantor sets, every slope in [0, 1]", fontsize=11
    )
    return [*grid[0], *grid[1]]


def _heat(
    ax: Axes, planar: PlanarSet, rows: int, top: int | None = None, *, outlined: bool = True
) -> tuple[Any, IntArray]:
    """Draw the multiplicity of the pieces and the outline of their union."""
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm

    counts, extent = _multiplicity(planar, rows)
    top = top or int(counts.max())
    levels = np.unique(np.round(np.geomspace(1, top + 1, min(top + 1, 12))).astype(int))
    colours = colormaps["viridis"]
    picture = ax.imshow(
        np.ma.masked_equal(counts, 0),
        origin="lower",
        extent=extent,
        cmap=colours,
        norm=BoundaryNorm(levels - 0.5, colours.N),
        interpolation="nearest",
    )
    if not outlined:
        return picture, levels
    width = 0.5 if len(planar.pieces) <= 16 else 0.15
    for part in getattr(planar.polygon, "geoms", [planar.polygon]):
        if part.geom_type != "Polygon":
            continue
        for ring in (part.exterior, *part.interiors):
            ax.plot(*np.asarray(ring.coords).T, color="0.15", linewidth=width)
    return picture, levels


def _cross_section(planar: PlanarSet, y: float) -> FloatArray:
    """Return the intervals in which the horizontal line at y meets the pieces."""
    table = np.array([[float(v) for v in piece] for piece in planar.pieces])
    y0, y1, left0, right0, left1, right1 = table.T
    at = (y - y0) / (y1 - y0)
    ends = np.column_stack([left0 + at * (left1 - left0), right0 + at * (right1 - right0)])
    ends = ends[np.argsort(ends[:, 0])]
    reached = np.maximum.accumulate(ends[:, 1])
    opens = np.concatenate([[True], ends[1:, 0] > reached[:-1] + 1e-12])
    closes = np.concatenate([opens[1:], [True]])
    return np.column_stack([ends[opens, 0], reached[closes]])


def _extent(planar: PlanarSet) -> tuple[float, float, float, float]:
    """Return a frame around the set, without what lies far from most of it."""
    points = planar.parts.reshape(-1, 2)
    near = points[np.abs(points - np.median(points, axis=0)).max(axis=1) < 3.0 * planar.needle]
    room = 0.04 * planar.needle
    (x0, y0), (x1, y1) = near.min(axis=0) - room, near.max(axis=0) + room
    return float(x0), float(x1), float(y0), float(y1)


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
