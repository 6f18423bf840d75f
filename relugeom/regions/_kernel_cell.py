"""The cell that the vertex engine is at: its layers, its pattern, the cells put off, the output.

What polygons and polytopes of any dimension have in common: neuron after neuron is decided from the
pre-activations at the vertices, and the side of a cut that has to wait goes on a stack. Affine
functions of a layer are stored coordinate by coordinate, contiguous over the neurons, so that the
loops over neurons vectorise. Helpers on the hot path take arrays one by one: passing them bundled
costs more than the work.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._check import FloatArray, IntArray, SignArray, WordArray
from .._jit import inlined, jit

# Places of the control vector; frames below BASE belong to somebody else
STATE, LAYER, POSITION, N_VERTICES, N_FRAMES, STACK_TOP, BASE = 0, 1, 2, 3, 4, 5, 6
N_OUT, N_FACETS, N_ZEROS, N_ASK, COINCIDENT, SPLITS, CONTROL_SIZE = 7, 8, 9, 10, 11, 12, 13
# What the machine does next
POP, ENTER, NEXT, EMIT, DOUBT = 0, 1, 2, 3, 4
# Columns of a frame
F_START, F_COUNT, F_LAYER, F_POSITION, F_COINCIDENT, FRAME_SIZE = 0, 1, 2, 3, 4, 5

_CANCELLED = 1e-5  # of what goes into a gradient: below, its direction lost digits
_SUSPECT = 1e-6  # of the bound on what goes into a gradient: below, the sum itself is computed


class Limits(NamedTuple):
    """Lengths: "on" and "noise" of the tolerances, and the rounding of a coordinate."""

    on: float
    noise: float
    rounding: float
    vanish: float


class FlatLayers(NamedTuple):
    """The layers one after the other, and bounds on their functions."""

    width: IntArray
    unit_start: IntArray
    column: IntArray
    slope: FloatArray
    bias: FloatArray
    transposed: FloatArray
    transposed_start: IntArray
    gradient_bound: FloatArray
    offset_bound: FloatArray


class Cell(NamedTuple):
    """What is known of the current cell.

    Its pattern as two bit sets, the affine functions of each layer where it was entered, the
    neurons that cut it there, the next layer's functions so far. ``steepest`` is the reciprocal
    sine of the smallest angle at which an edge was cut.
    """

    on: WordArray
    zero: WordArray
    partial: FloatArray
    steepest: FloatArray
    maps: FloatArray
    norm: FloatArray
    pending: IntArray
    n_pending: IntArray


class Scratch(NamedTuple):
    """Room for one layer's neurons."""

    low: FloatArray
    high: FloatArray
    z: FloatArray
    gradient_size: FloatArray
    offset_size: FloatArray
    gate: FloatArray
    chosen: IntArray


class Stack(NamedTuple):
    """The sides of cuts that wait."""

    vertices: FloatArray
    bits: WordArray
    frame: IntArray
    mask: WordArray
    facet_id: NDArray[np.int32]
    on: WordArray
    zero: WordArray
    partial: FloatArray
    steepest: FloatArray


class Output(NamedTuple):
    """The cells found, and the sides that are in doubt."""

    words: WordArray
    points: FloatArray
    facet_count: IntArray
    facets: NDArray[np.int32]
    flag: NDArray[np.uint8]
    zeros: IntArray
    ask_signs: SignArray
    ask_points: FloatArray


# -- layers --------------------------------------------------------------------------------------


@jit
def _fold(
    partial: FloatArray, width: IntArray, transposed: FloatArray, transposed_start: IntArray,
    layer: int, k: int, maps: FloatArray, gate: float,
) -> None:  # fmt: skip
    """Add neuron k of a layer, decided, to the next layer's affine functions."""
    n = width[layer + 1]
    start = transposed_start[layer] + k * n
    w = transposed[start : start + n]  # a view: indices from 0 vectorise
    for c in range(partial.shape[0]):
        factor = gate * maps[layer, c, k]
        for j in range(n):
            partial[c, j] += w[j] * factor


