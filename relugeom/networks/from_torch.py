"""PyTorch modules and exported programs, read through `torch.export`."""

from __future__ import annotations

import copy
import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._check import positive_ints
from .._files import BROKEN, reason
from .._lazy import optional
from ..errors import (
    FileFormatError,
    InvalidInputError,
    UnsupportedError,
)
from .operators import NoRule
from .program import LOGITS, Program, Value, left_off
from .torch_evaluated import (
    AFFINE,
    CHANNELWISE,
    KEEPING,
    MOVING,
    SHAPED,
    affine,
    channelwise,
    constant,
    holds_value,
    moved,
    numbers,
    shaped,
)
from .torch_operators import OPERATORS

if TYPE_CHECKING:
    from .._check import FloatArray
    from .network import ReLUNetwork


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
    InvalidInputError
        If the module does not run on an input of this shape, or is affine.
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
    return _network(optional("torch", "torch"), export(module, input_shape))


def export(module: Any, input_shape: Sequence[int] | None = None) -> Any:
    """Return the ``torch.export.ExportedProgram`` of a copy of a module: float64, evaluation mode.

    Parameters and errors are those of `from_torch`, but for unsupported layers.
    """
    torch = optional("torch", "torch")
    if not isinstance(module, torch.nn.Module):
        raise InvalidInputError(f"`module` must be a torch.nn.Module; got {type(module).__name__}")
    if input_shape is None:
        shape = (1, *_first_width(torch, module))
    else:
        shape = (1, *positive_ints("input_shape", input_shape))
    try:
        twin = copy.deepcopy(module).to("cpu", torch.float64).eval()
    except Exception as error:
        raise InvalidInputError(
            "`module` must have its weights in memory, and be one that copy.deepcopy copies; "
            f"got: {reason(error)}"
        ) from error
    try:
        with _quiet(), torch.no_grad():
            example = torch.zeros(shape, dtype=torch.float64)
            twin(example)
            return torch.export.export(twin, (example,))
    except Exception as error:
        raise InvalidInputError(
            f"`module` must run on an input of shape {shape}, and without branches that depend "
            f"on the data; got: {reason(error)}"
        ) from error


def load_pt2(file: Path, input_shape: Sequence[int] | None = None) -> ReLUNetwork:
    """Load a program saved with `torch.export.save`; an open batch axis is taken to be 1.

    Parameters
    ----------
    file : Path
    input_shape : sequence of int, optional
        Shape of the whole input, with the batch axis, where the program leaves other axes open.
    """
    torch = optional("torch", "torch")
    try:
        with _quiet():
            exported = torch.export.load(file)
    except BROKEN as error:
        raise FileFormatError(
            f"{file.name} is not a readable pt2 file, as torch.export.save writes them"
        ) from error
    return _network(torch, exported, input_shape)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch from warnings, from logging its failures, and from printing graphs to stderr."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _first_width(torch: Any, module: Any) -> tuple[int, ...]:
    for layer in module.modules():
        if isinstance(layer, torch.nn.Linear) and layer.in_features:
            return (layer.in_features,)
        if any(True for _ in layer.parameters(recurse=False)):
            break
    raise InvalidInputError(
        "`input_shape` must be given, as the first layer does not tell it; got None"
    )


def _network(torch: Any, exported: Any, input_shape: Sequence[int] | None = None) -> ReLUNetwork:
    """Read a program, and where an operator is not known, its decomposition into simpler ones."""
    try:
        return _lowered(torch, exported, input_shape)
    except UnsupportedError as unknown:
        try:
            simpler = decomposed(exported)
        except BROKEN:
            raise unknown from None
        try:
            return _lowered(torch, simpler, input_shape)
        except UnsupportedError:
            raise unknown from None


def at_state(program: Any, state: Mapping[str, FloatArray]) -> ReLUNetwork:
    """Return the network of a program in which arrays by name stand for its own tensors."""
    torch = optional("torch", "torch")
    tensors = {name: torch.tensor(array) for name, array in state.items()}
    return _lowered(torch, program, None, tensors)


def decomposed(program: Any) -> Any:
    """Return a program of simpler operators."""
    with _quiet():
        return program.run_decompositions()


def _lowered(
    torch: Any,
    exported: Any,
    input_shape: Sequence[int] | None,
    state: Mapping[str, Any] | None = None,
) -> ReLUNetwork:
    """Walk the graph of an exported program."""
    signature = exported.graph_signature
    stored = {**exported.state_dict, **exported.constants, **(state or {})}
    names = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    known: dict[Any, Any] = {}
    output: Any = None
    last, needed = _final(exported.graph), _needed(exported.graph)
    for node in exported.graph.nodes:
        if node.op == "placeholder" and node.name in names:
            known[node] = numbers(stored[names[node.name]])
        elif node.op == "placeholder":
            if any(isinstance(v, Value) for v in known.values()):
                raise UnsupportedError("`module` must have one input; got several")
            known[node] = Program(_shape(node, input_shape)).input
        elif node.op == "output":
            output = _substituted(node.args[0], known)
        elif node not in needed:
            _check_mutation(node)
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
        raise UnsupportedError(
            "`module` must return one tensor that depends on its input; got another output"
        )
    return output.program.network(output)


