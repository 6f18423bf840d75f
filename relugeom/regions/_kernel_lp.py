"""Depth-first search over signs with one witness a cell; feasibility by a dual active-set method.

A node knows a point strictly inside its cell. For the next neuron the side that holds the point is
free; the other side is one least-distance problem ``min |x - witness| s.t. G x <= h - margin``,
solved by the dual active-set method of Goldfarb & Idnani (1983) with unit Hessian. Rows have unit
length, so margins are distances.
"""

from typing import Any

import numpy as np

from .._jit import borrowed, jit

FEASIBLE, INFEASIBLE, UNDECIDED = 0, 1, 2
# Why `run` returned
DONE, OUTPUT_FULL, ASK_FULL, BUDGET = 0, 1, 2, 3

# Places of the control vector
LEVEL, N_OUT, N_ZEROS, N_ASK, SOLVED, MODE, CONTROL_SIZE = 0, 1, 2, 3, 4, 5, 6
# What the machine does next
DOWN, BACK = 0, 1

_DEPENDENT = 1e-10  # a unit normal this close to the span of the active ones is in it
_ROOMY = (1e-2, 1e-4, 1e-6)  # margins, relative to the scale, tried for points that are reported
_SURE = 1e-13  # ... and this close, its certificate of infeasibility is beyond doubt


def workspace(d: int) -> tuple[Any, Any]:
    """Return the arrays ``work`` and ``active`` that the kernels need in dimension d."""
    return np.empty((2 * d + 6, d + 2)), np.empty(d + 2, np.int64)


@jit
def _orthogonalise(normal, basis, q, coordinates, rest):
    """Split ``normal`` into its coordinates in ``basis[:q]`` and the rest; return |rest|^2."""
    d = normal.shape[0]
    for c in range(d):
        rest[c] = normal[c]
    for i in range(q):
        coordinates[i] = 0.0
    for _ in range(2):  # twice is enough
        for i in range(q):
            s = 0.0
            for c in range(d):
                s += basis[i, c] * rest[c]
            coordinates[i] += s
            for c in range(d):
                rest[c] -= s * basis[i, c]
    s = 0.0
    for c in range(d):
        s += rest[c] * rest[c]
    return s


@jit
def least_distance(G, h, skip, m, origin, margin, noise, x, active, work):
    """Project ``origin`` on ``{G[:m] x <= h[:m] - margin}``, rows with ``skip`` left out.

    ``work`` and ``active`` come from `workspace`. Returns FEASIBLE with the projection in ``x``;
    INFEASIBLE when nonnegative multipliers prove that the cell has no interior; UNDECIDED when its
    inradius is below the margin but not surely zero, or rounding got in the way.
    """
    d = origin.shape[0]
    for c in range(d):
        x[c] = origin[c]
    q = 0
    basis = work[:d]  # orthonormal, spans the active normals
    triangle = work[d : 2 * d]  # normal active[j] = sum_i triangle[i, j] basis[i]
    r, z = work[2 * d], work[2 * d + 1]  # the new normal in terms of the active ones, and the rest
    part, dual = work[2 * d + 2], work[2 * d + 3]
    slack = margin * 1e-3
    for _ in range(20 * (d + 2) + 2 * m):
        worst, p = slack, -1
        for i in range(m):
            if skip[i]:
                continue
            v = margin - h[i]
            for c in range(d):
                v += G[i, c] * x[c]
            if not v <= worst:  # a NaN counts as violated
                worst, p = v, i
        if p < 0:
            return FEASIBLE
        if not np.isfinite(worst):
            return UNDECIDED
        multiplier = 0.0
        while True:
            zz = _orthogonalise(G[p], basis, q, part, z)
            for i in range(q - 1, -1, -1):
                s = part[i]
                for j in range(i + 1, q):
                    s -= triangle[i, j] * r[j]
                r[i] = s / triangle[i, i]
            dependent = q == d or zz <= _DEPENDENT * _DEPENDENT
            drop, step = -1, np.inf
            for i in range(q):
                if r[i] > 1e-12 and dual[i] / r[i] < step:
                    step = dual[i] / r[i]
                    drop = i
            if dependent and drop < 0:
                # y = (1, -r) >= 0 has G' y ~ 0: the interior is empty if y . h <= 0
                bound, total = h[p], 1.0
                for i in range(q):
                    bound -= r[i] * h[active[i]]
                    total += abs(r[i])
                if zz > _SURE * _SURE * total * total:
                    return UNDECIDED
                return INFEASIBLE if bound <= noise * total else UNDECIDED
            full = np.inf
            if not dependent:
                v = margin - h[p]
                for c in range(d):
                    v += G[p, c] * x[c]
                full = v / zz
            t = min(step, full)
            if not dependent:
                for c in range(d):
                    x[c] -= t * z[c]
            for i in range(q):
                dual[i] -= t * r[i]
            multiplier += t
            if full <= step:
                length = np.sqrt(zz)
                for c in range(d):
                    basis[q, c] = z[c] / length
                for i in range(q):
                    triangle[i, q] = part[i]
                triangle[q, q] = length
                active[q] = p
                dual[q] = multiplier
                q += 1
                break
            q -= 1
            for i in range(drop, q):
                active[i] = active[i + 1]
                dual[i] = dual[i + 1]
            for j in range(drop, q):  # orthogonalise again what came after
                length = np.sqrt(_orthogonalise(G[active[j]], basis, j, part, z))
                for c in range(d):
                    basis[j, c] = z[c] / length
                for i in range(j):
                    triangle[i, j] = part[i]
                triangle[j, j] = length
    return UNDECIDED


