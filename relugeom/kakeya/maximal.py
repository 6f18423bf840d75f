"""Averages of a planar function over tubes in given directions, and their maxima."""

from __future__ import annotations

from functools import reduce
from math import ceil, cos, hypot, sin
from typing import TYPE_CHECKING

import numpy as np

from .._check import float_array, number
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from .._check import FloatArray

__all__ = ["directional_averages", "directional_maximal", "kakeya_maximal"]

_MAX_PIXELS = 4096


def directional_averages(
    values: ArrayLike,
    angles: ArrayLike,
    *,
    spacing: float,
    width: float,
    length: float = 1.0,
) -> FloatArray:
    """Return the average of |f| over the tube in each direction around each pixel's centre.

    f is constant on pixels: ``values[i, j]`` on the square ``[i h, (i + 1) h] x [j h, (j + 1) h]``,
    i along x, j along y, h = ``spacing``; f = 0 elsewhere. The tube T at x in the direction at the
    angle t is the closed rectangle with centre x, of side ``length`` along (cos t, sin t) and of
    side ``width`` across, and the average is the integral of |f| over T, divided by T's area. It
    is exact up to rounding: the weight of a pixel is the share of T in it.

    Parameters
    ----------
    values : array_like, shape (nx, ny)
    angles : array_like, shape (k,)
        Radians.
    spacing : float
        h, in the unit of length; the tube may be up to 4096 pixels long.
    width : float
        Positive, or 0 for averages over segments.
    length : float, default 1
        Positive.

    Returns
    -------
    ndarray, shape (k, nx, ny)

    Examples
    --------
    >>> wall = np.zeros((5, 5))
    >>> wall[2] = 1.0
    >>> directional_averages(wall, [0.0], spacing=0.2, width=0.2, length=0.5)[0, :, 2].round(12)
    array([0. , 0.3, 0.4, 0.3, 0. ])
    """
    return np.array(list(_averages(values, angles, spacing, length, width)))


def directional_maximal(
    values: ArrayLike,
    angles: ArrayLike,
    *,
    spacing: float,
    width: float,
    length: float = 1.0,
) -> FloatArray:
    """Return the directional maximal function: at each pixel the largest average of any direction.

    ``M f(x) = max over t of (1/|T|) integral of |f| over T(x, t)``; tubes, arguments and exactness
    as in `directional_averages`. With directions ``width`` apart this is the Nikodym maximal
    function, which in the plane is bounded on L^2 with a constant of order
    ``sqrt(log(1 / width))`` (Córdoba 1977).

    Parameters
    ----------
    values, angles, spacing, width, length
        As in `directional_averages`.

    Returns
    -------
    ndarray, shape (nx, ny)

    Examples
    --------
    >>> spot = np.zeros((5, 5))
    >>> spot[2, 2] = 1.0
    >>> angles = [0.0, np.pi / 2]
    >>> directional_maximal(spot, angles, spacing=0.2, width=0.2, length=0.5)[:, 2].round(12)
    array([0. , 0.3, 0.4, 0.3, 0. ])
    """
    averages = _averages(values, angles, spacing, length, width)
    return reduce(lambda most, average: np.maximum(most, average, out=most), averages)


def kakeya_maximal(
    values: ArrayLike,
    angles: ArrayLike,
    *,
    spacing: float,
    width: float,
    length: float = 1.0,
) -> FloatArray:
    """Return the Kakeya maximal function: for each direction the largest average of any tube.

    ``f*(t) = max over x of (1/|T|) integral of |f| over T(x, t)``, x over the centres of the
    pixels; tubes, arguments and exactness as in `directional_averages`.

    Parameters
    ----------
    values, angles, spacing, width, length
        As in `directional_averages`.

    Returns
    -------
    ndarray, shape (k,)

    Examples
    --------
    >>> wall = np.zeros((5, 5))
    >>> wall[2] = 1.0
    >>> kakeya_maximal(wall, [0.0, np.pi / 2], spacing=0.2, width=0.2).round(12)
    array([0.2, 1. ])
    """
    averages = _averages(values, angles, spacing, length, width)
    return np.array([average.max() for average in averages])


