"""Depth-first splitting of polytopes kept by their vertices.

A cell is its vertices; neuron after neuron its pre-activation at the vertices says whether it cuts,
and a cut makes two cells without solving anything. All state lives in arrays that the caller owns,
so that a run stops and goes on at will: when output is full, when a buffer must grow, or when the
work budget of one call is spent.

`run_planar` keeps polygons as vertices in cyclic order; `run` keeps polytopes of any dimension,
each vertex with the set of facets it lies on as bits. Affine functions of a layer are stored
coordinate by coordinate, contiguous over the neurons, so that the loops over neurons vectorise.
Helpers on the hot path take arrays one by one: passing them bundled costs more than the work.
"""

from collections import namedtuple

import numpy as np

from .._jit import borrowed, inlined, jit
from ._kernel_edges import cut_edges, facet_names, popcount

# Why a run returned
DONE, OUTPUT_FULL, GROW_VERTICES, GROW_STACK, GROW_WORDS, BUDGET = 0, 1, 2, 3, 4, 5
# Places of the control vector; frames below BASE belong to somebody else
STATE, LAYER, POSITION, N_VERTICES, N_FRAMES, STACK_TOP, BASE = 0, 1, 2, 3, 4, 5, 6
N_OUT, N_FACETS, N_ZEROS, N_ASK, COINCIDENT, SPLITS, CONTROL_SIZE = 7, 8, 9, 10, 11, 12, 13
# What the machine does next
POP, ENTER, NEXT, EMIT, DOUBT = 0, 1, 2, 3, 4
# Columns of a frame
F_START, F_COUNT, F_LAYER, F_POSITION, F_COINCIDENT, FRAME_SIZE = 0, 1, 2, 3, 4, 5

_STEEP = 1e3  # the reciprocal sine below which an edge is nearly parallel to the cut
_CANCELLED = 1e-5  # of what goes into a gradient: below, its direction lost digits
_SUSPECT = 1e-6  # of the bound on what goes into a gradient: below, the sum itself is computed

#: Lengths: "on" and "noise" of the tolerances, and the rounding of a coordinate.
Limits = namedtuple("Limits", "on noise rounding vanish")
Layers = namedtuple(
    "Layers",
    "width unit_start column slope bias transposed transposed_start gradient_bound offset_bound",
)
#: What is known of the current cell: its pattern as two bit sets, the affine functions of each
#: layer where it was entered, the neurons that cut it there, the next layer's functions so far.
#: ``steepest`` is the reciprocal sine of the smallest angle at which an edge was cut.
Cell = namedtuple("Cell", "on zero partial steepest maps norm pending n_pending")
Scratch = namedtuple("Scratch", "low high z gradient_size offset_size gate chosen")
Stack = namedtuple("Stack", "vertices bits frame mask facet_id on zero partial steepest")
Output = namedtuple("Output", "words points facet_count facets flag zeros ask_signs ask_points")


# -- layers --------------------------------------------------------------------------------------


@jit
def _fold(partial, width, transposed, transposed_start, layer, k, maps, gate):
    """Add neuron k of a layer, decided, to the next layer's affine functions."""
    n = width[layer + 1]
    start = transposed_start[layer] + k * n
    w = transposed[start : start + n]  # a view: indices from 0 vectorise
    for c in range(partial.shape[0]):
        factor = gate * maps[layer, c, k]
        for j in range(n):
            partial[c, j] += w[j] * factor


@jit
def _fold_all(partial, width, transposed, transposed_start, layer, chosen, gate, count, maps):
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
def _set_sign(on, zero, neuron, sign):
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
    width, unit_start, column, slope, bias, transposed, transposed_start, gradient_bound,
    offset_bound, layer, on, gradient_size, offset_size,
):  # fmt: skip
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
def _enter(
    control, near, noise, vanish, vertices,
    widths, unit_start, column, slope, bias, transposed, transposed_start, gradient_bound,
    offset_bound, on, zero, partial, maps, norm, pending, n_pending,
    low, high, z, gradient_size, offset_size, gates, chosen,
):  # fmt: skip
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
def _next_cut(
    control, d, near, noise, width, unit_start, column, slope, transposed, transposed_start,
    on, zero, partial, maps, norm, pending, n_pending, vertices, value, side,
):  # fmt: skip
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
def _resolution(near, noise, rounding, steepest):
    """Distances from a cut that are doubtful, and up to which they are rounding, if at all.

    Between hyperplanes at a small angle a cell is thin for long, and a vertex may be far from where
    rounding has put it.
    """
    return max(near, noise * steepest), noise if rounding * steepest <= noise else -1.0


