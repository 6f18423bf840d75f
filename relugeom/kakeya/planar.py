"""Planar sets with their areas, the unit segments in them, and the motion of a needle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import atan2, ceil, log, pi, sqrt
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from .._check import frozen, generator, number, positive_int
from .._table import brief
from ..errors import InvalidInputError, UnsupportedError
from . import _convex
from ._area import Trapezoid, union_area_exact, union_area_float
from ._chord import longest_chord

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .._check import RNG, FloatArray

__all__ = ["AreaRoutes", "PlanarSet", "SegmentCheck", "Trapezoid"]

#: Times in [0, 1] to needles, shape (n, 2, 2): two ends each.
Motion: TypeAlias = "Callable[[FloatArray], FloatArray]"

_SLACK = 1e-9
_MAX_NET = 100_000


@dataclass(frozen=True)
class AreaRoutes:
    """The area of one set by routes that share no code.

    Attributes
    ----------
    exact : float
        By rational arithmetic, of the set's trapezoids or outline (floats at their exact binary
        values), rounded once at the end.
    geos : float
        Of shapely's ``union_all``, in float64.
    monte_carlo, half_width : float
        Karp-Luby estimate, and half the width of its interval by Hoeffding's inequality.
    confidence : float
        Probability that the interval holds the area, at least.
    closed_form : float or None
        Where one is known.
    """

    exact: float
    geos: float
    monte_carlo: float
    half_width: float
    confidence: float
    closed_form: float | None

    @property
    def agree(self) -> bool:
        """Whether GEOS is within 1e-9 (of the area, if that is above 1), and the interval holds."""
        near = abs(self.geos - self.exact) <= 1e-9 * max(1.0, self.exact)
        return near and abs(self.monte_carlo - self.exact) <= self.half_width


@brief
@dataclass(frozen=True)
class SegmentCheck:
    """Whether a set holds a segment in every direction of a net.

    Attributes
    ----------
    angles : ndarray, shape (m,)
        Directions of the net, in radians from the x-axis, in [0, pi].
    longest : ndarray, shape (m,)
        The longest segment found in each: in one convex piece, or in the whole outline.
    length : float
        What was asked for.
    contained : bool
        Whether every direction holds a segment of that length.
    exact : bool
        Whether rational arithmetic decided; else float64, up to 1e-9.
    """

    angles: FloatArray
    longest: FloatArray
    length: float
    contained: bool
    exact: bool

    @property
    def worst(self) -> tuple[float, float]:
        """The angle with the shortest longest segment, and that segment's length."""
        i = int(np.argmin(self.longest))
        return float(self.angles[i]), float(self.longest[i])


