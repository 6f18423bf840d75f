"""Kakeya sets in F_q^n: bounds, a construction, checks, and least sets by integer programming.

A Kakeya set holds a line in every direction; a Nikodym set N has, through every point x of the
space, a line whose points other than x lie in N. Points are rows of numbers 0, ..., q - 1. Orders q
that are powers of a prime need the package galois (extra ``fields``).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, comb
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import choice, frozen, number, positive_int
from .._status import Ended
from ..errors import InvalidInputError, ShapeError
from ._fields import field, prime_and_power
from ._least_set import least_set

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, IntArray

__all__ = [
    "MinimumSet",
    "SizeBound",
    "blokhuis_mazzocca",
    "bukh_chao",
    "construction",
    "construction_size",
    "directions",
    "dkss",
    "dvir",
    "is_kakeya",
    "is_nikodym",
    "lines",
    "lower_bounds",
    "minimum",
    "missing_directions",
    "prime_and_power",
]

_MAX_POINTS = 2_000_000
_MAX_DIM = 1000
_KINDS = ("kakeya", "nikodym")


class SizeBound(NamedTuple):
    """A lower bound on the size of every Kakeya set in F_q^n.

    Attributes
    ----------
    name : str
    value : Fraction
    reference : str

    Examples
    --------
    >>> [(bound.name, int(bound.value)) for bound in lower_bounds(3, 2)]
    [('Dvir', 6), ('DKSS', 3), ('Bukh-Chao', 5), ('Blokhuis-Mazzocca', 7)]
    """

    name: str
    value: Fraction
    reference: str

    @property
    def points(self) -> int:
        """The bound as a number of points, rounded up."""
        return ceil(self.value)


@dataclass(frozen=True)
class MinimumSet(Ended):
    """A least Kakeya or Nikodym set, as far as the solver came.

    Attributes
    ----------
    size : int
        Of the set found, which has been checked: an upper bound on the least size.
    lower : float
        Lower bound on the least size by the solver (its dual bound, in floating point).
    status : str
        "complete" where the two leave no other whole number, to the solver's tolerance; else
        "capped": the time ran out.
    solver : str
        The solver's own words.
    points : ndarray, shape (size, n)

    Examples
    --------
    >>> found = minimum(2, 2)
    >>> found.size, found.complete
    (3, True)
    """

    size: int
    lower: float
    status: str
    solver: str
    points: IntArray

    def __repr__(self) -> str:
        return f"MinimumSet(size {self.size}, lower bound {self.lower:.6g}, {self.status})"


def dvir(q: int, n: int) -> int:
    """Return C(q + n - 1, n), a lower bound on the size of Kakeya sets (Dvir 2009).

    Parameters
    ----------
    q : int
        Size of the field, a power of a prime.
    n : int
        Dimension of the space.

    Returns
    -------
    int

    Examples
    --------
    >>> dvir(5, 3)
    35
    """
    q, n = _space(q, n)
    return comb(q + n - 1, n)


def dkss(q: int, n: int) -> Fraction:
    """Return q^n / (2 - 1/q)^n, a lower bound (Dvir, Kopparty, Saraf & Sudan 2013).

    Parameters
    ----------
    q : int
        Size of the field, a power of a prime.
    n : int
        Dimension of the space.

    Returns
    -------
    Fraction

    Examples
    --------
    >>> dkss(3, 2)
    Fraction(81, 25)
    """
    q, n = _space(q, n)
    return Fraction(q**2, 2 * q - 1) ** n


def bukh_chao(q: int, n: int) -> Fraction:
    """Return q^n / (2 - 1/q)^(n-1), a lower bound (Bukh & Chao 2021).

    Asymptotically sharp in density as q grows.

    Parameters
    ----------
    q : int
        Size of the field, a power of a prime.
    n : int
        Dimension of the space.

    Returns
    -------
    Fraction

    Examples
    --------
    >>> bukh_chao(3, 3)
    Fraction(243, 25)
    """
    q, n = _space(q, n)
    return q * Fraction(q**2, 2 * q - 1) ** (n - 1)


def blokhuis_mazzocca(q: int) -> int:
    """Return the least size of a Kakeya set in the plane F_q^2 (Blokhuis & Mazzocca 2008).

    ``q (q + 1) / 2 + (q - 1) / 2`` for odd q, ``q (q + 1) / 2`` for even q.

    Parameters
    ----------
    q : int
        Size of the field, a power of a prime.

    Returns
    -------
    int

    Examples
    --------
    >>> blokhuis_mazzocca(5), blokhuis_mazzocca(4)
    (17, 10)
    """
    q, _ = _space(q, 2)
    return (q * (q + 1) + (q - 1) * (q % 2)) // 2


def lower_bounds(q: int, n: int) -> tuple[SizeBound, ...]:
    """Return the lower bounds on the size of a Kakeya set in F_q^n, all of them theorems.

    Parameters
    ----------
    q : int
        Size of the field, a power of a prime.
    n : int
        Dimension of the space.

    Returns
    -------
    tuple of SizeBound

    Examples
    --------
    >>> [(row.name, row.points) for row in lower_bounds(5, 2)]
    [('Dvir', 15), ('DKSS', 8), ('Bukh-Chao', 14), ('Blokhuis-Mazzocca', 17)]
    """
    rows = [
        SizeBound("Dvir", Fraction(dvir(q, n)), "Dvir, J. AMS 22 (2009)"),
        SizeBound("DKSS", dkss(q, n), "Dvir, Kopparty, Saraf & Sudan, SIAM J. Comput. 42 (2013)"),
        SizeBound("Bukh-Chao", bukh_chao(q, n), "Bukh & Chao, Discrete Analysis 2021:26"),
    ]
    if n == 2:
        reference = "Blokhuis & Mazzocca (2008); attained"
        rows.append(SizeBound("Blokhuis-Mazzocca", Fraction(blokhuis_mazzocca(q)), reference))
    return tuple(rows)


def construction_size(q: int, n: int) -> int:
    """Return the size of `construction`.

    With s = (q + 1)/2 for odd q: ``q s^(n-1) + q^(n-1) - s^(n-1)``; for even q:
    ``(q - 1) (q/2)^(n-1) + q^(n-1)``. In the plane this is the least size possible.

    Parameters
    ----------
    q : int
        Size of the field, a power of a prime.
    n : int
        Dimension of the space.

    Returns
    -------
    int

    Examples
    --------
    >>> construction_size(5, 2), construction_size(5, 3)
    (17, 61)
    """
    q, n = _space(q, n)
    return int((q - 1) * ((q + 1) // 2) ** (n - 1) + q ** (n - 1))


def construction(q: int, n: int) -> IntArray:
    """Return the points of an explicit small Kakeya set.

    For odd q the points (a, b) with every ``a_i + b^2`` a square, and all with b = 0: the line
    through (v^2 / 4, 0) in direction (v, 1) lies in it. For even q the points
    ``a_i = v_i b + v_i^2``, and all with b = 0.

    Parameters
    ----------
    q : int
        A prime power.
    n : int
        Dimension.

    Returns
    -------
    ndarray of int64, shape (`construction_size`, n)
        Sorted.

    Examples
    --------
    >>> len(construction(3, 2)), is_kakeya(construction(3, 2), 3)
    (7, True)
    """
    q, n = _space(q, n, points=True)
    f = field(q)
    x = np.arange(q)
    square = f.multiply[x, x]
    # allowed[b, a]
    if f.characteristic == 2:
        allowed = np.zeros((q, q), dtype=bool)
        allowed[x[:, None], f.add[f.multiply, square]] = True
    else:
        allowed = np.isin(f.add[square], square)
    allowed[0] = True
    parts = []
    for b in range(q):
        rows = list(product(np.flatnonzero(allowed[b]).tolist(), repeat=n - 1))
        parts.append(np.insert(np.array(rows, dtype=np.int64).reshape(-1, n - 1), n - 1, b, axis=1))
    points = np.concatenate(parts)
    return frozen(points[np.lexsort(points.T[::-1])])


def directions(q: int, n: int) -> IntArray:
    """Return one vector a direction: those whose last nonzero entry is 1.

    Parameters
    ----------
    q : int
        Size of the field, a power of a prime.
    n : int
        Dimension of the space.

    Returns
    -------
    ndarray of int64, shape ((q^n - 1) / (q - 1), n)

    Examples
    --------
    >>> directions(3, 2).tolist()
    [[1, 0], [0, 1], [1, 1], [2, 1]]
    """
    q, n = _space(q, n, points=True)
    blocks = []
    for last in range(n):
        free = np.indices((q,) * last).reshape(last, q**last).T[:, ::-1]
        block = np.zeros((len(free), n), dtype=np.int64)
        block[:, :last], block[:, last] = free, 1
        blocks.append(block)
    return np.concatenate(blocks)


def lines(q: int, n: int) -> IntArray:
    """Return every line of F_q^n, by direction.

    A point is given by its number ``sum_i x_i q^(n-1-i)``, the order of `numpy.ndindex`.

    Parameters
    ----------
    q : int
        Size of the field, a power of a prime.
    n : int
        Dimension of the space.

    Returns
    -------
    ndarray of int64, shape ((q^n - 1) / (q - 1), q^(n-1), q)
        Directions as in `directions`.

    Raises
    ------
    InvalidInputError
        If there are too many lines to list.

    Examples
    --------
    >>> lines(2, 2).tolist()
    [[[0, 2], [1, 3]], [[0, 1], [2, 3]], [[0, 3], [2, 1]]]
    """
    q, n = _space(q, n)
    vectors_count = (q**n - 1) // (q - 1)
    if vectors_count * q**n > _MAX_POINTS:
        raise InvalidInputError(
            f"`q` and `n` must leave at most {_MAX_POINTS} points on all lines together; "
            f"got {vectors_count * q**n}"
        )
    place = q ** np.arange(n)[::-1]
    result = np.empty((vectors_count, q ** (n - 1), q), dtype=np.int64)
    rest = np.indices((q,) * (n - 1)).reshape(n - 1, -1).T
    for i, v in enumerate(directions(q, n)):
        pivot = int(np.flatnonzero(v)[-1])
        # each line meets "coordinate pivot = 0" once
        start = np.insert(rest, pivot, 0, axis=1)
        result[i] = _along(q, start, v) @ place
    return result


def missing_directions(points: ArrayLike, q: int) -> IntArray:
    """Return the directions of which the set holds no line.

    Parameters
    ----------
    points : array_like of int, shape (m, n)
    q : int

    Returns
    -------
    ndarray of int64, shape (k, n)
        A part of ``directions(q, n)``; empty for a Kakeya set.

    Examples
    --------
    >>> missing_directions([[0, 0], [1, 0], [2, 0]], 3).tolist()
    [[0, 1], [1, 1], [2, 1]]
    """
    mask = _mask(points, q)
    n = mask.ndim
    start = np.argwhere(mask)
    missing = []
    for v in directions(q, n):
        pivot = int(np.flatnonzero(v)[-1])
        if not _held(mask, start[start[:, pivot] == 0], v).any():
            missing.append(v)
    return np.array(missing, dtype=np.int64).reshape(-1, n)


def is_kakeya(points: ArrayLike, q: int) -> bool:
    """Tell whether the set holds a line in every direction.

    Parameters
    ----------
    points : array_like of int, shape (m, n)
    q : int
        Size of the field, a power of a prime.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_kakeya([[0, 0], [0, 1], [1, 0]], 2)
    True
    """
    return len(missing_directions(points, q)) == 0


def is_nikodym(points: ArrayLike, q: int) -> bool:
    """Tell whether every point of the space has a line through it that is else in the set.

    Parameters
    ----------
    points : array_like of int, shape (m, n)
    q : int
        Size of the field, a power of a prime.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_nikodym([[0, 0], [1, 1]], 2)
    True
    """
    mask = _mask(points, q)
    every = np.indices(mask.shape).reshape(mask.ndim, -1).T
    served = np.zeros(len(every), dtype=bool)
    for v in directions(q, mask.ndim):
        rest = np.flatnonzero(~served)
        served[rest] = _held(mask, every[rest], v)
    return bool(served.all())


def minimum(q: int, n: int, kind: str = "kakeya", *, time_limit: float = 60.0) -> MinimumSet:
    """Return a least Kakeya or Nikodym set, by integer programming (HiGHS through scipy).

    Minimise the number of points such that some line of each direction is chosen and all points
    of the chosen lines are taken (Nikodym: a line through each point of the space, and its other
    points). The set found is checked; that nothing smaller exists rests on the solver's dual
    bound, which is floating-point.

    Parameters
    ----------
    q, n : int
        Small: (5, 2) and (3, 3) take seconds, Nikodym sets for (5, 2) half a minute.
    kind : {"kakeya", "nikodym"}
    time_limit : float
        Seconds; when they are over, the result has status "capped".

    Returns
    -------
    MinimumSet

    Raises
    ------
    InvalidInputError
        If the numbers are out of range, or no set was found in the time.

    Examples
    --------
    >>> minimum(3, 2).size
    7
    """
    q, n = _space(q, n)
    choice("kind", kind, _KINDS)
    time_limit = number("time_limit", time_limit, "(0, inf)")
    mask, lower, solver = least_set(lines(q, n), kind, time_limit)
    points = np.argwhere(mask.reshape((q,) * n))
    check = is_kakeya if kind == "kakeya" else is_nikodym
    if not check(points, q):  # rounding of the solver's solution
        raise InvalidInputError(f"`time_limit` must allow for a valid set; got {time_limit}")
    size = len(points)
    status = "complete" if ceil(lower - 1e-6) >= size else "capped"
    return MinimumSet(size=size, lower=lower, status=status, solver=solver, points=frozen(points))


def _held(mask: BoolArray, start: IntArray, v: IntArray) -> BoolArray:
    """Tell from which points the others of the line in direction v are all in the set."""
    f = field(len(mask))
    held = np.arange(len(start))
    for t in range(1, len(mask)):
        if not len(held):
            break
        held = held[mask[tuple(f.add[start[held], f.multiply[t, v]].T)]]
    result = np.zeros(len(start), dtype=bool)
    result[held] = True
    return result


def _along(q: int, start: IntArray, v: IntArray) -> IntArray:
    """Return the q points start + t v, shape (m, q, n)."""
    f = field(q)
    step = f.multiply[np.arange(q)[:, None], v]
    return f.add[start[:, None, :], step]


def _space(q: int, n: int, *, points: bool = False) -> tuple[int, int]:
    prime_and_power(q)
    n = positive_int("n", n, maximum=_MAX_DIM)
    if points and q**n > _MAX_POINTS:
        raise InvalidInputError(f"`q` and `n` must leave q^n <= {_MAX_POINTS}; got {q}^{n}")
    return int(q), n


def _mask(points: ArrayLike, q: int) -> BoolArray:
    """Return the set as a boolean array with n axes of length q."""
    rows = np.asarray(points)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ShapeError(f"`points` must have shape (m, n); got {rows.shape}")
    _space(q, rows.shape[1], points=True)
    whole = np.issubdtype(rows.dtype, np.integer)
    if rows.size and not (whole and rows.min() >= 0 and rows.max() < q):
        raise InvalidInputError(f"`points` must hold whole numbers from 0 to {q - 1}; got others")
    mask = np.zeros((q,) * rows.shape[1], dtype=bool)
    mask[tuple(rows.astype(np.int64).T)] = True
    return mask
