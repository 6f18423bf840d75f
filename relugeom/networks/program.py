"""A feed-forward program of affine maps and rectifiers, lowered to the canonical form.

Importers build a program with the operators of `relugeom.networks.operators`. A `Value` is a tensor
whose entries are affine functions of *atoms*: the input, and the output of each rectifier met so
far. Lowering puts every rectifier in the first layer in which it can stand; what a later layer
still needs of an earlier atom (a skip connection) is passed through.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ..errors import InvalidInputError
from .matrix import Matrix
from .network import ReLUNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import FloatArray

_INPUT = 0
_SPARSE = 0.05  # matrices with at most this share of non-zeros,
_LARGE = 1_000_000  # and at least this many entries, stay sparse


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of affine functions: ``sum(terms[a] @ atom_a) + constant``, in row-major order.

    Attributes
    ----------
    program : Program
    shape : tuple of int
        Includes the batch axis where the framework has one; it has size 1.
    terms : dict
        Atom to matrix, shape (size, size of the atom), dense or sparse.
    constant : ndarray, shape (size,)
    """

    program: Program
    shape: tuple[int, ...]
    terms: dict[int, Matrix]
    constant: FloatArray

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def depth(self) -> int:
        """Number of rectifiers on the longest way from the input."""
        return max((self.program.depths[a] for a in self.terms), default=0)

    def take(self, indices: NDArray[np.integer]) -> Value:
        """Return the entries at the given flat indices, in the shape of the index array."""
        flat = indices.ravel()
        if len(flat) == self.size and (flat == np.arange(self.size)).all():
            return Value(self.program, indices.shape, self.terms, self.constant)
        terms = {a: m[flat] for a, m in self.terms.items()}
        return Value(self.program, indices.shape, terms, self.constant[flat])

    def map(
        self, matrix: Matrix, bias: FloatArray | float = 0.0, shape: tuple[int, ...] = ()
    ) -> Value:
        """Return ``matrix @ self + bias`` as a tensor of the given shape (a vector if none)."""
        terms = {a: matrix @ m for a, m in self.terms.items()}
        constant = matrix @ self.constant + bias
        return Value(self.program, shape or constant.shape, terms, constant)

    def __add__(self, other: Value) -> Value:
        """Add a tensor of the same shape."""
        terms = dict(self.terms)
        for a, m in other.terms.items():
            terms[a] = terms[a] + m if a in terms else m
        return Value(self.program, self.shape, terms, self.constant + other.constant)

    def scaled(self, factor: FloatArray | float, shift: FloatArray | float = 0.0) -> Value:
        """Return ``factor * self + shift`` entry by entry; both have our shape or are numbers."""
        by = np.broadcast_to(factor, self.shape).ravel().astype(np.float64)
        constant = by * self.constant + np.broadcast_to(shift, self.shape).ravel()
        if (by == 1.0).all():
            return Value(self.program, self.shape, self.terms, constant)
        terms = {a: sparse.diags_array(by).tocsr() @ m for a, m in self.terms.items()}
        return Value(self.program, self.shape, terms, constant)


