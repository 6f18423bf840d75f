"""How crossings grow: one run a setting and seed, one row of numbers a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, float_array, generator, positive_int
from .._progress import progress_bar
from .._status import Ended, finished
from .._table import Table
from ..errors import InvalidInputError, ShapeError
from ..kakeya.spectra import KINDS, effective_dimension, spectrum
from ..networks.network import ReLUNetwork
from .cells import cell_visits
from .crossing_table import COLUMNS, Crossings
from .crossings import crossings
from .path import OptimizerPath
from .train import train
from .turning import turning_angles

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .growth_fits import GrowthFits

FACTORS = ("steps", "width", "depth", "n_samples", "lr")


@dataclass(frozen=True, eq=False, repr=False)
class GrowthStudy(Ended, Table):
    """Runs at many settings, one row each; made by `growth_study`.

    Attributes
    ----------
    base : dict
        The setting that one factor at a time was varied from.
    status : str
        "complete", or "interrupted": the runs that were done before Ctrl-C.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.linspace(-1, 1, 5)[:, None]
    >>> study = rg.growth_study(
    ...     X, np.abs(X)[:, 0], steps=[10, 20, 40], width=[4], depth=[1], lr=[0.1], n_seeds=2
    ... )
    >>> len(study), study.complete
    (10, True)
    """

    base: dict[str, Any]
    _rows: tuple[dict[str, Any], ...]
    status: str = "complete"

    def __repr__(self) -> str:
        setting = ", ".join(f"{k}={v}" for k, v in self.base.items())
        runs = len({row["run"] for row in self._rows})
        return f"GrowthStudy({len(self)} rows of {runs} runs around {setting}, {self.status})"

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a run, and one for each shorter part of the base runs.

        Columns: ``varied`` (a factor, or "base"), ``run``, ``seed``, ``optimizer``, the five
        factors, ``neurons``, ``M`` (neurons times samples), ``parameters``, ``crossings`` and of
        those ``first_layer`` and ``deeper``, ``cells`` (distinct), ``length``, ``turning``
        (radians), ``d_eff_KIND`` of the updates, not centred, in every definition of
        `relugeom.kakeya.spectra.KINDS`, ``loss_start``, ``loss_end``, ``undecided`` (of the whole
        run), ``status`` ("complete", or "diverged": ``steps`` are those done).
        """
        return [dict(row) for row in self._rows]

    def fit(
        self,
        against: str,
        *,
        d_eff: str,
        response: str = "crossings",
        n_boot: int = 200,
        rng: RNG = 0,
    ) -> GrowthFits:
        """Fit growth laws; see `relugeom.paths.growth_fits.fit_growth`.

        Parameters
        ----------
        against, d_eff, response, n_boot, rng
            As of `relugeom.paths.growth_fits.fit_growth`.

        Returns
        -------
        GrowthFits

        Examples
        --------
        >>> import relugeom as rg
        >>> X = np.linspace(-1, 1, 5)[:, None]
        >>> study = rg.growth_study(
        ...     X, np.abs(X)[:, 0], steps=[10, 20, 40], width=[4], depth=[1], lr=[0.1], n_seeds=2
        ... )
        >>> study.fit("steps", d_eff="participation", n_boot=10).against
        'steps'
        """
        from .growth_fits import fit_growth

        return fit_growth(self, against, d_eff=d_eff, response=response, n_boot=n_boot, rng=rng)


