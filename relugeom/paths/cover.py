"""Squares of a plane in parameter space in which no neuron switches at any sample, certified.

Walls beyond the first hidden layer are curved. On a square of the plane where all earlier neurons
keep their state, a pre-activation is a polynomial in the plane's two coordinates. It is bounded by
its affine part and a remainder (affine arithmetic with two noise symbols); a square on which every
bound excludes 0 has one mask. The others are cut into four, down to a resolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import frozen, points, positive_int
from .._progress import progress_bar
from ..errors import ShapeError
from ._parameters import layers, masks
from .planes import check_plane

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .._check import BoolArray, FloatArray, IntArray
    from ..arrangements.domains import AffineSlice, Box
    from ..networks.network import ReLUNetwork

_SLACK = 1e-12  # of the magnitudes that went into a bound, for rounding
_BLOCK = 1 << 14  # pre-activations of one layer at a time
_FIRST = 3  # levels of cuts before any test


@dataclass(frozen=True, eq=False)
class PlaneCover:
    """A window of a plane in parameter space, covered by squares; made by `plane_cover`.

    In a certified square no neuron switches at any sample (up to rounding, for which there is
    slack). The other squares, all of the smallest size, may hold walls; of them only the mask at
    the centre is known. What is smaller than ``resolution`` may be missing.

    Attributes
    ----------
    plane : AffineSlice
    domain : Box
        The window, in coordinates of the plane.
    centre : ndarray, shape (m, 2)
    level : ndarray of int64, shape (m,)
        A square of level k has the domain's sides over 2^k.
    mask : ndarray of int64, shape (m,)
        Number of the mask at the centre, from 0.
    n_on : ndarray of int64, shape (m,)
        Pairs of a neuron and a sample that are on at the centre.
    certified : ndarray of bool, shape (m,)

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=0)
    >>> cover = rg.paths.plane_cover(net, [[-1.0]], plane, rg.Box([-1, -1], [1, 1]), levels=4)
    >>> cover.raster(cover.mask).shape
    (8, 8)
    """

    plane: AffineSlice
    domain: Box
    centre: FloatArray
    level: IntArray
    mask: IntArray
    n_on: IntArray
    certified: BoolArray

    def __len__(self) -> int:
        return len(self.level)

    def __repr__(self) -> str:
        return (
            f"PlaneCover({len(self)} squares, {self.certified_share:.1%} of the area certified, "
            f"at least {self.n_masks} masks)"
        )

    @property
    def resolution(self) -> FloatArray:
        """Sides of the smallest squares, in units of the plane's coordinates."""
        sides: FloatArray = (self.domain.upper - self.domain.lower) / 2.0 ** self.level.max()
        return sides

    @property
    def half(self) -> FloatArray:
        """Half the sides of every square, shape (m, 2)."""
        sides: FloatArray = (self.domain.upper - self.domain.lower) / 2.0 ** (
            self.level[:, None] + 1
        )
        return sides

    @property
    def n_masks(self) -> int:
        """Number of distinct masks at centres: the window has at least so many."""
        return int(self.mask.max()) + 1

    @property
    def certified_share(self) -> float:
        """Share of the window's area in which the mask is certified."""
        return float((0.25 ** self.level[self.certified]).sum())

    def raster(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return one value a square as a picture, row 0 lowest; a pixel is a smallest square.

        Parameters
        ----------
        values : ndarray, shape (m,)

        Returns
        -------
        ndarray, shape (2^k, 2^k)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
        >>> plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=0)
        >>> cover = rg.paths.plane_cover(net, [[-1.0]], plane, rg.Box([-1, -1], [1, 1]), levels=4)
        >>> cover.raster(cover.n_on).shape
        (8, 8)
        """
        size = 2 ** int(self.level.max())
        picture = np.empty((size, size), dtype=values.dtype)
        sides = self.domain.upper - self.domain.lower
        for level in np.unique(self.level):
            own = self.level == level
            scale = size // 2 ** int(level)
            column, row = ((self.centre[own] - self.domain.lower) / sides * 2**level).astype(int).T
            tiles = picture.reshape(2**level, scale, 2**level, scale).swapaxes(1, 2)
            tiles[row, column] = values[own, None, None]
        return picture


def plane_cover(
    net: ReLUNetwork,
    X: ArrayLike,
    plane: AffineSlice,
    domain: Box,
    *,
    levels: int = 8,
    progress: bool | None = None,
) -> PlaneCover:
    """Cover a window of a plane in parameter space by squares of one mask, to a resolution.

    Parameters
    ----------
    net : ReLUNetwork
        For its shapes and slopes; its own parameters play no part.
    X : array_like, shape (n, d)
    plane : AffineSlice
        Of dimension 2, in the parameter space of ``net``.
    domain : Box
        The window, in coordinates of the plane.
    levels : int, default 8
        The smallest squares have the domain's sides over ``2 ** levels``.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    PlaneCover

    Raises
    ------
    ShapeError
        If ``plane`` or ``domain`` do not fit.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 3, 1], rng=0)
    >>> plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=0)
    >>> cover = plane_cover(net, [[-1.0], [1.0]], plane, rg.Box([-1, -1], [1, 1]), levels=7)
    >>> cover.n_masks, bool(cover.certified_share > 0.9)
    (6, True)
    """
    data = points("X", X, net.input_dim)
    check_plane(net, plane, dim=2)
    if domain.dim != 2:
        raise ShapeError(f"`domain` must have dimension 2; got {domain.dim}")
    last = positive_int("levels", levels)
    sides = domain.upper - domain.lower
    level = min(_FIRST, last)
    ticks = (np.arange(2**level) + 0.5) / 2**level
    centre = domain.lower + sides * np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    parts: list[tuple[FloatArray, IntArray, FloatArray, BoolArray]] = []
    size = max(1, _BLOCK // (len(data) * max(net.widths)))
    with progress_bar(progress, total=last - level + 1, desc="squares", unit="level") as bar:
        while len(centre):
            half = sides / 2.0 ** (level + 1)
            blocks = [centre[i : i + size] for i in range(0, len(centre), size)]
            sure = np.concatenate([_certified(net, data, plane, block, half) for block in blocks])
            done = sure | (level == last)
            kept = centre[done]
            hashes = [
                _hashes(net, data, plane.points(kept[i : i + size]))
                for i in range(0, len(kept), size)
            ]
            at = np.full(len(kept), level)
            parts.append((kept, at, np.concatenate([np.empty((0, 4)), *hashes]), sure[done]))
            corners = 0.5 * half * np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])
            centre = (centre[~done][:, None] + corners).reshape(-1, 2)
            level += 1
            bar.update()
    centres, levels_of, codes, certified = (np.concatenate(c) for c in zip(*parts, strict=True))
    mask = np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
    n_on = codes[:, 0].astype(np.int64)
    return PlaneCover(
        plane=plane,
        domain=domain,
        centre=frozen(centres),
        level=frozen(levels_of),
        mask=frozen(mask),
        n_on=frozen(n_on),
        certified=frozen(certified),
    )


def _certified(
    net: ReLUNetwork, X: FloatArray, plane: AffineSlice, centre: FloatArray, half: FloatArray
) -> BoolArray:
    """Tell for each square whether no neuron switches on it at any sample.

    A value on a square is ``c + p e_1 + q e_2`` up to ``r``, with e_1, e_2 between -1 and 1. Its
    linear part holds only while earlier neurons keep their state, which is all that is asked for.
    """
    moves = layers(net, half[:, None] * plane.basis.T)  # what e_1 and e_2 add to the parameters
    todo = np.arange(len(centre))
    c: FloatArray = np.broadcast_to(X, (len(centre), *X.shape))
    linear, r = np.zeros((2, *c.shape)), np.zeros(c.shape)
    parts = layers(net, plane.points(centre))[:-1]
    for k, ((w, b), (dw, db)) in enumerate(zip(parts, moves, strict=False)):
        wt, spread, bias = w[todo].swapaxes(1, 2), np.abs(dw).sum(axis=0).T, b[todo, None]
        r = (r + _SLACK * np.abs(c)) @ np.abs(wt) + (r + np.abs(linear).sum(axis=0)) @ spread
        r += _SLACK * np.abs(bias)
        linear = np.stack([linear[i] @ wt + c @ dw[i].T + db[i] for i in range(2)])
        c = c @ wt + bias
        clear = np.abs(c) > np.abs(linear).sum(axis=0) + r
        holds = clear[..., net.rectified[k]].all(axis=(1, 2))
        todo, c, linear, r = todo[holds], c[holds], linear[:, holds], r[holds]
        gate = np.where(c > 0, 1.0, net.slopes[k])
        c, linear, r = c * gate, linear * gate, r * np.abs(gate)
    sure = np.zeros(len(centre), dtype=np.bool_)
    sure[todo] = True
    return sure


def _hashes(net: ReLUNetwork, X: FloatArray, theta: FloatArray) -> FloatArray:
    """Return for parameters (s, P) how many pairs are on, and three random sums over these, (s, 4).

    The sums are of whole numbers and exact, so equal masks have equal ones; they tell masks apart.
    """
    size = len(X) * net.n_neurons
    keys = np.random.default_rng(0).integers(0, 2 ** (52 - size.bit_length()), size=(size, 3))
    on = np.concatenate(masks(net, theta, X), axis=2).reshape(len(theta), size)
    weights = np.column_stack([np.ones(size), keys])
    sums: FloatArray = on.astype(np.float64) @ weights
    return sums
