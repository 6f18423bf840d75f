"""The vertex engine: bounded domains, polytopes kept by their vertices.

A cell with a vertex too near a hyperplane to tell its side is left to the lp engine.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .._cache import remembered
from .._threads import in_turns
from ..arrangements.domains import Box, Domain
from ..errors import UnsupportedError
from . import _kernel_cell as state
from . import _kernel_vertex as kernel
from . import lp, packing
from .facets import compute_facets
from .problem import Chunk, ChunkIterator, FacetColumns, Problem, bounded_domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import BoolArray, FloatArray, WordArray

Entry = TypeVar("Entry", bound=np.generic)

_EPSILON = 4e-16  # rounding of a few operations on numbers of size 1
_MAX_BOX_DIM = 14  # a box has 2^d vertices
_BUDGET = 200_000  # steps of one kernel call: an interrupt waits about a tenth of a second
_MOST_DOUBTFUL = 16  # cells left to the lp engine at a time
_FIRST_ROOM = 1_024  # regions for which there is room at first
_FIRST_BUDGET = 5_000  # ... of the first call, after which work is shared among threads


def chunks(problem: Problem, chunk_size: int, jobs: int = 1) -> ChunkIterator:
    """Yield the regions of ``problem`` in its bounded domain, at most ``chunk_size`` at a time."""
    resting = [_Search(problem, chunk_size)]
    for search, found in in_turns(jobs, _Search.advance, resting, _largest_part):
        if not search.done:
            resting.append(search)
        yield from found
        yield from _decided(problem, chunk_size, search.doubtful())


def _largest_part(searches: list[_Search]) -> _Search | None:
    """Split the search with the most subtrees that wait."""
    largest = max(searches, key=lambda search: search.divisible, default=None)
    return None if largest is None or not largest.divisible else largest.divide()


def _decided(problem: Problem, chunk_size: int, nodes: list[lp.Node]) -> ChunkIterator:
    """Yield the regions of cells in doubt, with their facets."""
    for chunk in lp.below(problem, chunk_size, nodes):
        patterns = packing.unpack(chunk.words, problem.n_neurons)
        patterns[chunk.zeros[:, 0], chunk.zeros[:, 1]] = 0
        table = compute_facets(problem, patterns, chunk.points)
        columns = FacetColumns(
            counts=np.diff(table.start),
            facets=table.facet.astype(np.int32),
            coincident=table.coincident,
        )
        yield replace(chunk, facets=columns)


class _Search:
    """A part of the tree under search: the kernel's arrays, which grow when it asks."""

    def __init__(self, problem: Problem, chunk_size: int) -> None:
        self.problem = problem
        self.chunk_size = chunk_size
        self.done = False
        self._budget = _FIRST_BUDGET
        tolerances, scale = problem.tolerances, problem.scale
        self.layers = state.FlatLayers(
            problem.width, problem.unit_start, problem.column, problem.slope, problem.bias,
            problem.transposed, problem.transposed_start,
            problem.gradient_bound, problem.offset_bound,
        )  # fmt: skip
        vertices, tight = domain_vertices(problem, "engine='vertex' (engine='lp' takes any)")
        rounding = _EPSILON * float(np.abs(vertices).max())  # of a coordinate of a vertex
        self.limits = state.Limits(
            tolerances.on * scale, tolerances.noise * scale, rounding, tolerances.vanish
        )
        self.planar = problem.dim == 2
        self.control = np.zeros(state.CONTROL_SIZE, np.int64)
        self.control[state.STATE], self.control[state.N_VERTICES] = state.ENTER, len(vertices)
        self.cell = _first_cell(problem)
        low, high, z, gradient, offset, gate = np.empty((6, problem.widest))
        chosen = np.empty(problem.widest, np.int64)
        self.scratch = state.Scratch(low, high, z, gradient, offset, gate, chosen)
        n, d, words = len(vertices), problem.dim, tight.shape[1]
        capacity = max(64, 4 * n)
        if self.planar:
            vertices, edges = _cyclic(bounded_domain(problem.domain, "polygons"))
            self.shape: tuple[Any, ...] = _padded(vertices, capacity), _padded(edges, capacity)
            self.cut: tuple[Any, ...] = (
                np.empty((capacity, 2)), np.empty(capacity, np.int32),
                np.empty(capacity), np.empty(capacity, np.int8),
            )  # fmt: skip
        else:
            self.shape = (
                _padded(vertices, capacity), _padded(tight, capacity),
                np.bitwise_or.reduce(tight, axis=0), (-1 - np.arange(64 * words)).astype(np.int32),
            )  # fmt: skip
            self.cut = (
                np.empty((capacity, d)), np.empty((capacity, words), np.uint64),
                np.empty(capacity), np.empty(capacity, np.int8), np.empty((capacity, 2), np.int64),
            )  # fmt: skip
        frames, tall = 64, 16 * capacity
        self.stack = state.Stack(
            vertices=np.empty((tall, d)),
            bits=np.empty((1 if self.planar else tall, words), np.uint64),
            frame=np.empty((frames, state.FRAME_SIZE), np.int64),
            mask=np.empty((frames, words), np.uint64),
            facet_id=np.empty((tall, 1) if self.planar else (frames, 64 * words), np.int32),
            on=np.empty((frames, problem.n_words), np.uint64),
            zero=np.empty((frames, problem.n_words), np.uint64),
            partial=np.empty((frames, *self.cell.partial.shape)),
            steepest=np.empty(frames),
        )
        self.output = self._room(min(chunk_size, _FIRST_ROOM))
        self._doubtful: list[lp.Node] = []

    def _room(self, size: int) -> state.Output:
        """Return buffers for so many regions."""
        problem, d, words = self.problem, self.problem.dim, self.stack.bits.shape[1]
        return state.Output(
            words=np.empty((size, problem.n_words), np.uint64),
            points=np.empty((size, d)),
            facet_count=np.empty(size, np.int64),
            facets=np.empty(size * 3 * (d + 1) + 64 * words + len(self.shape[0]), np.int32),
            flag=np.empty(size, np.uint8),
            zeros=np.empty((size + 64 * problem.n_words, 2), np.int64),
            ask_signs=np.empty((_MOST_DOUBTFUL, problem.n_neurons), np.int8),
            ask_points=np.empty((_MOST_DOUBTFUL, d)),
        )

    @property
    def divisible(self) -> int:
        """Number of subtrees that wait on the stack."""
        return 0 if self.done else int(self.control[state.N_FRAMES] - self.control[state.BASE])

    def advance(self) -> list[Chunk]:
        """Search on for some steps; return what was found."""
        budget, self._budget = self._budget, _BUDGET
        run = kernel.run_planar if self.planar else kernel.run
        found: list[Chunk] = []
        status = kernel.OUTPUT_FULL
        while status not in (kernel.DONE, kernel.BUDGET):
            status = run(
                self.control, budget, self.limits, self.layers, self.cell, self.scratch,
                self.shape, self.cut, self.stack, self.output,
            )  # fmt: skip
            if status == kernel.GROW_VERTICES:
                self.shape = (*map(_longer, self.shape[:2]), *self.shape[2:])
                self.cut = tuple(map(_longer, self.cut))
            elif status == kernel.GROW_STACK:
                self._grow_stack()
            elif status == kernel.GROW_WORDS:
                self._widen()
            elif status == kernel.OUTPUT_FULL:
                break
        self.done = status == kernel.DONE
        n = int(self.control[state.N_OUT])
        if n > 1024 or (n and status in (kernel.DONE, kernel.OUTPUT_FULL)):
            found.append(self._take())
        n = int(self.control[state.N_ASK])
        for signs, point in zip(self.output.ask_signs[:n], self.output.ask_points, strict=False):
            self._doubtful.append(lp.Node(signs.copy(), 0, point.copy()))
        self.control[state.N_ASK] = 0
        if status == kernel.OUTPUT_FULL and len(self.output.points) < self.chunk_size:
            self.output = self._room(self.chunk_size)
        if self.done:
            self.problem.tally.work += int(self.control[state.SPLITS])
        return found

    def doubtful(self) -> list[lp.Node]:
        """Hand over the cells that floats could not split."""
        nodes, self._doubtful = self._doubtful, []
        return nodes

    def divide(self) -> _Search:
        """Give the bottom subtree of the stack, the largest, to a new search."""
        other = _Search(self.problem, self.chunk_size)
        base = int(self.control[state.BASE])
        start, count = self.stack.frame[base, [state.F_START, state.F_COUNT]]
        self.control[state.BASE] += 1
        while other.stack.bits.shape[1] < self.stack.bits.shape[1]:
            other._widen()
        while len(other.stack.vertices) < count:
            other._grow_stack()
        while len(other.shape[0]) < count:
            other.shape = (*map(_longer, other.shape[:2]), *other.shape[2:])
            other.cut = tuple(map(_longer, other.cut))
        rows = ("vertices", "facet_id") if self.planar else ("vertices", "bits")
        for name, mine in self.stack._asdict().items():
            theirs = getattr(other.stack, name)
            if name in rows:
                theirs[:count] = mine[start : start + count]
            elif name != "bits":
                theirs[0] = mine[base]
        other.stack.frame[0, state.F_START] = 0
        for name in ("maps", "norm", "pending", "n_pending"):
            getattr(other.cell, name)[:] = getattr(self.cell, name)
        other.control[[state.STATE, state.N_FRAMES]] = state.POP, 1
        other.control[state.STACK_TOP] = count
        return other

    def _grow_stack(self) -> None:
        grown = {name: _longer(array) for name, array in self.stack._asdict().items()}
        self.stack = state.Stack(**grown)

    def _widen(self) -> None:
        """Double the number of bit words: a cell has run out of facet slots."""
        vertices, bits, mask, facet_id = self.shape
        self.shape = vertices, _wider(bits), _wider(mask), _wider(facet_id)
        self.cut = self.cut[0], _wider(self.cut[1]), *self.cut[2:]
        wider = {name: _wider(getattr(self.stack, name)) for name in ("bits", "mask", "facet_id")}
        self.stack = self.stack._replace(**wider)

    def _take(self) -> Chunk:
        """Copy the finished regions out and empty the output buffers."""
        control, output = self.control, self.output
        n, n_facets, n_zeros = control[[state.N_OUT, state.N_FACETS, state.N_ZEROS]]
        control[[state.N_OUT, state.N_FACETS, state.N_ZEROS]] = 0
        return Chunk(
            words=output.words[:n].copy(),
            points=output.points[:n].copy(),
            zeros=output.zeros[:n_zeros].copy(),
            facets=FacetColumns(
                counts=output.facet_count[:n].copy(),
                facets=output.facets[:n_facets].copy(),
                coincident=output.flag[:n].astype(bool),
            ),
        )


