"""An observed set of directions beside every bound that applies to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import float_array, frozen
from ..errors import InvalidInputError
from .bounds import cordoba_lower, isotropic_packing, perron_area
from .directions import DirectionSet

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray

#: What kind of number each column holds.
STATUS = {
    "observed": "exact for these directions (N(theta) of the farthest-point net)",
    "observed_lower": "theorem: bounds covering and packing numbers of these directions",
    "observed_upper": "theorem: bounds covering and packing numbers of these directions",
    "trivial": "theorem: number of directions",
    "full_lower": "null: what directions that fill the space evenly reach, given enough of them",
    "full_upper": "theorem: no set of directions in this dimension has more",
    "d_eff_lower": "null: directions that fill ceil(d_eff) dimensions evenly, given enough of them",
    "d_eff_upper": (
        "heuristic: a theorem only if the directions lie in a subspace of ceil(d_eff) dimensions"
    ),
    "cordoba_lower": "theorem in the plane (N tubes 1 by 1/N); an analogy elsewhere",
    "perron_area": "construction in the plane for N a power of two; interpolated between",
}


@dataclass(frozen=True, eq=False)
class Comparison:
    """N(theta) of a set of directions beside the bounds, one row an angle.

    Columns are arrays of shape (k,), read-only; `status` says what kind of number each holds.
    Directions are lines through 0 if ``projective``, else unit vectors.

    Attributes
    ----------
    theta : ndarray
        Angles in radians.
    observed : ndarray of int64
        N(theta).
    observed_lower, observed_upper : ndarray of int64
        N(2 theta) and N(theta/2), which bracket the covering and packing numbers.
    trivial : int
        Number T of directions.
    full_lower, full_upper : ndarray
        Packing bounds for all directions of R^d; inf where they overflow.
    d_eff_lower, d_eff_upper : ndarray
        The same in dimension ceil(d_eff); nan if no ``d_eff`` was given.
    cordoba_lower, perron_area : ndarray
        For N = ``observed`` planar tubes of size 1 by 1/N, directions spread over all angles: the
        least area they can cover; and the fraction of its triangle that a Perron tree of N
        triangles keeps. Both fall like 1/log N; the two normalisations differ, so that one may
        be above the other.
    row_status : tuple of str
        "resolved", or "saturated" where N(theta) exceeds T/10: there the curve says more about T
        than about the directions.
    dim, d_eff, dropped : int, float or None, int
        Dimension, the effective dimension given, and the number of zero rows dropped.
    status : dict of str
        What kind of number each column holds.
    """

    theta: FloatArray
    observed: IntArray
    observed_lower: IntArray
    observed_upper: IntArray
    trivial: int
    full_lower: FloatArray
    full_upper: FloatArray
    d_eff_lower: FloatArray
    d_eff_upper: FloatArray
    cordoba_lower: FloatArray
    perron_area: FloatArray
    row_status: tuple[str, ...]
    dim: int
    d_eff: float | None
    dropped: int
    projective: bool = True
    status: dict[str, str] = field(default_factory=lambda: dict(STATUS), repr=False)

    def __len__(self) -> int:
        return len(self.theta)

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as one dict a row, plain Python numbers, ``status`` for the row."""
        columns = ("theta", *STATUS)
        values = {
            name: [self.trivial] * len(self) if name == "trivial" else getattr(self, name).tolist()
            for name in columns
        }
        return [
            {**{name: values[name][i] for name in columns}, "status": self.row_status[i]}
            for i in range(len(self))
        ]

    def __str__(self) -> str:
        names = ("theta", "observed", "trivial", "d_eff_upper", "full_upper", "cordoba_lower")
        lines = ["  ".join(f"{n:>13}" for n in (*names, "perron_area")) + "  status"]
        for row in self.rows():
            cells = [f"{row[n]:13.6g}" for n in (*names, "perron_area")]
            lines.append("  ".join(cells) + "  " + row["status"])
        return "\n".join(lines)


def compare(
    directions: DirectionSet | ArrayLike | Any,
    *,
    d_eff: float | None = None,
    thetas: ArrayLike | None = None,
) -> Comparison:
    """Return N(theta) of a set of directions beside every bound on it.

    None of the rows is a constant of a theorem about training: the bounds hold for any set of
    directions, and how close an observed one comes is the reader's to judge.

    Parameters
    ----------
    directions : DirectionSet, array_like of shape (n, d), or an object with ``.updates``
        Rows of an array, or of ``.updates``, are taken as lines; zero rows are dropped and
        counted.
    d_eff : float, optional
        An effective dimension (any definition), at least 1: adds packing bounds in
        ``ceil(d_eff)`` dimensions.
    thetas : array_like, optional
        Angles in radians; by default those of `DirectionSet.curve`.

    Returns
    -------
    Comparison

    Raises
    ------
    InvalidInputError
        If every row is zero, or ``d_eff`` is below 1.

    Examples
    --------
    >>> table = compare([[1, 0], [0, 0], [1, 1], [0, 1]], thetas=[0.7], d_eff=2)
    >>> int(table.observed[0]), table.trivial, table.dropped
    (3, 3, 1)
    """
    if isinstance(directions, DirectionSet):
        chosen, dropped = directions, 0
    else:
        name = "directions"
        if hasattr(directions, "updates"):
            directions, name = directions.updates, "directions.updates"
        rows = float_array(name, directions, shape=(None, None))
        keep = rows.any(axis=1)
        dropped = int(len(rows) - keep.sum())
        if dropped == len(rows):
            raise InvalidInputError(f"`{name}` must have a nonzero row; got {dropped} zero rows")
        chosen = DirectionSet(rows[keep] if dropped else rows)
    if d_eff is not None and not 1.0 <= d_eff < np.inf:
        raise InvalidInputError(f"`d_eff` must be at least 1; got {d_eff}")
    curve = chosen.curve(thetas)
    full = _packing(chosen.dim, curve.theta, chosen.projective)
    effective = np.full((len(curve.theta), 2), np.nan)
    if d_eff is not None:
        effective = _packing(min(ceil(d_eff), chosen.dim), curve.theta, chosen.projective)
    sizes = np.unique(curve.count)
    cordoba = {int(n): cordoba_lower(int(n)) for n in sizes}
    perron = {int(n): perron_area(int(n)) for n in sizes}
    total = len(chosen)
    return Comparison(
        theta=curve.theta,
        observed=curve.count,
        observed_lower=curve.lower,
        observed_upper=curve.upper,
        trivial=total,
        full_lower=frozen(full[:, 0]),
        full_upper=frozen(full[:, 1]),
        d_eff_lower=frozen(effective[:, 0]),
        d_eff_upper=frozen(effective[:, 1]),
        cordoba_lower=frozen([cordoba[int(n)] for n in curve.count]),
        perron_area=frozen([perron[int(n)] for n in curve.count]),
        row_status=tuple("saturated" if 10 * n > total else "resolved" for n in curve.count),
        dim=chosen.dim,
        d_eff=d_eff,
        dropped=dropped,
        projective=chosen.projective,
    )


def _packing(dim: int, thetas: FloatArray, projective: bool) -> FloatArray:
    return np.array([isotropic_packing(dim, float(t), projective=projective) for t in thetas])
