"""Turning, tortuosity, and the many effective dimensions of a sequence of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._check import choice, float_array
from ..errors import InvalidInputError
from ..kakeya.nets import unit_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

#: Effective dimensions of a spectrum, eigenvalues l >= 0 of the Gram matrix (singular values s).
KINDS = {
    "participation": "(sum l)^2 / sum l^2",
    "stable_rank": "sum l / max l",
    "roy_vetterli": "exp of the entropy of s / sum s, singular values (Roy & Vetterli 2007)",
    "entropy": "exp of the entropy of l / sum l",
    "ridge": "sum l / (l + g) with g the mean of the min(n, d) eigenvalues",
    "explained_90": "least number of eigenvalues with 90 % of their sum",
    "explained_95": "least number of eigenvalues with 95 % of their sum",
    "explained_99": "least number of eigenvalues with 99 % of their sum",
}
#: What the spectrum is of: the vectors or their directions, as they are or less their mean.
SPECTRA = ("raw", "unit", "raw_centred", "unit_centred")


def spectrum(vectors: ArrayLike, kind: str = "raw") -> FloatArray:
    """Return the nonzero-padded eigenvalues of the Gram matrix, in decreasing order.

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


def effective_dimension(eigenvalues: ArrayLike, kind: str) -> float:
    """Return one effective dimension of a spectrum.

    The definitions differ by large factors on one and the same run, so none is the default.

    Parameters
    ----------
    eigenvalues : array_like, shape (k,)
        Nonnegative, as from `spectrum`.
    kind : str
        A key of ``KINDS``.

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
        return float(np.sum(values / (values + total / len(values))))
    if kind in ("entropy", "roy_vetterli"):
        share = values if kind == "entropy" else np.sqrt(values)
        share = share[share > 0] / share.sum()
        return float(np.exp(-np.sum(share * np.log(share))))
    wanted = float(kind.removeprefix("explained_")) / 100.0
    reached = np.cumsum(np.sort(values)[::-1]) / total
    return float(np.searchsorted(reached, wanted * (1.0 - 1e-12)) + 1)


def turning_angles(vectors: ArrayLike) -> FloatArray:
    """Return the angles between successive vectors, ``2 atan2(|u - v|, |u + v|)`` of unit vectors.

    Their sum is the total curvature of the polygon with these edges (Milnor 1950).

    Parameters
    ----------
    vectors : array_like, shape (n, d)
        Nonzero rows.

    Returns
    -------
    ndarray, shape (max(n - 1, 0),)
        Radians, 0 to pi.

    Examples
    --------
    >>> turning_angles([[1, 0], [0, 2], [0, -1]]) / np.pi
    array([0.5, 1. ])
    """
    unit = unit_rows(float_array("vectors", vectors, shape=(None, None)))
    difference = np.linalg.norm(unit[1:] - unit[:-1], axis=1)
    total = np.linalg.norm(unit[1:] + unit[:-1], axis=1)
    angles: FloatArray = 2.0 * np.arctan2(difference, total)
    return angles


def tortuosity(vectors: ArrayLike) -> float:
    """Return the length of the polygon with these edges, divided by the distance of its ends.

    Examples
    --------
    >>> tortuosity([[3.0, 0.0], [0.0, 4.0]])
    1.4
    """
    rows = float_array("vectors", vectors, shape=(None, None))
    length = float(np.linalg.norm(rows, axis=1).sum())
    distance = float(np.linalg.norm(rows.sum(axis=0)))
    return length / distance if distance else float("inf" if length else "nan")
