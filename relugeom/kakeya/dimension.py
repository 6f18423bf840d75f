"""Dimensions of a finite set of directions, each with the window of angles that it is read from.

A finite set has dimension 0. What is estimated is how counts grow over the angles that are present,
so every estimate carries its window, and no two estimators agree: show several, beside a null.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, log, nan, pi
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._check import RNG, choice, generator, instance, number, positive_int
from .._table import brief
from ..errors import InvalidInputError
from .directions import DirectionSet
from .nets import angle_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from .._check import FloatArray

_MAX_PAIRWISE = 4000  # directions, of which all pairs are looked at
_LEAST_REDRAWN = 20  # directions, of which half are drawn for an error


@brief
class DimensionEstimate(NamedTuple):
    """A dimension, with what it was read from.

    Attributes
    ----------
    name : str
    value : float
        NaN where there is too little to read it from.
    low, high : float
        The angles that it was read from, in radians.
    n : int
        Number of directions.
    reference : str
    error : float
        Standard error, from `block_bootstrap`; NaN where it was not asked for.
    reason : str
        What is missing where ``value`` is NaN.

    Examples
    --------
    >>> import relugeom as rg
    >>> lines = rg.kakeya.DirectionSet(np.random.default_rng(0).normal(size=(200, 3)))
    >>> found = two_nn(lines), local_growth(lines)
    >>> found[0].n, bool(found[1].doubling > 0)
    (200, True)
    """

    name: str
    value: float
    low: float
    high: float
    n: int
    reference: str
    error: float = nan
    reason: str = ""


class LocalGrowth(NamedTuple):
    """Doubling and Assouad numbers at the scales present; see `local_growth`.

    Attributes
    ----------
    doubling, assouad : float
    low, high : float
        The radii r < R, in radians, at which ``assouad`` was attained.
    n : int
        Number of directions.

    Examples
    --------
    >>> import relugeom as rg
    >>> lines = rg.kakeya.DirectionSet(np.random.default_rng(0).normal(size=(200, 3)))
    >>> found = two_nn(lines), local_growth(lines)
    >>> found[0].n, bool(found[1].doubling > 0)
    (200, True)
    """

    doubling: float
    assouad: float
    low: float
    high: float
    n: int


def estimates(
    directions: DirectionSet,
    *,
    max_directions: int = _MAX_PAIRWISE,
    n_draws: int = 0,
    block: int | None = None,
    rng: RNG = 0,
) -> tuple[DimensionEstimate, ...]:
    """Return all the estimates: packing slope, correlation, Levina-Bickel, TwoNN.

    Parameters
    ----------
    directions : DirectionSet
        In order of time, if errors are wanted.
    max_directions : int, default 4000
        If there are more, a random sample of so many is used for each.
    n_draws : int, default 0
        Draws of `block_bootstrap` for the standard errors; 0 for none. An error is NaN where fewer
        than half of the draws give the estimate. That of the packing slope is rather too large,
        since half of a set has a window half as long.
    block : int, optional
        As there.
    rng : Generator, int or None, default 0
        For the sample and the draws.

    Returns
    -------
    tuple of DimensionEstimate

    Examples
    --------
    >>> from relugeom.kakeya import nulls
    >>> circle = DirectionSet(nulls.isotropic(2000, 2, rng=0))
    >>> [round(row.value, 1) for row in estimates(circle)]
    [0.9, 1.0, 1.0, 1.0]
    """
    instance("directions", directions, DirectionSet)
    random = generator(rng)
    some = _sample(directions, max_directions, random)
    found = _all(some)
    if positive_int("n_draws", n_draws, minimum=0) and len(some) >= _LEAST_REDRAWN:
        draws = block_bootstrap(
            some, lambda s: [e.value for e in _all(s)], block=block, n_draws=n_draws, rng=random
        )
        for i, column in enumerate(draws.T):
            good = column[np.isfinite(column)]
            if len(good) > 1 and 2 * len(good) >= n_draws:
                found[i] = found[i]._replace(error=float(good.std(ddof=1)))
    return tuple(found)


def estimate(directions: DirectionSet, kind: str) -> DimensionEstimate:
    """Return one of the estimates by name; see `DirectionSet.dimension`.

    Parameters
    ----------
    directions : DirectionSet
    kind : str
        As of `DirectionSet.dimension`.

    Returns
    -------
    DimensionEstimate

    Examples
    --------
    >>> import relugeom as rg
    >>> lines = rg.kakeya.DirectionSet(np.random.default_rng(0).normal(size=(200, 3)))
    >>> round(estimate(lines, "two_nn").value)
    2
    """
    kinds: dict[str, Callable[[DirectionSet], DimensionEstimate]] = {
        "packing": packing_slope,
        "correlation": correlation_dimension,
        "levina_bickel": levina_bickel,
        "two_nn": two_nn,
    }
    return kinds[choice("kind", kind, tuple(kinds))](directions)


def packing_slope(
    directions: DirectionSet, window: tuple[int, int] | None = None
) -> DimensionEstimate:
    """Return the slope of log N(theta) against log(1/theta), by least squares over a window of N.

    The exponent of Kakeya geometry; biased low, the more so the higher the dimension. Above
    N = T/10 the curve says more about T than about the directions, and is never used.

    Parameters
    ----------
    directions : DirectionSet
    window : pair of int, optional
        N from and to. By default from ``2 (c + 1)``, c the correlation dimension rounded up, to
        T/10, and no estimate unless that is a factor of 2.

    Returns
    -------
    DimensionEstimate

    Raises
    ------
    InvalidInputError
        If the window is empty or goes beyond T/10.

    Examples
    --------
    >>> angle = np.arange(400) * np.pi / 400
    >>> lines = DirectionSet(np.column_stack([np.cos(angle), np.sin(angle)]))
    >>> packing_slope(lines, (2, 32)).value > 0.9
    True
    """
    instance("directions", directions, DirectionSet)
    top = len(directions) // 10
    given = window is not None
    if window is None:
        rough = correlation_dimension(directions).value
        window = (2 * (ceil(rough - 1e-9) + 1) if rough > 0 else 2, top)
    low, high = _pair("window", window)
    if given and not 1 < low < high <= top:
        raise InvalidInputError(
            f"`window` must have 1 < low < high <= n/10 = {top}; got {low} and {high}"
        )
    value = start = end = nan
    reason = ""
    if high - low < 3 or (not given and high < 2 * low):
        reason = f"no window: N from {low} to T/10 = {top}"
    else:
        _, radii = directions.farthest_point_order(high)
        angle = radii[low - 1 :]
        start, end = float(angle[-1]), float(angle[0])
        if start > 0 and end > start:
            value = float(np.polyfit(-np.log(angle), np.log(np.arange(low, high + 1)), 1)[0])
        else:
            reason = f"fewer than {high} distinct directions"
    reference = "slope of log N(theta), farthest-point net; our operational definition"
    return DimensionEstimate(
        "packing", value, start, end, len(directions), reference, reason=reason
    )


def packing_slopes(directions: DirectionSet) -> tuple[float, float]:
    """Return the least and largest slope of log N(theta) over all windows of a factor 4 or more.

    Windows of N from 2, 4, 8, ... to T/10; how far apart the two are says how well defined
    `packing_slope` is. NaN if there is no such window.

    Parameters
    ----------
    directions : DirectionSet

    Returns
    -------
    least, largest : float

    Examples
    --------
    >>> angle = np.arange(640) * np.pi / 640
    >>> low, high = packing_slopes(DirectionSet(np.column_stack([np.cos(angle), np.sin(angle)])))
    >>> 0.8 < low <= high < 1.3
    True
    """
    instance("directions", directions, DirectionSet)
    top = len(directions) // 10
    if top < 8:
        return nan, nan
    _, radii = directions.farthest_point_order(top)
    ends = [*2 ** np.arange(1, int(np.log2(top)) + 1), top]
    slopes = []
    for low in ends:
        for high in ends:
            angle = radii[low - 1 : high]
            if high >= 4 * low and angle[-1] > 0:
                y = np.log(np.arange(low, high + 1))
                slopes.append(float(np.polyfit(-np.log(angle), y, 1)[0]))
    return (min(slopes), max(slopes)) if slopes else (nan, nan)


def correlation_dimension(
    directions: DirectionSet, quantiles: tuple[float, float] = (0.001, 0.01)
) -> DimensionEstimate:
    """Return the growth of the number of close pairs between two quantiles of their angles.

    ``log(q1/q0) / log(theta1/theta0)``: the correlation integral of Grassberger & Procaccia
    (1983) between two of its values. Cost O(n^2 d); at most 4000 evenly spaced rows are used.

    Parameters
    ----------
    directions : DirectionSet
    quantiles : tuple of float

    Returns
    -------
    DimensionEstimate

    Raises
    ------
    InvalidInputError
        If ``quantiles`` do not rise between 0 and 1.

    Examples
    --------
    >>> from relugeom.kakeya import nulls
    >>> sphere = DirectionSet(nulls.isotropic(1000, 3, rng=0))
    >>> abs(correlation_dimension(sphere).value - 2) < 0.2
    True
    """
    instance("directions", directions, DirectionSet)
    low, high = _pair("quantiles", quantiles)
    if not 0.0 < low < high <= 1.0:
        raise InvalidInputError(f"`quantiles` must rise between 0 and 1; got {quantiles}")
    rows = directions.vectors[:: -(-len(directions) // _MAX_PAIRWISE)]
    n = len(rows)
    value, start, end, reason = nan, nan, nan, ""
    if n * (n - 1) / 2 * low < 1:
        reason = f"{n} directions have fewer than {1 / low:.6g} pairs"
    else:
        angles = angle_matrix(rows, rows, directions.projective)[np.triu_indices(n, 1)]
        start, end = (float(a) for a in np.quantile(angles, [low, high]))
        if 0 < start < end:
            value = log(high / low) / log(end / start)
        else:
            reason = f"the {low:.3g} and {high:.3g} quantiles of the angles are 0 or coincide"
    reference = "Grassberger & Procaccia, Physica D 9 (1983)"
    return DimensionEstimate("correlation", value, start, end, n, reference, reason=reason)


def levina_bickel(directions: DirectionSet, k: int = 10) -> DimensionEstimate:
    """Return the maximum likelihood estimate from the k nearest neighbours of each direction.

    Levina & Bickel (2004), with inverses averaged over the set as MacKay & Ghahramani (2005)
    propose: 1 over the mean of ``log(theta_k / theta_j)``, j < k. Copies of a direction
    are left out.

    Parameters
    ----------
    directions : DirectionSet
    k : int, default 10

    Returns
    -------
    DimensionEstimate

    Examples
    --------
    >>> from relugeom.kakeya import nulls
    >>> sphere = DirectionSet(nulls.isotropic(1000, 3, rng=0))
    >>> abs(levina_bickel(sphere).value - 2) < 0.2
    True
    """
    instance("directions", directions, DirectionSet)
    near = _neighbours(directions, positive_int("k", k, minimum=3))
    value = start = end = nan
    if len(near):
        start, end = float(np.median(near[:, 0])), float(np.median(near[:, -1]))
        spread = float(np.log(near[:, -1:] / near[:, :-1]).mean())
        value = 1.0 / spread if spread > 0 else nan
    reason = "" if value == value else _few(near, k)
    reference = "Levina & Bickel, NIPS 17 (2004); MacKay & Ghahramani (2005)"
    return DimensionEstimate(
        "levina_bickel", value, start, end, len(near), reference, reason=reason
    )


def two_nn(directions: DirectionSet, discard: float = 0.1) -> DimensionEstimate:
    """Return the estimate from the ratios of the second to the first neighbour's angle.

    Facco, d'Errico, Rodriguez & Laio (2017): the slope, through 0, of -log(1 - F) against the log
    of the ratio, F its empirical distribution, the largest ``discard`` of the ratios left out.

    Parameters
    ----------
    directions : DirectionSet
    discard : float, default 0.1

    Returns
    -------
    DimensionEstimate

    Examples
    --------
    >>> from relugeom.kakeya import nulls
    >>> sphere = DirectionSet(nulls.isotropic(1000, 3, rng=0))
    >>> abs(two_nn(sphere).value - 2) < 0.3
    True
    """
    instance("directions", directions, DirectionSet)
    discard = number("discard", discard, "[0, 1)")
    near = _neighbours(directions, 2)
    value = start = end = nan
    if len(near):
        start, end = (float(a) for a in np.median(near, axis=0))
        n = len(near)
        kept = min(int(n * (1.0 - discard)), n - 1)
        x = np.sort(np.log(near[:, 1] / near[:, 0]))[:kept]
        y = -np.log1p(-np.arange(1, kept + 1) / n)
        square = float(x @ x)
        value = float(x @ y) / square if square > 0 else nan
    reason = "" if value == value else _few(near, 2)
    reference = "Facco, d'Errico, Rodriguez & Laio, Sci. Rep. 7 (2017)"
    return DimensionEstimate("two_nn", value, start, end, len(near), reference, reason=reason)


def local_growth(
    directions: DirectionSet,
    *,
    min_ratio: float = 4.0,
    n_centres: int = 32,
    max_directions: int = 1000,
    rng: RNG = 0,
) -> LocalGrowth:
    """Return the doubling and Assouad numbers over the scales present in a finite set.

    With N(B, r) the size of the farthest-point net at angle r of a ball B(x, R) of the set:
    ``doubling`` is the largest log2 N(B(x, R), R/2), ``assouad`` the largest
    ``log N(B(x, R), r) / log(R/r)`` with ``R/r >= min_ratio``. Our operational definitions: x runs
    over a farthest-point net, R and r over the largest angle and its halves, as long as half of
    them are resolved.

    Parameters
    ----------
    directions : DirectionSet
    min_ratio : float, default 4
        Above 1.
    n_centres : int, default 32
    max_directions : int, default 1000
        If there are more, a random sample of so many is used.
    rng : Generator, int or None, default 0

    Returns
    -------
    LocalGrowth

    Examples
    --------
    >>> angle = np.arange(500) * np.pi / 500
    >>> lines = DirectionSet(np.column_stack([np.cos(angle), np.sin(angle)]))
    >>> 1.0 < local_growth(lines).assouad < 1.7
    True
    """
    instance("directions", directions, DirectionSet)
    min_ratio = number("min_ratio", min_ratio, "(1, inf)")
    some = _sample(directions, max_directions, rng)
    n = len(some)
    angles = angle_matrix(some.vectors, some.vectors, some.projective)
    centres, _ = some.farthest_point_order(positive_int("n_centres", n_centres))
    off = angles + np.where(np.eye(n, dtype=bool), np.inf, 0.0)
    finest = float(np.median(off.min(axis=1))) if n > 1 else pi
    top = float(angles.max())
    scales = []
    while top > 0 and top >= max(finest, 1e-12):
        scales.append(top)
        top /= 2.0
    doubling, assouad, low, high = 0.0, nan, nan, nan
    for x in centres:
        for big in scales:
            ball = np.flatnonzero(angles[x] <= big)
            radii = _net_radii(angles[np.ix_(ball, ball)], until=scales[-1])
            doubling = max(doubling, log(int(np.sum(radii >= big / 2.0))) / log(2.0))
            for small in scales:
                if big / small >= min_ratio:
                    value = log(int(np.sum(radii >= small))) / log(big / small)
                    if not value <= assouad:
                        assouad, low, high = value, small, big
    return LocalGrowth(doubling, assouad, low, high, n)


def block_bootstrap(
    directions: DirectionSet,
    statistic: Callable[[DirectionSet], ArrayLike],
    *,
    block: int | None = None,
    n_draws: int = 100,
    replace: bool = False,
    rng: RNG = 0,
) -> FloatArray:
    """Return a statistic of sets redrawn in contiguous blocks of time.

    By default half of the blocks, without replacement (the delete-half jackknife, Shao & Wu 1989,
    in blocks): the standard deviation of the values is then a standard error of the statistic of
    the whole set, and no direction is met twice. With ``replace`` as many blocks as there are, with
    replacement (Künsch 1989, without overlap): for statistics that copies do not harm. They do
    harm those of neighbours, and make nets too small.

    Parameters
    ----------
    directions : DirectionSet
        In order of time.
    statistic : callable
        From a DirectionSet to a number, or to several.
    block : int, optional
        Length of a block; by default the cube root of n, rounded. Should exceed the memory of the
        sequence.
    n_draws : int, default 100
    replace : bool, default False
    rng : Generator, int or None, default 0

    Returns
    -------
    ndarray, shape (n_draws,) or (n_draws, k)

    Raises
    ------
    InvalidInputError
        If there are not two blocks.

    Examples
    --------
    >>> from relugeom.kakeya import nulls
    >>> sphere = DirectionSet(nulls.isotropic(600, 3, rng=0))
    >>> draws = block_bootstrap(sphere, lambda s: two_nn(s).value, n_draws=20)
    >>> bool(0.02 < draws.std() < 0.3)
    True
    """
    instance("directions", directions, DirectionSet)
    n = len(directions)
    length = max(1, round(n ** (1 / 3))) if block is None else positive_int("block", block)
    blocks = np.array_split(np.arange(n), max(1, n // length))
    if len(blocks) < 2:
        raise InvalidInputError(f"`block` must be at most n/2 = {n // 2}; got {length}")
    random, values = generator(rng), []
    for _ in range(positive_int("n_draws", n_draws)):
        size = len(blocks) if replace else len(blocks) // 2
        chosen = np.sort(random.choice(len(blocks), size, replace=replace))
        rows = np.concatenate([blocks[i] for i in chosen])
        values.append(np.asarray(statistic(directions.subset(rows)), np.float64))
    return np.array(values)


def _all(some: DirectionSet) -> list[DimensionEstimate]:
    return [packing_slope(some), correlation_dimension(some), levina_bickel(some), two_nn(some)]


def _few(near: FloatArray, k: int) -> str:
    if not len(near):
        return f"no more than {k} distinct directions"
    return "the angles to neighbours coincide"


def _pair(name: str, value: tuple[Any, Any]) -> tuple[Any, Any]:
    pair = tuple(value) if isinstance(value, Iterable) else ()
    if len(pair) != 2 or not all(isinstance(v, Real) for v in pair):
        raise InvalidInputError(f"`{name}` must be a pair of numbers; got {value!r}")
    return pair[0], pair[1]


def _sample(directions: DirectionSet, size: int, rng: RNG) -> DirectionSet:
    n = len(directions)
    if n <= positive_int("max_directions", size):
        return directions
    return directions.subset(np.sort(generator(rng).choice(n, size, replace=False)))


def _neighbours(directions: DirectionSet, k: int) -> FloatArray:
    """Return the angles to the k nearest other directions, increasing, for each but copies."""
    rows, n = directions.vectors, len(directions)
    if n <= k:
        return np.empty((0, k))
    near, copy = [], np.zeros(n, dtype=bool)
    for at in range(0, n, 512):
        angles = angle_matrix(rows[at : at + 512], rows, directions.projective)
        i, j = np.nonzero(angles <= 1e-15)
        copy[at + i[j < at + i]] = True
        angles[i, j] = np.inf
        near.append(np.sort(np.partition(angles, k - 1, axis=1)[:, :k], axis=1))
    if copy.any():
        return _neighbours(directions.subset(~copy), k)
    return np.concatenate(near)


def _net_radii(angles: FloatArray, until: float) -> FloatArray:
    """Return the insertion radii of a farthest-point order, down to ``until``."""
    radii, distance = [np.inf], angles[0].copy()
    while True:
        new = int(np.argmax(distance))
        if distance[new] < until or distance[new] <= 0:
            return np.array(radii)
        radii.append(float(distance[new]))
        np.minimum(distance, angles[new], out=distance)