def _averages(
    values: ArrayLike, angles: ArrayLike, spacing: float, length: float, width: float
) -> Iterator[FloatArray]:
    from scipy.signal import fftconvolve

    f = np.abs(float_array("values", values, shape=(None, None)))
    turns = float_array("angles", angles, shape=(None,))
    if f.size == 0 or turns.size == 0:
        raise InvalidInputError("`values` and `angles` must not be empty; got an empty array")
    spacing, length = number("spacing", spacing, "(0, inf)"), number("length", length, "(0, inf)")
    width = number("width", width, "[0, inf)")
    if max(length, width) < 1e-6 * spacing:
        raise InvalidInputError(
            f"`spacing` must be at most 10^6 lengths of a tube; got {spacing} for {length}"
        )
    if f.max() > 1e100:
        raise InvalidInputError(f"`values` must be at most 1e100 in size; got {f.max()}")
    if hypot(length, width) > _MAX_PIXELS * spacing:
        raise InvalidInputError(
            f"`spacing` must be such that a tube has at most {_MAX_PIXELS} pixels along; "
            f"got {spacing} for a tube {length} by {width}"
        )
    long, wide = length / spacing, width / spacing
    for angle in turns:
        weights = _tube(angle, long, wide) if wide > 0 else _segment(angle, long)
        yield np.maximum(fftconvolve(f, weights, mode="full")[_middle(f, weights)], 0.0)


def _middle(f: FloatArray, weights: FloatArray) -> tuple[slice, slice]:
    """Return the part of the full convolution that belongs to the pixels of f."""
    (nx, ny), (wx, wy) = f.shape, weights.shape
    return slice(wx // 2, wx // 2 + nx), slice(wy // 2, wy // 2 + ny)


def _tube(angle: float, length: float, width: float) -> FloatArray:
    """Return the share of a tube around the middle pixel's centre in every pixel (of side 1)."""
    import shapely

    along = 0.5 * length * np.array([cos(angle), sin(angle)])
    across = 0.5 * width * np.array([-sin(angle), cos(angle)])
    tube = shapely.Polygon([along + across, across - along, -along - across, along - across])
    reach = [ceil(abs(along[i]) + abs(across[i]) + 0.5) for i in (0, 1)]
    weights = np.zeros((2 * reach[0] + 1, 2 * reach[1] + 1))
    x, y = np.meshgrid(*(np.arange(-r, r + 1) for r in reach), indexing="ij")
    near = np.abs(x * sin(angle) - y * cos(angle)) <= 0.5 * width + 0.75
    x, y = x[near], y[near]
    squares = shapely.box(x - 0.5, y - 0.5, x + 0.5, y + 0.5)
    weights[near] = shapely.area(shapely.intersection(tube, squares))
    result: FloatArray = weights / (length * width)
    return result


def _segment(angle: float, length: float) -> FloatArray:
    """Return the share of a segment around the middle pixel's centre in every pixel."""
    direction = np.array([cos(angle), sin(angle)])
    reach = np.ceil(0.5 * length * np.abs(direction) + 0.5).astype(int)
    cuts = [np.array([-0.5 * length, 0.5 * length])]
    for r, u in zip(reach, direction, strict=True):
        if u != 0.0:
            cuts.append((np.arange(-r, r) + 0.5) / u)
    t = np.sort(np.concatenate(cuts))
    t = t[np.abs(t) <= 0.5 * length]
    middle = 0.5 * (t[1:] + t[:-1])
    pixel = np.rint(middle[:, None] * direction).astype(int) + reach
    weights = np.zeros(2 * reach + 1)
    np.add.at(weights, tuple(pixel.T), np.diff(t) / length)
    return weights
