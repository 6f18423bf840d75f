"""Figures of direction curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ._style import axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ..kakeya import DirectionCurve


def plot_direction_curve(
    curve: DirectionCurve,
    nulls: Sequence[DirectionCurve] | Mapping[str, DirectionCurve] = (),
    *,
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

    Examples
    --------
    >>> import relugeom as rg
    >>> axes = rg.kakeya.DirectionSet([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> ax = rg.plotting.plot_direction_curve(axes.curve())
    >>> ax.get_xscale(), ax.get_yscale()
    ('log', 'log')
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
    ax.axhspan(
        max(total / 10, 1), max(total, 1) * 1.3, color="0.5", alpha=0.12, linewidth=0,
        label="above T/10: saturated",
    )  # fmt: skip
    ax.axhline(total, color="0.4", linewidth=0.8, linestyle=":", label=f"T = {total} directions")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(0.8, max(total, 1) * 1.3)
    ax.set_xlabel("angle θ (radians)")
    ax.set_ylabel("N(θ), number of directions")
    ax.set_title("Distinct directions by angle (grey: above T/10, saturated)", fontsize=10)
    ax.legend(fontsize=8, frameon=False)
    return ax
