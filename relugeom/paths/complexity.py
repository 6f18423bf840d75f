"""Directional complexity of an optimizer path, beside what null models give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, choice, frozen, generator, positive_int
from ..errors import InvalidInputError
from ..kakeya import nulls as null_models
from .dimensions import KINDS, SPECTRA, effective_dimension, spectrum, tortuosity, turning_angles
from .path import OptimizerPath

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..kakeya.directions import DirectionCurve

_MAX_SPECTRUM = 2000  # vectors, where both they and their dimension are more
_NULL_SPECTRA = SPECTRA[:2]


@dataclass(frozen=True, eq=False)
class DirectionalComplexity:
    """How many directions a path uses: our operational definitions.

    Attributes
    ----------
    of : str
        "updates" or "gradients".
    n_vectors, n_dropped, dim : int
        Nonzero vectors; zero vectors, which were dropped; dimension P.
    turning : float
        Total turning: sum of the angles between successive vectors, in radians.
    mean_turn : float
        The same per angle; NaN with fewer than two vectors.
    tortuosity : float
        Sum of the lengths over the length of the sum, at least 1.
    dimensions : dict of float
        Effective dimensions named "definition_spectrum", as "participation_raw" or
        "explained_95_unit_centred". Definitions are those of
        ``relugeom.paths.dimensions.KINDS``; raw are the vectors and unit their directions;
        centred ones are less their mean, the others second moments.
    curve : DirectionCurve
        N(theta) of the directions as lines through 0, of those in ``curve_rows``.
    curve_rows : ndarray of int64
        Which of the nonzero vectors the curve is of: all, or a random sample in order of time.
    spectrum_rows : ndarray of int64
        The same for ``dimensions``.
    nulls : dict of dict of ndarray, shape (n_nulls,)
        For each null model ("walk": independent isotropic steps; "ema": directions of a moving
        average of isotropic noise with the optimizer's momentum; "shuffle": the same vectors in
        random order), all with the observed lengths, the values of the quantities in its draws.
    null_curves : dict of ndarray, shape (n_nulls, k)
        N(theta) of the draws at the angles of ``curve``.
    beta : float or None
        Momentum of the "ema" null; None if the optimizer has none, and then there is no such null.
    caveats : tuple of str
        What the path does not show, and so nothing here does: `OptimizerPath.caveats`.
    """

    of: str
    n_vectors: int
    n_dropped: int
    dim: int
    turning: float
    mean_turn: float
    tortuosity: float
    dimensions: dict[str, float]
    curve: DirectionCurve
    curve_rows: IntArray
    spectrum_rows: IntArray
    nulls: dict[str, dict[str, FloatArray]]
    null_curves: dict[str, FloatArray]
    beta: float | None
    caveats: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, float]:
        """All numbers by name: turning, mean_turn, tortuosity, and the dimensions."""
        order = {
            "turning": self.turning,
            "mean_turn": self.mean_turn,
            "tortuosity": self.tortuosity,
        }
        return {**order, **self.dimensions}

    def table(self) -> list[dict[str, Any]]:
        """Return one dict a quantity: its value, and for each null mean, deviation and z.

        ``z`` is (value - mean) / standard deviation over the draws. NaN where a null was not
        drawn for the quantity (centred spectra; all but the turning under "shuffle", which keeps
        the rest), or the draws are too few or all equal.
        """
        rows = []
        for name, value in self.values.items():
            row: dict[str, Any] = {"quantity": name, "value": value}
            for null, drawn in self.nulls.items():
                draws = drawn.get(name, np.empty(0))
                mean = float(draws.mean()) if len(draws) else nan
                deviation = float(draws.std(ddof=1)) if len(draws) > 1 else nan
                z = (value - mean) / deviation if deviation > 0 else nan
                row |= {f"{null}_mean": mean, f"{null}_std": deviation, f"{null}_z": z}
            rows.append(row)
        return rows

    @property
    def summary(self) -> str:
        """A few lines of text."""
        n = max((len(d) for nulls in self.nulls.values() for d in nulls.values()), default=0)
        lines = [
            f"{self.n_vectors} {self.of} in R^{self.dim} ({self.n_dropped} zero ones dropped)",
            f"total turning {self.turning:.6g} rad, {self.mean_turn:.4g} a step; "
            f"tortuosity {self.tortuosity:.4g}",
        ]
        for kind in KINDS:
            parts = [f"{s} {self.dimensions[f'{kind}_{s}']:.4g}" for s in SPECTRA]
            lines.append(f"dimension, {kind}: " + ", ".join(parts))
        for null, drawn in self.nulls.items():
            what = {"ema": f"ema, beta {self.beta}"}.get(null, null)
            text = f"null {what} ({n} draws): mean turn {_mean(drawn, 'mean_turn')}"
            for name in ("participation_raw", "participation_unit"):
                if name in drawn:
                    text += f", {name} {_mean(drawn, name)}"
            lines.append(text)
        lines.append(
            f"N(theta) of {len(self.curve_rows)} directions: "
            + ", ".join(f"{c} at {t:.3g} rad" for t, c in self._some_of_curve())
        )
        return "\n".join([*lines, *(f"note: {text}" for text in self.caveats)])

    def _some_of_curve(self) -> list[tuple[float, int]]:
        at = np.unique(np.linspace(0, len(self.curve.theta) - 1, 5).astype(int))
        return [(float(self.curve.theta[i]), int(self.curve.count[i])) for i in at]

    def __repr__(self) -> str:
        return (
            f"DirectionalComplexity({self.n_vectors} {self.of} in R^{self.dim}, "
            f"turning {self.turning:.4g} rad)"
        )


def directional_complexity(
    path: OptimizerPath,
    of: str = "updates",
    *,
    max_directions: int = 500,
    n_nulls: int = 8,
    beta: float | None = None,
    rng: RNG = 0,
) -> DirectionalComplexity:
    """Measure the directions of a path: N(theta), turning, effective dimensions, and nulls.

    Parameters
    ----------
    path : OptimizerPath
    of : str, default "updates"
        "updates" or "gradients".
    max_directions : int, default 500
        The curve N(theta) is of a random sample of so many vectors if there are more.
    n_nulls : int, default 8
        Draws of each null model; 0 for none.
    beta : float, optional
        Momentum of the "ema" null; by default that of the optimizer (beta1, or momentum).
    rng : Generator, int or None, default 0
        For the sample and the nulls.

    Returns
    -------
    DirectionalComplexity

    Raises
    ------
    InvalidInputError
        If there is no nonzero vector, or the path has no gradients and they are asked for.

    Notes
    -----
    Dimensions of *positions* are left out on purpose: those of a pure random walk are near 2.5 in
    any dimension. Where both the number of vectors and their dimension exceed 2000 the spectra
    are those of 2000 vectors, drawn at random: see ``spectrum_rows``.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> path = rg.train(net, [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0], steps=60)
    >>> result = rg.directional_complexity(path)
    >>> bool(result.turning < result.nulls["walk"]["turning"].min())
    True
    """
    from ..kakeya.directions import DirectionSet

    if not isinstance(path, OptimizerPath):
        raise InvalidInputError(f"`path` must be an OptimizerPath; got {type(path).__name__}")
    vectors = path.updates if choice("of", of, ("updates", "gradients")) == "updates" else None
    if vectors is None:
        if path.gradients is None:
            raise InvalidInputError("`path` must hold gradients for of='gradients'; got none")
        vectors = path.gradients
    kept = vectors[vectors.any(axis=1)]
    if not len(kept):
        raise InvalidInputError(f"`path` must have a nonzero vector among its {of}; got none")
    size = positive_int("max_directions", max_directions)
    draws = positive_int("n_nulls", n_nulls, minimum=0)
    random, (n, dim) = generator(rng), kept.shape
    curve_rows = _sample(n, size, random)
    spectrum_rows = _sample(n, n if min(n, dim) <= _MAX_SPECTRUM else _MAX_SPECTRUM, random)
    curve = DirectionSet(kept[curve_rows]).curve()
    if beta is None:
        beta = _momentum(path)
    models: dict[str, Callable[[], FloatArray]] = {}
    lengths = np.linalg.norm(kept, axis=1)
    if draws:
        models["walk"] = partial(null_models.walk, lengths, dim, random)
        if beta is not None:
            models["ema"] = partial(null_models.ema, lengths, dim, beta, random)
        models["shuffle"] = partial(null_models.shuffle, kept, random)
    nulls: dict[str, dict[str, FloatArray]] = {}
    null_curves: dict[str, FloatArray] = {}
    for name, model in models.items():
        values, curves = [], []
        for _ in range(draws):
            drawn = model()
            found = _ordered(drawn)
            if name == "shuffle":  # which keeps the sum, the spectrum and the set of directions
                del found["tortuosity"]
            else:
                found |= _dimensions(drawn[spectrum_rows], _NULL_SPECTRA)
                null_set = DirectionSet(drawn[curve_rows])
                curves.append(null_set.curve(curve.theta).count)
            values.append(found)
        nulls[name] = {key: frozen([v[key] for v in values]) for key in values[0]}
        if curves:
            null_curves[name] = frozen(curves)
    ordered = _ordered(kept)
    return DirectionalComplexity(
        of, n, len(vectors) - n, dim, ordered["turning"], ordered["mean_turn"],
        ordered["tortuosity"], _dimensions(kept[spectrum_rows], SPECTRA), curve,
        frozen(curve_rows), frozen(spectrum_rows), nulls, null_curves, beta, path.caveats,
    )  # fmt: skip


def _ordered(vectors: FloatArray) -> dict[str, float]:
    angles = turning_angles(vectors)
    return {
        "turning": float(angles.sum()),
        "mean_turn": float(angles.mean()) if len(angles) else nan,
        "tortuosity": tortuosity(vectors),
    }


def _dimensions(vectors: FloatArray, spectra: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in spectra:
        values = spectrum(vectors, name)
        found |= {f"{kind}_{name}": effective_dimension(values, kind) for kind in KINDS}
    return found


def _sample(n: int, size: int, random: np.random.Generator) -> IntArray:
    if n <= size:
        return np.arange(n)
    return np.sort(random.choice(n, size, replace=False))


def _momentum(path: OptimizerPath) -> float | None:
    if "betas" in path.settings:
        return float(path.settings["betas"][0])
    if "momentum" in path.settings:
        return float(path.settings["momentum"])
    return None


def _mean(drawn: dict[str, FloatArray], name: str) -> str:
    return f"{drawn[name].mean():.4g}"
