"""Centres of a stream of directions in memory of a few centres: the doubling algorithm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._check import float_array, positive_int
from .directions import DirectionSet
from .nets import angle_matrix

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

_BATCH = 1024


class DoublingCover:
    """At most k centres whose caps cover every direction seen, an 8-approximation of the best.

    The doubling algorithm of Charikar, Chekuri, Feder and Motwani (1997). With r = ``lower``:
    the centres are directions seen, pairwise at angles of at least 4r; every direction seen is
    within 8r of one; and no k caps of radius below r, whatever their centres, cover what was seen.
    Memory O(k d), cost O(k d) a direction.

    Parameters
    ----------
    k : int
        Most centres to hold.
    dim : int
        Dimension d.
    projective : bool, default True
        Whether v and -v are the same direction.

    Attributes
    ----------
    lower : float
        r, in radians: a lower bound on the radius of the best cover by k caps.
    n_seen : int

    Examples
    --------
    >>> cover = DoublingCover(2, 2)
    >>> for step in ([1.0, 0.0], [0.0, 1.0], [1.0, 0.01], [0.01, 1.0]):
    ...     cover.add([step])
    >>> len(cover), cover.lower <= 0.005 <= cover.radius
    (2, True)
    """

    def __init__(self, k: int, dim: int, projective: bool = True) -> None:
        self._k = positive_int("k", k)
        self._held = np.empty((self._k + 1, positive_int("dim", dim)))
        self._n = 0
        self.projective = bool(projective)
        self.lower = 0.0
        self.n_seen = 0

    def __len__(self) -> int:
        return self._n

    def __repr__(self) -> str:
        return f"DoublingCover({self._n} centres for {self.n_seen} seen, radius {self.radius:.4g})"

    @property
    def centres(self) -> FloatArray:
        """Unit rows, a copy, shape (len(self), d)."""
        return self._held[: self._n].copy()

    @property
    def radius(self) -> float:
        """8 ``lower``: every direction seen is within this angle of a centre.

        Where that is more than any angle, nothing was learned.
        """
        return 8.0 * self.lower

    def add(self, vectors: ArrayLike) -> None:
        """Take more directions.

        Parameters
        ----------
        vectors : array_like, shape (n, d)
            Nonzero rows.

        Examples
        --------
        >>> cover = DoublingCover(8, 3)
        >>> cover.add([[1, 0, 0], [0, 1, 0]])
        >>> cover.add([[0, 0, 1]])
        """
        rows = float_array("vectors", vectors, shape=(None, self._held.shape[1]))
        for at in range(0, len(rows), _BATCH):
            units = DirectionSet(rows[at : at + _BATCH], self.projective).vectors
            self.n_seen += len(units)
            while len(units):
                units = self._absorb(self._beyond(units))

    def _beyond(self, units: FloatArray) -> FloatArray:
        """Return the rows that no centre's cap holds."""
        if not self._n:
            return units
        gaps = angle_matrix(units, self._held[: self._n], self.projective).min(axis=1)
        beyond: FloatArray = units[gaps > self.radius]
        return beyond

    def _absorb(self, units: FloatArray) -> FloatArray:
        """Make rows centres until there are too many; return those not looked at by then."""
        pairs = angle_matrix(units, units, self.projective)
        gaps = np.full(len(units), np.inf)
        for i in range(len(units)):
            if gaps[i] > self.radius:
                self._held[self._n] = units[i]
                self._n += 1
                np.minimum(gaps, pairs[i], out=gaps)
                if self._n > self._k:
                    self._merge()
                    return units[i + 1 :]
        return units[:0]

    def _merge(self) -> None:
        """Raise the lower bound until k centres do."""
        while self._n > self._k:
            gaps = angle_matrix(self._held[: self._n], self._held[: self._n], self.projective)
            np.fill_diagonal(gaps, np.inf)
            # of k + 1 centres two share a cap of the best cover, with a radius of half their angle
            # or more; and that is at least twice the last bound
            self.lower = float(gaps.min()) / 2.0
            kept: list[int] = []
            for i in range(self._n):
                if not kept or gaps[i, kept].min() >= 4.0 * self.lower:
                    kept.append(i)
            self._held[: len(kept)] = self._held[kept]
            self._n = len(kept)
