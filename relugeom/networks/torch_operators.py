"""What each operator of an exported PyTorch program does to affine functions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from . import operators as op
from .operators import NoRule
from .program import Value

if TYPE_CHECKING:
    from .._check import FloatArray

Arguments = dict[str, Any]  # by the names of torch's schema


def _add(a: Arguments, sign: float = 1.0) -> Value:
    return op.add(a["self"], a["other"], sign * a.get("alpha", 1))


def _divide(a: Arguments) -> Value:
    if a.get("rounding_mode"):
        raise NoRule("that rounds")
    return op.divide(a["self"], a["other"])


def _larger(a: Arguments, sign: float = 1.0) -> Value:
    pair = (v if isinstance(v, Value) else np.asarray(v) for v in (a["self"], a["other"]))
    return op.largest_of(*pair, sign=sign)


def _clamp(a: Arguments, low: str = "min", high: str = "max") -> Value:
    least, most = a.get(low), a.get(high)
    if any(isinstance(v, Value | np.ndarray) for v in (least, most)):
        x = a["self"] if least is None else _larger({"self": a["self"], "other": least})
        return x if most is None else _larger({"self": x, "other": most}, -1.0)
    low_, high_ = (-np.inf if least is None else least), (np.inf if most is None else most)
    return op.clip(a["self"], float(low_), float(high_))


def _prelu(a: Arguments) -> Value:
    x, slope = a["self"], a["weight"]
    if slope.size > 1:
        slope = slope.reshape(-1, *[1] * (len(x.shape) - 2))
    return op.relu(x, np.broadcast_to(slope, x.shape))


def _batch_norm(a: Arguments) -> Value:
    if a.get("training") or a.get("use_input_stats"):
        raise NoRule("in training mode")
    mean, variance = a["running_mean"], a["running_var"]
    if mean is None or variance is None:
        raise NoRule("without running statistics")
    factor = 1.0 / np.sqrt(variance + a["eps"])
    if a.get("weight") is not None:
        factor = factor * a["weight"]
    shift = -mean * factor
    return op.per_channel(a["input"], factor, shift if a.get("bias") is None else shift + a["bias"])


def _pair(value: Any, n: int) -> tuple[int, ...]:
    sizes = [int(v) for v in (value if isinstance(value, list | tuple) else [value])]
    return tuple(sizes * n if len(sizes) == 1 else sizes)


def _window(a: Arguments, x: Value, size: Any) -> op.Window:
    n = len(x.shape) - 2
    padding = a.get("padding", 0)
    dilation, sizes = _pair(a.get("dilation", 1), n), _pair(size, n)
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, sizes, strict=True)]
        before, after = tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)
    else:
        before = after = _pair(0 if padding == "valid" else padding, n)
    stride = sizes if a.get("stride") in (None, []) else _pair(a["stride"], n)
    return op.Window(sizes, stride, dilation, before, after, bool(a.get("ceil_mode", False)))


def _convolution(a: Arguments) -> Value:
    x, weight = a["input"], a["weight"]
    if a.get("transposed"):
        return _transposed(a)
    window = _window(a, x, list(weight.shape[2:]))
    return op.convolution(x, weight, a.get("bias"), window, a["groups"])


def _transposed(a: Arguments) -> Value:
    x, weight = a["input"], a["weight"]
    window = _window(a, x, list(weight.shape[2:]))
    extra = _pair(a["output_padding"], len(window.size))
    return op.convolution_transposed(x, weight, a.get("bias"), window, a["groups"], extra)


def _average_pool(a: Arguments) -> Value:
    x = a["self"]
    return op.average_pool(
        x,
        _window(a, x, a["kernel_size"]),
        count_padding=a.get("count_include_pad", True),
        divisor=a.get("divisor_override"),
    )


def _adaptive_average(a: Arguments) -> Value:
    x = a["self"]
    spatial = x.shape[2:]
    sizes = [
        n if s is None else int(s)
        for n, s in zip(spatial, _pair(a["output_size"], len(spatial)), strict=True)
    ]
    if any(n % s for n, s in zip(spatial, sizes, strict=True)):
        shares = [_shares(n, s) for n, s in zip(spatial, sizes, strict=True)]
        return op.along_axes(x, [np.eye(1), sparse.eye_array(x.shape[1], format="csr"), *shares])
    step = tuple(n // s for n, s in zip(spatial, sizes, strict=True))
    zero = (0,) * len(step)
    return op.average_pool(x, op.Window(step, step, (1,) * len(step), zero, zero))


def _shares(n: int, k: int) -> FloatArray:
    """Return the matrix that takes means over the k windows into which PyTorch cuts n places."""
    matrix = np.zeros((k, n))
    for i in range(k):
        low, high = i * n // k, -(-(i + 1) * n // k)
        matrix[i, low:high] = 1.0 / (high - low)
    return matrix


def _mean(a: Arguments, total: bool = False) -> Value:
    x = a["self"]
    axes = a.get("dim")
    chosen = range(len(x.shape)) if axes in (None, []) else np.atleast_1d(axes)
    return op.reduce_sum(x, [int(i) for i in chosen], bool(a.get("keepdim")), mean=not total)


def _pad(a: Arguments) -> Value:
    if a.get("mode", "constant") != "constant":
        raise NoRule(f"of mode {a['mode']}")
    widths, x = a["pad"], a["self"]
    by_axis = [(0, 0)] * (len(x.shape) - len(widths) // 2)
    by_axis += [(widths[i], widths[i + 1]) for i in range(len(widths) - 2, -1, -2)]
    return op.pad(x, by_axis, float(a.get("value") or 0.0))


def _tensor(a: Arguments) -> Value:
    value: Value = a["self"] if "self" in a else a["input"]
    return value


def _extreme(a: Arguments, sign: float = 1.0) -> Value:
    """Return the maximum over axes, or of everything, or of two tensors."""
    if "other" in a:
        return _larger(a, sign)
    x = a["self"].scaled(sign)
    axes = [int(i) % len(x.shape) for i in np.atleast_1d(a.get("dim", []))]
    axes = axes or list(range(len(x.shape)))
    return op.largest_over(x, axes, bool(a.get("keepdim"))).scaled(sign)


def _adaptive_max(a: Arguments) -> Value:
    x = a["self"]
    sizes, spatial = _pair(a["output_size"], len(x.shape) - 2), x.shape[2:]
    cuts = [
        [range(i * n // k, -(-(i + 1) * n // k)) for i in range(k)]
        for n, k in zip(spatial, sizes, strict=True)
    ]
    index = op.places(x)[0]
    groups = [
        channel[np.ix_(*window)].ravel().tolist() for channel in index for window in product(*cuts)
    ]
    return op.largest(x, groups, (*x.shape[:2], *sizes))


def _norm(a: Arguments) -> Value:
    size = {**a, "self": op.absolute(a["self"])}
    if a["ord"] == 1:
        return _mean(size, total=True)
    if a["ord"] == np.inf:
        return _extreme({k: v for k, v in size.items() if v is not None})
    raise NoRule(f"of order {a['ord']}")


def _threshold(a: Arguments) -> Value:
    if a["threshold"] != a["value"]:
        raise NoRule("that jumps")
    return op.clip(a["self"], float(a["threshold"]))


def _dropout(a: Arguments) -> Value:
    if a["train"] and a["p"]:
        raise NoRule("in training mode")
    return _tensor(a)


def _cast(a: Arguments) -> Value:
    like = a.get("other")
    if isinstance(like, np.ndarray) and like.dtype.kind != "f":
        raise NoRule(f"to {like.dtype}")
    return _tensor(a)


def _rrelu(a: Arguments) -> Value:
    if a["training"]:
        raise NoRule("in training mode")
    return op.relu(a["self"], (float(a["lower"]) + float(a["upper"])) / 2)


OPERATORS: dict[str, Callable[[Arguments], Any]] = {
    "linear": lambda a: op.linear(a["input"], a["weight"], a["bias"]),
    "matmul": lambda a: op.matmul(a["self"], a["other"]),
    "mm": lambda a: op.matmul(a["self"], a["mat2"]),
    "bmm": lambda a: op.matmul(a["self"], a["mat2"]),
    "mv": lambda a: op.matmul(a["self"], a["vec"]),
    "relu": lambda a: op.relu(a["self"]),
    "leaky_relu": lambda a: op.relu(a["self"], float(a["negative_slope"])),
    "prelu": _prelu,
    "hardtanh": lambda a: _clamp(a, "min_val", "max_val"),
    "relu6": lambda a: op.clip(a["self"], 0.0, 6.0),
    "clamp": _clamp,
    "clamp_min": _clamp,
    "clamp_max": _clamp,
    "abs": lambda a: op.absolute(a["self"]),
    "maximum": _larger,
    "minimum": lambda a: _larger(a, -1.0),
    "max": lambda a: _extreme(a) if "dim" not in a else [_extreme(a)],
    "min": lambda a: _extreme(a, -1.0) if "dim" not in a else [_extreme(a, -1.0)],
    "amax": _extreme,
    "amin": lambda a: _extreme(a, -1.0),
    "where": lambda a: op.where(a["condition"], a["self"], a["other"]),
    "linalg_vector_norm": _norm,
    "threshold": _threshold,
    "softshrink": lambda a: op.soft_shrink(a["self"], float(a["lambd"])),
    "hardsigmoid": lambda a: op.clip(a["self"].scaled(1 / 6, 0.5), 0.0, 1.0),
    "rrelu": _rrelu,
    "adaptive_max_pool1d": lambda a: [_adaptive_max(a)],
    "adaptive_max_pool2d": lambda a: [_adaptive_max(a)],
    "adaptive_max_pool3d": lambda a: [_adaptive_max(a)],
    "add": _add,
    "sub": lambda a: _add(a, -1.0),
    "mul": lambda a: op.multiply(a["self"], a["other"]),
    "div": _divide,
    "neg": lambda a: op.affine(a["self"], -1.0),
    "batch_norm": _batch_norm,
    "instance_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": lambda a: [_batch_norm(a)],
    "conv1d": _convolution,
    "conv2d": _convolution,
    "conv3d": _convolution,
    "convolution": _convolution,
    "conv_transpose1d": _transposed,
    "conv_transpose2d": _transposed,
    "conv_transpose3d": _transposed,
    "max_pool1d": lambda a: op.max_pool(a["self"], _window(a, a["self"], a["kernel_size"])),
    "max_pool2d": lambda a: op.max_pool(a["self"], _window(a, a["self"], a["kernel_size"])),
    "max_pool3d": lambda a: op.max_pool(a["self"], _window(a, a["self"], a["kernel_size"])),
    "max_pool2d_with_indices": lambda a: [
        op.max_pool(a["self"], _window(a, a["self"], a["kernel_size"]))
    ],
    "avg_pool1d": _average_pool,
    "avg_pool2d": _average_pool,
    "avg_pool3d": _average_pool,
    "adaptive_avg_pool1d": _adaptive_average,
    "adaptive_avg_pool2d": _adaptive_average,
    "adaptive_avg_pool3d": _adaptive_average,
    "_adaptive_avg_pool2d": _adaptive_average,
    "_adaptive_avg_pool3d": _adaptive_average,
    "mean": _mean,
    "sum": lambda a: _mean(a, total=True),
    "pad": _pad,
    "constant_pad_nd": _pad,
    "dropout": _dropout,
    "feature_dropout": _dropout,
    "alpha_dropout": _dropout,
    "feature_alpha_dropout": _dropout,
    "nan_to_num": _tensor,
    "clone": _tensor,
    "contiguous": _tensor,
    "alias": _tensor,
    "detach": _tensor,
    "to": _cast,
    "_to_copy": _tensor,
    "lift_fresh_copy": _tensor,
}