@jit
def _layer_rows(
    layer, level, width, unit_start, column, slope, bias, transposed, transposed_start,
    pattern, layer_map, vanish,
):  # fmt: skip
    """Compute a layer's affine functions on the current cell from those of the layer below."""
    columns = layer_map.shape[2]
    d = columns - 3
    n = width[layer]
    for j in range(n):
        for c in range(columns):
            layer_map[layer, j, c] = 0.0
        b = bias[unit_start[layer] + j]
        layer_map[layer, j, d] = b
        layer_map[layer, j, d + 2] = abs(b)
    for k in range(width[layer - 1]):
        unit = unit_start[layer - 1] + k
        gate = 1.0
        if column[unit] >= 0 and pattern[column[unit]] <= 0:
            gate = slope[unit]
        if gate == 0.0:
            continue
        at = transposed_start[layer - 1] + k * n
        for j in range(n):
            w = transposed[at + j] * gate
            if w != 0.0:
                for c in range(d + 1):
                    layer_map[layer, j, c] += w * layer_map[layer - 1, k, c]
                for c in range(d + 1, columns):
                    layer_map[layer, j, c] += abs(w) * layer_map[layer - 1, k, c]


@jit
def run(
    control, budget, scale, margin, noise, guard, vanish,
    width, unit_start, column, slope, bias, transposed, transposed_start, unit_of, layer_of,
    n_rows, G, h, skip, prefix, n_prefix,
    pattern, witness, alternative, has_alternative, layer_map,
    out_words, out_points, out_zeros, ask, work, active,
):  # fmt: skip
    """Advance the depth-first search until something in the caller's hands is needed."""
    d = witness.shape[0]
    n_neurons = pattern.shape[0]
    control, G, h, skip = borrowed(control), borrowed(G), borrowed(h), borrowed(skip)
    witness, work, active = borrowed(witness), borrowed(work), borrowed(active)
    width, unit_start, column = borrowed(width), borrowed(unit_start), borrowed(column)
    slope, bias, layer_map = borrowed(slope), borrowed(bias), borrowed(layer_map)
    transposed, transposed_start = borrowed(transposed), borrowed(transposed_start)
    pattern = borrowed(pattern)
    x, y = work[2 * d + 4], work[2 * d + 5]
    one = np.uint64(1)
    steps = 0
    while True:
        steps += 1
        if steps > budget:
            return BUDGET
        level = control[LEVEL]

        if control[MODE] == BACK:
            while level > n_prefix and not has_alternative[level - 1]:
                level -= 1
            if level <= n_prefix:
                return DONE
            t = level - 1
            has_alternative[t] = False
            pattern[t] = -pattern[t]
            for c in range(d):
                G[n_rows + t, c] = -G[n_rows + t, c]
                witness[c] = alternative[t, c]
            h[n_rows + t] = -h[n_rows + t]
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
            for roomy in _ROOMY:  # a point well inside, if there is room
                status = least_distance(
                    G, h, skip, n_rows + n_neurons, witness, roomy * scale, noise, x, active, work
                )
                if status == FEASIBLE:
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
        if layer > 0 and (level == 0 or layer_of[level - 1] != layer):
            first = layer
            while (
                first > 1
                and width[first - 1] > 0
                and _no_neuron(unit_start[first - 1], width[first - 1], column)
            ):
                first -= 1  # layers that only pass through have no level of their own
            for inner in range(first, layer + 1):
                _layer_rows(
                    inner, level, width, unit_start, column, slope, bias, transposed,
                    transposed_start, pattern, layer_map, vanish,
                )  # fmt: skip
                for j in range(width[inner]):
                    norm = 0.0
                    for c in range(d):
                        norm += layer_map[inner, j, c] ** 2
                    if np.sqrt(norm) <= vanish * layer_map[inner, j, d + 1]:
                        for c in range(d):
                            layer_map[inner, j, c] = 0.0
        row = layer_map[layer, unit - unit_start[layer]]
        at = n_rows + level
        norm = 0.0
        for c in range(d):
            norm += row[c] * row[c]
        norm = np.sqrt(norm)
        has_alternative[level] = False
        skip[at] = False
        if norm <= vanish * row[d + 1]:
            skip[at] = True
            if abs(row[d]) <= vanish * row[d + 2]:
                pattern[level] = 0
            else:
                pattern[level] = 1 if row[d] > 0 else -1
            control[LEVEL] = level + 1
            continue
        z = row[d]
        for c in range(d):
            z += row[c] * witness[c]
        z /= norm
        sign = 1 if z > 0 else -1
        if level < n_prefix:
            sign = prefix[level]
        pattern[level] = sign
        for c in range(d):
            G[at, c] = -sign * row[c] / norm
        h[at] = sign * row[d] / norm
        control[LEVEL] = level + 1
        if level < n_prefix:
            continue
        near = FEASIBLE
        if abs(z) <= guard:
            control[SOLVED] += 1
            near = least_distance(G, h, skip, at + 1, witness, margin, noise, y, active, work)
            if near == UNDECIDED:
                for k in range(level + 1):
                    ask[control[N_ASK], k] = pattern[k]
                ask[control[N_ASK], n_neurons] = level + 1
                control[N_ASK] += 1
        for c in range(d):
            G[at, c] = -G[at, c]
        h[at] = -h[at]
        control[SOLVED] += 1
        far = least_distance(G, h, skip, at + 1, witness, margin, noise, x, active, work)
        if far == UNDECIDED:
            for k in range(level):
                ask[control[N_ASK], k] = pattern[k]
            ask[control[N_ASK], level] = -sign
            ask[control[N_ASK], n_neurons] = level + 1
            control[N_ASK] += 1
        if near != FEASIBLE:
            if far != FEASIBLE:
                control[MODE] = BACK
                continue
            pattern[level] = -sign
            for c in range(d):
                witness[c] = x[c]
            continue
        for c in range(d):
            G[at, c] = -G[at, c]
        h[at] = -h[at]
        if far == FEASIBLE:
            has_alternative[level] = True
            for c in range(d):
                alternative[level, c] = x[c]
        if abs(z) <= guard:
            for c in range(d):
                witness[c] = y[c]


