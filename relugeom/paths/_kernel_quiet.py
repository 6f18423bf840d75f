"""Samples at which no sign can change while parameters stay in a box: interval arithmetic."""

from __future__ import annotations

import numpy as np

from .._check import BoolArray, FloatArray, IntArray
from .._jit import jit

_U = 2.0**-53
_TINY = 1e-290  # products below it may have lost digits


@jit
def find_quiet(
    X: FloatArray, centre: FloatArray, radius: FloatArray, width: IntArray, fan_in: IntArray,
    start: IntArray, at_unit: IntArray, slope: FloatArray, quiet: BoolArray,
) -> None:  # fmt: skip
    """Write for each row of X whether it is quiet.

    ``centre`` and ``radius`` (Q,) are the box, laid out like the rows of ``columns``. An interval
    is its centre and its radius; the radius takes the rounding errors of both.
    """
    widest = X.shape[1]
    for layer in range(len(width)):
        widest = max(widest, width[layer])
    a, da = np.zeros(widest), np.zeros(widest)
    c, r, size = np.zeros(widest), np.zeros(widest), np.zeros(widest)
    for i in range(len(X)):
        for j in range(X.shape[1]):
            a[j], da[j] = X[i, j], 0.0
        quiet[i] = True
        for layer in range(len(width)):
            n = width[layer]
            _interval(layer, start, fan_in[layer], n, centre, radius, a, da, c, r, size)
            slack = (2.0 * fan_in[layer] + 24.0) * _U
            for k in range(n):
                unit = at_unit[layer] + k
                gate = 1.0
                reach = r[k] + slack * (size[k] + r[k]) + _TINY
                if slope[unit] != 1.0:
                    quiet[i] = quiet[i] and abs(c[k]) > reach
                    gate = 1.0 if c[k] > 0.0 else slope[unit]
                a[k], da[k] = gate * c[k], abs(gate) * reach * (1.0 + 8.0 * _U)
                da[k] += 2.0 * _U * abs(a[k])
            if not quiet[i]:
                break


@jit
def _interval(
    layer: int, start: IntArray, fan_in: int, n: int, centre: FloatArray, radius: FloatArray,
    a: FloatArray, da: FloatArray, c: FloatArray, r: FloatArray, size: FloatArray,
) -> None:  # fmt: skip
    """Centres and radii of a layer's pre-activations, and the magnitudes that went in."""
    bias = start[layer] + fan_in * n
    for k in range(n):
        c[k], r[k], size[k] = centre[bias + k], radius[bias + k], abs(centre[bias + k])
    for j in range(fan_in):
        if a[j] == 0.0 and da[j] == 0.0:
            continue
        column, total = start[layer] + j * n, abs(a[j]) + da[j]
        w, dw = centre[column : column + n], radius[column : column + n]
        for k in range(n):
            c[k] += w[k] * a[j]
            r[k] += dw[k] * total + abs(w[k]) * da[j]
            size[k] += abs(w[k]) * total
