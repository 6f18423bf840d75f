"""Parameter vectors seen as weights and biases, and the masks they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray
    from ..networks.network import ReLUNetwork


class HiddenLayers(NamedTuple):
    """Where layers begin in a row of `columns` and in a row of states."""

    width: IntArray
    fan_in: IntArray
    start: IntArray
    at_unit: IntArray
    slope: FloatArray


def layers(net: ReLUNetwork, theta: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Return views of ``theta``, shape (..., P), as weights (..., out, in) and biases (..., out).

    The order is that of `ReLUNetwork.parameters`.
    """
    views, at, lead = [], 0, theta.shape[:-1]
    for w in net.weights:
        out, size = w.shape[0], w.shape[0] * w.shape[1]
        weight = theta[..., at : at + size].reshape(*lead, *w.shape)
        at += size
        views.append((weight, theta[..., at : at + out]))
        at += out
    return views


def hidden_layers(net: ReLUNetwork) -> HiddenLayers:
    """Return where the layers begin."""
    width, fan_in = np.array(net.widths), np.array([net.input_dim, *net.widths[:-1]])
    sizes = width * fan_in + width
    start, at_unit = np.cumsum(sizes) - sizes, np.cumsum(width) - width
    return HiddenLayers(width, fan_in, start, at_unit, np.concatenate(net.slopes))


def columns(net: ReLUNetwork, theta: FloatArray) -> FloatArray:
    """Return the hidden layers of parameters (S, P), each by columns, then its bias: (S, Q)."""
    parts = []
    for weight, bias in layers(net, theta)[:-1]:
        parts += [weight.swapaxes(1, 2).reshape(len(theta), -1), bias]
    return np.concatenate(parts, axis=1)


def preactivations(net: ReLUNetwork, theta: FloatArray, X: FloatArray) -> list[FloatArray]:
    """Return the hidden pre-activations at parameters (S, P): one (S, n, width) array a layer."""
    a: FloatArray = np.broadcast_to(X, (len(theta), *X.shape))
    result = []
    for (w, b), slope in zip(layers(net, theta)[:-1], net.slopes, strict=True):
        z = a @ w.swapaxes(1, 2) + b[:, None, :]
        result.append(z)
        a = np.where(z > 0, z, z * slope)
    return result


def masks(net: ReLUNetwork, theta: FloatArray, X: FloatArray) -> list[BoolArray]:
    """Return which rectified neurons are on: one (S, n, n_rectified) array a layer."""
    values = preactivations(net, theta, X)
    return [z[..., r] > 0 for z, r in zip(values, net.rectified, strict=True)]


def step_blocks(net: ReLUNetwork, n_samples: int, n_steps: int, limit: int = 2**22) -> list[range]:
    """Cut ``range(n_steps)`` into blocks, at least one step each, to bound memory.

    The pre-activations of a block, and its parameters, have at most ``limit`` entries.
    """
    entries = max(n_samples * sum(net.widths), net.n_parameters)
    size = max(1, limit // entries)
    return [range(at, min(at + size, n_steps)) for at in range(0, n_steps, size)]
