"""ONNX files, read node by node."""

from __future__ import annotations

from collections.abc import Sequence
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
from . import operators as op
from .onnx_operators import MOVING, OPERATORS, Attributes, resized
from .operators import NoRule
from .program import LOGITS, Program, Value, left_off

if TYPE_CHECKING:
    from pathlib import Path

    from .network import ReLUNetwork

_KEEPING = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze")


def load_onnx(file: Path, input_shape: Sequence[int] | None = None) -> ReLUNetwork:
    """Load an ONNX file; see `from_onnx`."""
    onnx = optional("onnx", "onnx")
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(str(file))
    except (onnx.checker.ValidationError, DecodeError, *BROKEN) as error:
        raise FileFormatError(
            f"{file.name} is not a readable onnx file: {reason(error)}"
        ) from error
    if not model.graph.node:
        raise FileFormatError(f"{file.name} is not a readable onnx file: it holds no graph")
    return from_onnx(model, input_shape)


def from_onnx(model: Any, input_shape: Sequence[int] | None = None) -> ReLUNetwork:
    """Turn an ONNX model into a network, in float64.

    Parameters
    ----------
    model : onnx.ModelProto
        With one input and one output, and piecewise-linear operators between; local functions are
        inlined. A final softmax or sigmoid is left off, with a warning: the network gives logits.
    input_shape : sequence of int, optional
        Shape of the whole input, with the batch axis, where the model leaves other axes than the
        batch axis open; an open batch axis is taken to be 1.

    Returns
    -------
    ReLUNetwork
        Takes and gives tensors flattened in row-major order.

    Raises
    ------
    UnsupportedError
        If an operator is not piecewise linear, or not known; the message names its node.
    InvalidInputError
        If ``input_shape`` is needed, or the model is affine.
    FileFormatError
        If the model is not a valid one.
    MissingExtraError
        If onnx is not installed.

    Examples
    --------
    >>> import relugeom as rg
    >>> onnx = __import__("pytest").importorskip("onnx")
    >>> from onnx import parser
    >>> model = parser.parse_model('''<ir_version: 8, opset_import: ["" : 17]>
    ...     g (float[1, 2] x) => (float[1, 2] y) { y = Relu(x) }''')
    >>> rg.from_onnx(model)
    ReLUNetwork(2-2-2, 2 neurons)
    """
    onnx = optional("onnx", "onnx")
    if not isinstance(model, onnx.ModelProto):
        raise InvalidInputError(f"`model` must be an onnx.ModelProto; got {type(model).__name__}")
    try:
        return _network(model, input_shape)
    except RelugeomError:
        raise
    except Exception:  # ours, unless the model is to blame
        try:
            onnx.checker.check_model(model, full_check=True)
        except Exception as error:
            raise FileFormatError(
                f"`model` must be a valid ONNX model; got: {reason(error)}"
            ) from error
        raise


def _network(model: Any, input_shape: Sequence[int] | None) -> ReLUNetwork:
    """Walk the graph of a model."""
    from onnx import inliner, numpy_helper

    if model.functions:
        model = inliner.inline_local_functions(model)
    graph = model.graph
    known: dict[str, Any] = {t.name: _number(numpy_helper.to_array(t)) for t in graph.initializer}
    inputs = [i for i in graph.input if i.name not in known]
    if len(inputs) != 1 or len(graph.output) != 1:
        names = [", ".join(v.name for v in values) or "none" for values in (inputs, graph.output)]
        raise UnsupportedError(
            f"`model` must have one input and one output; got inputs {names[0]}, outputs {names[1]}"
        )
    shape = _input_shape(inputs[0]) if input_shape is None else tuple(int(s) for s in input_shape)
    known[inputs[0].name] = Program(shape).input
    final = _final(graph)
    for node in graph.node:
        missing = [name for name in node.input if name and name not in known]
        if missing:
            raise FileFormatError(f"nothing computes {missing[0]!r}, an input of {_called(node)}")
        args = [known[name] if name else None for name in node.input]
        if node.output[0] == final:
            left_off(node.op_type)
            results = args[:1]
        else:
            results = _results(model, node, args)
        known.update(zip(node.output, results, strict=False))
    if graph.output[0].name not in known:
        raise FileFormatError(
            f"`model` must compute its output {graph.output[0].name!r}; got no node that does"
        )
    output = known[graph.output[0].name]
    if not isinstance(output, Value):
        raise UnsupportedError(
            "`model` must have an output that depends on the input; got a constant"
        )
    return output.program.network(output)


