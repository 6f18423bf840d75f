"""Directional complexity of an optimizer path, beside what null models give."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, choice, frozen, generator, number, positive_int
from .._table import Number, Table, aligned
from ..errors import InvalidInputError
from ..kakeya.spectra import (
    KINDS,
    SPECTRA,
    effective_dimension,
    position_spectrum,
    ridge_gamma,
    spectrum,
)
from ._sampled import Sampled, draw_nulls, measured
from .steps import momentum_of, steps_of
from .turning import Estimate, crofton_turning, sign_changes, tortuosity, turning_angles

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..kakeya.dimension import DimensionEstimate
    from ..kakeya.directions import DirectionCurve
    from .path import OptimizerPath

#: What is said of each null beside a value.
BESIDE = ("mean", "std", "z", "percentile", "p")
_NAMES = {
    "raw_updates": "updates",
    "momentum": "averages of gradients",
    "preconditioned": "preconditioned gradients",
}
_MAX_SPECTRUM = 2000  # vectors, where both they and their dimension are more


@dataclass(frozen=True, eq=False, repr=False)
class DirectionalComplexity(Table):
    """How many directions a path uses: our operational definitions.

    Attributes
    ----------
    of : str
        What the vectors are: a key of `relugeom.paths.steps.OF`.
    steps : ndarray of int64, shape (n,)
        Which of the vectors are not zero: all that follows is of these n.
    n_dropped, dim : int
        Number of zero vectors, which were dropped; dimension P.
    angles : ndarray, shape (n - 1,)
        Between successive vectors, in radians.
    turning, mean_turn : float
        Sum and mean of ``angles``; the mean is NaN with fewer than two vectors.
    crofton : Estimate
        The total turning by random hyperplanes (`crofton_turning`), with its standard error.
    tortuosity : float
        Sum of the lengths over the length of the sum, at least 1.
    dimensions : dict of float
        Effective dimensions named "definition_spectrum", as "participation_raw" or
        "explained_95_unit_centred". Definitions are those of
        `relugeom.kakeya.spectra.KINDS`; raw are the vectors and unit their directions;
        centred ones are less their mean, the others second moments.
    gammas : dict of float
        For each spectrum the gamma of its "ridge" dimension, in squared units of the vectors.
    spectrum_rows : ndarray of int64
        Of which vectors ``dimensions`` are: all, or a random sample in order of time.
    position_eigenvalues : ndarray
        Those of the positions that the vectors lead to (`position_spectrum`), or of 2000 evenly
        spaced ones where there are more in more dimensions.
    sample : ndarray of int64
        Of which vectors everything below is: all, or a random sample in order of time.
    curve : DirectionCurve
        N(theta) of them, as lines through 0.
    exponents : tuple of DimensionEstimate
        How N(theta) and its like grow, each with the window of angles, a standard error from blocks
        of time, and where there is no valid window NaN with the reason.
    eigenvalues : dict of ndarray
        The spectra of the sample.
    cosines : ndarray, shape (m, m)
        Inner products of the directions in the sample: their Gram matrix over time.
    sampled : dict of float
        The dimensions and exponents of the sample, which is what nulls are drawn for.
    nulls : dict of dict of ndarray, shape (n_nulls,)
        For each null model the values of the quantities in its draws. "walk": independent isotropic
        steps of the observed lengths; "isotropic": the same of equal lengths; "ema": directions of
        a moving average of isotropic noise with momentum ``beta``, of the observed lengths;
        "shuffle": the same vectors in random order.
    null_curves : dict of ndarray, shape (n_nulls, k)
        N(theta) of the draws at the angles of ``curve``.
    null_eigenvalues : dict of dict of ndarray
        Mean spectra of the draws.
    beta : float or None
        Momentum of the "ema" null; None if there is none, and then there is no such null.
    caveats : tuple of str
        What the path does not show, and so nothing here does: `OptimizerPath.caveats`.
    note : str
        How the vectors were made, where that is not plain.
    kinds : tuple of str
        The definitions of effective dimensions that were asked for.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> path = rg.train(net, [[-1.0], [1.0]], [1.0, 0.0], steps=20)
    >>> result = rg.directional_complexity(path, n_nulls=2)
    >>> len(result.steps), len(result.angles), bool(result.tortuosity >= 1)
    (20, 19, True)
    """

    of: str
    steps: IntArray
    n_dropped: int
    dim: int
    angles: FloatArray
    crofton: Estimate
    tortuosity: float
    dimensions: dict[str, float]
    gammas: dict[str, float]
    spectrum_rows: IntArray
    position_eigenvalues: FloatArray
    sample: IntArray
    curve: DirectionCurve
    exponents: tuple[DimensionEstimate, ...]
    eigenvalues: dict[str, FloatArray]
    cosines: FloatArray
    sampled: dict[str, float]
    nulls: dict[str, dict[str, FloatArray]]
    null_curves: dict[str, FloatArray]
    null_eigenvalues: dict[str, dict[str, FloatArray]]
    beta: float | None
    caveats: tuple[str, ...] = ()
    note: str = ""
    kinds: tuple[str, ...] = field(default=tuple(KINDS))

    @property
    def what(self) -> str:
        """What the vectors are, in words."""
        return _NAMES.get(self.of, self.of)

    @property
    def n_vectors(self) -> int:
        """Number of nonzero vectors."""
        return len(self.steps)

    @property
    def turning(self) -> float:
        """Total turning: sum of the angles between successive vectors, in radians."""
        return float(self.angles.sum())

    @property
    def mean_turn(self) -> float:
        """The same per angle; NaN with fewer than two vectors."""
        return float(self.angles.mean()) if len(self.angles) else nan

    @property
    def values(self) -> dict[str, float]:
        """All numbers by name: turning, mean_turn, tortuosity, the dimensions, the exponents."""
        order = {
            "turning": self.turning,
            "mean_turn": self.mean_turn,
            "tortuosity": self.tortuosity,
        }
        exponents = {f"exponent_{row.name}": row.value for row in self.exponents}
        return {**order, **self.dimensions, **exponents}

    def dimension(self, *, kind: str, spectrum: str) -> float:
        """Return one effective dimension: there is no such thing as *the* effective dimension.

        Parameters
        ----------
        kind : str
            A key of `relugeom.kakeya.spectra.KINDS` that was asked for.
        spectrum : str
            "raw", "unit", "raw_centred" or "unit_centred".

        Returns
        -------
        float

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
        >>> path = rg.train(net, [[-1.0], [1.0]], [1.0, 0.0], steps=20)
        >>> result = rg.directional_complexity(path, n_nulls=2)
        >>> 1 <= result.dimension(kind="participation", spectrum="unit") <= 20
        True
        """
        choice("kind", kind, self.kinds)
        return self.dimensions[f"{kind}_{choice('spectrum', spectrum, SPECTRA)}"]

    def gram(self) -> FloatArray:
        """Return |cos| of the angles between the directions in ``sample``.

        Returns
        -------
        ndarray, shape (m, m)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
        >>> path = rg.train(net, [[-1.0], [1.0]], [1.0, 0.0], steps=20)
        >>> rg.directional_complexity(path, n_nulls=2).gram().shape
        (20, 20)
        """
        return np.abs(self.cosines)

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a quantity: its value, and where it lies among the draws of each null.

        Columns: ``quantity``; ``kind``, ``scale`` ("raw" or "unit"), ``centred`` and ``gamma`` of
        dimensions; ``value``; ``error`` of exponents, with ``low`` and ``high``, the angles they
        were read from, and ``reason`` if there is none; ``sampled``, the value for the vectors in
        ``sample``, where that differs in meaning; and for each null

        - ``NULL_mean``, ``NULL_std``, ``NULL_z`` = (sampled - mean) / std;
        - ``NULL_percentile`` = 100 (1 + draws not above) / (1 + draws);
        - ``NULL_p``, two-sided: twice the smaller share of draws at least as extreme, the observed
          one among them (Phipson & Smyth 2010).

        NaN where a null was not drawn for the quantity (all but the turning under "shuffle", which
        keeps the rest), or the draws are too few or all equal.
        """
        windows = {f"exponent_{row.name}": row for row in self.exponents}
        rows = []
        for name, value in self.values.items():
            kind, scale = _parted(name)
            window = windows.get(name)
            seen = self.sampled.get(name, value)
            row: dict[str, Any] = {
                "quantity": name,
                "kind": kind,
                "scale": scale.removesuffix("_centred") if scale else None,
                "centred": scale.endswith("_centred") if scale else None,
                "gamma": self.gammas[scale] if kind == "ridge" else None,
                "value": value,
                "error": nan if window is None else window.error,
                "low": nan if window is None else window.low,
                "high": nan if window is None else window.high,
                "reason": "" if window is None else window.reason,
                "sampled": seen,
            }
            for null, drawn in self.nulls.items():
                row |= beside(null, seen, drawn.get(name, np.empty(0)))
            rows.append(row)
        return rows

    def __str__(self) -> str:
        n = max((len(d) for nulls in self.nulls.values() for d in nulls.values()), default=0)
        known = {"ema": f"ema, beta {self.beta}"}
        check = self.crofton
        lines = [
            f"{self.n_vectors} {self.what} in R^{self.dim} "
            f"({self.n_dropped} zero ones dropped)" + f"; {self.note}" * bool(self.note),
            f"total turning {self.turning:.6g} rad; by {check.n} random hyperplanes "
            f"{check.value:.6g} +- {check.error:.2g}",
        ]
        if len(self.sample) < self.n_vectors:
            lines.append(
                f"nulls, exponents and N(theta) are for a random sample of {len(self.sample)}"
            )
        heads = [head for null in self.nulls for head in (known.get(null, null), "z", "%")]
        table: list[list[Any]] = [[f"mean, z, percentile of {n} draws", "value", "", *heads, ""]]
        for row in self.rows():
            if row["centred"]:
                continue
            value = row["value"] if len(self.sample) == self.n_vectors else row["sampled"]
            note = ""
            if row["quantity"].startswith("exponent") and value == value:
                note = "(no error)" if isnan(row["error"]) else f"+-{row['error']:.2g}"
            line = [row["quantity"], Number(f"{value:.4g}"), note]
            for null in self.nulls:
                for column, unit in (("mean", ""), ("z", ""), ("percentile", "%")):
                    beside_it = row[f"{null}_{column}"]
                    line.append(Number("" if isnan(beside_it) else f"{beside_it:.4g}{unit}"))
            table.append([*line, row["reason"]])
        lines.append(aligned(table))
        lines.append(
            "Exact for these vectors; exponents are estimates, with a standard error. "
            "Dimensions and exponents are operational definitions."
        )
        positions = effective_dimension(self.position_eigenvalues, "participation")
        lines.append(f"participation of positions, centred: {positions:.3g} (any random walk: 2.5)")
        lines.append(
            f"N(theta) of {len(self.sample)} directions: "
            + ", ".join(f"{c} at {t:.3g} rad" for t, c in self._some_of_curve())
        )
        return "\n".join([*lines, *(f"note: {text}" for text in self.caveats)])

    def _some_of_curve(self) -> list[tuple[float, int]]:
        at = np.unique(np.linspace(0, len(self.curve.theta) - 1, 5).astype(int))
        return [(float(self.curve.theta[i]), int(self.curve.count[i])) for i in at]

    def __repr__(self) -> str:
        return (
            f"DirectionalComplexity({self.n_vectors} {self.what} in R^{self.dim}, "
            f"turning {self.turning:.4g} rad)"
        )


