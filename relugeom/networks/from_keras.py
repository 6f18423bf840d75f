"""Keras models, walked from their outputs back to their input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import BROKEN
from ..errors import FileFormatError, InvalidInputError, MissingExtraError, UnsupportedError
from . import operators as op
from .program import LOGITS, Program, Value, left_off

if TYPE_CHECKING:
    from .._check import FloatArray
    from .network import ReLUNetwork


def from_keras(model: Any) -> ReLUNetwork:
    """Turn a Keras model into a network, in float64.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional, with one input and one output. Dense, convolutional, pooling,
        padding, reshaping and merging layers, batch normalisation and ReLU-like activations are
        understood. A final softmax or sigmoid is left off, with a warning: the network gives
        logits.

    Returns
    -------
    ReLUNetwork
        Takes and gives tensors flattened in row-major order (channels last, as in Keras).

    Raises
    ------
    UnsupportedError
        If a layer is not piecewise linear, or not known; the message names it.
    MissingExtraError
        If keras is not installed.
    """
    keras = _keras()
    if not isinstance(model, keras.Model):
        raise InvalidInputError(f"`model` must be a keras.Model; got {type(model).__name__}")
    if not model.built or not getattr(model, "outputs", None):
        raise InvalidInputError(
            "`model` must be built, Sequential or functional; start it with keras.Input(shape)"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise UnsupportedError(
            f"a model with {len(model.inputs)} inputs and {len(model.outputs)} outputs; one of each"
        )
    shape = tuple(model.inputs[0].shape)[1:]
    if None in shape:
        raise InvalidInputError(f"`model` must have an input of known shape; got {shape}")
    output = _walk(model, Program((1, *shape)).input, final=True)
    return output.program.network(output)


def load_keras(path: Path) -> ReLUNetwork:
    """Load a ``.keras`` or ``.h5`` file that holds a whole model."""
    keras = _keras()
    try:
        model = keras.models.load_model(path, compile=False)
    except BROKEN as error:
        raise FileFormatError(f"{path.name} is not a readable keras model: {error}") from error
    return from_keras(model)


def _keras() -> Any:
    try:
        import keras
    except ImportError as error:
        if "keras" in str(error.name or ""):
            raise MissingExtraError("keras", "keras") from error
        raise MissingExtraError(
            f"{error.name} (or set KERAS_BACKEND to torch, jax or numpy)", "keras"
        ) from error
    return keras


def _walk(model: Any, x: Value, *, final: bool = False) -> Value:
    """Evaluate a model's graph on a tensor of affine functions."""
    known: dict[int, Any] = {id(model.inputs[0]): x}

    def value(tensor: Any) -> Any:
        if not hasattr(tensor, "_keras_history"):
            return (
                np.asarray(tensor, np.float64) if np.ndim(tensor) or _is_number(tensor) else tensor
            )
        if id(tensor) not in known:
            layer, node, _ = tensor._keras_history
            arguments = layer._inbound_nodes[node].arguments
            args = [_mapped(a, value) for a in arguments.args]
            kwargs = {k: _mapped(a, value) for k, a in arguments.kwargs.items()}
            known[id(tensor)] = _apply(layer, args, kwargs, last=final and tensor is out)
        return known[id(tensor)]

    out = model.outputs[0]
    result = value(out)
    assert isinstance(result, Value)
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _mapped(tree: Any, value: Callable[[Any], Any]) -> Any:
    if isinstance(tree, list | tuple):
        return [_mapped(t, value) for t in tree]
    return value(tree)


class _NoRule(Exception):
    """A layer is known, but not with this setting."""


def _apply(layer: Any, args: list[Any], kwargs: dict[str, Any], *, last: bool) -> Value:
    kind = type(layer).__name__
    try:
        if kind in ("Functional", "Sequential"):
            return _walk(layer, args[0], final=last)
        if last and kind.lower() in LOGITS:
            left_off(kind)
            return args[0]  # type: ignore[no-any-return]
        if kind not in _LAYERS:
            raise _NoRule
        result = _LAYERS[kind](layer, args)
        return _activated(result, getattr(layer, "activation", None), last)
    except _NoRule as error:
        detail = f" {error}" if str(error) else ""
        raise UnsupportedError(
            f"{kind} ({layer.name!r}){detail} is not a piecewise-linear layer that relugeom knows"
        ) from error


def _activated(x: Value, activation: Any, last: bool) -> Value:
    if activation is None:
        return x
    if not hasattr(activation, "__name__"):  # a layer used as an activation
        return _apply(activation, [x], {}, last=last)
    name = activation.__name__
    if last and name in LOGITS:
        left_off(name)
        return x
    rules: dict[str, Callable[[Value], Value]] = {
        "linear": lambda v: v,
        "relu": op.relu,
        "relu6": lambda v: op.clip(v, 0.0, 6.0),
        "leaky_relu": lambda v: op.relu(v, 0.2),
        "hard_tanh": lambda v: op.clip(v, -1.0, 1.0),
        "hard_sigmoid": lambda v: op.clip(v.scaled(1 / 6, 0.5), 0.0, 1.0),
    }
    if name not in rules:
        raise _NoRule(f"with the activation {name!r}")
    return rules[name](x)


