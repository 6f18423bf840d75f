"""Many small runs: the gap of each beside its effective dimension and its norms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, choice, generator, number, positive_int, positive_ints
from .._progress import progress_bar
from .._status import Ended, finished
from .._table import Table
from ..errors import InvalidInputError
from ..kakeya.spectra import KINDS, effective_dimension, spectrum
from ..networks.network import ReLUNetwork
from ..paths.optimizers import RULES
from ..paths.train import train
from ._check import labelled
from .association import (
    MEASURES,
    GapFit,
    correlations,
    interval,
    regression,
    resample,
    settings_of,
    within,
)
from .measured import measured_gaps

if TYPE_CHECKING:
    from ..paths.path import OptimizerPath

FACTORS = ("n", "optimizer", "lr")


@dataclass(frozen=True, eq=False, repr=False)
class GapStudy(Ended, Table):
    """Runs at many settings, one row each; made by `gap_study`.

    Attributes
    ----------
    d_eff : str
        The definition of the effective dimension of the updates, not centred.
    settings : dict
        What is the same for all runs.
    status : str
        "complete", or "interrupted": the runs that were done before Ctrl-C.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> study = rg.generalisation.gap_study(
    ...     (X[:40], y[:40]), (X[40:], y[40:]), d_eff="participation", n_samples=[10, 20],
    ...     optimizers=["sgd"], n_seeds=2, hidden=[4], steps=20,
    ... )
    >>> study.complete, len(study)
    (True, 8)
    """

    d_eff: str
    _rows: tuple[dict[str, Any], ...]
    settings: dict[str, Any]
    status: str

    def __repr__(self) -> str:
        return f"GapStudy({len(self)} runs, d_eff {self.d_eff}, {self.status})"

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a run.

        Columns: ``n``, ``optimizer``, ``lr``, ``seed``, ``train_error``, ``test_error``, ``gap``
        (of the 0-1 loss) with the ends ``gap_low``, ``gap_high`` of its 95 % interval, ``loss_gap``
        (of the cross-entropy), ``d_eff``, ``norm`` and ``distance`` (|theta_T|,
        |theta_T - theta_0|), ``status``.
        """
        return [dict(row) for row in self._rows]

    def fit(self, response: str = "gap", *, n_boot: int = 400, rng: RNG = 0) -> GapFit:
        """Regress the gap on ``sqrt(d_eff / n)``, and rank it against that and the baselines.

        Intervals are percentiles of a bootstrap that draws runs within each setting of n, optimizer
        and learning rate; k runs a setting make them too narrow by about sqrt((k - 1) / k). Runs
        that diverged, or did not move, are left out.

        Parameters
        ----------
        response : {"gap", "loss_gap"}
        n_boot : int, default 400
        rng : Generator, int or None, default 0

        Returns
        -------
        GapFit

        Raises
        ------
        InvalidInputError
            If fewer than three runs are left, or no setting has two: then nothing tells how much
            runs vary.

        Examples
        --------
        >>> import relugeom as rg
        >>> X = np.random.default_rng(0).normal(size=(60, 2))
        >>> y = (X[:, 0] > 0).astype(int)
        >>> study = rg.generalisation.gap_study(
        ...     (X[:40], y[:40]), (X[40:], y[40:]), d_eff="participation", n_samples=[10, 20],
        ...     optimizers=["sgd"], n_seeds=2, hidden=[4], steps=20,
        ... )
        >>> fit = study.fit(n_boot=50)
        >>> low, high = fit.slope_interval
        >>> low <= fit.slope <= high
        True
        """
        choice("response", response, ("gap", "loss_gap"))
        rows = [
            r for r in self._rows
            if r["status"] == "complete" and np.isfinite(r["d_eff"]) and np.isfinite(r[response])
        ]  # fmt: skip
        if len(rows) < 3:
            raise InvalidInputError(f"the study must have at least 3 runs to fit; got {len(rows)}")
        factors = {name: [r[name] for r in rows] for name in FACTORS}
        measures = {name: np.array([f(r) for r in rows]) for name, f in MEASURES.items()}
        x, y = measures["sqrt(d_eff / n)"], np.array([r[response] for r in rows])
        n, random = np.array(factors["n"]), generator(rng)
        cells = settings_of(factors, len(rows))
        if max(len(cell) for cell in cells) < 2:
            raise InvalidInputError(
                "the study must have 2 runs a setting or more; got 1 (`n_seeds`)"
            )
        draws = [resample(cells, random) for _ in range(positive_int("n_boot", n_boot))]
        line = regression(x, y, draws)
        own = _slope_within(x, y, n)
        others = [_slope_within(x[d], y[d], n[d]) for d in draws]
        grid = np.linspace(x.min(), x.max(), 60)
        band = line.intercepts[:, None] + line.slopes[:, None] * grid
        low, high = np.nanquantile(band, (0.025, 0.975), axis=0)
        taus = correlations(measures, y, factors, n_boot=n_boot, rng=random)
        return GapFit(
            response=response,
            x=x,
            y=y,
            n=n,
            slope=line.slope,
            intercept=line.intercept,
            r_squared=line.r_squared,
            slope_interval=interval(line.slopes),
            slope_within_n=own,
            slope_within_n_interval=interval(others),
            grid=grid,
            low=low,
            high=high,
            correlations=taus,
            d_eff=self.d_eff,
            status=self.status,
        )


