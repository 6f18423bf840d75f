"""A path over the true loss of a plane of parameter space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._style import INK, PALETTE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._check import FloatArray, IntArray
    from ..paths import LossPlane

_SIZES = (14.0, 150.0)  # of the largest markers, in square points
_MOST_MARKS = 60
_TICKS = (INK, PALETTE[5], PALETTE[3], PALETTE[2])


def plot_loss_plane(shown: LossPlane, *, ax: Axes | None = None) -> Axes:
    """Draw the loss on a plane, and a path over it, coloured by its own true loss.

    Contours belong to the plane, colours of the path to the path: where they differ, the plane
    does not show what the path sees. Markers grow with the distance from the plane.

    Parameters
    ----------
    shown : LossPlane
        From `relugeom.loss_plane`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Ticks beside the path are its crossings, one track and colour a layer.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> shown = rg.loss_plane(path, X, [1.0, 0.0, 1.0], resolution=9)
    >>> ax = rg.plotting.plot_loss_plane(shown)
    >>> ax.get_aspect()
    1.0
    """
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LogNorm, Normalize

    ax = axes(ax, (8.6, 7.4))
    x, y = shown.grid
    finite = np.concatenate([shown.loss[np.isfinite(shown.loss)], shown.path_loss])
    low, high = float(finite.min()), float(np.quantile(finite, 0.98))
    low = max(low, 1e-6 * high)
    logarithmic = high > 5 * low > 0
    norm = LogNorm(low, high) if logarithmic else Normalize(low, high)
    levels = np.geomspace(low, high, 18) if logarithmic else np.linspace(low, high, 18)
    values = np.clip(np.nan_to_num(shown.loss, nan=high), low, high)
    filled = ax.contourf(x, y, values, levels=levels, norm=norm, cmap="viridis", alpha=0.75)
    at = shown.coordinates
    ax.plot(*at.T, color="white", linewidth=3.4, zorder=3)
    pieces = list(np.stack([at[:-1], at[1:]], axis=1))
    middle = 0.5 * (shown.path_loss[:-1] + shown.path_loss[1:])
    path = LineCollection(pieces, cmap="viridis", norm=norm, linewidths=2.0, zorder=4)
    path.set_array(np.clip(middle, low, high))
    ax.add_collection(path)
    _ticks(ax, shown)
    every = np.unique(np.linspace(0, len(at) - 1, _MOST_MARKS).astype(int))
    largest = float(shown.residuals.max())
    share = shown.residuals[every] / largest if largest > 0 else np.zeros(len(every))
    ax.scatter(
        at[every, 0], at[every, 1], s=_SIZES[0] + (_SIZES[1] - _SIZES[0]) * share,
        c=shown.path_loss[every], cmap="viridis", norm=norm, edgecolors=INK, linewidths=0.6,
        zorder=6, label=f"points; the largest is {largest:.2g} off the plane",
    )  # fmt: skip
    for name, place, marker in (("start", at[0], "s"), ("end", at[-1], "*")):
        ax.plot(*place, marker, color="white", markeredgecolor=INK, markersize=12, zorder=7,
                linestyle="none", label=name)  # fmt: skip
    bar = ax.figure.colorbar(filled, ax=ax, fraction=0.05, pad=0.02, format="%.2g")
    bar.set_label(f"loss ({shown.loss_name.replace('_', ' ')}): plane filled, path as a line")
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    ax.set_aspect("equal")
    ax.set_xlabel("first axis of the plane (units of the parameters)")
    ax.set_ylabel("second axis (units of the parameters)")
    gap = shown.projected_loss - shown.path_loss
    worst = int(np.argmax(np.abs(gap)))
    ax.set_title(
        f"Loss {shown.path_loss[0]:.3g} to {shown.path_loss[-1]:.3g} in {len(at) - 1} steps; the "
        f"plane holds {shown.share:.0%} of the squared distances.\nAt step {worst} it shows "
        f"{shown.projected_loss[worst]:.3g} where the path has {shown.path_loss[worst]:.3g}",
        fontsize=10,
    )
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, -0.12), ncols=3, fontsize=8, frameon=False)
    return ax


def _ticks(ax: Axes, shown: LossPlane) -> None:
    """Draw a tick beside the path at each crossing, one track a layer."""
    from matplotlib.collections import LineCollection

    events, at = shown.events, shown.coordinates
    size = 0.018 * float((shown.domain.upper - shown.domain.lower).max())
    for layer in np.unique(events.layer):
        own = events.layer == layer
        track = size * (1.0 + int(layer) + np.array([0.0, 0.85]))
        ticks = _beside(at, events.step[own], events.t[own], track)
        ax.add_collection(
            LineCollection(
                list(ticks), linewidths=0.7, zorder=5, colors=_TICKS[int(layer) % len(_TICKS)],
                alpha=max(0.3, min(1.0, 300 / max(int(own.sum()), 1))),
                label=f"crossing in layer {layer + 1}: {own.sum():,}",
            )
        )  # fmt: skip


def _beside(at: FloatArray, step: IntArray, t: FloatArray, track: FloatArray) -> FloatArray:
    """Return segments on the left of the path at its moments (step, t), shape (n, 2, 2)."""
    move = at[step + 1] - at[step]
    place = at[step] + t[:, None] * move
    length = np.maximum(np.linalg.norm(move, axis=1), 1e-300)[:, None]
    normal = np.column_stack([-move[:, 1], move[:, 0]]) / length
    return np.stack([place + distance * normal for distance in track], axis=1)
