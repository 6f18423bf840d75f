"""Convex Wolff constants of families of tubes: Katz-Tao, Frostman, slabs; factoring.

Definitions 1.3 of Wang & Zahl (arXiv 2502.17655, 2025), for a finite family U of tubes T:

- Katz-Tao: the least C with ``sum of |T| over T in W <= C |W|`` for all convex W;
- Frostman: the least C with ``sum of |T| over T in W <= C |W| sum of all |T|``, for all convex W,
  or for all slabs W, which are parts of the unit ball between parallel hyperplanes.

W may be replaced by the convex hull of the tubes in it, so the supremum is over subsets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import betainc

from .._check import choice, frozen, instance, number
from .._table import brief
from ..errors import InvalidInputError, UnsupportedError
from . import _kernel_wolff as kernel
from ._kernel_tubes import corners_of
from .caps import ball_volume
from .tubes import TubeFamily

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray

_MAX_EXACT = {2: 18, 3: 14}
_SIDES = 24  # of the polygons that stand for the ends of a tube in space
_PARTNERS = 8  # of a tube, fewer where that is too much work
_WORK = 2 * 10**9  # steps


@brief
class ConvexBox(NamedTuple):
    """The points x with ``low <= axes @ x <= high``; the rows of ``axes`` are orthonormal."""

    axes: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def volume(self) -> float:
        """Volume."""
        return float(np.prod(self.high - self.low))


@brief
class WolffConstant(NamedTuple):
    """A Wolff constant, between ``value`` and ``upper``, with the tubes where it is attained.

    ``value`` is a certified lower bound. ``status`` is "exact" (up to rounding), "bracket", or
    "lower bound", with ``upper`` inf. ``box`` holds ``tubes`` in box mode; else their hull does.
    """

    value: float
    upper: float
    tubes: IntArray
    status: str
    box: ConvexBox | None
    note: str


@brief
class SlabConstant(NamedTuple):
    """A lower bound on the Frostman constant of slabs, at ``low <= normal @ x <= high``."""

    value: float
    normal: FloatArray
    low: float
    high: float
    tubes: IntArray
    note: str


@brief
class Factor(NamedTuple):
    """A box with the tubes it took, and how dense they are: their volume over the box's."""

    box: ConvexBox
    tubes: IntArray
    density: float


@brief
class Factoring(NamedTuple):
    """Boxes of like shape that take a share of a family; see `factor`.

    ``removed`` are all boxes in the order found, ``kept`` those of the shape with most tubes, less
    the sparse ones; ``share`` is the part of the family in the kept ones.
    """

    kept: tuple[Factor, ...]
    removed: tuple[Factor, ...]
    share: float
    note: str


def wolff_constant(family: TubeFamily, mode: str = "auto") -> WolffConstant:
    """Return the convex Katz-Tao constant of a family of tubes, or a certified lower bound.

    Parameters
    ----------
    family : TubeFamily
    mode : {"auto", "exact", "box"}
        "exact": all subsets. In the plane (up to 18 tubes) up to rounding; in space (up to 14) a
        bracket, from polytopes inside and around the tubes, by branch and bound. "box": boxes along
        the directions of tubes and the bisectors of pairs of near ones (up to 8 each, fewer from
        about 500 tubes on), grown from each tube: a lower bound in any dimension; a tube itself
        gives at least 1. "auto": exact where it can be.

    Returns
    -------
    WolffConstant

    Raises
    ------
    UnsupportedError
        If "exact" is asked for too many tubes, or in dimension 4 or more.

    Examples
    --------
    >>> from relugeom.kakeya import TubeFamily
    >>> stack = TubeFamily([[1, 0]] * 6, [[0, 0]] * 6, 0.05)
    >>> round(wolff_constant(stack).value, 12)
    6.0
    """
    instance("family", family, TubeFamily)
    choice("mode", mode, ("auto", "exact", "box"))
    n, d = len(family), family.dim
    most = _MAX_EXACT.get(d, 0)
    if mode == "box" or (mode == "auto" and n > most):
        return _by_boxes(family)
    if n > most:
        raise UnsupportedError(
            f"`mode` must be box for {n} tubes in dimension {d}; got exact (at most 18 tubes in "
            "the plane, 14 in space, none above)"
        )
    return _planar(family) if d == 2 else _spatial(family)


