"""The norms l1, l2 and linf, their duals, and the nearest point of a polyhedron in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..regions import _kernel_distance as distance_kernel
from . import _kernel_simplex as simplex_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import FloatArray

NORMS = ("l1", "l2", "linf")
DUAL = {"l1": "linf", "l2": "l2", "linf": "l1"}

FOUND, NONE, DOUBT = 0, 1, 2
TOLERANCE = 1e-12  # violations of rows that count as none, where lengths are about 1

_ORDER = {"l1": 1, "l2": 2, "linf": np.inf}
_SHIFT = 1e-9  # the distance kernel's tolerance is a thousandth of its margin
_BOUNDS_AT_ONCE = 24  # coordinates up to which all bounds are rows from the start


class Nearest(NamedTuple):
    """Answer of `nearest_point`: FOUND with distance and point, NONE, or DOUBT."""

    status: int
    distance: float = np.inf
    point: FloatArray | None = None


def length(norm: str, vectors: FloatArray) -> FloatArray:
    """Return the norm of the last axis."""
    lengths: FloatArray = np.linalg.norm(vectors, _ORDER[norm], axis=-1)
    return lengths


def nearest_point(
    G: FloatArray,
    h: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    norm: str,
    limit: float = np.inf,
) -> Nearest:
    """Return the point of a polyhedron that is nearest to the origin.

    Parameters
    ----------
    G : ndarray, shape (m, d)
        Rows of unit Euclidean length: ``G @ x <= h``.
    h : ndarray, shape (m,)
    lower, upper : ndarray, shape (d,)
        Bounds of the coordinates, infinite where there is none.
    norm : {"l1", "l2", "linf"}
    limit : float
        Points farther away are of no interest.

    Returns
    -------
    Nearest
        NONE where the polyhedron is surely empty or beyond the limit, DOUBT where floats cannot
        tell.

    Notes
    -----
    l2 is the dual active-set method of the lp engine. l1 is a linear program in the positive and
    negative parts of x. linf is one in ``v = s x / t`` and ``s / t``, where t is the norm of x and
    s a lower bound on it: the largest ``s / t`` such that ``G v <= h s / t`` and ``|v| <= 1``.
    """
    d = G.shape[1]
    if norm == "l1":
        return _nearest_l1(G, h, lower, upper, limit)
    solve = _nearest_l2 if norm == "l2" else _nearest_linf
    chosen: NDArray[np.bool_] = np.isfinite(np.concatenate([upper, -lower]))
    bounds = np.concatenate([upper, -lower])
    if d > _BOUNDS_AT_ONCE:  # most would not be met: those that are violated come one by one
        chosen = bounds < 0
    while True:
        take = np.flatnonzero(chosen)
        rows = np.zeros((len(take), d))
        rows[np.arange(len(take)), take % d] = np.where(take < d, 1.0, -1.0)
        found = solve(np.vstack([G, rows]), np.concatenate([h, bounds[take]]), limit)
        if found.point is None:
            return found
        more = np.concatenate([found.point, -found.point]) > bounds + TOLERANCE
        if not (more & ~chosen).any():
            return found
        chosen = chosen | more


def _nearest_l2(G: FloatArray, h: FloatArray, limit: float) -> Nearest:
    m, d = G.shape
    x = np.zeros(d)
    if m == 0:
        return Nearest(FOUND, 0.0, x)
    work, active, violation = distance_kernel.workspace(d, m)
    status = distance_kernel.least_distance(
        np.ascontiguousarray(G.T), h + _SHIFT, m, -1, np.zeros(d), _SHIFT, _SHIFT - TOLERANCE,
        x, active, work, violation,
    )  # fmt: skip
    if status == distance_kernel.FEASIBLE:
        distance = float(np.linalg.norm(x))
        return Nearest(FOUND, distance, x) if distance < limit else Nearest(NONE)
    return Nearest(NONE if status == distance_kernel.INFEASIBLE else DOUBT)


def _nearest_l1(
    G: FloatArray, h: FloatArray, lower: FloatArray, upper: FloatArray, limit: float
) -> Nearest:
    d = G.shape[1]
    ends = np.maximum([[lower, upper], [-upper, -lower]], 0.0)  # of positive and negative parts
    x, _, status = minimum(
        np.ones(2 * d), np.hstack([G, -G]), h, ends[:, 0].ravel(), ends[:, 1].ravel(), limit
    )
    if status == simplex_kernel.OPTIMAL:
        return Nearest(FOUND, float(x.sum()), x[:d] - x[d:])
    return Nearest(_STATUS[status])


def _nearest_linf(G: FloatArray, h: FloatArray, limit: float) -> Nearest:
    if not G.any(axis=1).all():  # a row that no x moves
        used = G.any(axis=1)
        if (h[~used] < -TOLERANCE).any():
            return Nearest(NONE)
        G, h = G[used], h[used]
    m, d = G.shape
    least = float(np.max(-h / np.abs(G).sum(axis=1), initial=0.0))
    if least <= TOLERANCE:
        return Nearest(FOUND, 0.0, np.zeros(d))
    if least >= limit:
        return Nearest(NONE)
    rows = np.column_stack([G, -h / least])
    size = np.linalg.norm(rows, axis=1)
    lower, upper = np.append(np.full(d, -1.0), 0.0), np.ones(d + 1)
    cost = np.append(np.zeros(d), -1.0)
    x, _, status = minimum(cost, rows / size[:, None], np.zeros(m), lower, upper, -least / limit)
    if status == simplex_kernel.OPTIMAL and x[-1] > _VANISHING:
        return Nearest(FOUND, least / float(x[-1]), x[:-1] * (least / x[-1]))
    return Nearest(NONE if status == simplex_kernel.OPTIMAL else _STATUS[status])


_VANISHING = 1e-9  # s / t this small means that there is no point at all
_STATUS = {
    simplex_kernel.INFEASIBLE: NONE,
    simplex_kernel.CUT: NONE,
    simplex_kernel.UNDECIDED: DOUBT,
}


def minimum(
    cost: FloatArray,
    G: FloatArray,
    h: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    cutoff: float = np.inf,
) -> tuple[FloatArray, FloatArray, int]:
    """Minimise ``cost @ x`` subject to ``G @ x <= h`` and bounds: solution, reduced costs, status.

    The status is one of those of `_kernel_simplex.minimise`.
    """
    m, d = G.shape
    x, reduced = np.empty(d), np.empty(d)
    status = simplex_kernel.minimise(
        np.ascontiguousarray(cost), np.ascontiguousarray(G.T), np.ascontiguousarray(h), m,
        np.ascontiguousarray(lower), np.ascontiguousarray(upper), TOLERANCE, cutoff, x, reduced,
        *simplex_kernel.workspace(d, m),
    )  # fmt: skip
    return x, reduced, int(status)
