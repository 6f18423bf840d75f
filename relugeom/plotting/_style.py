"""Colours and Axes that the figures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from shapely import Polygon

    from .._check import FloatArray

#: Okabe & Ito (2008): distinguishable with every common colour blindness.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
INK = "#222222"


def axes(ax: Axes | None, size: tuple[float, float] = (7.0, 5.2)) -> Axes:
    """Return ``ax``, or new Axes in a figure of ``size`` inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def tint(colour: str, share: float) -> tuple[float, float, float]:
    """Mix ``share`` of a colour with white."""
    from matplotlib.colors import to_rgb

    mixed = 1.0 - share * (1.0 - np.array(to_rgb(colour)))
    return float(mixed[0]), float(mixed[1]), float(mixed[2])


def of_class(k: int) -> str:
    """Return the colour of class k."""
    return PALETTE[k % len(PALETTE)]


def rings(polygons: list[Polygon]) -> list[FloatArray]:
    """Return the corners of shapely polygons, one array each."""
    import shapely

    corners, owner = shapely.get_coordinates(polygons, return_index=True)
    return np.split(corners, np.flatnonzero(np.diff(owner)) + 1)


def legend_beside(ax: Axes) -> None:
    """Put the legend right of the Axes, where it hides nothing."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(
            loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, frameon=False,
            fontsize=8,
        )  # fmt: skip
