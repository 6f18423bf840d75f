"""What an engine works on: the layers of a network or an arrangement, as flat arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from .._cache import remembered
from .._table import brief
from ..arrangements.arrangement import HyperplaneArrangement
from ..arrangements.domains import Box, Domain, Polytope
from ..errors import DomainError, InvalidInputError, UnboundedError
from ..networks.matrix import dense, magnitude
from ..networks.network import ReLUNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import BoolArray, FloatArray, IntArray, SignArray, WordArray
    from ..tolerances import Tolerances

Source: TypeAlias = ReLUNetwork | HyperplaneArrangement


@brief
class FacetColumns(NamedTuple):
    """Facets of some regions: so many a region, one after the other.

    A facet is a neuron, or row r of the domain as ``-1 - r``; ``coincident`` marks regions where
    several neurons may share one.
    """

    counts: IntArray
    facets: NDArray[np.int32]
    coincident: BoolArray


@brief
@dataclass(frozen=True, eq=False)
class Chunk:
    """Some regions, in columns, as an engine yields them.

    ``words`` holds the pattern, neuron k at bit ``63 - k % 64`` of word ``k // 64``, set where the
    neuron is on. ``zeros`` lists (row, neuron) where a neuron vanishes on the whole region.
    ``facets`` is None where the engine does not know facets.
    """

    words: WordArray
    points: FloatArray
    zeros: IntArray
    facets: FacetColumns | None = None

    def parts(self, size: int) -> Iterator[Chunk]:
        """Yield the regions again, at most ``size`` at a time, without facets."""
        for low in range(0, len(self.points), size):
            rows = slice(low, low + size)
            here = (self.zeros[:, 0] >= low) & (self.zeros[:, 0] < low + size)
            zeros = self.zeros[here] - np.array([low, 0])
            yield Chunk(self.words[rows], self.points[rows], zeros)


@dataclass
class Tally:
    """What an engine counts while it runs.

    Tests left undecided, splits made or programs solved, cells decided in rational arithmetic.
    """

    undecided: int = 0
    work: int = 0
    exact: int = 0

    def add(self, other: Tally) -> None:
        """Add what another engine counted."""
        self.undecided += other.undecided
        self.work += other.work
        self.exact += other.exact


@brief
@dataclass(frozen=True, eq=False)
class Problem:
    """Layers as flat arrays, the domain as halfspaces, lengths in units of ``scale``."""

    source: Source
    domain: Domain | None
    scale: float
    width: IntArray
    unit_start: IntArray
    column: IntArray
    slope: FloatArray
    bias: FloatArray
    weights: tuple[FloatArray, ...]
    transposed: FloatArray
    transposed_start: IntArray
    gradient_bound: FloatArray
    offset_bound: FloatArray
    dim: int
    widest: int
    n_neurons: int
    tolerances: Tolerances
    tally: Tally = field(default_factory=Tally)

    @property
    def n_words(self) -> int:
        """Words of a packed pattern."""
        return (self.n_neurons + 63) // 64

    @property
    def halfspaces(self) -> tuple[FloatArray, FloatArray]:
        """Unit rows and right sides of the domain; none for the whole space."""
        if self.domain is None:
            return np.empty((0, self.dim)), np.empty(0)
        return self.domain.halfspaces


def make_problem(source: Source, domain: Domain | None, tolerances: Tolerances) -> Problem:
    """Lower a network or arrangement on a domain to flat arrays, checking that they fit."""
    net = as_network(source)
    dim = net.input_dim
    if domain is not None and not isinstance(domain, Box | Polytope):
        raise InvalidInputError(
            f"`domain` must be a Box, a Polytope or None; got {type(domain).__name__}"
        )
    if domain is not None and domain.dim != dim:
        raise DomainError(
            f"`domain` must lie in R^{dim}, the input space; got one in R^{domain.dim}"
        )
    return Problem(
        source=source,
        domain=domain,
        scale=_scale(dense(net.weights[0]), net.biases[0], domain),
        dim=dim,
        tolerances=tolerances,
        **_lowered(net),
    )


@remembered
def _lowered(net: ReLUNetwork) -> dict[str, Any]:
    """Return the layers as flat arrays, and bounds on what goes into gradients and offsets."""
    weights, biases, slopes = [dense(w) for w in net.weights[:-1]], net.biases[:-1], net.slopes
    width = np.array([len(b) for b in biases])
    column = np.full(width.sum(), -1)
    starts = np.concatenate([[0], np.cumsum(width)])
    column[np.concatenate([s + r for s, r in zip(starts, net.rectified, strict=False)])] = (
        np.arange(sum(len(r) for r in net.rectified))
    )
    following = [np.ascontiguousarray(w.T).ravel() for w in weights[1:]]
    sizes = np.concatenate([[0], np.cumsum([f.size for f in following])]).astype(np.int64)
    gradient, offset = [np.linalg.norm(weights[0], axis=1)], [np.abs(biases[0])]
    for W, bias, slope in zip(weights[1:], biases[1:], slopes, strict=False):
        gate = np.maximum(1.0, np.abs(slope))
        gradient.append(np.abs(W) @ (gate * gradient[-1]))
        offset.append(np.abs(bias) + np.abs(W) @ (gate * offset[-1]))
    return {
        "width": width.astype(np.int64),
        "unit_start": starts[:-1].astype(np.int64),
        "column": column.astype(np.int64),
        "slope": np.concatenate(slopes).astype(np.float64),
        "bias": np.concatenate(biases).astype(np.float64),
        "weights": tuple(np.ascontiguousarray(w) for w in weights),
        "transposed": np.concatenate([*following, np.zeros(1)]),
        "transposed_start": sizes,
        "gradient_bound": np.concatenate(gradient),
        "offset_bound": np.concatenate(offset),
        "widest": int(width.max()),
        "n_neurons": int(column.max()) + 1,
    }


def as_network(source: Source) -> ReLUNetwork:
    """Return the network whose cells these are; an arrangement is a hidden layer with output 0."""
    if isinstance(source, ReLUNetwork):
        return source
    if isinstance(source, HyperplaneArrangement):
        return _hidden_layer(source)
    raise InvalidInputError(
        f"`source` must be a ReLUNetwork or a HyperplaneArrangement; got {type(source).__name__}"
    )


@remembered
def _hidden_layer(arrangement: HyperplaneArrangement) -> ReLUNetwork:
    m = arrangement.n_hyperplanes
    return ReLUNetwork(
        (arrangement.normals, np.zeros((1, m))),
        (arrangement.offsets, np.zeros(1)),
        (np.zeros(m),),
    )


def is_one_layer(problem: Problem) -> bool:
    """Tell whether the cells are those of a hyperplane arrangement."""
    return len(problem.width) == 1 and problem.n_neurons == problem.width[0]


def cell_rows(problem: Problem, patterns: SignArray) -> tuple[FloatArray, FloatArray]:
    """Return the inequalities ``G x <= h`` of the cells of some patterns.

    Rows are those of the domain, then one a neuron: unit length, or zero where the neuron is
    constant on the cell. Shapes (n, m, d) and (n, m).
    """
    net = as_network(problem.source)
    A, c = net.neuron_maps(patterns)
    norm = np.linalg.norm(A, axis=2)
    used = norm > problem.tolerances.vanish * _gradient_sizes(net, patterns)
    factor = np.where(used, patterns / np.where(used, norm, 1.0), 0.0)
    rows, sides = problem.halfspaces
    n = len(patterns)
    return (
        np.concatenate([np.broadcast_to(rows, (n, *rows.shape)), -A * factor[:, :, None]], axis=1),
        np.concatenate([np.broadcast_to(sides, (n, len(sides))), c * factor], axis=1),
    )


def _gradient_sizes(net: ReLUNetwork, patterns: SignArray) -> FloatArray:
    """Sum of the magnitudes that go into each neuron's gradient, shape (n, n_neurons)."""
    size = np.broadcast_to(
        np.linalg.norm(dense(net.weights[0]), axis=1), (len(patterns), net.widths[0])
    )
    columns, at = [], 0
    for layer, (slope, rectified) in enumerate(zip(net.slopes, net.rectified, strict=True)):
        columns.append(size[:, rectified])
        gate = np.broadcast_to(np.abs(slope), size.shape).copy()
        on = patterns[:, at : at + len(rectified)] > 0
        gate[:, rectified] = np.where(on, 1.0, gate[:, rectified])
        size = (gate * size) @ magnitude(net.weights[layer + 1]).T
        at += len(rectified)
    return np.hstack(columns)


def bounded_domain(domain: Domain | None, purpose: str) -> Domain:
    """Return the domain if it is bounded, else raise naming the ``purpose``."""
    if domain is None or not domain.bounded:
        what = "all of space" if domain is None else "an unbounded polytope"
        raise UnboundedError(
            f"`domain` must be bounded for {purpose}; got {what}. Give a Box or a bounded Polytope"
        )
    return domain


def _scale(normals: FloatArray, offsets: FloatArray, domain: Domain | None) -> float:
    if domain is not None and domain.bounded:
        return domain.scale
    norm = np.linalg.norm(normals, axis=1)
    distance = np.abs(offsets[norm > 0]) / norm[norm > 0]
    distance = distance[distance > 0]
    return float(np.median(distance)) if len(distance) else 1.0


ChunkIterator: TypeAlias = Iterator[Chunk]
