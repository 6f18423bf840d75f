"""How often a path turns back along walls, beside what its total turning leads to expect."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np

from ._style import INK, PALETTE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..paths import WallTurns


def plot_wall_turns(found: WallTurns, *, ax: Axes | None = None) -> Axes:
    """Draw the distribution of V, the changes of direction along first-layer walls.

    Parameters
    ----------
    found : WallTurns
        From `relugeom.paths.wall_turns`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Dashed: the same for isotropic normals, and total turning over pi, its expectation.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> a, b = net.parameters, -net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [a, b, a, b])
    >>> ax = rg.plotting.plot_wall_turns(rg.paths.wall_turns(path, [[0.5], [2.0]]))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('V, changes of direction along the normal of a wall', 'walls (neuron, sample) of layer 1')
    """
    ax = axes(ax, (8.4, 4.8))
    turns, null = found.turns, found.isotropic
    top = int(max(turns.max(initial=0), null.max(initial=0))) + 1
    width = max(1, -(-top // 40))
    edges = [float(v) - 0.5 for v in range(0, top + 2 * width, width)]
    ax.hist(turns, edges, color=PALETTE[0], alpha=0.75, label=f"walls of the data: {len(turns):,}")
    ax.hist(
        null, edges, histtype="step", linestyle="--", color=INK, linewidth=1.4,
        weights=np.full(len(null), len(turns) / max(len(null), 1)),
        label="null: isotropic normals",
    )  # fmt: skip
    mean = float(turns.mean()) if len(turns) else 0.0
    whole = found.total_turning / pi
    for value, colour, style, text in (
        (mean, PALETTE[0], "-", f"mean V = {mean:.2f}"),
        (found.expected, PALETTE[5], "--", f"κ/π of single neurons, mean = {found.expected:.2f}"),
        (whole, PALETTE[2], "--", f"κ/π of all parameters = {whole:.2f}"),
    ):
        ax.axvline(value, color=colour, linestyle=style, linewidth=1.8, label=text)
    still = int((found.runs == 0).sum())
    note = f" ({still:,} walls never move)" if still else ""
    ratio = mean / found.expected if found.expected else float("nan")
    ax.set_xlim(-0.5 - 0.01 * top, None)
    ax.set_xlabel("V, changes of direction along the normal of a wall")
    ax.set_ylabel("walls (neuron, sample) of layer 1")
    ax.set_title(
        f"The path turns back {mean:.2f} times along a wall{note}: {ratio:.2f} of what isotropic\n"
        f"walls would see; so at most {int(found.runs.sum()):,} crossings in layer 1",
        fontsize=10,
    )
    ax.legend(fontsize=8, frameon=False)
    return ax
