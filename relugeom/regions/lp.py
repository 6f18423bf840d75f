"""The lp engine: any domain, all of space included, one feasibility problem for each far side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _kernel_lp as kernel
from .problem import Chunk, ChunkIterator, Problem, cell_rows

if TYPE_CHECKING:
    from .._check import FloatArray, SignArray

_HIGHS_TOLERANCE = 1e-6  # a cell that HiGHS finds this far from nonempty is empty
_BUDGET = 20_000  # nodes of one kernel call: an interrupt waits at most about a second


def chunks(problem: Problem, chunk_size: int) -> ChunkIterator:
    """Yield the regions of ``problem``, at most ``chunk_size`` at a time.

    Nodes that the kernel leaves undecided are asked again with HiGHS; a node that neither can
    decide is dropped and counted in ``problem.tally.undecided``.
    """
    domain, tolerances = problem.domain, problem.tolerances
    origin = np.zeros(problem.dim) if domain is None else domain.centre
    todo: list[tuple[SignArray, FloatArray]] = [(np.empty(0, np.int8), origin)]
    while todo:
        prefix, witness = todo.pop()
        asked: list[SignArray] = []
        yield from _subtree(problem, chunk_size, prefix, witness, asked)
        for signs in asked:
            point, margin = _deepest_point(problem, signs)
            if margin > 10 * tolerances.noise * problem.scale:
                todo.append((signs, point))
            elif margin > -_HIGHS_TOLERANCE * problem.scale:
                problem.tally.undecided += 1


def _subtree(
    problem: Problem,
    chunk_size: int,
    prefix: SignArray,
    witness: FloatArray,
    asked: list[SignArray],
) -> ChunkIterator:
    """Yield the regions below one node; nodes left undecided are appended to ``asked``."""
    d, n, n_layers = problem.dim, problem.n_neurons, len(problem.width)
    tolerances, scale = problem.tolerances, problem.scale
    rows, sides = problem.halfspaces
    m = len(rows)
    control = np.zeros(kernel.CONTROL_SIZE, np.int64)
    G, h = np.zeros((m + n, d)), np.zeros(m + n)
    G[:m], h[:m] = rows, sides
    layer_map = np.zeros((n_layers, int(problem.width.max()), d + 3))
    first = layer_map[0, : problem.width[0]]
    first[:, :d], first[:, d] = problem.weights[0], problem.bias[: problem.width[0]]
    first[:, d + 1] = np.linalg.norm(problem.weights[0], axis=1)
    first[:, d + 2] = np.abs(first[:, d])
    unit_of = np.argsort(problem.column, kind="stable")[len(problem.column) - n :]
    layer_of = np.searchsorted(problem.unit_start, unit_of, side="right") - 1
    fixed = np.zeros(n, np.int8)
    fixed[: len(prefix)] = prefix
    out_words = np.empty((chunk_size, problem.n_words), np.uint64)
    out_points = np.empty((chunk_size, d))
    out_zeros = np.empty((chunk_size + n, 2), np.int64)
    ask = np.empty((256, n + 1), np.int32)
    state: tuple[Any, ...] = (
        m, G, h, np.zeros(m + n, np.bool_), fixed, len(prefix),
        np.zeros(n, np.int8), witness.copy(), np.empty((n, d)), np.zeros(n, np.bool_), layer_map,
        out_words, out_points, out_zeros, ask, *kernel.workspace(d),
    )  # fmt: skip
    constants = (
        problem.width, problem.unit_start, problem.column, problem.slope, problem.bias,
        problem.transposed, problem.transposed_start, unit_of, layer_of,
    )  # fmt: skip
    status, solved = kernel.BUDGET, problem.tally.work
    while status != kernel.DONE:
        status = kernel.run(
            control, _BUDGET, scale, tolerances.margin * scale, tolerances.noise * scale,
            tolerances.on * scale / 10, tolerances.vanish, *constants, *state,
        )  # fmt: skip
        asked += [row[: row[n]].astype(np.int8) for row in ask[: control[kernel.N_ASK]]]
        control[kernel.N_ASK] = 0
        problem.tally.work = solved + int(control[kernel.SOLVED])
        count, n_zeros = int(control[kernel.N_OUT]), int(control[kernel.N_ZEROS])
        control[[kernel.N_OUT, kernel.N_ZEROS]] = 0
        if count:
            yield Chunk(
                words=out_words[:count].copy(),
                points=out_points[:count].copy(),
                zeros=out_zeros[:n_zeros].copy(),
            )


def _deepest_point(problem: Problem, signs: SignArray) -> tuple[FloatArray, float]:
    """Ask HiGHS for the point of a partial pattern deepest inside its rows, and how deep."""
    from scipy.optimize import linprog

    pattern = np.zeros(problem.n_neurons, np.int8)
    pattern[: len(signs)] = signs
    rows, sides = cell_rows(problem, pattern[None])
    used = np.linalg.norm(rows[0], axis=1) > 0
    used[len(problem.halfspaces[0]) + len(signs) :] = False
    G, h = rows[0, used], sides[0, used] / problem.scale
    result = linprog(
        np.append(np.zeros(problem.dim), -1.0),
        A_ub=np.column_stack([G, np.ones(len(G))]),
        b_ub=h,
        bounds=[(None, None)] * problem.dim + [(None, 1.0)],
        method="highs",
    )
    if result.x is None:
        return np.zeros(problem.dim), 0.0
    point = np.asarray(result.x[:-1])
    return point * problem.scale, float((h - G @ point).min()) * problem.scale
