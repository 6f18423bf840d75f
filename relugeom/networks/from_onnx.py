"""ONNX files, read node by node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import BROKEN
from ..errors import (
    FileFormatError,
    InvalidInputError,
    MissingExtraError,
    RelugeomError,
    UnsupportedError,
)
from . import operators as op
from .program import LOGITS, Program, Value, left_off

if TYPE_CHECKING:
    from pathlib import Path

    from .network import ReLUNetwork

Attributes = dict[str, Any]
_PASSED = ("Identity", "Dropout", "Cast")


def load_onnx(path: Path, input_shape: Sequence[int] | None = None) -> ReLUNetwork:
    """Load an ONNX file; the batch axis, and axes of unknown size, are taken to be 1.

    Parameters
    ----------
    path : Path
    input_shape : sequence of int, optional
        Shape of the whole input, with the batch axis, where the file leaves it open.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise MissingExtraError("onnx", "onnx") from error
    try:
        model = onnx.load(str(path))
    except (onnx.checker.ValidationError, DecodeError, *BROKEN) as error:
        raise FileFormatError(f"{path.name} is not a readable onnx file: {error}") from error
    if not model.graph.node:
        raise FileFormatError(f"{path.name} is not a readable onnx file: it holds no graph")
    try:
        return from_onnx(model, input_shape)
    except RelugeomError:
        raise
    except KeyError as error:
        raise FileFormatError(f"{path.name} is broken: nothing computes {error}") from error
    except BROKEN as error:
        raise FileFormatError(f"{path.name} is broken: {error}") from error


def from_onnx(model: Any, input_shape: Sequence[int] | None = None) -> ReLUNetwork:
    """Turn an `onnx.ModelProto` into a network."""
    from onnx import helper, numpy_helper

    graph = model.graph
    known: dict[str, Any] = {t.name: _number(numpy_helper.to_array(t)) for t in graph.initializer}
    inputs = [i for i in graph.input if i.name not in known]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise UnsupportedError(
            f"a network with {len(inputs)} inputs and {len(graph.output)} outputs; one of each"
        )
    shape = _input_shape(inputs[0]) if input_shape is None else tuple(int(s) for s in input_shape)
    known[inputs[0].name] = Program(shape).input
    for node in graph.node:
        args = [known[name] if name else None for name in node.input]
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if node.output[0] == graph.output[0].name and node.op_type.lower() in LOGITS:
            left_off(node.op_type)
            results = args[:1]
        elif not any(isinstance(a, Value) for a in args):
            results = _constants(model, node, args)
        else:
            results = _apply(model, node, args, attributes)
        known.update(zip(node.output, results, strict=False))
    output = known[graph.output[0].name]
    if not isinstance(output, Value):
        raise UnsupportedError("the output does not depend on the input")
    return output.program.network(output)


def _number(array: Any) -> Any:
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _input_shape(value: Any) -> tuple[int, ...]:
    sizes = [d.dim_value for d in value.type.tensor_type.shape.dim]
    open_ = [i for i, s in enumerate(sizes) if s < 1]
    if any(i for i in open_):
        raise InvalidInputError(
            f"`input_shape` must be given: the file leaves axis {max(open_)} of {value.name!r} open"
        )
    return tuple(s if s > 0 else 1 for s in sizes)


def _constants(model: Any, node: Any, args: list[Any]) -> list[Any]:
    """Evaluate a node of which all inputs are numbers."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    names = [n for n in node.input if n]
    graph = helper.make_graph(
        [node],
        "constants",
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
         for n, a in zip(names, (a for a in args if a is not None), strict=True)],
        [helper.make_tensor_value_info(n, 0, None) for n in node.output],
    )  # fmt: skip
    single = helper.make_model(graph, opset_imports=model.opset_import)
    feeds = dict(zip(names, (a for a in args if a is not None), strict=True))
    return [_number(np.asarray(r)) for r in ReferenceEvaluator(single).run(None, feeds)]


def _apply(model: Any, node: Any, args: list[Any], attributes: Attributes) -> list[Any]:
    """Evaluate a node of which some input depends on the network's."""
    ours = node.domain in ("", "ai.onnx")
    try:
        if ours and node.op_type in _OPERATORS:
            return [_OPERATORS[node.op_type](args, attributes)]
        if ours and node.op_type in _MOVING:
            return _moved(model, node, args)
        raise _NoRule
    except _NoRule as error:
        raise UnsupportedError(
            f"{node.op_type} (node {node.name or node.output[0]!r}) "
            + (f"{error} " if str(error) else "")
            + "is not a piecewise-linear operator that relugeom knows"
        ) from error


