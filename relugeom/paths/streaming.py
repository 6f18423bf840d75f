"""Directional complexity of a path too large to hold, in memory that does not grow with its length.

What can be kept exactly is: lengths, angles, turning, tortuosity, the traces. Spectra come by
Frequent Directions as certified brackets, N(theta) from a random sample of sketched directions.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, float_array, frozen, generator, positive_int, storable
from .._progress import progress_bar
from .._table import Table
from ..errors import InvalidInputError
from ..kakeya.frequent import FrequentDirections
from ..kakeya.sketch import Sketch, true_angles
from ._sampled import polygon_draws
from .complexity import BESIDE, beside
from .path import OptimizerPath
from .steps import momentum_of, steps_of
from .turning import Estimate, PolygonStream, crofton_turning

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..kakeya.dimension import DimensionEstimate
    from ..kakeya.directions import DirectionCurve

_PENDING = 32  # directions that wait for the sketch, whose random signs are made again each time
_BLOCK = 2**23  # numbers in a block of rows that is read from a path
_PART = 2**23  # numbers in a block that is worked on at once
_SHARES = (90, 95, 99)
_BOOT = 20  # draws of blocks for the errors of exponents


@dataclass(frozen=True, eq=False, repr=False)
class StreamedComplexity(Table):
    """What a pass over the vectors of a path gives; from `DirectionStream.result`.

    Attributes
    ----------
    n_vectors, n_dropped, dim : int
        Nonzero vectors; zero ones, which were dropped; dimension P.
    turning, tortuosity : float
        Exact, as of `DirectionalComplexity`.
    length, distance : float
        Sum of the lengths, and length of the sum.
    crofton : Estimate
        The total turning by random hyperplanes, with its standard error.
    brackets : dict of (float, float)
        Certified bounds on effective dimensions by name: participation, stable_rank and
        explained_90, _95, _99 of the "raw" and "unit" spectra, not centred.
    traces, deltas : dict of float
        Sum of the eigenvalues of each spectrum, exact, and the error of each by the sketch.
    curve : DirectionCurve
        N(theta) of a random sample of the directions, as lines, after a random projection.
    exponents : tuple of DimensionEstimate
        How they grow, as of `DirectionalComplexity`, of the projected directions.
    sample : ndarray of int64
        Which of the nonzero vectors these are.
    epsilon : float
        By how much inner products and norms of the sample may be off, with probability 0.99 (inf:
        nothing is known; 0: no projection was needed).
    nulls : dict of dict of ndarray, shape (n_nulls,)
        Draws of turning, mean_turn and tortuosity, as of `DirectionalComplexity`.
    expected : dict of dict of float
        For "walk" and, in high dimension, "ema": the participation that is expected (a ratio of
        expectations), of each spectrum.
    beta : float or None

    Examples
    --------
    >>> import relugeom as rg
    >>> steps = np.random.default_rng(0).normal(size=(40, 50))
    >>> result = rg.paths.streaming_complexity(iter([steps[:20], steps[20:]]))
    >>> result.n_vectors, result.dim, bool(result.tortuosity >= 1)
    (40, 50, True)
    """

    n_vectors: int
    n_dropped: int
    dim: int
    turning: float
    tortuosity: float
    length: float
    distance: float
    crofton: Estimate
    brackets: dict[str, tuple[float, float]]
    traces: dict[str, float]
    deltas: dict[str, float]
    curve: DirectionCurve
    exponents: tuple[DimensionEstimate, ...]
    sample: IntArray
    epsilon: float
    nulls: dict[str, dict[str, FloatArray]]
    expected: dict[str, dict[str, float]]
    beta: float | None

    @property
    def mean_turn(self) -> float:
        """Total turning per angle; NaN with fewer than two vectors."""
        return self.turning / (self.n_vectors - 1) if self.n_vectors > 1 else nan

    def angles(self, theta: float) -> tuple[float, float]:
        """Return a, b with ``Cov(b) <= N <= A(a)`` for the sample, N the curve at ``theta``.

        See `relugeom.kakeya.sketch.true_angles`.

        Parameters
        ----------
        theta : float
            In radians.

        Returns
        -------
        a, b : float

        Examples
        --------
        >>> stream = DirectionStream(3, rank=2)
        >>> stream.add([[1, 0, 0], [0, 1, 0]])
        >>> a, b = stream.result().angles(0.5)
        >>> a <= 0.5 <= b
        True
        """
        if not self.epsilon:
            return theta, theta
        return true_angles(theta, self.epsilon) if self.epsilon < 1.0 else (0.0, np.pi / 2)

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a quantity: ``value``, or bounds ``low`` and ``high``, and the nulls.

        ``error``, and ``reason`` where there is no value, are of exponents. Columns of the nulls
        are as of `DirectionalComplexity.rows`; of dimensions only the mean.
        """
        rows: list[dict[str, Any]] = []
        blank = {"error": nan, "reason": ""}
        exact = {
            "turning": self.turning,
            "mean_turn": self.mean_turn,
            "tortuosity": self.tortuosity,
        }
        for name, value in exact.items():
            row = {"quantity": name, "value": value, "low": value, "high": value, **blank}
            for null, drawn in self.nulls.items():
                row |= beside(null, value, drawn[name])
            rows.append(row)
        for name, (low, high) in self.brackets.items():
            row = {"quantity": name, "value": nan, "low": low, "high": high, **blank}
            for null in self.nulls:
                known = self.expected.get(null, {})
                row |= beside(null, nan, np.empty(0)) | {f"{null}_mean": known.get(name, nan)}
            rows.append(row)
        return rows + [
            {"quantity": f"exponent_{e.name}", "value": e.value, "low": nan, "high": nan}
            | {"error": e.error, "reason": e.reason}
            | {f"{null}_{c}": nan for null in self.nulls for c in BESIDE}
            for e in self.exponents
        ]

    def __str__(self) -> str:
        check = self.crofton
        lines = [
            f"{self.n_vectors} vectors in R^{self.dim} ({self.n_dropped} zero ones dropped)",
            f"turning by {check.n} random hyperplanes: {check.value:.6g} +- {check.error:.2g} rad",
            f"{'':<24}{'from':>12}{'to':>12}" + "".join(f"{'null ' + n:>16}" for n in self.nulls),
        ]
        for row in self.rows():
            if row["quantity"].startswith("exponent"):
                error = f" +- {row['error']:.2g}" if row["error"] == row["error"] else ""
                lines.append(f"{row['quantity']:<24}{row['value']:>12.4g}{error} {row['reason']}")
                continue
            text = f"{row['quantity']:<24}{row['low']:>12.6g}{row['high']:>12.6g}"
            means = [row[f"{null}_mean"] for null in self.nulls]
            lines.append(text + "".join(f"{m:>16.6g}" if m == m else " " * 16 for m in means))
        at = np.unique(np.linspace(0, len(self.curve.theta) - 1, 5).astype(int))
        counts = ", ".join(f"{self.curve.count[i]} at {self.curve.theta[i]:.3g} rad" for i in at)
        lines.append(
            f"N(theta) of a sample of {len(self.sample)}, "
            f"cosines within {self.epsilon:.2g}: {counts}"
        )
        return "\n".join(line.rstrip() for line in lines)

    def __repr__(self) -> str:
        return (
            f"StreamedComplexity({self.n_vectors} vectors in R^{self.dim}, "
            f"turning {self.turning:.4g} rad)"
        )


