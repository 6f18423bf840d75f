"""Johnson-Lindenstrauss sketches: directions of huge dimension in a few hundred coordinates."""

from __future__ import annotations

from math import acos, atan, ceil, inf, log, pi, sqrt, tan
from typing import TYPE_CHECKING

import numpy as np

from .._check import number, positive_int
from ..errors import InvalidInputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

_COORDINATES = 2048  # in a block of the random matrix


def sketch_dim(n: int, epsilon: float) -> int:
    """Return a dimension in which n points keep all their distances within a factor.

    Least k >= ``4 ln n / (epsilon^2 / 2 - epsilon^3 / 3)``: then a random projection, Gaussian
    or of random signs, changes all squared distances by factors within 1 - epsilon and 1 + epsilon,
    with probability at least 1/n (Dasgupta & Gupta 2003; Achlioptas 2003). For inner products of
    T unit vectors take n = 2T + 1: distances of all u, -u and 0.

    Examples
    --------
    >>> [sketch_dim(10**5, epsilon) for epsilon in (0.1, 0.2, 0.5)]
    [9869, 2657, 553]
    """
    n = positive_int("n", n)
    return max(1, ceil(4.0 * log(n) / (_epsilon(epsilon) ** 2 / 2.0 - epsilon**3 / 3.0)))


