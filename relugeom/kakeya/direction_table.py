"""N(theta) of a set of directions beside bounds and nulls: the part of `compare` without tubes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, inf, nan
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .._check import frozen
from .._table import Table
from ..errors import InvalidInputError
from . import nulls
from .bounds import isotropic_packing
from .directions import DirectionSet
from .rows import Row

if TYPE_CHECKING:
    from .._check import FloatArray
    from .directions import DirectionCurve

_FEW = 3  # directions, below which N(theta) says nothing of a dimension
_FINE = 1e-6  # radians, below which the rounding of recorded parameters may be seen
_DIMENSIONS = (*range(1, 9), 10, 12, 16, 20, 24, 32, 48, 64, 96, 128)


@dataclass(frozen=True, eq=False, repr=False)
class DirectionTable(Table):
    """N(theta) of directions beside packing bounds and nulls, one entry an angle.

    Attributes
    ----------
    curve : DirectionCurve
        Observed, with its packing-covering bracket.
    dim : int
        Dimension d of the space.
    projective : bool
        Whether directions are lines through 0.
    d_eff : dict of float
        Effective dimensions by name.
    full : ndarray, shape (k, 2)
        Bounds on the packing number of all directions of R^d; inf where they overflow.
    packing : dict of ndarray, shape (k, 2)
        The same in ceil(d_eff) dimensions.
    isotropic : dict of ndarray, shape (k,)
        N(theta) of as many directions as observed, uniform in ceil(d_eff) dimensions; the mean of
        the draws.
    walk : ndarray, shape (n_nulls, k)
        N(theta) of the draws of the null, with the same lengths in all dimensions.
    filling : ndarray, shape (k,)
        At each angle the dimension in which as many uniform directions have the observed N(theta),
        interpolated in log N: our operational definition. NaN where the curve is not `resolved`;
        inf beyond 128.

    Examples
    --------
    >>> import relugeom as rg
    >>> axes = rg.kakeya.DirectionSet([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> table = rg.kakeya.compare(axes, n_nulls=2).directions
    >>> table.dim, table.curve.n_directions
    (3, 3)
    """

    curve: DirectionCurve
    dim: int
    projective: bool
    d_eff: dict[str, float]
    full: FloatArray
    packing: dict[str, FloatArray]
    isotropic: dict[str, FloatArray]
    walk: FloatArray
    filling: FloatArray

    _UNIT: ClassVar[str] = "angles"

    def __len__(self) -> int:
        return len(self.curve.theta)

    @property
    def resolved(self) -> Any:
        """At which angles N(theta) speaks of the directions: 3 to T/10 of them, from 1e-6 rad."""
        return resolved(self.curve)

    @property
    def filling_range(self) -> tuple[float, float, float]:
        """Least, median and largest filling dimension over the resolved angles; NaN without any."""
        values = self.filling[self.resolved]
        if not len(values):
            return nan, nan, nan
        return float(values.min()), float(np.median(values)), float(values.max())

    def rows(self) -> list[dict[str, Any]]:
        """Return the wide table, one dict an angle.

        Keys: ``theta``; ``observed`` with ``observed_lower`` and ``observed_upper``; ``trivial``;
        ``full_lower``, ``full_upper``; for each effective dimension ``NAME_lower``, ``NAME_upper``
        and ``NAME_isotropic``; ``walk``; ``filling``; ``regime``, which is "resolved", "few" (below
        3 directions), "saturated" (above T/10) or "rounding" (below 1e-6 rad).
        """
        columns: dict[str, Any] = {
            "theta": self.curve.theta,
            "observed": self.curve.count,
            "observed_lower": self.curve.lower,
            "observed_upper": self.curve.upper,
            "trivial": np.full(len(self), self.curve.n_directions),
            "full_lower": self.full[:, 0],
            "full_upper": self.full[:, 1],
        }
        for name, found in self.packing.items():
            columns |= {f"{name}_lower": found[:, 0], f"{name}_upper": found[:, 1]}
            columns[f"{name}_isotropic"] = self.isotropic[name]
        columns["walk"] = self.walk.mean(axis=0) if len(self.walk) else np.full(len(self), nan)
        columns["filling"] = self.filling
        lists = {name: column.tolist() for name, column in columns.items()}
        return [
            {**{name: lists[name][i] for name in lists}, "regime": self._regime(i)}
            for i in range(len(self))
        ]

    def long_rows(self) -> Iterator[Row]:
        """Yield the same, one row a number."""
        total = self.curve.n_directions
        for i, theta in enumerate(self.curve.theta.tolist()):
            walk = self.walk[:, i]
            null = (float(walk.min()), float(walk.max())) if len(walk) else (nan, nan)
            regime = self._regime(i)
            low, high = int(self.curve.lower[i]), int(self.curve.upper[i])
            yield Row(
                "directions", None, theta, "N(theta)", int(self.curve.count[i]), low, high, "exact",
                *null, f"covering and packing numbers lie in the interval; {regime}",
            )  # fmt: skip
            yield _bound(theta, "T", (total, total), "theorem", "number of directions")
            yield _bound(
                theta, "packing, all dimensions", self.full[i], "theorem",
                f"between: all directions of R^{self.dim}",
            )  # fmt: skip
            for name, d in self.d_eff.items():
                yield _bound(
                    theta, f"packing, {name}", self.packing[name][i], "heuristic",
                    f"between: all of R^{ceil(d)}; bounds N(theta) only if all lie there",
                )  # fmt: skip
                same = float(self.isotropic[name][i])
                yield _bound(
                    theta, f"isotropic, {name}", (same, same), "null",
                    f"N(theta) of {total} uniform directions in R^{ceil(d)}",
                )  # fmt: skip

    def _regime(self, i: int) -> str:
        if self.curve.theta[i] < _FINE:
            return "rounding"
        if 10 * self.curve.count[i] > self.curve.n_directions:
            return "saturated"
        return "resolved" if self.curve.count[i] >= _FEW else "few"


def resolved(curve: DirectionCurve) -> Any:
    """Return where a curve has 3 directions to T/10, at angles from 1e-6 rad."""
    enough = (curve.count >= _FEW) & (10 * curve.count <= curve.n_directions)
    return enough & (curve.theta >= _FINE)


def direction_table(
    chosen: DirectionSet,
    d_eff: Mapping[str, float],
    thetas: Any,
    walks: list[FloatArray],
    rng: np.random.Generator,
) -> DirectionTable:
    """Return the table for directions, effective dimensions by name, and draws of a walk."""
    for name, value in d_eff.items():
        if not 1.0 <= value < inf:
            raise InvalidInputError(f"`{name}` must be at least 1; got {value}")
    curve = chosen.curve(thetas)
    sizes = {name: min(ceil(value - 1e-9), chosen.dim) for name, value in d_eff.items()}
    draws = 4
    drawn = {d: _drawn(chosen, d, curve.theta, draws, rng) for d in sorted(set(sizes.values()))}
    counts = [DirectionSet(w, chosen.projective).curve(curve.theta).count for w in walks]
    return DirectionTable(
        curve=curve,
        dim=chosen.dim,
        projective=chosen.projective,
        d_eff=dict(d_eff),
        full=frozen(_packing(chosen.dim, curve.theta, chosen.projective)),
        packing={n: frozen(_packing(d, curve.theta, chosen.projective)) for n, d in sizes.items()},
        isotropic={name: frozen(drawn[d]) for name, d in sizes.items()},
        walk=frozen(np.array(counts).reshape(len(walks), len(curve.theta))),
        filling=frozen(_filling(chosen, curve, rng)),
    )


def _drawn(
    chosen: DirectionSet, d: int, theta: FloatArray, draws: int, rng: np.random.Generator
) -> FloatArray:
    """Return the mean N(theta) of as many uniform directions in R^d."""
    n = len(chosen)
    counts = [
        DirectionSet(nulls.isotropic(n, d, rng), chosen.projective).curve(theta).count
        for _ in range(draws)
    ]
    mean: FloatArray = np.mean(counts, axis=0)
    return mean


def _filling(chosen: DirectionSet, curve: DirectionCurve, rng: np.random.Generator) -> FloatArray:
    found = np.full(len(curve.theta), nan)
    at = np.flatnonzero(resolved(curve))
    if not len(at):
        return found
    theta, wanted = curve.theta[at], np.log(curve.count[at])
    below = np.zeros(len(at))
    found[at] = inf
    before = 1
    last = min(chosen.dim, _DIMENSIONS[-1])
    for d in (*(d for d in _DIMENSIONS if d < last), last):
        above = np.log(_drawn(chosen, d, theta, 2, rng))
        first = np.isinf(found[at]) & (above >= wanted)
        rise = np.where(above > below, above - below, 1.0)
        between = before + (d - before) * (wanted - below) / rise
        found[at[first]] = np.clip(between, before, d)[first]
        if np.isfinite(found[at]).all():
            break
        below, before = above, d
    if last == chosen.dim:  # nothing fills more than all dimensions
        found[np.isinf(found)] = last
    return found


def _packing(dim: int, thetas: FloatArray, projective: bool) -> FloatArray:
    return np.array([isotropic_packing(dim, float(t), projective=projective) for t in thetas])


def _bound(theta: float, quantity: str, values: Any, kind: str, note: str) -> Row:
    low, high = (float(v) for v in values)
    return Row("directions", None, theta, quantity, high, low, high, kind, nan, nan, note)
