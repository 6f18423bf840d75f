"""Sets of directions: separated subsets, covers, and the curve N(theta)."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

import numpy as np

from .._check import float_array, frozen, number, positive_int, row_numbers
from .._table import brief
from ..errors import InvalidInputError, ShapeError
from .nets import angles_to, farthest_points, least_angle, unit_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from .dimension import DimensionEstimate

_MAX_DEFAULT_CENTRES = 2048


@brief
@dataclass(frozen=True, eq=False)
class DirectionCurve:
    """N(theta): the size of the farthest-point net of a set of directions, by angle.

    With open caps (angle < theta) and separation angle >= theta, for every theta

    ``Cov(theta) <= N(theta) <= A(theta) <= Cov(theta / 2)``,

    where Cov is the least number of caps that cover the set and A the largest number of its
    directions with pairwise angles of at least theta. Both therefore lie between N(2 theta) and
    N(theta / 2).

    Attributes
    ----------
    theta : ndarray, shape (k,)
        Angles in radians.
    count : ndarray, shape (k,), int64
        N(theta); exact up to rounding of the angles.
    lower, upper : ndarray, shape (k,), int64
        N(2 theta) and N(theta / 2).
    n_directions : int
        Size of the set, the largest value that N can take.

    Examples
    --------
    >>> import relugeom as rg
    >>> axes = rg.kakeya.DirectionSet([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> curve = axes.curve([0.5, 2.0])
    >>> curve.count, curve.lower, curve.upper
    (array([3, 1]), array([3, 1]), array([3, 3]))
    """

    theta: FloatArray
    count: IntArray
    lower: IntArray
    upper: IntArray
    n_directions: int


class DirectionSet:
    """Directions in R^d: unit vectors, or lines through 0 if ``projective``.

    Parameters
    ----------
    vectors : array_like, shape (n, d)
        Nonzero rows; they are normalised.
    projective : bool, default True
        Whether v and -v are the same direction, so that angles are at most pi/2.

    Attributes
    ----------
    vectors : ndarray, shape (n, d)
        Unit rows; read-only.
    projective : bool

    Raises
    ------
    ShapeError
        If ``vectors`` is not a nonempty matrix.
    InvalidInputError
        If a row is zero, or a number is NaN or infinite.

    Examples
    --------
    >>> directions = DirectionSet([[2, 0], [1, 1], [0, 3], [-1, 0]])
    >>> directions.packing(1.0)
    array([0, 2])
    """

    def __init__(self, vectors: ArrayLike, projective: bool = True) -> None:
        rows = float_array("vectors", vectors, shape=(None, None))
        if 0 in rows.shape:
            raise ShapeError(f"`vectors` must have a row and a column; got shape {rows.shape}")
        largest = np.abs(rows).max(axis=1)
        if not largest.all():
            zero = int(np.argmin(largest))
            raise InvalidInputError(
                f"`vectors` must have nonzero rows; got zeros in row {zero} (drop such rows)"
            )
        self.vectors: FloatArray = unit_rows(rows)
        self.vectors.setflags(write=False)
        self.projective = bool(projective)

    def __len__(self) -> int:
        return int(self.vectors.shape[0])

    def __repr__(self) -> str:
        kind = "lines" if self.projective else "unit vectors"
        return f"DirectionSet({len(self)} {kind} in R^{self.dim})"

    @property
    def dim(self) -> int:
        """Dimension of the space."""
        return int(self.vectors.shape[1])

    @property
    def max_angle(self) -> float:
        """Largest angle that two directions can have: pi/2 for lines, pi for vectors."""
        return pi / 2 if self.projective else pi

    def subset(self, rows: ArrayLike) -> DirectionSet:
        """Return the directions in some rows: indices or a mask.

        Parameters
        ----------
        rows : array_like of int, or of bool, shape (n,)

        Returns
        -------
        DirectionSet

        Examples
        --------
        >>> DirectionSet([[1, 0], [0, 1], [1, 1]]).subset([0, 2])
        DirectionSet(2 lines in R^2)
        """
        return DirectionSet(self.vectors[row_numbers("rows", rows, len(self))], self.projective)

    def angles_to(self, vector: ArrayLike) -> FloatArray:
        """Return the angles from every direction to ``vector``, in radians.

        Equal to ``2 atan2(|u - v|, |u + v|)``, so small angles keep their relative accuracy.

        Parameters
        ----------
        vector : array_like, shape (d,)
            Nonzero.

        Returns
        -------
        ndarray, shape (n,)

        Examples
        --------
        >>> DirectionSet([[1.0, 0.0]]).angles_to([1.0, 1e-12])
        array([1.e-12])
        """
        unit = DirectionSet([float_array("vector", vector, shape=(self.dim,))]).vectors[0]
        return angles_to(self.vectors, unit, self.projective)

    def min_angle(self) -> float:
        """Return the least angle between two directions, in radians; inf for a single one.

        Cost O(n^2 d), in blocks.

        Returns
        -------
        float

        Examples
        --------
        >>> round(DirectionSet([[1, 0], [1, 1], [0, 1]]).min_angle() / np.pi, 12)
        0.25
        """
        return least_angle(self.vectors, self.projective)

    def farthest_point_order(
        self, max_centres: int | None = None, *, start: int = 0, until: float = 0.0
    ) -> tuple[IntArray, FloatArray]:
        """Return the directions in farthest-point order with their insertion radii.

        Each direction in the order is the one farthest from all before it, at angle R_k from them;
        the first is row ``start``, with R_1 = inf. Those with ``R_k >= theta`` form a
        theta-separated set whose open caps of radius theta cover everything (Gonzalez 1985), so
        one order answers for every theta. Cost O(n d) for each centre, most of it in matrix
        products of many centres at once.

        Parameters
        ----------
        max_centres : int, optional
            Stop after so many.
        start : int, default 0
            Index of the first centre.
        until : float, default 0
            Stop when the next radius would be below this angle, in radians.

        Returns
        -------
        order : ndarray of int64
        radii : ndarray of float64
            In radians, nonincreasing.

        Examples
        --------
        >>> order, radii = DirectionSet([[1, 0], [1, 1], [0, 1]]).farthest_point_order()
        >>> order, (radii / np.pi).round(3)
        (array([0, 2, 1]), array([ inf, 0.5 , 0.25]))
        """
        n = len(self)
        limit = n if max_centres is None else min(n, positive_int("max_centres", max_centres))
        first = positive_int("start", start, minimum=0, maximum=n - 1)
        until = number("until", until, "[0, inf]")
        return farthest_points(self.vectors, self.projective, limit, first, until)

    def packing(self, theta: float) -> IntArray:
        """Return the indices of a maximal theta-separated subset, in farthest-point order.

        Pairwise angles are at least theta, and no direction can be added. The largest such subset
        has at most Cov(theta/2) elements; this one has at least Cov(theta).

        Parameters
        ----------
        theta : float
            Angle in radians, positive.

        Returns
        -------
        ndarray of int

        Examples
        --------
        >>> DirectionSet([[1, 0], [1, 1], [0, 1]]).packing(0.7)
        array([0, 2, 1])
        """
        return self.farthest_point_order(until=number("theta", theta, "(0, inf)"))[0]

    def covering(self, theta: float) -> IntArray:
        """Return the indices of centres whose open caps of angle theta cover all directions.

        The same subset as `packing`, which is why its size is at most A(theta).

        Parameters
        ----------
        theta : float
            Angle in radians, positive.

        Returns
        -------
        ndarray of int

        Examples
        --------
        >>> DirectionSet([[1, 0], [1, 1], [0, 1]]).covering(0.8)
        array([0, 2])
        """
        return self.packing(theta)

    def curve(self, thetas: ArrayLike | None = None) -> DirectionCurve:
        """Return N(theta) = #{k : R_k >= theta} with its bracket.

        For every theta, ``Cov(theta) <= N(theta) <= A(theta) <= Cov(theta / 2)``; see
        `DirectionCurve`.

        Parameters
        ----------
        thetas : array_like, shape (k,), optional
            Positive angles in radians. By default 49 of them, evenly spaced in the logarithm from
            the largest possible angle down to where every direction, or 2048 of them, are
            resolved.

        Returns
        -------
        DirectionCurve

        Raises
        ------
        ShapeError
            If ``thetas`` is no vector.
        InvalidInputError
            If an angle is not positive.

        Examples
        --------
        >>> curve = DirectionSet([[1, 0], [1, 1], [0, 1]]).curve([1.0, 0.7])
        >>> curve.count, curve.lower, curve.upper
        (array([2, 3]), array([1, 2]), array([3, 3]))
        """
        if thetas is None:
            _, radii = self.farthest_point_order(_MAX_DEFAULT_CENTRES, until=1e-14)
            truncated = len(radii) == _MAX_DEFAULT_CENTRES < len(self)
            finest = radii[-1] if len(radii) > 1 else self.max_angle / 100.0
            # N(theta / 2) must be known: with centres left out, only down to twice the last radius
            low = min(2.0 * finest if truncated else finest, self.max_angle)
            theta = np.geomspace(self.max_angle, low, 49)
            # endpoints exact, so that the last radius counts at the last angle
            theta[0], theta[-1] = self.max_angle, low
        else:
            theta = np.atleast_1d(float_array("thetas", thetas))
            if theta.ndim != 1 or not len(theta):
                raise ShapeError(f"`thetas` must be a vector of angles; got shape {theta.shape}")
            if theta.min() <= 0 or theta.max() > 1e300:
                raise InvalidInputError(
                    f"`thetas` must be positive angles; got {theta.min()} to {theta.max()}"
                )
            _, radii = self.farthest_point_order(until=float(theta.min()) / 2.0)
        ascending = radii[::-1]

        def count(angle: FloatArray) -> IntArray:
            found = len(radii) - np.searchsorted(ascending, angle, side="left")
            return found.astype(np.int64)

        return DirectionCurve(
            theta=frozen(theta),
            count=frozen(count(theta)),
            lower=frozen(count(2.0 * theta)),
            upper=frozen(count(theta / 2.0)),
            n_directions=len(self),
        )

    def dimension(self, kind: str) -> DimensionEstimate:
        """Return an estimate of the dimension over the angles present, with those angles.

        Parameters
        ----------
        kind : {"packing", "correlation", "levina_bickel", "two_nn"}
            Which one: see `relugeom.kakeya.dimension`, where they take parameters. A finite set has
            dimension 0, and no two of them agree: show several, beside a null.

        Returns
        -------
        DimensionEstimate

        Examples
        --------
        >>> rows = np.random.default_rng(0).standard_normal((1000, 3))
        >>> round(DirectionSet(rows).dimension("two_nn").value)
        2
        """
        from .dimension import estimate

        return estimate(self, kind)
