"""PyTorch modules and exported programs, read through `torch.export`."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import BROKEN
from ..errors import FileFormatError, InvalidInputError, MissingExtraError, UnsupportedError
from . import operators as op
from .program import LOGITS, Program, Value, left_off

if TYPE_CHECKING:
    from pathlib import Path

    from .network import ReLUNetwork

Arguments = dict[str, Any]


def from_torch(module: Any, input_shape: Sequence[int] | None = None) -> ReLUNetwork:
    """Turn a PyTorch module into a network, in float64.

    Parameters
    ----------
    module : torch.nn.Module
        Read in evaluation mode: dropout does nothing, batch normalisation is affine. The module
        itself is not changed. Linear and convolutional layers, ReLU, LeakyReLU, PReLU, ReLU6,
        Hardtanh, abs, max and average pooling, nearest upsampling, sums (residuals), products with
        constants, concatenation, slices and reshapes are understood. A final softmax or sigmoid is
        left off, with a warning: the network gives logits. A maximum of several entries is taken
        in pairs, each a neuron.
    input_shape : sequence of int, optional
        Shape of one input, without the batch axis; needed unless the first layer with weights is
        `torch.nn.Linear`. The network takes inputs flattened in row-major order.

    Returns
    -------
    ReLUNetwork

    Raises
    ------
    UnsupportedError
        If a layer is not piecewise linear, or not known; the message names it and its path.
    MissingExtraError
        If torch is not installed.

    Examples
    --------
    >>> import relugeom as rg
    >>> torch = __import__("pytest").importorskip("torch")
    >>> model = torch.nn.Sequential(
    ...     torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    >>> rg.from_torch(model)
    ReLUNetwork(2-8-1, 8 neurons)
    """
    torch = _torch()
    if not isinstance(module, torch.nn.Module):
        raise InvalidInputError(f"`module` must be a torch.nn.Module; got {type(module).__name__}")
    shape = _first_width(torch, module) if input_shape is None else tuple(input_shape)
    twin = copy.deepcopy(module).to("cpu", torch.float64).eval()
    example = torch.zeros(1, *shape, dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with torch.no_grad():
                twin(example)
                exported = torch.export.export(twin, (example,))
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise InvalidInputError(
                f"`module` must run on an input of shape (1, {', '.join(map(str, shape))}), and "
                f"without branches that depend on the data; got: {first}"
            ) from error
    return _lowered(torch, exported)


def load_pt2(path: Path) -> ReLUNetwork:
    """Load a program saved with `torch.export.save`."""
    torch = _torch()
    try:
        exported = torch.export.load(path)
    except BROKEN as error:
        raise FileFormatError(f"{path.name} is not a readable pt2 file: {error}") from error
    return _lowered(torch, exported)


def _torch() -> Any:
    try:
        import torch
        import torch.export
    except ImportError as error:
        raise MissingExtraError("torch", "torch") from error
    return torch


def _first_width(torch: Any, module: Any) -> tuple[int, ...]:
    for layer in module.modules():
        if isinstance(layer, torch.nn.Linear):
            return (layer.in_features,)
        if any(True for _ in layer.parameters(recurse=False)):
            break
    raise InvalidInputError(
        "`input_shape` must be given: the shape of one input cannot be read off the first layer"
    )


def _lowered(torch: Any, exported: Any) -> ReLUNetwork:
    """Walk the graph of an exported program."""
    signature = exported.graph_signature
    stored = {**exported.state_dict, **exported.constants}
    names = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    known: dict[Any, Any] = {}
    output: Any = None
    last = _final(exported.graph)
    for node in exported.graph.nodes:
        if node.op == "placeholder" and node.name in names:
            known[node] = _array(stored[names[node.name]])
        elif node.op == "placeholder":
            if any(isinstance(v, Value) for v in known.values()):
                raise UnsupportedError("a network with more than one input")
            shape = tuple(int(s) for s in node.meta["val"].shape)
            known[node] = Program(shape).input
        elif node.op == "output":
            output = _substituted(node.args[0], known)
        elif node is last:
            left_off(_name(node))
            known[node] = _substituted(node.args[0], known)
        elif node.op == "call_function":
            known[node] = _call(torch, node, known)
        else:
            raise UnsupportedError(f"{node.op} in an exported program")
    while isinstance(output, list | tuple) and len(output) == 1:
        output = output[0]
    if not isinstance(output, Value):
        raise UnsupportedError("a network must return one tensor that depends on its input")
    return output.program.network(output)


def _name(node: Any) -> str:
    return str(getattr(node.target, "__name__", node.target)).split(".")[0]


def _final(graph: Any) -> Any:
    """Return the softmax or sigmoid that gives the output, if one does."""
    output = next(node for node in graph.nodes if node.op == "output")
    made_by = output.all_input_nodes
    return made_by[0] if len(made_by) == 1 and _name(made_by[0]) in LOGITS else None


def _call(torch: Any, node: Any, known: dict[Any, Any]) -> Any:
    """Evaluate one node: on numbers by torch itself, on tensors of affine functions by ours."""
    args, kwargs = _substituted(node.args, known), _substituted(node.kwargs, known)
    if not _holds_value((args, kwargs)):
        return _constant(torch, node.target, args, kwargs)
    name = _name(node)
    overload = str(node.target)
    if name == "getitem":
        return args[0][args[1]]
    schema = getattr(node.target, "_schema", None)
    if name not in _OPERATORS or schema is None:
        raise UnsupportedError(_complaint(node, overload))
    bound = {a.name: a.default_value for a in schema.arguments if a.has_default_value()}
    bound |= dict(zip((a.name for a in schema.arguments), args, strict=False)) | kwargs
    try:
        return _OPERATORS[name](bound)
    except _NoRule as error:
        raise UnsupportedError(_complaint(node, f"{overload} {error}".strip())) from error


class _NoRule(Exception):
    """An operator is known, but not with these arguments."""


def _complaint(node: Any, what: str) -> str:
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path, kind = stack[-1] if stack else ("", "")
    kind = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    where = f" in module {path!r} ({kind.rsplit('.', 1)[-1]})" if kind else ""
    return f"{what}{where} is not a piecewise-linear layer that relugeom knows"


def _substituted(tree: Any, known: dict[Any, Any]) -> Any:
    if isinstance(tree, list | tuple):
        return [_substituted(t, known) for t in tree]
    if isinstance(tree, dict):
        return {k: _substituted(t, known) for k, t in tree.items()}
    return known[tree] if hasattr(tree, "all_input_nodes") else tree


def _holds_value(tree: Any) -> bool:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        return any(_holds_value(t) for t in tree)
    return isinstance(tree, Value)


def _array(tensor: Any) -> Any:
    values = tensor.detach().cpu().numpy()
    return values.astype(np.float64) if values.dtype.kind == "f" else values


def _constant(torch: Any, target: Any, args: Any, kwargs: Any) -> Any:
    def tensors(tree: Any) -> Any:
        if isinstance(tree, list):
            return [tensors(t) for t in tree]
        if isinstance(tree, dict):
            return {k: tensors(t) for k, t in tree.items()}
        return torch.from_numpy(np.array(tree)) if isinstance(tree, np.ndarray) else tree

    result = target(*tensors(args), **tensors(kwargs))
    return _array(result) if isinstance(result, torch.Tensor) else result


# -- operators: each takes the arguments by the names of torch's schema ---------------------------


def _sum(a: Arguments, sign: float = 1.0) -> Value:
    x, y, alpha = a["self"], a["other"], a.get("alpha", 1)
    if isinstance(x, Value) and isinstance(y, Value):
        return op.add(x, y, sign * alpha)
    if isinstance(x, Value):
        return op.affine(x, 1.0, sign * alpha * np.asarray(y, np.float64))
    return op.affine(y, sign * alpha, np.asarray(x, np.float64))


def _product(a: Arguments) -> Value:
    x, y = a["self"], a["other"]
    if isinstance(x, Value) and isinstance(y, Value):
        raise _NoRule("of two tensors that both depend on the input")
    x, y = (x, y) if isinstance(x, Value) else (y, x)
    return op.affine(x, np.asarray(y, np.float64))


def _quotient(a: Arguments) -> Value:
    x, y = a["self"], a["other"]
    if isinstance(y, Value) or a.get("rounding_mode"):
        raise _NoRule("by a tensor that depends on the input, or rounded")
    return op.affine(x, 1.0 / np.asarray(y, np.float64))


def _larger(a: Arguments, sign: float = 1.0) -> Value:
    """Return the maximum of two tensors; of one, ``max(x)`` over everything, is not meant."""
    if "other" not in a:
        raise _NoRule("over an axis")
    x, y = a["self"], a["other"]
    shape = np.broadcast_shapes(np.shape(x) or x.shape, np.shape(y) or y.shape)
    pair = [op.affine(v, sign, np.zeros(shape)) if isinstance(v, Value) else v for v in (x, y)]
    if isinstance(x, Value) and isinstance(y, Value):
        return op.affine(op.maximum(*pair), sign)
    value, constant = (pair[0], y) if isinstance(x, Value) else (pair[1], x)
    level = sign * np.broadcast_to(np.asarray(constant, np.float64), shape)
    return op.affine(op.relu(value.scaled(1.0, -level)), sign, sign * level)


def _clamp(a: Arguments, low: str = "min", high: str = "max") -> Value:
    limits = [a.get(low), a.get(high)]
    if any(isinstance(v, Value | np.ndarray) for v in limits):
        raise _NoRule("with tensors as limits")
    low_, high_ = (-np.inf if limits[0] is None else limits[0]), limits[1]
    return op.clip(a["self"], float(low_), np.inf if high_ is None else float(high_))


def _prelu(a: Arguments) -> Value:
    x, slope = a["self"], a["weight"]
    if slope.size > 1:
        slope = slope.reshape(-1, *[1] * (len(x.shape) - 2))
    return op.relu(x, np.broadcast_to(slope, x.shape))


def _batch_norm(a: Arguments) -> Value:
    if a.get("training"):
        raise _NoRule("in training mode")
    mean, variance = a["running_mean"], a["running_var"]
    if mean is None or variance is None:
        raise _NoRule("without running statistics")
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
        raise _NoRule("transposed")
    if isinstance(weight, Value):
        raise _NoRule("with weights that depend on the input")
    window = _window(a, x, list(weight.shape[2:]))
    return op.convolution(x, weight, a.get("bias"), window, a["groups"])


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
        raise _NoRule("with windows of unequal sizes")
    step = tuple(n // s for n, s in zip(spatial, sizes, strict=True))
    zero = (0,) * len(step)
    return op.average_pool(x, op.Window(step, step, (1,) * len(step), zero, zero))


def _mean(a: Arguments, total: bool = False) -> Value:
    x = a["self"]
    axes = a.get("dim")
    chosen = range(len(x.shape)) if axes in (None, []) else np.atleast_1d(axes)
    return op.reduce_sum(x, [int(i) for i in chosen], bool(a.get("keepdim")), mean=not total)


def _upsample(a: Arguments) -> Value:
    x = _tensor(a)
    scales: Any = a.get("scale_factors")
    sizes = a.get("output_size")
    if sizes is None:
        sizes = [int(n * s) for n, s in zip(x.shape[2:], scales, strict=True)]
    return op.upsample_nearest(x, sizes, scales)


def _moved(move: Callable[[Any, Arguments], Any]) -> Callable[[Arguments], Value]:
    """Make an operator of a function that moves the entries of a numpy array."""

    def run(a: Arguments) -> Value:
        x = _tensor(a)
        return x.take(np.asarray(move(op.places(x), a)))

    return run


def _flatten(i: Any, a: Arguments) -> Any:
    start, end = a["start_dim"] % i.ndim, a["end_dim"] % i.ndim
    return i.reshape(*i.shape[:start], -1, *i.shape[end + 1 :])


def _slice(i: Any, a: Arguments) -> Any:
    at: list[slice] = [slice(None)] * i.ndim
    at[a["dim"]] = slice(a.get("start"), a.get("end"), a.get("step", 1))
    return i[tuple(at)]


def _pad(a: Arguments) -> Value:
    if a.get("mode", "constant") != "constant":
        raise _NoRule(f"of mode {a['mode']}")
    widths, x = a["pad"], a["self"]
    by_axis = [(0, 0)] * (len(x.shape) - len(widths) // 2)
    by_axis += [(widths[i], widths[i + 1]) for i in range(len(widths) - 2, -1, -2)]
    return op.pad(x, by_axis, float(a.get("value") or 0.0))


def _tensor(a: Arguments) -> Value:
    value: Value = a["self"] if "self" in a else a["input"]
    return value


_OPERATORS: dict[str, Callable[[Arguments], Any]] = {
    "linear": lambda a: op.linear(a["input"], a["weight"], a["bias"]),
    "addmm": lambda a: op.affine(op.matmul(a["mat1"], a["mat2"]), 1.0, a["self"]),
    "mm": lambda a: _matmul({"self": a["self"], "other": a["mat2"]}),
    "matmul": lambda a: _matmul(a),
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
    "max": _larger,
    "min": lambda a: _larger(a, -1.0),
    "add": _sum,
    "sub": lambda a: _sum(a, -1.0),
    "mul": _product,
    "div": _quotient,
    "neg": lambda a: op.affine(a["self"], -1.0),
    "batch_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": lambda a: [_batch_norm(a)],
    "conv1d": _convolution,
    "conv2d": _convolution,
    "conv3d": _convolution,
    "convolution": _convolution,
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
    "_adaptive_avg_pool2d": _adaptive_average,
    "mean": _mean,
    "sum": lambda a: _mean(a, total=True),
    "upsample_nearest1d": _upsample,
    "upsample_nearest2d": _upsample,
    "upsample_nearest3d": _upsample,
    "cat": lambda a: op.concatenate(a["tensors"], a["dim"]),
    "view": _moved(lambda i, a: i.reshape(a["size"])),
    "reshape": _moved(lambda i, a: i.reshape(a["shape"])),
    "_unsafe_view": _moved(lambda i, a: i.reshape(a["size"])),
    "flatten": _moved(_flatten),
    "unflatten": _moved(
        lambda i, a: i.reshape(*i.shape[: a["dim"]], *a["sizes"], *i.shape[a["dim"] + 1 :])
    ),
    "permute": _moved(lambda i, a: i.transpose(a["dims"])),
    "transpose": _moved(lambda i, a: i.swapaxes(a["dim0"], a["dim1"])),
    "t": _moved(lambda i, a: i.T),
    "squeeze": _moved(lambda i, a: i.squeeze(None if a.get("dim") is None else a["dim"])),
    "unsqueeze": _moved(lambda i, a: np.expand_dims(i, a["dim"])),
    "expand": _moved(
        lambda i, a: np.broadcast_to(
            i, [n if s == -1 else s for n, s in zip(i.shape, a["size"], strict=True)]
        )
    ),
    "slice": _moved(_slice),
    "select": _moved(lambda i, a: np.take(i, a["index"], axis=a["dim"])),
    "split": lambda a: _parts(a["self"], a["split_size"], a["dim"]),
    "chunk": lambda a: _parts(a["self"], -(-a["self"].shape[a["dim"]] // a["chunks"]), a["dim"]),
    "pad": _pad,
    "constant_pad_nd": _pad,
    "dropout": _tensor,
    "feature_dropout": _tensor,
    "clone": _tensor,
    "contiguous": _tensor,
    "alias": _tensor,
    "detach": _tensor,
    "detach_": _tensor,
    "to": _tensor,
    "_to_copy": _tensor,
    "lift_fresh_copy": _tensor,
}
_OPERATORS |= {f"{name}_": _OPERATORS[name] for name in ("relu", "leaky_relu", "hardtanh", "add")}
_OPERATORS |= {f"{name}_": _OPERATORS[name] for name in ("relu6", "sub", "mul", "div", "clamp")}
_OPERATORS |= {f"{name}_": _OPERATORS[name] for name in ("abs", "neg", "dropout", "clamp_min")}


def _matmul(a: Arguments) -> Value:
    x, y = a["self"], a["other"]
    if isinstance(x, Value) and isinstance(y, Value):
        raise _NoRule("of two tensors that both depend on the input")
    return op.matmul(x, y) if isinstance(x, Value) else op.matmul_left(x, y)


def _parts(x: Value, size: int, axis: int) -> list[Value]:
    cuts = range(size, x.shape[axis], size)
    return [x.take(part) for part in np.split(op.places(x), list(cuts), axis=axis)]
