"""Arrangements made essential: what is left when nothing is said twice.

Rows without a normal are set aside, hyperplanes that coincide become one, lineality is cut away,
and a central arrangement is replaced by its section with a translate of its first hyperplane
(deconing; Stanley 2007, section 1.1). Cells of the rest stand for cells of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import qr

from .._batches import batches
from ..errors import UnsupportedError
from .problem import Chunk, Problem, is_one_layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import BoolArray, FloatArray, IntArray

_BITS = 12  # of the whole numbers that eliminations start from
_EPSILON = 4e-16  # rounding of a few operations on numbers of size 1
_SAME_NORMAL = 1e-13  # unit normals this close are equal but for rounding
_RANK = (1e-14, 1e-9)  # singular values, beside the largest: below, zero; above, not


class Doubt(UnsupportedError):
    """An engine cannot do an arrangement, or floats cannot tell whether it can."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}: try engine='lp', which takes any arrangement")


@dataclass(frozen=True, eq=False)
class Essential:
    """The essential arrangement ``normals @ y + offsets``.

    ``rounding`` bounds the rounding errors of each row: zero for whole numbers, and then for all
    rows; otherwise the largest entries of rows are about 1. ``place`` is the neuron of each row;
    ``copies`` are (neuron, neuron like it) and ``turned`` says which of them are turned round. A
    point y stands for ``origin + lift @ y + shift``. A central arrangement also has every cell's
    mirror image in ``origin``.
    """

    problem: Problem
    normals: FloatArray
    offsets: FloatArray
    rounding: FloatArray
    place: IntArray
    copies: IntArray
    turned: BoolArray
    origin: FloatArray
    lift: FloatArray
    shift: FloatArray
    central: bool

    @property
    def dim(self) -> int:
        """Dimension of the essential arrangement."""
        return int(self.normals.shape[1])

    def chunk(self, words: NDArray[np.uint64], points: FloatArray) -> Chunk:
        """Return the cells of the whole arrangement for which some cells of this one stand."""
        problem = self.problem
        beyond = np.empty((len(points), problem.dim))
        for column, row, start in zip(beyond.T, self.lift, self.shift, strict=True):
            column[:] = start
            for k in np.flatnonzero(row):
                column += row[k] * points[:, k]
        if self.central:
            first = self.first
            words[:, first // 64] |= _bit(first)
            beyond *= problem.scale / np.linalg.norm(beyond, axis=1, keepdims=True)
            own = np.zeros(problem.n_words, np.uint64)
            for k in (first, *self.place):
                own[k // 64] |= _bit(k)
            words = np.concatenate([words, words ^ own])
            beyond = np.concatenate([beyond, -beyond]) + self.origin
        for (k, like), turned in zip(self.copies, self.turned, strict=True):
            on = (words[:, like // 64] & _bit(like) != 0) != turned
            words[:, k // 64] |= np.where(on, _bit(k), np.uint64(0))
        zero_rows = np.flatnonzero(~problem.weights[0].any(axis=1))
        for k in zero_rows[problem.bias[zero_rows] > 0]:
            words[:, k // 64] |= _bit(k)
        vanishing = zero_rows[problem.bias[zero_rows] == 0]
        zeros = np.column_stack(
            [np.repeat(np.arange(len(words)), len(vanishing)), np.tile(vanishing, len(words))]
        )
        return Chunk(words, beyond, zeros.astype(np.int64))

    @property
    def first(self) -> int:
        """The neuron whose translate cuts a central arrangement."""
        problem = self.problem
        return int(np.flatnonzero(problem.weights[0].any(axis=1))[0])


def is_plain(problem: Problem) -> bool:
    """Tell whether a problem is a hyperplane arrangement in all of space."""
    return problem.domain is None and is_one_layer(problem)


def essential(problem: Problem) -> Essential:
    """Reduce a plain arrangement.

    Raises
    ------
    Doubt
        If hyperplanes nearly coincide or nearly meet, to within what floats can tell.
    UnsupportedError
        If the problem is not plain.
    """
    if not is_plain(problem):
        raise UnsupportedError(
            "`net_or_arr` must be an arrangement or a network of one hidden layer, in all of space,"
            " for engine='sweep' and engine='incremental'; engine='lp' takes any"
        )
    unit = 2.0 ** np.round(np.log2(problem.scale))  # dividing by it rounds nothing
    A, c = problem.weights[0], problem.bias / unit
    used = np.flatnonzero(A.any(axis=1))
    A, c, rounding = _whole(A[used], c[used])
    kept, like, turned = _distinct(A, c, problem)
    copies = np.array([(used[i], used[j]) for i, j in enumerate(like) if i != j], np.int64)
    turned = turned[like != np.arange(len(like))]
    A, c, place = A[kept], c[kept], used[kept]
    columns = _independent_columns(A)
    d, e = problem.dim, len(columns)
    lift = np.zeros((d, e))
    lift[columns, np.arange(e)] = 1.0
    A, rounding = A[:, columns], rounding[kept]
    origin, shift, central = np.zeros(d), np.zeros(d), False
    if e:
        centre = np.linalg.lstsq(A, -c, rcond=None)[0] if c.any() else np.zeros(e)
        gap = (np.abs(A @ centre + c) / np.linalg.norm(A, axis=1)).max()
        central = bool(gap <= problem.tolerances.noise)
        if not central and gap <= problem.tolerances.on:
            raise Doubt("the hyperplanes nearly meet in a point")
        if central:
            origin = lift @ centre
            p = int(np.abs(A[0]).argmax())
            others = np.delete(np.arange(e), p)
            height = A[1:, p] * np.sign(A[0, p])
            section = np.zeros((e, e - 1))
            section[others, np.arange(e - 1)] = 1.0
            section[p] = -A[0, others] / A[0, p]
            shift = lift[:, p] / A[0, p]
            lift = lift @ section
            rest = A[1:, others] * abs(A[0, p]) - height[:, None] * A[0, others]
            exact, size = not rounding.any(), np.abs(rest).max(axis=1, initial=0.0)
            A, c, rounding = _whole(rest, height)
            if not exact:
                rounding = _EPSILON * (1 + np.abs(height)) / size
            place = place[1:]
    return Essential(
        problem=problem,
        normals=A,
        offsets=c,
        rounding=rounding,
        place=place,
        copies=copies.reshape(-1, 2),
        turned=turned,
        origin=unit * origin,
        lift=unit * lift,
        shift=unit * shift,
        central=central,
    )


def distinct_hyperplanes(problem: Problem) -> tuple[IntArray, IntArray]:
    """Return the neurons of the distinct hyperplanes of one layer, and for each neuron its own.

    Neurons without a hyperplane have -1.
    """
    A, c = problem.weights[0], problem.bias / problem.scale
    used = np.flatnonzero(A.any(axis=1))
    kept, like, _ = _distinct(A[used], c[used], problem)
    own = np.full(problem.n_neurons, -1)
    own[used] = used[like]
    return used[kept], own


def _whole(A: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Scale rows to small whole numbers if all can be, else by powers of two to entries about 1.

    Neither rounds anything. Returns a bound on the rounding of each row to come, zero for whole
    numbers.
    """
    if A.size == 0:
        return A, c, np.zeros(len(A))
    exponent = -np.frexp(np.abs(np.column_stack([A, c])).max(axis=1))[1]
    rows = np.ldexp(np.column_stack([A, c]), exponent[:, None] + _BITS)
    if (rows == np.rint(rows)).all():
        rows = rows / np.gcd.reduce(rows.astype(np.int64), axis=1)[:, None]
        return rows[:, :-1].copy(), rows[:, -1].copy(), np.zeros(len(A))
    exponent = -np.frexp(np.abs(A).max(axis=1))[1]
    return np.ldexp(A, exponent[:, None]), np.ldexp(c, exponent), np.full(len(A), _EPSILON)


def _distinct(
    A: FloatArray, c: FloatArray, problem: Problem
) -> tuple[IntArray, IntArray, BoolArray]:
    """Return the rows that are no copies; for each row the one it is like, and whether turned."""
    norm = np.linalg.norm(A, axis=1)
    rows = np.column_stack([A, c]) / norm[:, None]
    n = len(rows)
    like, turned = np.arange(n), np.zeros(n, bool)
    least = np.full(A.shape[1] + 1, _SAME_NORMAL)
    least[-1] = problem.tolerances.noise
    for i in _parallel_to_earlier(rows[:, :-1], problem.tolerances.on):
        gaps = np.abs(rows[:i] - np.array([1.0, -1.0])[:, None, None] * rows[i])
        gaps[:, :, -1] /= np.maximum(1.0, np.abs(rows[:i, -1]))
        near = np.argwhere((gaps <= problem.tolerances.on).all(axis=2))
        if len(near):
            side, j = (int(v) for v in near[0])
            if (gaps[side, j] > least).any():
                raise Doubt("two hyperplanes nearly coincide")
            like[i], turned[i] = like[j], (side == 1) != turned[j]
    return np.flatnonzero(like == np.arange(n)), like, turned


def _parallel_to_earlier(units: FloatArray, gap: float) -> list[int]:
    """Return the unit rows whose coordinates may equal those of one before, or their opposites.

    All that do to within ``gap`` are found, and perhaps a few more.
    """
    n, found = len(units), []
    cosine = 1 - max(1e-9, units.shape[1] * gap**2)
    for rows in batches(n, n):
        block = np.arange(rows.start, rows.stop)
        near = np.abs(units[block] @ units.T) >= cosine
        near &= np.arange(n) < block[:, None]
        found += block[near.any(axis=1)].tolist()
    return found


def _independent_columns(A: FloatArray) -> IntArray:
    """Return coordinates that determine the others along the span of the rows."""
    if len(A) == 0:
        return np.empty(0, np.int64)
    R, columns = qr(A, mode="r", pivoting=True)
    size = np.abs(np.diag(R)) / abs(R[0, 0])
    if ((size > _RANK[0]) & (size < _RANK[1])).any():
        raise Doubt("the normals are nearly dependent")
    chosen = columns[: int((size >= _RANK[1]).sum())]
    return np.sort(chosen).astype(np.int64)


def _bit(k: int) -> np.uint64:
    return np.uint64(1) << np.uint64(63 - k % 64)
