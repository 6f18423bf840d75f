"""The tubes of a path: about its tangents, in the space of its main directions."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._check import frozen, number, positive_int
from .._table import brief
from ..errors import InvalidInputError
from ._steps import NonzeroSteps, nonzero_steps, principal_axes, spread
from .tubes import TubeFamily

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray

MAX_RANK = 6
_LEAST_DELTA, _MOST_DELTA = 1 / 64, 1 / 4


@brief
class PathTubes(NamedTuple):
    """Tubes of a path in R^r; see `path_tubes`.

    Attributes
    ----------
    family : TubeFamily
    steps : ndarray of int
        Places, among the nonzero steps, that the tubes belong to.
    flat : int
        Steps left out because they have no component along the axes.
    axes : ndarray, shape (r, P)
    energy : float
        Share of the squared lengths of the steps along the axes.
    residual, length : float
        Root mean square of what is left of the steps, and length of a tube, in the units of the
        path.

    Examples
    --------
    >>> import relugeom as rg
    >>> steps = np.random.default_rng(0).normal(size=(40, 3))
    >>> tubes = rg.kakeya.path_tubes(steps, 2)
    >>> len(tubes.family), tubes.axes.shape, tubes.flat
    (40, (2, 3), 0)
    """

    family: TubeFamily
    steps: IntArray
    flat: int
    axes: FloatArray
    energy: float
    residual: float
    length: float

    @property
    def separated(self) -> TubeFamily:
        """One tube for each direction of a net: directions at angles of at least delta."""
        from .directions import DirectionSet

        return self.family.subset(DirectionSet(self.family.directions).packing(self.family.delta))


def path_tubes(
    path: Any, rank: int = 2, *, delta: float | None = None, max_tubes: int = 300
) -> PathTubes:
    """Return the tubes about the tangents of a path, projected on its main directions.

    The path is projected on the first ``rank`` principal axes of its updates (their second moments,
    not centred) and scaled so that all tubes lie in the unit ball. Each step has one tube of length
    1, about as long as the whole path is wide, along its direction and centred at its middle. Tubes
    about the steps themselves would differ in length and be shorter than thick, and without
    projection tubes are almost disjoint: no bound of Kakeya type speaks of either. Our operational
    definition.

    Parameters
    ----------
    path : OptimizerPath, an object with ``.updates``, or array_like of updates, shape (T, P)
    rank : int, default 2
        Dimension r, 2 to 6.
    delta : float, optional
        Radius, below 1/2; by default ``n^(-1/(r-1))`` for n tubes, so that tubes in separated
        directions could fill a ball, but from 1/64 to 1/4.
    max_tubes : int, default 300
        Of more steps so many, evenly spread, have tubes.

    Returns
    -------
    PathTubes

    Raises
    ------
    InvalidInputError
        If the updates span fewer dimensions than ``rank``.

    Examples
    --------
    >>> angle = np.linspace(0, np.pi, 50)
    >>> bend = path_tubes(np.column_stack([np.cos(angle), np.sin(angle), 0 * angle]))
    >>> len(bend.family), bend.family.dim, round(bend.energy, 6)
    (50, 2, 1.0)
    """
    size = positive_int("max_tubes", max_tubes)
    r = positive_int("rank", rank, minimum=2, maximum=MAX_RANK)
    if delta is not None:
        number("delta", delta, "(0, 0.5)")
    steps = nonzero_steps(path, max(size, 1000))
    values, axes = principal_axes(steps.sampled, r)
    if len(axes) < r:
        raise InvalidInputError(
            f"`rank` must be at most {len(axes)}, the dimensions that updates span; got {rank}"
        )
    return tubes_along(steps, values, axes, delta, size)


def tubes_along(
    steps: NonzeroSteps, values: FloatArray, axes: FloatArray, delta: float | None, max_tubes: int
) -> PathTubes:
    """Return the tubes of steps in the space of some axes; ``values`` are the whole spectrum."""
    r = len(axes)
    moves = steps.vectors @ axes.T
    ends = np.cumsum(moves, axis=0)
    chosen = spread(len(moves), max_tubes)
    along = np.linalg.norm(moves[chosen], axis=1)
    kept = chosen[along > 1e-9 * np.linalg.norm(steps.vectors[chosen], axis=1)]
    if delta is None:
        delta = min(max(len(kept) ** (-1.0 / (r - 1)), _LEAST_DELTA), _MOST_DELTA)
    points = np.vstack([np.zeros(r), ends])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    room = 1.0 - sqrt(0.25 + delta**2)  # of points, so that tubes lie in the unit ball
    length = float(np.linalg.norm(points - middle, axis=1).max()) / room
    centres = (ends[kept] - moves[kept] / 2.0 - middle) / length
    total = float(values.sum())
    energy = float(values[:r].sum()) / total
    return PathTubes(
        family=TubeFamily(moves[kept], centres, delta),
        steps=frozen(kept),
        flat=len(chosen) - len(kept),
        axes=frozen(axes),
        energy=energy,
        residual=steps.scale * sqrt(max(1.0 - energy, 0.0) * total / len(steps.sample)),
        length=steps.scale * length,
    )