@dataclass(frozen=True, eq=False)
class PlanarSet:
    """A planar set with its area.

    Attributes
    ----------
    name : str
    area : float
        Area; see ``area_method`` for how it was found.
    area_method : str
        "exact rational boundary integral", "float64 boundary integral" or "closed form".
    exact_area : Fraction or None
        The area as a rational, where it was computed exactly.
    closed_form : float or None
        The area by a formula, where one is known.
    triangle_area : float or None
        Sum of the areas of the pieces, before they overlap.
    pieces : tuple of Trapezoid
        Exact trapezoids whose union is the set; empty where edges are curved or irrational.
    slopes : tuple of (Fraction, Fraction)
        For sets with pieces: intervals of slopes dx/dy in which the set holds segments.
    outline : ndarray, shape (n, 2), or None
        Vertices of a simple polygon around the set, starlike about their mean, for the sets with
        a single boundary.
    needle : float
        Length of the segments that the set holds.
    polygons : ndarray, shape (n, v, 2), or None
        Convex polygons, counterclockwise, whose union is the set, or just covers it where edges are
        curved. A set has one of ``pieces``, ``outline`` and ``polygons``.
    motion : callable or None
        Positions of a needle that moves continuously, as a function of times in [0, 1].

    Examples
    --------
    >>> import relugeom as rg
    >>> tree = rg.kakeya.perron_tree(2)
    >>> tree.name, tree.exact_area, round(tree.ratio, 3), len(tree.pieces)
    ('Perron tree, 2 levels', Fraction(1, 4), 0.5, 4)
    """

    name: str
    area: float
    area_method: str
    exact_area: Fraction | None = None
    closed_form: float | None = None
    triangle_area: float | None = None
    pieces: tuple[Trapezoid, ...] = ()
    slopes: tuple[tuple[Fraction, Fraction], ...] = ()
    outline: FloatArray | None = field(default=None, repr=False)
    needle: float = 1.0
    polygons: FloatArray | None = field(default=None, repr=False)
    motion: Motion | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        given = (bool(self.pieces), self.outline is not None, self.polygons is not None)
        if sum(given) != 1:
            raise InvalidInputError(
                f"`pieces`, `outline` or `polygons` must be given, one of them; got {sum(given)}"
            )

    @property
    def ratio(self) -> float:
        """Area divided by `triangle_area`: 1 for no overlap."""
        if self.triangle_area is None:
            raise UnsupportedError(
                f"`ratio` must be asked of a set made of pieces; got {self.name}"
            )
        return self.area / self.triangle_area

    @cached_property
    def parts(self) -> FloatArray:
        """Convex polygons, shape (n, v, 2), whose union is the set or just covers it."""
        if self.pieces:
            return frozen(_convex.corners(self.pieces))
        if self.polygons is not None:
            return self.polygons
        outline = cast("FloatArray", self.outline)
        around = np.stack([outline, np.roll(outline, -1, axis=0)], axis=1)
        centre = np.broadcast_to(outline.mean(axis=0), (len(around), 1, 2))
        return frozen(np.concatenate([centre, around], axis=1))

    @cached_property
    def polygon(self) -> BaseGeometry:
        """The set as a shapely geometry (GEOS union in float64; `area` does not depend on it)."""
        import shapely

        if self.outline is not None:
            return shapely.Polygon(self.outline)
        return shapely.union_all(shapely.make_valid(shapely.polygons(self.parts)))

    def areas(
        self, *, n_samples: int = 20_000, confidence: float = 0.99, rng: RNG = 0
    ) -> AreaRoutes:
        """Return the area of the union of `parts` by three routes, and the closed form.

        Where the boundary is curved the parts are polygons around the set, and their area is a
        little larger than the closed form.

        Parameters
        ----------
        n_samples : int
            Points of the Karp-Luby estimate.
        confidence : float
            Of its interval.
        rng : numpy Generator or int, optional

        Returns
        -------
        AreaRoutes

        Examples
        --------
        >>> from relugeom.kakeya import perron_tree
        >>> routes = perron_tree(2).areas(n_samples=1000, rng=0)
        >>> routes.exact, round(routes.geos, 12)
        (0.25, 0.25)
        >>> routes.agree
        True
        """
        n_samples = positive_int("n_samples", n_samples)
        confidence = number("confidence", confidence, "(0, 1)")
        if self.exact_area is not None:
            exact = self.exact_area
        elif self.outline is not None:
            exact = _convex.exact_polygon_area(self.outline)
        else:
            exact = union_area_exact(self.pieces or _convex.trapezoids(self.parts))
        total = float(_convex.areas(self.parts).sum())
        share = _convex.sampled_shares(self.parts, n_samples, generator(rng)).mean()
        return AreaRoutes(
            exact=float(exact),
            geos=float(self.polygon.area),
            monte_carlo=total * float(share),
            half_width=total * sqrt(log(2.0 / (1.0 - confidence)) / (2.0 * n_samples)),
            confidence=confidence,
            closed_form=self.closed_form,
        )

    def contains_segments(self, delta: float, *, length: float | None = None) -> SegmentCheck:
        """Check that the set holds a segment in every direction of a delta-net.

        The net covers the directions that the set is made for: the intervals `slopes`, or all.
        A set made of pieces is searched piece by piece; with exact pieces the slopes of the net
        are rational and so is the decision. An outline is searched as a whole. Where edges are
        curved it is the polygons around the set that are searched, which hold slightly longer
        segments than the set (of the disc 1.00001 instead of 1).

        Parameters
        ----------
        delta : float
            Step of the net in radians, positive; at most 100,000 directions.
        length : float, optional
            By default `needle`.

        Returns
        -------
        SegmentCheck

        Examples
        --------
        >>> from relugeom.kakeya import perron_tree
        >>> check = perron_tree(5).contains_segments(0.01)
        >>> check.contained, check.exact
        (True, True)
        >>> check.worst
        (1.5707963267948966, 1.0)
        """
        delta = number("delta", delta, "(0, inf)")
        length = number("length", self.needle if length is None else length, "(0, inf)")
        if self.pieces:
            return self._exact_check(delta, length)
        angles = np.linspace(0.0, pi, _net_size("delta", pi / delta))
        directions = np.column_stack([np.cos(angles), np.sin(angles)])
        if self.outline is not None:
            longest = np.array([longest_chord(self.outline, u) for u in directions])
        else:
            longest = _convex.longest_chords(self.parts, directions).max(axis=1)
        held = bool((longest >= length - _SLACK).all())
        return SegmentCheck(frozen(angles), frozen(longest), length, held, exact=False)

    def needle_positions(self, count: int = 24) -> FloatArray:
        """Return needles inside the set.

        Where a motion of the needle is known, its positions at equal turns; otherwise one needle
        a direction, evenly over `slopes`, each in the piece with most room for it.

        Parameters
        ----------
        count : int

        Returns
        -------
        ndarray, shape (count, 2, 2)
            The two ends of each needle.

        Raises
        ------
        UnsupportedError
            If neither ``slopes`` nor ``motion`` is known.

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.kakeya.deltoid().needle_positions(5).shape
        (5, 2, 2)
        """
        count = positive_int("count", count)
        times = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.5])
        if self.motion is not None:
            return self.motion(times)
        if not self.slopes:
            raise UnsupportedError(
                f"`needle_positions` must be asked of a set with slopes or motion; got {self.name}"
            )
        sizes = np.array([float(b - a) for a, b in self.slopes])
        ends = np.cumsum(sizes)
        which = np.searchsorted(ends, times * ends[-1]).clip(max=len(ends) - 1)
        start = np.array([float(a) for a, _ in self.slopes])
        slopes = start[which] + times * ends[-1] - (ends - sizes)[which]
        directions = _along(slopes)
        best = _convex.longest_chords(self.parts, directions).argmax(axis=1)
        return np.stack(
            [
                _convex.place(self.parts[i], u, self.needle)
                for i, u in zip(best, directions, strict=True)
            ]
        )

    def _exact_check(self, delta: float, length: float) -> SegmentCheck:
        if not self.slopes:
            raise UnsupportedError(
                f"`contains_segments` must be asked of a set that has slopes; got {self.name}"
            )
        # an angle changes by less than the slope does
        total = sum(float(b - a) / delta + 1.0 for a, b in self.slopes)
        _net_size("delta", total)
        slopes = [
            a + (b - a) * Fraction(i, n)
            for a, b in self.slopes
            for n in [max(1, ceil(float(b - a) / delta))]
            for i in range(n + 1)
        ]
        lengths = _convex.longest_chords(self.parts, _along(np.array(slopes, dtype=np.float64)))
        square = Fraction(length) ** 2
        contained = all(
            any(
                _convex.exact_chord(self.pieces[i], slope) >= square
                for i in np.flatnonzero(row >= length - _SLACK)
            )
            for slope, row in zip(slopes, lengths, strict=True)
        )
        angles = np.array([atan2(1.0, s) for s in slopes])
        return SegmentCheck(
            frozen(angles), frozen(lengths.max(axis=1)), length, contained, exact=True
        )

    def __repr__(self) -> str:
        return f"PlanarSet({self.name}, area {self.area:.6g}, {len(self.pieces)} pieces)"


def made_of_pieces(
    name: str,
    pieces: tuple[Trapezoid, ...],
    slopes: tuple[tuple[Fraction, Fraction], ...],
    *,
    exact: bool,
    **more: Any,
) -> PlanarSet:
    """Return the union of pieces with its area: in rationals, or in float64."""
    exact_area = union_area_exact(pieces) if exact else None
    return PlanarSet(
        name=name,
        area=union_area_float(pieces) if exact_area is None else float(exact_area),
        area_method=f"{'exact rational' if exact else 'float64'} boundary integral",
        exact_area=exact_area,
        triangle_area=float(sum(p.area for p in pieces)),
        pieces=pieces,
        slopes=slopes,
        **more,
    )


def _net_size(name: str, steps: float) -> int:
    if steps > _MAX_NET:
        raise InvalidInputError(
            f"`{name}` must give at most {_MAX_NET} directions; got {steps:.0f}"
        )
    return ceil(steps) + 1


def _along(slopes: FloatArray) -> FloatArray:
    """Return the unit vectors along (slope, 1)."""
    directions = np.column_stack([slopes, np.ones_like(slopes)])
    result: FloatArray = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return result
