"""Known theorems and open conjectures about Kakeya sets, with their sources."""

from __future__ import annotations

from math import log, pi, sqrt
from typing import NamedTuple

from .._check import number, positive_int
from .._table import brief

_SURVEY = "Guth, arXiv 2604.03416", 2026


class DimensionBound(NamedTuple):
    """A lower bound on the dimension of Kakeya sets in R^d, or the conjectured value.

    ``kind`` is "theorem" or "open"; then the source is the one that says so.
    """

    name: str
    value: float
    kind: str
    reference: str
    year: int


class PlanarArea(NamedTuple):
    """A reference area for planar sets in which a unit needle can be turned."""

    name: str
    area: float
    meaning: str
    reference: str


@brief
class MaximalBound(NamedTuple):
    """A bound on the Kakeya maximal function, ``|f*_delta|_q <= C scale |f|_p``.

    ``f*_delta(u)`` is the largest mean of |f| over tubes of radius delta in direction u. Before
    ``scale`` stands an unknown constant C, and where the statement says so a factor
    delta^-epsilon. ``kind`` is "theorem" or "open".
    """

    name: str
    p: float
    scale: float
    kind: str
    statement: str
    reference: str
    year: int


def dimension_bounds(d: int) -> tuple[DimensionBound, ...]:
    """Return known lower bounds on the Hausdorff dimension of Kakeya sets in R^d.

    A selection of landmarks, not claimed to be the best known in every dimension. The last row is
    the conjectured value d: a theorem for d <= 3, open for d >= 4 (as of Guth's survey of 2026).

    Parameters
    ----------
    d : int
        Dimension, at least 1.

    Examples
    --------
    >>> dimension_bounds(4)[-1].kind
    'open'
    """
    d = positive_int("d", d, maximum=10**6)
    rows = []
    if d >= 3:
        rows = [
            DimensionBound("bush", (d + 1) / 2, "theorem", "Bourgain, GAFA 1", 1991),
            DimensionBound(
                "hairbrush", (d + 2) / 2, "theorem", "Wolff, Rev. Mat. Iberoam. 11", 1995
            ),
        ]
    if d >= 4:
        value = (2.0 - sqrt(2.0)) * (d - 4) + 3.0
        rows.append(
            DimensionBound("arithmetic", value, "theorem", "Katz & Tao, J. Anal. Math. 87", 2002)
        )
    if d == 4:
        rows.append(
            DimensionBound("planebrush", 3.059, "theorem", "Katz & Zahl, arXiv 1902.00989", 2019)
        )
    if d == 1:
        full = DimensionBound("full dimension", 1.0, "theorem", "trivial: a unit segment", 1917)
    elif d == 2:
        full = DimensionBound("full dimension", 2.0, "theorem", "Davies, Proc. Camb. 69", 1971)
    elif d == 3:
        full = DimensionBound(
            "full dimension", 3.0, "theorem", "Wang & Zahl, arXiv 2502.17655", 2025
        )
    else:
        full = DimensionBound("full dimension", float(d), "open", *open_in(d))
    return (*rows, full)


def planar_areas() -> tuple[PlanarArea, ...]:
    """Return reference areas of planar sets in which a unit needle can be turned.

    Examples
    --------
    >>> [row.name for row in planar_areas()][:2]
    ['disc', 'Reuleaux triangle']
    """
    return (
        PlanarArea("disc", pi / 4, "a needle set", "diameter 1"),
        PlanarArea("Reuleaux triangle", (pi - sqrt(3)) / 2, "a needle set", "width 1"),
        PlanarArea("equilateral triangle", 1 / sqrt(3), "least convex needle set", "Pál 1921"),
        PlanarArea("deltoid", pi / 8, "a needle set", "Kakeya 1917"),
        PlanarArea(
            "Bloom-Schoenberg",
            (5 - 2 * sqrt(2)) * pi / 24,
            "limit of star-shaped needle sets",
            "Cunningham & Schoenberg 1965",
        ),
        PlanarArea(
            "star-shaped lower bound",
            pi / 98,
            "no star-shaped needle set is smaller",
            "S. Li, arXiv 2509.05711",
        ),
        PlanarArea("all sets", 0.0, "infimum over all needle sets", "Besicovitch 1928"),
    )


def maximal_bounds(d: int, delta: float) -> tuple[MaximalBound, ...]:
    """Return known and conjectured bounds on the Kakeya maximal function in R^d.

    Parameters
    ----------
    d : int
        Dimension, at least 2.
    delta : float
        Below 1, and at least 1e-300.

    Examples
    --------
    >>> [(row.name, row.kind) for row in maximal_bounds(2, 0.01)]
    [('Córdoba', 'theorem')]
    >>> maximal_bounds(3, 0.01)[-1].kind
    'open'
    """
    d = positive_int("d", d, minimum=2, maximum=10**6)
    delta = number("delta", delta, "[1e-300, 1)")
    if d == 2:
        text = "|f*|_2 <= C sqrt(log(1/delta)) |f|_2, and the order is sharp"
        scale = sqrt(log(1.0 / delta))
        return (MaximalBound("Córdoba", 2.0, scale, "theorem", text, "Amer. J. Math. 99", 1977),)
    known = [
        ("bush", (d + 1) / 2, "Bourgain, GAFA 1", 1991),
        ("hairbrush", (d + 2) / 2, "Wolff, Rev. Mat. Iberoam. 11", 1995),
    ]
    if d == 4:
        known.append(("planebrush", 3.049, "Katz & Zahl, arXiv 1902.00989", 2019))
    rows = []
    for name, p, source, year in known:
        text = f"|f*|_q <= C_eps delta^(1 - {d}/p - eps) |f|_p, p = {p:g}, some q >= p"
        rows.append(MaximalBound(name, p, delta ** (1 - d / p), "theorem", text, source, year))
    text = f"|f*|_{d} <= C_eps delta^-eps |f|_{d}: the Kakeya maximal conjecture"
    return (*rows, MaximalBound("maximal conjecture", float(d), 1.0, "open", text, *open_in(d)))


def open_in(d: int) -> tuple[str, int]:
    """Return what to say of what is not proved in R^d, and the year of the source that says so."""
    source, year = ("Wang & Zahl, arXiv 2502.17655", 2025) if d == 3 else _SURVEY
    return f"no theorem: open in dimension {d} ({source})", year
