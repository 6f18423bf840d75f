"""Operators of an exported PyTorch program that PyTorch itself works out.

An operator that only moves entries is run on their places; the matrix of an affine one is its
Jacobian.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from . import operators as op
from .operators import NoRule
from .program import Program, Value

_MOST_ENTRIES = 50_000_000  # of a Jacobian


def holds_value(tree: Any) -> bool:
    """Tell whether any argument depends on the input."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        return any(holds_value(t) for t in tree)
    return isinstance(tree, Value)


def numbers(tensor: Any) -> Any:
    """Return a tensor as an array; floats in double precision."""
    tensor = tensor.detach().cpu()
    return (tensor.double() if tensor.is_floating_point() else tensor).numpy()


def constant(torch: Any, target: Any, args: Any, kwargs: Any) -> Any:
    """Run an operator on numbers."""
    args, kwargs = (_tensors(torch, tree, []) for tree in (args, kwargs))
    result = target(*args, **kwargs)
    if isinstance(result, list | tuple):
        return [numbers(r) if isinstance(r, torch.Tensor) else r for r in result]
    return numbers(result) if isinstance(result, torch.Tensor) else result


def _tensors(torch: Any, tree: Any, values: Sequence[Any]) -> Any:
    """Return the tree with arrays as torch tensors, and the `Value`s replaced one by one."""
    waiting = iter(values)

    def replaced(tree: Any) -> Any:
        if isinstance(tree, list):
            return [replaced(t) for t in tree]
        if isinstance(tree, dict):
            return {k: replaced(t) for k, t in tree.items()}
        if isinstance(tree, Value):
            return next(waiting)
        return torch.from_numpy(np.array(tree)) if isinstance(tree, np.ndarray) else tree

    return replaced(tree)


def _values(tree: Any) -> list[Value]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list):
        return [v for t in tree for v in _values(t)]
    return [tree] if isinstance(tree, Value) else []


def shaped(torch: Any, target: Any, args: Any, kwargs: Any) -> Any:
    """Run an operator that looks only at the shapes of tensors."""
    zeros = [torch.zeros(v.shape, dtype=torch.float64) for v in _values([args, kwargs])]
    return constant(torch, target, *_tensors(torch, [args, kwargs], zeros))


def _as_values(program: Program, tree: Any) -> Any:
    """Return the tree with arrays of floats, which are data and not places, as `Value`s."""
    if isinstance(tree, list):
        return [_as_values(program, t) for t in tree]
    if isinstance(tree, dict):
        return {k: _as_values(program, t) for k, t in tree.items()}
    data = isinstance(tree, np.ndarray) and tree.dtype.kind == "f"
    return op.tensor(program, tree) if data else tree


def moved(torch: Any, target: Any, args: Any, kwargs: Any) -> Any:
    """Run an operator that only moves entries on their places."""
    program = _values([args, kwargs])[0].program
    args, kwargs = _as_values(program, args), _as_values(program, kwargs)
    places, back = op.movable(_values([args, kwargs]))
    args, kwargs = _tensors(torch, [args, kwargs], [torch.from_numpy(p) for p in places])
    result = target(*args, **kwargs)
    if isinstance(result, list | tuple):
        return [back(r.numpy()) for r in result]
    return back(result.numpy())


def affine(torch: Any, target: Any, args: Any, kwargs: Any) -> Value:
    """Take the Jacobian of an operator that is affine, and check it at a random point."""
    values = _values([args, kwargs])
    shapes = [v.shape for v in values]
    ends = np.cumsum([v.size for v in values])

    def run(x: Any) -> Any:
        parts = torch.tensor_split(x, ends[:-1].tolist())
        given = [part.reshape(shape).clone() for part, shape in zip(parts, shapes, strict=True)]
        positional, named = _tensors(torch, [args, kwargs], given)
        return target(*positional, **named)

    origin = torch.zeros(int(ends[-1]), dtype=torch.float64)
    shift = run(origin)
    if len(origin) * shift.numel() > _MOST_ENTRIES:
        raise NoRule("of this size")
    matrix = torch.autograd.functional.jacobian(lambda x: run(x).reshape(-1), origin)
    probe = torch.from_numpy(np.random.default_rng(0).standard_normal(len(origin)))
    linear = (matrix @ probe).reshape(shift.shape) + shift
    if not torch.allclose(run(probe), linear, rtol=1e-9, atol=1e-9 * float(linear.abs().max())):
        raise NoRule("that is not affine in the input")
    joined = op.concatenate([v.take(np.arange(v.size)) for v in values], 0)
    result: Value = joined.map(matrix.numpy(), shift.reshape(-1).numpy(), tuple(shift.shape))
    return result


def channelwise(torch: Any, target: Any, args: Any, kwargs: Any) -> Value:
    """Take an affine operator that does the same to every channel of one tensor."""
    (x,) = _values([args, kwargs])
    channels = x.shape[1]
    one = Program((1, 1, *x.shape[2:])).input
    args, kwargs = _tensors(torch, [args, kwargs], [one])
    y = affine(torch, target, args, kwargs)
    (matrix,) = y.terms.values()
    every = sparse.kron(sparse.eye_array(channels), sparse.csr_array(matrix), format="csr")
    return x.map(every, np.tile(y.constant, channels), (1, channels, *y.shape[2:]))


# fmt: off
#: Operators that look only at shapes.
SHAPED = frozenset({
    "sym_size", "sym_numel", "zeros_like", "ones_like", "full_like", "new_zeros", "new_ones",
    "new_full",
})

#: Operators that keep all entries, in order.
KEEPING = frozenset({
    "view", "reshape", "_unsafe_view", "view_as", "flatten", "unflatten", "squeeze", "unsqueeze",
    "clone", "contiguous", "alias", "detach",
})

#: Operators that only move entries.
MOVING = frozenset({
    "view", "reshape", "_unsafe_view", "view_as", "flatten", "unflatten", "permute", "transpose",
    "t", "mT", "mH", "T", "numpy_T", "movedim", "moveaxis", "swapaxes", "swapdims", "squeeze",
    "unsqueeze", "expand", "expand_as", "broadcast_to", "slice", "select", "narrow", "split",
    "split_with_sizes", "tensor_split", "chunk", "unbind", "cat", "concat", "stack", "hstack",
    "vstack", "flip", "fliplr", "flipud", "roll", "repeat", "repeat_interleave", "tile",
    "index", "index_select", "gather", "take", "diagonal", "unfold", "im2col", "rot90", "tril",
    "triu", "diag_embed", "slice_scatter", "select_scatter", "copy",
    "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "upsample_nearest1d",
    "upsample_nearest2d", "upsample_nearest3d", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "reflection_pad1d",
    "reflection_pad2d", "reflection_pad3d", "replication_pad1d", "replication_pad2d",
    "replication_pad3d",
})

#: Operators that are affine in the tensors that depend on the input, or are checked to be.
AFFINE = frozenset({
    "addmm", "addmv", "addbmm", "baddbmm", "dot", "einsum", "tensordot", "bilinear", "rsub",
    "addcmul", "addcdiv", "lerp", "cumsum", "masked_fill", "index_add", "scatter_add", "trace",
    "outer", "kron", "diff", "col2im", "index_put",
})

#: Affine operators that do the same to every channel.
CHANNELWISE = frozenset({
    "upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d",
})
# fmt: on
