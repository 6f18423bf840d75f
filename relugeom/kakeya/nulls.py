"""Null models of a sequence of steps: what directions look like when nothing is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import RNG, float_array, generator, number, positive_int
from ..errors import ShapeError
from .nets import unit_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray


class PolygonDraws(NamedTuple):
    """Draws of what depends on the order of steps; see `polygons`.

    ``turning`` in radians and ``distance`` from start to end, shape (n_draws,).
    """

    turning: FloatArray
    distance: FloatArray


def walk(lengths: ArrayLike, dim: int, rng: RNG = None) -> FloatArray:
    """Draw independent isotropic steps of given lengths in R^dim, up to a common rotation.

    The rows lie in R^min(n, dim): for n <= dim the Gram matrix of the Gaussian steps is drawn by
    its Cholesky factor (Bartlett 1933), so that no dim-dimensional vector is made.

    Parameters
    ----------
    lengths : array_like, shape (n,)
    dim : int
    rng : Generator, int or None

    Returns
    -------
    ndarray, shape (n, min(n, dim))

    Examples
    --------
    >>> np.linalg.norm(walk([1.0, 2.0], 1_000_000, rng=0), axis=1).round(12)
    array([1., 2.])
    """
    sizes = float_array("lengths", lengths, shape=(None,))
    return _with_lengths(_gaussian(len(sizes), positive_int("dim", dim), generator(rng)), sizes)


def isotropic(n: int, dim: int, rng: RNG = None) -> FloatArray:
    """Draw n independent uniform unit vectors of R^dim, up to a common rotation, as `walk` does.

    Examples
    --------
    >>> isotropic(3, 1_000_000, rng=0).shape
    (3, 3)
    """
    return walk(np.ones(positive_int("n", n)), dim, rng)


def ema(
    lengths: ArrayLike,
    dim: int,
    beta: float,
    rng: RNG = None,
    *,
    times: ArrayLike | None = None,
) -> FloatArray:
    """Draw the directions of an exponential moving average of isotropic noise, as `walk` does.

    ``m_t = beta m_(t-1) + g_t`` from zero, as optimizers do it; the lengths are those given. In
    high dimension successive directions soon turn by about arccos(beta).

    Parameters
    ----------
    lengths : array_like, shape (n,)
    dim : int
    beta : float
        At least 0, below 1.
    rng : Generator, int or None
    times : array_like of int, shape (n,), optional
        Which t to draw, increasing, from 0; by default 0 to n - 1.

    Returns
    -------
    ndarray, shape (n, min(n, dim))

    Examples
    --------
    >>> steps = ema(np.ones(400), 100_000, 0.9, rng=0)
    >>> bool(abs(np.sum(steps[1:] * steps[:-1], axis=1).mean() - 0.9) < 0.01)
    True
    """
    sizes = float_array("lengths", lengths, shape=(None,))
    beta = number("beta", beta, "[0, 1)")
    at = np.arange(len(sizes)) if times is None else np.asarray(times, np.int64)
    if at.shape != sizes.shape or (np.diff(at, prepend=-1) < 1).any():
        raise ShapeError(f"`times` must be {len(sizes)} increasing numbers from 0; got {at}")
    rows = _gaussian(len(sizes), positive_int("dim", dim), generator(rng))
    kept = beta ** np.diff(at, prepend=-1).astype(np.float64)
    # the noise of several steps at once: variance 1 + beta^2 + ... + beta^(2 (gap - 1))
    rows *= np.sqrt((1.0 - kept**2) / (1.0 - beta**2))[:, None]
    for t in range(1, len(rows)):
        rows[t] += kept[t] * rows[t - 1]
    return _with_lengths(rows, sizes)


def shuffle(vectors: ArrayLike, rng: RNG = None) -> FloatArray:
    """Return the same vectors in random order: only what depends on the order changes."""
    rows = float_array("vectors", vectors, shape=(None, None))
    return rows[generator(rng).permutation(len(rows))]


def polygons(
    lengths: ArrayLike, dim: int, n_draws: int, *, beta: float = 0.0, rng: RNG = None
) -> PolygonDraws:
    """Draw the total turning and the end-to-end distance of `walk` (beta = 0) or `ema` polygons.

    No vectors are made. What the next step turns by, and adds to the sum, depends on the past only
    through the length of the average and the place of the sum in the plane of the two; so three
    numbers are carried along, and the law is exact in every dimension. Cost O(n) numbers a draw.

    Parameters
    ----------
    lengths : array_like, shape (n,)
        Lengths of the steps, positive.
    dim, n_draws : int
    beta : float, default 0
    rng : Generator, int or None

    Examples
    --------
    >>> drawn = polygons(np.ones(1000), 10**6, 5, beta=0.9, rng=0)
    >>> (drawn.turning / 999 / np.arccos(0.9)).round(1)
    array([1., 1., 1., 1., 1.])
    """
    sizes, random = float_array("lengths", lengths, shape=(None,)), generator(rng)
    dim, n_draws = positive_int("dim", dim), positive_int("n_draws", n_draws)
    beta = number("beta", beta, "[0, 1)")
    if not len(sizes):
        raise ShapeError("`lengths` must have an entry; got none")

    def across(free: int) -> FloatArray:
        return np.sqrt(random.chisquare(free, n_draws)) if free > 0 else np.zeros(n_draws)

    size = np.hypot(random.standard_normal(n_draws), across(dim - 1))  # of the average
    along, beside = np.full(n_draws, sizes[0]), np.zeros(n_draws)  # of the sum, to the average
    turning = np.zeros(n_draws)
    for length in sizes[1:]:
        x = beta * size + random.standard_normal(n_draws)
        y = random.standard_normal(n_draws) if dim > 1 else np.zeros(n_draws)
        z = across(dim - 2)
        off = np.hypot(y, z)
        turning += np.arctan2(off, x)
        size = np.hypot(x, off)
        x, y, z = x / size, y / size, z / size
        onto = along * x + beside * y
        beside = np.sqrt((along - onto * x) ** 2 + (beside - onto * y) ** 2 + (onto * z) ** 2)
        along = onto + length
    return PolygonDraws(turning, np.hypot(along, beside))


def walk_participation(n: int, dim: int) -> float:
    """Return n P / (n + P + 1), near which the participation ratio of n Gaussian steps in R^P is.

    The ratio of the expectations of (sum l)^2 and sum l^2, to leading order.

    Examples
    --------
    >>> round(walk_participation(200, 5000), 2)
    192.27
    """
    n, dim = positive_int("n", n), positive_int("dim", dim)
    return n * dim / (n + dim + 1.0)


def ema_participation(n: int, beta: float) -> float:
    """Return n^2 / sum_j (n - |j|) beta^(2|j|): that of n averages of noise, as P grows.

    Examples
    --------
    >>> round(ema_participation(200, 0.9), 2)
    21.5
    """
    n, square = positive_int("n", n), number("beta", beta, "[0, 1)") ** 2
    lags = np.arange(1, n)
    return float(n**2 / (n + 2.0 * np.sum((n - lags) * square**lags)))


def _gaussian(n: int, dim: int, random: np.random.Generator) -> FloatArray:
    if n > dim:
        return random.standard_normal((n, dim))
    factor = np.tril(random.standard_normal((n, n)), -1)
    np.fill_diagonal(factor, np.sqrt(random.chisquare(dim - np.arange(n))))
    return factor


def _with_lengths(rows: FloatArray, lengths: FloatArray) -> FloatArray:
    return unit_rows(rows) * lengths[:, None] if len(rows) else rows
