"""What each Keras layer or operation does to affine functions; rules take it and its arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from . import operators as op
from .operators import NoRule
from .program import Value

if TYPE_CHECKING:
    from .._check import FloatArray


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
    elif layer.padding == "causal":
        total = [d * (k - 1) for d, k in zip(dilation, sizes, strict=True)]
    else:
        total = [0] * n
    before = tuple(t if layer.padding == "causal" else t // 2 for t in total)
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


def _transposed(layer: Any, args: list[Any]) -> Value:
    if layer.output_padding is not None:
        raise NoRule("with output padding")
    x, w = _channels_first(args[0], layer), _weights(layer)
    kernel = np.moveaxis(w["kernel"], (-1, -2), (0, 1))  # (in, out, ...)
    n = len(x.shape) - 2
    stride, dilation = _tuple(layer.strides, n), _tuple(layer.dilation_rate, n)
    size = kernel.shape[2:]
    beyond = [d * (k - 1) + 1 - s for d, k, s in zip(dilation, size, stride, strict=True)]
    cut = [max(b, 0) if layer.padding == "same" else 0 for b in beyond]
    before, after = tuple(c // 2 for c in cut), tuple(c - c // 2 for c in cut)
    window = op.Window(size, stride, dilation, before, after)
    bias = w["bias"] if layer.use_bias else None
    extra = [max(-b, 0) for b in beyond]
    return _channels_back(op.convolution_transposed(x, kernel, bias, window, 1, extra), layer)


def _separable(layer: Any, args: list[Any]) -> Value:
    x, w = _channels_first(args[0], layer), _weights(layer)
    deep = np.moveaxis(w["depthwise_kernel"], (-2, -1), (0, 1))  # (in, multiplier, ...)
    channels = deep.shape[0]
    window = _window(layer, x.shape[2:], deep.shape[2:], layer.strides)
    y = op.convolution(x, deep.reshape(-1, 1, *deep.shape[2:]), None, window, channels)
    one = (1,) * (len(x.shape) - 2)
    point = np.moveaxis(w["pointwise_kernel"], (-1, -2), (0, 1))
    bias = w["bias"] if layer.use_bias else None
    none = (0,) * len(one)
    return _channels_back(
        op.convolution(y, point, bias, op.Window(one, one, one, none, none)), layer
    )


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


def _normalization(layer: Any, args: list[Any]) -> Value:
    from keras import config

    mean = np.asarray(_numbers(layer.mean), np.float64)
    spread = np.sqrt(np.asarray(_numbers(layer.variance), np.float64))
    spread = np.maximum(spread, config.epsilon())
    if layer.invert:
        return op.affine(args[0], spread, mean)
    return op.affine(args[0], 1.0 / spread, -mean / spread)


def _relu(layer: Any, args: list[Any]) -> Value:
    if getattr(layer, "threshold", 0.0):
        raise NoRule("with a threshold")
    x, top = args[0], getattr(layer, "max_value", None)
    slope = float(getattr(layer, "negative_slope", 0.0) or 0.0)
    y = op.relu(x, slope)
    if top is None:
        return y
    return y + op.relu(x.scaled(1.0, -float(top))).scaled(-1.0)


def _operands(args: list[Any]) -> list[Any]:
    """Return what a merging layer takes as one list, and an operation as arguments."""
    return args[0] if isinstance(args[0], list) else args


def _merge(args: list[Any], join: Callable[[Any, Any], Value]) -> Value:
    merged: Value = reduce(join, _operands(args))
    return merged


def _key(key: Any) -> Any:
    """Return the places that an index chooses, its numbers back from arrays."""
    if isinstance(key, list):
        return tuple(_key(k) for k in key)
    return int(key) if isinstance(key, np.ndarray) else key


def _clip(layer: Any, args: list[Any]) -> Value:
    return op.clip(args[0], float(layer.x_min), float(layer.x_max))


def _axes(layer: Any, x: Value) -> list[int]:
    n = len(x.shape)
    axes = range(n) if layer.axis is None else np.atleast_1d(layer.axis)
    return [int(a) % n for a in axes]


def _extreme(layer: Any, args: list[Any], sign: float) -> Value:
    x = args[0].scaled(sign)
    return op.largest_over(x, _axes(layer, x), layer.keepdims).scaled(sign)


def _total(layer: Any, args: list[Any], mean: bool) -> Value:
    return op.reduce_sum(args[0], _axes(layer, args[0]), layer.keepdims, mean=mean)


def _upsample(layer: Any, args: list[Any]) -> Value:
    if getattr(layer, "interpolation", "nearest") != "nearest":
        raise NoRule(f"with {layer.interpolation} interpolation")
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
    shape = getattr(layer, "newshape", None)  # of the operation of keras.ops
    return op.reshape(args[0], (1, *layer.target_shape) if shape is None else shape)


def _flatten(layer: Any, args: list[Any]) -> Value:
    if getattr(layer, "data_format", None) == "channels_first" and len(args[0].shape) > 2:
        x = args[0].take(np.moveaxis(op.places(args[0]), 1, -1))
        return op.reshape(x, (1, -1))
    return op.reshape(args[0], (1, -1))


def _average(values: list[Any]) -> Value:
    total = _merge([values], op.add)
    return total.scaled(1.0 / len(values))


LAYERS: dict[str, Callable[[Any, list[Any]], Value]] = {
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
    "Normalization": _normalization,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "DepthwiseConv1D": lambda layer, a: _convolution(layer, a, depthwise=True),
    "DepthwiseConv2D": lambda layer, a: _convolution(layer, a, depthwise=True),
    **{f"Conv{n}DTranspose": _transposed for n in (1, 2, 3)},
    **{f"SeparableConv{n}D": _separable for n in (1, 2)},
    "BatchNormalization": _batch_norm,
    "ReLU": _relu,
    "Relu": _relu,
    "LeakyRelu": _relu,
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
    "Add": lambda layer, a: _merge(a, op.add),
    "Subtract": lambda layer, a: _merge(a, lambda x, y: op.add(x, y, -1.0)),
    "Multiply": lambda layer, a: _merge(a, op.multiply),
    "Divide": lambda layer, a: op.divide(*a),
    "TrueDivide": lambda layer, a: op.divide(*a),
    "Matmul": lambda layer, a: op.matmul(*a),
    "Clip": _clip,
    "Max": lambda layer, a: _extreme(layer, a, 1.0),
    "Min": lambda layer, a: _extreme(layer, a, -1.0),
    "Sum": lambda layer, a: _total(layer, a, False),
    "Mean": lambda layer, a: _total(layer, a, True),
    "GetItem": lambda layer, a: a[0].take(op.places(a[0])[_key(a[1])]),
    "RepeatVector": lambda layer, a: a[0].take(op.places(a[0])[:, None].repeat(layer.n, 1)),
    "Average": lambda layer, a: _average(a[0]),
    "Maximum": lambda layer, a: op.largest_of(*_operands(a)),
    "Minimum": lambda layer, a: op.largest_of(*_operands(a), sign=-1.0),
    "Negative": lambda layer, a: a[0].scaled(-1.0),
    "Concatenate": lambda layer, a: op.concatenate(a[0], layer.axis),
    "Rescaling": lambda layer, a: op.affine(
        a[0], np.asarray(layer.scale), np.asarray(layer.offset)
    ),
}
