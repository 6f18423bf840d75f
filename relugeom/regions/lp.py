"""The lp engine: any domain, all of space included, one feasibility problem for each far side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .._threads import in_turns
from . import _kernel_lp as kernel
from . import packing
from ._kernel_distance import workspace
from .exact import deepest_point
from .problem import Chunk, ChunkIterator, Problem, Tally

if TYPE_CHECKING:
    from .._check import FloatArray, SignArray

_BUDGET = 20_000  # nodes of one kernel call: an interrupt waits at most about a second
_SUBTREES = 16  # for each thread, if there are so many
_CERTIFICATES = 32  # kept for each neuron and side
_MOST_CERTIFICATES = 1 << 21  # words of certificates in all


@dataclass(frozen=True, eq=False)
class Node:
    """A place in the tree over neurons.

    ``signs`` is ±1 for neurons that have that sign or none, 0 for free ones. ``point`` lies inside
    the cell of the first ``n_known`` of them.
    """

    signs: SignArray
    n_known: int
    point: FloatArray


def chunks(problem: Problem, chunk_size: int, jobs: int = 1) -> ChunkIterator:
    """Yield the regions of ``problem``, at most ``chunk_size`` at a time."""
    origin = np.zeros(problem.dim) if problem.domain is None else problem.domain.centre
    root = Node(np.zeros(problem.n_neurons, np.int8), 0, origin)
    if jobs == 1:
        yield from below(problem, chunk_size, [root])
        return
    parts = [(replace(problem, tally=Tally()), node) for node in _divided(problem, root, jobs)]
    streams = [below(part, chunk_size, [node]) for part, node in parts]
    try:
        for stream, chunk in in_turns(jobs, lambda stream: next(stream, None), streams):
            if chunk is not None:
                streams.append(stream)
                yield chunk
    finally:
        for part, _ in parts:
            problem.tally.add(part.tally)


def _divided(problem: Problem, root: Node, jobs: int) -> list[Node]:
    """Return the nodes of a level of the tree that has enough of them."""
    nodes, n = [root], problem.n_neurons
    for depth in range(1, n):
        if len(nodes) >= _SUBTREES * jobs:
            break
        nodes = [
            Node(np.append(signs, np.zeros(n - depth, np.int8)), depth, point)
            for chunk in below(problem, 1024, nodes, depth)
            for signs, point in zip(packing.unpack(chunk.words, depth), chunk.points, strict=True)
        ]
    return nodes


def below(
    problem: Problem, chunk_size: int, nodes: Iterable[Node], depth: int | None = None
) -> ChunkIterator:
    """Yield the regions below some nodes of the tree, or the nodes at a depth.

    Nodes that floats leave undecided are decided in rational arithmetic.
    """
    todo, n = list(nodes), depth or problem.n_neurons
    while todo:
        node = todo.pop()
        asked: list[SignArray] = []
        yield from _subtree(problem, chunk_size, node, n, asked)
        for signs in asked:
            if problem.tally.exact >= problem.tolerances.max_exact:
                problem.tally.undecided += 1
                continue
            problem.tally.exact += 1
            point, radius = deepest_point(problem, signs)
            if radius > problem.tolerances.noise * problem.scale:
                given = node.signs.copy()
                given[: len(signs)] = signs
                todo.append(Node(given, len(signs), point))


def _subtree(
    problem: Problem, chunk_size: int, node: Node, n: int, asked: list[SignArray]
) -> ChunkIterator:
    """Yield the cells of the first n neurons below a node; undecided ones go to ``asked``."""
    d, n_layers = problem.dim, len(problem.width)
    tolerances, scale = problem.tolerances, problem.scale
    rows, sides = problem.halfspaces
    m, widest = len(rows), problem.widest
    control = np.zeros(kernel.CONTROL_SIZE, np.int64)
    G, h = np.zeros((d, m + n)), np.full(m + n, np.inf)
    G[:, :m], h[:m] = rows.T, sides
    maps, norm = np.zeros((n_layers, d + 3, widest)), np.zeros((n_layers, widest))
    width = problem.width[0]
    maps[0, :d, :width], maps[0, d, :width] = problem.weights[0].T, problem.bias[:width]
    maps[0, d + 1, :width] = norm[0, :width] = np.linalg.norm(problem.weights[0], axis=1)
    maps[0, d + 2] = np.abs(maps[0, d])
    unit_of = np.argsort(problem.column, kind="stable")[len(problem.column) - problem.n_neurons :]
    layer_of = np.searchsorted(problem.unit_start, unit_of, side="right") - 1
    level_start = np.searchsorted(layer_of, np.arange(n_layers))
    words = (widest + 63) // 64
    kept = int(np.clip(_MOST_CERTIFICATES // (4 * n * words), 1, _CERTIFICATES))
    out_words = np.empty((chunk_size, problem.n_words), np.uint64)
    out_points = np.empty((chunk_size, d))
    out_zeros = np.empty((chunk_size + n, 2), np.int64)
    ask = np.empty((256, n + 1), np.int32)
    state: tuple[Any, ...] = (
        m, G, h, node.signs, node.n_known,
        np.zeros(n, np.int8), node.point.copy(), np.empty((n, d)), np.zeros(n, np.bool_),
        maps, norm, np.zeros((n_layers, words), np.uint64),
        *np.zeros((2, n, 2, kept, words), np.uint64), np.zeros((n, 2), np.int64),
        out_words, out_points, out_zeros, ask, *workspace(d, m + n),
    )  # fmt: skip
    constants = (
        problem.width, problem.unit_start, problem.column, problem.slope, problem.bias,
        problem.transposed, problem.transposed_start, unit_of, layer_of, level_start,
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
