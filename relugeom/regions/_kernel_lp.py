"""Depth-first search over signs with one witness a cell.

A node knows a point strictly inside its cell. For the next neuron the side that holds the point is
free; the other side is one least-distance problem, or none if a certificate of infeasibility met
before applies: the rows whose multipliers proved another cell empty, kept with their signs for
each neuron and side, the last one that served first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._check import BoolArray, FloatArray, IntArray, SignArray, WordArray
from .._jit import borrowed, jit
from ._kernel_distance import (
    FEASIBLE,
    INFEASIBLE,
    ROOMY,
    UNDECIDED,
    clearance,
    least_distance,
    turn,
)

# Why `run` returned
DONE, OUTPUT_FULL, ASK_FULL, BUDGET = 0, 1, 2, 3

# Places of the control vector
LEVEL, N_OUT, N_ZEROS, N_ASK, SOLVED, MODE, CONTROL_SIZE = 0, 1, 2, 3, 4, 5, 6
# What the machine does next
DOWN, BACK = 0, 1

_GENEROUS = (1e-3, 1e-6)  # margins tried before the smallest: deep witnesses serve longer


@jit
def _layer_maps(
    layer: int, width: IntArray, unit_start: IntArray, column: IntArray, slope: FloatArray,
    bias: FloatArray, transposed: FloatArray, transposed_start: IntArray, pattern: SignArray,
    maps: FloatArray, norm: FloatArray, vanish: float,
) -> None:  # fmt: skip
    """Compute a layer's affine functions on the current cell from those of the layer below.

    Rows of ``maps[layer]``: the gradient's coordinates, the offset, and the magnitudes that went
    into gradient and offset. A gradient that cancelled is set to zero.
    """
    d = maps.shape[1] - 3
    n = width[layer]
    for c in range(d + 3):
        for j in range(n):
            maps[layer, c, j] = 0.0
    start = unit_start[layer]
    for j in range(n):
        maps[layer, d, j] = bias[start + j]
        maps[layer, d + 2, j] = abs(bias[start + j])
    for k in range(width[layer - 1]):
        unit = unit_start[layer - 1] + k
        gate = 1.0
        if column[unit] >= 0 and pattern[column[unit]] <= 0:
            gate = slope[unit]
        if gate == 0.0:
            continue
        at = transposed_start[layer - 1] + k * n
        w = transposed[at : at + n]
        for c in range(d + 1):
            factor = gate * maps[layer - 1, c, k]
            for j in range(n):
                maps[layer, c, j] += w[j] * factor
        for c in range(d + 1, d + 3):
            factor = abs(gate) * maps[layer - 1, c, k]
            for j in range(n):
                maps[layer, c, j] += abs(w[j]) * factor
    for j in range(n):
        norm[layer, j] = 0.0
    for c in range(d):
        for j in range(n):
            norm[layer, j] += maps[layer, c, j] * maps[layer, c, j]
    for j in range(n):
        norm[layer, j] = np.sqrt(norm[layer, j])
        if norm[layer, j] <= vanish * maps[layer, d + 1, j]:
            norm[layer, j] = 0.0
            for c in range(d):
                maps[layer, c, j] = 0.0


@jit
def _refuted(masks: WordArray, signs: WordArray, count: int, bits: WordArray) -> bool:
    """Tell whether a certificate applies to the signs ``bits``; one that does moves forward."""
    for i in range(count):
        applies = True
        for w in range(len(bits)):
            if (bits[w] ^ signs[i, w]) & masks[i, w]:
                applies = False
                break
        if applies:
            j = i // 2
            for w in range(len(bits)):
                masks[i, w], masks[j, w] = masks[j, w], masks[i, w]
                signs[i, w], signs[j, w] = signs[j, w], signs[i, w]
            return True
    return False


@jit
def _remember(
    masks: WordArray, signs: WordArray, count: int, bits: WordArray, active: IntArray, low: int,
    high: int, first: int,
) -> int:  # fmt: skip
    """Keep the certificate in ``active``: those of its rows that are neurons of this layer."""
    at = min(count, len(masks) - 1)
    for w in range(len(bits)):
        masks[at, w] = 0
        signs[at, w] = bits[w]
    for i in range(active[-1]):
        row = active[i] - low
        if row >= first and row < high:
            row -= first
            masks[at, row >> 6] |= np.uint64(1) << np.uint64(row & 63)
    return at + 1


@jit
def run(
    control: IntArray, budget: int, scale: float, margin: float, noise: float, guard: float,
    vanish: float, width: IntArray, unit_start: IntArray, column: IntArray, slope: FloatArray,
    bias: FloatArray, transposed: FloatArray, transposed_start: IntArray, unit_of: IntArray,
    layer_of: IntArray, level_start: IntArray, n_rows: int, G: FloatArray, h: FloatArray,
    fixed: SignArray, n_known: int, pattern: SignArray, witness: FloatArray,
    alternative: FloatArray, has_alternative: BoolArray, maps: FloatArray, norm: FloatArray,
    bits: WordArray, masks: WordArray, signs: WordArray, n_kept: IntArray, out_words: WordArray,
    out_points: FloatArray, out_zeros: IntArray, ask: NDArray[np.int32], work: FloatArray,
    active: IntArray, violation: FloatArray,
) -> int:  # fmt: skip
    """Advance the depth-first search until something in the caller's hands is needed.

    The first ``n_known`` neurons have the signs ``fixed`` and ``witness`` lies inside their cell;
    later ones with a sign in ``fixed`` have that sign or none. A ``pattern`` shorter than ``fixed``
    stops the search at that depth, with the witnesses that it would go on from.
    """
    d = witness.shape[0]
    n_neurons = pattern.shape[0]
    control, G, h, fixed = borrowed(control), borrowed(G), borrowed(h), borrowed(fixed)
    witness, work, active = borrowed(witness), borrowed(work), borrowed(active)
    width, unit_start, column = borrowed(width), borrowed(unit_start), borrowed(column)
    slope, bias, maps, norm = borrowed(slope), borrowed(bias), borrowed(maps), borrowed(norm)
    transposed, transposed_start = borrowed(transposed), borrowed(transposed_start)
    pattern, violation = borrowed(pattern), borrowed(violation)
    bits, masks, signs = borrowed(bits), borrowed(masks), borrowed(signs)
    x, y = work[2 * d + 5, :d], work[2 * d + 6, :d]
    one = np.uint64(1)
    steps = 0
    while True:
        steps += 1
        if steps > budget:
            return BUDGET
        level = control[LEVEL]

        if control[MODE] == BACK:
            while level > n_known and not has_alternative[level - 1]:
                level -= 1
            if level <= n_known:
                return DONE
            t = level - 1
            has_alternative[t] = False
            pattern[t] = -pattern[t]
            local = t - level_start[layer_of[t]]
            bits[layer_of[t], local >> 6] ^= one << np.uint64(local & 63)
            turn(G, h, n_rows + t)
            for c in range(d):
                witness[c] = alternative[t, c]
            control[LEVEL] = level
            control[MODE] = DOWN
            continue

        if level == n_neurons:
            at = control[N_OUT]
            if at == out_words.shape[0] or control[N_ZEROS] + n_neurons > out_zeros.shape[0]:
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
            for c in range(d):
                out_points[at, c] = witness[c]
            m = n_rows + n_neurons
            room = clearance(G, h, m, witness, violation)
            for roomy in ROOMY:  # a point well inside, if there is room
                if room >= 0.05 * roomy * scale or n_neurons < fixed.shape[0]:
                    break
                if FEASIBLE == least_distance(
                    G, h, m, -1, witness, roomy * scale, noise, x, active, work, violation
                ):
                    for c in range(d):
                        out_points[at, c] = x[c]
                    break
            control[N_OUT] = at + 1
            control[MODE] = BACK
            continue

        # the next neuron on the current cell
        if control[N_ASK] + 2 > ask.shape[0]:
            return ASK_FULL
        unit, layer = unit_of[level], layer_of[level]
        first = level_start[layer]
        if level == first and layer > 0:
            inner = layer
            while inner > 1 and level_start[inner - 1] == first:
                inner -= 1  # layers that only pass through have no level of their own
            while inner <= layer:
                _layer_maps(
                    inner, width, unit_start, column, slope, bias, transposed, transposed_start,
                    pattern, maps, norm, vanish,
                )  # fmt: skip
                inner += 1
            t = level
            while t < n_neurons and layer_of[t] == layer:
                n_kept[t, 0] = 0
                n_kept[t, 1] = 0
                t += 1
        j = unit - unit_start[layer]
        local = level - first
        word, bit = local >> 6, one << np.uint64(local & 63)
        at = n_rows + level
        has_alternative[level] = False
        control[LEVEL] = level + 1
        length = norm[layer, j]
        offset = maps[layer, d, j]
        if length == 0.0:
            for c in range(d):
                G[c, at] = 0.0
            h[at] = np.inf
            if abs(offset) <= vanish * maps[layer, d + 2, j]:
                pattern[level] = 0
            else:
                pattern[level] = 1 if offset > 0 else -1
            continue
        z = offset
        for c in range(d):
            z += maps[layer, c, j] * witness[c]
        z /= length
        sign = 1 if z > 0 else -1
        if level < n_known:
            sign = fixed[level]
        pattern[level] = sign
        for c in range(d):
            G[c, at] = -sign * maps[layer, c, j] / length
        h[at] = sign * offset / length
        if sign > 0:
            bits[layer, word] |= bit
        else:
            bits[layer, word] &= ~bit
        if level < n_known:
            continue
        only = fixed[level]
        near = FEASIBLE
        if only == -sign:
            near = INFEASIBLE
        elif abs(z) <= guard:
            control[SOLVED] += 1
            near = least_distance(
                G, h, at + 1, -1, witness, margin, noise, y, active, work, violation
            )
            if near == UNDECIDED:
                for k in range(level + 1):
                    ask[control[N_ASK], k] = pattern[k]
                ask[control[N_ASK], n_neurons] = level + 1
                control[N_ASK] += 1
        far = INFEASIBLE
        if only != sign:
            side = 1 if sign < 0 else 0
            bits[layer, word] ^= bit
            if not _refuted(
                masks[level, side], signs[level, side], n_kept[level, side], bits[layer]
            ):
                turn(G, h, at)
                for generous in _GENEROUS:
                    control[SOLVED] += 1
                    far = least_distance(
                        G, h, at + 1, at, witness, generous * scale, noise, x, active, work,
                        violation,
                    )  # fmt: skip
                    if far != UNDECIDED:
                        break
                if far == UNDECIDED:
                    far = least_distance(
                        G, h, at + 1, at, witness, margin, noise, x, active, work, violation
                    )
                turn(G, h, at)
                if far == INFEASIBLE:
                    n_kept[level, side] = _remember(
                        masks[level, side], signs[level, side], n_kept[level, side], bits[layer],
                        active, n_rows, level + 1, first,
                    )  # fmt: skip
                elif far == UNDECIDED:
                    for k in range(level):
                        ask[control[N_ASK], k] = pattern[k]
                    ask[control[N_ASK], level] = -sign
                    ask[control[N_ASK], n_neurons] = level + 1
                    control[N_ASK] += 1
            bits[layer, word] ^= bit
        if near == FEASIBLE:
            if far == FEASIBLE:
                has_alternative[level] = True
                for c in range(d):
                    alternative[level, c] = x[c]
            if abs(z) <= guard:
                for c in range(d):
                    witness[c] = y[c]
        elif far == FEASIBLE:
            pattern[level] = -sign
            bits[layer, word] ^= bit
            turn(G, h, at)
            for c in range(d):
                witness[c] = x[c]
        else:
            control[MODE] = BACK
