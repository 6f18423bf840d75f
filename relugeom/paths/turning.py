"""How a polygon of steps turns, how far it gets, and what random hyperplanes see of it."""

from __future__ import annotations

from math import lgamma, nan, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import RNG, float_array, generator, positive_int
from ..errors import InvalidInputError
from ..kakeya.nets import unit_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray, IntArray

_BLOCK = 2**22  # entries of a block of normals


class Estimate(NamedTuple):
    """A Monte Carlo mean, its standard error, and the number of draws."""

    value: float
    error: float
    n: int


def turning_angles(vectors: ArrayLike) -> FloatArray:
    """Return the angles between successive vectors, ``2 atan2(|u - v|, |u + v|)`` of unit vectors.

    Their sum is the total curvature of the polygon with these edges (Milnor 1950).

    Parameters
    ----------
    vectors : array_like, shape (n, d)
        Nonzero rows.

    Returns
    -------
    ndarray, shape (max(n - 1, 0),)
        Radians, 0 to pi.

    Examples
    --------
    >>> turning_angles([[1, 0], [0, 2], [0, -1]]) / np.pi
    array([0.5, 1. ])
    """
    unit = unit_rows(float_array("vectors", vectors, shape=(None, None)))
    difference = np.linalg.norm(unit[1:] - unit[:-1], axis=1)
    total = np.linalg.norm(unit[1:] + unit[:-1], axis=1)
    angles: FloatArray = 2.0 * np.arctan2(difference, total)
    return angles


def tortuosity(vectors: ArrayLike) -> float:
    """Return the length of the polygon with these edges, divided by the distance of its ends.

    Examples
    --------
    >>> tortuosity([[3.0, 0.0], [0.0, 4.0]])
    1.4
    """
    rows = float_array("vectors", vectors, shape=(None, None))
    length = float(np.linalg.norm(rows, axis=1).sum())
    distance = float(np.linalg.norm(rows.sum(axis=0)))
    return length / distance if distance else float("inf" if length else "nan")