class Sketch:
    """A map of random signs from R^dim to R^size that is never stored.

    Entries are plus or minus 1/sqrt(size), independent, made again block by block of coordinates
    from the seed: the same seed gives the same map, in another process too. How far it may move
    angles, see `distortion` and `true_angles`.

    Parameters
    ----------
    dim, size : int
        Dimensions before and after.
    seed : int, default 0

    Notes
    -----
    A call costs n dim size multiplications and makes dim size random signs, so give it many
    vectors at once. Memory beyond input and output is about 64 MB.

    Examples
    --------
    >>> sketch = Sketch(1000, 300)
    >>> flat = sketch(np.eye(2, 1000))
    >>> flat.shape, bool(abs(flat[0] @ flat[1]) < 0.2)
    ((2, 300), True)
    """

    def __init__(self, dim: int, size: int, seed: int = 0) -> None:
        self.dim, self.size = positive_int("dim", dim), positive_int("size", size)
        self.seed = positive_int("seed", seed, minimum=0)

    def __repr__(self) -> str:
        return f"Sketch(R^{self.dim} to R^{self.size}, seed {self.seed})"

    def __call__(self, vectors: ArrayLike) -> FloatArray:
        """Return the images of rows, shape (n, size), float32 if the vectors are, else float64.

        ``vectors`` may be a memory-mapped array; only blocks of columns are read.
        """
        rows = np.asarray(vectors)
        if rows.ndim != 2 or rows.shape[1] != self.dim:
            raise ShapeError(f"`vectors` must have shape (n, {self.dim}); got {rows.shape}")
        kind = np.float32 if rows.dtype == np.float32 else np.float64
        image = np.zeros((len(rows), self.size), dtype=kind)
        for at in range(0, self.dim, _COORDINATES):
            part: FloatArray = np.asarray(rows[:, at : at + _COORDINATES], dtype=kind)
            if not np.isfinite(part).all():
                bad = int(np.flatnonzero(~np.isfinite(part).all(axis=0))[0])
                raise InvalidInputError(
                    f"`vectors` must be finite; got NaN or infinity in column {at + bad}"
                )
            image += part @ self._signs(at // _COORDINATES, kind)[: part.shape[1]]
        image /= sqrt(self.size)
        return image

    def _signs(self, block: int, kind: type) -> FloatArray:
        random = np.random.default_rng([self.seed, block])
        bits = np.frombuffer(random.bytes(_COORDINATES * self.size // 8), dtype=np.uint8)
        signs: FloatArray = np.unpackbits(bits).astype(kind).reshape(_COORDINATES, self.size)
        signs *= -2.0
        signs += 1.0
        return signs

    def failure(self, n: int, epsilon: float) -> float:
        """Return a bound on the probability that the sketch of n unit vectors is distorted.

        That is, that one of them, or of the sums and differences of two of them, or of the two
        diagonals of a pair's unit rhombus ((u + v)/|u + v| plus and minus (u - v)/|u - v|), has a
        squared norm off by a factor beyond 1 - epsilon or 1 + epsilon: at most
        ``4 n (n + 1) exp(-(epsilon^2 / 4 - epsilon^3 / 6) size)`` by the tail bound of Achlioptas
        (2003). Otherwise all inner products and norms are within epsilon. A bound of 1 says
        nothing.

        Parameters
        ----------
        n : int
        epsilon : float
            In (0, 1).

        Returns
        -------
        float

        Examples
        --------
        >>> bool(Sketch(10**6, 2657).failure(1000, 0.2) < 1e-3)
        True
        """
        n = positive_int("n", n)
        rate = self.size * (_epsilon(epsilon) ** 2 / 4.0 - epsilon**3 / 6.0)
        return min(1.0, float(np.exp(log(4.0 * n * (n + 1)) - rate)))

    def distortion(self, n: int, failure: float = 0.01) -> float:
        """Return the epsilon of which `failure` is at most a given probability.

        All inner products and norms of the n unit vectors are then within epsilon, with probability
        at least 1 - ``failure``; inf if no epsilon below 1 will do.

        Parameters
        ----------
        n : int
        failure : float, default 0.01

        Returns
        -------
        float

        Examples
        --------
        >>> round(Sketch(10**6, 2657).distortion(10**5), 3)
        0.227
        """
        failure = number("failure", failure, "(0, 1)")
        low, high = 0.0, 1.0 - 1e-12
        if self.failure(n, high) > failure:
            return inf
        for _ in range(60):
            middle = (low + high) / 2.0
            low, high = (low, middle) if self.failure(n, middle) <= failure else (middle, high)
        return high


def true_angles(sketched: float, epsilon: float, *, projective: bool = True) -> tuple[float, float]:
    """Return the least and largest angle of two vectors whose sketches make a given angle.

    Two statements that hold when nothing of `Sketch.failure` happened, and both are used. A cosine
    c of two sketches comes from one within ``epsilon (1 + |c|)``. And on the plane of the two
    vectors the map has a condition number of at most
    ``kappa^2 = (1 + sqrt(2) epsilon) / (1 - sqrt(2) epsilon)``, so that tan(angle / 2) changes by
    a factor of at most kappa (the generalised Wielandt inequality, Bauer & Householder 1960): small
    angles keep their size.

    So a net of the sketches at angle theta is a net of the directions: separated by the first angle
    returned, covering within the second, and ``Cov(second) <= N <= A(first)``.

    Parameters
    ----------
    sketched : float
        Radians.
    epsilon : float
        As from `Sketch.distortion`.
    projective : bool, default True
        Whether the angles are of lines.

    Examples
    --------
    >>> [round(angle, 3) for angle in true_angles(1.2, 0.1)]
    [1.071, 1.336]
    """
    top = pi / 2 if projective else pi
    sketched, epsilon = number("sketched", sketched, f"[0, {top}]"), _epsilon(epsilon)
    cosine = float(np.cos(sketched))
    spread = epsilon * (1.0 + abs(cosine))
    least = acos(min(cosine + spread, 1.0))
    most = acos(max(cosine - spread, 0.0 if projective else -1.0))
    if sqrt(2.0) * epsilon < 1.0:
        kappa = sqrt((1.0 + sqrt(2.0) * epsilon) / (1.0 - sqrt(2.0) * epsilon))
        half = tan(sketched / 2.0) if sketched < pi else inf
        least = max(least, 2.0 * atan(half / kappa))
        most = min(most, 2.0 * atan(half * kappa))
    return least, most


def _epsilon(epsilon: float) -> float:
    return number("epsilon", epsilon, "(0, 1)")
