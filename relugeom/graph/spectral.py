"""The Fiedler value and vector of the graph.

Large graphs: LOBPCG (A. V. Knyazev, SIAM J. Sci. Comput. 23 (2001), 517-541), preconditioned by one
cycle of algebraic multigrid with smoothed aggregation (P. Vanek, J. Mandel & M. Brezina, Computing
56 (1996), 179-196).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, lobpcg

from ..errors import IncompleteError, InvalidInputError
from ._kernel_aggregate import aggregate

if TYPE_CHECKING:
    from .._check import FloatArray
    from .region_graph import RegionGraph
    from .weights import Weight

_DENSE = 1_000  # rows up to which a matrix is solved as a whole
_STEPS = 200
_ACCURACY = 1e-9  # of the residual, beside the largest degree
_DAMPING = 2 / 3  # of Jacobi's iteration
_SWEEPS = 2


@dataclass(frozen=True, eq=False)
class Fiedler:
    """The second smallest eigenvalue of the graph's Laplacian, and its eigenvector.

    Attributes
    ----------
    value : float
        The Fiedler value (algebraic connectivity), the Rayleigh quotient of ``vector``: never too
        small but for rounding.
    vector : ndarray, shape (n,)
        Unit length, mean 0; its largest entry in size is positive. Its signs halve the graph.
    residual : float
        An eigenvalue lies within this of ``value``.

    Examples
    --------
    >>> import relugeom as rg
    >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
    >>> found = graph.fiedler()
    >>> round(found.value, 9), found.residual < 1e-6
    (2.0, True)
    """

    value: float
    vector: FloatArray
    residual: float

    def __repr__(self) -> str:
        return f"Fiedler({self.value:.6g}, residual {self.residual:.1e})"


def find_fiedler(graph: RegionGraph, weight: Weight) -> Fiedler:
    """Return the Fiedler value and vector of a connected graph."""
    n = graph.n_regions
    if n < 2:
        raise IncompleteError(f"`regions` must hold two regions for a Fiedler value; got {n}")
    adjacency = graph.weighted(weight)
    adjacency.eliminate_zeros()
    if connected_components(adjacency, directed=False)[0] > 1:
        if not graph.regions.complete:
            raise IncompleteError(
                f"`regions` must be complete for a Fiedler value; got {graph.regions.status}"
            )
        raise InvalidInputError("`weight` must leave the graph connected; got one in pieces")
    degrees = adjacency.sum(axis=1)
    laplacian = csr_array(diags_array(degrees) - adjacency)
    if n <= _DENSE:
        vector = eigh(laplacian.toarray(), subset_by_index=[1, 1])[1][:, 0]
    else:
        vector = _iterate(laplacian, float(degrees.max()))
    vector = vector - vector.mean()
    vector /= np.linalg.norm(vector) * np.sign(vector[np.abs(vector).argmax()])
    image = laplacian @ vector
    value = float(vector @ image)
    return Fiedler(value, vector, float(np.linalg.norm(image - value * vector)))


def _iterate(laplacian: csr_array, size: float) -> FloatArray:
    n = laplacian.shape[0]
    grids, coarsest = _grids(laplacian)
    cycle = LinearOperator(
        (n, n),
        matvec=lambda b: _cycle(grids, coarsest, b.reshape(n)),
        matmat=lambda b: np.column_stack([_cycle(grids, coarsest, column) for column in b.T]),
    )
    start = np.random.default_rng(0).standard_normal((n, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the residual says how far it came
        _, vectors = lobpcg(
            laplacian, start, M=cycle, Y=np.ones((n, 1)), largest=False,
            tol=_ACCURACY * size, maxiter=_STEPS,
        )  # fmt: skip
    return np.asarray(vectors[:, 0], np.float64)


def _grids(matrix: csr_array) -> tuple[list[Any], FloatArray]:
    """Return matrix, inverse diagonal, interpolation and restriction of each grid, and the last."""
    grids = []
    while matrix.shape[0] > _DENSE:
        n = matrix.shape[0]
        group, count = aggregate(matrix.indptr, matrix.indices)
        inverse = 1 / matrix.diagonal()
        constant = csr_array((np.ones(n), group, np.arange(n + 1)), shape=(n, count))
        smooth = csr_array(constant - diags_array(_DAMPING * inverse) @ (matrix @ constant))
        restrict = csr_array(smooth.T)
        grids.append((matrix, inverse, smooth, restrict))
        matrix = csr_array(restrict @ (matrix @ smooth))
    return grids, np.linalg.pinv(matrix.toarray(), hermitian=True)


def _cycle(grids: list[Any], coarsest: FloatArray, b: FloatArray, grid: int = 0) -> FloatArray:
    """Solve roughly for the right side b: the same sweeps before and after the coarser grid."""
    if grid == len(grids):
        return np.asarray(coarsest @ b)
    matrix, inverse, smooth, restrict = grids[grid]
    x = _DAMPING * inverse * b
    for _ in range(_SWEEPS - 1):
        x += _DAMPING * inverse * (b - matrix @ x)
    x += smooth @ _cycle(grids, coarsest, restrict @ (b - matrix @ x), grid + 1)
    for _ in range(_SWEEPS):
        x += _DAMPING * inverse * (b - matrix @ x)
    solution: FloatArray = x
    return solution