def sign_changes(vectors: ArrayLike, n_normals: int = 256, rng: RNG = 0) -> IntArray:
    """Return how often the steps change side of random hyperplanes through 0.

    That is, the number of sign changes of ``<g, s_t>`` along t for each of ``n_normals`` standard
    Gaussian vectors g, which are made in blocks of coordinates and never stored whole.

    Parameters
    ----------
    vectors : array_like, shape (n, d)
        Nonzero rows.
    n_normals : int, default 256
    rng : Generator, int or None, default 0

    Returns
    -------
    ndarray of int64, shape (n_normals,)

    Examples
    --------
    >>> sign_changes([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]], 3)
    array([2, 2, 2])
    """
    rows, random = float_array("vectors", vectors, shape=(None, None)), generator(rng)
    n = positive_int("n_normals", n_normals)
    heights = np.zeros((len(rows), n))
    width = max(1, _BLOCK // n)
    for at in range(0, rows.shape[1], width):
        part = rows[:, at : at + width]
        heights += part @ random.standard_normal((part.shape[1], n))
    changes: IntArray = np.count_nonzero(np.diff(heights > 0, axis=0), axis=0).astype(np.int64)
    return changes


def crofton_turning(changes: ArrayLike) -> Estimate:
    """Return pi times the mean number of sign changes: an estimate of the total turning.

    The total turning is pi E[sign changes of <g, s_t>] over Gaussian g: two directions at angle a
    lie on different sides of a random hyperplane with probability a / pi. An independent check of
    the sum of the angles (Milnor 1950).

    Parameters
    ----------
    changes : array_like of int, shape (n,)
        From `sign_changes`.

    Returns
    -------
    Estimate
        In radians, with its standard error (NaN from one draw).

    Examples
    --------
    >>> steps = np.random.default_rng(0).normal(size=(50, 10))
    >>> found = crofton_turning(sign_changes(steps, 2000))
    >>> bool(abs(found.value - turning_angles(steps).sum()) < 4 * found.error)
    True
    """
    counts = float_array("changes", changes, shape=(None,))
    if not len(counts):
        raise InvalidInputError("`changes` must have an entry; got none")
    error = pi * float(counts.std(ddof=1)) / sqrt(len(counts)) if len(counts) > 1 else nan
    return Estimate(pi * float(counts.mean()), error, len(counts))


def expected_crossings(length: float, dim: int, radius: float) -> float:
    """Return how often a curve is expected to cross a random hyperplane.

    ``L / (2 R) Gamma(d/2) / (sqrt(pi) Gamma((d+1)/2))`` for a hyperplane ``<u, x> = b`` with u
    uniform on the sphere and b uniform in [-R, R], and a curve inside the ball of radius R: the
    mean of |u_1| times L, over the range of b (Cauchy and Crofton; Santaló 1976). It depends on the
    length alone: how the curve turns does not matter, and walls of data are not uniform.

    Parameters
    ----------
    length : float
        L, of the curve.
    dim : int
        d.
    radius : float
        R, positive.

    Examples
    --------
    A diameter of the ball, in the line, is crossed once.

    >>> round(expected_crossings(2.0, 1, 1.0), 6), round(expected_crossings(2.0, 2, 1.0), 6)
    (1.0, 0.63662)
    """
    d = positive_int("dim", dim)
    if not radius > 0 or not length >= 0:
        raise InvalidInputError(
            f"`length` must be at least 0 and `radius` positive; got {length} and {radius}"
        )
    mean = np.exp(lgamma(d / 2.0) - lgamma((d + 1) / 2.0)) / sqrt(pi)
    return float(length / (2.0 * radius) * mean)


class PolygonStream:
    """Turning, length, distance and sign changes of steps that come in blocks, in memory O(P).

    Parameters
    ----------
    dim : int
        P.
    n_normals : int, default 64
        Gaussian vectors for the Milnor-Crofton check, held in float32; 0 for none.
    rng : Generator, int or None, default 0

    Attributes
    ----------
    lengths, angles : list of float
        Of the nonzero steps so far, and between successive ones, radians.
    n_dropped : int
        Zero steps.
    sum : ndarray, shape (P,)
        Of all steps.

    Examples
    --------
    >>> steps = np.random.default_rng(0).normal(size=(30, 5))
    >>> stream = PolygonStream(5)
    >>> for block in (steps[:10], steps[10:]):
    ...     _ = stream.add(block)
    >>> bool(np.allclose(stream.angles, turning_angles(steps)))
    True
    """

    def __init__(self, dim: int, n_normals: int = 64, rng: RNG = 0) -> None:
        self._dim = positive_int("dim", dim)
        n = positive_int("n_normals", n_normals, minimum=0)
        self._normals = generator(rng).standard_normal((self._dim, n), dtype=np.float32)
        self._above: BoolArray | None = None
        self._last: FloatArray | None = None
        self.changes = np.zeros(n, np.int64)
        self.lengths: list[float] = []
        self.angles: list[float] = []
        self.n_dropped = 0
        self.sum = np.zeros(self._dim)

    def add(self, rows: ArrayLike) -> FloatArray:
        """Take more steps, shape (n, P); return the directions of the nonzero ones."""
        steps = float_array("rows", rows, shape=(None, self._dim))
        self.sum += steps.sum(axis=0)
        keep = steps.any(axis=1)
        self.n_dropped += int(len(steps) - keep.sum())
        if not keep.all():
            steps = steps[keep]
        if not len(steps):
            return steps
        self.lengths += np.linalg.norm(steps, axis=1).tolist()
        unit = unit_rows(steps)
        if self._last is not None:
            self.angles += turning_angles(np.stack([self._last, unit[0]])).tolist()
        self.angles += turning_angles(unit).tolist()
        self._last = unit[-1].copy()
        if len(self.changes):
            above = unit.astype(np.float32) @ self._normals > 0
            if self._above is not None:
                above = np.vstack([self._above, above])
            self.changes += np.count_nonzero(above[1:] != above[:-1], axis=0)
            self._above = above[-1:]
        return unit
