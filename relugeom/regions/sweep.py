"""The sweep engine: simple arrangements in all of space, each cell from its lowest vertex.

Cells without a lowest point are those of the arrangement at infinity, of one dimension less, seen
from far below; so the engine goes down the dimensions (Zaslavsky 1975: the counts are the binomial
coefficients).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.linalg import null_space

from .._threads import in_order
from . import _kernel_sweep as kernel
from . import packing
from .essential import Doubt, essential
from .problem import ChunkIterator, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._check import FloatArray, IntArray, WordArray

Cells: TypeAlias = "tuple[WordArray, FloatArray]"

_SEED = 8_675_309_000  # of the direction to sweep in: one that no data are drawn with
_BUDGET = 100_000  # steps of one kernel call, each a line: an interrupt waits about a second


def chunks(problem: Problem, chunk_size: int, jobs: int = 1) -> ChunkIterator:
    """Yield the cells of a plain arrangement that is simple once it is essential.

    Raises
    ------
    Doubt
        If it is not, or too nearly not. Cells may have been yielded before.
    """
    rest = essential(problem)
    size = np.abs(rest.normals).max(axis=1, initial=0.0)
    A, c = rest.normals / size[:, None], rest.offsets / size
    for words, points in _cells(problem, A, c, rest.place, jobs):
        yield from rest.chunk(words, points).parts(chunk_size)


def _cells(
    problem: Problem, A: FloatArray, c: FloatArray, place: IntArray, jobs: int
) -> Iterator[Cells]:
    """Yield patterns and points of the cells of an essential simple arrangement."""
    m, d = A.shape
    if d == 0:
        signs = np.zeros((1, problem.n_neurons), np.int8)
        signs[0, place] = np.sign(c)
        yield packing.pack(signs), np.empty((1, 0))
        return
    upward: FloatArray = np.random.default_rng(_SEED + d).standard_normal((1, d))[0]
    table = np.zeros((d, 2 * d + 1, m + 1 + d))
    table[0, :d] = np.column_stack([A.T, upward, np.eye(d)])
    table[0, d, :m] = c
    if jobs == 1 or d == 1:
        yield from _with_lowest_point(problem, table, place, 0, m)
    else:

        def part(first: int) -> list[Cells]:
            return list(_with_lowest_point(problem, table.copy(), place, first, first + 1))

        for found in in_order(jobs, part, range(m - d + 1)):
            yield from found
    down = -upward / np.square(upward).sum()
    across = null_space(upward[None])
    for words, at_infinity in _cells(problem, A @ across, A @ down, place, jobs):
        yield words, kernel.far_points(A, c, across, down, at_infinity)


def _with_lowest_point(
    problem: Problem, table: FloatArray, place: IntArray, low: int, high: int
) -> Iterator[Cells]:
    """Yield the cells whose lowest vertex has its first hyperplane in ``range(low, high)``."""
    d, m = len(table), len(place)
    control = np.zeros(kernel.CONTROL_SIZE, np.int64)
    chosen, loss = np.full(d, low - 1), np.ones(d)
    word_start = np.searchsorted(place, 64 * np.arange(problem.n_words + 1))
    shift = (63 - place % 64).astype(np.uint64)
    room = max(16_384, m)
    words, points = np.empty((room, problem.n_words), np.uint64), np.empty((room, d))
    value, slope = np.empty((2, table.shape[2]))
    signs = np.empty(d)
    status = kernel.BUDGET
    while status != kernel.DONE:
        status = kernel.run(
            control,
            _BUDGET,
            table,
            loss,
            chosen,
            high,
            word_start,
            shift,
            value,
            slope,
            signs,
            words,
            points,
        )
        if status == kernel.TIE:
            raise Doubt("the arrangement is not simple")
        n = int(control[kernel.N_OUT])
        control[kernel.N_OUT] = 0
        if n:
            yield words[:n].copy(), points[:n].copy()
