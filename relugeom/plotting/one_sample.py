"""One sample along a path: when its neurons switch, and the polynomials whose roots those are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._check import points
from ..errors import InvalidInputError
from ..paths.crossing_table import check_events
from ._style import INK, PALETTE
from .paths import plot_event_raster

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..paths import Crossings, OptimizerPath

_FINE = 24  # points a step
_MOST_CURVES = 6  # of a layer


def plot_one_sample(
    path: OptimizerPath,
    X: ArrayLike,
    events: Crossings,
    sample: int,
    *,
    window: tuple[int, int] | None = None,
    figure: Figure | None = None,
) -> Figure:
    """Draw the switching of one sample's neurons, and below their pre-activations with the roots.

    Along a step the pre-activations of layer l are continuous, piecewise polynomials of degree up
    to l; a crossing is a root at which the sign changes.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    events : Crossings
        ``crossings(path, X)``.
    sample : int
    window : tuple of two int, optional
        Steps over which the polynomials are drawn; by default about a tenth of them, with most
        crossings that the masks at ends of steps miss, else with most crossings.
    figure : matplotlib Figure, optional
        Empty.

    Returns
    -------
    matplotlib Figure
        Above the raster of `plot_event_raster`, with the window grey; below one Axes a layer.
        There the neurons that flip most are drawn; those in grey do not.

    Raises
    ------
    InvalidInputError
        If ``events`` are not those of the path and samples, or there is no such window.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> events = rg.crossings(path, X)
    >>> figure = rg.plotting.plot_one_sample(path, X, events, 0)
    >>> len(figure.axes)
    2
    """
    import matplotlib.pyplot as plt

    data = points("X", X, path.start.input_dim)
    check_events(events, path, len(data))
    if not len(path):
        raise InvalidInputError("`path` must have a step; got none")
    if figure is None:
        figure = plt.figure(figsize=(11.0, 4.6 + 1.9 * len(events.widths)), layout="constrained")
    depth = len(events.widths)
    panels = figure.subplots(1 + depth, 1, height_ratios=[2.2, *[1.0] * depth])
    top = plot_event_raster(events, sample=sample, ax=panels[0])
    first, last = _window(events, sample) if window is None else window
    if not 0 <= first < last <= len(path):
        raise InvalidInputError(
            f"`window` must be two steps between 0 and {len(path)}, increasing; got {window}"
        )
    top.axvspan(first, last, color="0.5", alpha=0.15, linewidth=0, zorder=0)
    times, values = _preactivations(path, data[sample], first, last)
    for layer, ax in enumerate(panels[1:]):
        _draw_layer(ax, events, sample, layer, times, values[layer], (first, last))
    panels[-1].set_xlabel("time (steps); the window is grey above")
    return figure


def _window(events: Crossings, sample: int) -> tuple[int, int]:
    total = events.n_steps
    own = events.sample == sample
    size = min(max(total // 10, 4), total)
    place = (events.step[own] * 64 + events.layer[own]) * 2**20 + events.neuron[own]
    _, index, count = np.unique(place, return_index=True, return_counts=True)
    weight = np.zeros(total)
    np.add.at(weight, events.step[own], 1.0)
    np.add.at(weight, events.step[own][index], 1000.0 * (count // 2))
    sums = np.convolve(weight, np.ones(size), mode="valid")
    first = int(np.argmax(sums))
    return first, first + size


def _preactivations(
    path: OptimizerPath, x: FloatArray, first: int, last: int
) -> tuple[FloatArray, list[FloatArray]]:
    """Return times, and for each layer the pre-activations at them."""
    theta = path.canonical(slice(first, last + 1))
    net = path.start
    inner = np.arange(_FINE) / _FINE
    times = np.append((np.arange(first, last)[:, None] + inner).ravel(), float(last))
    between = theta[:-1, None] + inner[:, None] * np.diff(theta, axis=0)[:, None]
    rows = np.vstack([between.reshape(-1, theta.shape[1]), theta[-1:]])
    values: list[list[FloatArray]] = [[] for _ in net.widths]
    for row in rows:
        for layer, z in enumerate(net.with_parameters(row).preactivations(x[None])):
            values[layer].append(z[0])
    return times, [np.array(v) for v in values]


def _draw_layer(
    ax: Axes,
    events: Crossings,
    sample: int,
    layer: int,
    times: FloatArray,
    z: FloatArray,
    window: tuple[int, int],
) -> None:
    first, last = window
    use = (events.sample == sample) & (events.layer == layer)
    use &= (events.step >= first) & (events.step < last)
    flips = np.bincount(events.neuron[use], minlength=z.shape[1])
    chosen: IntArray = np.argsort(-flips, kind="stable")[: min(_MOST_CURVES, z.shape[1])]
    chosen = chosen[flips[chosen] > 0]
    when = events.step[use] + events.t[use]
    ax.axhline(0.0, color=INK, linewidth=0.8)
    for i, neuron in enumerate(chosen.tolist()):
        colour = PALETTE[i % len(PALETTE)]
        ax.plot(times, z[:, neuron], color=colour, linewidth=1.3, label=f"neuron {neuron}")
        roots = when[events.neuron[use] == neuron]
        ax.plot(roots, np.zeros(len(roots)), "o", color=colour, markersize=4, zorder=3)
        whole, count = np.unique(roots.astype(int), return_counts=True)
        for step in whole[count > 1]:
            twice = roots[roots.astype(int) == step]
            ax.plot(twice, np.zeros(len(twice)), "o", color="none", markeredgecolor=INK,
                    markersize=10, zorder=4)  # fmt: skip
    if not len(chosen):
        near = np.argsort(np.abs(z).min(axis=0), kind="stable")[:_MOST_CURVES]
        ax.plot(times, z[:, near], color="0.7", linewidth=1.0)
    else:
        reach = 1.15 * float(np.abs(z[:, chosen]).max())
        ax.set_ylim(-reach, reach)
        ax.legend(fontsize=7.5, frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    shown = int(flips[chosen].sum())
    note = f", of {flips.sum():,}" if shown < flips.sum() else ""
    if not shown:
        note = ": the neurons nearest to 0 are grey"
    ax.set_title(
        f"layer {layer + 1}, degree at most {layer + 1}: {shown:,} roots drawn in steps "
        f"{first} to {last}{note}",
        fontsize=9,
    )
    ax.set_xlim(first, last)
    ax.set_ylabel("z (pre-activation)")
