"""Spherical caps: their measure in any dimension, and packing and covering bounds from it."""

from __future__ import annotations

from math import cos, exp, floor, inf, lgamma, log, log1p, pi, sin, sqrt

from scipy.special import betainc, betaln

from .._check import number, positive_int


def log_cap_measure(d: int, theta: float) -> float:
    """Return the log of the part of the unit sphere of R^d within angle theta of a point.

    ``sigma_d(theta) = I_x((d-1)/2, 1/2) / 2``, ``x = sin^2 theta``, for theta <= pi/2, and
    ``1 - sigma_d(pi - theta)`` beyond. Where the regularised incomplete beta function underflows,
    its continued fraction is used, so that d = 10^6 is no problem.

    Parameters
    ----------
    d : int
        Dimension of the space, at least 2.
    theta : float
        Angle in radians, from 0 to pi.

    Returns
    -------
    float
        Natural logarithm, -inf at theta = 0.

    Examples
    --------
    >>> round(exp(log_cap_measure(3, 0.3)), 12)
    0.022331755437
    """
    d = positive_int("d", d, minimum=2, maximum=_MAX_DIM)
    theta = _angle(theta)
    if theta == 0.0:
        return -inf
    if theta > pi / 2:
        return log1p(-exp(log_cap_measure(d, pi - theta)))
    if d == 2:
        return log(theta / pi)
    a, x = 0.5 * (d - 1), sin(theta) ** 2
    value = float(betainc(a, 0.5, x))
    if value > 1e-200:
        return log(value / 2.0)
    # x^a (1-x)^b / (a B(a, b)) / continued fraction (DLMF 8.17.22), b = 1/2; here x < a/(a + b)
    front = a * 2.0 * log(sin(theta)) + log(cos(theta)) - log(a) - float(betaln(a, 0.5))
    return front + log(_fraction(a, 0.5, x)) - log(2.0)


def cap_measure(d: int, theta: float) -> float:
    """Return the part of the unit sphere of R^d within angle theta of a point.

    Parameters
    ----------
    d : int
        Dimension of the space, at least 2.
    theta : float
        Angle in radians, from 0 to pi.

    Returns
    -------
    float

    Examples
    --------
    >>> round(cap_measure(10, 0.7), 14)
    0.00305138506449
    """
    return exp(log_cap_measure(d, theta))


def log_cap_bounds(d: int, theta: float) -> tuple[float, float]:
    """Return logs of elementary bounds on the cap measure, for 0 < theta < pi/2.

    ``c_d sin^(d-1) theta / (d - 1) <= sigma_d(theta) <= that / cos theta`` with
    ``c_d = Gamma(d/2) / (sqrt(pi) Gamma((d-1)/2))``.

    Parameters
    ----------
    d : int
        Dimension of the space.
    theta : float
        In radians.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> low, high = log_cap_bounds(10, 0.7)
    >>> low < log_cap_measure(10, 0.7) < high
    True
    """
    d = positive_int("d", d, minimum=2, maximum=_MAX_DIM)
    theta = number("theta", theta, f"(0, {pi / 2})")
    low = (d - 1) * log(sin(theta)) - log(d - 1) - float(betaln((d - 1) / 2.0, 0.5))
    return low, low - log(cos(theta))


def log_packing_bounds(d: int, theta: float, *, projective: bool = False) -> tuple[float, float]:
    """Return logs of bounds on the packing and covering numbers of the whole sphere.

    ``1 / sigma(theta) <= Cov(theta) <= A(theta) <= 1 / sigma(theta / 2)`` on the sphere, with
    2 sigma for sigma on the lines through 0. Sharpened by Rankin (1955) for vectors: A is 2d at
    pi/2 and at most ``1 - 1/cos theta`` beyond; and for lines d at pi/2.

    Parameters
    ----------
    d : int
        Dimension of the space, at least 1.
    theta : float
        Angle in radians, positive, at most pi (pi/2 if ``projective``).
    projective : bool, default False
        Whether the points are lines through 0.

    Returns
    -------
    lower, upper : float
        Natural logarithms.

    Examples
    --------
    >>> low, high = log_packing_bounds(3, pi / 3)
    >>> round(exp(low), 2), round(exp(high), 2)
    (4.0, 14.93)
    """
    d = positive_int("d", d, maximum=_MAX_DIM)
    theta = number("theta", theta, f"(0, {(pi / 2 if projective else pi) * (1.0 + 1e-12)}]")
    if d == 1:
        count = 0.0 if projective else log(2.0)
        return count, count
    double = log(2.0) if projective else 0.0
    lower = max(0.0, -(log_cap_measure(d, theta) + double))
    upper = max(0.0, -(log_cap_measure(d, theta / 2.0) + double))
    if theta > pi / 2 + 1e-9:
        upper = min(upper, log(max(1, floor(1.0 - 1.0 / cos(theta) + 1e-9))))
    elif theta >= pi / 2:
        upper = min(upper, log(d) + (0.0 if projective else log(2.0)))
    return lower, upper


def packing_bounds(d: int, theta: float, *, projective: bool = False) -> tuple[float, float]:
    """Return bounds on the packing and covering numbers of the whole sphere, or of all lines.

    As `log_packing_bounds`; on overflow the lower bound is the largest float (still a bound) and
    the upper bound is inf.

    Parameters
    ----------
    d : int
        Dimension of the space.
    theta : float
        In radians.
    projective : bool
        Whether directions are lines through 0.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> low, high = packing_bounds(4, pi / 3)
    >>> round(low, 2), round(high, 2)
    (5.12, 34.68)
    """
    lower, upper = log_packing_bounds(d, theta, projective=projective)
    return exp(min(lower, _LOG_MAX)), exp(upper) if upper <= _LOG_MAX else inf


def ball_volume(d: int) -> float:
    """Return the volume of the unit ball of R^d, ``pi^(d/2) / Gamma(d/2 + 1)``.

    Parameters
    ----------
    d : int
        Dimension of the space.

    Returns
    -------
    float

    Examples
    --------
    >>> round(ball_volume(2), 12), round(ball_volume(3), 12)
    (3.14159265359, 4.188790204786)
    """
    d = positive_int("d", d, minimum=0, maximum=_MAX_DIM)
    return exp(0.5 * d * log(pi) - lgamma(0.5 * d + 1.0))


_LOG_MAX = 709.78
_MAX_DIM = 10**9


def _angle(theta: float) -> float:
    return min(number("theta", theta, f"[0, {pi * (1.0 + 1e-12)}]"), pi)


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's algorithm."""
    tiny = 1e-300
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, 20 + int(20 * sqrt(a))):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + term * d
            c = 1.0 + term / c
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            value *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return value
