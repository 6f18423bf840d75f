"""Where an arrangement is looked at: boxes, polytopes, affine slices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .._check import RNG, float_array, frozen, generator, points, positive_int
from .._table import brief
from ..errors import DomainError, InvalidInputError, ShapeError, UnboundedError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray

_FLAT = 1e-9  # a domain with a smaller inradius, relative to its size, counts as empty


class Box:
    """The axis-parallel box ``{x : lower <= x <= upper}``.

    Parameters
    ----------
    lower, upper : array_like, shape (d,)
        Every lower bound must be finite and below its upper bound.

    Examples
    --------
    >>> import relugeom as rg
    >>> rg.Box([-1, -1], [1, 1]).volume
    4.0
    """

    bounded = True

    def __init__(self, lower: ArrayLike, upper: ArrayLike) -> None:
        lo = float_array("lower", lower, shape=(None,))
        hi = float_array("upper", upper, shape=(None,))
        if lo.shape != hi.shape or len(lo) == 0:
            raise ShapeError(
                f"`lower` and `upper` must be vectors of one length >= 1; "
                f"got {len(lo)} and {len(hi)}"
            )
        if not (lo < hi).all():
            i = int(np.flatnonzero(~(lo < hi))[0])
            raise DomainError(
                f"`lower` must be below `upper` everywhere; got {lo[i]} and {hi[i]} at index {i}"
            )
        self.lower: FloatArray = frozen(lo)
        self.upper: FloatArray = frozen(hi)

    @classmethod
    def around(cls, X: ArrayLike, *, margin: float = 0.0) -> Box:
        """Return the bounding box of the rows of ``X``, widened by a share of each side.

        Parameters
        ----------
        X : array_like, shape (n, d)
        margin : float, default 0.0
            0.1 widens the box by a tenth of its side at both ends.

        Returns
        -------
        Box

        Raises
        ------
        ShapeError
            If there are no points.
        InvalidInputError
            If ``margin`` leaves nothing.
        DomainError
            If the points agree in a coordinate.

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.Box.around([[0, 0], [2, 1]], margin=0.5)
        Box([-1.0, -0.5], [3.0, 1.5])
        """
        array = float_array("X", X, shape=(None, None))
        if len(array) == 0:
            raise ShapeError("`X` must hold at least one point; got none")
        if not -0.5 < margin < np.inf:
            raise InvalidInputError(f"`margin` must be a number above -0.5; got {margin}")
        lo, hi = array.min(axis=0), array.max(axis=0)
        if not (lo < hi).all():
            i = int(np.argmin(hi - lo))
            raise DomainError(
                f"`X` must vary in every coordinate, for a box with interior; got only {lo[i]} "
                f"at index {i}"
            )
        return cls(lo - margin * (hi - lo), hi + margin * (hi - lo))

    @property
    def dim(self) -> int:
        """Dimension of the space."""
        return len(self.lower)

    @property
    def volume(self) -> float:
        """Product of the side lengths."""
        return float(np.prod(self.upper - self.lower))

    @property
    def centre(self) -> FloatArray:
        """The middle."""
        return (self.lower + self.upper) / 2

    @property
    def bounding_box(self) -> Box:
        """The box itself."""
        return self

    @property
    def scale(self) -> float:
        """Half of the longest side."""
        return float((self.upper - self.lower).max() / 2)

    @cached_property
    def halfspaces(self) -> tuple[FloatArray, FloatArray]:
        """Rows ``G`` and right sides ``h`` of ``G @ x <= h``: upper sides, then lower sides."""
        eye = np.eye(self.dim)
        return np.vstack([eye, -eye]), np.concatenate([self.upper, -self.lower])

    def contains(self, X: ArrayLike, *, tolerance: float = 0.0) -> BoolArray:
        """Tell for each row of ``X`` whether it lies in the box.

        Parameters
        ----------
        X : array_like, shape (n, d)
        tolerance : float, default 0
            How far outside a wall still counts as inside.

        Returns
        -------
        ndarray of bool, shape (n,)

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.Box([0, 0], [1, 2]).contains([[0.5, 2.0], [1.5, 0.0]])
        array([ True, False])
        """
        array = points("X", X, self.dim)
        inside = (array >= self.lower - tolerance) & (array <= self.upper + tolerance)
        result: BoolArray = np.all(inside, axis=1)
        return result

    def sample(self, n: int, rng: RNG = None) -> FloatArray:
        """Draw ``n`` uniform points.

        Parameters
        ----------
        n : int
        rng : Generator, int or None

        Returns
        -------
        ndarray, shape (n, d)

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.Box([0, 0], [1, 2]).sample(3, rng=0).shape
        (3, 2)
        """
        size = (positive_int("n", n, minimum=0), self.dim)
        return generator(rng).uniform(self.lower, self.upper, size)

    def __repr__(self) -> str:
        return f"Box({self.lower.tolist()}, {self.upper.tolist()})"


class Polytope:
    """The polyhedron ``{x : A @ x <= b}``, of full dimension, bounded or not.

    Parameters
    ----------
    A : array_like, shape (m, d)
    b : array_like, shape (m,)
    centre : array_like, shape (d,), optional
        A point known to lie strictly inside; found by a linear program if not given.

    Raises
    ------
    DomainError
        If no point satisfies all inequalities strictly (empty, or flat).

    Examples
    --------
    >>> import relugeom as rg
    >>> triangle = rg.Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])
    >>> round(triangle.volume, 12), triangle.bounded
    (0.5, True)
    >>> rg.Polytope([[1, 0]], [0]).bounded
    False
    """

    def __init__(self, A: ArrayLike, b: ArrayLike, *, centre: ArrayLike | None = None) -> None:
        rows = float_array("A", A, shape=(None, None))
        sides = float_array("b", b, shape=(rows.shape[0],))
        if 0 in rows.shape:
            raise ShapeError(f"`A` must have at least one row and column; got shape {rows.shape}")
        norm = np.linalg.norm(rows, axis=1)
        if (norm == 0).any():
            raise DomainError(f"`A` must have no zero row; got one at index {int(np.argmin(norm))}")
        self.A: FloatArray = frozen(rows)
        self.b: FloatArray = frozen(sides)
        self._unit = rows / norm[:, None], sides / norm
        self.centre: FloatArray = frozen(
            self._chebyshev_centre()
            if centre is None
            else float_array("centre", centre, shape=(rows.shape[1],))
        )

    @classmethod
    def hull(cls, X: ArrayLike, *, margin: float = 0.0) -> Polytope:
        """Return the convex hull of the rows of ``X``, enlarged about their mean by a share.

        Parameters
        ----------
        X : array_like, shape (n, d)
            At least d + 1 points that lie in no hyperplane.
        margin : float, default 0.0
            0.1 makes the hull a tenth wider in every direction.

        Returns
        -------
        Polytope

        Raises
        ------
        DomainError
            If the points lie in a hyperplane.

        Examples
        --------
        >>> import relugeom as rg
        >>> round(rg.Polytope.hull([[0, 0], [2, 0], [0, 2], [1, 1]], margin=0.5).volume, 9)
        4.5
        """
        from scipy.spatial import ConvexHull, QhullError

        array = float_array("X", X, shape=(None, None))
        if not -1 < margin < np.inf:
            raise InvalidInputError(f"`margin` must be a number above -1; got {margin}")
        if len(array) == 0:
            raise ShapeError("`X` must hold at least one point; got none")
        mean = array.mean(axis=0)
        if array.shape[1] == 1:
            rows, sides = np.array([[1.0], [-1.0]]), np.array([array.max(), -array.min()])
        else:
            try:
                found = ConvexHull(array).equations
            except (QhullError, ValueError) as error:
                raise DomainError(
                    f"`X` must hold {array.shape[1] + 1} points or more that lie in no hyperplane; "
                    f"got {len(array)} points"
                ) from error
            equations = np.unique(found, axis=0)
            rows, sides = equations[:, :-1], -equations[:, -1]
        at_mean = rows @ mean
        return cls(rows, at_mean + (1 + margin) * (sides - at_mean))

    @property
    def dim(self) -> int:
        """Dimension of the space."""
        return int(self.A.shape[1])

    @property
    def halfspaces(self) -> tuple[FloatArray, FloatArray]:
        """Rows ``G`` (unit normals) and right sides ``h`` of ``G @ x <= h``."""
        return self._unit

    @cached_property
    def bounding_box(self) -> Box:
        """The smallest box around a bounded polytope.

        Raises
        ------
        UnboundedError
            If the polytope is unbounded.
        """
        G, h = self._unit
        lower, upper = np.empty(self.dim), np.empty(self.dim)
        for i in range(self.dim):
            for sign, out in ((1.0, lower), (-1.0, upper)):
                value = _minimum(sign * np.eye(self.dim)[i], G, h)
                if value is None:
                    raise UnboundedError(
                        f"the polytope must be bounded; got one unbounded along axis {i}. "
                        "Add inequalities"
                    )
                out[i] = sign * value
        return Box(lower, upper)

    @cached_property
    def bounded(self) -> bool:
        """Whether the polytope is bounded."""
        try:
            return self.bounding_box is not None
        except UnboundedError:
            return False

    @property
    def scale(self) -> float:
        """Half of the longest side of the bounding box; 1 if unbounded."""
        return self.bounding_box.scale if self.bounded else 1.0

    @cached_property
    def vertices(self) -> FloatArray:
        """Vertices of a bounded polytope, shape (n, d)."""
        box = self.bounding_box
        if self.dim == 1:
            return np.array([box.lower, box.upper])
        from scipy.spatial import HalfspaceIntersection

        G, h = self._unit
        found = HalfspaceIntersection(np.column_stack([G, -h]), self.centre).intersections
        keep = np.unique(np.round(found / (1e-10 * box.scale)), axis=0, return_index=True)[1]
        return np.asarray(found[np.sort(keep)])

    @cached_property
    def volume(self) -> float:
        """Volume (length, area, ...); infinite if unbounded."""
        if not self.bounded:
            return float("inf")
        if self.dim == 1:
            return float(np.ptp(self.vertices))
        from scipy.spatial import ConvexHull

        return float(ConvexHull(self.vertices).volume)

    def contains(self, X: ArrayLike, *, tolerance: float = 0.0) -> BoolArray:
        """Tell for each row of ``X`` whether it lies in the polytope.

        Parameters
        ----------
        X : array_like, shape (n, d)
        tolerance : float, default 0
            How far outside a wall still counts as inside.

        Returns
        -------
        ndarray of bool, shape (n,)

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1]).contains([[0.2, 0.2], [0.8, 0.8]])
        array([ True, False])
        """
        G, h = self._unit
        result: BoolArray = (points("X", X, self.dim) @ G.T <= h + tolerance).all(axis=1)
        return result

    def sample(self, n: int, rng: RNG = None) -> FloatArray:
        """Draw ``n`` uniform points from a bounded polytope.

        Parameters
        ----------
        n : int
        rng : Generator, int or None

        Returns
        -------
        ndarray, shape (n, d)

        Raises
        ------
        UnboundedError
            If the polytope is not bounded.

        Examples
        --------
        >>> import relugeom as rg
        >>> triangle = rg.Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])
        >>> bool(triangle.contains(triangle.sample(100, rng=0)).all())
        True
        """
        size, random = positive_int("n", n, minimum=0), generator(rng)
        if self.dim == 1:
            return self.bounding_box.sample(size, random)
        from scipy.spatial import Delaunay

        corners = self.vertices[Delaunay(self.vertices).simplices]
        volume = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
        chosen = random.choice(len(corners), size, p=volume / volume.sum())
        share = random.dirichlet(np.ones(self.dim + 1), size)
        return np.asarray(np.einsum("ns,nsd->nd", share, corners[chosen]))

    def __repr__(self) -> str:
        return f"Polytope({len(self.A)} inequalities in R^{self.dim})"

    def _chebyshev_centre(self) -> FloatArray:
        """Centre of the largest inscribed ball, its radius capped to keep unbounded sets finite."""
        G, h = self._unit
        cap = float(np.abs(h).max()) or 1.0
        rows = np.column_stack([G, np.ones(len(G))])
        objective = np.zeros(self.dim + 1)
        objective[-1] = -1.0
        rows = np.vstack([rows, -objective])
        solution = _linprog(objective, rows, np.append(h / cap, 1.0))
        if solution is None or solution[-1] <= _FLAT:
            raise DomainError(
                "the polytope {x : A x <= b} must have interior points; got an empty or flat one"
            )
        return solution[:-1] * cap


Domain: TypeAlias = Box | Polytope


@brief
@dataclass(frozen=True, eq=False)
class AffineSlice:
    """The affine subspace ``x = origin + basis @ t``.

    Parameters
    ----------
    origin : array_like, shape (D,)
    basis : array_like, shape (D, k)
        Linearly independent columns.
    drawn : str, optional
        How the direction was drawn at random: then it owes nothing to any data. Empty if it was
        not.

    Examples
    --------
    >>> import relugeom as rg
    >>> plane = rg.AffineSlice.through([[0, 0, 0], [1, 0, 0], [0, 2, 0]])
    >>> plane.dim, plane.ambient_dim
    (2, 3)
    >>> plane.points(plane.coordinates([[0, 2, 0]])).round(12) + 0.0
    array([[0., 2., 0.]])
    """

    origin: FloatArray
    basis: FloatArray
    drawn: str = ""

    def __init__(self, origin: ArrayLike, basis: ArrayLike, drawn: str = "") -> None:
        origin = float_array("origin", origin, shape=(None,))
        basis = float_array("basis", basis, shape=(len(origin), None))
        if basis.shape[1] == 0 or np.linalg.matrix_rank(basis) < basis.shape[1]:
            raise DomainError(
                "`basis` must have linearly independent columns, at least one; "
                f"got {basis.shape[1]} columns of rank {np.linalg.matrix_rank(basis)}"
            )
        object.__setattr__(self, "origin", frozen(origin))
        object.__setattr__(self, "basis", frozen(basis))
        object.__setattr__(self, "drawn", drawn)

    @classmethod
    def through(cls, points: ArrayLike) -> AffineSlice:
        """Return the slice through k + 1 points, with an orthonormal basis, origin the first.

        The second point has coordinates (c, 0, ..., 0) with c > 0, the third (., c, 0, ...), and
        so on.

        Parameters
        ----------
        points : array_like, shape (k + 1, D)

        Returns
        -------
        AffineSlice

        Raises
        ------
        ShapeError
            If there are too few or too many points for the space.
        DomainError
            If they are not affinely independent.

        Examples
        --------
        >>> AffineSlice.through([[0, 1, 0], [2, 1, 0]]).points([[0.0], [2.0]]).tolist()
        [[0.0, 1.0, 0.0], [2.0, 1.0, 0.0]]
        """
        array = float_array("points", points, shape=(None, None))
        if len(array) < 2 or len(array) > array.shape[1] + 1:
            raise ShapeError(
                f"`points` must be 2 to {array.shape[1] + 1} points in R^{array.shape[1]}; "
                f"got {len(array)}"
            )
        edges = (array[1:] - array[0]).T
        if np.linalg.matrix_rank(edges) < edges.shape[1]:
            raise DomainError(
                f"`points` must be affinely independent; got {len(array)} points in an affine "
                f"space of dimension {np.linalg.matrix_rank(edges)}"
            )
        Q, R = np.linalg.qr(edges)
        return cls(array[0], Q * np.sign(np.diag(R)))

    @classmethod
    def random(
        cls, ambient_dim: int, dim: int = 2, *, origin: ArrayLike | None = None, rng: RNG = None
    ) -> AffineSlice:
        """Return a slice of uniformly random direction, with an orthonormal basis.

        Parameters
        ----------
        ambient_dim, dim : int
            Dimension of the space, and of the slice.
        origin : array_like, shape (ambient_dim,), optional
            A point on it; the origin of the space if not given.
        rng : Generator, int or None

        Returns
        -------
        AffineSlice

        Raises
        ------
        InvalidInputError
            If ``dim`` exceeds ``ambient_dim``.

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.AffineSlice.random(5, 2, rng=0).basis.shape
        (5, 2)
        """
        n, k = positive_int("ambient_dim", ambient_dim), positive_int("dim", dim)
        if k > n:
            raise InvalidInputError(f"`dim` must be at most {n}, the `ambient_dim`; got {k}")
        Q, R = np.linalg.qr(generator(rng).standard_normal((n, k)))
        where = np.zeros(n) if origin is None else float_array("origin", origin, shape=(n,))
        return cls(where, Q * np.sign(np.diag(R)), drawn="orthonormal")

    @classmethod
    def segment(cls, start: ArrayLike, end: ArrayLike) -> tuple[AffineSlice, Box]:
        """Return the line from one point to another, and the segment on it.

        Parameters
        ----------
        start, end : array_like, shape (D,)

        Returns
        -------
        slice : AffineSlice
            Of dimension 1: its coordinate is the distance from ``start``.
        domain : Box
            From 0 to the distance between the two.

        Raises
        ------
        DomainError
            If the two are one point.

        Examples
        --------
        >>> import relugeom as rg
        >>> line, domain = rg.AffineSlice.segment([0, 0], [3, 4])
        >>> domain, line.points([[5.0]])
        (Box([0.0], [5.0]), array([[3., 4.]]))
        """
        a = float_array("start", start, shape=(None,))
        b = float_array("end", end, shape=(len(a),))
        length = float(np.linalg.norm(b - a))
        if length == 0:
            raise DomainError(f"`end` must differ from `start`; got {a.tolist()} twice")
        return cls(a, ((b - a) / length)[:, None]), Box([0.0], [length])

    @property
    def dim(self) -> int:
        """Dimension of the slice."""
        return int(self.basis.shape[1])

    @property
    def ambient_dim(self) -> int:
        """Dimension of the space around it."""
        return len(self.origin)

    def points(self, T: ArrayLike) -> FloatArray:
        """Return the points of the space with given coordinates in the slice.

        Parameters
        ----------
        T : array_like, shape (n, k)
            Coordinates in the slice; one point may come as a vector.

        Returns
        -------
        ndarray, shape (n, D)

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.AffineSlice([0, 0, 1], [[1, 0], [0, 1], [0, 0]]).points([[2, 3]])
        array([[2., 3., 1.]])
        """
        return points("T", T, self.dim) @ self.basis.T + self.origin

    def coordinates(self, X: ArrayLike) -> FloatArray:
        """Return the coordinates of the orthogonal projections of points to the slice.

        Parameters
        ----------
        X : array_like, shape (n, D)

        Returns
        -------
        ndarray, shape (n, k)

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.AffineSlice([0, 0, 1], [[1, 0], [0, 1], [0, 0]]).coordinates([[2, 3, 5]]).round(12)
        array([[2., 3.]])
        """
        offset = points("X", X, self.ambient_dim) - self.origin
        return np.linalg.lstsq(self.basis, offset.T, rcond=None)[0].T.astype(np.float64)

    def section(self, domain: Domain) -> Polytope:
        """Return the part of ``domain`` in the slice, in the slice's coordinates.

        Parameters
        ----------
        domain : Box or Polytope
            In the space around, R^D.

        Returns
        -------
        Polytope

        Raises
        ------
        DomainError
            If the domain lies in another space, or the slice misses it.

        Examples
        --------
        >>> import relugeom as rg
        >>> plane = rg.AffineSlice([0, 0, 1], [[1, 0], [0, 1], [0, 0]])
        >>> round(plane.section(rg.Box([0, 0, 0], [2, 3, 4])).volume, 9)
        6.0
        """
        G, h = domain.halfspaces
        if G.shape[1] != self.ambient_dim:
            raise DomainError(
                f"`domain` must lie in R^{self.ambient_dim}; got one in R^{G.shape[1]}"
            )
        rows, sides = G @ self.basis, h - G @ self.origin
        flat = np.linalg.norm(rows, axis=1) <= 1e-14 * np.linalg.norm(G, axis=1)
        if (sides[flat] < 0).any():
            raise DomainError("`domain` must meet the slice; got one that it misses")
        return Polytope(rows[~flat], sides[~flat])


def _linprog(objective: FloatArray, rows: FloatArray, sides: FloatArray) -> FloatArray | None:
    from scipy.optimize import linprog

    result = linprog(objective, rows, sides, bounds=(None, None), method="highs")
    return np.asarray(result.x) if result.status == 0 else None


def _minimum(direction: FloatArray, G: FloatArray, h: FloatArray) -> float | None:
    solution = _linprog(direction, G, h)
    return None if solution is None else float(direction @ solution)
