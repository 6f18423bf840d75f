"""Finding how the parameters of a PyTorch module give those of its canonical network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import reason
from ..errors import RelugeomError, UnsupportedError
from ..networks.from_torch import at_state, decomposed, export
from ._affine import interacting, recover
from .lowering import Layout, Lowering

if TYPE_CHECKING:
    from scipy import sparse

    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork

_MOST_PARAMETERS = 20_000_000  # of a module that is copied and exported
_MOST_PRODUCTS = 1_000_000  # multiplications of one forward pass, about the nonzero weights


def lower(
    module: Any, input_shape: Sequence[int] | None, parameters: Layout, buffers: Layout
) -> tuple[ReLUNetwork | None, Lowering | None]:
    """Return the canonical form of a module as a function of some of its parameters.

    The other parameters keep the values that they have now.

    Returns
    -------
    network : ReLUNetwork or None
        Shapes and slopes, where the canonical parameters are affine in those of the module.
    lowering : Lowering or None
        None where the canonical parameters are the module's own, in order.
    """
    program, why = b"", ""
    try:
        count = sum(t.numel() for t in (*module.parameters(), *module.buffers()))
        if count > _MOST_PARAMETERS:
            raise UnsupportedError(f"it has {count} parameters, too many to read")
        graph = export(module, input_shape)
        products = _products(graph)
        if products > _MOST_PRODUCTS:
            program = _stored(graph)
            raise UnsupportedError(f"its {products} multiplications are too many to read at once")
        generic = np.random.default_rng(0).standard_normal(parameters.size)
        structure, graph = _read(graph, parameters.split(generic))
        positions, values = _entries(structure)
        if structure.n_parameters == len(values) == len(generic) and (values == generic).all():
            return structure, None
        program = _stored(graph)
        matrix, shift = _affine(graph, parameters, structure, positions)
        program = program if buffers.size else b""  # which is needed where statistics move
        return structure, Lowering(
            positions=positions,
            matrix=matrix,
            shift=shift,
            program=program,
            parameters=parameters,
            buffers=buffers,
        )
    except RelugeomError as error:
        why = str(error)
    except Exception as error:  # torch.export and the code of modules may raise anything
        why = f"it cannot be read: {reason(error)}"
    return None, Lowering(program=program, parameters=parameters, buffers=buffers, reason=why)


def _affine(
    program: Any, layout: Layout, structure: ReLUNetwork, positions: IntArray
) -> tuple[sparse.csr_array, FloatArray]:
    """Return matrix and shift of the canonical parameters at some positions, or raise."""
    n = layout.size
    start, other = (np.random.default_rng(k).standard_normal(n) for k in (0, 1))

    def network(theta: FloatArray) -> ReLUNetwork:
        return at_state(program, layout.split(theta))

    if _slopes_differ(structure, network(other)):
        for i, at in enumerate(layout.slices):
            moved = start.copy()
            moved[at] = other[at]
            if _slopes_differ(structure, network(moved)):
                raise UnsupportedError(f"{_where(program, layout, i)} sets slopes")

    def f(theta: FloatArray) -> FloatArray:
        return _entries(network(theta), positions)[1]

    bent = interacting(f, layout.slices, n)
    if bent is not None:
        raise UnsupportedError(f"{_where(program, layout, bent)} multiplies other parameters")
    found = recover(f, n)
    if found is None:
        raise UnsupportedError("its weights are sums of too many parameters")
    return found


def _slopes_differ(a: ReLUNetwork, b: ReLUNetwork) -> bool:
    return any((s != t).any() for s, t in zip(a.slopes, b.slopes, strict=True))


def _entries(net: ReLUNetwork, positions: IntArray | None = None) -> tuple[IntArray, FloatArray]:
    """Return places and values of the nonzero weights, or of given places, and of all biases."""
    found, values, at = [], [], 0
    for w, b in zip(net.weights, net.biases, strict=True):
        if not isinstance(w, np.ndarray):
            rows = np.repeat(np.arange(w.shape[0]), np.diff(w.indptr))
            place, value = rows * w.shape[1] + w.indices, w.data
        else:
            place, value = np.arange(w.size), w.ravel()
        used = value != 0
        size = w.shape[0] * w.shape[1]
        found += [at + place[used], at + size + np.arange(len(b))]
        values += [value[used], b]
        at += size + len(b)
    places, numbers = np.concatenate(found), np.concatenate(values)
    if positions is None or np.array_equal(places, positions):
        return places, numbers
    if not np.isin(places, positions).all():
        raise UnsupportedError("its canonical form depends on the parameters in more than values")
    result = np.zeros(at)
    result[places] = numbers
    return positions, result[positions]


def _read(program: Any, state: dict[str, FloatArray]) -> tuple[ReLUNetwork, Any]:
    """Return the network, and the program or, where an operator is not known, a simpler one."""
    try:
        return at_state(program, state), program
    except UnsupportedError as unknown:
        try:
            simpler = decomposed(program)
            return at_state(simpler, state), simpler
        except Exception:
            raise unknown from None


def _stored(program: Any) -> bytes:
    import torch

    stream = io.BytesIO()
    torch.export.save(program, stream)
    return stream.getvalue()


def _products(program: Any) -> int:
    """Return the number of multiplications of one forward pass."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    inputs, _ = program.example_inputs
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        program.module()(*inputs)
    return int(counter.get_total_flops()) // 2


def _where(program: Any, layout: Layout, i: int) -> str:
    """Name a parameter and the kind of module that it belongs to."""
    name = layout.names[i][0]
    path = name.rpartition(".")[0]
    for node in program.graph.nodes:
        for _, (inner, kind) in (node.meta.get("nn_module_stack") or {}).items():
            if inner == path:
                kind = kind if isinstance(kind, str) else kind.__name__
                return f"parameter {name!r} ({kind.rsplit('.', 1)[-1]})"
    return f"parameter {name!r}"
