"""Bounds that stand beside a direction set: planar tubes, dimensions, finite families."""

from __future__ import annotations

from math import ceil, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import positive_int
from ..errors import InvalidInputError
from .caps import ball_volume, packing_bounds
from .directions import DirectionSet
from .nets import angles_to
from .planar import perron_area, perron_bound

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

__all__ = [
    "DimensionBound",
    "PlanarArea",
    "cauchy_schwarz",
    "cordoba_lower",
    "de_caen",
    "dimension_bounds",
    "isotropic_packing",
    "perron_area",
    "perron_bound",
    "planar_areas",
]


class DimensionBound(NamedTuple):
    """A lower bound on the dimension of Kakeya sets in R^d, or the conjectured value.

    ``status`` is "theorem" or "open".
    """

    name: str
    value: float
    status: str
    reference: str
    year: int


class PlanarArea(NamedTuple):
    """A reference area for planar sets in which a unit needle can be turned."""

    name: str
    area: float
    meaning: str
    reference: str


def cordoba_lower(n_tubes: int) -> float:
    """Return a lower bound on the area of a union of N planar tubes of size 1 by 1/N.

    For one tube in each direction ``k pi / N``, wherever the tubes lie,
    ``area >= 1 / (1 + S_N / N)``, ``S_N = sum_{0<k<N} 1/sin(k pi / N)``: Córdoba's L2 argument
    (1977) with its constant, about ``pi / (2 ln N)``. The tubes' areas sum to 1, so this is also
    the fraction of that sum which no arrangement can go below.

    Parameters
    ----------
    n_tubes : int
        N, at least 1; cost O(N).

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
    total, block = 0.0, 2**20
    for start in range(1, n // 2 + 1, block):  # sin(k pi/N) = sin((N-k) pi/N)
        k = np.arange(start, min(start + block, n // 2 + 1))
        total += float(np.sum(np.where(2 * k == n, 1.0, 2.0) / np.sin(k * (pi / n))))
    return 1.0 / (1.0 + total / n)


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
        Radius of the tubes, positive, in units of their length.

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
    return float(np.sum(volume**2 / sums))


def cauchy_schwarz(directions: DirectionSet | ArrayLike, delta: float) -> float:
    """Return Córdoba's lower bound on the volume of a union of tubes from their angles alone.

    As `de_caen`, which is at least as large: ``(sum |T|)^2 / sum_ij |T_i & T_j|`` (Córdoba 1977),
    with the same bound on the intersections.

    Examples
    --------
    >>> round(cauchy_schwarz([[1, 0], [0, 1]], 0.05), 4)
    0.1818
    """
    volume, sums = _overlap_bounds(directions, delta)
    return (volume * len(sums)) ** 2 / float(sums.sum())


def _overlap_bounds(directions: DirectionSet | ArrayLike, delta: float) -> tuple[float, FloatArray]:
    """Return the volume of a tube, and for each the sum of the bounds on its intersections."""
    if not isinstance(directions, DirectionSet):
        directions = DirectionSet(directions)
    d, rows = directions.dim, directions.vectors
    if d < 2:
        raise InvalidInputError(f"`directions` must live in dimension 2 or more; got {d}")
    if not 0.0 < delta < np.inf:
        raise InvalidInputError(f"`delta` must be positive and finite; got {delta}")
    volume = ball_volume(d - 1) * delta ** (d - 1)
    cross = 4.0 * ball_volume(d - 2) * delta**d
    sums = np.empty(len(rows))
    for i, row in enumerate(rows):
        with np.errstate(divide="ignore"):
            sums[i] = np.minimum(volume, cross / np.sin(angles_to(rows, row, True))).sum()
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
    if not 1.0 <= k < np.inf:
        raise InvalidInputError(f"`k` must be a dimension of at least 1; got {k}")
    if theta > (pi / 2 if projective else pi):
        return 1.0, 1.0
    return packing_bounds(ceil(k), theta, projective=projective)


def dimension_bounds(d: int) -> tuple[DimensionBound, ...]:
    """Return known lower bounds on the Hausdorff dimension of Kakeya sets in R^d.

    A selection of landmarks, not claimed to be the best known in every dimension. The last row is
    the conjectured value d: a theorem for d <= 3, open for d >= 4.

    Parameters
    ----------
    d : int
        Dimension, at least 1.

    Examples
    --------
    >>> dimension_bounds(4)[-1].status
    'open'
    """
    d = positive_int("d", d)
    rows = [
        DimensionBound("bush", (d + 1) / 2, "theorem", "Bourgain, GAFA 1", 1991),
        DimensionBound(
            "hairbrush", min((d + 2) / 2, d), "theorem", "Wolff, Rev. Mat. Iberoam. 11", 1995
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
        text = "Kakeya conjecture: no theorem for the full conjecture in d >= 4"
        full = DimensionBound("full dimension", float(d), "open", text, 1971)
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
