"""Named hyperplane arrangements, each with its closed-form number of regions.

Every function returns a `HyperplaneArrangement` with integer entries (but for `generic`), so that
its count is a check on an engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from .._check import RNG, generator, positive_int
from ..errors import InvalidInputError
from .arrangement import HyperplaneArrangement

_MAX_BITS = 20


def braid(n: int) -> HyperplaneArrangement:
    """Return ``x_i = x_j`` in R^n: n! regions (A000142).

    Parameters
    ----------
    n : int
        Dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> braid(4).n_hyperplanes
    6
    """
    return _differences(n, (0,))


def shi(n: int, extension: int = 1) -> HyperplaneArrangement:
    """Return ``x_i - x_j = c``, i < j, c in {1 - m, ..., m} for the extension m, in R^n.

    ``(m n + 1)^(n-1)`` regions (m = 1: A000272; Shi 1986, Stanley 1996).

    Parameters
    ----------
    n : int
        Dimension of the space.
    extension : int, default 1

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> shi(3).n_hyperplanes, shi(3, extension=2).n_hyperplanes
    (6, 12)
    """
    m = positive_int("extension", extension)
    return _differences(n, range(1 - m, m + 1))


def catalan(n: int) -> HyperplaneArrangement:
    """Return ``x_i - x_j`` in {-1, 0, 1}, i < j, in R^n: (2n)!/(n+1)! regions (A001761).

    Parameters
    ----------
    n : int
        Dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> catalan(3).n_hyperplanes
    9
    """
    return _differences(n, (-1, 0, 1))


def linial(n: int) -> HyperplaneArrangement:
    """Return ``x_i - x_j = 1``, i < j, in R^n.

    ``2^-n sum_k C(n,k) (k+1)^(n-1)`` regions (A007889; Postnikov & Stanley 2000).

    Parameters
    ----------
    n : int
        Dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> linial(3).offsets
    array([-1., -1., -1.])
    """
    return _differences(n, (1,))


def type_b(n: int) -> HyperplaneArrangement:
    """Return ``x_i = 0`` and ``x_i = +-x_j`` in R^n: 2^n n! regions (A000165).

    Parameters
    ----------
    n : int
        Dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> type_b(3).n_hyperplanes
    9
    """
    n = positive_int("n", n)
    return HyperplaneArrangement(np.vstack([np.eye(n), *_plus_minus(n)]))


def type_d(n: int) -> HyperplaneArrangement:
    """Return ``x_i = +-x_j`` in R^n, n >= 2: 2^(n-1) n! regions (A002866).

    Parameters
    ----------
    n : int
        Dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> type_d(3).n_hyperplanes
    6
    """
    n = positive_int("n", n, minimum=2)
    return HyperplaneArrangement(np.vstack(_plus_minus(n)))


def resonance(n: int) -> HyperplaneArrangement:
    """Return ``a @ x = 0`` for every nonzero 0/1 vector a, in R^n (all-subsets arrangement).

    No closed form: n = 1..7 gives 2, 6, 32, 370, 11292, 1066044, 347326352 (A034997; Betti numbers
    A344494).

    Parameters
    ----------
    n : int
        Dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> resonance(3).n_hyperplanes
    7
    """
    return HyperplaneArrangement(_bits(n)[1:])


def threshold(n: int) -> HyperplaneArrangement:
    """Return ``(1, c) @ x = 0`` for every c in {0,1}^n, in R^(n+1).

    Its regions are the threshold functions of n variables; no closed form: n = 1..6 gives 4, 14,
    104, 1882, 94572, 15028134 (A000609).

    Parameters
    ----------
    n : int
        One less than the dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> threshold(2).normals.shape
    (4, 3)
    """
    corners = _bits(n)
    return HyperplaneArrangement(np.column_stack([np.ones(len(corners)), corners]))


def cross_polytope(n: int) -> HyperplaneArrangement:
    """Return ``(1, +-e_i) @ x = 0`` in R^(n+1): 2 * 3^n - 2^n regions (A027649).

    Parameters
    ----------
    n : int
        One less than the dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> cross_polytope(2).normals.shape
    (4, 3)
    """
    n = positive_int("n", n)
    arms = np.vstack([np.eye(n), -np.eye(n)])
    return HyperplaneArrangement(np.column_stack([np.ones(2 * n), arms]))


def cube_walls(n: int) -> HyperplaneArrangement:
    """Return ``x_i = +-1`` in R^n: 3^n regions, one bounded (A000244).

    Parameters
    ----------
    n : int
        Dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> cube_walls(2).offsets
    array([-1., -1.,  1.,  1.])
    """
    n = positive_int("n", n)
    eye = np.eye(n)
    return HyperplaneArrangement(np.vstack([eye, eye]), np.repeat([-1.0, 1.0], n))


def permutation(n: int) -> HyperplaneArrangement:
    """Return ``x_i = 1`` and ``x_i = x_j`` in R^n ("perm-n"): (n+1)! regions (A000142).

    Parameters
    ----------
    n : int
        Dimension of the space.

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> permutation(3).n_hyperplanes
    6
    """
    n = positive_int("n", n)
    differences = _pairs(n, -1.0)
    offsets = np.concatenate([-np.ones(n), np.zeros(len(differences))])
    return HyperplaneArrangement(np.vstack([np.eye(n), differences]), offsets)


def generic(m: int, d: int, rng: RNG = None) -> HyperplaneArrangement:
    """Return m hyperplanes in R^d with standard normal coefficients.

    In general position with probability one: ``sum_{j<=d} C(m, j)`` regions
    (`counting.zaslavsky`).

    Parameters
    ----------
    m, d : int
        Number of hyperplanes and dimension.
    rng : Generator, int or None

    Returns
    -------
    HyperplaneArrangement

    Examples
    --------
    >>> generic(5, 2, rng=0).normals.shape
    (5, 2)
    """
    m, d = positive_int("m", m), positive_int("d", d)
    draw = generator(rng)
    return HyperplaneArrangement(draw.standard_normal((m, d)), draw.standard_normal(m))


def moment_curve(p: int, d: int, *, central: bool = False) -> HyperplaneArrangement:
    """Return p hyperplanes in general position in R^d with integer coefficients.

    ``(t, t^2, ..., t^d) @ x = -1`` for t = 1..p: ``sum_{j<=d} C(p, j)`` regions. With ``central``,
    ``(1, t, ..., t^(d-1)) @ x = 0``: ``2 sum_{j<d} C(p-1, j)`` regions. Any d rows are independent
    (Vandermonde).

    Parameters
    ----------
    p : int
        Number of hyperplanes.
    d : int
        Dimension of the space.
    central : bool, default False
        Whether all pass through 0.

    Returns
    -------
    HyperplaneArrangement

    Raises
    ------
    InvalidInputError
        If ``p^d`` is too large for exact float64 coefficients (above 2^53).

    Examples
    --------
    >>> moment_curve(2, 3).normals
    array([[1., 1., 1.],
           [2., 4., 8.]])
    """
    p, d = positive_int("p", p), positive_int("d", d)
    if p**d > 2**53:
        raise InvalidInputError(f"`p` must keep p^d below 2^53; got p = {p}, d = {d}")
    t = np.arange(1.0, p + 1.0)
    if central:
        return HyperplaneArrangement(t[:, None] ** np.arange(d))
    return HyperplaneArrangement(t[:, None] ** np.arange(1, d + 1), np.ones(p))


def _differences(n: int, constants: Iterable[int]) -> HyperplaneArrangement:
    """Return x_i - x_j = c for i < j and every c."""
    n = positive_int("n", n, minimum=2)
    values: Sequence[int] = list(constants)
    normals = np.repeat(_pairs(n, -1.0), len(values), axis=0)
    offsets = -np.tile(np.asarray(values, dtype=np.float64), n * (n - 1) // 2)
    return HyperplaneArrangement(normals, offsets + 0.0)


def _plus_minus(n: int) -> list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    return [_pairs(n, -1.0), _pairs(n, 1.0)]


def _pairs(n: int, sign: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the rows e_i + sign * e_j, i < j, shape (n(n-1)/2, n)."""
    rows = np.zeros((n * (n - 1) // 2, n))
    for row, (i, j) in zip(rows, combinations(range(n), 2), strict=True):
        row[i], row[j] = 1.0, sign
    return rows


def _bits(n: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return all 0/1 vectors of length n, shape (2^n, n)."""
    n = positive_int("n", n)
    if n > _MAX_BITS:
        raise InvalidInputError(f"`n` must be at most {_MAX_BITS} (2^n hyperplanes); got {n}")
    return ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
