"""Figures of the directions of an optimizer path."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import acos, degrees, pi
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import choice
from ..errors import InvalidInputError
from ._style import INK, PALETTE, axes, legend_beside, tint
from .kakeya import plot_direction_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from mpl_toolkits.mplot3d import Axes3D

    from .._check import FloatArray, IntArray
    from ..paths import DirectionalComplexity

_MARKERS = "osD^v<>P"
_COLOURS = {"walk": PALETTE[1], "isotropic": PALETTE[4], "ema": PALETTE[5], "shuffle": PALETTE[2]}


def plot_directional_complexity(
    complexity: DirectionalComplexity, *, ax: Axes | None = None
) -> Axes:
    """Draw N(theta) of a path, its bracket, and the mean of each null model dashed.

    Parameters
    ----------
    complexity : DirectionalComplexity
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Where the packing exponent was fitted, a line of that slope is drawn.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> complexity = rg.directional_complexity(path, n_nulls=2)
    >>> ax = rg.plotting.plot_directional_complexity(complexity)
    >>> ax.get_xscale(), ax.get_yscale()
    ('log', 'log')
    """
    curve = complexity.curve
    # lengths do not matter, and the isotropic null differs from the walk in nothing else
    shown = {k: v.mean(axis=0) for k, v in complexity.null_curves.items() if k != "isotropic"}
    nulls = {
        f"null: {_null(name, complexity)}": replace(curve, count=count)
        for name, count in shown.items()
    }
    ax = plot_direction_curve(curve, nulls, ax=axes(ax, (7.0, 4.8)))
    for name, line in zip(shown, ax.lines[1:], strict=False):
        line.set_color(_COLOURS[name])
    packing = next(row for row in complexity.exponents if row.name == "packing")
    if np.isnan(packing.value):
        ax.plot([], [], " ", label=f"no slope ({packing.reason})")
    else:
        error = f" ± {packing.error:.2g}" if packing.error == packing.error else " (no error)"
        slope = f"slope {packing.value:.2f}{error} from {packing.low:.2g} to {packing.high:.2g} rad"
        ends = np.array([packing.low, packing.high])
        middle = np.exp(np.interp(
            np.log(ends.prod()) / 2, np.log(curve.theta[::-1]), np.log(curve.count[::-1])
        ))  # fmt: skip
        line = middle * (ends / np.sqrt(ends.prod())) ** -packing.value
        ax.plot(ends, line, color=INK, linewidth=2.5, alpha=0.6, label=f"window, {slope}")
    # the least of a few plain angles at which the number of steps does not limit the count
    plain = [int(np.argmin(np.abs(np.log(curve.theta / a)))) for a in pi / 12 * np.arange(1, 6)]
    at = next((i for i in plain if 10 * curve.count[i] <= curve.n_directions), plain[-1])
    seen = (
        f"{len(complexity.sample)} {complexity.what} hold {curve.count[at]} directions "
        f"{degrees(curve.theta[at]):.0f}° apart"
    )
    others = "; ".join(f"{_null(k, complexity)}: {count[at]:.0f}" for k, count in shown.items())
    ax.set_title(seen + (f"\n{others}" if others else ""), fontsize=10)
    ax.legend(fontsize=8, frameon=True, framealpha=0.85, edgecolor="none", loc="lower left")
    return ax


def plot_direction_gram(complexity: DirectionalComplexity, *, ax: Axes | None = None) -> Axes:
    """Draw |cos| of the angles between all pairs of directions, over time, and the turning above.

    Parameters
    ----------
    complexity : DirectionalComplexity
    ax : matplotlib Axes, optional
        For the square; the total turning so far is drawn above it, with the nulls dashed.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> complexity = rg.directional_complexity(path, n_nulls=2)
    >>> ax = rg.plotting.plot_direction_gram(complexity)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('step t', 'step s')
    """
    if ax is None:
        import matplotlib.pyplot as plt

        new = plt.figure(figsize=(6.4, 7.6))
        new.set_layout_engine("constrained", rect=(0.0, 0.02, 1.0, 0.94))
        ax = new.subplots()
    gram, when = complexity.gram(), complexity.steps[complexity.sample]
    edges = _edges(when)
    image = ax.pcolormesh(edges, edges, gram, vmin=0, vmax=1, cmap="magma", rasterized=True)
    ax.set_aspect("equal")
    ax.invert_yaxis()
    what = "vector" if complexity.of != "updates" else "step"
    ax.set_xlabel(f"{what} t")
    ax.set_ylabel(f"{what} s")
    ax.figure.colorbar(image, ax=ax, shrink=0.75, label="|cos| of the angle between s and t")
    above = ax.inset_axes((0.0, 1.03, 1.0, 0.3), sharex=ax)
    total = np.concatenate([[0.0], np.cumsum(complexity.angles)])
    above.plot(complexity.steps, total, color=PALETTE[0])
    for name, drawn in complexity.nulls.items():
        mean = float(drawn["mean_turn"].mean())
        if name != "isotropic" and mean == mean:
            rate = mean * np.arange(len(total))
            above.plot(
                complexity.steps, rate, "--", color=_COLOURS[name], linewidth=1,
                label=f"null: {_null(name, complexity)}",
            )  # fmt: skip
    above.set_ylim(0, max(1.25 * total[-1], 1e-3))
    above.tick_params(labelbottom=False)
    above.set_ylabel("turning so far (rad)")
    if above.get_legend_handles_labels()[0]:
        above.legend(fontsize=7, frameon=False, loc="lower right")
    m, far = len(gram), len(gram) // 2
    if m > 2:
        near = float(np.diagonal(gram, 1).mean())
        away = float(np.mean([gram[i, i + far :].mean() for i in range(m - far)]))
        even = np.sqrt(2.0 / (pi * complexity.dim))
        finding = (
            f"{complexity.what.capitalize()} next to each other share |cos| = {near:.3g}, half "
            f"a run\napart or more {away:.3g}; isotropic ones in R^{complexity.dim}: {even:.2g}"
        )
    else:
        finding = f"{m} {complexity.what}"
    above.set_title(finding, fontsize=10)
    return ax


def plot_turning(complexity: DirectionalComplexity, *, ax: Axes | None = None) -> Axes:
    """Draw the angle between successive directions over time, and what the nulls turn by.

    Parameters
    ----------
    complexity : DirectionalComplexity
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidInputError
        If there are fewer than two vectors.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> complexity = rg.directional_complexity(path, n_nulls=2)
    >>> ax = rg.plotting.plot_turning(complexity)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('step t', 'angle to the one before (rad)')
    """
    if not len(complexity.angles):
        raise InvalidInputError("`complexity` must have two vectors to turn between; got one")
    ax = axes(ax, (7.6, 4.2))
    when, angle = complexity.steps[1:], complexity.angles
    ax.plot(when, angle, ".", color=tint(PALETTE[0], 0.45), markersize=4, label="one turn")
    window = max(1, len(angle) // 20)
    if window > 1:
        padded = np.pad(angle, (window // 2, window - 1 - window // 2), mode="edge")
        middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, window), axis=1)
        ax.plot(when, middle, color=PALETTE[0], label=f"median of {window}")
    # independent steps are orthogonal on average, whatever their law, if it is symmetric
    ax.axhline(pi / 2, color=_COLOURS["walk"], linestyle="--", label="null: independent steps, π/2")
    if complexity.beta:
        ax.axhline(
            acos(complexity.beta), color=_COLOURS["ema"], linestyle="--",
            label=f"null: averaged noise, arccos {complexity.beta:g} = {acos(complexity.beta):.3g}",
        )  # fmt: skip
    if "shuffle" in complexity.nulls:
        mean = float(complexity.nulls["shuffle"]["mean_turn"].mean())
        ax.axhline(
            mean, color=_COLOURS["shuffle"], linestyle="--", label=f"null: shuffled, {mean:.3g}"
        )
    ax.set_ylim(0, max(1.05 * float(angle.max()), 1.1 * pi / 2))
    ax.set_xlabel("step t" if complexity.of == "updates" else "vector t")
    ax.set_ylabel("angle to the one before (rad)")
    finding = f"{complexity.what.capitalize()} turn by {complexity.mean_turn:.3g} rad on average"
    if complexity.beta:
        noise = acos(complexity.beta)
        less = complexity.mean_turn / noise
        finding += f",\n{less:.2f} times what noise averaged with β = {complexity.beta:g} does"
    finding += (
        f"\ntotal {complexity.turning:.4g} rad (by random hyperplanes "
        f"{complexity.crofton.value:.4g} ± {complexity.crofton.error:.2g})"
    )
    ax.set_title(finding, fontsize=10)
    legend_beside(ax)
    return ax


def plot_tantrix(complexity: DirectionalComplexity, *, ax: Axes3D | None = None) -> Axes3D:
    """Draw the directions as points of the sphere of their three main axes, joined in time.

    Parameters
    ----------
    complexity : DirectionalComplexity
    ax : matplotlib Axes3D, optional

    Returns
    -------
    matplotlib Axes3D
        Each direction is projected on the three axes and back to the sphere.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> complexity = rg.directional_complexity(path, n_nulls=2)
    >>> ax = rg.plotting.plot_tantrix(complexity)
    >>> ax.name
    '3d'
    """
    if ax is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(6.4, 5.6), layout="constrained")
        ax = figure.add_subplot(projection="3d")
    from mpl_toolkits.mplot3d.art3d import Line3DCollection

    values, vectors = np.linalg.eigh(complexity.cosines)
    values, vectors = np.maximum(values[::-1][:3], 0.0), vectors[:, ::-1][:, :3]
    points = np.zeros((len(vectors), 3))
    points[:, : len(values)] = vectors * np.sqrt(values)
    share = float(np.mean(np.sum(points**2, axis=1)))
    points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    ax.computed_zorder = False
    u, v = np.meshgrid(np.linspace(0, 2 * pi, 25), np.linspace(0, pi, 13))
    ax.plot_wireframe(
        np.cos(u) * np.sin(v), np.sin(u) * np.sin(v), np.cos(v), color="0.85", linewidth=0.4,
        zorder=1,
    )  # fmt: skip
    when = complexity.steps[complexity.sample]
    arcs = [_arc(a, b) for a, b in pairwise(points)]
    if arcs:
        lines = Line3DCollection(arcs, cmap="viridis", linewidths=0.8, alpha=0.7, zorder=2)
        lines.set_array(when[1:].astype(float))
        ax.add_collection3d(lines)
    marks = ax.scatter(*points.T, c=when, cmap="viridis", s=9, depthshade=False, zorder=3)
    for name, row, marker in (("first", points[0], "^"), ("last", points[-1], "s")):
        ax.scatter(
            *row[:, None], color=PALETTE[5], edgecolor=INK, s=60, marker=marker, label=name,
            depthshade=False, zorder=4,
        )  # fmt: skip
    ax.figure.colorbar(marks, ax=ax, shrink=0.6, pad=0.1, label="step t")
    names = [f"axis {i} ({value / len(points):.0%})" for i, value in enumerate(values, start=1)]
    for name, place in zip(names, (ax.set_xlabel, ax.set_ylabel, ax.set_zlabel), strict=False):
        place(name)
    for setter in (ax.set_xticks, ax.set_yticks, ax.set_zticks):
        setter([-1, 0, 1])
    ax.set_box_aspect((1, 1, 1))
    ax.legend(fontsize=8, frameon=False, loc="upper left")
    ax.set_title(
        f"{share:.0%} of the squared length of {len(points)} directions of {complexity.what}\n"
        "lies in three axes; on the sphere of these:",
        fontsize=10,
    )
    return ax


def plot_scree(
    complexity: DirectionalComplexity, *, spectrum: str = "unit", ax: Axes | None = None
) -> Axes:
    """Draw a spectrum with every effective dimension on it, beside nulls and that of positions.

    Parameters
    ----------
    complexity : DirectionalComplexity
    spectrum : str, default "unit"
        "raw", "unit", "raw_centred" or "unit_centred": of the vectors in ``complexity.sample``.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Dashed: mean spectra of the nulls, and 6 / (pi k)^2, that of positions of a random walk.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> complexity = rg.directional_complexity(path, n_nulls=2)
    >>> ax = rg.plotting.plot_scree(complexity)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('k, rank of the eigenvalue', 'share of the sum of eigenvalues')
    """
    ax = axes(ax, (8.6, 5.2))
    own = complexity.eigenvalues[choice("spectrum", spectrum, tuple(complexity.eigenvalues))]
    share, floor = _shares(own), 1e-7
    k = np.arange(1, len(share) + 1)
    ax.plot(k, share, color=PALETTE[0], linewidth=2, label=f"{complexity.what}, {spectrum}")
    for name, spectra in complexity.null_eigenvalues.items():
        if name == "isotropic" and spectrum.startswith("unit"):
            continue
        null = _shares(spectra[spectrum])
        ax.plot(
            np.arange(1, len(null) + 1), null, "--", color=_COLOURS[name], linewidth=1,
            label=f"null: {_null(name, complexity)}",
        )  # fmt: skip
    places = _shares(complexity.position_eigenvalues)
    j = np.arange(1, len(places) + 1)
    ax.plot(j, places, color=PALETTE[3], linewidth=1.2, label="positions, centred")
    ax.plot(
        j, 6.0 / (pi * j) ** 2, "--", color=PALETTE[3], linewidth=1,
        label="null: positions of a walk, 6/(πk)²",
    )  # fmt: skip
    found = {kind: complexity.sampled[f"{kind}_{spectrum}"] for kind in complexity.kinds}
    good = {kind: d for kind, d in found.items() if np.isfinite(d)}
    for i, (kind, d) in enumerate(good.items()):
        height = np.exp(np.interp(np.log(d), np.log(k), np.log(np.maximum(share, floor))))
        ax.plot(
            [d], [height], _MARKERS[i % len(_MARKERS)], color=INK, markerfacecolor="white",
            markersize=7, zorder=3, label=f"{kind.replace('_', ' ')}: {d:.3g}",
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(floor, 1.5)
    ax.set_xlabel("k, rank of the eigenvalue")
    ax.set_ylabel("share of the sum of eigenvalues")
    if len(good) > 1:
        low, high = min(good, key=good.__getitem__), max(good, key=good.__getitem__)
        ax.set_title(
            f"One spectrum, from {good[low]:.3g} ({low.replace('_', ' ')}) to {good[high]:.3g} "
            f"({high.replace('_', ' ')}) effective dimensions"
            + _by_noise(complexity, spectrum, low, high),
            fontsize=10,
        )
    legend_beside(ax)
    return ax


def _by_noise(complexity: DirectionalComplexity, spectrum: str, low: str, high: str) -> str:
    """Say what the same two definitions give for the strictest null."""
    null = "ema" if "ema" in complexity.nulls else "walk"
    if null not in complexity.nulls:
        return ""
    drawn = complexity.nulls[null]
    ends = [float(drawn[f"{kind}_{spectrum}"].mean()) for kind in (low, high)]
    return f"\nthe same two of the null, {_null(null, complexity)}: {ends[0]:.3g} and {ends[1]:.3g}"


def _null(name: str, complexity: DirectionalComplexity) -> str:
    names = {
        "walk": "independent steps",
        "isotropic": "independent steps of one length",
        "ema": f"noise averaged with β = {complexity.beta}",
        "shuffle": "shuffled",
    }
    return names[name]


def _shares(values: FloatArray) -> FloatArray:
    found: FloatArray = np.asarray(values / max(float(values.sum()), 1e-300))
    return found


def _edges(when: IntArray) -> FloatArray:
    """Return the borders of cells around increasing times."""
    if len(when) == 1:
        return np.array([when[0] - 0.5, when[0] + 0.5])
    middle = (when[1:] + when[:-1]) / 2.0
    ends: Any = [2 * when[0] - middle[0]], [2 * when[-1] - middle[-1]]
    return np.concatenate([ends[0], middle, ends[1]])


def _arc(a: FloatArray, b: FloatArray, n: int = 8) -> FloatArray:
    """Return points of the great circle from a to b."""
    points = a + np.linspace(0, 1, n)[:, None] * (b - a)
    size = np.linalg.norm(points, axis=1, keepdims=True)
    arc: FloatArray = points / np.maximum(size, 1e-9)
    return arc
