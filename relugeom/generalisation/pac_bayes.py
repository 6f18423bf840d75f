"""PAC-Bayes bounds on the Gibbs classifier: Gaussian noise around the trained parameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._check import RNG, generator, number, positive_int
from .._progress import progress_bar
from ..errors import InvalidInputError, ShapeError
from ..paths._parameters import layers

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..arrangements.domains import AffineSlice
    from ..networks.network import ReLUNetwork

#: Standard deviations of prior and posterior that are tried; the union bound is over the priors.
SIGMAS = tuple(2.0 ** (k / 2) for k in range(2, -21, -1))
_PILOT = 24  # draws for each posterior, to choose one of them; fewer where there are few draws
_WORK = 2e11  # multiplications that the default number of draws may cost
_BLOCK = 2**22  # entries of the activations of a block of draws


class GibbsBound(NamedTuple):
    """PAC-Bayes bounds on the risk of the Gibbs classifier.

    ``sigma`` and ``prior_sigma`` are in units of the parameters, ``dim`` is the dimension of the
    noise, ``divergence`` KL(Q | P) in nats, ``sampled`` the mean training error of ``n_draws``,
    ``train`` the upper confidence bound on the Gibbs training error, ``risk`` and ``pinsker`` the
    two forms of the bound.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 2], rng=0)
    >>> X, y = np.array([[-1.0], [1.0]]), np.array([0, 1])
    >>> path = rg.train(net, X, y, loss="cross_entropy", steps=20)
    >>> found = gibbs_bound(path.network(0), path.network(-1), X, y, n_draws=20)
    >>> found.n_draws, found.sampled <= found.train
    (20, True)
    """

    sigma: float
    prior_sigma: float
    dim: int
    divergence: float
    n_draws: int
    sampled: float
    train: float
    risk: float
    pinsker: float


def kl_inverse(q: float, bound: float) -> float:
    """Return the largest p with ``kl(q | p) <= bound``, of Bernoulli distributions; rounded up.

    Parameters
    ----------
    q : float
        Between 0 and 1.
    bound : float
        In nats, not negative.

    Returns
    -------
    float

    Examples
    --------
    >>> round(kl_inverse(0.0, 0.5), 9), round(1 - 2.718281828459045**-0.5, 9)
    (0.39346934, 0.39346934)
    """
    bound = number("bound", bound, "[0, inf]")
    low, high = number("q", q, "[0, 1]"), 1.0
    while high - low > 1e-15 and low < (middle := 0.5 * (low + high)) < high:
        low, high = (middle, high) if _kl(q, middle) <= bound else (low, middle)
    return high


def _kl(q: float, p: float) -> float:
    """Return kl(q | p) for 0 < p < 1."""
    one = q * log(q / p) if q > 0 else 0.0
    other = (1.0 - q) * log((1.0 - q) / (1.0 - p)) if q < 1 else 0.0
    return one + other


def kl_bound(train: float, divergence: float, n: int, *, delta: float = 0.05) -> float:
    """Return the PAC-Bayes-kl bound on the risk of the Gibbs classifier.

    The largest R with ``kl(train | R) <= (KL(Q | P) + ln(2 sqrt(n) / delta)) / n`` (Seeger 2002;
    Maurer 2004), for all posteriors Q at once and a prior P chosen before the data.

    Parameters
    ----------
    train : float
        Gibbs training error: the mean over Q of the training error.
    divergence : float
        KL(Q | P), nats.
    n : int
    delta : float, default 0.05
        Probability of failure.

    Returns
    -------
    float

    Examples
    --------
    >>> round(kl_bound(0.1, 10.0, 1000), 12)
    0.164476177836
    """
    return kl_inverse(train, _complexity(divergence, n, delta))


def pinsker_bound(train: float, divergence: float, n: int, *, delta: float = 0.05) -> float:
    """Return the bound of `kl_bound` weakened by Pinsker's inequality: train + sqrt(. / 2).

    Parameters
    ----------
    train : float
        Training error of the Gibbs classifier.
    divergence : float
        KL(Q | P) in nats.
    n : int
        Number of training samples.
    delta : float, default 0.05
        The bound fails with at most this probability.

    Returns
    -------
    float

    Examples
    --------
    >>> round(pinsker_bound(0.1, 10.0, 1000), 12)
    0.192581739813
    """
    return train + sqrt(_complexity(divergence, n, delta) / 2.0)


def _complexity(divergence: float, n: int, delta: float) -> float:
    n = positive_int("n", n)
    number("divergence", divergence, "[0, inf]")
    return (divergence + log(2.0 * sqrt(n) / number("delta", delta, "(0, 1)"))) / n


def gaussian_kl(distance: float, dim: int, sigma: float, prior_sigma: float) -> float:
    """Return KL(N(a, sigma^2 I) | N(b, prior_sigma^2 I)) for ``|a - b| = distance``, in nats.

    Parameters
    ----------
    distance : float
        Between the means.
    dim : int
    sigma, prior_sigma : float
        Standard deviations, in each direction.

    Returns
    -------
    float

    Examples
    --------
    >>> gaussian_kl(3.0, 7, 0.5, 0.5) == 3.0**2 / 0.5**2 / 2
    True
    """
    ratio = (sigma / prior_sigma) ** 2
    return 0.5 * (distance**2 / prior_sigma**2 + dim * (ratio - 1.0 - log(ratio)))


def gibbs_bound(
    net: ReLUNetwork,
    start: ReLUNetwork,
    X: FloatArray,
    y: IntArray,
    *,
    within: AffineSlice | None = None,
    sigmas: Sequence[float] = SIGMAS,
    n_draws: int | None = None,
    delta: float = 0.05,
    rng: RNG = 0,
    progress: bool | None = None,
) -> GibbsBound:
    """Return the PAC-Bayes bounds for Gaussian noise around ``net``, with ``start`` as prior mean.

    Nine tenths of ``delta`` go to the bound, in equal shares to every prior on the grid (its union
    bound; posteriors cost nothing), and a tenth to the Monte Carlo estimate: the mean training
    error of m draws lies below the Gibbs training error by more than
    ``kl_inverse(mean, ln(1 / share) / m)`` allows with at most that probability (Langford & Caruana
    2002; Chernoff's bound, by Hoeffding 1963 for values in [0, 1]). The posterior is chosen from
    other draws than those of the estimate.

    Parameters
    ----------
    net : ReLUNetwork
        The trained network.
    start : ReLUNetwork
        Chosen before the data.
    X : ndarray, shape (n, d)
        The training samples.
    y : ndarray of int64, shape (n,)
    within : AffineSlice, optional
        A slice of parameters chosen before the data that holds both networks: the noise stays
        in it.
    sigmas : sequence of float
        Standard deviations to try for prior and posterior, chosen before the data.
    n_draws : int, optional
        m; by default 4000, fewer for large networks and data, at least 200.
    delta : float, default 0.05
        Probability that the bound fails.
    rng : Generator, int or None, default 0
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    GibbsBound

    Raises
    ------
    ShapeError
        If the networks differ in shape.
    InvalidInputError
        If ``within`` does not hold them.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> net = rg.ReLUNetwork.from_weights([[[1.0]], [[4.0]]], [[0.5], [-2.0]])
    >>> bound = gibbs_bound(net, net, X, net.predict(X), n_draws=500)
    >>> bound.sampled < bound.train < bound.risk < bound.pinsker
    True
    """
    if net.n_parameters != start.n_parameters:
        raise ShapeError(f"`start` must have the shape of the network; got {start}")
    n = len(X)
    affordable = int(np.clip(_WORK / (n * net.n_parameters), 200, 4000))
    m = affordable if n_draws is None else positive_int("n_draws", n_draws)
    pilots = int(np.clip(m // 50, 4, _PILOT))
    grid = [number("sigmas", s, "(0, inf)") for s in sigmas]
    if not grid:
        raise InvalidInputError("`sigmas` must hold at least one value; got none")
    move = net.parameters - start.parameters
    axes: FloatArray | None = None
    if within is not None:
        holds("within", within, np.stack([start.parameters, net.parameters]))
        axes = np.linalg.qr(within.basis)[0]
    distance, dim = float(np.linalg.norm(move)), len(move) if within is None else within.dim
    share = 0.9 * number("delta", delta, "(0, 1)") / len(grid)
    random = generator(rng)
    options = []
    total = pilots * len(grid) + m
    with progress_bar(progress, total=total, desc="PAC-Bayes", unit="draw") as bar:
        for sigma in grid:
            divergence, prior = min((gaussian_kl(distance, dim, sigma, p), p) for p in grid)
            pilot = _gibbs_error(net, X, y, sigma, axes, pilots, random, bar)
            options.append((kl_bound(pilot, divergence, n, delta=share), sigma, prior, divergence))
        _, sigma, prior, divergence = min(options)
        sampled = _gibbs_error(net, X, y, sigma, axes, m, random, bar)
    train = kl_inverse(sampled, log(1.0 / (0.1 * delta)) / m)
    risk = kl_bound(train, divergence, n, delta=share)
    pinsker = pinsker_bound(train, divergence, n, delta=share)
    return GibbsBound(
        sigma=sigma,
        prior_sigma=prior,
        dim=dim,
        divergence=divergence,
        n_draws=m,
        sampled=sampled,
        train=train,
        risk=risk,
        pinsker=pinsker,
    )


def holds(name: str, subspace: AffineSlice, theta: FloatArray) -> None:
    """Check that a slice of parameters holds the points ``theta``, up to rounding."""
    if subspace.ambient_dim != theta.shape[1]:
        raise ShapeError(
            f"`{name}` must be a slice of the {theta.shape[1]} parameters; "
            f"got one of R^{subspace.ambient_dim}"
        )
    off = float(np.abs(subspace.points(subspace.coordinates(theta)) - theta).max(initial=0.0))
    if off > 1e-9 * max(1.0, float(np.abs(theta).max(initial=0.0))):
        raise InvalidInputError(
            f"`{name}` must be the slice that the run was trained in; "
            f"got one that it leaves by {off:.3g}"
        )


def _gibbs_error(
    net: ReLUNetwork,
    X: FloatArray,
    y: IntArray,
    sigma: float,
    axes: FloatArray | None,
    n_draws: int,
    random: np.random.Generator,
    bar: Any,
) -> float:
    """Return the mean training error of networks with noise."""
    P = net.n_parameters
    size = max(1, _BLOCK // max(len(X) * max([*net.widths, net.output_dim]), P))
    wrong = 0
    for at in range(0, n_draws, size):
        count = min(size, n_draws - at)
        noise = random.standard_normal((count, P if axes is None else axes.shape[1]))
        theta = net.parameters + sigma * (noise if axes is None else noise @ axes.T)
        wrong += int(np.count_nonzero(_predictions(net, theta, X) != y))
        bar.update(count)
    return wrong / (n_draws * len(X))


def _predictions(net: ReLUNetwork, theta: FloatArray, X: FloatArray) -> IntArray:
    """Return the classes at parameters (S, P): shape (S, n)."""
    a: FloatArray = np.broadcast_to(X, (len(theta), *X.shape))
    parts = layers(net, theta)
    for (w, b), slope in zip(parts[:-1], net.slopes, strict=True):
        z = a @ w.swapaxes(1, 2) + b[:, None, :]
        a = np.where(z > 0, z, z * slope)
    w, b = parts[-1]
    out = a @ w.swapaxes(1, 2) + b[:, None, :]
    if net.output_dim == 1:
        return (out[..., 0] > 0).astype(np.int64)
    return np.asarray(out.argmax(axis=2), np.int64)


def trivial(risk: float) -> bool:
    """Tell whether a bound on a risk says no more than that it is at most 1."""
    return not risk < 1.0 or risk == inf