def directional_complexity(
    path: OptimizerPath | ArrayLike | str | os.PathLike[str],
    of: str = "updates",
    *,
    kind: str | Sequence[str] = "all",
    lag: int = 10,
    gamma: float | None = None,
    max_directions: int = 500,
    n_nulls: int = 19,
    n_boot: int = 20,
    beta: float | None = None,
    rng: RNG = 0,
    progress: bool | None = None,
) -> DirectionalComplexity:
    """Measure the directions of a path: N(theta), turning, effective dimensions, and nulls.

    Parameters
    ----------
    path : OptimizerPath, path of a file, or array_like of shape (T, P)
        A recorded path, or its steps.
    of : str, default "updates"
        "updates", "raw_updates", "secants" (chords over ``lag`` recorded steps, end to end),
        "gradients", "momentum" (recorded, or made again from gradients) or "preconditioned"
        (gradients divided as adaptive optimizers do).
    kind : str or sequence of str, default "all"
        Which effective dimensions: keys of `relugeom.kakeya.spectra.KINDS`.
    lag : int, default 10
        Of "secants".
    gamma : float, optional
        Of the "ridge" dimension, in squared units of the vectors; by default the mean eigenvalue
        of each spectrum (``result.gammas``).
    max_directions : int, default 500
        N(theta), the exponents and what is compared to nulls are of a random sample of so many
        vectors if there are more.
    n_nulls : int, default 19
        Draws of each null model; 0 for none. With 19 the least two-sided p is 0.1, with 39 0.05.
    n_boot : int, default 20
        Draws of blocks for the standard errors of exponents; 0 for none.
    beta : float, optional
        Momentum of the "ema" null, drawn for any ``of`` if given; by default that of the optimizer
        (beta1, or momentum), for vectors that are its averages or steps along them, all of them
        recorded. Also that of "momentum", where it has to be made from gradients and the optimizer
        is not known.
    rng : Generator, int or None, default 0
        For samples, nulls and hyperplanes.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    DirectionalComplexity

    Raises
    ------
    InvalidInputError
        If there is no nonzero vector, or the path does not hold what is asked for.

    See Also
    --------
    relugeom.paths.streaming_complexity : for paths that do not fit into memory

    Notes
    -----
    Dimensions of *positions* are left out of the table on purpose: those of a pure random walk are
    near 2.5 in any dimension. Where both the number of vectors and their dimension exceed 2000 the
    spectra are those of 2000 vectors, drawn at random: see ``spectrum_rows``.

    The nulls of turning and tortuosity are of all vectors. None of the draws makes a vector of the
    dimension P: directions are drawn by the Cholesky factor of their Gram matrix. What takes time
    are eigenvalues and neighbours: about 0.2 s a draw with 500 directions, on one thread.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> path = rg.train(net, [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0], steps=60)
    >>> result = rg.directional_complexity(path)
    >>> bool(result.turning < result.nulls["walk"]["turning"].min())
    True
    >>> result.dimension(kind="explained_95", spectrum="unit")
    2.0
    """
    from ..kakeya import dimension
    from ..kakeya.directions import DirectionSet

    source, run = steps_of(path, of, lag=lag, beta=beta)
    kinds = _kinds(kind)
    size = positive_int("max_directions", max_directions)
    n_draws = positive_int("n_nulls", n_nulls, minimum=0)
    n_blocks = positive_int("n_boot", n_boot, minimum=0)
    if gamma is not None:
        gamma = number("gamma", gamma, "(0, inf)")
    rows = source.all()
    at = np.flatnonzero(rows.any(axis=1))
    if not len(at):
        raise InvalidInputError(f"`path` must have a nonzero vector among its {of}; got none")
    kept = rows if len(at) == len(rows) else rows[at]
    if not np.isfinite(kept).all():
        raise InvalidInputError(f"`path` must have finite {of}; got one that is not")
    random, (n, dim) = generator(rng), kept.shape
    if beta is None and source.averaged:
        beta = momentum_of(run)
    sample = _sample(n, size, random)
    wide = _sample(n, n if min(n, dim) <= _MAX_SPECTRUM else _MAX_SPECTRUM, random)
    spectra = {name: spectrum(kept[wide], name) for name in SPECTRA}
    gammas = {k: ridge_gamma(v) if gamma is None else gamma for k, v in spectra.items()}
    dimensions = {
        f"{k}_{name}": effective_dimension(spectra[name], k, gamma=gamma)
        for name in SPECTRA
        for k in kinds
    }
    chosen = DirectionSet(kept[sample])
    curve = chosen.curve()
    exponents = dimension.estimates(
        chosen, n_draws=n_blocks, block=_block(n, len(sample), beta), rng=random
    )
    looked = Sampled(kinds, gamma, curve.theta)
    own = measured(kept[sample], looked)
    positions = position_spectrum(_between(kept, _MAX_SPECTRUM))
    nulls, curves, eigenvalues = draw_nulls(kept, sample, looked, n_draws, beta, random, progress)
    return DirectionalComplexity(
        of=of,
        steps=frozen(at),
        n_dropped=len(rows) - n,
        dim=dim,
        angles=frozen(turning_angles(kept)),
        crofton=crofton_turning(sign_changes(kept, rng=random)),
        tortuosity=tortuosity(kept),
        dimensions=dimensions,
        gammas=gammas,
        spectrum_rows=frozen(wide),
        position_eigenvalues=frozen(positions),
        sample=frozen(sample),
        curve=curve,
        exponents=exponents,
        eigenvalues=own.eigenvalues,
        cosines=frozen(chosen.vectors @ chosen.vectors.T),
        sampled=own.values,
        nulls=nulls,
        null_curves=curves,
        null_eigenvalues=eigenvalues,
        beta=beta,
        caveats=() if run is None else run.caveats,
        note=source.note,
        kinds=kinds,
    )