def frostman_constant(family: TubeFamily, mode: str = "auto") -> WolffConstant:
    """Return the convex Frostman constant: the Katz-Tao constant over the sum of the volumes.

    Parameters
    ----------
    family : TubeFamily
    mode : str, default "auto"
        As of `wolff_constant`.

    Returns
    -------
    WolffConstant

    Examples
    --------
    >>> from relugeom.kakeya import TubeFamily
    >>> stack = TubeFamily([[1, 0]] * 6, [[0, 0]] * 6, 0.05)
    >>> round(frostman_constant(stack).value, 12)
    10.0
    """
    instance("family", family, TubeFamily)
    found = wolff_constant(family, mode)
    total = family.total_volume
    return found._replace(value=found.value / total, upper=found.upper / total)


def slab_constant(family: TubeFamily) -> SlabConstant:
    """Return a certified lower bound on the Frostman constant of slabs.

    The largest share of the tubes over the volume of a slab of the unit ball, over slabs normal to
    the axes that `wolff_constant` uses for boxes; for many tubes to a part of them, so that the
    work stays near 10^9 steps.

    Parameters
    ----------
    family : TubeFamily

    Returns
    -------
    SlabConstant

    Raises
    ------
    InvalidInputError
        If the tubes do not lie in the unit ball about the origin.

    Examples
    --------
    >>> from relugeom.kakeya import TubeFamily
    >>> line = TubeFamily([[1, 0]], [[0, 0]], 0.01)
    >>> round(slab_constant(line).value, 2)  # one over the area of a strip of width 0.02
    25.0
    """
    instance("family", family, TubeFamily)
    d, n = family.dim, len(family)
    ends = family.centres[:, None] + np.array([[-0.5], [0.5]]) * family.directions[:, None]
    along = np.sum(ends * family.directions[:, None], axis=2)
    across = np.linalg.norm(ends - along[..., None] * family.directions[:, None], axis=2)
    reach = float(np.hypot(along, across + family.delta).max())
    if reach > 1.0 + 1e-9:
        raise InvalidInputError(
            f"`family` must lie in the unit ball about the origin; got a point at {reach:.6g} "
            "(move the centres)"
        )
    _, frames = _frames(family)
    axes = frames.reshape(-1, d)[:: 1 + len(frames) * d * n * n // _WORK]
    axes = np.vstack([axes, np.linalg.svd(family.directions, full_matrices=d < n)[2]])
    middle = axes @ family.centres.T
    dot = np.clip(axes @ family.directions.T, -1.0, 1.0)
    half = np.abs(dot) / 2.0 + family.delta * np.sqrt(1.0 - dot**2)
    order = np.argsort(middle + half, axis=1)
    low = np.take_along_axis(middle - half, order, axis=1)
    high = np.take_along_axis(middle + half, order, axis=1)
    span = np.empty(2)
    best, row = kernel.best_slab(low, high, _ball_below(d, low), _ball_below(d, high), span)
    inside = (middle[row] - half[row] >= span[0]) & (middle[row] + half[row] <= span[1])
    return SlabConstant(
        best / n, frozen(axes[row]), float(span[0]), float(span[1]),
        frozen(np.flatnonzero(inside)), family.note,
    )  # fmt: skip


def factor(family: TubeFamily, *, share: float = 0.5) -> Factoring:
    """Factor a family through convex sets, as in Proposition 4.6 of Wang & Zahl (2025).

    Take the box with the largest density of tubes, remove its tubes, and go on until ``share`` of
    the family is gone. Of the boxes keep those of the dyadic shape that has most tubes; of these,
    those with at least half the mean number of tubes. Boxes stand for convex sets, and the densest
    box is that of `wolff_constant` with mode "box".

    Parameters
    ----------
    family : TubeFamily
    share : float, default 0.5
        In (0, 1].

    Returns
    -------
    Factoring

    Examples
    --------
    >>> from relugeom.kakeya import TubeFamily
    >>> stack = TubeFamily([[1, 0]] * 6, [[0, 0.02 * k] for k in range(6)], 0.05)
    >>> [round(f.density, 6) for f in factor(stack).kept]
    [3.0]
    """
    instance("family", family, TubeFamily)
    share = number("share", share, "(0, 1]")
    n = len(family)
    boxes, alive = _Boxes(family), np.ones(n, dtype=bool)
    removed = []
    while n - alive.sum() < share * n:
        density, box, members = boxes.densest(alive)
        removed.append(Factor(box, frozen(np.flatnonzero(members)), density))
        alive &= ~members
    shapes: dict[tuple[int, ...], list[Factor]] = {}
    for found in removed:
        sides = np.sort(found.box.high - found.box.low)
        shapes.setdefault(tuple(np.rint(np.log2(sides)).astype(int).tolist()), []).append(found)
    like = max(shapes.values(), key=lambda group: sum(len(f.tubes) for f in group))
    mean = sum(len(f.tubes) for f in like) / len(like)
    kept = tuple(f for f in like if 2 * len(f.tubes) >= mean)
    return Factoring(kept, tuple(removed), sum(len(f.tubes) for f in kept) / n, family.note)


def _planar(family: TubeFamily) -> WolffConstant:
    n = len(family)
    corners = np.empty((n, 4, 2))
    corners_of(family.directions, family.centres, family.delta, corners)
    flat = corners.reshape(-1, 2) - family.centres.mean(axis=0)
    order = np.lexsort((flat[:, 1], flat[:, 0]))
    members = np.empty(n, dtype=bool)
    value = float(kernel.best_subset(flat[order], order // 4, n, family.tube_volume, members))
    tubes = frozen(np.flatnonzero(members))
    return WolffConstant(value, value, tubes, "exact", None, family.note)


def _spatial(family: TubeFamily) -> WolffConstant:
    """Branch and bound over subsets, with the hulls of inscribed and circumscribed prisms."""
    from scipy.spatial import ConvexHull

    n, volume = len(family), family.tube_volume
    inner, outer = _prisms(family, 1.0), _prisms(family, 1.0 / np.cos(np.pi / _SIDES))
    value, upper, tubes = 1.0, 1.0, [0]

    def search(chosen: list[int]) -> None:
        nonlocal value, upper, tubes
        if len(chosen) > 1:
            least = float(ConvexHull(inner[chosen].reshape(-1, 3)).volume)
            if len(chosen) * volume / least > value:
                most = float(ConvexHull(outer[chosen].reshape(-1, 3)).volume)
                if len(chosen) * volume / most > value:
                    value, tubes = len(chosen) * volume / most, list(chosen)
            upper = max(upper, len(chosen) * volume / least)
            if (len(chosen) + n - 1 - chosen[-1]) * volume / least <= upper:
                return  # no superset is denser: hulls only grow
        for i in range(chosen[-1] + 1 if chosen else 0, n):
            search([*chosen, i])

    search([])
    return WolffConstant(value, upper, frozen(np.array(tubes)), "bracket", None, family.note)


def _prisms(family: TubeFamily, stretch: float) -> FloatArray:
    """Return corners of prisms, shape (n, 2 sides, 3), ``stretch`` times as thick as the tubes."""
    angle = 2.0 * np.pi * np.arange(_SIDES) / _SIDES
    corners = []
    for axis, centre in zip(family.directions, family.centres, strict=True):
        across = np.linalg.svd(axis[None])[2][1:]
        ring = stretch * family.delta * np.column_stack([np.cos(angle), np.sin(angle)]) @ across
        corners.append(np.vstack([centre - axis / 2.0 + ring, centre + axis / 2.0 + ring]))
    return np.array(corners)


def _by_boxes(family: TubeFamily) -> WolffConstant:
    density, box, members = _Boxes(family).densest(np.ones(len(family), dtype=bool))
    tubes = frozen(np.flatnonzero(members))
    if density <= 1.0:  # a tube itself does better than any box
        return WolffConstant(1.0, np.inf, tubes[:1], "lower bound", None, family.note)
    return WolffConstant(density, np.inf, tubes, "lower bound", box, family.note)


class _Boxes:
    """The boxes grown in every frame, and how dense each was when it was last looked at."""

    def __init__(self, family: TubeFamily) -> None:
        self._family = family.directions, family.centres, family.delta, family.tube_volume
        self._seeds, self._frames = _frames(family)
        self._density = np.empty(len(self._seeds))
        everything = np.ones(len(family), dtype=bool)
        kernel.grow_boxes(*self._family, self._seeds, self._frames, everything, self._density)

    def densest(self, alive: BoolArray) -> tuple[float, ConvexBox, BoolArray]:
        """Return the densest box of the tubes alive, of which no others come back later.

        Densities that were found among more tubes are looked at again when their turn comes.
        """
        self._density[~alive[self._seeds]] = -1.0
        members = np.empty(len(alive), dtype=bool)
        low, high = (np.empty(self._frames.shape[1]) for _ in range(2))
        while True:
            f = int(np.argmax(self._density))
            density = kernel.grow_box(
                *self._family, self._seeds[f], self._frames[f], alive, members, low, high
            )
            settled = density >= self._density[f] * (1.0 - 1e-12)
            self._density[f] = density
            if settled or density >= self._density.max():
                box = ConvexBox(frozen(self._frames[f]), frozen(low), frozen(high))
                return float(density), box, members


def _frames(family: TubeFamily) -> tuple[IntArray, FloatArray]:
    """Return frames to grow boxes in, with the tube to grow each from.

    For a tube and each of its nearest: the bisector of their directions, then the span of the two,
    then the line between their centres, then whatever completes the basis.
    """
    u, c, (n, d) = family.directions, family.centres, family.directions.shape
    partners = max(1, min(_PARTNERS, 2 * _WORK // (d * n**3)))
    seeds, frames = [], []
    for i in range(n):
        gap = np.sqrt(np.maximum(1.0 - (u @ u[i]) ** 2, 0.0)) + np.linalg.norm(c - c[i], axis=1)
        gap[i] = -1.0
        for j in np.argsort(gap, kind="stable")[: partners + 1]:
            turned = u[j] if u[j] @ u[i] >= 0 else -u[j]
            rows = [u[i] + turned, u[i] - turned, c[j] - c[i], *np.eye(d)]
            seeds.append(i)
            frames.append(_orthonormal(rows, d))
    return np.array(seeds), np.array(frames)


def _orthonormal(rows: list[FloatArray], d: int) -> FloatArray:
    """Return d orthonormal rows, by Gram and Schmidt, without those that depend on others."""
    basis = np.empty((d, d))
    rank = 0
    for row in rows:
        rest = row
        for _ in range(2):
            rest = rest - basis[:rank].T @ (basis[:rank] @ rest)
        size = float(np.linalg.norm(rest))
        if size > 1e-9 and rank < d:
            basis[rank] = rest / size
            rank += 1
    return basis


def _ball_below(d: int, t: FloatArray) -> FloatArray:
    """Return the volume of the unit ball of R^d below the hyperplanes at heights t."""
    height = np.clip(t, -1.0, 1.0)
    part = betainc(0.5, 0.5 * (d + 1), height**2)
    below: FloatArray = ball_volume(d) * 0.5 * (1.0 + np.sign(height) * part)
    return below