@jit
def _fold_all(
    partial: FloatArray, width: IntArray, transposed: FloatArray, transposed_start: IntArray,
    layer: int, chosen: IntArray, gate: FloatArray, count: int, maps: FloatArray,
) -> None:  # fmt: skip
    """Add ``count`` decided neurons of a layer, four at a time, to save passes over the sums."""
    n = width[layer + 1]
    at = transposed_start[layer]
    for i in range(0, count - 3, 4):
        a, b, c, e = chosen[i], chosen[i + 1], chosen[i + 2], chosen[i + 3]
        w_a, w_b = transposed[at + a * n : at + a * n + n], transposed[at + b * n : at + b * n + n]
        w_c, w_e = transposed[at + c * n : at + c * n + n], transposed[at + e * n : at + e * n + n]
        for x in range(partial.shape[0]):
            f_a, f_b = gate[i] * maps[layer, x, a], gate[i + 1] * maps[layer, x, b]
            f_c, f_e = gate[i + 2] * maps[layer, x, c], gate[i + 3] * maps[layer, x, e]
            for j in range(n):
                partial[x, j] += w_a[j] * f_a + w_b[j] * f_b + w_c[j] * f_c + w_e[j] * f_e
    for i in range(count - count % 4, count):
        _fold(partial, width, transposed, transposed_start, layer, chosen[i], maps, gate[i])


@inlined
def _set_sign(on: WordArray, zero: WordArray, neuron: int, sign: int) -> None:
    word, bit = neuron >> 6, np.uint64(1) << np.uint64(63 - (neuron & 63))
    if sign > 0:
        on[word] |= bit
    else:
        on[word] &= ~bit
    if sign == 0:
        zero[word] |= bit
    else:
        zero[word] &= ~bit


@jit
def _sizes(
    width: IntArray, unit_start: IntArray, column: IntArray, slope: FloatArray, bias: FloatArray,
    transposed: FloatArray, transposed_start: IntArray, gradient_bound: FloatArray,
    offset_bound: FloatArray, layer: int, on: WordArray, gradient_size: FloatArray,
    offset_size: FloatArray,
) -> None:  # fmt: skip
    """Sum of the magnitudes that go into each gradient and offset of a layer on this cell."""
    n = width[0]
    for k in range(n):
        gradient_size[k] = gradient_bound[k]
        offset_size[k] = offset_bound[k]
    for inner in range(layer):
        m = width[inner + 1]
        below_gradient, below_offset = gradient_size[:n].copy(), offset_size[:n].copy()
        for j in range(m):
            gradient_size[j] = 0.0
            offset_size[j] = abs(bias[unit_start[inner + 1] + j])
        for k in range(n):
            unit = unit_start[inner] + k
            gate, neuron = 1.0, column[unit]
            if neuron >= 0 and not (on[neuron >> 6] >> np.uint64(63 - (neuron & 63))) & 1:
                gate = abs(slope[unit])
            if gate == 0.0:
                continue
            start = transposed_start[inner] + k * m
            for j in range(m):
                w = abs(transposed[start + j]) * gate
                gradient_size[j] += w * below_gradient[k]
                offset_size[j] += w * below_offset[k]
        n = m