def _first_cell(problem: Problem) -> state.Cell:
    d, n_layers, widest = problem.dim, len(problem.width), problem.widest
    following = int(problem.width[1:].max()) if n_layers > 1 else 0
    maps = np.zeros((n_layers, d + 1, widest))
    maps[0, :d, : problem.width[0]] = problem.weights[0].T
    maps[0, d, : problem.width[0]] = problem.bias[: problem.width[0]]
    return state.Cell(
        on=np.zeros(problem.n_words, np.uint64),
        zero=np.zeros(problem.n_words, np.uint64),
        partial=np.zeros((d + 1, following)),
        steepest=np.zeros(1),
        maps=maps,
        norm=np.zeros((n_layers, widest)),
        pending=np.zeros((n_layers, widest), np.int64),
        n_pending=np.zeros(n_layers, np.int64),
    )


@remembered
def _cyclic(domain: Domain) -> tuple[FloatArray, NDArray[np.int32]]:
    """Vertices of a polygon in cyclic order, and the domain row of each edge as ``-1 - row``."""
    vertices, tight = _corners(domain)
    x, y = (vertices - vertices.mean(axis=0)).T
    order = np.argsort(np.arctan2(y, x))
    shared = tight[order] & tight[np.roll(order, -1)]
    bits = np.unpackbits(np.ascontiguousarray(shared).view(np.uint8), axis=1, bitorder="little")
    return vertices[order], (-1 - bits.argmax(axis=1)).astype(np.int32)


