"""The dimension of persistent homology in degree 0, by minimum spanning trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import RNG, float_array, generator, number, positive_int
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_LEAST_POINTS = 32
_COPY = 1e-300  # the distance of copies: 0 is no edge to a sparse graph


class PH0Dimension(NamedTuple):
    """A dimension by minimum spanning trees, its error, the slope, and the sizes n it came from."""

    value: float
    error: float
    slope: float
    low: int
    high: int


def ph0_dimension(
    points: ArrayLike, *, alpha: float = 1.0, n_sizes: int = 12, n_repeats: int = 4, rng: RNG = 0
) -> PH0Dimension:
    """Return the dimension of persistent homology in degree 0 of a set of points.

    ``alpha / (1 - b)``, b the slope of log E against log n, where E is the sum of the edges to the
    power alpha of the minimum spanning tree of n of the points, drawn at random (Adams et al. 2020;
    Birdal, Lou, Guibas & Simsekli 2021). The trajectory of a random walk has dimension 2, whatever
    the run was good for.

    Parameters
    ----------
    points : array_like, shape (n, d)
        At least 32.
    alpha : float, default 1
        Positive.
    n_sizes : int, default 12
        Numbers of points, evenly spaced in the logarithm from n/8 to n.
    n_repeats : int, default 4
        Samples of each size.
    rng : Generator, int or None, default 0

    Returns
    -------
    PH0Dimension
        Its ``error`` is that of the slope in the regression, which knows only of the sampling.

    Examples
    --------
    >>> line = np.random.default_rng(0).uniform(size=(400, 1))
    >>> round(ph0_dimension(line).value, 1)
    1.0
    """
    from scipy.sparse.csgraph import minimum_spanning_tree
    from scipy.spatial.distance import pdist, squareform

    rows = float_array("points", points, shape=(None, None))
    n, random = len(rows), generator(rng)
    if n < _LEAST_POINTS:
        raise InvalidInputError(f"`points` must have at least {_LEAST_POINTS} rows; got {n}")
    power = number("alpha", alpha, "(0, inf)")
    counts = np.geomspace(n / 8, n, positive_int("n_sizes", n_sizes, minimum=3)).round().astype(int)
    repeats = positive_int("n_repeats", n_repeats)
    distances = squareform(pdist(rows))
    distances[distances == 0.0] = _COPY
    x, y = [], []
    for size in counts:
        for _ in range(repeats if size < n else 1):
            some = random.permutation(n)[:size]
            tree = minimum_spanning_tree(distances[np.ix_(some, some)]).data
            if tree.max(initial=0.0) > _COPY:
                x.append(np.log(size))
                y.append(np.log(np.sum(tree**power)))
    if len(set(x)) < 3:
        return PH0Dimension(float("nan"), float("nan"), float("nan"), int(counts[0]), n)
    (slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    error = float(np.sqrt(covariance[0, 0]))
    value = power / (1.0 - slope) if slope < 1.0 else float("inf")
    spread = power * error / (1.0 - slope) ** 2 if slope < 1.0 else float("nan")
    return PH0Dimension(float(value), float(spread), float(slope), int(counts[0]), n)
