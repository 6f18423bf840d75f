"""The directions and tubes of a path beside every bound of Kakeya type that applies to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, generator, number, positive_int
from .._table import Number, Table, aligned
from ..errors import InvalidInputError
from . import nulls
from ._steps import NonzeroSteps, nonzero_steps, principal_axes, spread
from .direction_table import DirectionTable, direction_table
from .directions import DirectionSet
from .spectra import effective_dimension, spectrum
from .tangents import MAX_RANK, tubes_along
from .tube_table import TubeTable, tube_table
from .verdict import verdict

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

_SHOWN = 9  # angles, in print
_ENERGY = 0.9


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Table):
    """A path's directions and tubes beside bounds and nulls; made by `compare`.

    Attributes
    ----------
    directions : DirectionTable
    tubes : tuple of TubeTable
        One for each rank r, of the path projected on its first r main directions; empty for a set
        of directions without order or lengths, or steps along one line.
    beta : float
        Momentum of the null; 0 for random walks.
    n_steps, n_used, dropped : int
        Nonzero steps; those that N(theta) and the axes are of; zero steps, which were dropped.
    caveats : tuple of str
        What the path does not show.

    Examples
    --------
    >>> import relugeom as rg
    >>> steps = np.random.default_rng(0).normal(size=(12, 2))
    >>> found = rg.kakeya.compare(steps, n_nulls=2)
    >>> found.n_steps, found.dropped
    (12, 0)
    """

    directions: DirectionTable
    tubes: tuple[TubeTable, ...]
    beta: float
    n_steps: int
    n_used: int
    dropped: int
    caveats: tuple[str, ...] = ()

    @property
    def null_name(self) -> str:
        """What the null is, in words."""
        return f"averages of noise, beta {self.beta:g}" if self.beta else "random walks"

    @property
    def verdict(self) -> tuple[str, ...]:
        """What the rows say, in sentences made of their numbers."""
        return verdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """Return the one table: a dict a number, with the fields of `relugeom.kakeya.rows.Row`."""
        found = list(self.directions.long_rows())
        for table in self.tubes:
            found += table.long_rows()
        return [row._asdict() for row in found]

    def __repr__(self) -> str:
        ranks = ", ".join(str(table.rank) for table in self.tubes)
        tubes = f"; tubes in dimensions {ranks}" if ranks else ""
        return f"Comparison({self.n_steps} directions in R^{self.directions.dim}{tubes})"

    def __str__(self) -> str:
        d = self.directions
        sizes = ", ".join(f"d_eff ({name}) = {value:.4g}" for name, value in d.d_eff.items())
        lines = [
            f"{self.n_steps} directions in R^{d.dim} ({self.dropped} zero ones dropped, N(theta) "
            f"of {self.n_used}){'; ' + sizes if sizes else ''}; null: {self.null_name}",
            "N(theta), packing numbers of whole spaces, and the same number of random directions; "
            "walk: mean N(theta) of the null; filling: the dimension in which as many uniform "
            "directions have N(theta), by draws; our operational definition",
        ]
        wide = d.rows()
        hidden = ("trivial", "full_lower", *(f"{name}_lower" for name in d.d_eff))
        names = [name for name in wide[0] if name not in hidden]
        lines.append(
            aligned([names, *([_short(wide[i][n]) for n in names] for i in self._shown())])
        )
        for table in self.tubes:
            t = table.tubes
            lines += [
                "",
                f"{len(t.family)} tubes of radius {t.family.delta:.4g} in R^{table.rank}: "
                f"{t.energy:.1%} of the squared step lengths; what is left of a step is "
                f"{t.residual:.3g} (rms); tubes are {t.length:.3g} long: our operational "
                f"definition. {_sentence(table.note)}",
            ]
            shown: list[list[Any]] = [["quantity", "value", "low", "high", "null", "kind"]]
            for row in table.long_rows():
                if row.quantity in ("N_rho", "M_rho"):
                    continue
                name = f"{row.quantity}, {row.about.partition(', ')[2]}"
                null = (
                    "" if np.isnan(row.null_low) else f"{row.null_low:.4g} to {row.null_high:.4g}"
                )
                numbers = map(_short, (row.value, row.low, row.high))
                shown.append([name, *numbers, Number(null), row.kind])
            lines.append(aligned(shown))
        return "\n".join([*lines, "", *self.verdict, *(f"note: {text}" for text in self.caveats)])

    def _shown(self) -> list[int]:
        """Return the angles to print: most of them where the curve is resolved."""
        at = np.flatnonzero(self.directions.resolved)
        last = len(self.directions) - 1
        if not len(at):
            return [int(i) for i in spread(last + 1, _SHOWN)]
        chosen = {0, *at[spread(len(at), _SHOWN - 3)].tolist(), min(at[-1] + 1, last), last}
        return sorted(int(i) for i in chosen)


def compare(
    path: DirectionSet | ArrayLike | Any,
    *,
    d_eff: float | Mapping[str, float] | None = None,
    thetas: ArrayLike | None = None,
    ranks: int | Sequence[int] | None = None,
    delta: float | None = None,
    max_steps: int = 1000,
    max_tubes: int = 300,
    n_nulls: int = 4,
    beta: float = 0.0,
    rng: RNG = 0,
    progress: bool | None = None,
) -> Comparison:
    """Compare the directions and the tubes of a path with bounds of Kakeya type, and with nulls.

    None of the rows is a constant of a theorem about training: the bounds hold for any directions
    and tubes, and how close an observed path comes is the reader's to judge. `Comparison.verdict`
    puts it in words.

    Parameters
    ----------
    path : OptimizerPath, an object with ``.updates``, array_like of shape (T, P), or DirectionSet
        Updates in order of time, as lines through 0; zero rows are dropped and counted. A
        `DirectionSet` has no lengths and no order: no tubes and no random walk.
    d_eff : float or mapping from names to float, optional
        Effective dimensions in any definition, at least 1. By default participation ratio, stable
        rank and the number of eigenvalues with 95 % of their sum, of the second moments of the unit
        directions, not centred.
    thetas : array_like, optional
        Angles in radians; by default those of `DirectionSet.curve`.
    ranks : int or sequence of int, optional
        Dimensions r, 2 to 6, that the path is projected to, for tubes (`path_tubes`). By default 2
        and 3, where there are theorems, and the least with 90 % of the squared step lengths, but at
        most 6; none above the rank of the updates.
    delta : float, optional
        Radius of the tubes; by default that of `path_tubes`.
    max_steps, max_tubes : int
        Of more steps so many, evenly spread in time, enter N(theta) and have tubes.
    n_nulls : int, default 4
        Draws of a random walk in P dimensions with the same step lengths, treated as the path is.
    beta : float, default 0
        Momentum of that null: its directions are then those of a moving average of noise, as the
        updates of an optimizer with momentum would be without a loss.
    rng : Generator, int or None, default 0
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    Comparison

    Raises
    ------
    InvalidInputError
        If every row is zero, a ``d_eff`` is below 1, or a rank is more than the updates span.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> updates = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 50))
    >>> table = compare(updates, ranks=2, n_nulls=2)
    >>> table
    Comparison(300 directions in R^50; tubes in dimensions 2)
    >>> low, middle, high = table.directions.filling_range
    >>> 2 < middle <= 3.5
    True
    """
    random = generator(rng)
    size, most = positive_int("max_steps", max_steps), positive_int("max_tubes", max_tubes)
    draws = positive_int("n_nulls", n_nulls, minimum=0)
    beta = number("beta", beta, "[0, 1)")
    if isinstance(path, DirectionSet):
        steps, chosen, draws = None, path, 0
        n, n_used, dropped = len(path), len(path), 0
    else:
        steps = nonzero_steps(path, size)
        chosen = DirectionSet(steps.sampled)
        n, n_used, dropped = len(steps.vectors), len(steps.sample), steps.dropped
    if d_eff is None:
        sizes: Mapping[str, float] = _effective(chosen.vectors)
    else:
        sizes = d_eff if isinstance(d_eff, Mapping) else {"d_eff": float(d_eff)}
    walks = [_walk(steps, beta, random) for _ in range(draws)] if steps is not None else []
    table = direction_table(chosen, sizes, thetas, [w.sampled for w in walks], random)
    tubes = () if steps is None else _tubes(steps, walks, ranks, delta, most, progress)
    caveats = tuple(getattr(path, "caveats", ()))
    return Comparison(
        directions=table,
        tubes=tubes,
        beta=beta,
        n_steps=n,
        n_used=n_used,
        dropped=dropped,
        caveats=caveats,
    )


def _walk(steps: NonzeroSteps, beta: float, random: np.random.Generator) -> NonzeroSteps:
    lengths, dim = np.linalg.norm(steps.sampled, axis=1), steps.vectors.shape[1]
    rows = nulls.ema(lengths, dim, beta, random, times=steps.sample)
    return NonzeroSteps(rows, np.arange(len(rows)), 0)


def _tubes(
    steps: NonzeroSteps,
    walks: list[NonzeroSteps],
    ranks: Any,
    delta: float | None,
    max_tubes: int,
    progress: bool | None,
) -> tuple[TubeTable, ...]:
    values, axes = principal_axes(steps.sampled, MAX_RANK)
    if ranks is None:
        reached = np.cumsum(values) / values.sum()
        most = int(np.searchsorted(reached, _ENERGY)) + 1
        wanted = sorted({r for r in (2, 3, min(max(most, 2), MAX_RANK)) if r <= len(axes)})
    else:
        wanted = [positive_int("ranks", r, minimum=2) for r in np.atleast_1d(ranks).tolist()]
    if wanted and max(wanted) > len(axes):
        raise InvalidInputError(
            f"`ranks` must be at most {len(axes)}, the dimensions that updates span (6 at most); "
            f"got {max(wanted)}"
        )
    if delta is not None:
        number("delta", delta, "(0, 0.5)")
    spectra = [principal_axes(walk.sampled, MAX_RANK) for walk in walks]
    found = []
    for r in wanted:
        own = tubes_along(steps, values, axes[:r], delta, max_tubes)
        others = [
            tubes_along(walk, v, a[:r], own.family.delta, max_tubes)
            for walk, (v, a) in zip(walks, spectra, strict=True)
        ]
        found.append(tube_table(own, others, progress))
    return tuple(found)


def _effective(unit: FloatArray) -> dict[str, float]:
    """Return three effective dimensions of unit rows, from their second moments."""
    values = spectrum(unit)
    kinds = ("participation", "stable_rank", "explained_95")
    return {kind: max(1.0, effective_dimension(values, kind)) for kind in kinds}


def _short(value: Any) -> Any:
    """Return a number with four digits."""
    return value if isinstance(value, str) else Number(f"{value:.4g}")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
