"""The many effective dimensions of a sequence of vectors: name definition, scale and centring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._check import choice, float_array, number
from ..errors import InvalidInputError
from .nets import unit_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

#: Effective dimensions of a spectrum, eigenvalues l >= 0 of the Gram matrix (singular values s).
KINDS = {
    "participation": "(sum l)^2 / sum l^2",
    "stable_rank": "sum l / max l",
    "roy_vetterli": "exp of the entropy of s / sum s, singular values (Roy & Vetterli 2007)",
    "entropy": "exp of the entropy of l / sum l",
    "ridge": "sum l / (l + g), g given, or the mean of the min(n, d) eigenvalues",
    "explained_90": "least number of eigenvalues with 90 % of their sum",
    "explained_95": "least number of eigenvalues with 95 % of their sum",
    "explained_99": "least number of eigenvalues with 99 % of their sum",
}
#: What the spectrum is of: the vectors or their directions, as they are or less their mean.
SPECTRA = ("raw", "unit", "raw_centred", "unit_centred")


def spectrum(vectors: ArrayLike, kind: str = "raw") -> FloatArray:
    """Return the eigenvalues of the Gram matrix that may be positive, in decreasing order.

    Parameters
    ----------
    vectors : array_like, shape (n, d)
        Nonzero rows.
    kind : str, default "raw"
        "raw": second moments of the vectors, not centred; "unit": of their directions;
        "raw_centred", "unit_centred": less their mean.

    Returns
    -------
    ndarray, shape (min(n, d),)
        In squared units of the vectors.

    Examples
    --------
    >>> spectrum([[3.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    array([9., 2.])
    """
    rows = float_array("vectors", vectors, shape=(None, None))
    choice("kind", kind, SPECTRA)
    if kind.startswith("unit"):
        rows = unit_rows(rows)
    if kind.endswith("centred"):
        rows = rows - rows.mean(axis=0)
    gram = rows @ rows.T if rows.shape[0] <= rows.shape[1] else rows.T @ rows
    values: FloatArray = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0.0)
    return values


def position_spectrum(vectors: ArrayLike) -> FloatArray:
    """Return the spectrum of the positions that steps lead to from 0, less their mean.

    Of any random walk in high dimension the k-th share is near ``6 / (pi k)^2``, the participation
    ratio near 5/2, and 12 eigenvalues hold 95 % (Antognini & Sohl-Dickstein 2018): numbers near
    these say nothing about training.

    Parameters
    ----------
    vectors : array_like, shape (n, d)
        Steps.

    Returns
    -------
    ndarray, shape (min(n + 1, d),)

    Examples
    --------
    >>> values = position_spectrum(np.random.default_rng(0).normal(size=(400, 8000)))
    >>> round(effective_dimension(values, "participation"), 1)
    2.5
    """
    rows = float_array("vectors", vectors, shape=(None, None))
    return spectrum(np.vstack([np.zeros(rows.shape[1]), rows.cumsum(axis=0)]), "raw_centred")


def effective_dimension(eigenvalues: ArrayLike, kind: str, *, gamma: float | None = None) -> float:
    """Return one effective dimension of a spectrum.

    The definitions differ by large factors on one and the same run, so none is the default.

    Parameters
    ----------
    eigenvalues : array_like, shape (k,)
        Nonnegative, as from `spectrum`.
    kind : str
        A key of ``KINDS``.
    gamma : float, optional
        Of "ridge", in the units of the eigenvalues, positive; by default `ridge_gamma`, their mean.

    Returns
    -------
    float
        NaN if all eigenvalues are 0.

    Examples
    --------
    >>> [round(effective_dimension([4.0, 1.0, 0.0], kind), 3) for kind in KINDS]
    [1.471, 1.25, 1.89, 1.649, 1.081, 2.0, 2.0, 2.0]
    """
    choice("kind", kind, tuple(KINDS))
    values = float_array("eigenvalues", eigenvalues, shape=(None,))
    if len(values) and values.min() < 0:
        raise InvalidInputError(f"`eigenvalues` must not be negative; got {values.min()}")
    largest = float(values.max(initial=0.0))
    if not largest:
        return float("nan")
    values = values / largest
    total = float(values.sum())
    if kind == "participation":
        return float(total**2 / np.sum(values**2))
    if kind == "stable_rank":
        return total
    if kind == "ridge":
        ridge = (
            total / len(values) if gamma is None else number("gamma", gamma, "(0, inf)") / largest
        )
        return float(np.sum(values / (values + ridge)))
    if kind in ("entropy", "roy_vetterli"):
        share = values if kind == "entropy" else np.sqrt(values)
        share = share[share > 0] / share.sum()
        return float(np.exp(-np.sum(share * np.log(share))))
    wanted = float(kind.removeprefix("explained_")) / 100.0
    reached = np.cumsum(np.sort(values)[::-1]) / total
    return float(np.searchsorted(reached, wanted * (1.0 - 1e-12)) + 1)


def ridge_gamma(eigenvalues: ArrayLike) -> float:
    """Return the default gamma of the "ridge" dimension: the mean eigenvalue, in its units.

    Examples
    --------
    >>> ridge_gamma([9.0, 2.0, 1.0])
    4.0
    """
    values = float_array("eigenvalues", eigenvalues, shape=(None,))
    return float(values.mean()) if len(values) else float("nan")
