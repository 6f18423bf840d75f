"""Figures of Kakeya sets over finite fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError
from ..kakeya import finite_field
from ._style import INK, PALETTE, axes, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

_BARS = ("DKSS", "Dvir", "Bukh-Chao", "Blokhuis-Mazzocca")


def plot_finite_field_set(
    q: int = 5, points: ArrayLike | None = None, *, ax: Axes | None = None
) -> Axes:
    r"""Draw a set in the plane F_q^2 as cells, and in each direction a line that it holds.

    A line joins its points in the order in which it runs; where it leaves the square it comes in
    again on the other side.

    Parameters
    ----------
    q : int
        A prime.
    points : array_like of int, shape (m, 2), optional
        By default `relugeom.kakeya.finite_field.construction`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidInputError
        If q is no prime: lines over other fields do not run straight.

    Examples
    --------
    >>> import relugeom as rg
    >>> ax = rg.plotting.plot_finite_field_set(3)
    >>> ax.get_aspect()
    1.0
    """
    from matplotlib import colormaps

    if finite_field.prime_and_power(q)[1] != 1:
        raise InvalidInputError(f"`q` must be a prime; got {q}")
    cells = finite_field.construction(q, 2) if points is None else np.asarray(points)
    missing = {tuple(v) for v in finite_field.missing_directions(cells, q).tolist()}
    held = np.zeros((q, q), dtype=bool)
    held[tuple(cells.T)] = True
    ax = axes(ax, (5.2, 5.4))
    ax.imshow(
        held.T, origin="lower", extent=(-0.5, q - 0.5, -0.5, q - 0.5), vmin=0, vmax=1,
        cmap=_two_colours(), zorder=0,
    )  # fmt: skip
    every = finite_field.directions(q, 2)
    colours: Any = PALETTE[: len(every)]
    if len(every) > len(PALETTE):
        colours = colormaps["turbo"](np.linspace(0.05, 0.95, len(every)))
    for i, (v, of_direction) in enumerate(zip(every, finite_field.lines(q, 2), strict=True)):
        if tuple(v.tolist()) in missing:
            continue
        line = next(own for own in of_direction if held.ravel()[own].all())
        x, y = np.divmod(line, q)
        shift = 0.28 * ((i + 0.5) / len(every) - 0.5)
        ax.plot(x + shift, y - shift, "o", color=colours[i], markersize=4.5, zorder=3)
        step = v.copy()
        step[step > q // 2] -= q
        for a, b in zip(x, y, strict=True):
            for sign in (-0.5, 0.5):
                ax.plot(
                    [a + shift, a + shift + sign * step[0]],
                    [b - shift, b - shift + sign * step[1]],
                    color=colours[i], linewidth=1.0, alpha=0.7, zorder=2,
                )  # fmt: skip
    ax.set_xticks(np.arange(q))
    ax.set_yticks(np.arange(q))
    ax.set_xticks(np.arange(q + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(q + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="both", length=0)
    ax.set_xlim(-0.5, q - 0.5)
    ax.set_ylim(-0.5, q - 0.5)
    size = int(held.sum())
    found = "a line in each direction" if not missing else f"{len(missing)} directions missing"
    ax.set_title(
        f"{size} of the {q * q} points of the plane over F_{q}: {found}\n"
        f"({q + 1} directions; the least size is {finite_field.blokhuis_mazzocca(q)})",
        fontsize=10,
    )
    return ax


def plot_finite_field_bounds(
    spaces: Sequence[tuple[int, int]] = ((3, 2), (5, 2), (7, 2), (3, 3), (5, 3), (7, 3), (3, 4)),
    *,
    least: dict[tuple[int, int], int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw lower bounds on Kakeya sets in F_q^n and the construction, as shares of all points.

    Parameters
    ----------
    spaces : sequence of (q, n)
    least : mapping from (q, n) to sizes, optional
        Least sizes that are known, as from `relugeom.kakeya.finite_field.minimum`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import relugeom as rg
    >>> ax = rg.plotting.plot_finite_field_bounds([(3, 2), (5, 2)])
    >>> len(ax.get_xticks())
    2
    """
    ax = axes(ax, (8.0, 4.4))
    known = least or {}
    colours = dict(zip(_BARS, (PALETTE[1], PALETTE[4], PALETTE[0], PALETTE[2]), strict=True))
    labelled: set[str] = set()
    for at, (q, n) in enumerate(spaces):
        bars = {row.name: row.points for row in finite_field.lower_bounds(q, n)}
        sizes: list[tuple[str, int, Any]] = [
            (name, bars[name], colours[name]) for name in _BARS if name in bars
        ]
        if (q, n) in known:
            sizes.append(("least, by integer programming", known[q, n], PALETTE[5]))
        sizes.append(("construction", finite_field.construction_size(q, n), tint(INK, 0.55)))
        width = 0.84 / len(sizes)
        for i, (name, size, colour) in enumerate(sizes):
            x = at + (i - 0.5 * (len(sizes) - 1)) * width
            label = None if name in labelled else name
            labelled.add(name)
            ax.bar(x, size / q**n, width * 0.92, color=colour, label=label)
            ax.text(x, size / q**n + 0.01, str(size), ha="center", fontsize=7, color=INK)
    ax.set_xticks(range(len(spaces)), [f"q = {q}, n = {n}\n{q**n} points" for q, n in spaces])
    ax.tick_params(axis="x", length=0, labelsize=8)
    ax.set_ylabel("share of the points of the space")
    ax.set_ylim(0, 1.0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_title(
        "Kakeya sets over finite fields: lower bounds, and the size of a construction",
        fontsize=10,
    )
    ax.legend(fontsize=8, frameon=False, ncols=3, loc="upper center")
    return ax


def _two_colours() -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap([tint(INK, 0.06), tint(PALETTE[0], 0.28)])
