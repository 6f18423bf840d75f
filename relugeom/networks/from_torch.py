"""PyTorch modules and exported programs, read through `torch.export`."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._files import BROKEN
from ..errors import FileFormatError, InvalidInputError, MissingExtraError, UnsupportedError
from .program import LOGITS, Program, Value, left_off
from .torch_operators import (
    AFFINE,
    MOVING,
    OPERATORS,
    NoRule,
    affine,
    constant,
    holds_value,
    moved,
    numbers,
)

if TYPE_CHECKING:
    from pathlib import Path

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
    return lowered(exported(module, input_shape))


def exported(module: Any, input_shape: Sequence[int] | None = None) -> Any:
    """Return the ``torch.export.ExportedProgram`` of a copy of a module: float64, evaluation mode.

    Parameters and errors are those of `from_torch`, but for unsupported layers.
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
                return torch.export.export(twin, (example,))
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise InvalidInputError(
                f"`module` must run on an input of shape (1, {', '.join(map(str, shape))}), and "
                f"without branches that depend on the data; got: {first}"
            ) from error


def load_pt2(path: Path) -> ReLUNetwork:
    """Load a program saved with `torch.export.save`."""
    torch = _torch()
    try:
        program = torch.export.load(path)
    except BROKEN as error:
        raise FileFormatError(f"{path.name} is not a readable pt2 file: {error}") from error
    return lowered(program)


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


def lowered(program: Any, state: Mapping[str, Any] | None = None) -> ReLUNetwork:
    """Return the network of an exported program, by a walk over its graph.

    Parameters
    ----------
    program : torch.export.ExportedProgram
    state : mapping of str to torch.Tensor, optional
        Parameters and buffers that stand for those of the program.
    """
    torch = _torch()
    signature = program.graph_signature
    stored = {**program.state_dict, **program.constants, **(state or {})}
    names = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    known: dict[Any, Any] = {}
    output: Any = None
    last, needed = _final(program.graph), _needed(program.graph)
    for node in program.graph.nodes:
        if node.op == "placeholder" and node.name in names:
            known[node] = numbers(stored[names[node.name]])
        elif node.op == "placeholder":
            if any(isinstance(v, Value) for v in known.values()):
                raise UnsupportedError("a network with more than one input")
            shape = tuple(int(s) for s in node.meta["val"].shape)
            known[node] = Program(shape).input
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
        raise UnsupportedError("a network must return one tensor that depends on its input")
    return output.program.network(output)


def _name(node: Any) -> str:
    return str(getattr(node.target, "__name__", node.target)).split(".")[0]


def _final(graph: Any) -> Any:
    """Return the softmax or sigmoid that gives the output, if one does."""
    output = next(node for node in graph.nodes if node.op == "output")
    made_by = output.all_input_nodes
    return made_by[0] if len(made_by) == 1 and _name(made_by[0]) in LOGITS else None


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
    if name == "getitem":
        if args[1] >= len(args[0]):
            raise UnsupportedError(_complaint(node, "the places of a maximum"))
        return args[0][args[1]]
    schema = getattr(node.target, "_schema", None)
    if schema is None or name not in OPERATORS.keys() | MOVING | AFFINE:
        raise UnsupportedError(_complaint(node, overload))
    bound = {a.name: a.default_value for a in schema.arguments if a.has_default_value()}
    bound |= dict(zip((a.name for a in schema.arguments), args, strict=False)) | kwargs
    try:
        if name in MOVING or (name == "pad" and bound["mode"] != "constant"):
            return moved(torch, node.target, args, kwargs)
        if name in AFFINE:
            return affine(torch, node.target, args, kwargs)
        return OPERATORS[name](bound)
    except NoRule as error:
        raise UnsupportedError(_complaint(node, f"{overload} {error}".strip())) from error


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
