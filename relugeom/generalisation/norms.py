"""Norm-based bounds: margins against products of norms of the layers."""

from __future__ import annotations

from math import inf, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import number, positive_int
from ..networks.matrix import dense

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork

#: Margins of the normalised network that the union bound of `margin_bound` is over.
GRID = tuple(2.0 ** (k / 4) for k in range(128, -128, -1))


class MarginBound(NamedTuple):
    """A bound on the risk: the margin that gave it, the ramp loss there, and the complexity term.

    ``product`` is that of the Frobenius norms, constant unit included; ``margin`` is in units of
    the network's output.
    """

    risk: float
    margin: float
    ramp: float
    complexity: float
    product: float


def margins(net: ReLUNetwork, X: FloatArray, y: IntArray) -> FloatArray:
    """Return the margins: output of the label less the largest other output; +-output if one.

    A sample with a positive margin is classified correctly.
    """
    out = net(X)
    if net.output_dim == 1:
        return np.asarray((2 * y - 1) * out[:, 0])
    rows = np.arange(len(y))
    own = out[rows, y]
    others = out.copy()
    others[rows, y] = -inf
    return np.asarray(own - others.max(axis=1))


def ramp(values: FloatArray, margin: float) -> FloatArray:
    """Return the ramp loss of margins: 1 up to 0, 0 from ``margin`` on, linear between."""
    return np.clip(1.0 - values / margin, 0.0, 1.0)


def golowich(product: float, layers: int, n: int, *, input_norm: float = 1.0) -> float:
    """Return a bound on the Rademacher complexity of networks with bounded Frobenius norms.

    ``B (sqrt(2 ln(2) L) + 1) prod_l |W_l|_F / sqrt(n)`` (Golowich, Rakhlin & Shamir 2018, theorem
    1), for real-valued networks without biases whose activation is applied to each coordinate,
    positively homogeneous and 1-Lipschitz.

    Parameters
    ----------
    product : float
        Of the bounds on the Frobenius norms of the L matrices.
    layers : int
        L.
    n : int
        Number of samples.
    input_norm : float, default 1
        B: largest norm of an input; for the empirical complexity the root mean square of the
        norms of the sample.

    Returns
    -------
    float

    Examples
    --------
    >>> round(golowich(10.0, 3, 10_000), 7)
    0.3039334
    """
    L, n = positive_int("layers", layers), positive_int("n", n)
    size = number("product", product, "[0, inf)") * number("input_norm", input_norm, "[0, inf)")
    return size * (sqrt(2.0 * log(2.0) * L) + 1.0) / sqrt(n)


def layer_norms(net: ReLUNetwork) -> list[float]:
    """Return the Frobenius norms of the layers with biases as weights of a constant unit.

    The matrices ``[[W, b], [0, 1]]``, and ``[W, b]`` of the last layer, act on ``(x, 1)`` as the
    network acts on x. Of two outputs only the difference counts.
    """
    norms = []
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        norms.append(sqrt(float(np.sum(dense(w) ** 2) + np.sum(b**2)) + 1.0))
    w, b = dense(net.weights[-1]), net.biases[-1]
    if net.output_dim == 2:
        w, b = w[1:] - w[:1], b[1:] - b[:1]
    return [*norms, sqrt(float(np.sum(w**2) + np.sum(b**2)))]


def covered(net: ReLUNetwork) -> bool:
    """Tell whether theorem 1 covers the activations: one for all coordinates, 1-Lipschitz."""
    slopes = np.concatenate([np.zeros(0), *net.slopes])
    return bool(len(slopes) == 0 or (np.ptp(slopes) == 0 and abs(slopes[0]) < 1.0))


def margin_bound(
    net: ReLUNetwork, X: FloatArray, y: IntArray, *, delta: float = 0.05
) -> MarginBound:
    """Return the margin bound on the risk of a network as it is, norms and margin unknown before.

    Divided by the product of its norms, a network lies in the family of networks of norms at most
    1, so that one grid of margins stands for all norms (256 values, each with its share of
    ``delta``). There ``R <= mean ramp + (2 / g) Rad + 3 sqrt(ln(2 / delta) / (2 n))`` with the
    empirical complexity (Mohri, Rostamizadeh & Talwalkar 2018, theorem 5.8), so that inputs need no
    bound. With more than two outputs the factor is ``4 K / g`` for K outputs: the margin is
    sqrt(2)-Lipschitz in the outputs, and Maurer's vector contraction (2016) gives their sum.
    Biases are covered: see `layer_norms`.

    Parameters
    ----------
    net : ReLUNetwork
    X : ndarray, shape (n, d)
        The training samples.
    y : ndarray of int64, shape (n,)
    delta : float, default 0.05
        Probability of failure.

    Returns
    -------
    MarginBound

    Examples
    --------
    >>> import numpy as np, relugeom as rg
    >>> net = rg.ReLUNetwork.random([2, 8, 1], rng=0)
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> margin_bound(net, X, net.predict(X)).risk > 1  # vacuous, as such bounds mostly are
    True
    """
    n, k = len(X), net.output_dim
    product = float(np.prod(layer_norms(net)))
    size = sqrt(float(np.mean(np.sum(X**2, axis=1))) + 1.0)
    rad = golowich(1.0, len(net.weights), n, input_norm=size)
    slack = 3.0 * sqrt(log(2.0 * len(GRID) / number("delta", delta, "(0, 1)")) / (2.0 * n))
    values = margins(net, X, y) / product if product else np.zeros(n)
    factor = 2.0 if k <= 2 else 4.0 * k
    found = []
    for g in GRID:
        loss, term = float(ramp(values, g).mean()), factor / g * rad
        found.append(MarginBound(loss + term + slack, g * product, loss, term, product))
    return min(found, key=lambda bound: bound.risk)


def spectral_scale(
    net: ReLUNetwork, start: ReLUNetwork | None, X: FloatArray, margin: float
) -> float:
    """Return the scale ``|X|_F R_A / (margin n)`` of the spectral bound; no bound by itself.

    ``R_A = prod_i |A_i|_2 (sum_i (|A_i^T - M_i^T|_{2,1} / |A_i|_2)^(2/3))^(3/2)`` with M_i the
    weights of ``start``, or 0 (Bartlett, Foster & Telgarsky 2017). Their theorem has a constant and
    logarithms that are not used here; biases are left out.

    Parameters
    ----------
    net : ReLUNetwork
    start : ReLUNetwork or None
        Where its training began.
    X : ndarray, shape (n, d)
        Training inputs.
    margin : float

    Returns
    -------
    float

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[2.0]], [[3.0]]])
    >>> round(spectral_scale(net, None, [[1.0], [1.0]], 1.0), 6) == round(6 * 2**1.5 / 2**0.5, 6)
    True
    """
    if not margin > 0:
        return inf
    product, total = 1.0, 0.0
    for layer, w in enumerate(net.weights):
        matrix = dense(w)
        reference = np.zeros_like(matrix) if start is None else dense(start.weights[layer])
        spectral = float(np.linalg.norm(matrix, 2))
        if not spectral:
            return 0.0
        # the (2, 1) norm of the transpose: the sum of the lengths of the rows of A
        moved = float(np.linalg.norm(matrix - reference, axis=1).sum())
        product *= spectral
        total += (moved / spectral) ** (2.0 / 3.0)
    size = float(np.linalg.norm(np.asarray(X)))
    return float(size * product * total**1.5 / (margin * len(X)))
