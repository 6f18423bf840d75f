"""The incremental engine: any arrangement in all of space, hyperplane after hyperplane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .._threads import in_order
from . import _kernel_incremental as kernel
from .essential import Doubt, essential
from .problem import ChunkIterator, Problem

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray

_PART = 65_536  # cells whose signs one kernel call reads


def chunks(problem: Problem, chunk_size: int, jobs: int = 1) -> ChunkIterator:
    """Yield the cells of a plain arrangement; the tree of all splits is kept in memory.

    Raises
    ------
    Doubt
        If rounding and geometry cannot be told apart. Cells may have been yielded before.
    """
    rest = essential(problem)
    A, c, error = np.ascontiguousarray(rest.normals.T), rest.offsets.copy(), rest.rounding
    status = np.zeros(1, np.int64)
    if rest.dim == 0:
        points = np.empty((1, 0))
    elif rest.dim == 1:
        points = kernel.cells(A, c, error, status)
    else:
        tree = kernel.start(rest.dim)
        for k, traces in enumerate(_traces(A, c, error, status, jobs)):
            tree = kernel.split(A, c, error, k, traces, tree, status)
            _check(status)
        points = tree[1][: tree[2][1]]
    _check(status)
    word_start = np.searchsorted(rest.place, 64 * np.arange(problem.n_words + 1))
    shift = (63 - rest.place % 64).astype(np.uint64)
    for low in range(0, len(points), _PART):
        part = points[low : low + _PART].copy()
        words = np.zeros((len(part), problem.n_words), np.uint64)
        if rest.dim:
            kernel.read(A, c, error, part, word_start, shift, words, status)
            _check(status)
        yield from rest.chunk(words, part).parts(chunk_size)


def _traces(
    A: FloatArray, c: FloatArray, error: FloatArray, status: IntArray, jobs: int
) -> Iterator[FloatArray]:
    """Return points in the cells into which earlier hyperplanes cut each one."""

    def on(k: int) -> FloatArray:
        B, b, e, p = kernel.restrict(A, c, error, k, status)
        points: FloatArray = kernel.lift(kernel.cells(B, b, e, status), A, c, k, p)
        return points

    return in_order(jobs, on, range(len(c)))


def _check(status: IntArray) -> None:
    if status[0] == kernel.DOUBT:
        raise Doubt("rounding and geometry cannot be told apart")