@jit
def enter(
    control: IntArray, near: float, noise: float, vanish: float, vertices: FloatArray,
    widths: IntArray, unit_start: IntArray, column: IntArray, slope: FloatArray, bias: FloatArray,
    transposed: FloatArray, transposed_start: IntArray, gradient_bound: FloatArray,
    offset_bound: FloatArray, on: WordArray, zero: WordArray, partial: FloatArray, maps: FloatArray,
    norm: FloatArray, pending: IntArray, n_pending: IntArray, low: FloatArray, high: FloatArray,
    z: FloatArray, gradient_size: FloatArray, offset_size: FloatArray, gates: FloatArray,
    chosen: IntArray,
) -> None:  # fmt: skip
    """Decide the neurons of a layer that do not cut the current cell; list those that do.

    A vertex too near a hyperplane to tell casts doubt on the cell.
    """
    layer, n, d = control[LAYER], control[N_VERTICES], vertices.shape[1]
    width, first = widths[layer], unit_start[layer]
    if layer > 0:
        for c in range(d + 1):
            for j in range(width):
                maps[layer, c, j] = partial[c, j]
    last = layer + 1 == len(widths)
    if not last:
        start = unit_start[layer + 1]
        for c in range(d):
            for j in range(widths[layer + 1]):
                partial[c, j] = 0.0
        for j in range(widths[layer + 1]):
            partial[d, j] = bias[start + j]
    for j in range(width):
        norm[layer, j] = 0.0
        low[j] = np.inf
        high[j] = -np.inf
    for c in range(d):
        for j in range(width):
            norm[layer, j] += maps[layer, c, j] * maps[layer, c, j]
    for i in range(n):
        for j in range(width):
            z[j] = maps[layer, d, j]
        for c in range(d):
            x = vertices[i, c]
            for j in range(width):
                z[j] += maps[layer, c, j] * x
        for j in range(width):
            low[j] = z[j] if z[j] < low[j] else low[j]
            high[j] = z[j] if z[j] > high[j] else high[j]
    for j in range(width):
        norm[layer, j] = np.sqrt(norm[layer, j])
    sizes_known = False
    count, n_chosen, doubt = 0, 0, False
    for k in range(width):
        unit = first + k
        neuron = column[unit]
        if neuron < 0:
            chosen[n_chosen], gates[n_chosen] = k, 1.0
            n_chosen += 1
            continue
        edge = near * norm[layer, k]
        if norm[layer, k] <= _SUSPECT * gradient_bound[unit]:
            if not sizes_known:
                _sizes(
                    widths, unit_start, column, slope, bias, transposed, transposed_start,
                    gradient_bound, offset_bound, layer, on, gradient_size, offset_size,
                )  # fmt: skip
                sizes_known = True
            if norm[layer, k] <= vanish * gradient_size[k]:  # it cancelled
                norm[layer, k] = 0.0
                for c in range(d):
                    maps[layer, c, k] = 0.0
                b = maps[layer, d, k]
                if abs(b) <= vanish * offset_size[k]:
                    maps[layer, d, k] = 0.0
                    control[COINCIDENT] = 1
                    _set_sign(on, zero, neuron, 0)
                    continue
                low[k] = b
                high[k] = b
            # a gradient that nearly cancelled: what rounding left in it makes more values doubtful
            elif norm[layer, k] < _CANCELLED * gradient_size[k]:
                norm[layer, k] = _CANCELLED * gradient_size[k]
            edge = near * norm[layer, k]
        if low[k] < -edge and high[k] > edge:
            pending[layer, count] = k
            count += 1
            continue
        sign = 1 if high[k] > -low[k] else -1
        _set_sign(on, zero, neuron, sign)
        if low[k] <= edge and high[k] >= -edge:  # it touches the cell
            n_on = 0
            for i in range(n):
                value = maps[layer, d, k]
                for c in range(d):
                    value += maps[layer, c, k] * vertices[i, c]
                value = abs(value) / norm[layer, k]
                if value <= near:
                    n_on += 1
                    doubt |= value > noise
            if n_on >= d:
                control[COINCIDENT] = 1
            doubt |= n_on == n
        gate = 1.0 if sign > 0 else slope[unit]
        if gate != 0.0:
            chosen[n_chosen], gates[n_chosen] = k, gate
            n_chosen += 1
    if not last:
        _fold_all(
            partial, widths, transposed, transposed_start, layer, chosen, gates, n_chosen, maps
        )
    n_pending[layer] = count
    control[POSITION] = -1 if doubt else 0
    control[STATE] = DOUBT if doubt else NEXT