# -- layers: each takes the layer and its arguments ------------------------------------------------


def _weights(layer: Any) -> dict[str, FloatArray]:
    return {v.name: np.asarray(_numbers(v), np.float64) for v in layer.weights}


def _numbers(variable: Any) -> Any:
    from keras import ops

    return ops.convert_to_numpy(variable)


def _channels_first(x: Value, layer: Any) -> Value:
    if getattr(layer, "data_format", None) == "channels_first":
        return x
    return x.take(np.moveaxis(op.places(x), -1, 1))


def _channels_back(x: Value, layer: Any) -> Value:
    if getattr(layer, "data_format", None) == "channels_first":
        return x
    return x.take(np.moveaxis(op.places(x), 1, -1))


def _dense(layer: Any, args: list[Any]) -> Value:
    w = _weights(layer)
    y = op.matmul(args[0], w["kernel"])
    return op.affine(y, 1.0, w["bias"]) if layer.use_bias else y


def _window(layer: Any, spatial: tuple[int, ...], size: Any, stride: Any) -> op.Window:
    n = len(spatial)
    sizes, strides = _tuple(size, n), _tuple(stride, n)
    dilation = _tuple(getattr(layer, "dilation_rate", 1), n)
    if layer.padding == "same":
        total = [
            max((-(-m // s) - 1) * s + d * (k - 1) + 1 - m, 0)
            for m, k, s, d in zip(spatial, sizes, strides, dilation, strict=True)
        ]
    elif layer.padding == "valid":
        total = [0] * n
    else:
        raise _NoRule(f"with {layer.padding} padding")
    before = tuple(t // 2 for t in total)
    after = tuple(t - b for t, b in zip(total, before, strict=True))
    return op.Window(sizes, strides, dilation, before, after)


def _tuple(value: Any, n: int) -> tuple[int, ...]:
    return tuple(int(v) for v in value) if isinstance(value, list | tuple) else (int(value),) * n


def _convolution(layer: Any, args: list[Any], *, depthwise: bool = False) -> Value:
    x = _channels_first(args[0], layer)
    w, spatial = _weights(layer), x.shape[2:]
    kernel = np.moveaxis(w["kernel"], (-1, -2), (0, 1))  # (out, in, ...)
    groups = getattr(layer, "groups", 1)
    if depthwise:
        groups = kernel.shape[1]
        kernel = kernel.swapaxes(0, 1).reshape(-1, 1, *kernel.shape[2:])
    window = _window(layer, spatial, kernel.shape[2:], layer.strides)
    bias = w["bias"] if layer.use_bias else None
    return _channels_back(op.convolution(x, kernel, bias, window, groups), layer)


def _pool(layer: Any, args: list[Any], kind: str) -> Value:
    x = _channels_first(args[0], layer)
    window = _window(layer, x.shape[2:], layer.pool_size, layer.strides)
    if kind == "max":
        pooled = op.max_pool(x, window)
    else:
        pooled = op.average_pool(x, window, count_padding=False)
    return _channels_back(pooled, layer)


def _global_pool(layer: Any, args: list[Any], kind: str) -> Value:
    x = _channels_first(args[0], layer)
    spatial = x.shape[2:]
    ones = (1,) * len(spatial)
    window = op.Window(spatial, spatial, ones, (0,) * len(spatial), (0,) * len(spatial))
    pooled = op.max_pool(x, window) if kind == "max" else op.average_pool(x, window)
    if not layer.keepdims:
        return op.reshape(pooled, (1, -1))
    return _channels_back(pooled, layer)


def _batch_norm(layer: Any, args: list[Any]) -> Value:
    x, w = args[0], _weights(layer)
    variance, mean = w["moving_variance"], w["moving_mean"]
    factor = w.get("gamma", 1.0) / np.sqrt(variance + layer.epsilon)
    shift = w.get("beta", 0.0) - mean * factor
    shape = [1] * len(x.shape)
    shape[layer.axis if isinstance(layer.axis, int) else layer.axis[0]] = -1
    return op.affine(x, factor.reshape(shape), np.reshape(shift, shape))


def _relu(layer: Any, args: list[Any]) -> Value:
    if getattr(layer, "threshold", 0.0):
        raise _NoRule("with a threshold")
    x, top = args[0], getattr(layer, "max_value", None)
    slope = float(getattr(layer, "negative_slope", 0.0) or 0.0)
    y = op.relu(x, slope)
    if top is None:
        return y
    return y + op.relu(x.scaled(1.0, -float(top))).scaled(-1.0)


def _merge(args: list[Any], join: Callable[[Any, Any], Value]) -> Value:
    values = args[0] if isinstance(args[0], list) else args
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result  # type: ignore[no-any-return]


def _sum(x: Any, y: Any, sign: float = 1.0) -> Value:
    if isinstance(x, Value) and isinstance(y, Value):
        return op.add(x, y, sign)
    if isinstance(x, Value):
        return op.affine(x, 1.0, sign * y)
    return op.affine(y, sign, x)


def _product(x: Any, y: Any) -> Value:
    if isinstance(x, Value) and isinstance(y, Value):
        raise _NoRule("of two tensors that both depend on the input")
    return op.affine(x, y) if isinstance(x, Value) else op.affine(y, x)


def _largest(x: Any, y: Any, sign: float = 1.0) -> Value:
    if not (isinstance(x, Value) and isinstance(y, Value)) or x.shape != y.shape:
        raise _NoRule("of tensors of different shapes")
    return op.maximum(x.scaled(sign), y.scaled(sign)).scaled(sign)


def _upsample(layer: Any, args: list[Any]) -> Value:
    if getattr(layer, "interpolation", "nearest") != "nearest":
        raise _NoRule(f"with {layer.interpolation} interpolation")
    x = _channels_first(args[0], layer)
    index = op.places(x)
    for axis, factor in enumerate(_tuple(layer.size, len(x.shape) - 2), start=2):
        index = index.repeat(factor, axis)
    return _channels_back(x.take(index), layer)


def _pad(layer: Any, args: list[Any], sign: int = 1) -> Value:
    x = _channels_first(args[0], layer)
    given = layer.padding if sign > 0 else layer.cropping
    widths = [(w, w) if isinstance(w, int) else tuple(w) for w in given]
    if len(x.shape) == 3 and len(widths) == 2:  # one axis: (before, after)
        widths = [(int(given[0]), int(given[1]))]
    signed = [(sign * before, sign * after) for before, after in widths]
    return _channels_back(op.pad(x, [(0, 0), (0, 0), *signed]), layer)


def _reshape(layer: Any, args: list[Any]) -> Value:
    return op.reshape(args[0], (1, *layer.target_shape))


def _flatten(layer: Any, args: list[Any]) -> Value:
    if getattr(layer, "data_format", None) == "channels_first" and len(args[0].shape) > 2:
        x = args[0].take(np.moveaxis(op.places(args[0]), 1, -1))
        return op.reshape(x, (1, -1))
    return op.reshape(args[0], (1, -1))


def _average(values: list[Any]) -> Value:
    total = _merge([values], _sum)
    return total.scaled(1.0 / len(values))


_LAYERS: dict[str, Callable[[Any, list[Any]], Value]] = {
    **{
        name: lambda layer, a: a[0]
        for name in (
            "Identity",
            "Dropout",
            "SpatialDropout1D",
            "SpatialDropout2D",
            "AlphaDropout",
            "GaussianDropout",
            "GaussianNoise",
            "ActivityRegularization",
            "Activation",
        )
    },
    "Dense": _dense,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "DepthwiseConv1D": lambda layer, a: _convolution(layer, a, depthwise=True),
    "DepthwiseConv2D": lambda layer, a: _convolution(layer, a, depthwise=True),
    "BatchNormalization": _batch_norm,
    "ReLU": _relu,
    "Relu": _relu,
    "LeakyReLU": _relu,
    "PReLU": lambda layer, a: op.relu(a[0], _weights(layer)["alpha"]),
    "Abs": lambda layer, a: op.absolute(a[0]),
    "Absolute": lambda layer, a: op.absolute(a[0]),
    "Relu6": lambda layer, a: op.clip(a[0], 0.0, 6.0),
    **{f"MaxPooling{n}D": lambda layer, a: _pool(layer, a, "max") for n in (1, 2, 3)},
    **{f"AveragePooling{n}D": lambda layer, a: _pool(layer, a, "mean") for n in (1, 2, 3)},
    **{f"GlobalMaxPooling{n}D": lambda layer, a: _global_pool(layer, a, "max") for n in (1, 2, 3)},
    **{
        f"GlobalAveragePooling{n}D": lambda layer, a: _global_pool(layer, a, "mean")
        for n in (1, 2, 3)
    },
    **{f"UpSampling{n}D": _upsample for n in (1, 2, 3)},
    **{f"ZeroPadding{n}D": _pad for n in (1, 2, 3)},
    **{f"Cropping{n}D": lambda layer, a: _pad(layer, a, -1) for n in (1, 2, 3)},
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": lambda layer, a: a[0].take(op.places(a[0]).transpose(0, *layer.dims)),
    "Add": lambda layer, a: _merge(a, _sum),
    "Subtract": lambda layer, a: _merge(a, lambda x, y: _sum(x, y, -1.0)),
    "Multiply": lambda layer, a: _merge(a, _product),
    "Average": lambda layer, a: _average(a[0]),
    "Maximum": lambda layer, a: _merge(a, _largest),
    "Minimum": lambda layer, a: _merge(a, lambda x, y: _largest(x, y, -1.0)),
    "Negative": lambda layer, a: a[0].scaled(-1.0),
    "Concatenate": lambda layer, a: op.concatenate(a[0], layer.axis),
    "Rescaling": lambda layer, a: op.affine(
        a[0], np.asarray(layer.scale), np.asarray(layer.offset)
    ),
}
