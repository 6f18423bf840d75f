"""A near boundary point to start from: what the search for the nearest one must beat.

From the point, Newton's steps on the linear pieces lead to where a target vanishes (the idea of
S.-M. Moosavi-Dezfooli et al., DeepFool, CVPR 2016). From there a descent over pieces: the nearest
point on each is exact, and the next piece is the one beyond it, towards the origin along the
boundary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .norms import length, nearest_point

if TYPE_CHECKING:
    from .._check import FloatArray
    from ..networks.network import ReLUNetwork

_MOST_STEPS = 60
_OVERSHOOT = 1.02
_ZERO = 1e-9  # values this small beside what went into them vanish at the end of a step
_GAIN = 1e-9  # a shorter step, beside the distance, ends the descent


def boundary_point(
    net: ReLUNetwork,
    G: FloatArray,
    h: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    norm: str,
) -> FloatArray | None:
    """Return a point where the network's one output is no longer negative, near the origin.

    ``G @ x <= h`` and the bounds are the domain, which holds the origin. None if none was met.
    """
    x = _descent_to_zero(net, G, h, lower, upper, norm)
    if x is None:
        return None
    return _along_boundary(net, x, G, h, lower, upper, norm)


def _descent_to_zero(
    net: ReLUNetwork, G: FloatArray, h: FloatArray, lower: FloatArray, upper: FloatArray, norm: str
) -> FloatArray | None:
    x = np.zeros(net.input_dim)
    for _ in range(_MOST_STEPS):
        value = float(net(x)[0, 0])
        if value >= 0.0:
            break
        gradient = net.affine_map(net.activation_pattern(x)[0])[0][0]
        size = float(np.linalg.norm(gradient))
        if size == 0.0:
            return None
        rows, sides = np.vstack([G, -gradient / size]), np.append(h - G @ x, value / size)
        step = nearest_point(rows, sides, lower - x, upper - x, norm).point
        if step is None:
            return None
        x = np.clip(x + _OVERSHOOT * step, lower, upper)
        if (G @ x > h).any():
            x -= (1.0 - 1.0 / _OVERSHOOT) * step
    else:
        return None
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if net(middle * x)[0, 0] >= 0.0 else (middle, high)
    return high * x


def _along_boundary(
    net: ReLUNetwork,
    x: FloatArray,
    G: FloatArray,
    h: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    norm: str,
) -> FloatArray:
    distance = float(length(norm, x))
    pattern = net.one_sided_pattern(x, x, zero=_ZERO)[0]
    for _ in range(_MOST_STEPS):
        A, c = net.neuron_maps(pattern)
        A, c = -A * pattern[:, None], c * pattern
        (gradient,), (offset,) = net.affine_map(pattern)
        table = np.column_stack([np.vstack([A, -gradient]), np.append(c, offset)])
        sizes = np.linalg.norm(table[:, :-1], axis=1)
        table = table[sizes > 0.0] / sizes[sizes > 0.0, None]
        rows, sides = np.vstack([table[:, :-1], G]), np.append(table[:, -1], h)
        found = nearest_point(rows, sides, lower, upper, norm, distance * (1.0 - _GAIN))
        if found.point is None or net(found.point)[0, 0] < -_ZERO * abs(offset):
            break
        x, distance = found.point, found.distance
        slope = gradient @ gradient
        inwards = -x + (x @ gradient / slope) * gradient if slope > 0.0 else -x
        pattern = net.one_sided_pattern(x, inwards, zero=_ZERO)[0]
    return x