@inlined
def _push(
    control, width, unit_start, column, slope, transposed, transposed_start,
    on, zero, partial, maps, frame, stack_on, stack_zero, stack_partial, k, start, end,
):  # fmt: skip
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
def _pop(control, width, on, zero, partial, frame, stack_on, stack_zero, stack_partial):
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
def _emit(
    control, on, zero, vertices, n_facets,
    out_words, out_points, out_facet_count, out_facets, out_flag, out_zeros,
):  # fmt: skip
    """Write the current cell, its facets excepted; return whether there was room."""
    at, n, d = control[N_OUT], control[N_VERTICES], vertices.shape[1]
    room = (
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
def _ask(
    control, width, unit_start, column, on, zero, pending, n_pending, vertices,
    ask_signs, ask_points,
):  # fmt: skip
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


# -- the plane -----------------------------------------------------------------------------------


@jit
def run_planar(control, budget, limits, layers, cell, scratch, polygon, cut, stack, output):
    """Advance the search in the plane until something in the caller's hands is needed.

    ``polygon`` is (vertices, edge): edge i joins vertex i to the next and names its facet.
    """
    vertices, edge = borrowed(polygon[0]), borrowed(polygon[1])
    new_vertices, new_edge = borrowed(cut[0]), borrowed(cut[1])
    value, side = borrowed(cut[2]), borrowed(cut[3])
    steepest, stack_steepest = borrowed(cell.steepest), borrowed(stack.steepest)
    near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
    control = borrowed(control)
    width, unit_start = borrowed(layers.width), borrowed(layers.unit_start)
    column, slope, bias = borrowed(layers.column), borrowed(layers.slope), borrowed(layers.bias)
    transposed, transposed_start = borrowed(layers.transposed), borrowed(layers.transposed_start)
    gradient_bound, offset_bound = borrowed(layers.gradient_bound), borrowed(layers.offset_bound)
    on, zero, partial = borrowed(cell.on), borrowed(cell.zero), borrowed(cell.partial)
    maps, norm = borrowed(cell.maps), borrowed(cell.norm)
    pending, n_pending = borrowed(cell.pending), borrowed(cell.n_pending)
    low, high, z = borrowed(scratch.low), borrowed(scratch.high), borrowed(scratch.z)
    gates, chosen = borrowed(scratch.gate), borrowed(scratch.chosen)
    gradient_size, offset_size = borrowed(scratch.gradient_size), borrowed(scratch.offset_size)
    frame, stack_partial = borrowed(stack.frame), borrowed(stack.partial)
    stack_on, stack_zero = borrowed(stack.on), borrowed(stack.zero)
    stack_vertices, stack_facet_id = borrowed(stack.vertices), borrowed(stack.facet_id)
    out_words, out_points = borrowed(output.words), borrowed(output.points)
    out_facet_count, out_flag = borrowed(output.facet_count), borrowed(output.flag)
    out_zeros = borrowed(output.zeros)
    out_facets = borrowed(output.facets)
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
            _pop(control, width, on, zero, partial, frame, stack_on, stack_zero, stack_partial)
            steepest[0] = stack_steepest[top]
            near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
        elif state == ENTER:
            _enter(
                control, near, noise, limits.vanish, vertices,
                width, unit_start, column, slope, bias, transposed, transposed_start,
                gradient_bound, offset_bound, on, zero, partial, maps, norm, pending, n_pending,
                low, high, z, gradient_size, offset_size, gates, chosen,
            )  # fmt: skip
        elif state == NEXT:
            k, _, _ = _next_cut(
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
            _push(
                control, width, unit_start, column, slope, transposed, transposed_start,
                on, zero, partial, maps, frame, stack_on, stack_zero, stack_partial, k, start, far,
            )  # fmt: skip
            control[N_VERTICES] = kept
        elif state == DOUBT:
            if not _ask(
                control, width, unit_start, column, on, zero, pending, n_pending, vertices,
                output.ask_signs, output.ask_points,
            ):  # fmt: skip
                return OUTPUT_FULL
        else:
            n = control[N_VERTICES]
            if not _emit(
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
def _free_slot(mask):
    for slot in range(64 * len(mask)):
        if not mask[slot >> 6] >> np.uint64(slot & 63) & np.uint64(1):
            return slot
    return -1


@jit
def run(control, budget, limits, layers, cell, scratch, polytope, cut, stack, output):
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
    width, unit_start = borrowed(layers.width), borrowed(layers.unit_start)
    column, slope, bias = borrowed(layers.column), borrowed(layers.slope), borrowed(layers.bias)
    transposed, transposed_start = borrowed(layers.transposed), borrowed(layers.transposed_start)
    gradient_bound, offset_bound = borrowed(layers.gradient_bound), borrowed(layers.offset_bound)
    on, zero, partial = borrowed(cell.on), borrowed(cell.zero), borrowed(cell.partial)
    maps, norm = borrowed(cell.maps), borrowed(cell.norm)
    pending, n_pending = borrowed(cell.pending), borrowed(cell.n_pending)
    low, high, z = borrowed(scratch.low), borrowed(scratch.high), borrowed(scratch.z)
    gates, chosen = borrowed(scratch.gate), borrowed(scratch.chosen)
    gradient_size, offset_size = borrowed(scratch.gradient_size), borrowed(scratch.offset_size)
    frame, stack_partial = borrowed(stack.frame), borrowed(stack.partial)
    stack_on, stack_zero = borrowed(stack.on), borrowed(stack.zero)
    stack_vertices, stack_facet_id = borrowed(stack.vertices), borrowed(stack.facet_id)
    out_words, out_points = borrowed(output.words), borrowed(output.points)
    out_facet_count, out_flag = borrowed(output.facet_count), borrowed(output.flag)
    out_zeros = borrowed(output.zeros)
    out_facets = borrowed(output.facets)
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
            _pop(control, width, on, zero, partial, frame, stack_on, stack_zero, stack_partial)
            steepest[0] = stack_steepest[top]
            near, noise = _resolution(limits.on, limits.noise, limits.rounding, steepest[0])
        elif state == ENTER:
            _enter(
                control, near, noise, limits.vanish, vertices,
                width, unit_start, column, slope, bias, transposed, transposed_start,
                gradient_bound, offset_bound, on, zero, partial, maps, norm, pending, n_pending,
                low, high, z, gradient_size, offset_size, gates, chosen,
            )  # fmt: skip
        elif state == NEXT:
            k, n_plus, n_minus = _next_cut(
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
            _push(
                control, width, unit_start, column, slope, transposed, transposed_start,
                on, zero, partial, maps, frame, stack_on, stack_zero, stack_partial, k, start, far,
            )  # fmt: skip
            control[N_VERTICES] = kept
        elif state == DOUBT:
            if not _ask(
                control, width, unit_start, column, on, zero, pending, n_pending, vertices,
                output.ask_signs, output.ask_points,
            ):  # fmt: skip
                return OUTPUT_FULL
        else:
            n_facets = 0
            for w in range(words):
                n_facets += popcount(mask[w])
            if not _emit(
                control, on, zero, vertices, n_facets, out_words, out_points,
                out_facet_count, out_facets, out_flag, out_zeros,
            ):  # fmt: skip
                return OUTPUT_FULL
            for slot in range(64 * words):
                if mask[slot >> 6] & (one << np.uint64(slot & 63)):
                    out_facets[control[N_FACETS]] = facet_id[slot]
                    control[N_FACETS] += 1
    return BUDGET
