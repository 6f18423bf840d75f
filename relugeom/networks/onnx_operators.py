"""What each ONNX operator does to affine functions; it takes inputs, or None, and attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from . import operators as op
from .operators import NoRule
from .program import Value

if TYPE_CHECKING:
    from .._check import FloatArray

Attributes = dict[str, Any]


def _gemm(x: list[Any], a: Attributes) -> Value:
    left, right = x[0], x[1]
    if a.get("transA"):
        left = left.take(op.places(left).T) if isinstance(left, Value) else left.T
    if a.get("transB"):
        right = right.take(op.places(right).T) if isinstance(right, Value) else right.T
    product = op.affine(op.matmul(left, right), a.get("alpha", 1.0))
    return product if len(x) < 3 or x[2] is None else op.add(product, x[2], a.get("beta", 1.0))


def _cast(x: list[Any], a: Attributes) -> Value:
    from onnx import TensorProto

    if a["to"] not in (
        TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16
    ):  # fmt: skip
        raise NoRule(f"to {TensorProto.DataType.Name(a['to'])}")
    unchanged: Value = x[0]
    return unchanged


def _dropout(x: list[Any], _: Attributes) -> Value:
    if len(x) > 2 and x[2] is not None and x[2].any():
        raise NoRule("in training mode")
    unchanged: Value = x[0]
    return unchanged


def _total(x: list[Any]) -> Value:
    constants = [v for v in x if not isinstance(v, Value)]
    total = reduce(op.add, (v for v in x if isinstance(v, Value)))
    return op.affine(total, 1.0, sum(constants)) if constants else total


def _clip(x: list[Any], a: Attributes) -> Value:
    limits = [*(v for v in x[1:3]), *[None] * (3 - len(x))]
    low = a.get("min") if limits[0] is None else limits[0]
    high = a.get("max") if limits[1] is None else limits[1]
    if isinstance(low, Value) or isinstance(high, Value):
        raise NoRule("with limits that depend on the input")
    return op.clip(
        x[0], -np.inf if low is None else float(low), np.inf if high is None else float(high)
    )


def _prelu(x: list[Any], _: Attributes) -> Value:
    slope = x[1]
    return op.relu(x[0], np.broadcast_to(slope, x[0].shape))


def _batch_norm(x: list[Any], a: Attributes) -> Value:
    value, scale, shift, mean, variance = x[:5]
    if a.get("training_mode"):
        raise NoRule("in training mode")
    factor = scale / np.sqrt(variance + a.get("epsilon", 1e-5))
    return op.per_channel(value, factor, shift - mean * factor)


def _window(x: Value, a: Attributes, size: Sequence[int]) -> op.Window:
    n = len(x.shape) - 2
    stride, dilation = (tuple(a.get(k) or [1] * n) for k in ("strides", "dilations"))
    pads = list(a.get("pads") or [0] * 2 * n)
    auto = a.get("auto_pad", b"NOTSET")
    auto = auto.decode() if isinstance(auto, bytes) else auto
    if auto.startswith("SAME"):
        total = [
            max((-(-m // s) - 1) * s + d * (k - 1) + 1 - m, 0)
            for m, s, d, k in zip(x.shape[2:], stride, dilation, size, strict=True)
        ]
        small, big = [t // 2 for t in total], [t - t // 2 for t in total]
        pads = small + big if auto == "SAME_UPPER" else big + small
    ceil = bool(a.get("ceil_mode", 0))
    return op.Window(tuple(size), stride, dilation, tuple(pads[:n]), tuple(pads[n:]), ceil)


def _convolution(x: list[Any], a: Attributes) -> Value:
    value, weight = x[0], x[1]
    window = _window(value, a, weight.shape[2:])
    return op.convolution(value, weight, x[2] if len(x) > 2 else None, window, a.get("group", 1))


def _transposed(x: list[Any], a: Attributes) -> Value:
    value, weight = x[0], x[1]
    if a.get("output_shape") or a.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        raise NoRule("with automatic padding")
    bias = x[2] if len(x) > 2 else None
    window = _window(value, a, weight.shape[2:])
    extra = a.get("output_padding")
    return op.convolution_transposed(value, weight, bias, window, a.get("group", 1), extra)


def _max_pool(x: list[Any], a: Attributes) -> Value:
    return op.max_pool(x[0], _window(x[0], a, a["kernel_shape"]))


def _average_pool(x: list[Any], a: Attributes) -> Value:
    window = _window(x[0], a, a["kernel_shape"])
    return op.average_pool(x[0], window, count_padding=bool(a.get("count_include_pad", 0)))


def _global(x: Value, *, mean: bool) -> Value:
    if mean:
        return op.reduce_sum(x, range(2, len(x.shape)), True, mean=True)
    n = int(np.prod(x.shape[2:]))
    groups = [list(range(c * n, (c + 1) * n)) for c in range(x.shape[1])]
    return op.largest(x, groups, (*x.shape[:2], *[1] * (len(x.shape) - 2)))


def _reduced_axes(x: list[Any], a: Attributes) -> list[int]:
    n = len(x[0].shape)
    axes = x[1] if len(x) > 1 and x[1] is not None else a.get("axes")
    if axes is None or len(axes) == 0:
        return [] if a.get("noop_with_empty_axes") else list(range(n))
    return [int(i) % n for i in axes]


def _reduce(x: list[Any], a: Attributes, *, mean: bool) -> Value:
    return op.reduce_sum(x[0], _reduced_axes(x, a), bool(a.get("keepdims", 1)), mean=mean)


def _extreme(x: list[Any], a: Attributes, sign: float) -> Value:
    value = x[0].scaled(sign)
    return op.largest_over(value, _reduced_axes(x, a), bool(a.get("keepdims", 1))).scaled(sign)


_NUMPY_MODES: dict[str, Any] = {
    "constant": "constant", "reflect": "reflect", "edge": "edge", "wrap": "wrap"
}  # fmt: skip


def _pad(x: list[Any], a: Attributes) -> Value:
    tensor: Value = x[0]
    mode = a.get("mode", b"constant").decode()
    if mode not in _NUMPY_MODES:
        raise NoRule(f"of mode {mode}")
    pads = [int(p) for p in (x[1] if len(x) > 1 else a["pads"])]
    value = float(x[2]) if len(x) > 2 and x[2] is not None else float(a.get("value", 0.0))
    n = len(tensor.shape)
    axes = [int(k) % n for k in x[3]] if len(x) > 3 and x[3] is not None else list(range(n))
    widths = [(0, 0)] * n
    for k, axis in enumerate(axes):
        widths[axis] = (pads[k], pads[k + len(axes)])
    if mode == "constant":
        return op.pad(tensor, widths, value)
    return tensor.take(np.pad(op.places(tensor), widths, mode=_NUMPY_MODES[mode]))


def resized(x: list[Any], a: Attributes) -> Value:
    """Enlarge or shrink a tensor, along one axis after the other."""
    value, a = x[0], dict(a)
    if len(x) < 3:  # Upsample, and Resize as it was at first
        a |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        x = [value, None, x[1] if len(x) > 1 else np.array(a.pop("scales"))]
    axes = [i % len(value.shape) for i in a.pop("axes", range(len(value.shape)))]
    if a.pop("keep_aspect_ratio_policy", b"stretch") != b"stretch":
        raise NoRule("that keeps the ratio of the sides")
    if a.get("coordinate_transformation_mode") == b"tf_crop_and_resize":
        raise NoRule("that crops")
    matrices: list[Any] = [sparse.eye_array(n) for n in value.shape]
    for place, axis in enumerate(axes):
        n = value.shape[axis]
        size = n * x[2][place] if len(x) < 4 or x[3] is None else x[3][place]
        if size != n:
            matrices[axis] = _resizing(n, float(size), a)
    return op.along_axes(value, matrices)


def _resizing(n: int, size: float, a: Attributes) -> FloatArray:
    """Return the matrix that resizes an axis from n places, by ONNX's own evaluation."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    whole = abs(size - round(size)) < 1e-5 * size  # scales come in single precision
    given = np.array([n, round(size)] if whole else [1.0, size / n])
    names = ["x", "", "", "given"] if whole else ["x", "", "given"]
    graph = helper.make_graph(
        [helper.make_node("Resize", names, ["y"], **a)], "resize",
        [helper.make_tensor_value_info(name, 0, None) for name in ("x", "given")],
        [helper.make_tensor_value_info("y", 0, None)],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
    (resized,) = ReferenceEvaluator(model).run(None, {"x": np.eye(n), "given": given})
    return np.asarray(resized, np.float64).T


#: Operators that only move entries.
MOVING = frozenset({
    "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Gather", "Expand",
    "Split", "Tile", "DepthToSpace", "SpaceToDepth", "GatherElements", "GatherND", "Trilu",
    "ScatterElements", "ScatterND",
})  # fmt: skip

OPERATORS: dict[str, Callable[[list[Any], Attributes], Any]] = {
    "Identity": lambda x, a: x[0],
    "Dropout": _dropout,
    "Cast": _cast,
    "Gemm": _gemm,
    "MatMul": lambda x, a: op.matmul(x[0], x[1]),
    "Add": lambda x, a: op.add(x[0], x[1]),
    "Sub": lambda x, a: op.add(x[0], x[1], -1.0),
    "Sum": lambda x, a: _total(x),
    "Mul": lambda x, a: op.multiply(x[0], x[1]),
    "Div": lambda x, a: op.divide(x[0], x[1]),
    "Mean": lambda x, a: op.affine(_total(x), 1.0 / len(x)),
    "Neg": lambda x, a: op.affine(x[0], -1.0),
    "Relu": lambda x, a: op.relu(x[0]),
    "LeakyRelu": lambda x, a: op.relu(x[0], a.get("alpha", 0.01)),
    "PRelu": _prelu,
    "Abs": lambda x, a: op.absolute(x[0]),
    "Clip": _clip,
    "Max": lambda x, a: op.largest_of(*x),
    "Min": lambda x, a: op.largest_of(*x, sign=-1.0),
    "BatchNormalization": _batch_norm,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": lambda x, a: _global(x[0], mean=True),
    "GlobalMaxPool": lambda x, a: _global(x[0], mean=False),
    "ReduceMean": lambda x, a: _reduce(x, a, mean=True),
    "ReduceSum": lambda x, a: _reduce(x, a, mean=False),
    "ReduceL1": lambda x, a: _reduce([op.absolute(x[0]), *x[1:]], a, mean=False),
    "ReduceMax": lambda x, a: _extreme(x, a, 1.0),
    "ReduceMin": lambda x, a: _extreme(x, a, -1.0),
    "HardSigmoid": lambda x, a: op.clip(
        x[0].scaled(a.get("alpha", 0.2), a.get("beta", 0.5)), 0.0, 1.0
    ),
    "Concat": lambda x, a: _concat(x, a["axis"]),
    "Pad": _pad,
    "Where": lambda x, a: op.where(x[0], x[1], x[2]),
    "Shape": lambda x, a: np.array(x[0].shape[a.get("start", 0) : a.get("end")], np.int64),
}


def _concat(x: list[Any], axis: int) -> Value:
    program = next(v.program for v in x if isinstance(v, Value))
    return op.concatenate([op.tensor(program, v) for v in x], axis)
