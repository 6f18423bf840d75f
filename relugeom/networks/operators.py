"""Operators on tensors of affine functions, as importers need them.

Shapes include the batch axis, of size 1. Channels are axis 1, as in PyTorch and ONNX.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy import sparse

from .program import Program, Value

if TYPE_CHECKING:
    from .._check import BoolArray, FloatArray, IntArray
    from .matrix import Matrix

#: A `Value`, an array or a number.
Operand: TypeAlias = Any


class NoRule(Exception):
    """An operator or a layer is known, but not with these arguments."""


# -- rectifiers ------------------------------------------------------------------------------------


def relu(x: Value, slope: FloatArray | float = 0.0) -> Value:
    """Return ``z if z > 0 else slope * z``; the slope has the shape of x or broadcasts to it."""
    return x.program.rectify(x, slope)


def absolute(x: Value) -> Value:
    """Return ``|x|``, the rectifier of slope -1."""
    return relu(x, -1.0)


def clip(x: Value, low: float = -np.inf, high: float = np.inf) -> Value:
    """Return x clipped to [low, high]: ReLU6 and Hardtanh are two ReLUs."""
    y = x
    if np.isfinite(low):
        y = relu(x.scaled(1.0, -low)).scaled(1.0, low)
    if np.isfinite(high):
        over = relu(x.scaled(1.0, -high))
        y = y + over.scaled(-1.0)
    return y


def soft_shrink(x: Value, gap: float) -> Value:
    """Return x moved towards zero by ``gap``, zero where it is nearer."""
    return relu(x.scaled(1.0, -gap)) + relu(x.scaled(-1.0, -gap)).scaled(-1.0)


def maximum(x: Value, y: Value) -> Value:
    """Return the larger of two tensors of one shape: ``y + relu(x - y)``."""
    return y + relu(x + y.scaled(-1.0))


def largest_of(*x: Value | FloatArray, sign: float = 1.0) -> Value:
    """Return the maximum (sign 1) or minimum (sign -1) of tensors and numbers, broadcast."""
    shape = np.broadcast_shapes(*(np.shape(v) if isinstance(v, np.ndarray) else v.shape for v in x))
    tensors = [affine(v, sign, np.zeros(shape)) for v in x if isinstance(v, Value)]
    best = reduce(maximum, tensors)
    for v in x:
        if not isinstance(v, Value):
            level = np.broadcast_to(sign * v, shape)
            best = relu(best.scaled(1.0, -level)).scaled(1.0, level)
    return affine(best, sign)


# -- shapes ----------------------------------------------------------------------------------------


def places(x: Value) -> IntArray:
    """Return the flat index of every entry, in the shape of x: numpy moves them, `take` follows."""
    return np.arange(x.size).reshape(x.shape)


def tensor(program: Program, x: Value | FloatArray) -> Value:
    """Return numbers as a tensor, which they may be already."""
    if isinstance(x, Value):
        return x
    return Value(program, x.shape, {}, x.ravel().astype(np.float64))


def movable(values: Sequence[Value]) -> tuple[list[FloatArray], Callable[[FloatArray], Value]]:
    """Return what to move instead of tensors, and the function that turns results into tensors.

    What to move are the places of all entries, counted from 1, in the shapes of the tensors. In the
    results 0 stands for a zero.
    """
    ends = np.cumsum([0, *(v.size for v in values)])
    at = [np.asarray(places(v) + 1.0 + e) for v, e in zip(values, ends, strict=False)]

    def moved(result: FloatArray) -> Value:
        index = result.astype(np.int64)
        if len(values) == 1 and index.min(initial=1) > 0:
            return values[0].take(index - 1)
        zero = tensor(values[0].program, np.zeros(1))
        return concatenate([zero, *(v.take(np.arange(v.size)) for v in values)], 0).take(index)

    return at, moved


def reshape(x: Value, shape: Sequence[int]) -> Value:
    """Return x in another shape; one size may be -1."""
    return x.take(places(x).reshape(tuple(shape)))


def concatenate(values: Sequence[Value], axis: int) -> Value:
    """Join tensors along an axis."""
    start, indices = 0, []
    for v in values:
        indices.append(places(v) + start)
        start += v.size
    joined = values[0]
    program = joined.program
    atoms = dict.fromkeys(a for v in values for a in v.terms)
    terms = {
        a: sparse.vstack(
            [
                sparse.csr_array(v.terms.get(a, sparse.csr_array((v.size, program.sizes[a]))))
                for v in values
            ],
            format="csr",
        )
        for a in atoms
    }
    constant = np.concatenate([v.constant for v in values])
    stacked = type(joined)(program, (start,), terms, constant)
    return stacked.take(np.concatenate(indices, axis=axis))


def affine(x: Value, factor: FloatArray | float = 1.0, shift: FloatArray | float = 0.0) -> Value:
    """Return ``factor * x + shift`` with numpy's broadcasting."""
    shape = np.broadcast_shapes(x.shape, np.shape(factor), np.shape(shift))
    return x.take(np.broadcast_to(places(x), shape)).scaled(factor, shift)


