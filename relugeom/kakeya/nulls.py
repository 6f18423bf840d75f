"""Null models of a sequence of steps: what directions look like when nothing is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._check import RNG, float_array, generator, positive_int
from ..errors import InvalidInputError
from .nets import unit_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray


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


def ema(lengths: ArrayLike, dim: int, beta: float, rng: RNG = None) -> FloatArray:
    """Draw the directions of an exponential moving average of isotropic noise, as `walk` does.

    ``m_t = beta m_(t-1) + g_t`` from zero, as optimizers do it; the lengths are those given. In
    high dimension successive directions soon turn by about arccos(beta).

    Examples
    --------
    >>> steps = ema(np.ones(400), 100_000, 0.9, rng=0)
    >>> bool(abs(np.sum(steps[1:] * steps[:-1], axis=1).mean() - 0.9) < 0.01)
    True
    """
    sizes = float_array("lengths", lengths, shape=(None,))
    if not 0.0 <= beta < 1.0:
        raise InvalidInputError(f"`beta` must lie in [0, 1); got {beta}")
    noise = _gaussian(len(sizes), positive_int("dim", dim), generator(rng))
    for t in range(1, len(noise)):
        noise[t] += beta * noise[t - 1]
    return _with_lengths(noise, sizes)


def shuffle(vectors: ArrayLike, rng: RNG = None) -> FloatArray:
    """Return the same vectors in random order: only what depends on the order changes."""
    rows = float_array("vectors", vectors, shape=(None, None))
    return rows[generator(rng).permutation(len(rows))]


def _gaussian(n: int, dim: int, random: np.random.Generator) -> FloatArray:
    if n > dim:
        return random.standard_normal((n, dim))
    factor = np.tril(random.standard_normal((n, n)), -1)
    np.fill_diagonal(factor, np.sqrt(random.chisquare(dim - np.arange(n))))
    return factor


def _with_lengths(rows: FloatArray, lengths: FloatArray) -> FloatArray:
    return unit_rows(rows) * lengths[:, None] if len(rows) else rows
