"""Samples with their labels, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import float_array, points
from ..errors import InvalidInputError, ShapeError

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork


def labelled(name: str, net: ReLUNetwork, data: Any) -> tuple[FloatArray, IntArray]:
    """Return samples and labels 0, 1, ...; with one output -1 and 1 do for 0 and 1."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise InvalidInputError(f"`{name}` must be a pair (X, y); got {type(data).__name__}")
    X = points(f"{name}[0]", data[0], net.input_dim)
    y = float_array(f"{name}[1]", data[1])
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.shape != (len(X),):
        raise ShapeError(f"`{name}[1]` must hold one label a sample, ({len(X)},); got {y.shape}")
    if not len(X):
        raise InvalidInputError(f"`{name}` must hold at least one sample; got none")
    if net.output_dim == 1 and set(np.unique(y)) <= {-1.0, 1.0}:
        y = (y + 1.0) / 2.0
    classes = max(net.output_dim, 2)
    if not np.isin(y, np.arange(classes)).all():
        raise InvalidInputError(
            f"`{name}[1]` must hold class labels 0 to {classes - 1}; "
            f"got values from {y.min():g} to {y.max():g}"
        )
    return X, y.astype(np.int64)
