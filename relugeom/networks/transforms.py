"""Networks made from networks: on a slice, with other parameters, with outputs made neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._check import float_array, frozen, instance
from ..arrangements.domains import AffineSlice
from ..errors import ShapeError
from .matrix import dense, like, locked, magnitude
from .network import ReLUNetwork

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def restricted(net: ReLUNetwork, affine_slice: AffineSlice) -> ReLUNetwork:
    """Return the network on a slice; see `ReLUNetwork.restrict`."""
    instance("affine_slice", affine_slice, AffineSlice)
    if affine_slice.ambient_dim != net.input_dim:
        raise ShapeError(
            f"`affine_slice` must lie in R^{net.input_dim}, the input space; "
            f"got one in R^{affine_slice.ambient_dim}"
        )
    first = net.weights[0]
    return ReLUNetwork(
        (frozen(first @ affine_slice.basis), *net.weights[1:]),
        (frozen(first @ affine_slice.origin + net.biases[0]), *net.biases[1:]),
        net.slopes,
    )


def with_parameters(net: ReLUNetwork, theta: ArrayLike) -> ReLUNetwork:
    """Return the network with other parameters; see `ReLUNetwork.with_parameters`."""
    vector = float_array("theta", theta, shape=(net.n_parameters,))
    weights, biases, at = [], [], 0
    for w, b in zip(net.weights, net.biases, strict=True):
        size = w.shape[0] * w.shape[1]
        weights.append(like(w, vector[at : at + size].reshape(w.shape)))
        at += size
        biases.append(frozen(vector[at : at + b.size]))
        at += b.size
    return ReLUNetwork(tuple(weights), tuple(biases), net.slopes)


def magnitudes(net: ReLUNetwork) -> ReLUNetwork:
    """Return the network of absolute values; see `ReLUNetwork.magnitudes`."""
    return ReLUNetwork(
        tuple(locked(magnitude(w)) for w in net.weights),
        tuple(frozen(np.abs(b)) for b in net.biases),
        tuple(frozen(np.abs(s)) for s in net.slopes),
    )


def with_decision_layer(net: ReLUNetwork) -> ReLUNetwork:
    """Return it with differences of outputs as neurons; see `ReLUNetwork.with_decision_layer`."""
    k = net.output_dim
    i, j = np.triu_indices(k, 1)
    differences = np.eye(k)[i] - np.eye(k)[j] if k > 1 else np.ones((1, 1))
    return with_output_neurons(net, differences, np.zeros(len(differences)))


def with_output_neurons(net: ReLUNetwork, A: ArrayLike, b: ArrayLike) -> ReLUNetwork:
    """Return it with functions of its output as neurons; see `ReLUNetwork.with_output_neurons`."""
    k = net.output_dim
    functions = float_array("A", A, shape=(None, k))
    m = len(functions)
    offsets = float_array("b", b, shape=(m,))
    rows = np.vstack([functions, np.eye(k)])
    slope = np.concatenate([np.zeros(m), np.ones(k)])
    select = np.hstack([np.zeros((k, m)), np.eye(k)])
    bias = rows @ net.biases[-1] + np.concatenate([offsets, np.zeros(k)])
    return ReLUNetwork(
        (*net.weights[:-1], frozen(rows @ dense(net.weights[-1])), frozen(select)),
        (*net.biases[:-1], frozen(bias), frozen(np.zeros(k))),
        (*net.slopes, frozen(slope)),
    )
