"""A comparison in words, made of its rows."""

from __future__ import annotations

from math import isinf, isnan
from typing import TYPE_CHECKING

from .tube_table import ALL, SEPARATED, sticky_slope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .comparison import Comparison
    from .direction_table import DirectionTable
    from .tube_table import TubeTable

STICKY, NOT_STICKY = 0.15, 0.4  # slopes, our thresholds
_THIN = 0.2  # of a unit volume: tubes that cannot be made to overlap


def verdict(comparison: Comparison) -> tuple[str, ...]:
    """Return the sentences of `Comparison.verdict`."""
    null = comparison.null_name
    found = list(_on_directions(comparison.directions, null))
    for table in comparison.tubes:
        found += _on_tubes(table, null)
    return tuple(found)


def _on_directions(table: DirectionTable, null: str) -> Iterator[str]:
    curve, total = table.curve, table.curve.n_directions
    use = table.resolved
    most = int(curve.count[curve.theta >= 1e-6].max(initial=0))
    if total >= 20 and most < 3:
        few = "one line" if most == 1 else "two lines"
        yield f"The {total} directions are {few}: no other is apart from them by 1e-6 rad."
        return
    if use.sum() < 2:
        yield (
            f"N(theta) of {total} directions goes past T/10 at once: they are too few, or too "
            "spread out, to tell a dimension."
        )
        return
    theta = curve.theta[use]
    low, middle, high = table.filling_range
    text = f"The directions fill {_about(middle, table)}"
    text += " (" if _short(low) == _short(high) else f" ({_short(low)} to {_short(high)} "
    text += f"between {theta.min():.2g} and {theta.max():.2g} rad, where N(theta) is 3 to T/10)"
    if table.d_eff:
        names = ", ".join(f"{name} {value:.3g}" for name, value in table.d_eff.items())
        text += f"; d_eff: {names}"
    i = int(use.nonzero()[0][use.sum() // 2])
    text += f". At {curve.theta[i]:.2g} rad there are {curve.count[i]} of at most T = {total}"
    if len(table.walk):
        walk = table.walk[:, i].mean()
        text += f"; in the null ({null}, in all {table.dim} dimensions) {walk:.4g}"
    yield text + "."


def _on_tubes(table: TubeTable, null: str) -> Iterator[str]:
    tubes, n = table.tubes, len(table.tubes.family)
    every, apart = table.measures[ALL], table.measures[SEPARATED]
    m, u = every["mean multiplicity"], apart["mean multiplicity"]
    text = (
        f"On the first {table.rank} axes ({tubes.energy:.0%} of the squared lengths) {n} tubes of "
        f"radius {tubes.family.delta:.2g} overlap {m.value:.3g}-fold"
    )
    low, high = table.null(ALL, "mean multiplicity")
    if not isnan(low):
        more = "more than" if m.low > high else "less than" if m.high < low else "as much as"
        text += f", {more} in the null ({null}; {len(table.nulls)} draws: "
        text += f"{low:.3g} to {high:.3g})"
    text += (
        f"; one for each of {apart['number of tubes'].value:.0f} separated directions, "
        f"{u.value:.3g}-fold"
    )
    if apart["sum of volumes"].value < _THIN:
        text += (
            f", and could do little else: their volumes sum to {apart['sum of volumes'].value:.2g}"
        )
    else:
        text += f" of at most {apart['mean multiplicity at most'].value:.3g} (de Caen)"
    yield text + "."
    slope, fine, coarse = sticky_slope(table.stickiness, n)
    if isnan(slope):
        yield (
            f"Whether they are sticky cannot be told: at no two scales do 2 to a tenth of the {n} "
            "tubes stand apart."
        )
        return
    kind = "sticky" if slope <= STICKY else "not sticky"
    if STICKY < slope < NOT_STICKY:
        kind = f"neither sticky (slope up to {STICKY}) nor clearly not (from {NOT_STICKY})"
    text = (
        f"They are {kind} at radii rho from {fine:.2g} to {coarse:.2g}: coarse tubes per coarse "
        f"direction grow like rho^-s, s = {round(slope, 2) + 0.0:.2f}"
    )
    low, high = table.null(ALL, "sticky slope")
    if not isnan(low):
        text += f" (null {round(low, 2) + 0.0:.2f} to {round(high, 2) + 0.0:.2f})"
    theory = f"; {table.note}" if table.rank >= 4 else ""
    yield f"{text}{theory}."


def _about(value: float, table: DirectionTable) -> str:
    if isinf(value):
        return "more than 128 dimensions"
    if value >= table.dim - 1e-9:
        return f"all {table.dim} dimensions, as uniform ones would"
    return f"about as much as {value:.3g} dimensions filled evenly by as many would"


def _short(value: float) -> str:
    return "over 128" if isinf(value) else f"{value:.3g}"
