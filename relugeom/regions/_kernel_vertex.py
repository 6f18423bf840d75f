"""Depth-first splitting of polytopes kept by their vertices.

A cell is its vertices; neuron after neuron its pre-activation at the vertices says whether it cuts,
and a cut makes two cells without solving anything. All state lives in arrays that the caller owns,
so that a run stops and goes on at will: when output is full, when a buffer must grow, or when the
work budget of one call is spent.

`run_planar` keeps polygons as vertices in cyclic order; `run` keeps polytopes of any dimension,
each vertex with the set of facets it lies on as bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._check import FloatArray, IntArray, SignArray, WordArray
from .._jit import borrowed, inlined, jit
from ._kernel_cell import (
    BASE,
    DOUBT,
    ENTER,
    F_COUNT,
    F_START,
    LAYER,
    N_FACETS,
    N_FRAMES,
    N_VERTICES,
    NEXT,
    POP,
    STACK_TOP,
    STATE,
    Cell,
    FlatLayers,
    Limits,
    Output,
    Scratch,
    Stack,
    ask,
    emit,
    enter,
    next_cut,
    pop,
    push,
)
from ._kernel_edges import cut_edges, facet_names, popcount

# Why a run returned
DONE, OUTPUT_FULL, GROW_VERTICES, GROW_STACK, GROW_WORDS, BUDGET = 0, 1, 2, 3, 4, 5

_STEEP = 1e3  # the reciprocal sine below which an edge is nearly parallel to the cut


@inlined
def _resolution(near: float, noise: float, rounding: float, steepest: float) -> tuple[float, float]:
    """Distances from a cut that are doubtful, and up to which they are rounding, if at all.

    Between hyperplanes at a small angle a cell is thin for long, and a vertex may be far from where
    rounding has put it.
    """
    return max(near, noise * steepest), noise if rounding * steepest <= noise else -1.0


@inlined
def _arrays(
    layers: FlatLayers, cell: Cell, scratch: Scratch, stack: Stack, output: Output
) -> tuple[
    IntArray, IntArray, IntArray, FloatArray, FloatArray, FloatArray, IntArray, FloatArray,
    FloatArray, WordArray, WordArray, FloatArray, FloatArray, FloatArray, IntArray, IntArray,
    FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, IntArray, IntArray,
    WordArray, WordArray, FloatArray, FloatArray, NDArray[np.int32], WordArray, FloatArray,
    IntArray, NDArray[np.int32], NDArray[np.uint8], IntArray,
]:  # fmt: skip
    """Return what both searches work on, borrowed."""
    return (
        borrowed(layers.width), borrowed(layers.unit_start), borrowed(layers.column),
        borrowed(layers.slope), borrowed(layers.bias), borrowed(layers.transposed),
        borrowed(layers.transposed_start), borrowed(layers.gradient_bound),
        borrowed(layers.offset_bound),
        borrowed(cell.on), borrowed(cell.zero), borrowed(cell.partial), borrowed(cell.maps),
        borrowed(cell.norm), borrowed(cell.pending), borrowed(cell.n_pending),
        borrowed(scratch.low), borrowed(scratch.high), borrowed(scratch.z),
        borrowed(scratch.gradient_size), borrowed(scratch.offset_size), borrowed(scratch.gate),
        borrowed(scratch.chosen),
        borrowed(stack.frame), borrowed(stack.on), borrowed(stack.zero), borrowed(stack.partial),
        borrowed(stack.vertices), borrowed(stack.facet_id),
        borrowed(output.words), borrowed(output.points), borrowed(output.facet_count),
        borrowed(output.facets), borrowed(output.flag), borrowed(output.zeros),
    )  # fmt: skip


# -- the plane -----------------------------------------------------------------------------------


@jit
def run_planar(
    control: IntArray, budget: int, limits: Limits, layers: FlatLayers, cell: Cell,
    scratch: Scratch, polygon: tuple[FloatArray, NDArray[np.int32]],
    cut: tuple[FloatArray, NDArray[np.int32], FloatArray, SignArray], stack: Stack, output: Output,
) -> int:  # fmt: skip
    """Advance the search in the plane until something in the caller's hands is needed.

    ``polygon`` is (vertices, edge): edge i joins vertex i to the next and names its facet.
    """
    vertices, edge = borrowed(polygon[0]), borrowed(polygon[1])
    new_vertices, new_edge = borrowed(cut[0]), borrowed(cut[1])
    value, side = borrowed(cut[2]), borrowed(cut[3])
    steepest, stack_steepest = borrowed(cell.steepest), borrowed(stack.steepest)
    near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
    control = borrowed(control)
    (
        width, unit_start, column, slope, bias, transposed, transposed_start, gradient_bound,
        offset_bound,
        on, zero, partial, maps, norm, pending, n_pending,
        low, high, z, gradient_size, offset_size, gates, chosen,
        frame, stack_on, stack_zero, stack_partial, stack_vertices, stack_facet_id,
        out_words, out_points, out_facet_count, out_facets, out_flag, out_zeros,
    ) = _arrays(layers, cell, scratch, stack, output)  # fmt: skip
    for _ in range(budget):
        state = control[STATE]
        if state == POP:
            if control[N_FRAMES] == control[BASE]:
                return DONE
            top = control[N_FRAMES] - 1
            start = frame[top, F_START]
            for i in range(frame[top, F_COUNT]):
                vertices[i, 0] = stack_vertices[start + i, 0]
                vertices[i, 1] = stack_vertices[start + i, 1]
                edge[i] = stack_facet_id[start + i, 0]
            pop(control, width, on, zero, partial, frame, stack_on, stack_zero, stack_partial)
            steepest[0] = stack_steepest[top]
            near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
        elif state == ENTER:
            enter(
                control, near, noise, limits.vanish, vertices,
                width, unit_start, column, slope, bias, transposed, transposed_start,
                gradient_bound, offset_bound, on, zero, partial, maps, norm, pending, n_pending,
                low, high, z, gradient_size, offset_size, gates, chosen,
            )  # fmt: skip
        elif state == NEXT:
            k, _, _ = next_cut(
                control, 2, near, noise, width, unit_start, column, slope, transposed,
                transposed_start, on, zero, partial, maps, norm, pending, n_pending,
                vertices, value, side,
            )  # fmt: skip
            if k < 0:
                continue
            layer, n = control[LAYER], control[N_VERTICES]
            start = control[STACK_TOP]
            if n + 2 > len(vertices):
                return GROW_VERTICES
            if start + n + 2 > len(stack_vertices) or control[N_FRAMES] == len(frame):
                return GROW_STACK
            neuron = column[unit_start[layer] + k]
            kept, far, steep = 0, start, 0.0
            for a in range(n):
                b = a + 1 if a + 1 < n else 0
                if side[a] >= 0:
                    new_vertices[kept, 0] = vertices[a, 0]
                    new_vertices[kept, 1] = vertices[a, 1]
                    new_edge[kept] = neuron if side[a] == 0 and side[b] < 0 else edge[a]
                    kept += 1
                if side[a] <= 0:
                    stack_vertices[far, 0] = vertices[a, 0]
                    stack_vertices[far, 1] = vertices[a, 1]
                    stack_facet_id[far, 0] = neuron if side[a] == 0 and side[b] > 0 else edge[a]
                    far += 1
                if side[a] * side[b] < 0:
                    drop = value[a] - value[b]
                    dx, dy = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1]
                    steep = max(steep, (abs(dx) + abs(dy)) / abs(drop))
                    t = value[a] / drop
                    x, y = vertices[a, 0] + t * dx, vertices[a, 1] + t * dy
                    new_vertices[kept, 0], new_vertices[kept, 1] = x, y
                    stack_vertices[far, 0], stack_vertices[far, 1] = x, y
                    if side[a] > 0:
                        new_edge[kept], stack_facet_id[far, 0] = neuron, edge[a]
                    else:
                        new_edge[kept], stack_facet_id[far, 0] = edge[a], neuron
                    kept += 1
                    far += 1
            for i in range(kept):
                vertices[i, 0] = new_vertices[i, 0]
                vertices[i, 1] = new_vertices[i, 1]
                edge[i] = new_edge[i]
            steepest[0] = max(steepest[0], steep * norm[layer, k])
            stack_steepest[control[N_FRAMES]] = steepest[0]
            near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
            push(
                control, width, unit_start, column, slope, transposed, transposed_start,
                on, zero, partial, maps, frame, stack_on, stack_zero, stack_partial, k, start, far,
            )  # fmt: skip
            control[N_VERTICES] = kept
        elif state == DOUBT:
            if not ask(
                control, width, unit_start, column, on, zero, pending, n_pending, vertices,
                output.ask_signs, output.ask_points,
            ):  # fmt: skip
                return OUTPUT_FULL
        else:
            n = control[N_VERTICES]
            if not emit(
                control, on, zero, vertices, n, out_words, out_points, out_facet_count,
                out_facets, out_flag, out_zeros,
            ):  # fmt: skip
                return OUTPUT_FULL
            for i in range(n):
                out_facets[control[N_FACETS] + i] = edge[i]
            control[N_FACETS] += n
    return BUDGET


# -- any dimension -------------------------------------------------------------------------------


@jit
def _free_slot(mask: WordArray) -> int:
    for slot in range(64 * len(mask)):
        if not mask[slot >> 6] >> np.uint64(slot & 63) & np.uint64(1):
            return slot
    return -1


@jit
def run(
    control: IntArray, budget: int, limits: Limits, layers: FlatLayers, cell: Cell,
    scratch: Scratch, polytope: tuple[FloatArray, WordArray, WordArray, NDArray[np.int32]],
    cut: tuple[FloatArray, WordArray, FloatArray, SignArray, IntArray], stack: Stack,
    output: Output,
) -> int:  # fmt: skip
    """Advance the search until something in the caller's hands is needed.

    ``polytope`` is (vertices, bits, mask, facet_id): the facets in use, by their slot in the bits,
    and what each slot stands for.
    """
    vertices, bits = borrowed(polytope[0]), borrowed(polytope[1])
    mask, facet_id = borrowed(polytope[2]), borrowed(polytope[3])
    new_vertices, new_bits = borrowed(cut[0]), borrowed(cut[1])
    value, side, pairs = borrowed(cut[2]), borrowed(cut[3]), borrowed(cut[4])
    d, words = vertices.shape[1], bits.shape[1]
    common, names = np.empty(words, np.uint64), facet_names(64 * words)
    plus_mask = np.empty(words, np.uint64)
    minus_mask = np.empty(words, np.uint64)
    one = np.uint64(1)
    steepest, stack_steepest = borrowed(cell.steepest), borrowed(stack.steepest)
    near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
    control = borrowed(control)
    (
        width, unit_start, column, slope, bias, transposed, transposed_start, gradient_bound,
        offset_bound,
        on, zero, partial, maps, norm, pending, n_pending,
        low, high, z, gradient_size, offset_size, gates, chosen,
        frame, stack_on, stack_zero, stack_partial, stack_vertices, stack_facet_id,
        out_words, out_points, out_facet_count, out_facets, out_flag, out_zeros,
    ) = _arrays(layers, cell, scratch, stack, output)  # fmt: skip
    stack_bits, stack_mask = borrowed(stack.bits), borrowed(stack.mask)
    for _ in range(budget):
        state = control[STATE]
        if state == POP:
            if control[N_FRAMES] == control[BASE]:
                return DONE
            top = control[N_FRAMES] - 1
            start = frame[top, F_START]
            if frame[top, F_COUNT] > len(vertices):
                return GROW_VERTICES
            for i in range(frame[top, F_COUNT]):
                for c in range(d):
                    vertices[i, c] = stack_vertices[start + i, c]
                for w in range(words):
                    bits[i, w] = stack_bits[start + i, w]
            for w in range(words):
                mask[w] = stack_mask[top, w]
            for slot in range(64 * words):
                facet_id[slot] = stack_facet_id[top, slot]
            pop(control, width, on, zero, partial, frame, stack_on, stack_zero, stack_partial)
            steepest[0] = stack_steepest[top]
            near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
        elif state == ENTER:
            enter(
                control, near, noise, limits.vanish, vertices,
                width, unit_start, column, slope, bias, transposed, transposed_start,
                gradient_bound, offset_bound, on, zero, partial, maps, norm, pending, n_pending,
                low, high, z, gradient_size, offset_size, gates, chosen,
            )  # fmt: skip
        elif state == NEXT:
            k, n_plus, n_minus = next_cut(
                control, d, near, noise, width, unit_start, column, slope, transposed,
                transposed_start, on, zero, partial, maps, norm, pending, n_pending,
                vertices, value, side,
            )  # fmt: skip
            if k < 0:
                continue
            layer, n = control[LAYER], control[N_VERTICES]
            for w in range(words):
                plus_mask[w] = 0
                minus_mask[w] = 0
            for i in range(n):
                for w in range(words):
                    if side[i] < 0:
                        minus_mask[w] |= bits[i, w]
                    elif side[i] > 0:
                        plus_mask[w] |= bits[i, w]
            n_new = cut_edges(bits, side, n, n_plus, n_minus, d, names, common, pairs)
            if n_new < 0:
                return GROW_VERTICES
            steep = 0.0
            for e in range(n_new):
                i, j = pairs[e, 0], pairs[e, 1]
                drop = value[i] - value[j]
                t, length = value[i] / drop, 0.0
                for c in range(d):
                    dx = vertices[j, c] - vertices[i, c]
                    new_vertices[e, c] = vertices[i, c] + t * dx
                    length += abs(dx)
                steep = max(steep, length / drop)
                for w in range(words):
                    new_bits[e, w] = bits[i, w] & bits[j, w]
            plus_slot, minus_slot = _free_slot(plus_mask), _free_slot(minus_mask)
            if plus_slot < 0 or minus_slot < 0:
                return GROW_WORDS
            n_on = n - n_plus - n_minus
            if n_plus + n_on + n_new > len(vertices):
                return GROW_VERTICES
            start, top = control[STACK_TOP], control[N_FRAMES]
            if start + n_minus + n_on + n_new > len(stack_vertices) or top == len(frame):
                return GROW_STACK

            # from here on nothing is refused
            steep *= norm[layer, k]
            if steep < _STEEP:
                steepest[0] = max(steepest[0], steep)
            else:  # what nearly parallel hyperplanes do to a vertex multiplies
                steepest[0] = max(steepest[0], 1.0) * steep
            stack_steepest[top] = steepest[0]
            near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
            neuron = column[unit_start[layer] + k]
            plus_bit = one << np.uint64(plus_slot & 63)
            minus_bit = one << np.uint64(minus_slot & 63)
            far = start
            for i in range(n + n_new):
                old = i < n
                if old and side[i] > 0:
                    continue
                for c in range(d):
                    stack_vertices[far, c] = vertices[i, c] if old else new_vertices[i - n, c]
                for w in range(words):
                    b = bits[i, w] if old else new_bits[i - n, w]
                    stack_bits[far, w] = b & minus_mask[w]
                if not old or side[i] == 0:
                    stack_bits[far, minus_slot >> 6] |= minus_bit
                far += 1
            for w in range(words):
                stack_mask[top, w] = minus_mask[w]
            stack_mask[top, minus_slot >> 6] |= minus_bit
            for slot in range(64 * words):
                stack_facet_id[top, slot] = facet_id[slot]
            stack_facet_id[top, minus_slot] = neuron
            kept = 0
            for i in range(n + n_new):
                old = i < n
                if old and side[i] < 0:
                    continue
                for c in range(d):
                    vertices[kept, c] = vertices[i, c] if old else new_vertices[i - n, c]
                for w in range(words):
                    b = bits[i, w] if old else new_bits[i - n, w]
                    bits[kept, w] = b & plus_mask[w]
                if not old or side[i] == 0:
                    bits[kept, plus_slot >> 6] |= plus_bit
                kept += 1
            for w in range(words):
                mask[w] = plus_mask[w]
            mask[plus_slot >> 6] |= plus_bit
            facet_id[plus_slot] = neuron
            push(
                control, width, unit_start, column, slope, transposed, transposed_start,
                on, zero, partial, maps, frame, stack_on, stack_zero, stack_partial, k, start, far,
            )  # fmt: skip
            control[N_VERTICES] = kept
        elif state == DOUBT:
            if not ask(
                control, width, unit_start, column, on, zero, pending, n_pending, vertices,
                output.ask_signs, output.ask_points,
            ):  # fmt: skip
                return OUTPUT_FULL
        else:
            n_facets = 0
            for w in range(words):
                n_facets += popcount(mask[w])
            if not emit(
                control, on, zero, vertices, n_facets, out_words, out_points,
                out_facet_count, out_facets, out_flag, out_zeros,
            ):  # fmt: skip
                return OUTPUT_FULL
            for slot in range(64 * words):
                if mask[slot >> 6] & (one << np.uint64(slot & 63)):
                    out_facets[control[N_FACETS]] = facet_id[slot]
                    control[N_FACETS] += 1
    return BUDGET