def _shape(node: Any, input_shape: Sequence[int] | None) -> tuple[int, ...]:
    """Return the shape of an input, 1 for an open batch axis."""
    if input_shape is not None:
        return tuple(input_shape)
    shape = [s if isinstance(s, int) else 0 for s in node.meta["val"].shape]
    if 0 in shape[1:]:
        raise InvalidInputError(
            "`input_shape` must be given, as the program leaves axis "
            f"{shape.index(0, 1)} open; got None"
        )
    return tuple(s or 1 for s in shape)


def _name(node: Any) -> str:
    """Return the name of an operator, that of the plain one if it works in place."""
    name = str(getattr(node.target, "__name__", node.target)).split(".")[0]
    return name.removesuffix("_")


def _final(graph: Any) -> Any:
    """Return the softmax or sigmoid that gives the output, up to its shape, if one does."""
    node = next(node for node in graph.nodes if node.op == "output")
    while len(node.all_input_nodes) == 1:
        (node,) = node.all_input_nodes
        if _name(node) in LOGITS:
            return node
        if _name(node) not in KEEPING:
            break
    return None


def _needed(graph: Any) -> set[Any]:
    """Return the nodes that the output depends on."""
    waiting = [node for node in graph.nodes if node.op == "output"]
    found: set[Any] = set()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.all_input_nodes
    return found


def _check_mutation(node: Any) -> None:
    """Refuse operators that change in place a tensor which other operators see."""
    schema = getattr(node.target, "_schema", None)
    if schema is None or not schema.is_mutable:
        return
    changed = node.args[0]
    while True:
        if len(changed.users) > 1:
            raise UnsupportedError(_complaint(node, f"{node.target} in place, on a shared tensor,"))
        made_by = getattr(changed.target, "_schema", None)
        views = made_by is not None and any(
            r.alias_info is not None and not r.alias_info.is_write for r in made_by.returns
        )
        if not views or not changed.all_input_nodes:
            return
        changed = changed.all_input_nodes[0]


def _call(torch: Any, node: Any, known: dict[Any, Any]) -> Any:
    """Evaluate one node: on numbers by torch itself, on tensors of affine functions by ours."""
    args, kwargs = _substituted(node.args, known), _substituted(node.kwargs, known)
    if not holds_value((args, kwargs)):
        return constant(torch, node.target, args, kwargs)
    _check_mutation(node)
    name = _name(node)
    overload = str(node.target)
    if name in SHAPED:
        return shaped(torch, node.target, args, kwargs)
    if name == "getitem":
        if args[1] >= len(args[0]):
            raise UnsupportedError(_complaint(node, "the places of a maximum"))
        return args[0][args[1]]
    schema = getattr(node.target, "_schema", None)
    if schema is None or name not in OPERATORS.keys() | MOVING | AFFINE | CHANNELWISE:
        raise UnsupportedError(_complaint(node, overload))
    bound = {a.name: a.default_value for a in schema.arguments if a.has_default_value()}
    bound |= dict(zip((a.name for a in schema.arguments), args, strict=False)) | kwargs
    try:
        if bound.get("dtype") is not None and not bound["dtype"].is_floating_point:
            raise NoRule(f"to {bound['dtype']}")
        if name in MOVING or (name == "pad" and bound["mode"] != "constant"):
            return moved(torch, node.target, args, kwargs)
        if name in AFFINE:
            return affine(torch, node.target, args, kwargs)
        if name in CHANNELWISE:
            return channelwise(torch, node.target, args, kwargs)
        return OPERATORS[name](bound)
    except NoRule as error:
        raise UnsupportedError(_complaint(node, f"{overload} {error}".strip())) from error


def _complaint(node: Any, what: str) -> str:
    """Say what is not known and where it is: the module, and the line if that is the user's own."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path, kind = stack[-1] if stack else ("", "")
    kind = kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
    name = kind.rpartition(".")[2]
    where = f" in module {path!r} ({name})" if path else f" in {name}" if name else ""
    lines = re.findall(r'File "(.+?)", line (\d+)', node.meta.get("stack_trace") or "")
    if lines and not kind.startswith("torch."):
        file, line = lines[-1]
        where += f", line {line} of {Path(file).name},"
    return f"{what}{where} is not a piecewise-linear layer that relugeom knows"


def _substituted(tree: Any, known: dict[Any, Any]) -> Any:
    if isinstance(tree, list | tuple):
        return [_substituted(t, known) for t in tree]
    if isinstance(tree, dict):
        return {k: _substituted(t, known) for k, t in tree.items()}
    from torch.fx import Node

    return known[tree] if isinstance(tree, Node) else tree
