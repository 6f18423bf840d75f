"""Bounds on unions of tubes: computable ones from angles alone, and the table of theorems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, exp, lgamma, log, pi, sqrt
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from .._check import number, positive_int
from .._table import Table, brief
from ..errors import InvalidInputError
from .caps import ball_volume, packing_bounds
from .directions import DirectionSet
from .nets import angles_to
from .perron import perron_area, perron_bound
from .theorems import (
    DimensionBound,
    MaximalBound,
    PlanarArea,
    dimension_bounds,
    maximal_bounds,
    open_in,
    planar_areas,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

__all__ = [
    "DimensionBound",
    "MaximalBound",
    "PlanarArea",
    "Statement",
    "Statements",
    "cauchy_schwarz",
    "cordoba_lower",
    "de_caen",
    "dimension_bounds",
    "isotropic_packing",
    "maximal_bounds",
    "perron_area",
    "perron_bound",
    "planar_areas",
    "table",
]

_MAX_SUMMED = 2**22


def cordoba_lower(n_tubes: int) -> float:
    """Return a lower bound on the area of a union of N planar tubes of size 1 by 1/N.

    For one tube in each direction ``k pi / N``, wherever the tubes lie,
    ``area >= 1 / (1 + S_N / N)``, ``S_N = sum_{0<k<N} 1/sin(k pi / N)``: Córdoba's L2 argument
    (1977) with its constant, about ``pi / (2 ln N)``. The tubes' areas sum to 1, so this is also
    the fraction of that sum which no arrangement can go below.

    Parameters
    ----------
    n_tubes : int
        N, at least 1. The sum is made up to N = 2^22; beyond, its upper bound
        ``(2N/pi) (ln(2N/pi) + gamma)`` stands for it, which exceeds it by about pi/(36 N).

    Returns
    -------
    float
        Area, in units of the square of the tubes' length.

    Examples
    --------
    >>> round(cordoba_lower(16), 10)
    0.3515278901
    """
    n = positive_int("n_tubes", n_tubes)
    if n > _MAX_SUMMED:
        return 1.0 / (1.0 + 2.0 / pi * (log(n) + log(2.0 / pi) + np.euler_gamma))
    k = np.arange(1, n // 2 + 1)  # sin(k pi/N) = sin((N-k) pi/N)
    return 1.0 / (1.0 + float(np.sum(np.where(2 * k == n, 1.0, 2.0) / np.sin(k * (pi / n)))) / n)


def de_caen(directions: DirectionSet | ArrayLike, delta: float) -> float:
    """Return a lower bound on the volume of a union of tubes from their angles alone.

    One tube of length 1 and radius delta in each direction, wherever they lie: with
    ``|T_i & T_j| <= min(|T|, 4 w_(d-2) delta^d / sin(angle_ij))`` (two infinite cylinders),
    de Caen's inequality (1997) gives ``|union| >= sum_i |T|^2 / sum_j |T_i & T_j|``.

    Parameters
    ----------
    directions : DirectionSet or array_like, shape (n, d)
        d >= 2; angles are those of lines.
    delta : float
        Radius of the tubes, positive, at most 1000, in units of their length.

    Returns
    -------
    float
        Volume in those units; cost O(n^2 d).

    Examples
    --------
    >>> angles = np.arange(16) * np.pi / 16
    >>> fan = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> round(de_caen(fan, 1 / 32), 10) == round(cordoba_lower(16), 10)
    True
    """
    volume, sums = _overlap_bounds(directions, delta)
    return volume * float(np.sum(1.0 / sums))


def cauchy_schwarz(directions: DirectionSet | ArrayLike, delta: float) -> float:
    """Return Córdoba's lower bound on the volume of a union of tubes from their angles alone.

    As `de_caen`, which is at least as large: ``(sum |T|)^2 / sum_ij |T_i & T_j|`` (Córdoba 1977),
    with the same bound on the intersections.

    Parameters
    ----------
    directions : DirectionSet or array_like, shape (n, d)
    delta : float
        Radius.

    Returns
    -------
    float

    Examples
    --------
    >>> round(cauchy_schwarz([[1, 0], [0, 1]], 0.05), 4)
    0.1818
    """
    volume, sums = _overlap_bounds(directions, delta)
    return volume * len(sums) ** 2 / float(sums.sum())


def _overlap_bounds(directions: DirectionSet | ArrayLike, delta: float) -> tuple[float, FloatArray]:
    """Return the volume of a tube, and for each the bounds on its intersections over that, summed.

    In high dimension the volume may underflow to 0, which is still a lower bound.
    """
    if not isinstance(directions, DirectionSet):
        directions = DirectionSet(directions)
    d, rows = directions.dim, directions.vectors
    if d < 2:
        raise InvalidInputError(f"`directions` must live in dimension 2 or more; got {d}")
    delta = number("delta", delta, "(0, 1e3]")
    volume = ball_volume(d - 1) * exp((d - 1) * log(delta))
    # w_(d-2) / w_(d-1)
    cross = 4.0 * delta * exp(lgamma((d + 1) / 2) - lgamma(d / 2)) / sqrt(pi)
    sums = np.empty(len(rows))
    for i, row in enumerate(rows):
        with np.errstate(divide="ignore"):
            sums[i] = np.minimum(1.0, cross / np.sin(angles_to(rows, row, True))).sum()
    return volume, sums


def isotropic_packing(k: float, theta: float, *, projective: bool = True) -> tuple[float, float]:
    """Return bounds on the number of theta-separated directions in dimension ceil(k).

    All directions of a ceil(k)-dimensional space have covering and packing numbers between the two.
    So ``upper`` bounds N(theta) of any set of directions that lies in such a space, and a set that
    fills the space evenly reaches at least ``lower``.

    Parameters
    ----------
    k : float
        Dimension, at least 1; a fraction is rounded up.
    theta : float
        Angle in radians; beyond the largest possible one there is room for one direction.
    projective : bool, default True
        Lines through 0, with angles up to pi/2; else unit vectors, up to pi.

    Returns
    -------
    lower, upper : float
        ``upper`` is inf where it overflows.

    Examples
    --------
    >>> [round(v, 6) for v in isotropic_packing(1.6, np.pi / 8)]
    [4.0, 8.0]
    """
    k = number("k", k, "[1, 1e9]")
    if number("theta", theta, "(0, inf)") > (pi / 2 if projective else pi):
        return 1.0, 1.0
    return packing_bounds(ceil(k), theta, projective=projective)


@brief
class Statement(NamedTuple):
    """What is known about unions of tubes, or believed.

    ``value`` is None where a theorem gives none, or it underflows, and ``meaning`` says what it is.
    ``kind`` is "theorem", "theorem, sticky sets only", or "open": then ``reference`` and ``year``
    are those of who says so. ``quantity`` says what it is about, ``name`` which result it is,
    ``statement`` what it says.

    Examples
    --------
    >>> first = table(3, 0.1).statements[0]
    >>> first.quantity, first.kind
    ('dimension', 'theorem')
    """

    quantity: str
    name: str
    value: float | None
    meaning: str
    kind: str
    statement: str
    reference: str
    year: int


@dataclass(frozen=True, eq=False, repr=False)
class Statements(Table):
    """What is known about unions of tubes in R^d; made by `table`.

    Attributes
    ----------
    dim : int
    delta : float
        Radius of the tubes.
    statements : tuple of Statement

    Examples
    --------
    >>> table(3, 0.1)
    Statements(7 statements)
    """

    dim: int
    delta: float
    statements: tuple[Statement, ...]

    _UNIT: ClassVar[str] = "statements"

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a statement, with the fields of `Statement`."""
        return [line._asdict() for line in self.statements]

    def __str__(self) -> str:
        lines = []
        for s in self.statements:
            value = "" if s.value is None else f"{s.value:.6g} "
            lines.append(f"{s.quantity}, {s.name} [{s.kind}]: {value}({s.meaning})")
            lines += [f"    {s.statement}", f"    {s.reference}, {s.year}"]
        return "\n".join(lines)