def _moved(model: Any, node: Any, args: list[Any]) -> list[Value]:
    """Run an operator that only moves entries of its first input on their places."""
    value = args[0]
    if not isinstance(value, Value) or any(isinstance(v, Value) for v in args[1:]):
        raise _NoRule("with places that depend on the input")
    results = _constants(model, node, [op.places(value).astype(np.float64), *args[1:]])
    return [value.take(r.astype(np.int64)) for r in results]


class _NoRule(Exception):
    """An operator is known, but not with these arguments."""


# -- operators: each takes inputs (tensors, arrays or None) and attributes -------------------------


def _gemm(x: list[Any], a: Attributes) -> Value:
    left, right = x[0], x[1]
    if isinstance(left, Value) and isinstance(right, Value):
        raise _NoRule("of two tensors that both depend on the input")
    if a.get("transA"):
        left = left.take(op.places(left).T) if isinstance(left, Value) else left.T
    if a.get("transB"):
        right = right.take(op.places(right).T) if isinstance(right, Value) else right.T
    product = op.affine(_product(left, right), a.get("alpha", 1.0))
    if len(x) < 3 or x[2] is None:
        return product
    if isinstance(x[2], Value):
        return op.add(product, x[2], a.get("beta", 1.0))
    return op.affine(product, 1.0, a.get("beta", 1.0) * x[2])


def _product(left: Any, right: Any) -> Any:
    if isinstance(left, Value) and isinstance(right, Value):
        raise _NoRule("of two tensors that both depend on the input")
    known = right if isinstance(left, Value) else left
    if known.ndim == 1 and isinstance(left, Value):
        y = op.matmul(left, known[:, None])
        return op.reshape(y, y.shape[:-1])
    if known.ndim != 2:
        raise _NoRule(f"with a constant of {known.ndim} axes")
    if isinstance(left, Value):
        return op.matmul(left, right)
    return right.map(left) if len(right.shape) == 1 else op.matmul_left(left, right)


def _add(x: list[Any], sign: float = 1.0) -> Value:
    left, right = x
    if isinstance(left, Value) and isinstance(right, Value):
        return op.add(left, right, sign)
    if isinstance(left, Value):
        return op.affine(left, 1.0, sign * right)
    return op.affine(right, sign, left)


def _multiply(x: list[Any], _: Attributes) -> Value:
    left, right = x if isinstance(x[0], Value) else x[::-1]
    if isinstance(right, Value):
        raise _NoRule("of two tensors that both depend on the input")
    return op.affine(left, right)


def _divide(x: list[Any], _: Attributes) -> Value:
    if isinstance(x[1], Value):
        raise _NoRule("by a tensor that depends on the input")
    return op.affine(x[0], 1.0 / x[1])


def _largest(x: list[Any], sign: float) -> Value:
    """Return the maximum (sign 1) or the minimum (sign -1) of tensors and constants."""
    shape = np.broadcast_shapes(*(v.shape for v in x))
    values = [op.affine(v, sign, np.zeros(shape)) for v in x if isinstance(v, Value)]
    best = values[0]
    for value in values[1:]:
        best = op.maximum(best, value)
    for v in x:
        if not isinstance(v, Value):
            level = np.broadcast_to(sign * v, shape)
            best = op.relu(best.scaled(1.0, -level)).scaled(1.0, level)
    return op.affine(best, sign)


def _clip(x: list[Any], a: Attributes) -> Value:
    limits = [*(v for v in x[1:3]), *[None] * (3 - len(x))]
    low = a.get("min") if limits[0] is None else limits[0]
    high = a.get("max") if limits[1] is None else limits[1]
    if isinstance(low, Value) or isinstance(high, Value):
        raise _NoRule("with limits that depend on the input")
    return op.clip(
        x[0], -np.inf if low is None else float(low), np.inf if high is None else float(high)
    )


def _prelu(x: list[Any], _: Attributes) -> Value:
    slope = x[1]
    return op.relu(x[0], np.broadcast_to(slope, x[0].shape))