def growth_study(
    X: ArrayLike,
    y: ArrayLike,
    *,
    steps: Sequence[int] = (25, 50, 100, 200),
    width: Sequence[int] = (4, 8, 16),
    depth: Sequence[int] = (1, 2, 3),
    n_samples: Sequence[int] | None = None,
    lr: Sequence[float] = (0.003, 0.01, 0.03),
    base: Mapping[str, Any] | None = None,
    optimizer: str = "adam",
    loss: str = "mse",
    batch_size: int | None = None,
    n_seeds: int = 3,
    rng: RNG = 0,
    progress: bool | None = None,
) -> GrowthStudy:
    """Train networks at many settings and count the crossings of each run.

    One factor is varied at a time, the others staying at their base value. A seed fixes the weights
    at the start, the mini-batches and the order from which the first samples are taken, so the
    settings of one seed are alike as far as they can be.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like
        As for `relugeom.train`.
    steps, width, depth, n_samples, lr : sequence
        Values of each factor. ``width`` is that of every hidden layer, ``depth`` the number of
        them; ``n_samples`` are an eighth, a quarter, a half and all of the data if not given.
        Numbers of steps cost nothing: they are parts of the base runs.
    base : mapping, optional
        Base value of factors; of those not given the middle value.
    optimizer, loss, batch_size
        As for `relugeom.train`.
    n_seeds : int, default 3
        Runs a setting.
    rng : Generator, int or None, default 0
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    GrowthStudy

    Raises
    ------
    ShapeError
        If ``y`` has not a row for each sample.
    InvalidInputError
        If ``base`` names what is no factor, or values of a factor make no sense.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 12)[:, None]
    >>> study = growth_study(
    ...     X, np.sin(3 * X[:, 0]), steps=[10, 20, 40], width=[4, 8], depth=[1], n_samples=[6, 12],
    ...     lr=[0.05], n_seeds=2,
    ... )
    >>> study
    GrowthStudy(10 rows of 6 runs around steps=20, width=8, depth=1, n_samples=12, lr=0.05,
        complete)
    >>> study.rows()[0]["crossings"] == study.rows()[0]["first_layer"]
    True
    """
    data, targets = float_array("X", X, shape=(None, None)), np.asarray(y)
    if targets.ndim == 0 or len(targets) != len(data):
        raise ShapeError(f"`y` must have one row a sample, {len(data)}; got {targets.shape}")
    given = {"steps": steps, "width": width, "depth": depth, "n_samples": n_samples, "lr": lr}
    if n_samples is None:
        given["n_samples"] = sorted({max(1, len(data) // k) for k in (8, 4, 2, 1)})
    values = {name: _values(name, v, len(data)) for name, v in given.items()}
    start = {name: v[len(v) // 2] for name, v in values.items()} | dict(base or {})
    unknown = sorted(set(start) - set(FACTORS))
    if unknown:
        raise InvalidInputError(
            f"`base` must name factors {', '.join(FACTORS)}; got {unknown[0]!r}"
        )
    start = {name: _values(name, [v], len(data))[0] for name, v in start.items()}
    settings = [("base", start)]
    settings += [
        (name, start | {name: v}) for name in FACTORS[1:] for v in values[name] if v != start[name]
    ]
    random = generator(rng)
    chosen = [int(s) for s in random.integers(2**31, size=positive_int("n_seeds", n_seeds))]
    shared = {"optimizer": optimizer, "loss": loss, "batch_size": batch_size}
    table: list[dict[str, Any]] = []
    longest = max(*values["steps"], start["steps"])
    runs = [(varied, setting, seed) for varied, setting in settings for seed in chosen]
    status = "complete"
    with progress_bar(progress, total=len(runs), desc="runs", unit="run") as bar:
        try:
            for run, (varied, setting, seed) in enumerate(runs):
                n_steps = longest if varied == "base" else start["steps"]
                path, events = _run(data, targets, setting | {"steps": n_steps}, shared, seed)
                about = {"run": run, "seed": seed, "optimizer": optimizer, **setting}
                table.append({"varied": varied, **about, **_measure(path, events, start["steps"])})
                if varied == "base":
                    table += [
                        {"varied": "steps", **about, **_measure(path, events, t)}
                        for t in values["steps"]
                        if t != start["steps"]
                    ]
                bar.update()
        except KeyboardInterrupt:
            status = "interrupted"
    return GrowthStudy(start, tuple(table), status)


def _values(name: str, given: Any, n: int) -> list[Any]:
    if not isinstance(given, Sequence | np.ndarray) or not len(given):
        raise InvalidInputError(f"`{name}` must be a sequence of values; got {given!r}")
    if name == "lr":
        rates = [float(v) for v in given]
        if not all(0 < v < float("inf") for v in rates):
            raise InvalidInputError(f"`lr` must be positive; got {rates}")
        return rates
    counts = [positive_int(name, v) for v in given]
    if name == "n_samples" and max(counts) > n:
        raise InvalidInputError(f"`n_samples` must be at most {n}, as there are; got {max(counts)}")
    return counts


def _run(
    X: Any, y: Any, setting: dict[str, Any], shared: dict[str, Any], seed: int
) -> tuple[OptimizerPath, Crossings]:
    order = np.random.default_rng(seed).permutation(len(X))[: setting["n_samples"]]
    if shared["loss"] == "cross_entropy":
        outputs = max(2, int(np.max(y)) + 1)
    else:
        outputs = 1 if y.ndim == 1 else y.shape[1]
    sizes = [X.shape[1], *[setting["width"]] * setting["depth"], outputs]
    net = ReLUNetwork.random(sizes, rng=seed)
    path = train(
        net, X[order], y[order], steps=setting["steps"], lr=setting["lr"], rng=seed,
        progress=False, **shared,
    )  # fmt: skip
    return finished(path), finished(crossings(path, X[order], progress=False))


def _measure(path: OptimizerPath, events: Crossings, steps: int) -> dict[str, Any]:
    """Return the numbers of the first ``steps`` steps of a run, or of as many as there are."""
    done = min(steps, len(path))
    net, updates = path.start, path.updates[:done]
    use = np.flatnonzero(events.step < done)
    columns = {name: getattr(events, name)[use] for name in COLUMNS}
    part = replace(events, n_steps=done, **columns)
    moves = updates[updates.any(axis=1)]
    values = spectrum(moves, "raw") if len(moves) else np.zeros(1)
    first = int(np.count_nonzero(part.layer == 0))
    loss = path.loss if path.loss is not None else np.full(len(path) + 1, np.nan)
    return {
        "steps": done,
        "neurons": net.n_neurons,
        "M": net.n_neurons * part.n_samples,
        "parameters": net.n_parameters,
        "crossings": len(part),
        "first_layer": first,
        "deeper": len(part) - first,
        "cells": cell_visits(part).n_cells,
        "length": float(np.linalg.norm(moves, axis=1).sum()),
        "turning": float(turning_angles(moves).sum()) if len(moves) else 0.0,
        **{f"d_eff_{kind}": effective_dimension(values, kind) for kind in KINDS},
        "loss_start": float(loss[0]),
        "loss_end": float(loss[done]),
        "undecided": events.undecided,
        "status": path.status if done < steps else "complete",
    }