def domain_vertices(problem: Problem, purpose: str) -> tuple[FloatArray, WordArray]:
    """Return vertices of the domain and, as bit words, the facets of the domain at each."""
    domain = bounded_domain(problem.domain, purpose)
    if isinstance(domain, Box) and domain.dim > _MAX_BOX_DIM:
        raise UnsupportedError(
            f"`domain` must be a box of dimension at most {_MAX_BOX_DIM} for {purpose}; "
            f"got dimension {domain.dim} (a box has 2^d vertices)"
        )
    return _corners(domain)


@remembered
def _corners(domain: Domain) -> tuple[FloatArray, WordArray]:
    if isinstance(domain, Box):
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


def _is_facet(vertices: FloatArray, tight: BoolArray) -> BoolArray:
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


def _padded(array: NDArray[Entry], capacity: int) -> NDArray[Entry]:
    """Return a copy with room for ``capacity`` rows."""
    result = np.zeros((capacity, *array.shape[1:]), array.dtype)
    result[: len(array)] = array
    return result


def _longer(array: NDArray[Entry]) -> NDArray[Entry]:
    """Return a copy with twice the rows."""
    return np.concatenate([array, np.zeros_like(array)])


def _wider(array: NDArray[Entry]) -> NDArray[Entry]:
    """Return a copy with twice the columns."""
    return np.concatenate([array, np.zeros_like(array)], axis=-1)
