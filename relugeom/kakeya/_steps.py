"""The nonzero steps of a path, a sample of them, and their principal axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._check import float_array
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray

_RANK = 1e-12  # of the largest eigenvalue: smaller ones are taken for rounding


class Steps(NamedTuple):
    """Nonzero steps, shape (n, P), and the sorted rows of a ``sample`` of them.

    The steps are ``scale * vectors``: entries of vectors are at most 1, so that squares are safe.
    """

    vectors: FloatArray
    sample: IntArray
    dropped: int
    scale: float = 1.0

    @property
    def sampled(self) -> FloatArray:
        """The steps of the sample."""
        return self.vectors if len(self.sample) == len(self.vectors) else self.vectors[self.sample]


def nonzero_steps(path: Any, limit: int) -> Steps:
    """Return the nonzero steps of a path, or rows, and at most ``limit`` of them evenly spread."""
    name = "directions"
    if hasattr(path, "updates"):
        path, name = path.updates, "path.updates"
    rows = float_array(name, path, shape=(None, None))
    keep = rows.any(axis=1)
    if not keep.any():
        raise InvalidInputError(f"`{name}` must have a nonzero row; got {len(rows)} zero rows")
    scale = float(np.abs(rows).max())
    kept = (rows if keep.all() else rows[keep]) / scale
    return Steps(kept, spread(len(kept), limit), len(rows) - len(kept), scale)


def spread(n: int, limit: int) -> IntArray:
    """Return at most ``limit`` indices below n, evenly spread."""
    return np.arange(n) if n <= limit else np.unique(np.linspace(0, n - 1, limit).astype(int))


def principal_axes(rows: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """Return the spectrum of the rows, not centred, and up to ``most`` principal axes.

    Axes without energy beyond rounding are left out: the number of rows of the second is the rank,
    where that is less than ``most``.
    """
    wide = rows.shape[0] < rows.shape[1]
    values, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    rank = min(most, int(np.count_nonzero(values > _RANK * values[0])))
    axes = vectors[:, :rank].T
    if wide:
        axes = axes @ rows / np.sqrt(values[:rank, None])
    return values, axes
