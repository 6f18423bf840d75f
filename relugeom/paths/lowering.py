"""How the parameters of a PyTorch module give those of its canonical network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .._check import frozen
from ..errors import RelugeomError, UnsupportedError
from ..networks.from_torch import at_state, decomposed, export
from ..networks.matrix import is_sparse
from ._affine import interacting, recover

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork

_MOST_PARAMETERS = 20_000_000  # of a module that is copied and exported
_MOST_PRODUCTS = 1_000_000  # multiplications of one forward pass, about the nonzero weights
_MAP = ("map_data", "map_indices", "map_indptr", "map_positions", "map_shift")


@dataclass(frozen=True)
class Layout:
    """Named tensors, one after the other in a vector, each in row-major order.

    Attributes
    ----------
    names : tuple of tuple of str
        All names of each tensor: a shared one has several.
    shapes : tuple of tuple of int
    """

    names: tuple[tuple[str, ...], ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()

    @property
    def slices(self) -> list[slice]:
        """Place of each tensor in the vector."""
        ends = [0, *accumulate(prod(s) for s in self.shapes)]
        return [slice(*pair) for pair in pairwise(ends)]

    @property
    def size(self) -> int:
        """Length of the vector."""
        return sum(prod(s) for s in self.shapes)

    def split(self, vector: FloatArray) -> dict[str, FloatArray]:
        """Return the tensors by name, as views of the vector."""
        parts = zip(self.names, self.slices, self.shapes, strict=True)
        return {name: vector[at].reshape(s) for names, at, s in parts for name in names}

    def to_json(self) -> list[Any]:
        """Return lists of names and shapes."""
        return [[list(n), list(s)] for n, s in zip(self.names, self.shapes, strict=True)]

    @classmethod
    def from_json(cls, rows: list[Any]) -> Layout:
        """Read what `to_json` gave."""
        names = tuple(tuple(str(n) for n in names) for names, _ in rows)
        return cls(names, tuple(tuple(int(k) for k in shape) for _, shape in rows))


@dataclass(frozen=True, eq=False)
class Lowering:
    """The way from the parameters of a module to its canonical network.

    Attributes
    ----------
    positions : ndarray of int64, shape (k,), or None
        Places, in the order of `ReLUNetwork.parameters`, of the entries that are not always 0;
        None if these are not affine functions of the parameters.
    matrix : scipy.sparse.csr_array, shape (k, P), or None
    shift : ndarray, shape (k,), or None
        The entries are ``matrix @ parameters + shift``.
    program : bytes
        The exported program, where it is needed to build networks; else empty.
    parameters, buffers : Layout
        What recorded vectors hold.
    reason : str
        Why there is no ``matrix``, as the end of a sentence.
    """

    positions: IntArray | None = None
    matrix: sparse.csr_array | None = None
    shift: FloatArray | None = None
    program: bytes = b""
    parameters: Layout = Layout()
    buffers: Layout = Layout()
    reason: str = ""

    def canonical(self, theta: FloatArray, size: int) -> FloatArray:
        """Return the ``size`` canonical parameters at ``theta``, shape (S, P), as rows.

        Raises
        ------
        UnsupportedError
            If they are not affine functions of the module's parameters.
        """
        if self.matrix is None:
            raise UnsupportedError(
                "the path must be one on which the canonical parameters of the network are affine "
                f"functions of the recorded ones: {self.reason}"
            )
        result = np.zeros((len(theta), size))
        result[:, self.positions] = (self.matrix @ theta.T).T + self.shift
        return result

    def network(self, theta: FloatArray, buffers: FloatArray) -> ReLUNetwork:
        """Return the network at the parameters ``theta``, shape (P,), by the exported program."""
        if not self.program:
            raise UnsupportedError(
                f"the module that was recorded must be a piecewise-linear network: {self.reason}"
            )
        state = {**self.parameters.split(theta), **self.buffers.split(buffers)}
        return _at(_loaded(self.program), state)

    def to_arrays(self) -> dict[str, Any]:
        """Return map and program as named arrays, for files."""
        arrays: dict[str, Any] = {}
        if self.program:
            arrays["program"] = np.frombuffer(self.program, np.uint8)
        if self.matrix is not None:
            m = self.matrix
            parts = (m.data, m.indices.astype(np.int64), m.indptr.astype(np.int64))
            arrays.update(zip(_MAP, (*parts, self.positions, self.shift), strict=True))
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: dict[str, Any], parameters: Layout, buffers: Layout, reason: str
    ) -> Lowering:
        """Read what `to_arrays` gave."""
        program = np.asarray(arrays["program"]).tobytes() if "program" in arrays else b""
        if _MAP[0] not in arrays:
            return cls(program=program, parameters=parameters, buffers=buffers, reason=reason)
        data, indices, indptr, positions, shift = (arrays[name] for name in _MAP)
        shape = (len(positions), parameters.size)
        matrix = sparse.csr_array((data, indices, indptr), shape=shape)
        matrix.check_format()
        return cls(frozen(positions), matrix, frozen(shift), program, parameters, buffers, reason)


def lower(
    module: Any, input_shape: Sequence[int] | None, parameters: Layout, buffers: Layout
) -> tuple[ReLUNetwork | None, Lowering | None]:
    """Return the canonical form of a module as a function of some of its parameters.

    The other parameters keep the values that they have now.

    Returns
    -------
    network : ReLUNetwork or None
        Shapes and slopes, where the canonical parameters are affine in those of the module.
    lowering : Lowering or None
        None where the canonical parameters are the module's own, in order.
    """
    program, reason = b"", ""
    try:
        count = sum(t.numel() for t in (*module.parameters(), *module.buffers()))
        if count > _MOST_PARAMETERS:
            raise UnsupportedError(f"it has {count} parameters, too many to read")
        graph = export(module, input_shape)
        products = _products(graph)
        if products > _MOST_PRODUCTS:
            program = _stored(graph)
            raise UnsupportedError(f"its {products} multiplications are too many to read at once")
        generic = np.random.default_rng(0).standard_normal(parameters.size)
        structure, graph = _read(graph, parameters.split(generic))
        positions, values = _entries(structure)
        if structure.n_parameters == len(values) == len(generic) and (values == generic).all():
            return structure, None
        program = _stored(graph)
        matrix, shift = _affine(graph, parameters, structure, positions)
        program = program if buffers.size else b""  # which is needed where statistics move
        return structure, Lowering(positions, matrix, shift, program, parameters, buffers)
    except RelugeomError as error:
        reason = str(error)
    except Exception as error:  # torch.export and the code of modules may raise anything
        reason = f"it cannot be read: {_line(error)}"
    return None, Lowering(program=program, parameters=parameters, buffers=buffers, reason=reason)


def _affine(
    program: Any, layout: Layout, structure: ReLUNetwork, positions: IntArray
) -> tuple[sparse.csr_array, FloatArray]:
    """Return matrix and shift of the canonical parameters at some positions, or raise."""
    n = layout.size
    start, other = (np.random.default_rng(k).standard_normal(n) for k in (0, 1))

    def network(theta: FloatArray) -> ReLUNetwork:
        return _at(program, layout.split(theta))

    if _slopes_differ(structure, network(other)):
        for i, at in enumerate(layout.slices):
            moved = start.copy()
            moved[at] = other[at]
            if _slopes_differ(structure, network(moved)):
                raise UnsupportedError(f"{_where(program, layout, i)} sets slopes")

    def f(theta: FloatArray) -> FloatArray:
        return _entries(network(theta), positions)[1]

    bent = interacting(f, layout.slices, n)
    if bent is not None:
        raise UnsupportedError(f"{_where(program, layout, bent)} multiplies other parameters")
    found = recover(f, n)
    if found is None:
        raise UnsupportedError("its weights are sums of too many parameters")
    return found


def _slopes_differ(a: ReLUNetwork, b: ReLUNetwork) -> bool:
    return any((s != t).any() for s, t in zip(a.slopes, b.slopes, strict=True))


def _entries(net: ReLUNetwork, positions: IntArray | None = None) -> tuple[IntArray, FloatArray]:
    """Return places and values of the nonzero weights, or of given places, and of all biases."""
    found, values, at = [], [], 0
    for w, b in zip(net.weights, net.biases, strict=True):
        if is_sparse(w):
            rows = np.repeat(np.arange(w.shape[0]), np.diff(w.indptr))
            place, value = rows * w.shape[1] + w.indices, w.data
        else:
            place, value = np.arange(w.size), w.ravel()
        used = value != 0
        size = w.shape[0] * w.shape[1]
        found += [at + place[used], at + size + np.arange(len(b))]
        values += [value[used], b]
        at += size + len(b)
    places, numbers = np.concatenate(found), np.concatenate(values)
    if positions is None or np.array_equal(places, positions):
        return places, numbers
    if not np.isin(places, positions).all():
        raise UnsupportedError("its canonical form depends on the parameters in more than values")
    result = np.zeros(at)
    result[places] = numbers
    return positions, result[positions]


def _at(program: Any, state: dict[str, FloatArray]) -> ReLUNetwork:
    import torch

    return at_state(program, {k: torch.from_numpy(np.array(v)) for k, v in state.items()})


def _read(program: Any, state: dict[str, FloatArray]) -> tuple[ReLUNetwork, Any]:
    """Return the network, and the program or, where an operator is not known, a simpler one."""
    try:
        return _at(program, state), program
    except UnsupportedError as unknown:
        try:
            simpler = decomposed(program)
            return _at(simpler, state), simpler
        except Exception:
            raise unknown from None


def _stored(program: Any) -> bytes:
    import torch

    stream = io.BytesIO()
    torch.export.save(program, stream)
    return stream.getvalue()


def _loaded(program: bytes) -> Any:
    import torch

    return torch.export.load(io.BytesIO(program))


def _products(program: Any) -> int:
    """Return the number of multiplications of one forward pass."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    inputs, _ = program.example_inputs
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        program.module()(*inputs)
    return int(counter.get_total_flops()) // 2


def _where(program: Any, layout: Layout, i: int) -> str:
    """Name a parameter and the kind of module that it belongs to."""
    name = layout.names[i][0]
    path = name.rpartition(".")[0]
    for node in program.graph.nodes:
        for _, (inner, kind) in (node.meta.get("nn_module_stack") or {}).items():
            if inner == path:
                kind = kind if isinstance(kind, str) else kind.__name__
                return f"parameter {name!r} ({kind.rsplit('.', 1)[-1]})"
    return f"parameter {name!r}"


def _line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else repr(error)
