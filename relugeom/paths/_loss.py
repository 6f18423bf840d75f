"""Training losses and their gradients by backpropagation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import choice, float_array
from ..errors import InvalidInputError, ShapeError
from ._parameters import layers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from ..networks.network import ReLUNetwork

LOSSES = ("mse", "cross_entropy")


def targets(net: ReLUNetwork, y: ArrayLike, loss: str, n: int) -> Any:
    """Return the targets checked: (n, output_dim) floats for mse, (n,) labels otherwise."""
    choice("loss", loss, LOSSES)
    k = net.output_dim
    if loss == "mse":
        values = float_array("y", y)
        if values.ndim == 1 and k == 1:
            values = values[:, None]
        if values.shape != (n, k):
            raise ShapeError(f"`y` must have shape ({n}, {k}); got {values.shape}")
        return values
    labels = float_array("y", y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (n,):
        raise ShapeError(f"`y` must hold one label a sample, shape ({n},); got {labels.shape}")
    classes = max(k, 2)
    if (labels != np.rint(labels)).any() or ((labels < 0) | (labels >= classes)).any():
        raise InvalidInputError(
            f"`y` must hold labels 0 to {classes - 1} for cross_entropy; "
            f"got values from {labels.min():g} to {labels.max():g}"
        )
    return labels.astype(np.int64)


def evaluate(
    net: ReLUNetwork, theta: FloatArray, X: FloatArray, y: Any, loss: str
) -> tuple[float, FloatArray]:
    """Return loss and gradient at the parameters ``theta``, averaged over the rows of ``X``.

    "mse" is the mean over samples and outputs; "cross_entropy" the mean negative log-likelihood
    of the softmax, or of the logistic function when there is one output. At a kink the derivative
    of a neuron is its slope at negative values.
    """
    parts = layers(net, theta)
    inputs, gates, a = [], [], X
    for (w, b), slope in zip(parts[:-1], net.slopes, strict=True):
        inputs.append(a)
        z = a @ w.T + b
        gate = np.where(z > 0, 1.0, slope)
        gates.append(gate)
        a = z * gate
    inputs.append(a)
    w, b = parts[-1]
    value, delta = _output(a @ w.T + b, y, loss)
    gradient = np.empty_like(theta)
    slots = layers(net, gradient)
    for layer in range(len(parts) - 1, -1, -1):
        slots[layer][0][...] = delta.T @ inputs[layer]
        slots[layer][1][...] = delta.sum(axis=0)
        if layer:
            delta = (delta @ parts[layer][0]) * gates[layer - 1]
    return value, gradient


def value(net: ReLUNetwork, theta: FloatArray, X: FloatArray, y: Any, loss: str) -> float:
    """Return the loss at the parameters ``theta``, averaged over the rows of ``X``."""
    a = X
    parts = layers(net, theta)
    for (w, b), slope in zip(parts[:-1], net.slopes, strict=True):
        z = a @ w.T + b
        a = np.where(z > 0, z, z * slope)
    return _output(a @ parts[-1][0].T + parts[-1][1], y, loss)[0]


def _output(output: FloatArray, y: Any, loss: str) -> tuple[float, FloatArray]:
    """Return the loss and its derivative by the outputs, shape (n, output_dim)."""
    n, k = output.shape
    if loss == "mse":
        residual = output - y
        return float(np.mean(residual * residual)), residual * (2.0 / residual.size)
    if k == 1:
        logit = output[:, 0]
        # log(1 + exp(z)) - y z, without overflow
        losses = np.logaddexp(0.0, logit) - y * logit
        half = 0.5 * (1.0 + np.tanh(0.5 * logit))
        return float(np.mean(losses)), ((half - y) / n)[:, None]
    shifted = output - output.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    log_p = shifted - log_sum
    delta = np.exp(log_p)
    delta[np.arange(n), y] -= 1.0
    return float(-np.mean(log_p[np.arange(n), y])), delta / n