@inlined
def next_cut(
    control: IntArray, d: int, near: float, noise: float, width: IntArray, unit_start: IntArray,
    column: IntArray, slope: FloatArray, transposed: FloatArray, transposed_start: IntArray,
    on: WordArray, zero: WordArray, partial: FloatArray, maps: FloatArray, norm: FloatArray,
    pending: IntArray, n_pending: IntArray, vertices: FloatArray, value: FloatArray,
    side: SignArray,
) -> tuple[int, int, int]:  # fmt: skip
    """Go on to the next pending neuron that cuts the cell; those that no longer do are decided.

    Returns the neuron, or -1 at the end of the layer and in doubt, and how many vertices are on
    each side.
    ``value`` receives its pre-activations at the vertices.
    """
    layer, n, position = control[LAYER], control[N_VERTICES], control[POSITION]
    last = layer + 1 == len(width)
    end = n_pending[layer]
    found, n_plus, n_minus, doubt = -1, 0, 0, False
    while position < end:
        k = pending[layer, position]
        edge = near * norm[layer, k]
        n_plus, n_minus = 0, 0
        for i in range(n):
            z = maps[layer, d, k]
            for c in range(d):
                z += maps[layer, c, k] * vertices[i, c]
            value[i] = z
            if z > edge:
                side[i] = 1
                n_plus += 1
            elif z < -edge:
                side[i] = -1
                n_minus += 1
            else:
                side[i] = 0
        if n_plus + n_minus < n:
            faint = noise * norm[layer, k]
            for i in range(n):
                doubt |= side[i] == 0 and abs(value[i]) > faint
            doubt |= n_plus + n_minus == 0
            if doubt:
                break
        if n_plus > 0 and n_minus > 0:
            found = k
            break
        n_on = n - n_plus - n_minus
        sign = 1 if n_plus > 0 else -1
        if n_on >= d:
            control[COINCIDENT] = 1
        unit = unit_start[layer] + k
        _set_sign(on, zero, column[unit], sign)
        if not last:
            gate = 1.0 if sign > 0 else slope[unit]
            if gate != 0.0:
                _fold(partial, width, transposed, transposed_start, layer, k, maps, gate)
        position += 1
    control[POSITION] = position
    if found < 0:
        if doubt:
            control[STATE] = DOUBT
        elif last:
            control[STATE] = EMIT
        else:
            control[LAYER] = layer + 1
            control[STATE] = ENTER
    return found, n_plus, n_minus


@inlined
def push(
    control: IntArray, width: IntArray, unit_start: IntArray, column: IntArray, slope: FloatArray,
    transposed: FloatArray, transposed_start: IntArray, on: WordArray, zero: WordArray,
    partial: FloatArray, maps: FloatArray, frame: IntArray, stack_on: WordArray,
    stack_zero: WordArray, stack_partial: FloatArray, k: int, start: int, end: int,
) -> None:  # fmt: skip
    """Put the far side of a cut on the stack, its vertices there already; keep the near side."""
    layer, top = control[LAYER], control[N_FRAMES]
    unit = unit_start[layer] + k
    frame[top, F_START], frame[top, F_COUNT] = start, end - start
    frame[top, F_LAYER], frame[top, F_POSITION] = layer, control[POSITION] + 1
    frame[top, F_COINCIDENT] = control[COINCIDENT]
    _set_sign(on, zero, column[unit], -1)
    for word in range(len(on)):
        stack_on[top, word] = on[word]
        stack_zero[top, word] = zero[word]
    _set_sign(on, zero, column[unit], 1)
    if layer + 1 < len(width):
        n = width[layer + 1]
        row = transposed_start[layer] + k * n
        w = transposed[row : row + n]
        for c in range(partial.shape[0]):
            plus = maps[layer, c, k]
            minus = plus * slope[unit]
            for j in range(n):
                p = partial[c, j]
                stack_partial[top, c, j] = p + w[j] * minus
                partial[c, j] = p + w[j] * plus
    control[N_FRAMES] = top + 1
    control[STACK_TOP] = end
    control[SPLITS] += 1
    control[POSITION] += 1