@dataclass(eq=False)
class Program:
    """Rectifiers in the order in which they were met; see the module docstring."""

    input_shape: tuple[int, ...]
    depths: list[int] = field(default_factory=lambda: [0])
    sizes: list[int] = field(default_factory=list)
    before: list[Value] = field(default_factory=list)
    slopes: list[FloatArray] = field(default_factory=lambda: [np.empty(0)])

    def __post_init__(self) -> None:
        """Define atom 0, the input."""
        self.sizes.append(math.prod(self.input_shape))
        self.before.append(self.input)

    @property
    def input(self) -> Value:
        """The input tensor."""
        return self._atom(_INPUT, self.input_shape)

    def rectify(self, value: Value, slopes: FloatArray | float = 0.0) -> Value:
        """Return a new atom: ``z`` where z > 0, else ``slope * z``."""
        self.depths.append(value.depth + 1)
        self.sizes.append(value.size)
        self.before.append(value)
        self.slopes.append(np.broadcast_to(slopes, value.shape).ravel().astype(np.float64))
        return self._atom(len(self.depths) - 1, value.shape)

    def _atom(self, atom: int, shape: tuple[int, ...]) -> Value:
        n = self.sizes[atom]
        return Value(self, shape, {atom: sparse.eye_array(n, format="csr")}, np.zeros(n))

    def network(self, output: Value) -> ReLUNetwork:
        """Return the network that computes ``output``.

        Raises
        ------
        InvalidInputError
            If the output is affine in the input.
        """
        if output.depth == 0:
            raise InvalidInputError(
                "`model` must have at least one rectifier (ReLU, max, abs, ...) between input and "
                "output; got an affine one: one region"
            )
        atoms = self._reachable(output)
        users = [*(self.before[a] for a in atoms), output]
        levels = [*(self.depths[a] for a in atoms), output.depth + 1]
        carried = {a: _carry(a, self.depths[a], users, levels) for a in (_INPUT, *atoms)}
        weights: list[Matrix] = []
        biases, slopes = [], []
        state = {_INPUT: self.sizes[_INPUT]}  # atoms, or parts of them, and their sizes
        for level in range(1, output.depth + 2):
            here = [i for i, at in enumerate(levels) if at == level]
            kept = [a for a in state if carried[a].until > level]
            blocks = [
                {
                    a: carried[a].needed_by.get(i, m) if self.depths[a] < level - 1 else m
                    for a, m in users[i].terms.items()
                }
                for i in here
            ]
            for a in kept:
                part = carried[a].part
                whole = self.depths[a] == level - 1
                blocks.append({a: part if whole else sparse.eye_array(part.shape[0])})
            passed = sum(carried[a].part.shape[0] for a in kept)
            sizes = [users[i].size for i in here] + [carried[a].part.shape[0] for a in kept]
            weights.append(_assembled(blocks, sizes, state))
            biases.append(np.concatenate([*(users[i].constant for i in here), np.zeros(passed)]))
            if level <= output.depth:
                slopes.append(
                    np.concatenate([*(self.slopes[atoms[i]] for i in here), np.ones(passed)])
                )
                state = {atoms[i]: users[i].size for i in here}
                state |= {a: carried[a].part.shape[0] for a in kept}
        return ReLUNetwork.from_weights(weights, biases, slopes=slopes)

    def _reachable(self, output: Value) -> list[int]:
        """Return the rectifiers that the output depends on, in the order they were met."""
        found: set[int] = set()
        waiting = list(output.terms)
        while waiting:
            atom = waiting.pop()
            if atom != _INPUT and atom not in found:
                found.add(atom)
                waiting += self.before[atom].terms
        return sorted(found)


@dataclass(frozen=True, eq=False)
class _Carried:
    """What is passed through of an atom: ``part @ atom``, up to the layer ``until``."""

    part: Matrix
    until: int
    needed_by: dict[int, Matrix]  # user to the matrix on the part that equals its on the atom


def _carry(atom: int, depth: int, users: list[Value], levels: list[int]) -> _Carried:
    """Choose what to pass through of an atom: its used entries, or what users need, if fewer."""
    far = {
        i: sparse.csr_array(user.terms[atom])
        for i, (user, level) in enumerate(zip(users, levels, strict=True))
        if level > depth + 1 and atom in user.terms
    }
    if not far:
        return _Carried(np.empty((0, 0)), 0, {})
    stacked = sparse.vstack(list(far.values()), format="csr")
    stacked.eliminate_zeros()
    columns = np.unique(stacked.indices)
    rows = np.flatnonzero(np.diff(stacked.indptr))
    until = max(levels[i] for i in far)
    if len(columns) <= len(rows):
        eye = sparse.eye_array(stacked.shape[1], format="csr")
        return _Carried(eye[columns], until, {i: m[:, columns] for i, m in far.items()})
    choose = sparse.eye_array(stacked.shape[0], format="csr")[:, rows]
    ends = np.cumsum([0, *(m.shape[0] for m in far.values())])
    spans = zip(far, ends, ends[1:], strict=False)
    return _Carried(stacked[rows], until, {i: choose[low:high] for i, low, high in spans})


def _assembled(blocks: list[dict[int, Matrix]], sizes: list[int], state: dict[int, int]) -> Matrix:
    """Return the block matrix with a row of blocks for each size, a column for each atom."""
    empty = [[sparse.csr_array((n, k)) for k in state.values()] for n in sizes]
    filled = [
        [sparse.csr_array(row.get(a, zero)) for a, zero in zip(state, zeros, strict=True)]
        for row, zeros in zip(blocks, empty, strict=True)
    ]
    matrix = sparse.block_array(filled, format="csr")
    entries = matrix.shape[0] * matrix.shape[1]
    if entries >= _LARGE and matrix.nnz <= _SPARSE * entries:
        return matrix
    return matrix.toarray()


#: Functions that keep the order of outputs, or of classes: left off at the end of a network.
LOGITS = frozenset({"softmax", "_softmax", "log_softmax", "_log_softmax", "logsoftmax", "sigmoid"})


def left_off(name: str) -> None:
    """Warn that a final softmax or sigmoid is not part of the network."""
    warnings.warn(
        f"the final {name} is left off: the network gives what goes into it (logits)",
        UserWarning,
        stacklevel=2,
    )
