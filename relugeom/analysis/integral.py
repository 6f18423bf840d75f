"""`integral`: integral and mean of the output over the domain, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._status import Ended
from .._table import brief
from .functionals import affine_pieces, functional_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from ..regions.table import Regions


@brief
@dataclass(frozen=True, eq=False)
class Integral(Ended):
    """Integral of the output over a domain; made by `relugeom.integral`.

    Attributes
    ----------
    value : ndarray, shape (k,)
        Integral of each functional.
    volume : float
        Volume of the regions.
    per_region : ndarray, shape (n, k)
        Integrals over each region.
    status : str
        That of the table: the integral is over the regions that it lists.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # |x|
    >>> found = rg.integral(rg.enumerate_regions(net, rg.Box([-1], [2])))
    >>> found.value, found.per_region.ravel()
    (array([2.5]), array([0.5, 2. ]))
    """

    value: FloatArray
    volume: float
    per_region: FloatArray
    status: str

    @property
    def mean(self) -> FloatArray:
        """Mean of each functional, shape (k,): that of a uniformly random input."""
        return self.value / self.volume


def integral(
    regions: Regions, functional: ArrayLike | None = None, *, progress: bool | None = None
) -> Integral:
    """Return the integral of the output, or of functionals of it, over a bounded domain.

    The integral of an affine function over a region is the volume times the value at the centroid.

    Parameters
    ----------
    regions : Regions
    functional : array_like, shape (output_dim,) or (k, output_dim), optional
        Which combinations of the outputs to integrate; every output if not given.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    Integral

    Raises
    ------
    UnboundedError
        If the domain is not bounded.
    UnsupportedError
        If the table is that of an arrangement.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # the absolute value
    >>> found = rg.integral(rg.enumerate_regions(net, rg.Box([-1], [3])))
    >>> found.value.tolist(), found.mean.tolist()
    ([5.0], [1.25])
    """
    rows = functional_rows(regions.network, functional)
    volumes, centroids = regions.volumes, regions.centroids
    parts = np.empty((len(regions), len(rows)))
    for part, A, c in affine_pieces(regions, rows, "integral", progress):
        parts[part] = np.einsum("nkd,nd->nk", A, centroids[part]) + c
    parts *= volumes[:, None]
    return Integral(parts.sum(axis=0), float(volumes.sum()), parts, regions.status)