class DirectionStream:
    """Takes the steps of a run as they come, and keeps what their directions need.

    Memory: about 4 ``rank`` + ``n_normals`` / 2 + 70 vectors of R^P in float64, and two numbers a
    step.

    Parameters
    ----------
    dim : int
        P.
    rank : int, default 24
        Size of the two `FrequentDirections` sketches.
    max_directions : int, default 500
        Size of the random sample for N(theta) (reservoir sampling, Vitter 1985).
    sketch_dim : int, default 1024
        Coordinates of the random projection of that sample; none where P is not larger.
    n_normals : int, default 64
        Random hyperplanes for the Milnor-Crofton check.
    rng : Generator, int or None, default 0

    Examples
    --------
    >>> stream = DirectionStream(2000, rank=8)
    >>> random = np.random.default_rng(0)
    >>> for _ in range(30):
    ...     stream.add(random.normal(size=(10, 2000)))
    >>> result = stream.result()
    >>> result.n_vectors, round(result.mean_turn, 2)
    (300, 1.57)
    """

    def __init__(
        self,
        dim: int,
        *,
        rank: int = 24,
        max_directions: int = 500,
        sketch_dim: int = 1024,
        n_normals: int = 64,
        rng: RNG = 0,
    ) -> None:
        self.dim = positive_int("dim", dim)
        self._random = generator(rng)
        size = positive_int("sketch_dim", sketch_dim)
        most = positive_int("max_directions", max_directions)
        storable("`max_directions` and `sketch_dim`", most * min(size, self.dim))
        self._spectra = {name: FrequentDirections(rank, self.dim) for name in ("raw", "unit")}
        self._sketch = Sketch(self.dim, size) if size < self.dim else None
        self._polygon = PolygonStream(self.dim, n_normals, self._random)
        self._images = np.empty((most, self.dim if self._sketch is None else size))
        self._sample = np.full(most, -1)
        self._wait = _PENDING if self._sketch is not None else 1
        self._pending: list[tuple[int, FloatArray]] = []
        self._seen = 0

    def add(self, vectors: ArrayLike) -> None:
        """Take more steps; zero ones are dropped and counted.

        Many at once are faster: the sketches work on blocks.

        Parameters
        ----------
        vectors : array_like, shape (n, P)

        Examples
        --------
        >>> stream = DirectionStream(3, rank=2)
        >>> stream.add([[1, 0, 0], [0, 1, 0]])
        """
        rows = float_array("vectors", vectors, shape=(None, self.dim))
        step = max(1, _PART // self.dim)
        for at in range(0, len(rows), step):
            block = rows[at : at + step]
            unit = self._polygon.add(block)
            self._spectra["raw"].add(block)
            self._spectra["unit"].add(unit)
            self._choose(unit)

    def result(self, *, n_nulls: int = 19, beta: float | None = None) -> StreamedComplexity:
        """Return what is known by now; more steps may follow.

        Parameters
        ----------
        n_nulls : int, default 19
            Draws of each null model; 0 for none.
        beta : float, optional
            Momentum of the "ema" null; without it there is none.

        Returns
        -------
        StreamedComplexity

        Raises
        ------
        InvalidInputError
            If there was no nonzero vector.

        Examples
        --------
        >>> stream = DirectionStream(3, rank=2)
        >>> stream.add([[1, 0, 0], [0, 1, 0]])
        >>> round(stream.result().turning, 3)
        1.571
        """
        from ..kakeya import dimension
        from ..kakeya.directions import DirectionSet

        polygon, n = self._polygon, len(self._polygon.lengths)
        if not n:
            raise InvalidInputError("`vectors` must have had a nonzero row; got none")
        draws = positive_int("n_nulls", n_nulls, minimum=0)
        self._project()
        used = np.argsort(self._sample[: min(n, len(self._sample))])
        chosen = DirectionSet(self._images[used])
        brackets: dict[str, tuple[float, float]] = {}
        for name, spectrum in self._spectra.items():
            brackets[f"participation_{name}"] = spectrum.participation()
            brackets[f"stable_rank_{name}"] = spectrum.stable_rank()
            for share in _SHARES:
                brackets[f"explained_{share}_{name}"] = spectrum.explained(share / 100.0)
        lengths = np.array(polygon.lengths)
        total, distance = float(lengths.sum()), float(np.linalg.norm(polygon.sum))
        models = {"walk": (lengths, 0.0), "isotropic": (np.full(n, lengths.mean()), 0.0)}
        if beta:
            models["ema"] = (lengths, beta)
        return StreamedComplexity(
            n_vectors=n,
            n_dropped=polygon.n_dropped,
            dim=self.dim,
            turning=float(np.sum(polygon.angles)),
            tortuosity=total / distance if distance else np.inf,
            length=total,
            distance=distance,
            crofton=_crofton(polygon.changes),
            brackets=brackets,
            traces={name: s.trace for name, s in self._spectra.items()},
            deltas={name: s.delta for name, s in self._spectra.items()},
            curve=chosen.curve(),
            exponents=dimension.estimates(chosen, n_draws=_BOOT, rng=self._random),
            sample=frozen(self._sample[used]),
            epsilon=0.0 if self._sketch is None else self._sketch.distortion(len(used)),
            nulls={
                k: polygon_draws(sizes, self.dim, draws, b, self._random)
                for k, (sizes, b) in (models.items() if draws else ())
            },
            expected={k: _expected(sizes, self.dim, b) for k, (sizes, b) in models.items()},
            beta=beta,
        )

    def _choose(self, unit: FloatArray) -> None:
        """Let each direction into the sample with the probability that keeps it uniform."""
        for row in unit:
            place = self._seen
            if place >= len(self._sample):
                place = int(self._random.integers(0, self._seen + 1))
            if place < len(self._sample):
                self._sample[place] = self._seen
                self._pending.append((place, row.astype(np.float32)))
                if len(self._pending) >= self._wait:
                    self._project()
            self._seen += 1

    def _project(self) -> None:
        if self._pending:
            places = [place for place, _ in self._pending]
            rows = np.array([row for _, row in self._pending])
            images = rows if self._sketch is None else self._sketch(rows)
            for place, image in zip(places, images, strict=True):
                self._images[place] = image
            self._pending = []


def streaming_complexity(
    path: OptimizerPath | Iterable[Any] | str | os.PathLike[str],
    of: str = "updates",
    *,
    lag: int = 10,
    rank: int = 24,
    max_directions: int = 500,
    sketch_dim: int = 1024,
    n_normals: int = 64,
    n_nulls: int = 19,
    beta: float | None = None,
    rng: RNG = 0,
    progress: bool | None = None,
) -> StreamedComplexity:
    """Measure the directions of a path in one pass, in memory that does not grow with its length.

    Parameters
    ----------
    path : OptimizerPath, path of a file, or iterable of arrays of shape (n, P)
        A recorded path, read in blocks (load it with ``lazy=True``); or blocks of steps.
    of, lag, beta
        As of `relugeom.directional_complexity`; blocks are taken as they are.
    rank, max_directions, sketch_dim, n_normals, rng
        As of `DirectionStream`.
    n_nulls : int, default 19
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    StreamedComplexity

    Raises
    ------
    InvalidInputError
        If there is no nonzero vector, or the path does not hold what is asked for.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> blocks = (random.normal(size=(20, 50)) / np.arange(1, 51) ** 2 for _ in range(10))
    >>> low, high = streaming_complexity(blocks).brackets["participation_raw"]
    >>> bool(1 < low <= high < 2)
    True
    """
    options: dict[str, Any] = {
        "rank": rank, "max_directions": max_directions, "sketch_dim": sketch_dim,
        "n_normals": n_normals, "rng": rng,
    }  # fmt: skip
    total, stream = None, None
    blocks: Any = path
    if isinstance(path, OptimizerPath | str | os.PathLike | np.ndarray):
        source, run = steps_of(path, of, lag=lag, beta=beta)
        if beta is None and source.averaged:
            beta = momentum_of(run)
        total, blocks = source.n, source.blocks(max(1, _BLOCK // max(source.dim, 1)))
    with progress_bar(progress, total=total, desc="directions", unit="step") as bar:
        for block in blocks:
            rows = float_array("path", block, shape=(None, None))
            if stream is None:
                stream = DirectionStream(rows.shape[1], **options)
            stream.add(rows)
            bar.update(len(rows))
    if stream is None:
        raise InvalidInputError("`path` must have a block of steps; got none")
    return stream.result(n_nulls=n_nulls, beta=beta)


def _crofton(changes: IntArray) -> Estimate:
    return crofton_turning(changes) if len(changes) else Estimate(nan, nan, 0)


def _expected(lengths: FloatArray, dim: int, beta: float) -> dict[str, float]:
    """Return (sum l)^2 / E sum l^2; E cos^2 is 1 / P, and more by what averages share of noise."""
    found = {}
    for name, square in (("raw", lengths**2), ("unit", np.ones(len(lengths)))):
        total, own = square.sum(), square @ square
        together, last = 0.0, 0
        if beta:
            noise = 1.0 - beta ** (2.0 * np.arange(1, len(square) + 1))  # from zero, as it is drawn
            last = min(len(square) - 1, int(np.ceil(np.log(1e-12) / (2.0 * np.log(beta)))))
        for lag in range(1, last + 1):
            shared = square[lag:] / noise[lag:] @ (square * noise)[:-lag]
            together += 2.0 * beta ** (2 * lag) * (1.0 - 1.0 / dim) * float(shared)
        found[f"participation_{name}"] = float(total**2 / (own + together + (total**2 - own) / dim))
    return found