def table(d: int, delta: float) -> Statements:
    """Return what is known about unions of tubes in R^d, a row a statement.

    For tubes of length 1 and radius delta in delta-separated directions: bounds on the dimension of
    Kakeya sets, on the volume of unions, and on the maximal function.

    Parameters
    ----------
    d : int
        Dimension, at least 1.
    delta : float
        Below 1/2, and at least 1e-300.

    Returns
    -------
    Statements
        With ``rows()``, ``to_pandas()`` and ``save(file)``.

    Examples
    --------
    >>> {row.kind for row in table(3, 0.01).statements if row.quantity == "volume"}
    {'theorem'}
    >>> [row.name for row in table(5, 0.01).statements if row.kind == "open"]
    ['full dimension', 'full volume', 'maximal conjecture']
    """
    d = positive_int("d", d, maximum=10**6)
    delta = number("delta", delta, "[1e-300, 0.5)")
    return Statements(d, delta, tuple(_statements(d, delta)))


def _statements(d: int, delta: float) -> Iterator[Statement]:
    for bound in dimension_bounds(d):
        proved = bound.kind == "theorem"
        yield Statement(
            "dimension", bound.name, bound.value, "lower bound" if proved else "conjectured",
            bound.kind, ("" if proved else "conjecture: ")
            + f"Kakeya sets in R^{d} have Hausdorff dimension at least {bound.value:.6g}",
            bound.reference, bound.year,
        )  # fmt: skip
    if d == 4:
        yield Statement(
            "dimension", "sticky sets", 3.25, "lower bound", "theorem, sticky sets only",
            "sticky Kakeya sets in R^4 have Hausdorff dimension at least 3.25",
            "arXiv 2410.23579", 2024,
        )  # fmt: skip
    if d == 1:
        return
    yield from _volumes(d, delta)
    for line in maximal_bounds(d, delta):
        meaning = "scale; constant unknown" if line.kind == "theorem" else "conjectured scale"
        yield Statement(
            "maximal function", line.name, line.scale, meaning, line.kind, line.statement,
            line.reference, line.year,
        )  # fmt: skip


