"""Figures of persistence diagrams and of critical points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..graph.morse import critical_points
from ._style import INK, PALETTE, axes, legend_beside, rings
from .regions import _planar

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..graph.morse import CriticalPoints
    from ..graph.persistence import Persistence
    from ..regions.table import Regions

_RED = "#B00020"
_NAMES = ("pieces", "loops", "voids")
_MARKERS = {"minimum": "v", "saddle": "X", "maximum": "^", "degenerate": "s"}


def plot_persistence(diagram: Persistence, *, ax: Axes | None = None) -> Axes:
    """Draw a persistence diagram: a point a class, far from the diagonal what lasts.

    Classes that never die lie on the line at the top.

    Parameters
    ----------
    diagram : Persistence
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([2, 4, 2], rng=0)
    >>> regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))
    >>> diagram = rg.graph.topology.persistence(regions)
    >>> ax = rg.plotting.plot_persistence(diagram)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('birth (value of the output)', 'death')
    """
    ax = axes(ax, (6.0, 5.2))
    ends = np.concatenate([diagram.birth, diagram.death[np.isfinite(diagram.death)]])
    low, high = (float(ends.min()), float(ends.max())) if len(ends) else (0.0, 1.0)
    room = 0.08 * ((high - low) or 1.0)
    top = high + room
    ax.plot([low - room, top], [low - room, top], color=INK, linewidth=0.8, zorder=1)
    ax.axhline(top, color=INK, linewidth=0.8, linestyle=":", zorder=1)
    ax.text(top - 0.1 * room, top, "never dies", va="bottom", ha="right", fontsize=8, color=INK)
    for k in range(int(diagram.dimension.max(initial=0)) + 1):
        own = diagram.intervals(k)
        name = _NAMES[k] if k < len(_NAMES) else f"{k}-cycles"
        ax.scatter(
            own[:, 0], np.minimum(own[:, 1], top), s=28, color=PALETTE[k % len(PALETTE)],
            edgecolors="white", linewidths=0.5, zorder=2 + k, clip_on=False,
            label=f"dimension {k}, {name}: {len(own)}",
        )  # fmt: skip
    ax.set_xlim(low - room, top)
    ax.set_ylim(low - room, top + room)
    ax.set_aspect("equal")
    ax.set_xlabel("birth (value of the output)")
    ax.set_ylabel("death")
    ax.set_title("Persistence of the sublevel sets", fontsize=10)
    ax.locator_params(nbins=6)
    ax.legend(loc="lower right", frameon=False, fontsize=8)  # nothing dies before it is born
    return ax


def plot_critical_points(
    regions: Regions,
    *,
    output: int = 0,
    found: CriticalPoints | None = None,
    feature_names: Sequence[str] = ("x0", "x1"),
    ax: Axes | None = None,
) -> Axes:
    """Draw an output over its planar regions, exactly, and its critical points.

    Flat sets that are critical are drawn in red, with an open marker at one of their vertices.

    Parameters
    ----------
    regions : Regions
        In the plane, in a bounded domain.
    output : int, default 0
    found : CriticalPoints, optional
        ``critical_points(regions, output)`` if at hand.
    feature_names : sequence of two str
        Labels of the axes.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    UnsupportedError
        If the regions do not lie in the plane.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([2, 4, 2], rng=0)
    >>> regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))
    >>> ax = rg.plotting.plot_critical_points(regions)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x0', 'x1')
    """
    from matplotlib.collections import LineCollection, PolyCollection

    _planar(regions)
    found = critical_points(regions, output) if found is None else found
    ax = axes(ax, (8.0, 5.6))
    polyhedra = regions.complex
    x, y = polyhedra.vertices.T
    triangles, _ = polyhedra.simplices(2)
    shade = ax.tripcolor(
        x, y, polyhedra.outputs[:, output], triangles=triangles, shading="gouraud", cmap="cividis",
        zorder=0,
    )  # fmt: skip
    corners = rings(regions.polygons())
    thin = 0.5 if len(regions) < 2000 else 0.2
    ax.add_collection(
        PolyCollection(
            corners, facecolors="none", edgecolors="white", linewidths=thin, alpha=0.6, zorder=1
        )
    )
    first, last = (polyhedra.of_vertices(found.of_vertex, f) for f in (np.minimum, np.maximum))
    edges, cells = (np.flatnonzero((first[k] == last[k]) & (first[k] >= 0)) for k in (1, 2))
    ends = polyhedra.facets[0].part.reshape(-1, 2)[edges]
    ax.add_collection(
        LineCollection(list(polyhedra.vertices[ends]), colors=_RED, linewidths=2.0, zorder=3)
    )
    ax.add_collection(
        PolyCollection(
            [corners[i] for i in polyhedra.region[cells]], facecolors=_RED, alpha=0.25, zorder=2
        )
    )
    for kind, marker in _MARKERS.items():
        own = found.kind == kind
        if not own.any():
            continue
        flat = found.flat[own] > 0
        ax.scatter(
            found.point[own, 0], found.point[own, 1], s=52, marker=marker, linewidths=1.0,
            zorder=4, clip_on=False, facecolors=["white" if f else _RED for f in flat],
            edgecolors=[_RED if f else "white" for f in flat], label=f"{kind}: {int(own.sum())}",
        )  # fmt: skip
    ax.figure.colorbar(shade, ax=ax, label=f"output {output}", location="left", shrink=0.8)
    counts = ", ".join(f"index {k}: {n}" for k, n in enumerate(found.counts))
    ax.set_title(f"Critical points of output {output}, boundary included\n{counts}", fontsize=10)
    ax.set_xlim(x.min(), x.max())
    ax.set_ylim(y.min(), y.max())
    ax.set_aspect("equal")
    ax.set_xlabel(feature_names[0])
    ax.set_ylabel(feature_names[1])
    legend_beside(ax)
    return ax
