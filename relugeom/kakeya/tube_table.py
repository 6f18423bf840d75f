"""Volume, multiplicity, Wolff constants and stickiness of the tubes of a path, beside a null's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, nan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._progress import progress_bar
from .._table import brief
from ._steps import spread
from .rows import Row
from .sticky import sticky_exponent
from .wolff import slab_constant, wolff_constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._check import BoolArray
    from .sticky import Stickiness
    from .tangents import PathTubes
    from .tubes import TubeFamily

ALL, SEPARATED = "tubes, all steps", "tubes, separated"
_MAX_WOLFF = 100  # tubes of which Wolff constants are computed
_ETA = 0.05


@brief
class Measure(NamedTuple):
    """A number of a family of tubes with its interval; see `Row`."""

    value: float
    low: float
    high: float
    kind: str
    note: str


@brief
@dataclass(frozen=True, eq=False)
class TubeTable:
    """The tubes of a path in R^r, measured, beside those of the null.

    Attributes
    ----------
    tubes : PathTubes
    measures : dict of dict of Measure
        By family ("tubes, all steps"; "tubes, separated") and quantity.
    stickiness : Stickiness
        Of all steps.
    nulls : tuple of dict of dict of float
        The same quantities in draws of the null with the same step lengths.
    null_stickiness : tuple of Stickiness

    Examples
    --------
    >>> import relugeom as rg
    >>> steps = np.random.default_rng(0).normal(size=(12, 2))
    >>> table = rg.kakeya.compare(steps, n_nulls=2).tubes[0]
    >>> list(table.measures), len(table.nulls)
    (['tubes, all steps', 'tubes, separated'], 2)
    """

    tubes: PathTubes
    measures: dict[str, dict[str, Measure]]
    stickiness: Stickiness
    nulls: tuple[dict[str, dict[str, float]], ...]
    null_stickiness: tuple[Stickiness, ...]

    @property
    def rank(self) -> int:
        """Dimension r."""
        return self.tubes.family.dim

    @property
    def note(self) -> str:
        """What is proved about unions of tubes in this dimension."""
        return self.tubes.family.note

    def null(self, family: str, quantity: str) -> tuple[float, float]:
        """Return the least and the largest value of a quantity in the draws; NaN without any.

        Parameters
        ----------
        family, quantity : str
            Keys of ``measures``.

        Returns
        -------
        low, high : float

        Examples
        --------
        >>> import relugeom as rg
        >>> steps = np.random.default_rng(0).normal(size=(12, 2))
        >>> table = rg.kakeya.compare(steps, n_nulls=2).tubes[0]
        >>> low, high = table.null("tubes, all steps", "union")
        >>> low <= high
        True
        """
        drawn = [null[family].get(quantity, nan) for null in self.nulls]
        drawn = [value for value in drawn if not np.isnan(value)]
        return (min(drawn), max(drawn)) if drawn else (nan, nan)

    def long_rows(self) -> Iterator[Row]:
        """Yield one row a number."""
        theory = f"; {self.note}" if self.rank >= 4 else ""
        for name, measures in self.measures.items():
            for quantity, m in measures.items():
                yield Row(
                    name, self.rank, self.tubes.family.delta, quantity, m.value, m.low, m.high,
                    m.kind, *self.null(name, quantity), m.note + theory,
                )  # fmt: skip
        s = self.stickiness
        drawn = self.null_stickiness
        for i, rho in enumerate(s.rho.tolist()):
            for quantity, field in (("N_rho", "covers"), ("M_rho", "directions")):
                value = int(getattr(s, field)[i])
                null = [float(getattr(other, field)[i]) for other in drawn] or [nan]
                yield Row(
                    ALL, self.rank, rho, quantity, value, value, value, "exact",
                    min(null), max(null), "size of a farthest-point net" + theory,
                )  # fmt: skip


def tube_table(
    tubes: PathTubes, nulls: Sequence[PathTubes], progress: bool | None = None
) -> TubeTable:
    """Return the table of the tubes of a path, beside those of null paths."""
    with progress_bar(progress, total=1 + len(nulls), desc="tubes", unit="path") as bar:
        sticky = sticky_exponent(tubes.family)
        measures = _measures(tubes, sticky, slabs=True)
        bar.update()
        null_sticky, values = [], []
        for null in nulls:
            null_sticky.append(sticky_exponent(null.family))
            found = _measures(null, null_sticky[-1], slabs=False)
            values.append({k: {q: m.value for q, m in v.items()} for k, v in found.items()})
            bar.update()
    return TubeTable(
        tubes=tubes,
        measures=measures,
        stickiness=sticky,
        nulls=tuple(values),
        null_stickiness=tuple(null_sticky),
    )


def resolved_scales(s: Stickiness, n_tubes: int) -> BoolArray:
    """Return at which radii N_rho speaks of the tubes: from 2 to a tenth of them."""
    use: BoolArray = (10 * s.covers <= n_tubes) & (s.covers > 1)
    return use


def sticky_slope(s: Stickiness, n_tubes: int) -> tuple[float, float, float]:
    """Return the slope of log(N_rho / M_rho) against log(1/rho), and the least and largest rho.

    Constants cancel in it. Over resolved scales; NaN where there are not two, a factor 2 apart.
    """
    use = resolved_scales(s, n_tubes)
    if not use.any() or s.rho[use].max() < 1.99 * s.rho[use].min():
        return nan, nan, nan
    rho, ratio = s.rho[use], s.covers[use] / s.directions[use]
    slope = float(np.polyfit(-np.log(rho), np.log(ratio), 1)[0])
    return slope, float(rho.min()), float(rho.max())


def _measures(
    tubes: PathTubes, sticky: Stickiness, *, slabs: bool
) -> dict[str, dict[str, Measure]]:
    found = {
        ALL: dict(_of_family(tubes.family, slabs)),
        SEPARATED: dict(_of_family(tubes.separated, slabs)),
    }
    slope, finest, coarsest = sticky_slope(sticky, len(tubes.family))
    scales = "no two scales rho"
    if not np.isnan(slope):
        scales = f"rho from {finest:.3g} to {coarsest:.3g}"
    found[ALL]["sticky slope"] = Measure(
        slope, slope, slope, "heuristic",
        f"slope of log(N_rho / M_rho) against log(1/rho), {scales} where N_rho is 2 to a tenth of "
        "the tubes; 0 if sticky",
    )  # fmt: skip
    found[ALL]["sticky exponent"] = Measure(
        sticky.exponent, sticky.exponent, sticky.exponent, "heuristic",
        "largest log N_rho / log(1/rho) - (r - 1)",
    )  # fmt: skip
    return found


def _of_family(family: TubeFamily, slabs: bool) -> Iterator[tuple[str, Measure]]:
    n, total = len(family), family.total_volume
    yield "number of tubes", _exact(n, "")
    yield "sum of volumes", _exact(total, "")
    union = family.union_volume(eta=_ETA)
    kind = "exact" if union.exact else "estimate"
    yield "union", Measure(union.value, union.low, union.high, kind, union.method)
    floor = family.lower_bounds()
    least = max(floor.values())
    for name, value in floor.items():
        yield (
            f"union at least, {_NAMES[name]}",
            Measure(value, value, inf, "theorem", "union of tubes wherever they lie"
                    if name.endswith("angles") else "from the intersections themselves"),
        )  # fmt: skip
    yield (
        "mean multiplicity",
        Measure(total / union.value, total / union.high, total / union.low, kind,
                "sum of volumes over union"),
    )  # fmt: skip
    yield (
        "mean multiplicity at most",
        Measure(total / least, -inf, total / least, "theorem", "by the largest of these bounds"),
    )
    part = family if n <= _MAX_WOLFF else family.subset(spread(n, _MAX_WOLFF))
    of = "" if part is family else f"of {len(part)} of the tubes, a bound for all; "
    katz_tao = wolff_constant(part)
    exact = katz_tao.status == "exact" and part is family
    upper = katz_tao.upper if part is family else inf
    kind = "exact" if exact else "lower bound"
    note = f"{of}{katz_tao.status}; the densest convex set"
    yield "C_KT, convex", Measure(katz_tao.value, katz_tao.value, upper, kind, note)
    frostman = katz_tao.value / total  # of the whole family
    note = f"{of}C_KT over the sum of volumes"
    yield "C_F, convex", Measure(frostman, frostman, upper / total, kind, note)
    if slabs:
        slab = slab_constant(part).value * len(part) / n
        yield "C_F, slabs", Measure(slab, slab, inf, "lower bound", f"{of}densest slab found")


def _exact(value: float, note: str) -> Measure:
    return Measure(value, value, value, "exact", note)


_NAMES = {
    "de_caen_angles": "de Caen by angles",
    "cauchy_schwarz_angles": "Córdoba by angles",
    "de_caen_overlaps": "de Caen by overlaps",
    "cauchy_schwarz_overlaps": "Córdoba by overlaps",
}