# -- arithmetic, broadcast as numpy does; one operand may be numbers -------------------------------


def _numbers(x: Operand) -> FloatArray:
    """Return the other factor of a tensor."""
    if isinstance(x, Value):
        raise NoRule("of two tensors that both depend on the input")
    return np.asarray(x, np.float64)


def add(x: Operand, y: Operand, factor: float = 1.0) -> Value:
    """Return ``x + factor * y``."""
    if not isinstance(x, Value):
        return affine(y, factor, _numbers(x))
    if not isinstance(y, Value):
        return affine(x, 1.0, factor * _numbers(y))
    shape = np.broadcast_shapes(x.shape, y.shape)
    left, right = (v.take(np.broadcast_to(places(v), shape)) for v in (x, y))
    return left + (right if factor == 1.0 else right.scaled(factor))


def multiply(x: Operand, y: Operand) -> Value:
    """Return ``x * y``."""
    return affine(x, _numbers(y)) if isinstance(x, Value) else affine(y, _numbers(x))


def divide(x: Value, y: Operand) -> Value:
    """Return ``x / y``."""
    if isinstance(y, Value):
        raise NoRule("by a tensor that depends on the input")
    return affine(x, 1.0 / _numbers(y))


def matmul(x: Operand, y: Operand) -> Value:
    """Return ``x @ y`` for vectors, matrices or stacks of matrices."""
    if isinstance(x, Value):
        return _times_matrix(x, _numbers(y))
    return _matrix_times(_numbers(x), y)


def where(condition: Value | BoolArray, x: Operand, y: Operand) -> Value:
    """Return entries of x where a constant condition holds, else of y; one of them is a tensor."""
    if isinstance(condition, Value):
        raise NoRule("on a condition that depends on the input")
    shape = np.broadcast_shapes(condition.shape, np.shape(x), np.shape(y))
    constants = [np.zeros(()) if isinstance(v, Value) else v for v in (x, y)]
    parts = [
        affine(v, chosen.astype(np.float64), np.zeros(shape))
        for v, chosen in ((x, condition), (y, ~condition))
        if isinstance(v, Value)
    ]
    total = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    return total.scaled(1.0, np.broadcast_to(np.where(condition, *constants), shape))


# -- linear layers ---------------------------------------------------------------------------------


def _times_matrix(x: Value, matrix: FloatArray) -> Value:
    if matrix.ndim == 1:
        product = _times_matrix(x, matrix[:, None])
        return reshape(product, product.shape[:-1])
    if matrix.ndim > 2:
        return _times_stack(x, matrix)
    *lead, _ = x.shape
    n = math.prod(lead)
    weights = matrix.T if n == 1 else sparse.kron(sparse.eye_array(n), matrix.T, format="csr")
    return x.map(weights, 0.0, (*lead, matrix.shape[1]))


def _matrix_times(matrix: FloatArray, x: Value) -> Value:
    if matrix.ndim > 1:
        matrix = matrix.swapaxes(-1, -2)
    if len(x.shape) == 1:
        return _times_matrix(x, matrix)
    product = _times_matrix(x.take(places(x).swapaxes(-1, -2)), matrix)
    return product if matrix.ndim == 1 else product.take(places(product).swapaxes(-1, -2))


def _times_stack(x: Value, matrices: FloatArray) -> Value:
    """Return ``x @ matrices``, the leading axes broadcast."""
    at = np.atleast_2d(places(x))
    lead = np.broadcast_shapes(at.shape[:-2], matrices.shape[:-2])
    n, (k, m) = at.shape[-2], matrices.shape[-2:]
    rows = np.arange(math.prod(lead) * n * m).reshape(*lead, n, m, 1)
    columns, values = at[..., None, :], matrices.swapaxes(-1, -2)[..., None, :, :]
    entries = [np.broadcast_to(v, (*lead, n, m, k)).ravel() for v in (values, rows, columns)]
    weights = sparse.csr_array((entries[0], tuple(entries[1:])), shape=(rows.size, x.size))
    return x.map(weights, 0.0, (*lead, n, m) if len(x.shape) > 1 else (*lead, m))


