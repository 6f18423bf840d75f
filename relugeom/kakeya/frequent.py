"""Frequent Directions: the main directions of a stream of vectors, with a certified error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._check import float_array, frozen, number, positive_int, storable
from ..errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

_COLUMNS = 2**14  # of the sketch, rotated at a time


class FrequentDirections:
    """A matrix B of fewer than ``size`` rows that stands for all the rows A of a stream.

    Frequent Directions (Liberty 2013): whenever 2 ``size`` rows are held, all squared singular
    values are lowered by the ``size``-th largest. With ``delta`` the sum of what was subtracted,

    ``0 <= A'A - B'B <= delta I`` and ``delta <= |A - A_k|_F^2 / (size - k)`` for every k < size,

    where A_k is the best approximation of rank k (Ghashami, Liberty, Phillips & Woodruff 2016). So
    each eigenvalue l_i of A'A, the spectrum of the Gram matrix of the stream, lies between b_i and
    b_i + delta, b_i those of B'B; and their sum ``trace`` is known. The effective dimensions below
    are brackets that follow from these facts alone. Up to rounding: relative errors of about 1e-15
    of the trace.

    Parameters
    ----------
    size : int
        l, at least 2. Below rank l nothing is lost: delta is 0.
    dim : int
        Dimension P. Memory is that of 2 l vectors, cost O(l P) a vector.

    Attributes
    ----------
    n_seen : int
        Rows of A, zero ones included.
    trace : float
        Sum of the squared lengths of the rows of A.
    delta : float

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(500, 40)) / np.arange(1, 41)
    >>> stream = FrequentDirections(10, 40)
    >>> for at in range(0, 500, 50):
    ...     stream.add(rows[at : at + 50])
    >>> low, high = stream.participation()
    >>> values = np.linalg.svd(rows, compute_uv=False) ** 2
    >>> bool(low <= values.sum() ** 2 / (values**2).sum() <= high)
    True
    """

    def __init__(self, size: int, dim: int) -> None:
        self.size = positive_int("size", size, minimum=2)
        self.dim = positive_int("dim", dim)
        storable("`size` and `dim`", 2 * self.size * self.dim)
        self._held = np.zeros((2 * self.size, self.dim))
        self._n = 0
        self._values: FloatArray | None = None  # of what is held now, once they were asked for
        self.n_seen = 0
        self.trace = 0.0
        self.delta = 0.0

    def __repr__(self) -> str:
        return (
            f"FrequentDirections({self._n} rows for {self.n_seen} seen in R^{self.dim}, "
            f"delta {self.delta:.4g} of trace {self.trace:.4g})"
        )

    def add(self, vectors: ArrayLike) -> None:
        """Take more rows.

        Parameters
        ----------
        vectors : array_like, shape (n, P)
            Finite.

        Examples
        --------
        >>> sketch = FrequentDirections(2, 3)
        >>> sketch.add([[1, 0, 0], [0, 1, 0]])
        """
        rows = float_array("vectors", vectors, shape=(None, self.dim))
        self.n_seen += len(rows)
        self.trace += float(np.einsum("ij,ij->", rows, rows))
        self._take(rows)

    def merge(self, other: FrequentDirections) -> None:
        """Take what another sketch of the same size and dimension has seen.

        The errors add up, and obey the same bound on both streams together.

        Parameters
        ----------
        other : FrequentDirections

        Raises
        ------
        ShapeError
            If sizes or dimensions differ.

        Examples
        --------
        >>> one, other = FrequentDirections(2, 3), FrequentDirections(2, 3)
        >>> one.add([[1, 0, 0]])
        >>> other.add([[0, 1, 0]])
        >>> one.merge(other)
        """
        if (other.size, other.dim) != (self.size, self.dim):
            raise ShapeError(
                f"`other` must have size {self.size} and dimension {self.dim}; "
                f"got {other.size} and {other.dim}"
            )
        self.n_seen += other.n_seen
        self.trace += other.trace
        self.delta += other.delta
        self._take(other.sketch)

    @property
    def sketch(self) -> FloatArray:
        """B, a copy, shape (at most 2 ``size`` - 1, P)."""
        return self._held[: self._n].copy()

    @property
    def eigenvalues(self) -> FloatArray:
        """Those of B'B that may be positive, decreasing: lower bounds on those of A'A."""
        if self._values is None:
            self._values = frozen(np.maximum(np.linalg.eigvalsh(self._gram())[::-1], 0.0))
        return self._values

    @property
    def directions(self) -> FloatArray:
        """Unit rows: the eigenvectors of B'B for positive eigenvalues, in their order."""
        values, vectors = np.linalg.eigh(self._gram())
        kept = np.flatnonzero(values > 1e-14 * max(float(values.max(initial=0.0)), 1e-300))[::-1]
        rows: FloatArray = (vectors[:, kept] / np.sqrt(values[kept])).T @ self._held[: self._n]
        return rows

    def stable_rank(self) -> tuple[float, float]:
        """Return bounds on sum l / max l: ``trace / (b_1 + delta)`` and ``trace / b_1``.

        Returns
        -------
        low, high : float

        Examples
        --------
        >>> sketch = FrequentDirections(3, 3)
        >>> sketch.add([[1, 0, 0], [0, 1, 0]])
        >>> low, high = sketch.stable_rank()
        >>> bool(low <= 2 <= high)
        True
        """
        top = float(self.eigenvalues.max(initial=0.0))
        if not self.trace:
            return np.nan, np.nan
        return self._within(self.trace / (top + self.delta), self.trace / top if top else np.inf)

    def participation(self) -> tuple[float, float]:
        """Return bounds on (sum l)^2 / sum l^2.

        ``sum b^2 <= sum l^2 <= sum b^2 + delta (trace + sum b)``, since ``l <= b + delta``.

        Returns
        -------
        low, high : float

        Examples
        --------
        >>> sketch = FrequentDirections(3, 3)
        >>> sketch.add([[1, 0, 0], [0, 1, 0]])
        >>> low, high = sketch.participation()
        >>> bool(low <= 2 <= high)
        True
        """
        if not self.trace:
            return np.nan, np.nan
        values = self.eigenvalues / self.trace
        square = float(values @ values)
        excess = self.delta / self.trace * (1.0 + float(values.sum()))
        return self._within(1.0 / (square + excess), 1.0 / square if square else np.inf)

    def explained(self, share: float) -> tuple[float, float]:
        """Return bounds on the least number of eigenvalues with a share of their sum.

        The sum of the k largest lies between that of b_1 to b_k and that plus k delta.

        Parameters
        ----------
        share : float
            Between 0 and 1.

        Returns
        -------
        low, high : int

        Examples
        --------
        >>> sketch = FrequentDirections(3, 3)
        >>> sketch.add([[1, 0, 0], [0, 1, 0]])
        >>> low, high = sketch.explained(0.9)
        >>> bool(low <= 2 <= high)
        True
        """
        share = number("share", share, "(0, 1)")
        if not self.trace:
            return np.nan, np.nan
        top = min(self.n_seen, self.dim)
        padded = np.zeros(top)
        values = self.eigenvalues[:top]
        padded[: len(values)] = values
        sums, wanted = np.cumsum(padded), share * self.trace * (1.0 - 1e-12)
        most = sums + self.delta * np.arange(1, top + 1)
        low = int(np.searchsorted(most, wanted)) + 1
        high = int(np.searchsorted(sums, wanted)) + 1
        return self._within(float(low), float(high))

    def _within(self, low: float, high: float) -> tuple[float, float]:
        top = float(min(self.n_seen, self.dim))
        return min(max(low, 1.0), top), min(max(high, 1.0), top)

    def _gram(self) -> FloatArray:
        rows = self._held[: self._n]
        gram: FloatArray = rows @ rows.T
        return gram

    def _take(self, rows: FloatArray) -> None:
        self._values = None
        at = 0
        while at < len(rows):
            fresh = rows[at : at + 2 * self.size - self._n]
            self._held[self._n : self._n + len(fresh)] = fresh
            self._n += len(fresh)
            at += len(fresh)
            if self._n == 2 * self.size:
                self._shrink()

    def _shrink(self) -> None:
        """Rotate to singular directions and lower all squared singular values by the size-th."""
        values, vectors = np.linalg.eigh(self._gram())
        values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
        cut = float(values[self.size - 1])
        kept = int(np.count_nonzero(values > cut))
        scale = np.sqrt((values[:kept] - cut) / values[:kept])
        turn = (vectors[:, :kept] * scale).T
        for begin in range(0, self.dim, _COLUMNS):
            part = self._held[:, begin : begin + _COLUMNS]
            part[:kept] = turn @ part
        self._n = kept
        self.delta += cut
