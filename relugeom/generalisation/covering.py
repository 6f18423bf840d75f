"""The bound by a net of a ball in a fixed subspace of parameters."""

from __future__ import annotations

from math import inf, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import number, positive_int
from ..networks.matrix import dense
from .norms import ramp

if TYPE_CHECKING:
    from .._check import FloatArray
    from ..networks.network import ReLUNetwork

#: Grid of radii and of margins that the union bound of `net_bound` is over.
RADII = tuple(2.0**k for k in range(-6, 10))
MARGINS = tuple(2.0**k for k in range(-10, 6))


class NetBound(NamedTuple):
    """A bound on the risk: radius and margin of the grid that gave it, and the Lipschitz bound."""

    risk: float
    radius: float
    margin: float
    lipschitz: float


def subspace_net(
    dim: int,
    radius: float,
    lipschitz: float,
    n: int,
    *,
    loss_range: float = 1.0,
    delta: float = 0.05,
) -> float:
    """Return a one-sided bound on risk less training loss in a ball of a fixed subspace.

    The least value over e of ``2 Lip e + B sqrt((r ln(1 + 2 R / e) + ln(1 / delta)) / (2 n))``: a
    ball of radius R in r dimensions has an e-net of at most ``(1 + 2 R / e)^r`` points, Hoeffding's
    inequality holds at all of them at once, and between them both losses move by at most Lip e.
    Our derivation; the subspace, R and Lip must be chosen before the data.

    Parameters
    ----------
    dim : int
        Dimension r of the subspace.
    radius : float
        R, in units of the parameters.
    lipschitz : float
        Lip, of the loss as a function of the parameters, for every possible sample.
    n : int
        Number of samples.
    loss_range : float, default 1
        B: the loss lies in [0, B].
    delta : float, default 0.05
        Probability of failure.

    Returns
    -------
    float

    Examples
    --------
    >>> round(subspace_net(5, 1.0, 1.0, 10_000), 5)
    0.04714
    """
    from scipy.optimize import minimize_scalar

    r, n = positive_int("dim", dim, minimum=0), positive_int("n", n)
    R, steep = number("radius", radius, "[0, inf)"), number("lipschitz", lipschitz, "[0, inf)")
    B = number("loss_range", loss_range, "(0, inf)")
    tail = log(1.0 / number("delta", delta, "(0, 1)"))
    if r == 0 or R == 0 or steep == 0:
        return B * sqrt(tail / (2.0 * n))

    def value(log_e: float) -> float:
        e = float(np.exp(log_e))
        return 2.0 * steep * e + B * sqrt((r * np.log1p(2.0 * R / e) + tail) / (2.0 * n))

    centre = log(B / (steep * sqrt(n)))  # 2 Lip e beside B / sqrt(n)
    grid = np.linspace(centre - 15.0, centre + 15.0, 121)
    at = int(np.argmin([value(x) for x in grid]))
    ends = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
    best = minimize_scalar(value, bounds=ends, method="bounded", options={"xatol": 1e-9})
    return float(min(best.fun, value(grid[at])))


def parameter_lipschitz(net: ReLUNetwork, radius: float, input_bound: float) -> float:
    """Return a Lipschitz constant of the margin as a function of the parameters, around ``net``.

    It holds for parameters within ``radius`` and inputs of norm at most ``input_bound``. With s_l
    the spectral norm of layer l and a_l bounds on the norms of activations, the gradient by layer
    l is at most ``sqrt(a_{l-1}^2 + 1) prod_{j>l} (s_j + radius)``; a difference of two outputs adds
    a factor sqrt(2).
    """
    size, factors, inputs = float(input_bound), [], []
    last = len(net.weights) - 1
    for layer, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        inputs.append(sqrt(size**2 + 1.0))
        steep = float(np.linalg.norm(dense(w), 2)) + radius
        slope = max(1.0, float(np.abs(net.slopes[layer]).max(initial=0.0))) if layer < last else 1.0
        factors.append(slope * steep)
        size = slope * (steep * size + float(np.linalg.norm(b)) + radius)
    total, after = 0.0, 1.0 if net.output_dim == 1 else sqrt(2.0)
    for layer in range(last, -1, -1):
        slope = max(1.0, float(np.abs(net.slopes[layer]).max(initial=0.0))) if layer < last else 1.0
        total += (inputs[layer] * slope * after) ** 2
        after *= factors[layer]
    return sqrt(total) if total < inf else inf


def net_bound(
    start: ReLUNetwork,
    distance: float,
    dim: int,
    margins: FloatArray,
    input_bound: float,
    *,
    delta: float = 0.05,
) -> NetBound:
    """Return the bound by a net on the risk: ramp loss, union over a grid of radii and margins.

    The ramp loss of margin g is at least the 0-1 loss and has a Lipschitz constant 1 / g; each
    point of the grid RADII x MARGINS has its share of ``delta``.

    Parameters
    ----------
    start : ReLUNetwork
        Centre of the balls, chosen before the data.
    distance : float
        Of the trained parameters from it.
    dim : int
        Dimension of the subspace, chosen before the data.
    margins : ndarray, shape (n,)
        Of the training samples, as from `relugeom.generalisation.norms.margins`.
    input_bound : float
        Norm that no input exceeds.
    delta : float, default 0.05
    """
    share = delta / (len(RADII) * len(MARGINS))
    radius = min((r for r in RADII if r >= distance), default=None)
    if radius is None:
        return NetBound(inf, inf, inf, inf)
    steep = parameter_lipschitz(start, radius, input_bound)
    if not np.isfinite(steep):
        return NetBound(inf, radius, inf, inf)
    found = [
        NetBound(
            float(ramp(margins, g).mean())
            + subspace_net(dim, radius, steep / g, len(margins), delta=share),
            radius, g, steep,
        )
        for g in MARGINS
    ]  # fmt: skip
    return min(found, key=lambda bound: bound.risk)
