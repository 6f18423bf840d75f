"""What is measured of a sample of vectors, and of draws of the null models in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import frozen
from .._progress import progress_bar
from ..kakeya import nulls as null_models
from ..kakeya.spectra import SPECTRA, effective_dimension, spectrum

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._check import FloatArray, IntArray

_BLOCK = 2**20  # numbers in a block of vectors


class Sampled(NamedTuple):
    """What to measure: definitions, gamma of "ridge" or None, and the angles of N(theta)."""

    kinds: tuple[str, ...]
    gamma: float | None
    theta: FloatArray


class Measured(NamedTuple):
    """Dimensions and exponents by name, spectra, and N(theta)."""

    values: dict[str, float]
    eigenvalues: dict[str, FloatArray]
    counts: IntArray


class Nulls(NamedTuple):
    """By null model: values of the draws, their N(theta), their mean spectra."""

    values: dict[str, dict[str, FloatArray]]
    curves: dict[str, FloatArray]
    eigenvalues: dict[str, dict[str, FloatArray]]


def measured(vectors: FloatArray, what: Sampled, directions: Measured | None = None) -> Measured:
    """Measure vectors; ``directions`` holds what is known of their directions already."""
    from ..kakeya import dimension
    from ..kakeya.directions import DirectionSet

    own = [name for name in SPECTRA if directions is None or not name.startswith("unit")]
    spectra = {name: spectrum(vectors, name) for name in own}
    values = {
        f"{kind}_{name}": effective_dimension(spectra[name], kind, gamma=what.gamma)
        for name in own
        for kind in what.kinds
    }
    if directions is not None:
        known = directions.values | values
        return Measured(known, directions.eigenvalues | spectra, directions.counts)
    chosen = DirectionSet(vectors)
    values |= {f"exponent_{row.name}": row.value for row in dimension.estimates(chosen)}
    return Measured(values, spectra, chosen.curve(what.theta).count)


def draw_nulls(
    vectors: FloatArray,
    sample: IntArray,
    what: Sampled,
    n_draws: int,
    beta: float | None,
    random: np.random.Generator,
    progress: bool | None,
) -> Nulls:
    """Draw every null model: of the sample, and of all vectors what depends on their order."""
    values: dict[str, dict[str, FloatArray]] = {}
    curves: dict[str, FloatArray] = {}
    eigenvalues: dict[str, dict[str, FloatArray]] = {}
    if not n_draws:
        return Nulls(values, curves, eigenvalues)
    n, dim = vectors.shape
    lengths, ones = np.linalg.norm(vectors, axis=1), np.ones(len(sample))
    own = lengths[sample]

    def keep(name: str, found: list[Measured], sizes: FloatArray, momentum: float) -> None:
        values[name] = {
            **polygon_draws(sizes, dim, n_draws, momentum, random),
            **{key: frozen([m.values[key] for m in found]) for key in found[0].values},
        }
        curves[name] = frozen([m.counts for m in found])
        spectra = found[0].eigenvalues
        eigenvalues[name] = {
            key: frozen(np.mean([m.eigenvalues[key] for m in found], axis=0)) for key in spectra
        }

    def draws(draw: Callable[[], FloatArray]) -> tuple[list[Measured], list[Measured]]:
        """Return draws with unit lengths, and with the observed ones."""
        even, scaled = [], []
        for _ in range(n_draws):
            units = draw()
            even.append(measured(units, what))
            scaled.append(measured(units * own[:, None], what, even[-1]))
            bar.update()
        return even, scaled

    total = n_draws * (2 if beta else 1)
    with progress_bar(progress, total=total, desc="nulls", unit="draw") as bar:
        even, scaled = draws(lambda: null_models.walk(ones, dim, random))
        keep("walk", scaled, lengths, 0.0)
        keep("isotropic", even, np.full(n, lengths.mean()), 0.0)
        if beta:
            _, scaled = draws(lambda: null_models.ema(ones, dim, beta, random, times=sample))
            keep("ema", scaled, lengths, beta)
    turning = frozen([_shuffled_turning(vectors, lengths, random) for _ in range(n_draws)])
    values["shuffle"] = {"turning": turning, "mean_turn": _per_angle(turning, n)}
    return Nulls(values, curves, eigenvalues)


def polygon_draws(
    lengths: FloatArray, dim: int, n_draws: int, beta: float, random: np.random.Generator
) -> dict[str, FloatArray]:
    """Draw what depends on the order of a null's steps: turning, mean turn, tortuosity."""
    drawn = null_models.polygons(lengths, dim, n_draws, beta=beta, rng=random)
    return {
        "turning": frozen(drawn.turning),
        "mean_turn": _per_angle(drawn.turning, len(lengths)),
        "tortuosity": frozen(lengths.sum() / drawn.distance),
    }


def _per_angle(turning: FloatArray, n: int) -> FloatArray:
    """Return the turning per angle between n vectors; NaN where there is none."""
    mean: FloatArray = frozen(turning / (n - 1) if n > 1 else np.full(len(turning), np.nan))
    return mean


def _shuffled_turning(
    vectors: FloatArray, lengths: FloatArray, random: np.random.Generator
) -> float:
    """Return the turning in a random order, in blocks; angles are not small, as a rule."""
    order = random.permutation(len(vectors))
    step, total = max(1, _BLOCK // vectors.shape[1]), 0.0
    for at in range(0, len(order) - 1, step):
        part = order[at : at + step + 1]
        rows, sizes = vectors[part], lengths[part]
        cosine = np.einsum("ij,ij->i", rows[1:], rows[:-1]) / sizes[1:] / sizes[:-1]
        total += float(np.arccos(np.clip(cosine, -1.0, 1.0)).sum())
    return total
