"""How a family of tubes looks at coarser scales, and along each tube: stickiness and two ends."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import frozen, instance, number, positive_int
from .._table import brief
from ..errors import InvalidInputError, ShapeError
from .nets import angles_to, farthest_points
from .tubes import TubeFamily

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray, IntArray


@brief
class Stickiness(NamedTuple):
    """Sizes of covers of the lines of a family by rho-tubes; see `sticky_exponent`.

    ``rho`` falls from 1/2 to delta; ``covers`` is N_rho and ``directions`` M_rho, the size of a net
    of the directions alone. ``exponents`` are ``log N_rho / log(1/rho) - (d - 1)``, in which
    constants weigh at large rho; ``excess`` are ``log(N_rho / M_rho) / log(1/rho)``, in which they
    cancel.
    ``exponent`` and ``largest_excess`` are the largest of them.
    """

    rho: FloatArray
    covers: IntArray
    directions: IntArray
    exponents: FloatArray
    excess: FloatArray
    exponent: float
    largest_excess: float
    note: str


def sticky_exponent(family: TubeFamily) -> Stickiness:
    """Return how many more rho-tubes the lines of a family need than directions alone would.

    A family with about delta^-(d-1) tubes in separated directions is sticky when N_rho is about
    rho^-(d-1) at every scale, as many as for the directions alone: excess near 0. The distance of
    two lines is the larger of the angle between them and the distance of their points nearest to
    the family's middle; N_rho is the size of a farthest-point net at rho = 1/2, 1/4, ..., delta.
    Our operational definition.

    Parameters
    ----------
    family : TubeFamily
        delta below 1/2.

    Returns
    -------
    Stickiness

    Raises
    ------
    InvalidInputError
        If ``delta`` is not below 1/2.

    Examples
    --------
    >>> from relugeom.kakeya import TubeFamily
    >>> angle = np.arange(64) * np.pi / 64
    >>> bush = TubeFamily.bush(np.column_stack([np.cos(angle), np.sin(angle)]), 1 / 64)
    >>> sticky_exponent(bush).covers
    array([ 4,  8, 16, 32, 64, 64])
    """
    instance("family", family, TubeFamily)
    if family.delta >= 0.5:
        raise InvalidInputError(f"`family` must have delta below 1/2; got {family.delta}")
    halves = 2.0 ** -np.arange(1.0, -log2(family.delta) - 1e-9)
    rho = np.append(halves, family.delta)
    _, radii = _line_order(family, float(rho[-1]))
    covers = np.array([int(np.sum(radii >= r)) for r in rho])
    alone = farthest_points(family.directions, True, len(family), 0, float(rho[-1]))[1]
    directions = np.array([int(np.sum(alone >= r)) for r in rho])
    exponents = np.log(covers) / np.log(1.0 / rho) - (family.dim - 1)
    excess = np.log(covers / directions) / np.log(1.0 / rho)
    return Stickiness(
        rho=frozen(rho),
        covers=frozen(covers),
        directions=frozen(directions),
        exponents=frozen(exponents),
        excess=frozen(excess),
        exponent=float(exponents.max()),
        largest_excess=float(excess.max()),
        note=family.note,
    )


def coarse_tubes(family: TubeFamily, rho: float) -> TubeFamily:
    """Return tubes of radius rho about a net of the family's tubes: N_rho of `sticky_exponent`.

    Each line of the family is within rho, in angle and offset, of the axis of one of them.

    Parameters
    ----------
    family : TubeFamily
    rho : float
        Radius of the coarse tubes.

    Returns
    -------
    TubeFamily

    Examples
    --------
    >>> from relugeom.kakeya import TubeFamily
    >>> coarse_tubes(TubeFamily.bush([[1, 0], [1, 0.01], [0, 1]], 0.01), 0.1)
    TubeFamily(2 tubes 1 by 0.1 in R^2)
    """
    instance("family", family, TubeFamily)
    rho = number("rho", rho, f"[{family.delta}, inf)")
    order, _ = _line_order(family, rho)
    return family.subset(order).with_delta(rho)


def _line_order(family: TubeFamily, until: float) -> tuple[IntArray, FloatArray]:
    """Return the lines in farthest-point order with their insertion radii."""
    u = family.directions
    centre = family.centres - family.centres.mean(axis=0)
    foot = centre - np.sum(centre * u, axis=1)[:, None] * u
    order, radii, distance, new = [0], [np.inf], np.full(len(u), np.inf), 0
    while True:
        gap = np.linalg.norm(foot - foot[new], axis=1)
        np.minimum(distance, np.maximum(gap, angles_to(u, u[new], True)), out=distance)
        distance[new] = 0.0
        new = int(np.argmax(distance))
        if distance[new] < until or distance[new] <= 0:
            return np.array(order), np.array(radii)
        order.append(new)
        radii.append(float(distance[new]))


def heavy_shading(family: TubeFamily, k: int, cells: int = 64) -> BoolArray:
    """Return where along each axis at least k tubes lie over it.

    A natural shading Y(T) of the tubes; cells are equal parts of the axis, judged at their middles.

    Parameters
    ----------
    family : TubeFamily
    k : int
    cells : int, default 64

    Returns
    -------
    ndarray of bool, shape (n, cells)

    Examples
    --------
    >>> from relugeom.kakeya import TubeFamily
    >>> cross = TubeFamily([[1, 0], [0, 1]], [[0, 0], [0, 0]], 0.25)
    >>> heavy_shading(cross, 2, cells=4)[0]
    array([False,  True,  True, False])
    """
    instance("family", family, TubeFamily)
    m, n = positive_int("cells", cells, maximum=10**6), len(family)
    at = (np.arange(m) + 0.5) / m - 0.5
    middles = family.centres[:, None] + at[:, None] * family.directions[:, None]
    counts = family.multiplicity(middles.reshape(n * m, family.dim))
    heavy: BoolArray = (counts >= positive_int("k", k)).reshape(n, m)
    return heavy


def two_ends_constant(shading: ArrayLike, epsilon: float) -> FloatArray:
    """Return for each tube the two-ends constant of its shading.

    The largest ``|Y(T) & B(x, r)| / (r^epsilon |Y(T)|)`` over balls about points of the axis: a
    shading has two ends when that is bounded, so that no short piece holds most of it. The shading
    is read in cells of a tube of length 1, so r runs over half-lengths of runs of cells.

    Parameters
    ----------
    shading : array_like of bool, shape (n, cells)
        As from `heavy_shading`.
    epsilon : float
        In (0, 1].

    Returns
    -------
    ndarray, shape (n,)
        NaN for an empty shading.

    Raises
    ------
    ShapeError
        If ``shading`` is no table of cells.

    Examples
    --------
    >>> two_ends_constant([[True] * 8, [True] + [False] * 7], 1.0)
    array([ 2., 16.])
    """
    cells = np.asarray(shading)
    if cells.ndim != 2 or cells.shape[1] == 0:
        raise ShapeError(f"`shading` must have shape (n, cells); got {cells.shape}")
    epsilon = number("epsilon", epsilon, "(0, 1]")
    n, m = cells.shape
    sums = np.zeros((n, m + 1))
    np.cumsum(cells.astype(bool), axis=1, out=sums[:, 1:])
    best = np.zeros(n)
    for run in range(1, m + 1):
        most = (sums[:, run:] - sums[:, : m + 1 - run]).max(axis=1)
        np.maximum(best, most * (run / (2.0 * m)) ** -epsilon, out=best)
    total = sums[:, -1]
    return np.where(total > 0, best / np.where(total > 0, total, 1.0), np.nan)