def _final(graph: Any) -> str | None:
    """Return the output of the softmax or sigmoid that gives the network's, up to its shape."""
    made_by = {name: node for node in graph.node for name in node.output}
    name = graph.output[0].name
    while name in made_by and made_by[name].op_type in _KEEPING:
        name = made_by[name].input[0]
    final = name in made_by and made_by[name].op_type.lower() in LOGITS
    return str(name) if final else None


def _number(array: Any) -> Any:
    floating = array.dtype.kind not in "biuOSU"  # bfloat16 has a kind of its own
    return array.astype(np.float64) if floating else array


def _input_shape(value: Any) -> tuple[int, ...]:
    if not value.type.tensor_type.HasField("shape"):
        raise InvalidInputError(
            f"`input_shape` must be given, as the file does not tell it of {value.name!r}; got None"
        )
    sizes = [d.dim_value for d in value.type.tensor_type.shape.dim]
    open_ = [i for i, s in enumerate(sizes) if s < 1]
    if any(i for i in open_):
        raise InvalidInputError(
            f"`input_shape` must be given, as the file leaves axis {max(open_)} of {value.name!r} "
            "open; got None"
        )
    return tuple(s if s > 0 else 1 for s in sizes)


def _called(node: Any) -> str:
    domain = "" if node.domain in ("", "ai.onnx") else f"{node.domain}."
    return f"{domain}{node.op_type} (node {node.name or node.output[0]!r})"


def _results(model: Any, node: Any, args: list[Any]) -> list[Any]:
    """Evaluate a node."""
    from onnx import helper

    try:
        if any(isinstance(a, Value) for a in args):
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            return _apply(model, node, args, attributes)
        return _constants(model, node, args)
    except NoRule as error:
        detail = f" {error}" if str(error) else ""
        raise UnsupportedError(
            f"{_called(node)}{detail} is not a piecewise-linear operator that relugeom knows"
        ) from error
    except RelugeomError:
        raise
    except ValueError as error:  # of numpy and scipy, for shapes that do not fit
        raise FileFormatError(f"{_called(node)} fails: {reason(error)}") from error


def _constants(model: Any, node: Any, args: list[Any]) -> list[Any]:
    """Evaluate a node of which all inputs are numbers."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    if node.domain not in ("", "ai.onnx"):
        raise NoRule
    feeds = {n: a for n, a in zip(node.input, args, strict=True) if n}
    graph = helper.make_graph(
        [node],
        "constants",
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
         for n, a in feeds.items()],
        [helper.make_tensor_value_info(n, 0, None) for n in node.output],
    )  # fmt: skip
    single = helper.make_model(graph, opset_imports=model.opset_import)
    try:
        results = ReferenceEvaluator(single).run(None, feeds)
    except BROKEN as error:
        raise FileFormatError(f"{_called(node)} fails: {reason(error)}") from error
    return [_number(np.asarray(r)) for r in results]


def _apply(model: Any, node: Any, args: list[Any], attributes: Attributes) -> list[Any]:
    """Evaluate a node of which some input depends on the network's."""
    if node.domain in ("", "ai.onnx"):
        if node.op_type in OPERATORS:
            return [OPERATORS[node.op_type](args, attributes)]
        if node.op_type in MOVING:
            return _moved(model, node, args)
        if node.op_type in ("Resize", "Upsample"):
            return [resized(args, attributes)]
    raise NoRule


def _moved(model: Any, node: Any, args: list[Any]) -> list[Value]:
    """Run an operator that only moves entries on their places."""
    scatters = node.op_type.startswith("Scatter")
    program = next(a.program for a in args if isinstance(a, Value))
    data = (0, 2) if scatters else (0,)
    if any(isinstance(v, Value) for i, v in enumerate(args) if i not in data):
        raise NoRule("with places that depend on the input")
    if scatters and any(a.name == "reduction" and a.s != b"none" for a in node.attribute):
        raise NoRule("with a reduction")
    args = [op.tensor(program, v) if i in data else v for i, v in enumerate(args)]
    places, moved = op.movable([args[i] for i in data])
    for i, at in zip(data, places, strict=True):
        args[i] = at
    return [moved(result) for result in _constants(model, node, args)]
