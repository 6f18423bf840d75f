"""`lipschitz`: the exact Lipschitz constant over the domain, and where the network is steepest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from .._check import choice
from .._status import Ended
from ..errors import IncompleteError, UnsupportedError
from .functionals import affine_pieces, functional_rows
from .norms import DUAL, NORMS, length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from ..regions.table import Regions

_MOST_SIGNS = 12  # sign vectors over so many coordinates are tried for the norms that need it


@dataclass(frozen=True, eq=False)
class Lipschitz(Ended):
    """The steepest place of a network; made by `relugeom.lipschitz`.

    Attributes
    ----------
    constant : float
        The Lipschitz constant: the least L with ``|f(x) - f(y)| <= L |x - y|`` on the domain.
    region : int
        A region where the network is so steep.
    point : ndarray, shape (d,)
        A point inside it.
    gradient : ndarray, shape (k, d)
        The Jacobian there.
    input_norm, output_norm : str
    per_region : ndarray, shape (n,)
        The operator norm of the Jacobian on every region.
    status : str
        That of the table; unless it is complete, the constant is a lower bound.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [2.0]], [[1.0, 1.0]]], [[0, -2], [0]])
    >>> found = rg.lipschitz(rg.enumerate_regions(net, rg.Box([-1], [2])))
    >>> found.constant, found.region, found.per_region
    (3.0, 2, array([0., 1., 3.]))
    """

    constant: float
    region: int
    point: FloatArray
    gradient: FloatArray
    input_norm: str
    output_norm: str
    per_region: FloatArray
    status: str

    def __repr__(self) -> str:
        norms = f"{self.input_norm} to {self.output_norm}"
        return f"Lipschitz({self.constant:.9g} from {norms}, in region {self.region})"


def lipschitz(
    regions: Regions,
    functional: ArrayLike | None = None,
    *,
    input_norm: str = "l2",
    output_norm: str = "l2",
    progress: bool | None = None,
) -> Lipschitz:
    """Return the exact Lipschitz constant of the network over the domain.

    The network is continuous and affine on each region, and the domain convex: a segment between
    two points is cut into pieces on each of which the difference is at most the operator norm
    times the length, so that the greatest operator norm is the constant.

    Parameters
    ----------
    regions : Regions
    functional : array_like, shape (output_dim,) or (k, output_dim), optional
        Combinations of the outputs to look at instead of the output.
    input_norm, output_norm : {"l2", "l1", "linf"}
        Norms of the input and output space. l1 to any, any to linf, and l2 to l2 have closed
        forms. linf to l1 or l2, and l2 to l1, are maxima over sign vectors (NP-hard in general:
        J. Rohn, Computing the norm ‖A‖∞,1 is NP-hard, Linear Multilinear Algebra 47, 2000), all of
        which are tried: at most 12 outputs, or for linf to l2 at most 12 inputs.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    Lipschitz

    Raises
    ------
    UnsupportedError
        If the table is that of an arrangement, or too many sign vectors would have to be tried.
    IncompleteError
        If the table is empty.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[3, 0], [0, 4]], [[1, 1]]], [[0, 0], [0]])
    >>> regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))
    >>> rg.lipschitz(regions).constant, rg.lipschitz(regions, input_norm="linf").constant
    (5.0, 7.0)
    """
    choice("input_norm", input_norm, NORMS)
    choice("output_norm", output_norm, NORMS)
    net = regions.network
    rows = functional_rows(net, functional)
    if len(regions) == 0:
        raise IncompleteError("`regions` must hold a region for a Lipschitz constant; got none")
    norms = np.empty(len(regions))
    for part, A, _ in affine_pieces(regions, rows, "Lipschitz", progress):
        norms[part] = operator_norms(A, input_norm, output_norm)
    steepest = int(norms.argmax())
    A, _ = net.affine_map(regions.unpacked(slice(steepest, steepest + 1))[0])
    return Lipschitz(
        constant=float(norms[steepest]),
        region=steepest,
        point=regions.points[steepest],
        gradient=rows @ A,
        input_norm=input_norm,
        output_norm=output_norm,
        per_region=norms,
        status=regions.status,
    )


def operator_norms(A: FloatArray, input_norm: str, output_norm: str) -> FloatArray:
    """Return ``max |A[i] x|`` over ``|x| <= 1`` for matrices, shape (n, k, d) to (n,)."""
    k, d = A.shape[1:]
    if k == 1 or output_norm == "linf":  # the longest row, in the dual norm
        norms: FloatArray = length(DUAL[input_norm], A).max(axis=1)
    elif input_norm == "l1":  # the longest column
        norms = length(output_norm, A.transpose(0, 2, 1)).max(axis=1)
    elif input_norm == output_norm == "l2":
        norms = np.linalg.norm(A, 2, axis=(1, 2))
    elif output_norm == "l1":  # over the signs of the output
        norms = length(DUAL[input_norm], _signs(k, "outputs") @ A).max(axis=1)
    else:  # linf to l2: over the signs of the input
        signs = _signs(d, "inputs")
        norms = length("l2", (A @ signs.T).transpose(0, 2, 1)).max(axis=1)
    return norms


def _signs(n: int, what: str) -> FloatArray:
    if n > _MOST_SIGNS:
        raise UnsupportedError(
            f"`input_norm` to `output_norm` is a maximum over sign vectors, and must be of at most "
            f"{_MOST_SIGNS} {what}; got {n}. Other norms have closed forms"
        )
    return np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=n - 1)])