def gap_study(
    data: Any,
    test: Any,
    *,
    d_eff: str,
    n_samples: Sequence[int] = (40, 80, 160),
    optimizers: Sequence[str] = ("sgd", "adam"),
    lr: Sequence[float] = (0.01, 0.1),
    n_seeds: int = 5,
    hidden: Sequence[int] = (16,),
    steps: int = 200,
    batch_size: int | None = 20,
    rng: RNG = 0,
    progress: bool | None = None,
) -> GapStudy:
    """Train classifiers on samples of several sizes and measure gap, d_eff and norms of each.

    Every run has its own seed, for its samples, its start and its shuffles, so that runs are
    independent given the data; the held-out part is the same for all.

    Parameters
    ----------
    data : pair (X, y)
        Samples are drawn from it without replacement; labels 0, 1, ...
    test : pair (X, y)
        Held-out data.
    d_eff : str
        Definition of the effective dimension of the updates, a key of
        `relugeom.kakeya.spectra.KINDS`: they differ by large factors, so none is the default.
    n_samples : sequence of int
        Numbers n of training samples, at most those of ``data``.
    optimizers : sequence of str
        As for `relugeom.train`.
    lr : sequence of float
    n_seeds : int, default 5
        Runs a setting.
    hidden : sequence of int
        Widths of the hidden layers.
    steps, batch_size
        As for `relugeom.train`; the loss is the cross-entropy.
    rng : Generator, int or None, default 0
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    GapStudy
        After Ctrl-C, with status "interrupted", the runs that were done.

    Raises
    ------
    InvalidInputError
        If the data are no pairs, settings are empty, or ``n_samples`` asks for more than there are.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.random.default_rng(0).normal(size=(300, 2))
    >>> y = (X[:, 0] * X[:, 1] > 0).astype(int)
    >>> study = gap_study(
    ...     (X[:100], y[:100]), (X[100:], y[100:]), d_eff="participation", n_samples=[20, 80],
    ...     optimizers=["adam"], lr=[0.03], n_seeds=3, steps=60,
    ... )
    >>> study
    GapStudy(6 runs, d_eff participation, complete)
    >>> study.fit().tau("1 / sqrt(n)", "none").n_pairs
    15
    """
    choice("d_eff", d_eff, tuple(KINDS))
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise InvalidInputError(f"`data` must be a pair (X, y); got {type(data).__name__}")
    labels = np.asarray(data[1])
    outputs = max(2, int(labels.max(initial=0)) + 1) if labels.dtype.kind in "iufb" else 2
    d = np.shape(data[0])[-1] if np.ndim(data[0]) == 2 else 1
    sizes = [d, *positive_ints("hidden", hidden), outputs]
    probe = ReLUNetwork.random(sizes, rng=0)
    X, y = labelled("data", probe, data)
    labelled("test", probe, test)
    numbers = positive_ints("n_samples", n_samples)
    rates = [number("lr", v, "(0, inf)") for v in lr]
    for name in optimizers:
        choice("optimizers", name, tuple(RULES))
    if not numbers or not rates or not optimizers:
        raise InvalidInputError("`n_samples`, `optimizers` and `lr` must not be empty; got none")
    if max(numbers) > len(X):
        raise InvalidInputError(f"`n_samples` must be at most {len(X)}; got {max(numbers)}")
    grid = list(product(numbers, optimizers, rates, range(positive_int("n_seeds", n_seeds))))
    drawn = generator(rng).integers(2**31, size=len(grid)).tolist()
    shared: dict[str, Any] = {"loss": "cross_entropy", "steps": steps, "batch_size": batch_size}
    table: list[dict[str, Any]] = []
    status = "complete"
    with progress_bar(progress, total=len(grid), desc="runs", unit="run") as bar:
        try:
            for (n, name, rate, _), seed in zip(grid, drawn, strict=True):
                use = np.random.default_rng(seed).permutation(len(X))[:n]
                path = train(
                    ReLUNetwork.random(sizes, rng=seed), X[use], y[use], optimizer=name, lr=rate,
                    rng=seed, progress=False, **shared,
                )  # fmt: skip
                about = {"n": n, "optimizer": name, "lr": rate, "seed": seed}
                table.append(about | _measure(finished(path), (X[use], y[use]), test, d_eff))
                bar.update()
        except KeyboardInterrupt:
            status = "interrupted"
    settings = {"hidden": tuple(sizes[1:-1]), "held_out": len(test[0]), **shared}
    return GapStudy(d_eff, tuple(table), settings, status)


def _measure(path: OptimizerPath, own: Any, test: Any, d_eff: str) -> dict[str, Any]:
    moves = path.updates[path.updates.any(axis=1)]
    zero_one, _, entropy = measured_gaps(path.network(-1), own, test)
    return {
        "train_error": zero_one.train,
        "test_error": zero_one.test,
        "gap": zero_one.gap,
        "gap_low": zero_one.low,
        "gap_high": zero_one.high,
        "loss_gap": entropy.gap,
        "d_eff": effective_dimension(spectrum(moves), d_eff) if len(moves) else float("nan"),
        "norm": float(np.linalg.norm(path.parameters[-1])),
        "distance": float(np.linalg.norm(path.parameters[-1] - path.parameters[0])),
        "status": path.status,
    }


def _slope_within(x: Any, y: Any, n: Any) -> float:
    """Return the slope of least squares with an intercept for each n."""
    a, b = within(x, n), within(y, n)
    square = float(a @ a)
    return float(a @ b) / square if square else float("nan")