def _volumes(d: int, delta: float) -> list[Statement]:
    if d == 2:
        width = 2.0 * delta
        n = int(1.0 / width + 1e-9)
        cosecants = n * (1.0 / cordoba_lower(n) - 1.0)
        value = n * width / (1.0 + width * cosecants)
        text = f"{n} tubes 1 by {width:g} in directions k pi/{n} cover at least this area"
        return [Statement(
            "volume", "Córdoba", value, "lower bound, explicit", "theorem", text,
            "Córdoba, Amer. J. Math. 99; constant derived here", 1977,
        )]  # fmt: skip
    if d == 3:
        text = (
            "for every eps there is K: delta-tubes T of the unit ball in separated directions, and "
            "Y(T) in T with |Y(T)| >= lambda |T|, have |union of Y(T)| >= delta^eps lambda^K "
            "sum |T| once delta is small"
        )
        return [Statement(
            "volume", "Wang-Zahl", None, "no explicit constant", "theorem", text,
            "Wang & Zahl, arXiv 2502.17655, Theorem 1.2", 2025,
        )]  # fmt: skip
    text = f"|union| >= c_eps delta^({(d - 2) / 2:g} + eps) for 1 tube in each separated direction"
    conjecture = "conjecture: |union| >= c_eps delta^eps for 1 tube in each separated direction"
    return [
        Statement(
            "volume", "hairbrush", delta ** ((d - 2) / 2) or None, "scale; constant unknown",
            "theorem", text, "Wolff, Rev. Mat. Iberoam. 11", 1995,
        ),
        Statement(
            "volume", "full volume", 1.0, "conjectured scale", "open", conjecture,
            *open_in(d),
        ),
    ]  # fmt: skip
