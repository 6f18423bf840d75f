"""Families of tubes of length 1: their union, their multiplicity, bushes and hairbrushes."""

from __future__ import annotations

from math import log, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import (
    RNG,
    float_array,
    frozen,
    generator,
    number,
    points,
    positive_int,
    row_numbers,
)
from .._table import brief
from ..errors import ShapeError
from . import _kernel_tubes as kernel
from . import bounds
from .caps import ball_volume
from .directions import DirectionSet
from .nets import angles_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray, IntArray
    from .wolff import WolffConstant

_SLACK = 1e-12
_MAX_EXACT_DEPTH = 300  # planar tubes whose crossings are all looked at
_MAX_CHECKED = 300  # planar tubes whose union shapely makes too
_BLOCK = 2**14


class UnionVolume(NamedTuple):
    """The volume of a union of tubes, between ``low`` and ``high``.

    ``exact`` (up to rounding) in the plane; else an estimate, whose interval holds with
    probability 1 - eta. ``note`` says what is proved in this dimension.
    """

    value: float
    low: float
    high: float
    exact: bool
    method: str
    note: str


class Multiplicity(NamedTuple):
    """Moments of the number of tubes over a point, over the union of the tubes.

    ``mean`` and ``rms`` are of mu over the union; ``error`` is a standard error of the mean, 0
    where ``exact``; ``largest`` is the largest value met, a lower bound.
    """

    mean: float
    rms: float
    largest: int
    error: float
    exact: bool
    note: str


@brief
class Overlap(NamedTuple):
    """Volumes of the pairwise intersections, shape (n, n), with standard errors (0 if exact)."""

    volume: FloatArray
    error: FloatArray
    exact: bool
    note: str


@brief
class MaximalFunction(NamedTuple):
    """The maximal function over a family's tubes, shape (n,), with standard errors.

    ``value[i]`` is the largest mean of |f| over tubes within an angle delta of tube i's direction.
    """

    value: FloatArray
    error: FloatArray
    note: str


@brief
class Bush(NamedTuple):
    """The tubes through a point; ``exact`` if no point is in more of them."""

    point: FloatArray
    tubes: IntArray
    exact: bool
    note: str


@brief
class Hairbrush(NamedTuple):
    """The tubes that meet the tube ``stem`` at an angle of at least ``min_angle``."""

    stem: int
    tubes: IntArray
    min_angle: float
    note: str


