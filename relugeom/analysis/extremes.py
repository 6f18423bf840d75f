"""`extremes`: the global maximum and minimum of the output over the domain, and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._status import Ended
from .._table import brief
from ..errors import IncompleteError
from . import _kernel_simplex as kernel
from .functionals import affine_pieces, functional_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..regions.table import Regions

_TOLERANCE = 1e-12  # violations of rows, beside the scale, that count as none
_RISE = 1e-9  # a slope along a ray, beside the gradient, that is not zero
_FAR = 1e6  # sides of the box, beside the scale, that stands for all of space at first
_FARTHER = 8.0


@brief
@dataclass(frozen=True, eq=False)
class Extremes(Ended):
    """Least and greatest values over a domain; made by `relugeom.extremes`.

    Attributes
    ----------
    low, high : ndarray, shape (k,)
        Infinite where a functional is not bounded on an unbounded domain.
    argmin, argmax : ndarray, shape (k, d)
        Points where they are attained; NaN where they are not.
    argmin_region, argmax_region : ndarray of int, shape (k,)
        The regions that these lie in, or along which the functional is not bounded.
    status : str
        That of the table: the values are those over the regions that it lists.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # |x|
    >>> found = rg.extremes(rg.enumerate_regions(net, rg.Box([-1], [2])))
    >>> found.low.tolist(), found.high.tolist(), found.argmax.tolist()
    ([0.0], [2.0], [[2.0]])
    """

    low: FloatArray
    high: FloatArray
    argmin: FloatArray
    argmax: FloatArray
    argmin_region: IntArray
    argmax_region: IntArray
    status: str


def extremes(
    regions: Regions, functional: ArrayLike | None = None, *, progress: bool | None = None
) -> Extremes:
    """Return the minimum and maximum of the output, or of functionals of it, over the domain.

    On a region the network is affine, so that its extremes there are a linear program; regions
    that cannot beat the best value so far are left as soon as the dual shows it.

    Parameters
    ----------
    regions : Regions
    functional : array_like, shape (output_dim,) or (k, output_dim), optional
        Which combinations of the outputs to look at; every output if not given.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    Extremes

    Raises
    ------
    UnsupportedError
        If the table is that of an arrangement.
    IncompleteError
        If the table is empty.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, -2]]], [[0, 0], [0]])
    >>> found = rg.extremes(rg.enumerate_regions(net, rg.Box([-1, -1], [3, 1])))
    >>> found.low.tolist(), found.high.tolist()
    ([-2.0], [3.0])
    >>> float(found.argmax[0, 0])
    3.0
    >>> rg.extremes(rg.enumerate_regions(net)).high.tolist()
    [inf]
    """
    rows = functional_rows(regions.network, functional)
    if len(regions) == 0:
        raise IncompleteError(
            "`regions` must hold at least one region for extremes; got an empty table"
        )
    k = len(rows)
    values, points, where = _lowest(regions, np.vstack([rows, -rows]), progress)
    return Extremes(
        low=values[:k],
        high=-values[k:],
        argmin=points[:k],
        argmax=points[k:],
        argmin_region=where[:k],
        argmax_region=where[k:],
        status=regions.status,
    )


def _lowest(
    regions: Regions, rows: FloatArray, progress: bool | None
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the least value of each functional, where it is, and in which region."""
    d, domain = regions.dim, regions.domain
    if domain is not None and domain.bounded:
        box = domain.bounding_box
        return _lowest_in_box(regions, rows, box.lower, box.upper, progress)
    values, points = np.full(len(rows), -np.inf), np.full((len(rows), d), np.nan)
    where = _falling_rays(regions, rows, progress)
    todo = np.flatnonzero(where < 0)
    far = _FAR * regions.scale
    origin = np.zeros(d) if domain is None else domain.centre
    while len(todo):  # until the box no longer holds the minimum back
        near, x, region = _lowest_in_box(regions, rows[todo], origin - far, origin + far, progress)
        far *= _FARTHER
        again, _, _ = _lowest_in_box(regions, rows[todo], origin - far, origin + far, progress)
        still = again < near - _TOLERANCE * np.maximum(np.abs(near), 1.0)
        values[todo], points[todo], where[todo] = near, x, region
        todo = todo[still]
    return values, points, where


def _lowest_in_box(
    regions: Regions,
    rows: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    progress: bool | None,
) -> tuple[FloatArray, FloatArray, IntArray]:
    best, where = np.full(len(rows), np.inf), np.full(len(rows), -1)
    points = np.empty((len(rows), regions.dim))
    tolerance = _TOLERANCE * regions.scale
    for part, A, c in affine_pieces(regions, rows, "extremes", progress):
        G, h = regions.inequalities(part)
        values = np.einsum("nkd,nd->nk", A, regions.points[part]) + c
        for j, i in enumerate(values.argmin(axis=0)):
            if values[i, j] < best[j]:
                best[j], where[j] = values[i, j], part.start + i
                points[j] = regions.points[part.start + i]
            found = _over_cells(A[:, j], c[:, j], G, h, lower, upper, tolerance, best[j])
            if found is not None:
                best[j], points[j], where[j] = found[0], found[1], part.start + found[2]
    return best, points, where


def _falling_rays(regions: Regions, rows: FloatArray, progress: bool | None) -> IntArray:
    """Return for each functional a region in which it falls for ever along a ray; -1 if none."""
    where, ones = np.full(len(rows), -1), np.ones(regions.dim)
    for part, A, c in affine_pieces(regions, rows, "rays", progress):
        G, h = regions.inequalities(part)
        size = np.linalg.norm(A, axis=2, keepdims=True)
        gradient = A / np.where(size > 0.0, size, 1.0)
        zero, level = np.zeros_like(h), np.zeros(len(c))
        for j in np.flatnonzero(where < 0):
            found = _over_cells(gradient[:, j], level, G, zero, -ones, ones, _TOLERANCE, -_RISE)
            if found is not None:
                where[j] = part.start + found[2]
    return where


def _over_cells(
    gradient: FloatArray,
    offset: FloatArray,
    G: FloatArray,
    h: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    tolerance: float,
    best: float,
) -> tuple[float, FloatArray, int] | None:
    """Return value, point and number of the cell with the least value, if it is below ``best``."""
    _, m, d = G.shape
    x, doubtful = np.empty(d), np.zeros(len(G), np.bool_)
    value, at = kernel.lowest_over_cells(
        np.ascontiguousarray(gradient), np.ascontiguousarray(offset), np.ascontiguousarray(G),
        np.ascontiguousarray(h), lower, upper, tolerance, best, x, doubtful,
        *kernel.workspace(d, m),
    )  # fmt: skip
    for i in np.flatnonzero(doubtful):
        point = _by_linprog(gradient[i], G[i], h[i], lower, upper)
        if point is not None and gradient[i] @ point + offset[i] < value:
            value, x, at = float(gradient[i] @ point + offset[i]), point, int(i)
    return None if at < 0 else (float(value), x, int(at))


def _by_linprog(
    cost: FloatArray, G: FloatArray, h: FloatArray, lower: FloatArray, upper: FloatArray
) -> Any:
    from scipy.optimize import linprog

    eye = np.eye(len(cost))
    rows, sides = np.vstack([G, eye, -eye]), np.concatenate([h, upper, -lower])
    result = linprog(cost, rows, sides, bounds=(None, None), method="highs")
    return result.x if result.status == 0 else None
