"""Figures of tubes in the plane: multiplicity, the densest convex set, scales."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import instance, positive_int
from ..errors import InvalidInputError, UnsupportedError
from ..kakeya import TubeFamily
from ._style import INK, PALETTE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._check import FloatArray
    from ..kakeya.sticky import Stickiness

_OUTLINED = 200  # tubes, up to which each is outlined


def plot_tubes(
    family: TubeFamily, *, name: str = "", pixels: int = 500, ax: Axes | None = None
) -> Axes:
    """Draw planar tubes, coloured by how many lie over each point, and the densest convex set.

    The set outlined is the hull of the tubes at which `relugeom.kakeya.wolff_constant` is attained.
    Above are its value C_KT (at least, where the family is too large for an exact one), the
    Frostman constant of slabs where the family lies in the unit ball, and the mean multiplicity.

    Parameters
    ----------
    family : TubeFamily
        In the plane.
    name : str
        For the title.
    pixels : int, default 500
        Along the longer side of the picture.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    UnsupportedError
        If the tubes are not in the plane.

    Examples
    --------
    >>> import relugeom as rg
    >>> family = rg.kakeya.TubeFamily.random(8, 2, 0.1, rng=0)
    >>> ax = rg.plotting.plot_tubes(family, pixels=60)
    >>> ax.get_aspect()
    1.0
    """
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm

    instance("family", family, TubeFamily)
    from ..kakeya import slab_constant, wolff_constant

    _plane(family)
    ax = axes(ax, (5.6, 5.2))
    corners = _corners(family)
    counts, extent = _multiplicity(family, corners, positive_int("pixels", pixels))
    top = int(counts.max())
    levels = np.unique(np.round(np.geomspace(1, top + 1, min(top + 1, 12))).astype(int))
    colours: Any = colormaps["viridis_r"]
    picture = ax.imshow(
        np.ma.masked_equal(counts, 0), origin="lower", extent=extent, cmap=colours,
        norm=BoundaryNorm(levels - 0.5, colours.N), interpolation="nearest",
    )  # fmt: skip
    if len(family) <= _OUTLINED:
        _outlines(ax, corners, color=INK, linewidth=0.35)
    found = wolff_constant(family)
    ax.use_sticky_edges = False
    hull = _hull(corners[found.tubes])
    ax.plot(*hull.T, color=PALETTE[5], linewidth=1.8)
    bar = ax.figure.colorbar(picture, ax=ax, ticks=levels[:-1], fraction=0.04, pad=0.02)
    bar.ax.set_yticklabels([str(v) for v in levels[:-1]])
    bar.set_label("tubes over the point")
    relation = "=" if found.status == "exact" else "≥"
    parts = [f"C_KT {relation} {found.value:.3g} (outlined)"]
    with suppress(InvalidInputError):  # outside of the unit ball there is no such constant
        parts.append(f"C_F,slabs ≥ {slab_constant(family).value:.3g}")
    parts.append(f"mean multiplicity {family.multiplicity_moments().mean:.3g}")
    lead = f"{name}: " if name else ""
    ax.set_title(f"{lead}{len(family)} tubes 1 by {2 * family.delta:.3g}\n{', '.join(parts)}",
                 fontsize=9)  # fmt: skip
    ax.margins(0.04)
    ax.set_aspect("equal")
    return ax


def plot_tube_scales(family: TubeFamily, rho: float, *, ax: Axes | None = None) -> Axes:
    """Draw planar tubes inside the rho-tubes of their coarse net.

    Parameters
    ----------
    family : TubeFamily
        In the plane.
    rho : float
        Radius of the coarse tubes, at least the family's.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Coarse tubes tinted, the family's drawn over them.

    Examples
    --------
    >>> import relugeom as rg
    >>> family = rg.kakeya.TubeFamily.random(8, 2, 0.05, rng=0)
    >>> ax = rg.plotting.plot_tube_scales(family, 0.2)
    >>> ax.get_aspect()
    1.0
    """
    from matplotlib.collections import PolyCollection

    instance("family", family, TubeFamily)
    from ..kakeya import coarse_tubes

    _plane(family)
    ax = axes(ax, (5.2, 5.2))
    coarse = coarse_tubes(family, rho)
    ax.add_collection(
        PolyCollection(list(_corners(coarse)), facecolors=PALETTE[4], alpha=0.18, edgecolors="none")
    )
    _outlines(ax, _corners(coarse), color=PALETTE[0], linewidth=0.6)
    ax.add_collection(
        PolyCollection(
            list(_corners(family)), facecolors=INK, alpha=0.55, edgecolors="white", linewidths=0.2
        )
    )
    ax.set_title(
        f"{len(family)} tubes of radius {family.delta:.3g} in {len(coarse)} of radius {rho:.3g}",
        fontsize=9,
    )
    ax.autoscale_view()
    ax.set_aspect("equal")
    return ax


def plot_stickiness(
    stickiness: Stickiness | dict[str, Stickiness], *, dim: int = 2, ax: Axes | None = None
) -> Axes:
    """Draw how many rho-tubes families need at each scale, beside the sticky rate.

    Parameters
    ----------
    stickiness : Stickiness, or dict of them by name
        From `relugeom.kakeya.sticky_exponent`.
    dim : int, default 2
        Dimension d of the space, for the line rho^-(d-1).
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> family = rg.kakeya.TubeFamily.random(8, 2, 0.1, rng=0)
    >>> ax = rg.plotting.plot_stickiness(rg.kakeya.sticky_exponent(family))
    >>> ax.get_xscale(), ax.get_yscale()
    ('log', 'log')
    """
    named = stickiness if isinstance(stickiness, dict) else {"": stickiness}
    ax = axes(ax)
    for i, (name, row) in enumerate(named.items()):
        colour = PALETTE[i % len(PALETTE)]
        label = f"{name + ': ' if name else ''}N_ρ, excess up to {row.largest_excess:.2f}"
        ax.plot(row.rho, row.covers, "o-", color=colour, label=label)
        ax.plot(row.rho, row.directions, ":", color=colour, label="the directions alone")
    rho = np.unique(np.concatenate([row.rho for row in named.values()]))
    sticky = rho ** -(positive_int("dim", dim, minimum=2) - 1.0)
    power = "1/ρ" if dim == 2 else f"$1/ρ^{{{dim - 1}}}$"
    ax.plot(rho, sticky, "--", color=INK, linewidth=1, label=f"{power}, the sticky rate")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xlabel("radius ρ of the coarse tubes")
    ax.set_ylabel("N_ρ, coarse tubes needed")
    ax.set_title("Tubes over the scales", fontsize=10)
    ax.legend(fontsize=8, frameon=False)
    return ax


def _plane(family: TubeFamily) -> None:
    if family.dim != 2:
        raise UnsupportedError(
            f"`family` must lie in the plane to be drawn; got dimension {family.dim} (project it)"
        )


def _corners(family: TubeFamily) -> FloatArray:
    u, h = family.directions, family.delta
    across = h * np.column_stack([-u[:, 1], u[:, 0]])
    ends = ((0.5, 1), (-0.5, 1), (-0.5, -1), (0.5, -1))
    return np.stack([family.centres + a * u + b * across for a, b in ends], axis=1)


def _outlines(ax: Axes, corners: FloatArray, **style: Any) -> None:
    from matplotlib.collections import LineCollection

    closed = np.concatenate([corners, corners[:, :1]], axis=1)
    ax.add_collection(LineCollection(list(closed), colors=style["color"],
                                     linewidths=style["linewidth"]))  # fmt: skip


def _hull(corners: FloatArray) -> FloatArray:
    from scipy.spatial import ConvexHull

    points = corners.reshape(-1, 2)
    ring = points[ConvexHull(points).vertices]
    return np.vstack([ring, ring[:1]])


def _multiplicity(
    family: TubeFamily, corners: FloatArray, pixels: int
) -> tuple[Any, tuple[float, float, float, float]]:
    """Return how many tubes lie over each pixel's centre, and the picture's extent."""
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    side = float((high - low).max()) / pixels
    nx, ny = (max(1, int(np.ceil(s / side))) for s in high - low)
    x, y = low[0] + side * (np.arange(nx) + 0.5), low[1] + side * (np.arange(ny) + 0.5)
    grid = np.column_stack([g.ravel() for g in np.meshgrid(x, y)])
    counts = family.multiplicity(grid).reshape(ny, nx)
    return counts, (
        float(low[0]),
        float(low[0] + nx * side),
        float(low[1]),
        float(low[1] + ny * side),
    )