def _batch_norm(x: list[Any], a: Attributes) -> Value:
    value, scale, shift, mean, variance = x[:5]
    if a.get("training_mode"):
        raise _NoRule("in training mode")
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
    if not isinstance(value, Value) or isinstance(weight, Value):
        raise _NoRule("with weights that depend on the input")
    window = _window(value, a, weight.shape[2:])
    return op.convolution(value, weight, x[2] if len(x) > 2 else None, window, a.get("group", 1))


def _transposed(x: list[Any], a: Attributes) -> Value:
    value, weight = x[0], x[1]
    if not isinstance(value, Value) or isinstance(weight, Value):
        raise _NoRule("with weights that depend on the input")
    if a.get("output_shape") or a.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        raise _NoRule("with automatic padding")
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
        raise _NoRule(f"of mode {mode}")
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


def _resize(x: list[Any], a: Attributes) -> Value:
    mode, nearest, where = (
        v.decode() if isinstance(v, bytes) else v
        for v in (
            a.get("mode", "nearest"),
            a.get("nearest_mode", "floor" if len(x) == 2 else "round_prefer_floor"),
            a.get("coordinate_transformation_mode", "asymmetric" if len(x) == 2 else "half_pixel"),
        )
    )
    if mode != "nearest" or (nearest, where) != ("floor", "asymmetric"):
        raise _NoRule(f"of mode {mode}, {nearest}, {where}")
    value, sizes = x[0], x[3] if len(x) > 3 else None
    scales = x[2] if len(x) > 2 else x[1]
    if sizes is None:
        sizes = [int(n * s) for n, s in zip(value.shape, scales, strict=True)]
    if tuple(sizes[:2]) != value.shape[:2]:
        raise _NoRule("along batch or channels")
    return op.upsample_nearest(value, [int(s) for s in sizes[2:]])


#: Operators that only move entries of their first input.
_MOVING = frozenset({
    "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Gather", "Expand",
    "Split", "Tile", "DepthToSpace", "SpaceToDepth", "GatherElements", "GatherND",
})  # fmt: skip

_OPERATORS: dict[str, Callable[[list[Any], Attributes], Any]] = {
    **{name: lambda x, a: x[0] for name in _PASSED},
    "Gemm": _gemm,
    "MatMul": lambda x, a: _product(x[0], x[1]),
    "Add": lambda x, a: _add(x),
    "Sub": lambda x, a: _add(x, -1.0),
    "Sum": lambda x, a: _add(x) if len(x) == 2 else _add([_OPERATORS["Sum"](x[:-1], a), x[-1]]),
    "Mul": _multiply,
    "Div": _divide,
    "Neg": lambda x, a: op.affine(x[0], -1.0),
    "Relu": lambda x, a: op.relu(x[0]),
    "LeakyRelu": lambda x, a: op.relu(x[0], a.get("alpha", 0.01)),
    "PRelu": _prelu,
    "Abs": lambda x, a: op.absolute(x[0]),
    "Clip": _clip,
    "Max": lambda x, a: _largest(x, 1.0),
    "Min": lambda x, a: _largest(x, -1.0),
    "BatchNormalization": _batch_norm,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": lambda x, a: _global(x[0], mean=True),
    "GlobalMaxPool": lambda x, a: _global(x[0], mean=False),
    "ReduceMean": lambda x, a: _reduce(x, a, mean=True),
    "ReduceSum": lambda x, a: _reduce(x, a, mean=False),
    "ReduceMax": lambda x, a: _extreme(x, a, 1.0),
    "ReduceMin": lambda x, a: _extreme(x, a, -1.0),
    "HardSigmoid": lambda x, a: op.clip(
        x[0].scaled(a.get("alpha", 0.2), a.get("beta", 0.5)), 0.0, 1.0
    ),
    "Concat": lambda x, a: _concat(x, a["axis"]),
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "Shape": lambda x, a: np.array(x[0].shape[a.get("start", 0) : a.get("end")], np.int64),
}


def _concat(x: list[Any], axis: int) -> Value:
    values = [v for v in x if isinstance(v, Value)]
    program = values[0].program
    whole = [
        v if isinstance(v, Value) else Value(program, v.shape, {}, v.ravel().astype(np.float64))
        for v in x
    ]
    return op.concatenate(whole, axis)
