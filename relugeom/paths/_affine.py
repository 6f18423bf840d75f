"""Finding the sparse affine map behind a function that can only be evaluated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray

Function: TypeAlias = "Callable[[FloatArray], FloatArray]"

_COLOURS = (1, 17, 61, 67)  # arguments moved together have equal indices modulo one of these
_WHOLE = 2**19  # steps are whole numbers from here to twice this,
_FINE = 2.0**-20  # taken from multiples of this below 1: such sums are exact


def recover(f: Function, n: int) -> tuple[sparse.csr_array, FloatArray] | None:
    """Return the matrix A and the shift b of a function ``f(x) = A x + b`` of n arguments.

    Each value must depend on few arguments. A single one is found from three probes: with steps r
    of all arguments the value moves by ``a r_j``, with steps ``r_i (i + 1)`` by ``a r_j (j + 1)``,
    which tells j and a; a third probe confirms. Values that depend on more are found in the same
    way by moving only arguments whose indices are equal modulo 17, then other primes.

    Returns
    -------
    tuple or None
        None if some values depend on too many arguments, or f is not affine. The result is
        checked at a random point.
    """
    random = np.random.default_rng(0)
    base = _FINE * _whole(random, n) * random.choice([-1.0, 1.0], n)
    start = f(base)
    left = np.arange(len(start))
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    for colours in _COLOURS:
        clean = np.ones(len(left), dtype=np.bool_)
        terms = []
        for colour in range(min(colours, n)):
            moved = np.arange(colour, n, colours)
            clear, rows, columns, factors = _single(f, base, start, left, moved, random)
            clean &= clear
            terms.append((rows, columns, factors))
        for rows, columns, factors in terms:
            kept = clean[rows]
            parts.append((left[rows[kept]], columns[kept], factors[kept]))
        left = left[~clean]
        if not len(left):
            break
    else:
        return None
    rows, columns, factors = (np.concatenate(p) for p in zip(*parts, strict=True))
    matrix = sparse.csr_array((factors, (rows, columns)), shape=(len(start), n))
    near = _FINE**2 * base
    shift = f(near) - matrix @ near
    shift[np.abs(shift) <= 1e-14 * (abs(matrix) @ np.abs(near))] = 0.0
    at = random.standard_normal(n)
    size = abs(matrix) @ np.abs(at) + np.abs(shift)
    if (np.abs(f(at) - (matrix @ at + shift)) > 1e-11 * size).any():
        return None
    return matrix, shift


def _single(
    f: Function,
    base: FloatArray,
    start: FloatArray,
    left: IntArray,
    moved: IntArray,
    random: np.random.Generator,
) -> tuple[BoolArray, IntArray, IntArray, FloatArray]:
    """Find the values, among ``left``, that depend on one of the arguments ``moved``.

    Returns
    -------
    clear : ndarray of bool
        Whether the value depends on none of them, or on one that was found.
    rows, columns, factors : ndarray
        Places in ``left``, arguments, and derivatives.
    """
    first, other = _whole(random, len(moved)), _whole(random, len(moved))
    rank = np.arange(1.0, len(moved) + 1)
    changes = []
    for step in (first, first * rank, other):
        at = base.copy()
        at[moved] += step
        changes.append((f(at) - start)[left])
    once, ranked, again = changes
    touched = np.max(np.abs(changes), axis=0) > 1e-3
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = np.rint(ranked / once)
    inside = touched & (guess >= 1) & (guess <= len(moved))
    k = np.where(inside, guess, 1).astype(np.int64) - 1
    factor = once / first[k]
    for change, step in ((ranked, first * rank), (again, other)):
        inside &= np.abs(change - factor * step[k]) <= 1e-9 * np.abs(change) + 1e-3
    rows = np.flatnonzero(inside)
    factor = factor[rows]
    whole = np.rint(factor)  # mostly 1 or -1, up to the rounding of what else is in a value
    factor = np.where(np.abs(factor - whole) <= 1e-14 * np.abs(whole), whole, factor)
    return inside | ~touched, rows, moved[k[rows]], factor


def interacting(f: Function, groups: Sequence[slice], n: int) -> int | None:
    """Return the first group of arguments in which f is not affine together with those before.

    The test is a second difference at random points: zero for an affine function, and zero with
    probability 0 for any other rational one.
    """
    random = np.random.default_rng(1)
    base, one, two = (random.standard_normal(n) for _ in range(3))
    start = f(base)

    def bent(last: slice) -> bool:
        a, b = base.copy(), base.copy()
        a[: last.stop] += one[: last.stop]
        b[last] += two[last]
        both = a.copy()
        both[last] += two[last]
        values = [f(both), start, f(a), f(b)]
        second = values[0] + values[1] - values[2] - values[3]
        return bool((np.abs(second) > 1e-9 * np.max(np.abs(values), axis=0)).any())

    if not groups or not bent(slice(0, n)):
        return None
    return next((i for i, group in enumerate(groups) if bent(group)), None)


def _whole(random: np.random.Generator, n: int) -> FloatArray:
    return random.integers(_WHOLE, 2 * _WHOLE, n).astype(np.float64)