@jit
def _no_neuron(start, n, column):
    for k in range(start, start + n):
        if column[k] >= 0:
            return False
    return True


@jit
def facets(
    G, h, points, scale, margin, noise, same, central, is_facet, crossing, shared, work, active
):
    """Find the facets of cells ``{G[i] x <= h[i]}`` with interior points ``points[i]``.

    Row k is a facet exactly when the cell stays nonempty with row k turned round (rows equal to
    row k left out). ``crossing[i, k]`` receives a point inside the facet, away from its boundary if
    ``central``, and ``shared[i, k]`` whether later rows coincide with row k. Zero rows are none.
    Returns the number of undecided rows.
    """
    n, m, d = G.shape
    skip = np.zeros(m, np.bool_)
    zero = np.zeros(m, np.bool_)
    G, h, points = borrowed(G), borrowed(h), borrowed(points)
    work, active = borrowed(work), borrowed(active)
    x, y = work[2 * d + 4], work[2 * d + 5]
    undecided = 0
    for cell in range(n):
        rows, sides, point = G[cell], h[cell], points[cell]
        for i in range(m):
            norm = 0.0
            for c in range(d):
                norm += abs(rows[i, c])
            zero[i] = norm == 0.0
            is_facet[cell, i] = False
            shared[cell, i] = False
        for k in range(m):
            if zero[k]:
                continue
            repeated = False
            for i in range(m):
                skip[i] = zero[i]
                if i == k or zero[i]:
                    continue
                gap = abs(sides[i] - sides[k])
                for c in range(d):
                    gap = max(gap, abs(rows[i, c] - rows[k, c]) * same[1])
                if gap <= same[0]:
                    skip[i] = True
                    if i < k:
                        repeated = True
                    else:
                        shared[cell, k] = True
            if repeated:
                continue
            for c in range(d):
                rows[k, c] = -rows[k, c]
            sides[k] = -sides[k]
            status = least_distance(rows, sides, skip, m, point, margin, noise, x, active, work)
            if central and status == FEASIBLE:
                for roomy in _ROOMY:
                    size = roomy * scale
                    if size <= margin:
                        break
                    if (
                        least_distance(rows, sides, skip, m, point, size, noise, y, active, work)
                        == FEASIBLE
                    ):
                        for c in range(d):
                            x[c] = y[c]
                        break
            for c in range(d):
                rows[k, c] = -rows[k, c]
            sides[k] = -sides[k]
            if status == UNDECIDED:
                undecided += 1
            if status != FEASIBLE:
                continue
            is_facet[cell, k] = True
            inside, beyond = sides[k], -sides[k]
            for c in range(d):
                inside -= rows[k, c] * point[c]
                beyond += rows[k, c] * x[c]
            t = inside / (inside + beyond)
            for c in range(d):
                crossing[cell, k, c] = point[c] + t * (x[c] - point[c])
    return undecided
