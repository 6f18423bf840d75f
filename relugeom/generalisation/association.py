"""Does a quantity go with the gap? Regression and rank correlation, hyperparameters held fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from .._check import RNG, choice, float_array, generator, positive_int
from .._status import Ended
from .._table import Number, Table, aligned
from ..errors import InvalidInputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray, IntArray

#: Which pairs of runs a rank correlation compares.
CONTROLS = {
    "none": "all pairs of runs",
    "n": "pairs with as many samples",
    "one factor": "pairs that differ in one hyperparameter alone, mean over hyperparameters "
    "(Jiang et al. 2020, granulated)",
    "seed": "pairs that differ in the seed alone",
}
_SHARES = (0.025, 0.975)


class RankCorrelation(NamedTuple):
    """Kendall's tau-b over the pairs that a control admits.

    Attributes
    ----------
    measure, control : str
    tau : float
    low, high : float
        A 95 % bootstrap interval.
    p_value : float
        Of the permutation test within settings, for control "seed" only (else NaN).
    n_pairs : int
        Pairs compared.

    Examples
    --------
    >>> import relugeom as rg
    >>> size, gap = [2.0, 1.0, 4.0, 3.0], [0.1, 0.2, 0.5, 0.6]
    >>> round(rg.generalisation.rank_correlation(size, gap), 4)
    0.3333
    """

    measure: str
    control: str
    tau: float
    low: float
    high: float
    p_value: float
    n_pairs: int


@dataclass(frozen=True, eq=False, repr=False)
class GapFit(Ended, Table):
    """The gap against ``sqrt(d_eff / n)``; made by `GapStudy.fit`.

    Attributes
    ----------
    response : str
        "gap" (0-1 loss) or "loss_gap" (cross-entropy).
    x, y : ndarray, shape (runs,)
        ``sqrt(d_eff / n)`` and the response of each run.
    n : ndarray of int64, shape (runs,)
        Samples of each run.
    slope, intercept, r_squared : float
        Of least squares.
    slope_interval : tuple of float
        95 %, percentiles of the bootstrap over runs within settings.
    slope_within_n : float
        With an intercept of its own for each n.
    slope_within_n_interval : tuple of float
    grid, low, high : ndarray
        The band of the regression line, 95 % at each place.
    correlations : tuple of RankCorrelation
        For d_eff and for each baseline, with each control.
    d_eff : str
        The definition.
    status : str
        That of the study.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> study = rg.generalisation.gap_study(
    ...     (X[:40], y[:40]), (X[40:], y[40:]), d_eff="participation", n_samples=[10, 20],
    ...     optimizers=["sgd"], n_seeds=2, hidden=[4], steps=20,
    ... )
    >>> study.complete, len(study.fit().x)
    (True, 8)
    """

    response: str
    x: FloatArray
    y: FloatArray
    n: IntArray
    slope: float
    intercept: float
    r_squared: float
    slope_interval: tuple[float, float]
    slope_within_n: float
    slope_within_n_interval: tuple[float, float]
    grid: FloatArray
    low: FloatArray
    high: FloatArray
    correlations: tuple[RankCorrelation, ...]
    d_eff: str
    status: str

    _UNIT: ClassVar[str] = "correlations"

    def rows(self) -> list[dict[str, Any]]:
        """Return the rank correlations as one dict a row."""
        return [c._asdict() for c in self.correlations]

    def tau(self, measure: str, control: str) -> RankCorrelation:
        """Return one rank correlation.

        Parameters
        ----------
        measure : str
        control : str

        Returns
        -------
        RankCorrelation

        Raises
        ------
        InvalidInputError
            If there is none of such a measure and control.

        Examples
        --------
        >>> import relugeom as rg
        >>> X = np.random.default_rng(0).normal(size=(60, 2))
        >>> y = (X[:, 0] > 0).astype(int)
        >>> study = rg.generalisation.gap_study(
        ...     (X[:40], y[:40]), (X[40:], y[40:]), d_eff="participation", n_samples=[10, 20],
        ...     optimizers=["sgd"], n_seeds=2, hidden=[4], steps=20,
        ... )
        >>> study.fit().tau("1 / sqrt(n)", "none").n_pairs > 0
        True
        """
        found = {(c.measure, c.control): c for c in self.correlations}
        if (measure, control) not in found:
            known = dict.fromkeys(c.measure for c in self.correlations)
            raise InvalidInputError(
                f"`measure` must be one of {'; '.join(known)}, and `control` of "
                f"{', '.join(CONTROLS)}; got {measure!r}, {control!r}"
            )
        return found[measure, control]

    @property
    def verdict(self) -> str:
        """What the numbers say, in sentences."""
        mine = self.correlations[0].measure
        low, high = self.slope_interval
        text = [
            f"Over {len(self.x)} runs the {_NAMES[self.response]} changes by {self.slope:.3g} "
            f"(95 % {low:.3g} to {high:.3g}) per unit of {mine}, {_sign(low, high)}."
        ]
        plain = self.tau(mine, "none").tau
        size = self.tau("1 / sqrt(n)", "none").tau
        if not np.isnan(size):
            text.append(
                f"1 / sqrt(n) alone orders the gaps "
                f"{'at least as well' if size >= plain else 'less well'} "
                f"(tau {size:.2f} against {plain:.2f})."
            )
        for control, words in (("n", "n is fixed"), ("seed", "all hyperparameters are fixed")):
            c = self.tau(mine, control)
            if np.isnan(c.tau):
                continue
            text.append(
                f"When {words}, tau is {c.tau:.2f} ({c.low:.2f} to {c.high:.2f}): {_order(c)}."
            )
        rivals = [
            c for c in self.correlations
            if c.control == "one factor" and c.measure != "1 / sqrt(n)" and not np.isnan(c.tau)
        ]  # fmt: skip
        if rivals:
            best = max(rivals, key=lambda c: c.tau)
            text.append(
                f"With one hyperparameter varied at a time, what goes best with the gap "
                f"is {best.measure} (tau {best.tau:.2f}, {best.low:.2f} to {best.high:.2f})."
            )
        if not self.complete:
            text.append("The study was interrupted: not all runs are in it.")
        return " ".join(text)

    def __str__(self) -> str:
        low, high = self.slope_within_n_interval
        lines = [
            f"{_NAMES[self.response]} = {self.intercept:.4g} + {self.slope:.4g} sqrt(d_eff / n), "
            f"d_eff {self.d_eff}, R^2 {self.r_squared:.3f}; with an intercept for each n the slope "
            f"is {self.slope_within_n:.4g} ({low:.4g} to {high:.4g})",
        ]
        table: list[list[Any]] = [["measure", "pairs", "tau", "95 % interval", "p", "number"]]
        for c in self.correlations:
            known = not np.isnan(c.tau)
            table.append([
                c.measure, c.control, Number(f"{c.tau:.2f}" if known else "-"),
                Number(f"{c.low:.2f} to {c.high:.2f}" if known else ""),
                Number("" if np.isnan(c.p_value) else f"{c.p_value:.3f}"), c.n_pairs,
            ])  # fmt: skip
        return "\n".join([*lines, aligned(table), self.verdict])


_NAMES = {"gap": "gap of the 0-1 loss", "loss_gap": "gap of the cross-entropy"}


def _sign(low: float, high: float) -> str:
    if low > 0:
        return "more than nothing"
    return "less than nothing: the opposite of the claim" if high < 0 else "which may be nothing"


def _order(c: RankCorrelation) -> str:
    if c.low > 0:
        return "runs with more directions have larger gaps"
    if c.high < 0:
        return "runs with more directions have smaller gaps, the opposite of the claim"
    return "no order either way that these runs can show"


def rank_correlation(
    measure: ArrayLike,
    response: ArrayLike,
    factors: Mapping[str, Sequence[Any]] | None = None,
    *,
    control: str = "none",
) -> float:
    """Return Kendall's tau-b over the pairs of runs that a control admits.

    The sum of ``sign(measure_i - measure_j) sign(response_i - response_j)`` over pairs, divided by
    the root of the numbers of pairs not tied in each. What differs between runs of different
    hyperparameters correlates with the gap for other reasons: with control "n" only pairs with as
    many samples are compared, with "seed" only pairs of equal hyperparameters; "one factor" is the
    mean over hyperparameters of tau over pairs that differ in that one alone (after the granulated
    coefficient of Jiang, Neyshabur, Mobahi, Krishnan & Bengio 2020; pairs of seeds all count).

    Parameters
    ----------
    measure, response : array_like, shape (runs,)
    factors : mapping of sequences, optional
        Hyperparameters of each run, among them ``n`` for that control.
    control : str, default "none"
        A key of ``CONTROLS``.

    Returns
    -------
    float
        -1 to 1; NaN where no pair is left.

    Examples
    --------
    >>> gap, size = [0.1, 0.2, 0.5, 0.6], [2.0, 1.0, 4.0, 3.0]
    >>> round(rank_correlation(size, gap), 4)
    0.3333
    >>> rank_correlation(size, gap, {"n": [80, 80, 20, 20]}, control="n")
    -1.0
    """
    y = float_array("response", response, shape=(None,))
    x = float_array("measure", measure, shape=(len(y),))
    choice("control", control, tuple(CONTROLS))
    return _mean_tau(_signs(x), _signs(y), _masks(factors or {}, control, len(y)))


def _masks(factors: Mapping[str, Sequence[Any]], control: str, runs: int) -> list[BoolArray]:
    """Return the pairs i < j admitted, one symmetric matrix for each mean to take."""
    columns = {}
    for name, values in factors.items():
        codes = np.unique(np.asarray(values), return_inverse=True)[1]
        if len(codes) != runs:
            raise ShapeError(f"`factors` must hold {runs} values each; got {len(codes)} of {name}")
        columns[name] = codes[:, None] == codes
    different = ~np.eye(runs, dtype=bool)
    if control == "none":
        return [different]
    if control == "n":
        if "n" not in columns:
            raise InvalidInputError("`factors` must hold n for control 'n'; got none")
        return [columns["n"] & different]
    equal = np.stack([np.ones((runs, runs), bool), *columns.values()])
    if control == "seed":
        return [equal.all(axis=0) & different]
    others = [np.delete(equal, k, axis=0).all(axis=0) & ~equal[k] for k in range(1, len(equal))]
    return [mask for mask in others if mask.any()]


def _signs(values: FloatArray) -> FloatArray:
    return np.sign(values[:, None] - values)


def _mean_tau(x: FloatArray, y: FloatArray, masks: list[BoolArray]) -> float:
    found = []
    for mask in masks:
        a, b = x[mask], y[mask]
        size = float(np.sqrt(np.count_nonzero(a)) * np.sqrt(np.count_nonzero(b)))
        if size:
            found.append(float(a @ b) / size)
    return float(np.mean(found)) if found else float("nan")


def correlations(
    measures: Mapping[str, FloatArray],
    response: FloatArray,
    factors: Mapping[str, Sequence[Any]],
    *,
    n_boot: int,
    rng: RNG,
) -> tuple[RankCorrelation, ...]:
    """Return the rank correlation of every measure with every control."""
    random, runs = generator(rng), len(response)
    cells = settings_of(factors, runs)
    draws = [resample(cells, random) for _ in range(positive_int("n_boot", n_boot))]
    shuffles = [shuffle(cells, random) for _ in range(n_boot)]
    y, found = _signs(response), []
    masks = {control: _masks(factors, control, runs) for control in CONTROLS}
    for name, values in measures.items():
        x = _signs(values)
        for control, admitted in masks.items():
            tau = _mean_tau(x, y, admitted)
            # pairs of a run with itself are not admitted, so repeated runs add no ties
            again = [
                _mean_tau(x[np.ix_(d, d)], y[np.ix_(d, d)], [m[np.ix_(d, d)] for m in admitted])
                for d in draws
            ]
            low, high = interval(again)
            p = float("nan")
            if control == "seed" and not np.isnan(tau):
                null = np.array([_mean_tau(x, y[np.ix_(s, s)], admitted) for s in shuffles])
                extreme = np.count_nonzero(np.abs(null) >= abs(tau) - 1e-12)
                p = (1 + int(extreme)) / (1 + len(null))
            pairs = int(np.logical_or.reduce(admitted).sum() // 2) if admitted else 0
            found.append(
                RankCorrelation(
                    measure=name,
                    control=control,
                    tau=tau,
                    low=low,
                    high=high,
                    p_value=p,
                    n_pairs=pairs,
                )
            )
    return tuple(found)


def settings_of(factors: Mapping[str, Sequence[Any]], runs: int) -> list[IntArray]:
    """Return the runs of each setting of the hyperparameters."""
    keys = list(zip(*factors.values(), strict=True)) if factors else [()] * runs
    return [np.array([i for i, k in enumerate(keys) if k == key]) for key in dict.fromkeys(keys)]


def resample(cells: list[IntArray], random: np.random.Generator) -> IntArray:
    """Draw runs with replacement within each setting."""
    return np.concatenate([random.choice(cell, len(cell)) for cell in cells])


def shuffle(cells: list[IntArray], random: np.random.Generator) -> IntArray:
    """Permute the runs within each setting."""
    order = np.empty(sum(len(c) for c in cells), dtype=np.int64)
    for cell in cells:
        order[cell] = random.permutation(cell)
    return order


class Line(NamedTuple):
    """A least-squares line with its bootstrap."""

    slope: float
    intercept: float
    r_squared: float
    slopes: FloatArray
    intercepts: FloatArray


def regression(x: FloatArray, y: FloatArray, draws: list[IntArray]) -> Line:
    """Return the least-squares line, and those of the resampled runs."""
    slope, intercept = _line(x, y)
    spread = float(np.sum((y - y.mean()) ** 2))
    residual = float(np.sum((y - intercept - slope * x) ** 2))
    pairs = np.array([_line(x[d], y[d]) for d in draws])
    share = 1.0 - residual / spread if spread else float("nan")
    return Line(slope, intercept, share, pairs[:, 0], pairs[:, 1])


def within(values: FloatArray, groups: IntArray) -> FloatArray:
    """Return the values less the mean of their group."""
    index = np.unique(groups, return_inverse=True)[1]
    return np.asarray(values - (np.bincount(index, values) / np.bincount(index))[index])


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    centred = x - x.mean()
    square = float(centred @ centred)
    slope = float(centred @ y) / square if square > 0 else float("nan")
    return slope, float(y.mean() - slope * x.mean())


def interval(values: Sequence[float] | FloatArray) -> tuple[float, float]:
    """Return the 95 % percentile interval of bootstrap values."""
    array = np.asarray(values, np.float64)
    array = array[~np.isnan(array)]
    if not len(array):
        return float("nan"), float("nan")
    low, high = np.quantile(array, _SHARES)
    return float(low), float(high)


Measure = Callable[[dict[str, Any]], float]
#: What is compared with the gap, d_eff first; norms over sqrt(n), so that n counts alike in all.
MEASURES: dict[str, Measure] = {
    "sqrt(d_eff / n)": lambda row: (row["d_eff"] / row["n"]) ** 0.5,
    "1 / sqrt(n)": lambda row: row["n"] ** -0.5,
    "|theta_T| / sqrt(n)": lambda row: row["norm"] * row["n"] ** -0.5,
    "|theta_T - theta_0| / sqrt(n)": lambda row: row["distance"] * row["n"] ** -0.5,
}
