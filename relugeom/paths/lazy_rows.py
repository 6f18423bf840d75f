"""Tall matrices that stay in their files until rows are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray


class LazyRows:
    """A matrix in parts, read from where they lie when it is indexed; float64 comes out.

    It takes an index, a slice or an array of indices of rows, and has the ``shape``, ``ndim``,
    ``dtype`` and length of an array. ``numpy.asarray`` reads all of it.

    Parameters
    ----------
    parts : sequence
        Matrices of one width that can be sliced by rows: arrays, memory maps, safetensors slices,
        Zarr arrays.
    n_rows : int
        Number of rows in use: the last part may be longer.

    Examples
    --------
    >>> rows = LazyRows([np.zeros((2, 3), np.float32), np.ones((3, 3), np.float32)], 4)
    >>> rows.shape, rows[1:3], rows[-1]
    ((4, 3), array([[0., 0., 0.],
           [1., 1., 1.]]), array([1., 1., 1.]))
    """

    ndim = 2
    dtype = np.dtype(np.float64)

    def __init__(self, parts: Sequence[Any], n_rows: int) -> None:
        shapes = [_shape(part) for part in parts]
        self._parts = list(parts)
        self._ends = np.cumsum([s[0] for s in shapes])
        self.shape = (n_rows, int(shapes[0][1]))
        if any(s[1] != self.shape[1] for s in shapes) or self._ends[-1] < n_rows:
            raise ValueError(f"parts of shapes {shapes} are not {n_rows} rows of one width")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, at: int | slice | IntArray) -> FloatArray:
        """Read rows."""
        places = np.arange(len(self))[at]
        if np.ndim(places) == 0:
            row: FloatArray = self._read(int(places), int(places) + 1)[0]
            return row
        if len(places) and (np.diff(places) == 1).all():
            return self._read(int(places[0]), int(places[-1]) + 1)
        result = np.empty((len(places), self.shape[1]))
        for i, place in enumerate(places):
            result[i] = self._read(int(place), int(place) + 1)[0]
        return result

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Read everything."""
        return np.asarray(self._read(0, len(self)), dtype)

    def __repr__(self) -> str:
        return f"LazyRows{self.shape}"

    def _read(self, start: int, stop: int) -> FloatArray:
        result = np.empty((stop - start, self.shape[1]))
        first = int(np.searchsorted(self._ends, start, side="right"))
        at = start
        while at < stop:
            begin = int(self._ends[first - 1]) if first else 0
            end = min(stop, int(self._ends[first]))
            result[at - start : end - start] = self._parts[first][at - begin : end - begin]
            at, first = end, first + 1
        return result


def _shape(part: Any) -> tuple[int, ...]:
    shape = getattr(part, "shape", None)
    return tuple(part.get_shape() if shape is None else shape)  # of safetensors, or an array