def _kinds(kind: str | Sequence[str]) -> tuple[str, ...]:
    if isinstance(kind, str):
        return tuple(KINDS) if kind == "all" else (choice("kind", kind, ("all", *KINDS)),)
    chosen = tuple(choice("kind", k, tuple(KINDS)) for k in kind)
    if not chosen:
        raise InvalidInputError("`kind` must name at least one definition; got none")
    return chosen


def _block(n: int, m: int, beta: float | None) -> int | None:
    """Return the length of a block of the sample that exceeds the memory of averages."""
    memory = round(2.0 / (1.0 - beta) * m / n) if beta else 1
    return max(memory, round(m ** (1 / 3))) if m > 4 * memory else None


def _between(vectors: FloatArray, size: int) -> FloatArray:
    """Return the steps between so many positions, evenly spaced in time."""
    if min(vectors.shape) <= size:
        return vectors
    starts = np.linspace(0, len(vectors), size, endpoint=False).astype(int)
    steps: FloatArray = np.add.reduceat(vectors, starts, axis=0)
    return steps


def _sample(n: int, size: int, random: np.random.Generator) -> IntArray:
    if n <= size:
        return np.arange(n)
    return np.sort(random.choice(n, size, replace=False))


def _parted(name: str) -> tuple[str | None, str]:
    """Return the definition and the spectrum in the name of a dimension; None of others."""
    for kind in KINDS:
        scale = name.removeprefix(f"{kind}_")
        if scale in SPECTRA:
            return kind, scale
    return None, ""


def beside(null: str, value: float, draws: FloatArray) -> dict[str, float]:
    """Return where a value lies among draws."""
    draws = draws[np.isfinite(draws)]
    n = len(draws)
    mean = float(draws.mean()) if n else nan
    deviation = float(draws.std(ddof=1)) if n > 1 else nan
    if not n or np.isnan(value):
        return {f"{null}_{c}": nan for c in BESIDE} | {f"{null}_mean": mean}
    below = (1 + int(np.count_nonzero(draws <= value))) / (n + 1)
    above = (1 + int(np.count_nonzero(draws >= value))) / (n + 1)
    return {
        f"{null}_mean": mean,
        f"{null}_std": deviation,
        f"{null}_z": (value - mean) / deviation if deviation > 1e-12 * abs(mean) else nan,
        f"{null}_percentile": 100.0 * below,
        f"{null}_p": min(1.0, 2.0 * min(below, above)),
    }