@inlined
def pop(
    control: IntArray, width: IntArray, on: WordArray, zero: WordArray, partial: FloatArray,
    frame: IntArray, stack_on: WordArray, stack_zero: WordArray, stack_partial: FloatArray,
) -> None:  # fmt: skip
    """Take the top frame's place in the tree and its pattern."""
    top = control[N_FRAMES] - 1
    layer = frame[top, F_LAYER]
    for w in range(len(on)):
        on[w] = stack_on[top, w]
        zero[w] = stack_zero[top, w]
    if layer + 1 < len(width):
        for c in range(partial.shape[0]):
            for j in range(width[layer + 1]):
                partial[c, j] = stack_partial[top, c, j]
    control[N_VERTICES] = frame[top, F_COUNT]
    control[LAYER] = layer
    control[POSITION] = frame[top, F_POSITION]
    control[COINCIDENT] = frame[top, F_COINCIDENT]
    control[STACK_TOP] = frame[top, F_START]
    control[N_FRAMES] = top
    control[STATE] = NEXT


@inlined
def emit(
    control: IntArray, on: WordArray, zero: WordArray, vertices: FloatArray, n_facets: int,
    out_words: WordArray, out_points: FloatArray, out_facet_count: IntArray,
    out_facets: NDArray[np.int32], out_flag: NDArray[np.uint8], out_zeros: IntArray,
) -> bool:  # fmt: skip
    """Write the current cell, its facets excepted; return whether there was room."""
    at, n, d = control[N_OUT], control[N_VERTICES], vertices.shape[1]
    room: bool = (
        at < len(out_words)
        and control[N_FACETS] + n_facets <= len(out_facets)
        and control[N_ZEROS] + 64 * len(zero) <= len(out_zeros)
    )
    if room:
        for w in range(len(on)):
            out_words[at, w] = on[w]
            if zero[w]:
                for b in range(64):
                    if (zero[w] >> np.uint64(63 - b)) & np.uint64(1):
                        out_zeros[control[N_ZEROS], 0] = at
                        out_zeros[control[N_ZEROS], 1] = 64 * w + b
                        control[N_ZEROS] += 1
        for c in range(d):
            total = 0.0
            for i in range(n):
                total += vertices[i, c]
            out_points[at, c] = total / n
        out_facet_count[at] = n_facets
        out_flag[at] = control[COINCIDENT]
        control[N_OUT] = at + 1
        control[STATE] = POP
    return room


@jit
def ask(
    control: IntArray, width: IntArray, unit_start: IntArray, column: IntArray, on: WordArray,
    zero: WordArray, pending: IntArray, n_pending: IntArray, vertices: FloatArray,
    ask_signs: SignArray, ask_points: FloatArray,
) -> bool:  # fmt: skip
    """Leave the current cell to the caller: the signs decided so far and a point.

    Position -1 says that none of the current layer counts as decided. Returns whether there was
    room.
    """
    at, n, layer = control[N_ASK], control[N_VERTICES], control[LAYER]
    if at == len(ask_signs):
        return False
    for k in range(ask_signs.shape[1]):
        ask_signs[at, k] = 0
    last = unit_start[layer] + (width[layer] if control[POSITION] >= 0 else 0)
    for unit in range(last):
        k = column[unit]
        if k >= 0:
            word, bit = k >> 6, np.uint64(1) << np.uint64(63 - (k & 63))
            if not zero[word] & bit:
                ask_signs[at, k] = 1 if on[word] & bit else -1
    if control[POSITION] >= 0:
        for i in range(control[POSITION], n_pending[layer]):
            ask_signs[at, column[unit_start[layer] + pending[layer, i]]] = 0
    for c in range(vertices.shape[1]):
        total = 0.0
        for i in range(n):
            total += vertices[i, c]
        ask_points[at, c] = total / n
    control[N_ASK] = at + 1
    control[STATE] = POP
    return True