class TubeFamily:
    """Cylinders of length 1 and radius delta in R^d; in the plane, rectangles 1 by 2 delta.

    Parameters
    ----------
    directions : DirectionSet or array_like, shape (n, d)
        Nonzero rows, d >= 2; a tube has no orientation.
    centres : array_like, shape (n, d)
    delta : float
        Radius, positive, in units of the length.

    Attributes
    ----------
    directions, centres : ndarray, shape (n, d)
        Unit rows, and the middles of the axes; read-only.
    delta : float

    Examples
    --------
    >>> cross = TubeFamily([[1, 0], [0, 1]], [[0, 0], [0, 0]], 0.05)
    >>> round(cross.union_volume().value, 12), round(cross.total_volume, 12)
    (0.19, 0.2)
    """

    def __init__(
        self, directions: DirectionSet | ArrayLike, centres: ArrayLike, delta: float
    ) -> None:
        if not isinstance(directions, DirectionSet):
            directions = DirectionSet(directions)
        if directions.dim < 2:
            raise ShapeError(f"`directions` must have 2 columns or more; got {directions.dim}")
        shape = directions.vectors.shape
        self.directions: FloatArray = directions.vectors
        self.centres: FloatArray = frozen(float_array("centres", centres, shape=shape))
        self.delta = number("delta", delta, "[1e-100, 1e100]")

    @classmethod
    def bush(cls, directions: DirectionSet | ArrayLike, delta: float) -> TubeFamily:
        """Return one tube in each direction, all centred at the origin.

        Parameters
        ----------
        directions : DirectionSet or array_like, shape (n, d)
        delta : float
            Radius.

        Returns
        -------
        TubeFamily

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.kakeya.TubeFamily.bush([[1, 0], [0, 1]], 0.1).union_volume().value
        0.36000000000000004
        """
        if not isinstance(directions, DirectionSet):
            directions = DirectionSet(directions)
        return cls(directions, np.zeros_like(directions.vectors), delta)

    @classmethod
    def random(cls, n: int, d: int, delta: float, rng: RNG = None) -> TubeFamily:
        """Draw n tubes in the unit ball: uniform directions, centres uniform in a smaller ball.

        Parameters
        ----------
        n : int
            Number of tubes.
        d : int
            Dimension of the space.
        delta : float
            Radius.
        rng : Generator, int or None

        Returns
        -------
        TubeFamily

        Raises
        ------
        InvalidInputError
            If a tube has no room in the unit ball: ``delta`` is above 0.866.

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.kakeya.TubeFamily.random(5, 3, 0.1, rng=0)
        TubeFamily(5 tubes 1 by 0.1 in R^3)
        """
        random = generator(rng)
        shape = _size("n", n), positive_int("d", d, minimum=2, maximum=10**6)
        room = 1.0 - sqrt(0.25 + number("delta", delta, "(0, 0.866]") ** 2)
        directions, centres = random.standard_normal(shape), random.standard_normal(shape)
        radius = room * random.uniform(size=n) ** (1 / d)
        centres *= (radius / np.linalg.norm(centres, axis=1))[:, None]
        return cls(directions, centres, delta)

    def __len__(self) -> int:
        return len(self.directions)

    def __repr__(self) -> str:
        return f"TubeFamily({len(self)} tubes 1 by {self.delta:g} in R^{self.dim})"

    @property
    def dim(self) -> int:
        """Dimension of the space."""
        return int(self.directions.shape[1])

    @property
    def tube_volume(self) -> float:
        """Volume of one tube."""
        return ball_volume(self.dim - 1) * self.delta ** (self.dim - 1)

    @property
    def total_volume(self) -> float:
        """Sum of the volumes of the tubes."""
        return len(self) * self.tube_volume

    @property
    def note(self) -> str:
        """What is proved about such families in this dimension."""
        return note(self.dim)

    def subset(self, rows: ArrayLike) -> TubeFamily:
        """Return the tubes in some rows: indices or a mask.

        Parameters
        ----------
        rows : array_like of int, or of bool, shape (n,)

        Returns
        -------
        TubeFamily

        Examples
        --------
        >>> import relugeom as rg
        >>> len(rg.kakeya.TubeFamily.random(5, 3, 0.1, rng=0).subset([0, 3]))
        2
        """
        chosen = row_numbers("rows", rows, len(self))
        return TubeFamily(self.directions[chosen], self.centres[chosen], self.delta)

    def with_delta(self, delta: float) -> TubeFamily:
        """Return tubes of another radius about the same axes.

        Parameters
        ----------
        delta : float

        Returns
        -------
        TubeFamily

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.kakeya.TubeFamily.random(5, 3, 0.1, rng=0).with_delta(0.05).delta
        0.05
        """
        return TubeFamily(self.directions, self.centres, delta)

    def multiplicity(self, where: ArrayLike) -> IntArray:
        """Return the number of tubes that hold each point; tubes are closed.

        Parameters
        ----------
        where : array_like, shape (m, d)

        Returns
        -------
        ndarray of int, shape (m,)

        Examples
        --------
        >>> import relugeom as rg
        >>> cross = rg.kakeya.TubeFamily.bush([[1, 0], [0, 1]], 0.1)
        >>> cross.multiplicity([[0, 0], [0.3, 0], [1, 1]])
        array([2, 1, 0])
        """
        return self._count(points("where", where, self.dim), 0.0)

    def contains(self, where: ArrayLike, *, slack: float = 0.0) -> BoolArray:
        """Return which tubes hold each point.

        Parameters
        ----------
        where : array_like, shape (m, d)
        slack : float, default 0.0
            How far outside the surface still counts as inside.

        Returns
        -------
        ndarray of bool, shape (m, n)

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.kakeya.TubeFamily.bush([[1, 0], [0, 1]], 0.1).contains([[0, 0], [0.3, 0]])
        array([[ True,  True],
               [ True, False]])
        """
        x, slack = points("where", where, self.dim), number("slack", slack, "[0, 1e100]")
        held = np.empty((len(x), len(self)), dtype=bool)
        for i, (axis, centre) in enumerate(zip(self.directions, self.centres, strict=True)):
            along = (x - centre) @ axis
            across = x - centre - along[:, None] * axis
            side = np.linalg.norm(across, axis=1) <= self.delta + slack
            held[:, i] = side & (np.abs(along) <= 0.5 + slack)
        return held

    def _count(self, where: FloatArray, slack: float) -> IntArray:
        counts = np.empty(len(where), dtype=np.int64)
        kernel.count_tubes(where, self.directions, self.centres, self.delta, slack, counts)
        return counts

    def sample(self, n: int, rng: RNG = None, *, tube: int | None = None) -> FloatArray:
        """Draw n points: of a random tube each, or of one tube; uniform in the tube.

        Parameters
        ----------
        n : int
        rng : Generator, int or None
        tube : int, optional
            By default a random tube for each point.

        Returns
        -------
        ndarray, shape (n, d)

        Examples
        --------
        >>> import relugeom as rg
        >>> family = rg.kakeya.TubeFamily.random(5, 3, 0.1, rng=0)
        >>> int(family.multiplicity(family.sample(20, rng=0)).min()) >= 1
        True
        """
        if tube is not None:
            tube = positive_int("tube", tube, minimum=0, maximum=len(self) - 1)
        random, d = generator(rng), self.dim
        size = _size("n", n)
        index = random.integers(len(self), size=size) if tube is None else np.full(size, tube)
        axis, along = self.directions[index], random.uniform(-0.5, 0.5, size)
        across = random.standard_normal((size, d))
        across -= np.sum(across * axis, axis=1)[:, None] * axis
        radius = self.delta * random.uniform(size=size) ** (1.0 / (d - 1))
        across *= (radius / np.linalg.norm(across, axis=1))[:, None]
        return self.centres[index] + along[:, None] * axis + across

    def union_volume(
        self, *, n_samples: int = 20_000, eta: float = 0.05, rng: RNG = 0
    ) -> UnionVolume:
        """Return the volume of the union.

        In the plane it is exact up to rounding: Green's theorem on the boundary. A second route
        checks it: shapely's union up to 300 tubes, the interval below for more. Should shapely
        differ by more than 1e-9, or the interval miss, low and high span both and ``exact`` is
        False. In higher dimension by Karp & Luby (1983): points of random tubes, the mean of 1/mu,
        and Hoeffding's interval, of half-width ``total sqrt(ln(2/eta) / 2m)``.

        Parameters
        ----------
        n_samples : int, default 20000
            Points m.
        eta : float, default 0.05
            Probability that the interval misses; 1e-9 in the plane.
        rng : Generator, int or None, default 0

        Returns
        -------
        UnionVolume

        Examples
        --------
        >>> same = TubeFamily([[0, 0, 1]] * 3, [[0, 0, 0]] * 3, 0.1)
        >>> round(same.union_volume().value / same.tube_volume, 12)
        1.0
        """
        eta = number("eta", eta, "(0, 1)")
        if self.dim == 2:
            area = self._planar_area()
            if len(self) <= _MAX_CHECKED:
                check = self._shapely_area()
                slack = 1e-9 * max(1.0, self.total_volume)
                low, high = check - slack, check + slack
                method = f"boundary integral; shapely differs by {abs(area - check):.1e}"
            else:
                _, low, high = self._karp_luby(n_samples, 1e-9, rng)
                method = f"boundary integral; Karp-Luby says {low:.6g} to {high:.6g}"
            agree = low <= area <= high
            span = (area, area) if agree else (min(area, low), max(area, high))
            return UnionVolume(area, *span, agree, method, self.note)
        value, low, high = self._karp_luby(n_samples, eta, rng)
        method = f"Karp-Luby, {n_samples} points; Hoeffding interval, eta = {eta:g}"
        return UnionVolume(
            value=value, low=low, high=high, exact=False, method=method, note=self.note
        )

    def _planar_area(self) -> float:
        return float(kernel.union_area(self.directions, self.centres, self.delta))

    def _karp_luby(self, m: int, eta: float, rng: RNG) -> tuple[float, float, float]:
        """Return an estimate of the volume of the union, and Hoeffding's interval."""
        value = self.total_volume * self._sampled(m, rng)[0]
        half = self.total_volume * sqrt(log(2.0 / eta) / (2.0 * m))
        return value, max(value - half, self.tube_volume), min(value + half, self.total_volume)

    def _shapely_area(self) -> float:
        import shapely

        corners = np.empty((len(self), 4, 2))
        kernel.corners_of(self.directions, self.centres, self.delta, corners)
        return float(shapely.union_all(shapely.polygons(corners)).area)

    def _sampled(self, m: int, rng: RNG) -> tuple[float, FloatArray, IntArray]:
        """Return the mean of 1/mu over points of random tubes, with all of 1/mu and mu."""
        random, counts = generator(rng), []
        for at in range(0, _size("n_samples", m), _BLOCK):
            where = self.sample(min(_BLOCK, m - at), random)
            counts.append(np.maximum(self._count(where, _SLACK), 1))
        mu = np.concatenate(counts)
        return float(np.mean(1.0 / mu)), 1.0 / mu, mu

    def multiplicity_moments(self, *, n_samples: int = 20_000, rng: RNG = 0) -> Multiplicity:
        """Return the mean and the root mean square of the multiplicity over the union.

        The mean is ``sum |T| / |union|`` and the mean square ``sum_ij |T_i & T_j| / |union|``:
        exact in the plane, from the points of Karp & Luby above.

        Parameters
        ----------
        n_samples : int, default 20000
        rng : Generator, int or None, default 0

        Returns
        -------
        Multiplicity

        Examples
        --------
        >>> cross = TubeFamily([[1, 0], [0, 1]], [[0, 0], [0, 0]], 0.05)
        >>> round(cross.multiplicity_moments().mean, 6)
        1.052632
        """
        inverse, one_over, mu = self._sampled(n_samples, rng)
        largest = int(mu.max())
        if self.dim == 2:
            area = self._planar_area()
            square = float(self.overlap().volume.sum()) / area
            mean = self.total_volume / area
            return Multiplicity(
                mean=mean, rms=sqrt(square), largest=largest, error=0.0, exact=True, note=self.note
            )
        error = float(one_over.std(ddof=1)) / sqrt(n_samples) / inverse**2
        rms = sqrt(float(mu.mean()) / inverse)
        return Multiplicity(
            mean=1.0 / inverse, rms=rms, largest=largest, error=error, exact=False, note=self.note
        )

    def overlap(self, *, n_samples: int = 2000, rng: RNG = 0) -> Overlap:
        """Return the volumes of all pairwise intersections.

        Exact in the plane. Above it, the share of ``n_samples`` points of each tube that lie in the
        other, averaged over the two. Cost O(n^2) in the plane, O(n^2 n_samples) above.

        Parameters
        ----------
        n_samples : int, default 2000
        rng : Generator, int or None, default 0

        Returns
        -------
        Overlap

        Examples
        --------
        >>> cross = TubeFamily([[1, 0], [0, 1]], [[0, 0], [0, 0]], 0.05)
        >>> cross.overlap().volume
        array([[0.1 , 0.01],
               [0.01, 0.1 ]])
        """
        n, volume = len(self), self.tube_volume
        found = np.empty((n, n))
        if self.dim == 2:
            kernel.overlap_areas(self.directions, self.centres, self.delta, found)
            return Overlap(found, np.zeros((n, n)), True, self.note)
        random = generator(rng)
        for i in range(n):
            where = self.sample(n_samples, random, tube=i)
            found[i] = self.contains(where).mean(axis=0)
        share = (found + found.T) / 2.0
        np.fill_diagonal(share, 1.0)
        error = volume * np.sqrt(share * (1.0 - share) / (2.0 * n_samples))
        return Overlap(volume * share, error, False, self.note)

    def maximal_function(
        self, f: Callable[[FloatArray], ArrayLike], *, n_samples: int = 2000, rng: RNG = 0
    ) -> MaximalFunction:
        """Return the Kakeya maximal function of f with the suprema over the tubes of the family.

        At the direction u of each tube, ``f*(u) = max (1/|T|) integral over T of |f|`` over tubes T
        of the family with directions within delta of u: a lower bound on the one over all tubes,
        of which `bounds.maximal_bounds` speaks. Means are over random points.

        Parameters
        ----------
        f : callable
            From points, shape (m, d), to m values.
        n_samples : int, default 2000
            Points of each tube.
        rng : Generator, int or None, default 0

        Returns
        -------
        MaximalFunction

        See Also
        --------
        relugeom.kakeya.kakeya_maximal : for functions on pixels, over all tubes, without sampling.

        Examples
        --------
        >>> cross = TubeFamily([[1, 0], [0, 1]], [[0, 0], [0, 0]], 0.05)
        >>> cross.maximal_function(lambda x: abs(x[:, 0]) < 0.1).value.round(1)
        array([0.2, 1. ])
        """
        m, random = positive_int("n_samples", n_samples, minimum=2), generator(rng)
        mean, error = np.empty(len(self)), np.empty(len(self))
        for i in range(len(self)):
            values = np.abs(float_array("f", f(self.sample(m, random, tube=i)), shape=(m,)))
            mean[i], error[i] = values.mean(), values.std(ddof=1) / sqrt(m)
        best = [
            np.argmax(np.where(angles_to(self.directions, u, True) <= self.delta, mean, -1.0))
            for u in self.directions
        ]
        return MaximalFunction(mean[best], error[best], self.note)

    def wolff_constant(self, mode: str = "auto") -> WolffConstant:
        """Return the convex Katz-Tao constant: `relugeom.kakeya.wolff_constant` of the family.

        Parameters
        ----------
        mode : str, default "auto"

        Returns
        -------
        WolffConstant

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.kakeya.TubeFamily.bush([[1, 0], [0, 1]], 0.1).wolff_constant().value >= 1
        True
        """
        from .wolff import wolff_constant

        return wolff_constant(self, mode)

    def lower_bounds(self) -> dict[str, float]:
        """Return lower bounds on the volume of the union, from angles, and in the plane from areas.

        ``de_caen_angles`` and ``cauchy_schwarz_angles`` hold wherever the tubes lie
        (`bounds.de_caen`, `bounds.cauchy_schwarz`); ``..._overlaps`` are the same inequalities with
        the intersections themselves, in the plane only.

        Returns
        -------
        dict of float
            By name.

        Examples
        --------
        >>> cross = TubeFamily([[1, 0], [0, 1]], [[0, 0], [0, 0]], 0.05)
        >>> {name: round(bound, 4) for name, bound in cross.lower_bounds().items()}
        {'de_caen_angles': 0.1818, 'cauchy_schwarz_angles': 0.1818,
         'de_caen_overlaps': 0.1818, 'cauchy_schwarz_overlaps': 0.1818}
        """
        found = {
            "de_caen_angles": bounds.de_caen(self.directions, self.delta),
            "cauchy_schwarz_angles": bounds.cauchy_schwarz(self.directions, self.delta),
        }
        if self.dim == 2:
            sums = self.overlap().volume.sum(axis=1)
            found["de_caen_overlaps"] = float(np.sum(self.tube_volume**2 / sums))
            found["cauchy_schwarz_overlaps"] = self.total_volume**2 / float(sums.sum())
        return found

    def axis_distances(self) -> FloatArray:
        """Return the distances of all pairs of axes, which are segments.

        Time and memory O(n^2 d).

        Returns
        -------
        ndarray, shape (n, n)

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.kakeya.TubeFamily.bush([[1, 0], [0, 1]], 0.1).axis_distances()
        array([[0., 0.],
               [0., 0.]])
        """
        return self._axes()[0]

    def _axes(self) -> tuple[FloatArray, FloatArray]:
        n = len(self)
        distance, middle = np.empty((n, n)), np.empty((n, n, self.dim))
        kernel.axis_distances(self.directions, self.centres, distance, middle)
        return distance, middle

    def deepest_bush(self, *, n_samples: int = 20_000, rng: RNG = 0) -> Bush:
        """Return the tubes through a point of largest multiplicity.

        In the plane, for up to 300 tubes, exact up to 1e-12: the deepest points of closed
        rectangles are corners or crossings of edges. Otherwise the deepest of centres, the middles
        between the axes that come within 2 delta, and sampled points: a lower bound.

        Parameters
        ----------
        n_samples : int, default 20000
        rng : Generator, int or None, default 0

        Returns
        -------
        Bush

        Examples
        --------
        >>> bush = TubeFamily.bush([[1, 0], [1, 1], [0, 1]], 0.05).deepest_bush()
        >>> len(bush.tubes), bush.exact
        (3, True)
        """
        exact = self.dim == 2 and len(self) <= _MAX_EXACT_DEPTH
        if exact:
            best = np.empty(2)
            kernel.deepest_corner(self.directions, self.centres, self.delta, _SLACK, best)
        else:
            distance, middle = self._axes()
            i, j = np.nonzero(np.triu(distance <= 2.0 * self.delta, 1))
            where = np.vstack([self.centres, middle[i, j], self.sample(n_samples, rng)])
            best = where[int(np.argmax(self._count(where, _SLACK)))]
        through = np.flatnonzero(self.contains(best, slack=2.0 * _SLACK)[0])
        return Bush(frozen(best), frozen(through), exact, self.note)

    def hairbrush(self, *, min_angle: float = 0.1, stem: int | None = None) -> Hairbrush:
        """Return the tubes that meet a tube at an angle, for the tube with most of them.

        Two tubes meet when their axes come within 2 delta: our operational definition, which in
        the plane may differ from that of the rectangles at their ends.

        Parameters
        ----------
        min_angle : float, default 0.1
            Radians.
        stem : int, optional
            Which tube; by default the fattest, with the most tubes.

        Returns
        -------
        Hairbrush

        Examples
        --------
        >>> family = TubeFamily([[1, 0], [0, 1], [0, 1]], [[0, 0], [-0.3, 0], [0.3, 0]], 0.05)
        >>> family.hairbrush().stem, family.hairbrush().tubes
        (0, array([1, 2]))
        """
        if stem is not None:
            stem = positive_int("stem", stem, minimum=0, maximum=len(self) - 1)
        min_angle = number("min_angle", min_angle, f"[0, {pi / 2}]")
        cosine = np.minimum(np.abs(self.directions @ self.directions.T), 1.0)
        meet = (self.axis_distances() <= 2.0 * self.delta) & (np.arccos(cosine) >= min_angle)
        np.fill_diagonal(meet, False)
        chosen = int(np.argmax(meet.sum(axis=1))) if stem is None else stem
        return Hairbrush(chosen, frozen(np.flatnonzero(meet[chosen])), min_angle, self.note)


def note(d: int) -> str:
    """Return what is proved about unions of direction-separated tubes in R^d."""
    if d >= 4:
        return f"no theorem: the Kakeya conjecture is open in dimension {d}"
    if d == 3:
        return "theorem of Wang & Zahl, arXiv 2502.17655, 2025; its constants are not explicit"
    return "theorem of Córdoba 1977, with explicit constants"


def _size(name: str, value: int) -> int:
    return positive_int(name, value, maximum=10**9)