def linear(x: Value, weight: FloatArray, bias: FloatArray | None) -> Value:
    """Return ``x @ weight.T + bias``."""
    y = matmul(x, weight.T)
    return y if bias is None else affine(y, 1.0, bias)


def per_channel(x: Value, factor: FloatArray, shift: FloatArray) -> Value:
    """Return ``factor[c] * x + shift[c]`` for channels c on axis 1: batch normalisation."""
    shape = (-1, *[1] * (len(x.shape) - 2))
    return affine(x, factor.reshape(shape), shift.reshape(shape))


# -- windows ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """A sliding window over the spatial axes; one entry an axis.

    Attributes
    ----------
    size, stride, dilation : tuple of int
    before, after : tuple of int
        Padding.
    ceil : bool
        Whether a last window may begin inside and end beyond the padding.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    ceil: bool = False

    def indices(self, spatial: tuple[int, ...]) -> tuple[tuple[int, ...], IntArray, IntArray]:
        """Return output sizes and the input places of each window.

        Returns
        -------
        outputs : tuple of int
        index : ndarray, shape (n_outputs, n_offsets)
            Flat spatial index, -1 outside the input.
        padded : ndarray, shape (n_outputs,)
            Number of places of each window that lie inside the padded input.
        """
        axes, inside, outputs = [], [], []
        for n, k, s, d, b, a in zip(
            spatial, self.size, self.stride, self.dilation, self.before, self.after, strict=True
        ):
            room = n + b + a - d * (k - 1) - 1
            count = room // s + 1
            if self.ceil and room % s and count * s < n + b:
                count += 1
            at = np.arange(count)[:, None] * s + np.arange(k)[None, :] * d - b
            outputs.append(count)
            axes.append(np.where((at >= 0) & (at < n), at, -1))
            inside.append((at < n + a).sum(axis=1))
        index = np.zeros((1, 1), np.int64)
        padded = np.ones(1, np.int64)
        for n, at, within in zip(spatial, axes, inside, strict=True):
            both = (index[:, None, :, None] < 0) | (at[None, :, None, :] < 0)
            joined = np.where(both, -1, index[:, None, :, None] * n + at[None, :, None, :])
            index = joined.reshape(index.shape[0] * at.shape[0], -1)
            padded = np.outer(padded, within).ravel()
        return tuple(outputs), index, padded


def convolution(
    x: Value, weight: Value | FloatArray, bias: FloatArray | None, window: Window, groups: int = 1
) -> Value:
    """Return the convolution (cross-correlation) of x, shape (1, c, ...), with a weight."""
    _, channels, *spatial = x.shape
    out, per_group = weight.shape[:2]
    if isinstance(weight, Value):
        raise NoRule("with weights that depend on the input")
    sizes, index, _ = window.indices(tuple(spatial))
    n_in, n_out = int(np.prod(spatial)), len(index)
    flat = weight.reshape(out, per_group, -1)
    places_, offsets = np.nonzero(index >= 0)
    rows, columns, values = [], [], []
    for o, c in product(range(out), range(per_group)):
        source = (o // (out // groups)) * per_group + c
        rows.append(o * n_out + places_)
        columns.append(source * n_in + index[places_, offsets])
        values.append(flat[o, c, offsets])
    matrix = sparse.csr_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(out * n_out, channels * n_in),
    )
    shift = 0.0 if bias is None else np.repeat(bias, n_out)
    return x.map(matrix, shift, (1, out, *sizes))


def convolution_transposed(
    x: Value,
    weight: Value | FloatArray,
    bias: FloatArray | None,
    window: Window,
    groups: int = 1,
    extra: Sequence[int] | None = None,
) -> Value:
    """Return the adjoint of a convolution; `extra` rows are added at the end of each axis."""
    sizes = tuple(
        (n - 1) * s + d * (k - 1) + 1 - b - a + e
        for n, k, s, d, b, a, e in zip(
            x.shape[2:], window.size, window.stride, window.dilation, window.before, window.after,
            extra or [0] * len(window.size), strict=True,
        )
    )  # fmt: skip
    shape = (1, weight.shape[1] * groups, *sizes)
    forward = convolution(Program(shape).input, weight, None, window, groups)
    (matrix,) = forward.terms.values()
    shift = 0.0 if bias is None else np.repeat(bias, math.prod(sizes))
    return x.map(matrix.T if isinstance(matrix, np.ndarray) else matrix.T.tocsr(), shift, shape)


