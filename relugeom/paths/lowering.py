"""How the parameters of a PyTorch module give those of its canonical network."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import frozen
from .._table import brief
from ..errors import UnsupportedError

if TYPE_CHECKING:
    from scipy import sparse

    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork

_MAP = ("map_data", "map_indices", "map_indptr", "map_positions", "map_shift")


@brief
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


@brief
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
                "the canonical parameters of the network must be affine functions of the recorded "
                f"ones; got a path on which they are not: {self.reason}"
            )
        result = np.zeros((len(theta), size))
        result[:, self.positions] = (self.matrix @ theta.T).T + self.shift
        return result

    def network(self, theta: FloatArray, buffers: FloatArray) -> ReLUNetwork:
        """Return the network at the parameters ``theta``, shape (P,), by the exported program."""
        if not self.program:
            raise UnsupportedError(
                f"the module must be a piecewise-linear network; got another: {self.reason}"
            )
        import torch

        from ..networks.from_torch import at_state

        program = torch.export.load(io.BytesIO(self.program))
        return at_state(program, {**self.parameters.split(theta), **self.buffers.split(buffers)})

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
        from scipy import sparse

        data, indices, indptr, positions, shift = (arrays[name] for name in _MAP)
        shape = (len(positions), parameters.size)
        matrix = sparse.csr_array((data, indices, indptr), shape=shape)
        matrix.check_format()
        return cls(frozen(positions), matrix, frozen(shift), program, parameters, buffers, reason)
