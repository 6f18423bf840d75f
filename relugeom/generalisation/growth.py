"""Bounds by the growth function: how many labellings a family of networks can give."""

from __future__ import annotations

from collections.abc import Sequence
from math import e, log, log2, sqrt
from typing import TYPE_CHECKING, NamedTuple

from .._check import number, positive_int
from ..arrangements.counting import log_warren
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from ..networks.network import ReLUNetwork


class Layer(NamedTuple):
    """Units of a layer that have a sign, and weights and biases up to that layer."""

    units: int
    parameters: int


def layers_of(n0: int, widths: Sequence[int]) -> list[Layer]:
    """Return the layers of a fully connected network, all of whose coordinates are units.

    Examples
    --------
    >>> layers_of(2, (8, 1))
    [Layer(units=8, parameters=24), Layer(units=1, parameters=33)]
    """
    found, total, before = [], 0, positive_int("n0", n0)
    for i, k in enumerate(widths):
        total += positive_int(f"widths[{i}]", k) * (before + 1)
        found.append(Layer(int(k), total))
        before = int(k)
    if not found:
        raise InvalidInputError("`widths` must hold at least one layer; got an empty sequence")
    return found


def classifier_layers(net: ReLUNetwork) -> list[Layer]:
    """Return the layers of a network as a classifier.

    In the last one, what decides: the output when there is one, else the differences of any two.
    """
    found, total = [], 0
    k = net.output_dim
    units = [*(len(r) for r in net.rectified), 1 if k == 1 else k * (k - 1) // 2]
    for w, size in zip(net.weights, units, strict=True):
        total += w.shape[0] * (w.shape[1] + 1)
        found.append(Layer(size, total))
    return found


def log_growth(n: int, layers: Sequence[Layer], dim: int | None = None) -> float:
    """Return the log of a bound on the labellings of n points by a family of networks.

    ``prod_l 2 (2 e n k_l l / D_l)^{D_l}``, where layer l of k_l units depends on D_l variables: all
    W_l parameters up to it (Bartlett, Harvey, Liaw & Mehrabian 2019), or at most r where the
    parameters lie in an affine space of r dimensions. In each cell of the layers before, the units
    of layer l are polynomials of degree l in these variables, and Warren's theorem bounds their
    sign vectors (Anthony & Bartlett 1999, theorem 8.3); never more than 2^(n k_l).

    Parameters
    ----------
    n : int
        Number of points.
    layers : sequence of Layer
        As from `layers_of` or `classifier_layers`.
    dim : int, optional
        r; all parameters if not given.

    Returns
    -------
    float

    Examples
    --------
    >>> round(log_growth(1000, layers_of(2, (16, 16, 16, 1)), dim=5), 3)
    200.081
    """
    n = positive_int("n", n)
    most = None if dim is None else positive_int("dim", dim)
    total = 0.0
    for depth, layer in enumerate(layers, start=1):
        variables = layer.parameters if most is None else min(most, layer.parameters)
        total += log_warren(n * layer.units, depth, variables) if layer.units else 0.0
    return total


def growth_bound(log_labellings: float, n: int, *, delta: float = 0.05) -> float:
    """Return a one-sided bound on risk less training error of the 0-1 loss.

    ``sqrt(2 ln Pi(n) / n) + sqrt(ln(1 / delta) / (2 n))`` (Mohri, Rostamizadeh & Talwalkar 2018,
    corollary 3.9), for a family of classifiers chosen before the data that gives at most Pi(n)
    labellings of n points; a Pi(n) above 2^n counts as 2^n.

    Parameters
    ----------
    log_labellings : float
        ln Pi(n).
    n : int
        Number of training samples.
    delta : float, default 0.05
        The bound fails with at most this probability.

    Returns
    -------
    float

    Examples
    --------
    >>> layers = layers_of(2, (16, 16, 16, 1))
    >>> round(growth_bound(log_growth(1000, layers, dim=5), 1000), 3)
    0.671
    """
    n = positive_int("n", n)
    count = min(number("log_labellings", log_labellings, "[0, inf)"), n * log(2.0))
    return sqrt(2.0 * count / n) + sqrt(log(1.0 / number("delta", delta, "(0, 1)")) / (2.0 * n))


def vc_dimension(layers: Sequence[Layer], dim: int | None = None) -> int:
    """Return an upper bound on the VC dimension: the largest m with ``2^m <= Pi(m)``.

    Pi is the bound of `log_growth`, whose logarithm is concave in m, so that there is one such m.

    Parameters
    ----------
    layers : sequence of Layer
        Of the network, as `relugeom.generalisation.growth.layers_of` reads them.
    dim : int, optional
        Of a subspace of the parameters in which the network varies.

    Returns
    -------
    int

    Examples
    --------
    >>> vc_dimension(layers_of(2, (8, 1)))
    476
    """
    low, high = 1, 2
    while high * log(2.0) <= log_growth(high, layers, dim):
        low, high = high, 2 * high
    while high - low > 1:
        m = (low + high) // 2
        if m * log(2.0) <= log_growth(m, layers, dim):
            low = m
        else:
            high = m
    return low


def vc_dimension_formula(layers: Sequence[Layer]) -> float:
    """Return the closed form of an upper bound on the VC dimension.

    ``L + sum_l W_l log2(4 e R log2(2 e R))`` with ``R = sum_l l k_l``, L layers, k_l units in layer
    l and W_l parameters up to it (Bartlett, Harvey, Liaw & Mehrabian, JMLR 20(63), 2019).

    Parameters
    ----------
    layers : sequence of Layer
        Of the network, as `relugeom.generalisation.growth.layers_of` reads them.

    Returns
    -------
    float

    Examples
    --------
    >>> round(vc_dimension_formula(layers_of(2, (8, 1))), 1)
    531.6
    """
    R = sum(depth * layer.units for depth, layer in enumerate(layers, start=1))
    W = sum(layer.parameters for layer in layers)
    return len(layers) + W * log2(4.0 * e * R * log2(2.0 * e * R))


def vc_bound(vc: float, n: int, *, delta: float = 0.05) -> float:
    """Return a one-sided bound on risk less training error from a VC dimension.

    `growth_bound` with Sauer's ``Pi(n) <= (e n / d)^d`` for ``n >= d``, else ``2^n`` (Mohri,
    Rostamizadeh & Talwalkar 2018, corollary 3.19).

    Parameters
    ----------
    vc : float
        The VC dimension, or a bound on it.
    n : int
        Number of training samples.
    delta : float, default 0.05
        The bound fails with at most this probability.

    Returns
    -------
    float

    Examples
    --------
    >>> round(vc_bound(10, 100_000), 5)
    0.04906
    """
    n, d = positive_int("n", n), number("vc", vc, "(0, inf)")
    return growth_bound(d * log(e * n / d) if n >= d else n * log(2.0), n, delta=delta)