def average_pool(
    x: Value, window: Window, *, count_padding: bool = True, divisor: int | None = None
) -> Value:
    """Return the mean over each window of each channel; ``divisor`` replaces the count."""
    _, channels, *spatial = x.shape
    sizes, index, padded = window.indices(tuple(spatial))
    count = padded if count_padding else (index >= 0).sum(axis=1)
    weight = 1.0 / (count if divisor is None else np.full(len(index), divisor))
    rows, offsets = np.nonzero(index >= 0)
    one = sparse.csr_array(
        (weight[rows], (rows, index[rows, offsets])), shape=(len(index), int(np.prod(spatial)))
    )
    matrix = sparse.kron(sparse.eye_array(channels), one, format="csr")
    return x.map(matrix, 0.0, (1, channels, *sizes))


def max_pool(x: Value, window: Window) -> Value:
    """Return the maximum over each window of each channel, as a tournament of rectifiers."""
    _, channels, *spatial = x.shape
    sizes, index, _ = window.indices(tuple(spatial))
    n = int(np.prod(spatial))
    groups = [[c * n + i for i in row if i >= 0] for c in range(channels) for row in index.tolist()]
    return largest(x, groups, (1, channels, *sizes))


def largest(x: Value, groups: list[list[int]], shape: tuple[int, ...]) -> Value:
    """Return the maximum over each group of entries; what two groups share is compared once."""
    while any(len(g) > 1 for g in groups):
        pairs: dict[tuple[int, int], int] = {}
        alone: dict[int, int] = {}
        winners: list[list[tuple[bool, int]]] = []
        for group in groups:
            members = []
            for i in range(0, len(group) - 1, 2):
                pair = (group[i], group[i + 1])
                members.append((True, pairs.setdefault(pair, len(pairs))))
            if len(group) % 2:
                members.append((False, alone.setdefault(group[-1], len(alone))))
            winners.append(members)
        first, second = np.array(list(pairs)).T
        won = maximum(x.take(first), x.take(second))
        x = concatenate([won, x.take(np.array(list(alone), np.int64))], 0) if alone else won
        groups = [[k if is_pair else len(pairs) + k for is_pair, k in g] for g in winners]
    return x.take(np.array([g[0] for g in groups]).reshape(shape))


def largest_over(x: Value, axes: Sequence[int], keep: bool) -> Value:
    """Return the maximum over some axes, none of them negative."""
    rest = [i for i in range(len(x.shape)) if i not in axes]
    shape = [1 if i in axes else n for i, n in enumerate(x.shape) if i in rest or keep]
    groups = places(x).transpose(*rest, *axes).reshape(-1, math.prod(x.shape[i] for i in axes))
    return largest(x, groups.tolist(), tuple(shape))


def along_axes(x: Value, matrices: Sequence[Matrix]) -> Value:
    """Return x with a matrix applied along each axis, one after the other."""
    whole = sparse.eye_array(1, format="csr")
    for matrix in matrices:
        whole = sparse.kron(whole, matrix, format="csr")
    return x.map(whole, 0.0, tuple(int(m.shape[0]) for m in matrices))


def reduce_sum(x: Value, axes: Sequence[int], keep: bool, *, mean: bool = False) -> Value:
    """Return the sum, or the mean, over some axes."""
    chosen = tuple(sorted(a % len(x.shape) for a in axes))
    moved = np.moveaxis(places(x), chosen, range(len(chosen)))
    n = int(np.prod([x.shape[a] for a in chosen]))
    columns = moved.reshape(n, -1)
    m = columns.shape[1]
    rows = np.broadcast_to(np.arange(m), (n, m))
    value = np.full(n * m, 1.0 / n if mean else 1.0)
    matrix = sparse.csr_array((value, (rows.ravel(), columns.ravel())), shape=(m, x.size))
    shape = [1 if i in chosen else s for i, s in enumerate(x.shape) if keep or i not in chosen]
    return reshape(x.map(matrix), shape)


def pad(x: Value, widths: Sequence[tuple[int, int]], value: float = 0.0) -> Value:
    """Return x padded with a constant, and cut where a width is negative."""
    index = places(x)
    cut = tuple(
        slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(x.shape, widths, strict=True)
    )
    grown = [(max(b, 0), max(a, 0)) for b, a in widths]
    where = np.pad(index[cut], grown, constant_values=-1)
    inside = np.flatnonzero(where >= 0)
    matrix = sparse.csr_array(
        (np.ones(len(inside)), (inside, where.ravel()[inside])), shape=(where.size, x.size)
    )
    return x.map(matrix, np.where(where.ravel() < 0, value, 0.0), where.shape)
