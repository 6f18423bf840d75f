"""Depth-first splitting of polytopes kept by their vertices.

A cell is its vertices, each with the set of facets it lies on as bits; neuron after neuron its
pre-activation at the vertices says whether it cuts, and a cut makes two cells without solving
anything. All state lives in arrays that the caller owns, so that a run stops and goes on at will:
when output is full, when a buffer must grow, or when the work budget of one call is spent.
"""

import numpy as np

from .._jit import jit

# Why `run` returned
DONE, OUTPUT_FULL, GROW_VERTICES, GROW_STACK, GROW_WORDS, BUDGET = 0, 1, 2, 3, 4, 5
# Places of the control vector
STATE, LAYER, POSITION, N_VERTICES, N_FRAMES, STACK_TOP = 0, 1, 2, 3, 4, 5
N_OUT, N_FACETS, N_ZEROS, UNDECIDED, COINCIDENT, SPLITS, CONTROL_SIZE = 6, 7, 8, 9, 10, 11, 12
# What the machine does next
POP, ENTER, NEXT, EMIT = 0, 1, 2, 3


@jit
def _popcount(x):
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@jit
def _is_edge(bits, n, u, v, common, d):
    """Whether vertices u and v span an edge; ``common`` receives the facets they share."""
    words = bits.shape[1]
    shared, at_u, at_v = 0, 0, 0
    for w in range(words):
        common[w] = bits[u, w] & bits[v, w]
        shared += _popcount(common[w])
        at_u += _popcount(bits[u, w])
        at_v += _popcount(bits[v, w])
    if shared < d - 1:
        return False
    if at_u == d or at_v == d:  # any d - 1 facets through a simple vertex meet in an edge
        return True
    for x in range(n):  # otherwise: no third vertex lies on all the shared facets
        if x == u or x == v:
            continue
        inside = True
        for w in range(words):
            if (bits[x, w] & common[w]) != common[w]:
                inside = False
                break
        if inside:
            return False
    return True


@jit
def _fold(partial, transposed, start, width, row, gate, columns):
    """Add one decided neuron to the next layer's affine functions."""
    if gate == 0.0:
        return
    d = columns - 3
    for j in range(width):
        w = transposed[start + j] * gate
        if w != 0.0:
            for c in range(d + 1):
                partial[j, c] += w * row[c]
            partial[j, d + 1] += abs(w) * row[d + 1]
            partial[j, d + 2] += abs(w) * row[d + 2]


@jit
def _normalise(row, d, vanish):
    """Zero a gradient that cancelled; return its norm (0: the neuron is constant on the cell)."""
    norm = 0.0
    for c in range(d):
        norm += row[c] * row[c]
    norm = np.sqrt(norm)
    if norm <= vanish * row[d + 1]:
        for c in range(d):
            row[c] = 0.0
        return 0.0
    return norm


@jit
def _constant_sign(row, d, vanish):
    if abs(row[d]) <= vanish * row[d + 2]:
        return 0
    return 1 if row[d] > 0 else -1


