"""Data on the graph: which regions hold labelled points, and how far apart the classes are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import points, positive_int
from ..errors import InvalidInputError, ShapeError
from .routes import crossings_from

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .._check import FloatArray, IntArray
    from .region_graph import RegionGraph


@dataclass(frozen=True, eq=False)
class Occupancy:
    """Labelled points in their regions; made by `RegionGraph.occupancy`.

    Attributes
    ----------
    graph : RegionGraph
    region : ndarray of int, shape (m,)
        The region of each point; -1 outside.
    classes : ndarray, shape (k,)
        The labels that occur, sorted.
    label : ndarray of int, shape (m,)
        Each point's place in ``classes``.

    Examples
    --------
    >>> import relugeom as rg
    >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
    >>> found = graph.occupancy([[1.0, 2.0], [-1.0, 2.0]], ["a", "b"])
    >>> found.region, found.classes, found.label
    (array([3, 1]), array(['a', 'b'], dtype='<U1'), array([0, 1]))
    """

    graph: RegionGraph
    region: IntArray
    classes: NDArray[Any]
    label: IntArray

    def __repr__(self) -> str:
        return (
            f"Occupancy({len(self.region)} points in {len(self.occupied)} of "
            f"{self.graph.n_regions} regions, {self.outside} outside)"
        )

    @property
    def outside(self) -> int:
        """Number of points in no listed region."""
        return int((self.region < 0).sum())

    @cached_property
    def class_counts(self) -> IntArray:
        """Points of each class in each region, shape (n, k)."""
        n, k = self.graph.n_regions, len(self.classes)
        inside = self.region >= 0
        flat = self.region[inside] * k + self.label[inside]
        return np.bincount(flat, minlength=n * k).reshape(n, k).astype(np.int64)

    @property
    def counts(self) -> IntArray:
        """Points in each region, shape (n,)."""
        counts: IntArray = self.class_counts.sum(axis=1)
        return counts

    @cached_property
    def occupied(self) -> IntArray:
        """The regions that hold a point, ascending."""
        return np.unique(self.region[self.region >= 0])

    @property
    def purity(self) -> FloatArray:
        """Share of the commonest class in each region, shape (n,); NaN where there is no point."""
        counts = self.counts
        most = self.class_counts.max(axis=1, initial=0)
        purity: FloatArray = np.full(len(counts), np.nan)
        np.divide(most, counts, out=purity, where=counts > 0)
        return purity

    @property
    def regions_per_class(self) -> IntArray:
        """Number of regions that hold a point of each class, shape (k,)."""
        return np.array([np.count_nonzero(column) for column in self.class_counts.T], np.int64)

    @cached_property
    def distances(self) -> IntArray:
        """Crossings from each region to the nearest occupied one, shape (n,); -1 without a way."""
        return crossings_from(self.graph, self.occupied)

    def empty_around(self, r: int = 1) -> IntArray:
        """Return the regions without a point that lie near one with.

        Parameters
        ----------
        r : int, default 1
            At most so many crossings.

        Returns
        -------
        ndarray of int

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.occupancy([[1.0, 2.0]], [0]).empty_around()
        array([1, 2])
        """
        radius = positive_int("r", r)
        return np.flatnonzero((self.distances >= 1) & (self.distances <= radius))

    @cached_property
    def distances_to_class(self) -> IntArray:
        """Crossings from each region to the nearest point of each class, shape (n, k); or -1."""
        held = [np.flatnonzero(column) for column in self.class_counts.T]
        distances = np.empty((self.graph.n_regions, len(held)), np.int64)
        for b, sources in enumerate(held):
            distances[:, b] = crossings_from(self.graph, sources)
        return distances

    @property
    def class_distances(self) -> IntArray:
        """Fewest crossings between a point of one class and a point of another, shape (k, k).

        0 where some region holds both; -1 where there is no way, or no point inside.
        """
        k, far = len(self.classes), self.graph.n_regions
        reach = np.where(self.distances_to_class < 0, far, self.distances_to_class)
        least = [reach[held].min(axis=0, initial=far) for held in self.class_counts.T > 0]
        table = np.array(least, np.int64).reshape(k, k)
        return np.where(table == far, -1, table)

    @property
    def mean_class_distances(self) -> FloatArray:
        """Mean crossings from a point of one class to the nearest of another, shape (k, k).

        Row a, column b is the mean over the points of class a; NaN where one of them has no way,
        or there is none.
        """
        k = len(self.classes)
        reach = np.where(self.distances_to_class < 0, np.nan, self.distances_to_class)
        means = [
            np.average(reach[counts > 0], axis=0, weights=counts[counts > 0])
            if counts.any()
            else np.full(k, np.nan)
            for counts in self.class_counts.T
        ]
        return np.array(means, np.float64).reshape(k, k)


def find_occupancy(graph: RegionGraph, X: ArrayLike, y: ArrayLike | None) -> Occupancy:
    """Locate labelled points; without labels all are of the class 0."""
    array = points("X", X, graph.regions.dim)
    labels = np.zeros(len(array), np.int64) if y is None else np.asarray(y)
    if labels.shape != (len(array),):
        raise ShapeError(
            f"`y` must hold one label a row of `X` ({len(array)}); got shape {labels.shape}"
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise InvalidInputError("`y` must be finite; got NaN or infinity")
    classes, label = np.unique(labels, return_inverse=True)
    return Occupancy(graph, graph.regions.locate(array), classes, label.astype(np.int64))
