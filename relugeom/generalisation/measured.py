"""The gap between risk and training error as held-out data show it, with its interval."""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._check import number, positive_int
from ..errors import InvalidInputError
from ._check import labelled

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork


class Measured(NamedTuple):
    """A loss on training and on held-out data.

    Attributes
    ----------
    loss : str
    train, test : float
        Means over the samples.
    gap : float
        ``test - train``.
    low, high : float
        Ends of an interval for the risk less the training loss of this one network: the training
        loss is known, so all of the uncertainty is that of the held-out part.
    interval : str
        How the interval was made.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1, 0], [0, 1]]])  # the sign of x
    >>> error, *_ = rg.generalisation.measured_gaps(net, ([[1.0]], [0]), ([[1.0], [2.0]], [0, 1]))
    >>> error.loss, error.train, error.test, error.gap
    ('0-1', 0.0, 0.5, 0.5)
    """

    loss: str
    train: float
    test: float
    gap: float
    low: float
    high: float
    interval: str


def clopper_pearson(successes: int, n: int, *, delta: float = 0.05) -> tuple[float, float]:
    """Return the exact two-sided interval of a binomial proportion (Clopper & Pearson 1934).

    It holds the true proportion with probability at least ``1 - delta``, whatever that is.

    Parameters
    ----------
    successes : int
        0 to ``n``.
    n : int
        Number of independent trials.
    delta : float, default 0.05

    Returns
    -------
    low, high : float

    Raises
    ------
    InvalidInputError
        If there are more successes than trials.

    Examples
    --------
    >>> low, high = clopper_pearson(0, 30)
    >>> low, round(high, 6), round(1 - 0.025 ** (1 / 30), 6)
    (0.0, 0.115703, 0.115703)
    """
    from scipy.special import betaincinv

    k, n = positive_int("successes", successes, minimum=0), positive_int("n", n)
    if k > n:
        raise InvalidInputError(f"`successes` must be at most {n}, the trials; got {k}")
    tail = number("delta", delta, "(0, 1)") / 2.0
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1.0 - tail))
    return low, high


def measured_gaps(
    net: ReLUNetwork, train: Any, test: Any, *, delta: float = 0.05
) -> tuple[Measured, ...]:
    """Return the gaps of the 0-1 loss, the Brier score and the cross-entropy.

    Parameters
    ----------
    net : ReLUNetwork
        Its outputs are logits; one output is that of class 1.
    train, test : pair (X, y)
        ``test`` must not have been used in any way to make ``net``.
    delta : float, default 0.05
        Each interval fails with at most this probability (the last one: approximately).

    Returns
    -------
    tuple of Measured
        "0-1": Clopper & Pearson, exact. "brier": half the squared distance of the predicted
        probabilities to the label, in [0, 1]; empirical Bernstein (Maurer & Pontil 2009, theorem
        4, both sides), valid. "cross_entropy": not bounded, so Student's t, for large samples.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> found = measured_gaps(net, ([[0.0], [1.0]], [0, 1]), ([[0.5], [2.0]], [0, 1]))
    >>> [row.loss for row in found]
    ['0-1', 'brier', 'cross_entropy']
    """
    number("delta", delta, "(0, 1)")
    data = labelled("train", net, train), labelled("test", net, test)
    wrong = [net.predict(X) != y for X, y in data]
    m = len(wrong[1])
    before = float(wrong[0].mean())
    low, high = clopper_pearson(int(wrong[1].sum()), m, delta=delta)
    rows = [_row("0-1", before, float(wrong[1].mean()), low, high, "Clopper-Pearson, exact")]
    log_p = [log_probabilities(net, X) for X, _ in data]
    pairs = [(p, y) for p, (_, y) in zip(log_p, data, strict=True)]
    brier = [0.5 * np.sum((np.exp(p) - _one_hot(p, y)) ** 2, axis=1) for p, y in pairs]
    half = _bernstein(brier[1], delta)
    mean = float(brier[1].mean())
    ends = max(mean - half, 0.0), min(mean + half, 1.0)
    rows.append(_row("brier", float(brier[0].mean()), mean, *ends, "empirical Bernstein, valid"))
    entropy = [-p[np.arange(len(y)), y] for p, y in pairs]
    half, mean = _student(entropy[1], delta), float(entropy[1].mean())
    ends = mean - half, mean + half
    text = "Student's t, approximate"
    rows.append(_row("cross_entropy", float(entropy[0].mean()), mean, *ends, text))
    return tuple(rows)


def log_probabilities(net: ReLUNetwork, X: FloatArray) -> FloatArray:
    """Return the logarithms of the class probabilities, shape (n, max(output_dim, 2))."""
    out = net(X)
    if net.output_dim == 1:
        out = np.hstack([np.zeros_like(out), out])
    shifted = out - out.max(axis=1, keepdims=True)
    result: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def _row(loss: str, train: float, test: float, low: float, high: float, text: str) -> Measured:
    return Measured(
        loss=loss,
        train=train,
        test=test,
        gap=test - train,
        low=low - train,
        high=high - train,
        interval=text,
    )


def _one_hot(log_p: FloatArray, y: IntArray) -> FloatArray:
    return np.eye(log_p.shape[1])[y]


def _bernstein(values: FloatArray, delta: float) -> float:
    n = len(values)
    if n < 2:
        return 1.0
    term = log(4.0 / delta)  # ln(2 / (delta / 2)): both sides
    return sqrt(2.0 * float(values.var(ddof=1)) * term / n) + 7.0 * term / (3.0 * (n - 1))


def _student(values: FloatArray, delta: float) -> float:
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        return float("inf")
    return float(stdtrit(n - 1, 1.0 - delta / 2.0) * values.std(ddof=1) / sqrt(n))