@jit
def run(
    control, budget, on, noise, vanish,
    width, unit_start, column, slope, bias, transposed, transposed_start,
    vertices, bits, mask, facet_id, pattern, partial,
    new_vertices, new_bits, value, side,
    stack_vertices, stack_bits, frame, frame_mask, frame_id, frame_pattern, frame_partial,
    layer_map, pending, n_pending,
    out_words, out_points, out_facet_count, out_facets, out_flag, out_zeros,
):  # fmt: skip
    """Advance the depth-first search until something in the caller's hands is needed."""
    d = vertices.shape[1]
    columns = d + 3
    n_layers = width.shape[0]
    words = bits.shape[1]
    n_neurons = pattern.shape[0]
    common = np.empty(words, np.uint64)
    plus_mask = np.empty(words, np.uint64)
    minus_mask = np.empty(words, np.uint64)
    one = np.uint64(1)
    steps = 0
    while True:
        steps += 1
        if steps > budget:
            return BUDGET
        state = control[STATE]
        layer = control[LAYER]

        if state == POP:
            top = control[N_FRAMES] - 1
            if top < 0:
                return DONE
            start, n = frame[top, 0], frame[top, 1]
            if n > vertices.shape[0]:
                return GROW_VERTICES
            for i in range(n):
                for c in range(d):
                    vertices[i, c] = stack_vertices[start + i, c]
                for w in range(words):
                    bits[i, w] = stack_bits[start + i, w]
            for w in range(words):
                mask[w] = frame_mask[top, w]
            for w in range(64 * words):
                facet_id[w] = frame_id[top, w]
            for k in range(n_neurons):
                pattern[k] = frame_pattern[top, k]
            layer = frame[top, 2]
            if layer + 1 < n_layers:
                for j in range(width[layer + 1]):
                    for c in range(columns):
                        partial[j, c] = frame_partial[top, j, c]
            control[N_VERTICES] = n
            control[LAYER] = layer
            control[POSITION] = frame[top, 3]
            control[COINCIDENT] = frame[top, 4]
            control[STACK_TOP] = start
            control[N_FRAMES] = top
            control[STATE] = NEXT
            continue

        if state == ENTER:
            n = control[N_VERTICES]
            if layer > 0:
                for j in range(width[layer]):
                    for c in range(columns):
                        layer_map[layer, j, c] = partial[j, c]
            next_width = 0
            if layer + 1 < n_layers:
                next_width = width[layer + 1]
                for j in range(next_width):
                    for c in range(columns):
                        partial[j, c] = 0.0
                    b = bias[unit_start[layer + 1] + j]
                    partial[j, d] = b
                    partial[j, d + 2] = abs(b)
            count = 0
            for k in range(width[layer]):
                row = layer_map[layer, k]
                unit = unit_start[layer] + k
                at = transposed_start[layer] + k * next_width
                if column[unit] < 0:
                    _fold(partial, transposed, at, next_width, row, 1.0, columns)
                    continue
                norm = _normalise(row, d, vanish)
                if norm == 0.0:
                    sign = _constant_sign(row, d, vanish)
                    if sign == 0:
                        control[COINCIDENT] = 1
                else:
                    low, high, n_on = 0.0, 0.0, 0
                    for i in range(n):
                        z = row[d]
                        for c in range(d):
                            z += row[c] * vertices[i, c]
                        z /= norm
                        if z < low:
                            low = z
                        if z > high:
                            high = z
                        if abs(z) <= on:
                            n_on += 1
                            if abs(z) > noise:
                                control[UNDECIDED] += 1
                    if low < -on and high > on:
                        pending[layer, count] = k
                        count += 1
                        continue
                    if n_on >= d:
                        control[COINCIDENT] = 1
                    if n_on == n:
                        control[UNDECIDED] += 1
                    sign = 1 if high > -low else -1
                pattern[column[unit]] = sign
                _fold(
                    partial, transposed, at, next_width, row,
                    1.0 if sign > 0 else slope[unit], columns,
                )  # fmt: skip
            n_pending[layer] = count
            control[POSITION] = 0
            control[STATE] = NEXT
            continue

        if state == NEXT:
            position = control[POSITION]
            if position == n_pending[layer]:
                if layer + 1 == n_layers:
                    control[STATE] = EMIT
                else:
                    control[LAYER] = layer + 1
                    control[STATE] = ENTER
                continue
            n = control[N_VERTICES]
            k = pending[layer, position]
            unit = unit_start[layer] + k
            row = layer_map[layer, k]
            next_width = width[layer + 1] if layer + 1 < n_layers else 0
            at = transposed_start[layer] + k * next_width
            norm = 0.0
            for c in range(d):
                norm += row[c] * row[c]
            norm = np.sqrt(norm)
            n_plus, n_minus, n_on, unsure = 0, 0, 0, 0
            low, high = 0.0, 0.0
            for i in range(n):
                z = row[d]
                for c in range(d):
                    z += row[c] * vertices[i, c]
                z /= norm
                value[i] = z
                if z > on:
                    side[i] = 1
                    n_plus += 1
                elif z < -on:
                    side[i] = -1
                    n_minus += 1
                else:
                    side[i] = 0
                    n_on += 1
                    if abs(z) > noise:
                        unsure += 1
                low = min(low, z)
                high = max(high, z)

            if n_plus == 0 or n_minus == 0:
                control[UNDECIDED] += unsure + (1 if n_on == n else 0)
                if n_on >= d:
                    control[COINCIDENT] = 1
                sign = 1 if high > -low else -1
                pattern[column[unit]] = sign
                _fold(
                    partial, transposed, at, next_width, row,
                    1.0 if sign > 0 else slope[unit], columns,
                )  # fmt: skip
                control[POSITION] = position + 1
                continue

            # the cut: new vertices on the edges from one side to the other
            for w in range(words):
                plus_mask[w] = 0
                minus_mask[w] = 0
            n_new = 0
            for i in range(n):
                if side[i] < 0:
                    for w in range(words):
                        minus_mask[w] |= bits[i, w]
                    continue
                if side[i] == 0:
                    continue
                for w in range(words):
                    plus_mask[w] |= bits[i, w]
                for j in range(n):
                    if side[j] >= 0 or not _is_edge(bits, n, i, j, common, d):
                        continue
                    if n_new == new_vertices.shape[0]:
                        return GROW_VERTICES
                    t = value[i] / (value[i] - value[j])
                    for c in range(d):
                        new_vertices[n_new, c] = vertices[i, c] + t * (
                            vertices[j, c] - vertices[i, c]
                        )
                    for w in range(words):
                        new_bits[n_new, w] = common[w]
                    n_new += 1
            plus_slot, minus_slot = -1, -1
            for slot in range(64 * words):
                bit = one << np.uint64(slot & 63)
                if plus_slot < 0 and not (plus_mask[slot >> 6] & bit):
                    plus_slot = slot
                if minus_slot < 0 and not (minus_mask[slot >> 6] & bit):
                    minus_slot = slot
                if plus_slot >= 0 and minus_slot >= 0:
                    break
            if plus_slot < 0 or minus_slot < 0:
                return GROW_WORDS
            if n_plus + n_on + n_new > vertices.shape[0]:
                return GROW_VERTICES
            start = control[STACK_TOP]
            if start + n_minus + n_on + n_new > stack_vertices.shape[0]:
                return GROW_STACK
            top = control[N_FRAMES]
            if top == frame.shape[0]:
                return GROW_STACK

            # from here on nothing is refused
            control[SPLITS] += 1
            control[UNDECIDED] += unsure
            to = start
            bit = one << np.uint64(minus_slot & 63)
            for i in range(n + n_new):
                old = i < n
                if old and side[i] > 0:
                    continue
                for c in range(d):
                    stack_vertices[to, c] = vertices[i, c] if old else new_vertices[i - n, c]
                for w in range(words):
                    b = bits[i, w] if old else new_bits[i - n, w]
                    stack_bits[to, w] = b & minus_mask[w]
                if not old or side[i] == 0:
                    stack_bits[to, minus_slot >> 6] |= bit
                to += 1
            for w in range(words):
                frame_mask[top, w] = minus_mask[w]
            frame_mask[top, minus_slot >> 6] |= bit
            for w in range(64 * words):
                frame_id[top, w] = facet_id[w]
            frame_id[top, minus_slot] = column[unit]
            for c in range(n_neurons):
                frame_pattern[top, c] = pattern[c]
            frame_pattern[top, column[unit]] = -1
            for j in range(next_width):
                for c in range(columns):
                    frame_partial[top, j, c] = partial[j, c]
            if next_width:
                _fold(frame_partial[top], transposed, at, next_width, row, slope[unit], columns)
                _fold(partial, transposed, at, next_width, row, 1.0, columns)
            frame[top, 0] = start
            frame[top, 1] = to - start
            frame[top, 2] = layer
            frame[top, 3] = position + 1
            frame[top, 4] = control[COINCIDENT]
            control[STACK_TOP] = to
            control[N_FRAMES] = top + 1

            to = 0
            bit = one << np.uint64(plus_slot & 63)
            for i in range(n + n_new):
                old = i < n
                if old and side[i] < 0:
                    continue
                for c in range(d):
                    vertices[to, c] = vertices[i, c] if old else new_vertices[i - n, c]
                for w in range(words):
                    b = bits[i, w] if old else new_bits[i - n, w]
                    bits[to, w] = b & plus_mask[w]
                if not old or side[i] == 0:
                    bits[to, plus_slot >> 6] |= bit
                to += 1
            for w in range(words):
                mask[w] = plus_mask[w]
            mask[plus_slot >> 6] |= bit
            facet_id[plus_slot] = column[unit]
            pattern[column[unit]] = 1
            control[N_VERTICES] = to
            control[POSITION] = position + 1
            continue

        # EMIT
        at = control[N_OUT]
        n_facets = 0
        for w in range(words):
            n_facets += _popcount(mask[w])
        if (
            at == out_words.shape[0]
            or control[N_FACETS] + n_facets > out_facets.shape[0]
            or control[N_ZEROS] + n_neurons > out_zeros.shape[0]
        ):
            return OUTPUT_FULL
        for w in range(out_words.shape[1]):
            out_words[at, w] = 0
        for k in range(n_neurons):
            if pattern[k] > 0:
                out_words[at, k >> 6] |= one << np.uint64(63 - (k & 63))
            elif pattern[k] == 0:
                out_zeros[control[N_ZEROS], 0] = at
                out_zeros[control[N_ZEROS], 1] = k
                control[N_ZEROS] += 1
        n = control[N_VERTICES]
        for c in range(d):
            total = 0.0
            for i in range(n):
                total += vertices[i, c]
            out_points[at, c] = total / n
        for slot in range(64 * words):
            if mask[slot >> 6] & (one << np.uint64(slot & 63)):
                out_facets[control[N_FACETS]] = facet_id[slot]
                control[N_FACETS] += 1
        out_facet_count[at] = n_facets
        out_flag[at] = control[COINCIDENT]
        control[N_OUT] = at + 1
        control[STATE] = POP
