"""Weights in safetensors files: names and arrays, but no word on how they are joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import BROKEN, reason
from .._lazy import optional
from ..errors import (
    FileFormatError,
    InvalidInputError,
    RelugeomError,
    UnsupportedError,
)
from .network import ReLUNetwork

if TYPE_CHECKING:
    from .._check import FloatArray


def load_safetensors(file: Path, widths: Sequence[int] | None = None) -> ReLUNetwork:
    """Load fully connected layers with a ReLU between each two.

    Matrices are ``NAME.weight`` (out, in), biases ``NAME.bias``; layers come in the natural order
    of their names (``layer2`` before ``layer10``), or as ``widths`` says.

    Parameters
    ----------
    file : Path
    widths : sequence of int, optional
        Input dimension, hidden widths, output dimension; layers of one shape stay in natural
        order.

    Raises
    ------
    UnsupportedError
        If the file holds tensors that are no layers, such as those of convolutions.
    InvalidInputError
        If ``widths`` is needed, or does not fit.
    """
    library = optional("safetensors", "safetensors")
    try:
        stored = library.deserialize(file.read_bytes())
    except (library.SafetensorError, *BROKEN) as error:
        raise FileFormatError(
            f"{file.name} is not a readable safetensors file: {reason(error)}"
        ) from error
    layers = _layers({name: _numbers(name, about) for name, about in stored})
    names = _in_order(layers, widths)
    weights, biases = zip(*(layers[name] for name in names), strict=True)
    try:
        return ReLUNetwork.from_weights(weights, biases)
    except RelugeomError as error:
        raise FileFormatError(f"{file.name} does not hold a network: {reason(error)}") from error


def _numbers(name: str, about: dict[str, Any]) -> FloatArray:
    """Return a tensor as it is stored, in float64."""
    kind, data = about["dtype"], about["data"]
    if kind == "BF16":  # the upper half of single precision
        values = (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    elif re.fullmatch(r"[FI](16|32|64)", kind):
        values = np.frombuffer(data, f"<{kind[0].lower()}{int(kind[1:]) // 8}")
    else:
        raise UnsupportedError(
            f"the tensor {name!r} holds {kind}; known are BF16, F16 to F64 and I16 to I64"
        )
    return values.reshape(about["shape"]).astype(np.float64)


def _layers(tensors: dict[str, Any]) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Pair matrices with biases, by the names of layers in natural order."""
    layers = {}
    left = dict(tensors)
    for name in sorted(tensors, key=_natural):
        stem, dot, kind = name.rpartition(".")
        if kind != "weight" or tensors[name].ndim != 2:
            continue
        matrix = left.pop(name)
        layers[stem] = matrix, left.pop(f"{stem}{dot}bias", np.zeros(len(matrix)))
    if left:
        name = min(left, key=_natural)
        raise UnsupportedError(
            f"the tensor {name!r} of shape {left[name].shape} is neither the matrix of a fully "
            "connected layer nor its bias; load the model in its framework and use from_torch"
        )
    if not layers:
        raise FileFormatError("`file` must hold a tensor NAME.weight; got none")
    return layers


def _natural(name: str) -> list[tuple[int, int | str]]:
    """Sort key in which numbers inside names count as numbers."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts if part]


def _in_order(
    layers: dict[str, tuple[FloatArray, FloatArray]], widths: Sequence[int] | None
) -> list[str]:
    shapes = {name: matrix.shape for name, (matrix, _) in layers.items()}
    shown = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    if widths is None:
        if any(a[0] != b[1] for a, b in pairwise(shapes.values())):
            raise InvalidInputError(
                f"`widths` must be given, as layers do not follow in the order {shown}; got None"
            )
        return list(layers)
    names: list[str] = []
    for into, out in pairwise(widths):
        fitting = [n for n in layers if n not in names and shapes[n] == (out, into)]
        if not fitting:
            raise InvalidInputError(
                f"`widths` must use each layer once; got none left from {into} to {out}: {shown}"
            )
        names.append(fitting[0])
    if len(names) < len(layers):
        raise InvalidInputError(f"`widths` must use each layer once; got {len(names)} of {shown}")
    return names
