"""Weight matrices: dense, or sparse in compressed rows (layers from convolutions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import numpy as np

from .._check import float_array, frozen
from ..errors import ShapeError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from .._check import FloatArray

Matrix: TypeAlias = "FloatArray | csr_array"


def is_sparse(matrix: Any) -> TypeGuard[csr_array]:
    """Tell whether a matrix is a scipy sparse one."""
    if isinstance(matrix, np.ndarray):
        return False
    from scipy.sparse import issparse

    return bool(issparse(matrix))


def checked(name: str, value: Any) -> Matrix:
    """Return ``value`` as a float64 matrix of finite numbers, sparse if it is sparse."""
    if not is_sparse(value):
        return float_array(name, value, shape=(None, None))
    if value.ndim != 2:
        raise ShapeError(f"`{name}` must be a matrix; got {value.ndim} axes")
    from scipy.sparse import csr_array

    matrix = csr_array(value.astype(np.float64))
    matrix.sum_duplicates()
    float_array(name, matrix.data)
    return matrix


def locked(matrix: Matrix) -> Matrix:
    """Return a copy marked read-only."""
    if isinstance(matrix, np.ndarray):
        return frozen(matrix)
    copy = matrix.copy()
    for part in (copy.data, copy.indices, copy.indptr):
        part.setflags(write=False)
    return copy


def like(matrix: Matrix, values: FloatArray) -> Matrix:
    """Return a read-only copy of ``values``, sparse if ``matrix`` is sparse."""
    if not is_sparse(matrix):
        return frozen(values)
    from scipy.sparse import csr_array

    return locked(csr_array(values))


def magnitude(matrix: Matrix) -> Matrix:
    """Return the absolute values."""
    return np.abs(matrix) if isinstance(matrix, np.ndarray) else abs(matrix)


def dense(matrix: Matrix) -> FloatArray:
    """Return the matrix as an array."""
    return np.asarray(matrix.toarray() if is_sparse(matrix) else matrix, np.float64)


def times(matrix: Matrix, stack: FloatArray) -> FloatArray:
    """Return ``matrix @ stack[i]`` for each i: shapes (o, k) and (n, k, d) to (n, o, d)."""
    if not is_sparse(matrix):
        product = matrix @ stack
    else:
        n, k, d = stack.shape
        flat = matrix @ stack.transpose(1, 0, 2).reshape(k, n * d)
        product = flat.reshape(-1, n, d).transpose(1, 0, 2)
    return np.asarray(product, np.float64)
