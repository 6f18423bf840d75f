"""Growth laws fitted to a study: constant, linear, power, and d_eff log M."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from .._check import RNG, choice, generator, positive_int
from .._table import Number, Table, aligned
from ..errors import InvalidInputError
from ..kakeya.spectra import KINDS
from .growth import FACTORS, GrowthStudy

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray

RESPONSES = ("crossings", "first_layer", "deeper", "cells")
_FLOOR = 1e-24  # mean square below which a fit counts as perfect
_SHARES = (0.025, 0.975)


class GrowthFit(NamedTuple):
    """One law fitted.

    Attributes
    ----------
    model, formula : str
    parameters : dict
        From each name to its value and the ends of its 95 % interval.
    aic, delta_aic, weight : float
        Akaike's criterion of log-normal errors, its excess over the least of the laws, and
        Akaike's weight.
    spread : float
        Standard deviation of log(observed / fitted).

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.linspace(-1, 1, 5)[:, None]
    >>> study = rg.growth_study(
    ...     X, np.abs(X)[:, 0], steps=[10, 20, 40], width=[4], depth=[1], lr=[0.1], n_seeds=2
    ... )
    >>> study.fit("steps", d_eff="participation", n_boot=10).fits[0].delta_aic
    0.0
    """

    model: str
    formula: str
    parameters: dict[str, tuple[float, float, float]]
    aic: float
    delta_aic: float
    weight: float
    spread: float

    def predict(self, x: FloatArray, scale: FloatArray) -> FloatArray:
        """Return the law's values.

        Parameters
        ----------
        x : ndarray, shape (n,)
            The column that the law is in.
        scale : ndarray, shape (n,)
            d_eff log M.

        Returns
        -------
        ndarray, shape (n,)

        Examples
        --------
        >>> law = GrowthFit("power", "a x^b", {"a": (2, 1, 3), "b": (1, 0, 2)}, 0, 0, 1, 0.1)
        >>> law.predict(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
        array([2., 4.])
        """
        values = np.array([v[0] for v in self.parameters.values()])
        return np.exp(_LAWS[self.model].log_value(values, x, scale))


@dataclass(frozen=True, eq=False, repr=False)
class GrowthFits(Table):
    """All laws fitted to one response against one column; made by `fit_growth`.

    Attributes
    ----------
    against, response, d_eff : str
    x, y, scale : ndarray, shape (n,)
        The rows used: the column, the response, and d_eff log M.
    fits : tuple of GrowthFit
        Least AIC first.
    n_runs : int
        Runs that the rows come from: what the bootstrap draws.
    n_dropped : int
        Rows left out: diverged runs, and rows without a crossing, which have no logarithm.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.linspace(-1, 1, 5)[:, None]
    >>> study = rg.growth_study(
    ...     X, np.abs(X)[:, 0], steps=[10, 20, 40], width=[4], depth=[1], lr=[0.1], n_seeds=2
    ... )
    >>> fits = study.fit("steps", d_eff="participation", n_boot=10)
    >>> fits.n_runs, fits.x[:3]
    (2, array([20., 10., 40.]))
    """

    against: str
    response: str
    d_eff: str
    x: FloatArray
    y: FloatArray
    scale: FloatArray
    fits: tuple[GrowthFit, ...]
    n_runs: int
    n_dropped: int

    _UNIT: ClassVar[str] = "parameters"

    @property
    def best(self) -> GrowthFit:
        """The law of the least AIC."""
        return self.fits[0]

    def __getitem__(self, model: str) -> GrowthFit:
        found = [fit for fit in self.fits if fit.model == model]
        if not found:
            raise KeyError(model)
        return found[0]

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a law and parameter."""
        return [
            {
                "response": self.response, "against": self.against, "d_eff": self.d_eff,
                "model": fit.model, "formula": fit.formula, "parameter": name, "value": value,
                "low": low, "high": high, "aic": fit.aic, "delta_aic": fit.delta_aic,
                "weight": fit.weight, "spread": fit.spread, "n_rows": len(self.x),
                "n_runs": self.n_runs, "n_dropped": self.n_dropped,
            }
            for fit in self.fits
            for name, (value, low, high) in fit.parameters.items()
        ]  # fmt: skip

    def __str__(self) -> str:
        head = (
            f"{self.response} against {self.against}: {len(self.x)} rows of {self.n_runs} runs, "
            f"{self.n_dropped} dropped; d_eff is {self.d_eff}"
        )
        lines: list[list[Any]] = [["law", "AIC", "delta", "spread", "parameters (95 %)"]]
        for fit in self.fits:
            parameters = ", ".join(
                f"{name} = {v:.4g} ({low:.4g} to {high:.4g})"
                for name, (v, low, high) in fit.parameters.items()
            )
            numbers = f"{fit.aic:.2f}", f"{fit.delta_aic:.2f}", f"{fit.spread:.3f}"
            lines.append([f"{fit.model}: {fit.formula}", *map(Number, numbers), parameters])
        return f"{head}\n{aligned(lines)}"


def fit_growth(
    study: GrowthStudy,
    against: str,
    *,
    d_eff: str,
    response: str = "crossings",
    n_boot: int = 200,
    rng: RNG = 0,
) -> GrowthFits:
    """Fit growth laws to a study by least squares on the logarithm of the response.

    The laws are: constant, ``a``; linear, ``a + b x``; power, ``a x^b``; and ``c d_eff log M``, the
    paper's expression with its constant left open. They have the same errors, log-normal ones, so
    their AICs can be compared; the AIC takes rows for independent, which parts of one run are not.

    Parameters
    ----------
    study : GrowthStudy
    against : str
        "steps", "width", "depth", "n_samples" or "lr": the runs in which it was varied; "neurons",
        "M", "d_eff", "length" or "turning": all runs.
    d_eff : str
        Which effective dimension of the updates: a key of `relugeom.kakeya.spectra.KINDS`. They
        differ by large factors, so none is the default.
    response : {"crossings", "first_layer", "deeper", "cells"}
    n_boot : int, default 200
        Draws of the bootstrap, which draws whole runs with replacement: shorter parts of one run
        are not independent. With few runs its intervals are rough.
    rng : Generator, int or None, default 0

    Returns
    -------
    GrowthFits

    Raises
    ------
    InvalidInputError
        If fewer than two values of the column remain.

    Examples
    --------
    >>> import numpy as np, relugeom as rg
    >>> X = np.linspace(-1, 1, 12)[:, None]
    >>> study = rg.growth_study(X, np.sin(3 * X[:, 0]), width=[4, 8, 16], depth=[1], lr=[0.05])
    >>> fits = study.fit("steps", d_eff="participation")
    >>> fits["power"].parameters["b"][0] > 0, len(fits.fits)
    (True, 4)
    """
    choice("d_eff", d_eff, tuple(KINDS))
    choice("response", response, RESPONSES)
    choice("against", against, (*FACTORS, "neurons", "M", "d_eff", "length", "turning"))
    rows = [
        row for row in study.rows() if against not in FACTORS or row["varied"] in ("base", against)
    ]
    column = f"d_eff_{d_eff}" if against == "d_eff" else against
    kept = [
        row for row in rows
        if row["status"] == "complete" and row[response] > 0 and row[column] > 0 and row["M"] > 1
    ]  # fmt: skip
    x = np.array([row[column] for row in kept], dtype=np.float64)
    if len(np.unique(x)) < 2:
        raise InvalidInputError(
            f"`study` must have runs with crossings at two values of {against} at least; "
            f"got {len(np.unique(x))}"
        )
    y = np.array([row[response] for row in kept], dtype=np.float64)
    scale = np.array([row[f"d_eff_{d_eff}"] * np.log(row["M"]) for row in kept])
    run = np.unique([row["run"] for row in kept], return_inverse=True)[1]
    draws = _draws(run, x, positive_int("n_boot", n_boot, minimum=0), generator(rng))
    n, results = len(x), []
    for name, law in _LAWS.items():
        values = law.fit(x, y, scale)
        residual = np.log(y) - law.log_value(values, x, scale)
        square = max(float(np.mean(residual**2)), _FLOOR)
        drawn = np.array([law.fit(x[d], y[d], scale[d]) for d in draws])
        ends = np.quantile(drawn, _SHARES, axis=0) if draws else np.full((2, len(values)), np.nan)
        parameters = {
            p: (float(values[i]), float(ends[0, i]), float(ends[1, i]))
            for i, p in enumerate(law.names)
        }
        aic = n * np.log(square) + 2 * (len(values) + 1)
        results.append((name, law.formula, parameters, float(aic), float(np.sqrt(square))))
    least = min(aic for *_, aic, _ in results)
    total = sum(np.exp(-0.5 * (aic - least)) for *_, aic, _ in results)
    fits = [
        GrowthFit(
            model=name, formula=formula, parameters=parameters, aic=aic, delta_aic=aic - least,
            weight=float(np.exp(-0.5 * (aic - least)) / total), spread=spread,
        )
        for name, formula, parameters, aic, spread in sorted(results, key=lambda r: r[3])
    ]  # fmt: skip
    return GrowthFits(
        against=against,
        response=response,
        d_eff=d_eff,
        x=x,
        y=y,
        scale=scale,
        fits=tuple(fits),
        n_runs=int(run.max()) + 1,
        n_dropped=len(rows) - len(kept),
    )


class _Law(NamedTuple):
    formula: str
    names: tuple[str, ...]
    fit: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    log_value: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def _fit_constant(x: FloatArray, y: FloatArray, scale: FloatArray) -> FloatArray:
    return np.array([np.exp(np.log(y).mean())])


def _fit_power(x: FloatArray, y: FloatArray, scale: FloatArray) -> FloatArray:
    slope, level = np.polyfit(np.log(x), np.log(y), 1)
    return np.array([np.exp(level), slope])


def _fit_linear(x: FloatArray, y: FloatArray, scale: FloatArray) -> FloatArray:
    """Fit by the logarithms of the line's values at the ends of the data: they stay positive."""
    from scipy.optimize import least_squares

    low, high = x.min(), x.max()
    share = (x - low) / (high - low)

    def residual(ends: FloatArray) -> FloatArray:
        at = np.exp(np.clip(ends, -300, 300))
        value: FloatArray = np.log(at[0] + share * (at[1] - at[0])) - np.log(y)
        return value

    near = np.log([y[x == low].mean(), y[x == high].mean()])
    ends = np.exp(least_squares(residual, near, method="lm").x)
    slope = (ends[1] - ends[0]) / (high - low)
    return np.array([ends[0] - slope * low, slope])


def _fit_scale(x: FloatArray, y: FloatArray, scale: FloatArray) -> FloatArray:
    return np.array([np.exp((np.log(y) - np.log(scale)).mean())])


_LAWS = {
    "constant": _Law("a", ("a",), _fit_constant, lambda p, x, s: np.full(len(x), np.log(p[0]))),
    "linear": _Law("a + b x", ("a", "b"), _fit_linear, lambda p, x, s: np.log(p[0] + p[1] * x)),
    "power": _Law("a x^b", ("a", "b"), _fit_power, lambda p, x, s: np.log(p[0]) + p[1] * np.log(x)),
    "d_eff log M": _Law(
        "c d_eff log M", ("c",), _fit_scale, lambda p, x, s: np.log(p[0]) + np.log(s)
    ),
}


def _draws(run: IntArray, x: FloatArray, n: int, random: np.random.Generator) -> list[IntArray]:
    """Return rows of runs drawn with replacement, with two values of x at least."""
    members = [np.flatnonzero(run == k) for k in range(run.max() + 1)]
    draws: list[IntArray] = []
    while len(draws) < n:
        picked = random.integers(len(members), size=len(members))
        rows = np.concatenate([members[k] for k in picked])
        if len(np.unique(x[rows])) > 1:
            draws.append(rows)
    return draws
