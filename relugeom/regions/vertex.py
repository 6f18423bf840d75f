"""The vertex engine: bounded domains, polytopes kept by their vertices."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from ..arrangements.domains import Box
from ..errors import UnsupportedError
from . import _kernel_vertex as kernel
from .problem import Chunk, ChunkIterator, Problem, bounded_domain

_MAX_BOX_DIM = 14  # a box has 2^d vertices
_BUDGET = 1_000_000  # steps of one kernel call: an interrupt waits at most about a second


def chunks(problem: Problem, chunk_size: int) -> ChunkIterator:
    """Yield the regions of ``problem`` in its bounded domain, at most ``chunk_size`` at a time."""
    state = _initial_state(problem, chunk_size)
    control = state["control"]
    tolerances, scale = problem.tolerances, problem.scale
    constants = (
        problem.width, problem.unit_start, problem.column, problem.slope, problem.bias,
        problem.transposed, problem.transposed_start,
    )  # fmt: skip
    status = kernel.BUDGET
    while status != kernel.DONE:
        status = kernel.run(
            control, _BUDGET, tolerances.on * scale, tolerances.noise * scale,
            tolerances.vanish, *constants, *(state[name] for name in _BUFFERS),
        )  # fmt: skip
        if status == kernel.GROW_VERTICES:
            for name in ("vertices", "bits", "new_vertices", "new_bits", "value", "side"):
                state[name] = _longer(state[name])
        elif status == kernel.GROW_STACK:
            for name in ("stack_vertices", "stack_bits"):
                state[name] = _longer(state[name])
            if control[kernel.N_FRAMES] == len(state["frame"]):
                for name in _FRAMES:
                    state[name] = _longer(state[name])
        elif status == kernel.GROW_WORDS:
            _widen(state)
        elif control[kernel.N_OUT]:
            problem.tally.undecided = int(control[kernel.UNDECIDED])
            problem.tally.work = int(control[kernel.SPLITS])
            yield _take(state)


_FRAMES = ("frame", "frame_mask", "frame_id", "frame_pattern", "frame_partial")
_BUFFERS = (
    "vertices", "bits", "mask", "facet_id", "pattern", "partial",
    "new_vertices", "new_bits", "value", "side",
    "stack_vertices", "stack_bits", *_FRAMES,
    "layer_map", "pending", "n_pending",
    "out_words", "out_points", "out_facet_count", "out_facets", "out_flag", "out_zeros",
)  # fmt: skip


def _initial_state(problem: Problem, chunk_size: int) -> dict[str, Any]:
    d, n_layers, n = problem.dim, len(problem.width), problem.n_neurons
    vertices, tight = domain_vertices(problem, "engine='vertex' (engine='lp' takes any)")
    words = tight.shape[1]
    capacity = max(64, 4 * len(vertices))
    widest = int(problem.width.max())
    following = int(problem.width[1:].max()) if n_layers > 1 else 0
    frames = 64
    state: dict[str, Any] = {
        "control": np.zeros(kernel.CONTROL_SIZE, np.int64),
        "vertices": np.zeros((capacity, d)),
        "bits": np.zeros((capacity, words), np.uint64),
        "mask": np.bitwise_or.reduce(tight, axis=0),
        "facet_id": (-1 - np.arange(64 * words)).astype(np.int32),
        "pattern": np.zeros(n, np.int8),
        "partial": np.zeros((following, d + 3)),
        "new_vertices": np.empty((capacity, d)),
        "new_bits": np.empty((capacity, words), np.uint64),
        "value": np.empty(capacity),
        "side": np.empty(capacity, np.int8),
        "stack_vertices": np.empty((64 * capacity, d)),
        "stack_bits": np.empty((64 * capacity, words), np.uint64),
        "frame": np.empty((frames, 5), np.int64),
        "frame_mask": np.empty((frames, words), np.uint64),
        "frame_id": np.empty((frames, 64 * words), np.int32),
        "frame_pattern": np.empty((frames, n), np.int8),
        "frame_partial": np.empty((frames, following, d + 3)),
        "layer_map": np.zeros((n_layers, widest, d + 3)),
        "pending": np.empty((n_layers, widest), np.int64),
        "n_pending": np.zeros(n_layers, np.int64),
        "out_words": np.empty((chunk_size, problem.n_words), np.uint64),
        "out_points": np.empty((chunk_size, d)),
        "out_facet_count": np.empty(chunk_size, np.int64),
        "out_facets": np.empty(chunk_size * 4 * (d + 1) + 64 * words + n, np.int32),
        "out_flag": np.empty(chunk_size, np.uint8),
        "out_zeros": np.empty((chunk_size + n, 2), np.int64),
    }
    state["vertices"][: len(vertices)] = vertices
    state["bits"][: len(vertices)] = tight
    state["control"][[kernel.STATE, kernel.N_VERTICES]] = kernel.ENTER, len(vertices)
    first = state["layer_map"][0, : problem.width[0]]
    first[:, :d] = problem.weights[0]
    first[:, d] = problem.bias[: problem.width[0]]
    first[:, d + 1] = np.linalg.norm(problem.weights[0], axis=1)
    first[:, d + 2] = np.abs(first[:, d])
    return state


def domain_vertices(problem: Problem, purpose: str) -> tuple[Any, Any]:
    """Vertices of the domain and, as bit words, the rows of its halfspaces tight at each."""
    domain = bounded_domain(problem, purpose)
    if isinstance(domain, Box):
        if domain.dim > _MAX_BOX_DIM:
            raise UnsupportedError(
                f"`domain` must be a box of dimension at most {_MAX_BOX_DIM} for {purpose}; "
                f"got dimension {domain.dim} (a box has 2^d vertices)"
            )
        corners = np.array(list(product((0, 1), repeat=domain.dim)), dtype=bool)
        vertices = np.where(corners, domain.upper, domain.lower)
        tight = np.hstack([corners, ~corners])
    else:
        G, h = domain.halfspaces
        vertices = domain.vertices
        tight = np.abs(vertices @ G.T - h) <= 1e-9 * domain.scale
        tight &= _is_facet(vertices, tight)
    words = (tight.shape[1] + 31) // 64 + 1  # at least half a word to spare
    padded = np.zeros((len(vertices), 64 * words), np.uint64)
    padded[:, : tight.shape[1]] = tight
    powers = np.uint64(1) << np.arange(64, dtype=np.uint64)
    packed = (padded.reshape(len(vertices), words, 64) * powers).sum(axis=2, dtype=np.uint64)
    return vertices, packed


def _is_facet(vertices: Any, tight: Any) -> Any:
    """Tell which rows of the domain are facets: d affinely independent vertices, the first such."""
    d = vertices.shape[1]
    is_facet = np.zeros(tight.shape[1], bool)
    for row in range(tight.shape[1]):
        on = tight[:, row]
        repeated = (tight[:, :row][:, is_facet[:row]] == on[:, None]).all(axis=0).any()
        if on.sum() >= d and not repeated:
            edges = vertices[on] - vertices[on].mean(axis=0)
            is_facet[row] = np.linalg.matrix_rank(edges, tol=1e-9 * np.abs(vertices).max()) == d - 1
    return is_facet


def _longer(array: Any) -> Any:
    """Return a copy with twice the rows."""
    return np.concatenate([array, np.zeros_like(array)])


def _widen(state: dict[str, Any]) -> None:
    """Double the number of bit words: a cell has run out of facet slots."""
    for name in ("bits", "new_bits", "stack_bits", "mask", "frame_mask", "facet_id", "frame_id"):
        old = state[name]
        state[name] = np.concatenate([old, np.zeros_like(old)], axis=-1)


def _take(state: dict[str, Any]) -> Chunk:
    """Copy the finished regions out and empty the output buffers."""
    control = state["control"]
    n, n_facets = int(control[kernel.N_OUT]), int(control[kernel.N_FACETS])
    n_zeros = int(control[kernel.N_ZEROS])
    control[[kernel.N_OUT, kernel.N_FACETS, kernel.N_ZEROS]] = 0
    return Chunk(
        words=state["out_words"][:n].copy(),
        points=state["out_points"][:n].copy(),
        zeros=state["out_zeros"][:n_zeros].copy(),
        facet_counts=state["out_facet_count"][:n].copy(),
        facets=state["out_facets"][:n_facets].astype(np.int64),
        coincident=state["out_flag"][:n].astype(bool),
    )
