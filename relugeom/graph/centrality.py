"""Betweenness: how many shortest paths pass through each region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._check import generator, positive_int
from .._progress import progress_bar
from . import _kernel_search as kernel

if TYPE_CHECKING:
    from .._check import RNG, FloatArray
    from .region_graph import RegionGraph

_SMALL = 5_000  # regions up to which all are sources by default
_SAMPLES = 64  # sources beyond
_DOUBT = 0.05  # probability that some value is farther off than `Betweenness.bound`


@dataclass(frozen=True, eq=False)
class Betweenness:
    """Betweenness of every region, exact or estimated from shortest paths out of some regions.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Mean share of the shortest paths between two other regions that pass through each region,
        between 0 and 1.
    standard_error : ndarray, shape (n,)
        Of the estimates; 0 where exact.
    n_samples : int
        Regions from which all shortest paths were followed.

    Examples
    --------
    >>> import relugeom as rg
    >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
    >>> found = graph.betweenness()
    >>> found.values.round(3), found.exact
    (array([0.167, 0.167, 0.167, 0.167]), True)
    """

    values: FloatArray
    standard_error: FloatArray
    n_samples: int

    def __repr__(self) -> str:
        kind = "exact" if self.exact else f"{self.n_samples} samples"
        return f"Betweenness(at most {self.values.max(initial=0.0):.3g}, {kind})"

    @property
    def exact(self) -> bool:
        """Whether the paths out of all regions were followed."""
        return self.n_samples == len(self.values)

    @property
    def bound(self) -> float:
        """With probability 0.95 no value is farther off than this.

        By the inequality for sums of bounded variables (W. Hoeffding, J. Amer. Statist. Assoc. 58
        (1963), 13-30; sampling without replacement is its section 6) and the union over regions.
        Usually far too careful: see `standard_error`.
        """
        n = len(self.values)
        if self.exact:
            return 0.0
        return float(n / (n - 1) * np.sqrt(np.log(2 * n / _DOUBT) / (2 * self.n_samples)))


def find_betweenness(
    graph: RegionGraph, n_samples: int | None, rng: RNG, progress: bool | None
) -> Betweenness:
    """Follow shortest paths from all regions, or from a random sample of them.

    The algorithm is that of U. Brandes, A faster algorithm for betweenness centrality, J. Math.
    Sociol. 25 (2001), 163-177; sampling sources is due to U. Brandes & C. Pich, Centrality
    estimation in large networks, Int. J. Bifurcation Chaos 17 (2007), 2303-2318.
    """
    n = graph.n_regions
    if n_samples is None:
        n_samples = n if n <= _SMALL else _SAMPLES
    else:
        n_samples = min(n, positive_int("n_samples", n_samples, minimum=2))
    sources = np.arange(n)
    if n_samples < n:
        sources = np.sort(generator(rng).choice(n, n_samples, replace=False))
    total, square = np.zeros(n), np.zeros(n)
    step = max(1, 10_000_000 // (2 * graph.n_edges + 1))
    with progress_bar(progress, total=n_samples, desc="betweenness", unit="search") as bar:
        for low in range(0, n_samples, step):
            part = sources[low : low + step]
            kernel.dependencies(graph.csr.indptr, graph.csr.indices, part, total, square)
            bar.update(len(part))
    if n < 3:
        return Betweenness(np.zeros(n), np.zeros(n), n_samples)
    scale = n / ((n - 1) * (n - 2))
    mean = total / n_samples
    variance = np.maximum(square / n_samples - mean**2, 0.0) / (n_samples - 1) * (1 - n_samples / n)
    return Betweenness(mean * scale, np.sqrt(variance) * scale, n_samples)
