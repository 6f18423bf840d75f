"""Sign changes of every pre-activation along straight segments in parameter space.

On a segment the parameters are affine in t, so the pre-activations of layer l (from 0) are
polynomials of degree at most l + 1 between the switches of earlier layers. Depth first over those
pieces, left to right: polynomials of a layer, their sign-changing roots by Bernstein coefficients,
cuts there, masks, next layer. The state of each neuron is carried from piece to piece, so that
events and end masks always agree in parity.
"""

import numpy as np

from .._jit import jit

# Places of the control vector
PAIR, N_OUT, UNDECIDED, CONTROL_SIZE = 0, 1, 2, 3
# Why `run` returned
DONE, OUTPUT_FULL = 0, 1

_NOISE = 64 * 2.220446049250313e-16  # of a coefficient, relative to the magnitudes that went in
_NARROW = 1e-13  # of a piece: no subdivision below


@jit
def _to_bernstein(coef, degree, a, h, out):
    """Bernstein coefficients on [a, a + h] of the polynomial with monomial coefficients."""
    for i in range(degree + 1):
        out[i] = coef[i]
    if a != 0.0:
        for i in range(degree):  # Taylor shift
            for m in range(degree - 1, i - 1, -1):
                out[m] += a * out[m + 1]
    scale = 1.0
    for i in range(degree + 1):  # t = a + h s, and division by the binomial coefficient
        binomial = 1.0
        for m in range(i):
            binomial = binomial * (degree - m) / (m + 1)
        out[i] *= scale / binomial
        scale *= h
    for i in range(1, degree + 1):  # b_j = sum_i C(j, i) q_i: repeated sums of neighbours
        for m in range(degree, i - 1, -1):
            out[m] += out[m - 1]


@jit
def _value(c, degree, s, work):
    """De Casteljau's value at s."""
    for i in range(degree + 1):
        work[i] = c[i]
    for level in range(degree, 0, -1):
        for i in range(level):
            work[i] = (1.0 - s) * work[i] + s * work[i + 1]
    return work[0]


@jit
def _first_sign(c, degree):
    for i in range(degree + 1):
        if c[i] > 0.0:
            return 1
        if c[i] < 0.0:
            return -1
    return 0


@jit
def _variations(c, degree):
    count, last = 0, 0
    for i in range(degree + 1):
        sign = 1 if c[i] > 0.0 else (-1 if c[i] < 0.0 else 0)
        if sign != 0:
            if last != 0 and sign != last:
                count += 1
            last = sign
    return count


@jit
def _quadratic(c, noise, roots):
    """Sign-changing roots in (0, 1) of a quadratic: c2 u^2 + 2 c1 u + c0 = 0, u = s / (1 - s)."""
    c0, c1, c2 = c[0], c[1], c[2]
    disc = c1 * c1 - c0 * c2
    if c0 * c2 > 0.0:  # two roots or none
        size = max(abs(c0), max(abs(c1), abs(c2)))
        if abs(disc) <= 4.0 * noise * size:
            return 0, (0 if disc == 0.0 else 1)  # tangent as far as can be told
        if disc < 0.0:
            return 0, 0
    q = -(c1 + np.sqrt(disc)) if c1 > 0.0 else -(c1 - np.sqrt(disc))
    count = 0
    if c2 != 0.0:
        u = q / c2
        if u > 0.0:
            roots[count] = u / (1.0 + u)
            count += 1
    if q != 0.0:
        u = c0 / q
        if u > 0.0:
            roots[count] = u / (1.0 + u)
            count += 1
    if count == 2 and roots[0] > roots[1]:
        roots[0], roots[1] = roots[1], roots[0]
    return count, 0


@jit
def _roots(c, degree, noise, roots, stack, low, high, work):
    """Sign-changing roots in [0, 1), ascending, and the number of unresolved places.

    ``c`` are Bernstein coefficients, not all zero. The signs between consecutive roots alternate,
    starting with that of the first nonzero coefficient.
    """
    variations = _variations(c, degree)
    if variations == 0:
        return 0, 0
    if degree == 1:
        roots[0] = c[0] / (c[0] - c[1])
        return 1, 0
    if degree == 2:
        return _quadratic(c, noise, roots)
    count, unresolved, top = 0, 0, 1
    sign = _first_sign(c, degree)
    for i in range(degree + 1):
        stack[0, i] = c[i]
    low[0], high[0] = 0.0, 1.0
    while top > 0:
        top -= 1
        piece, a, b = stack[top], low[top], high[top]
        start = _first_sign(piece, degree)
        if start == 0:
            continue
        if start != sign:  # the root is where two parts meet
            if count < degree:
                roots[count] = a
                count += 1
            sign = start
        variations = _variations(piece, degree)
        if variations == 0:
            continue
        if variations == 1:
            x, y = 0.0, 1.0
            for _ in range(60):
                middle = 0.5 * (x + y)
                value = _value(piece, degree, middle, work)
                if value == 0.0:
                    x = y = middle
                    break
                if (value > 0.0) == (start > 0):
                    x = middle
                else:
                    y = middle
            if count < degree:
                roots[count] = a + (b - a) * 0.5 * (x + y)
                count += 1
            sign = -sign
            continue
        largest = 0.0
        for i in range(degree + 1):
            largest = max(largest, abs(piece[i]))
        if largest <= noise or b - a < _NARROW or top + 2 > len(low):
            unresolved += 1
            if variations % 2 == 1:
                if count < degree:
                    roots[count] = 0.5 * (a + b)
                    count += 1
                sign = -sign
            continue
        # split in the middle: de Casteljau's triangle in place leaves the right part
        middle = 0.5 * (a + b)
        left = stack[top + 1]
        left[0] = piece[0]
        for level in range(degree, 0, -1):
            for i in range(level):
                piece[i] = 0.5 * (piece[i] + piece[i + 1])
            left[degree - level + 1] = piece[0]
        low[top], high[top] = middle, b
        low[top + 1], high[top + 1] = a, middle
        top += 2
    return count, unresolved


@jit
def _prepare(
    layer, a, b, theta0, delta, width, fan_in, at_weight, at_bias, at_unit, slope, row_size,
    A, Z, on, error, was_zero, end_value,
    cut_t, cut_unit, n_cuts, c, roots, stack, low, high, work,
):  # fmt: skip
    """Polynomials of a layer on the piece [a, b] and its cuts there; returns unresolved places.

    ``error[layer]`` bounds the rounding errors of the coefficients of its inputs.
    """
    degree, h, unresolved, n = layer + 1, b - a, 0, 0
    inputs, values = A[layer], Z[layer]
    largest = 0.0
    for j in range(fan_in[layer]):
        size = 0.0
        for i in range(degree):
            size += abs(inputs[j, i])
        largest = max(largest, size)
    error[layer + 1] = 0.0
    for k in range(width[layer]):
        row = at_weight[layer] + k * fan_in[layer]
        for i in range(degree + 1):
            values[k, i] = 0.0
        values[k, 0] = theta0[at_bias[layer] + k]
        values[k, 1] = delta[at_bias[layer] + k]
        for j in range(fan_in[layer]):
            w, dw = theta0[row + j], delta[row + j]
            for i in range(degree):
                values[k, i] += w * inputs[j, i]
                values[k, i + 1] += dw * inputs[j, i]
        unit = at_unit[layer] + k
        bias = abs(theta0[at_bias[layer] + k]) + abs(delta[at_bias[layer] + k])
        noise = _NOISE * (row_size[unit] * largest + bias) + row_size[unit] * error[layer]
        error[layer + 1] = max(error[layer + 1], noise * max(1.0, abs(slope[unit])))
        if slope[unit] == 1.0:
            continue
        _to_bernstein(values[k], degree, a, h, c)
        end_value[unit] = c[degree]
        exact_start = c[0] == 0.0
        zero, tiny = True, True
        for i in range(degree + 1):
            zero = zero and c[i] == 0.0
            tiny = tiny and abs(c[i]) <= noise
        if zero:
            start = -1  # off
        elif tiny:
            unresolved += 1
            was_zero[unit] = False
            continue  # the state stays what it was
        else:
            if abs(c[0]) <= noise:
                c[0] = 0.0
            if abs(c[degree]) <= noise:
                c[degree] = 0.0
            start = _first_sign(c, degree)
            if start == 0:
                unresolved += 1
                continue
        if on[unit] != (start > 0):
            cut_t[layer, n], cut_unit[layer, n] = a, k
            n += 1
            # z is continuous: it must vanish at a, exactly so if a is where the segment starts
            decided = zero or was_zero[unit] or (c[0] == 0.0 and (a > 0.0 or exact_start))
            if not decided:
                unresolved += 1
        was_zero[unit] = zero
        if zero:
            continue
        count, open_places = _roots(c, degree, noise, roots, stack, low, high, work)
        unresolved += open_places
        for i in range(count):
            cut_t[layer, n] = min(max(a + h * roots[i], a), b)
            cut_unit[layer, n] = k
            n += 1
    for i in range(1, n):  # insertion sort, stable
        t, unit = cut_t[layer, i], cut_unit[layer, i]
        m = i - 1
        while m >= 0 and cut_t[layer, m] > t:
            cut_t[layer, m + 1], cut_unit[layer, m + 1] = cut_t[layer, m], cut_unit[layer, m]
            m -= 1
        cut_t[layer, m + 1], cut_unit[layer, m + 1] = t, unit
    n_cuts[layer] = n
    return unresolved


@jit
def run(
    control, theta, X, mask, skip, width, fan_in, at_weight, at_bias, at_unit, slope,
    out_step, out_t, out_sample, out_layer, out_neuron, out_sign,
):  # fmt: skip
    """Append the events of all (step, sample) pairs from ``control[PAIR]`` on.

    ``theta`` (S + 1, P) are consecutive parameters, ``mask`` (S + 1, n, U) the states there over
    all coordinates, ``skip`` (S, n) the pairs known to be without events. Stops before a pair
    whose events no longer fit.
    """
    n_layers, n_units, n = len(width), len(slope), len(X)
    widest = max(width.max(), fan_in.max())
    degree = n_layers
    A = np.zeros((n_layers, widest, degree + 1))
    Z = np.zeros((n_layers, widest, degree + 1))
    cut_t = np.zeros((n_layers, widest * (degree + 2)))
    cut_unit = np.zeros((n_layers, widest * (degree + 2)), np.int64)
    n_cuts, position = np.zeros(n_layers, np.int64), np.zeros(n_layers, np.int64)
    current, end = np.zeros(n_layers), np.zeros(n_layers)
    on, was_zero = np.zeros(n_units, np.bool_), np.zeros(n_units, np.bool_)
    end_value, row_size, error = np.zeros(n_units), np.zeros(n_units), np.zeros(n_layers + 1)
    c, roots, work = np.zeros(degree + 1), np.zeros(degree + 2), np.zeros(degree + 1)
    stack, low, high = np.zeros((128, degree + 1)), np.zeros(128), np.zeros(128)
    delta = np.zeros(theta.shape[1])
    known = -1
    total = (len(theta) - 1) * n
    while control[PAIR] < total:
        step, sample = control[PAIR] // n, control[PAIR] % n
        if skip[step, sample]:
            control[PAIR] += 1
            continue
        theta0 = theta[step]
        if step != known:
            known = step
            for p in range(len(delta)):
                delta[p] = theta[step + 1, p] - theta0[p]
            for layer in range(n_layers):
                for k in range(width[layer]):
                    row = at_weight[layer] + k * fan_in[layer]
                    size = 0.0
                    for j in range(fan_in[layer]):
                        size += abs(theta0[row + j]) + abs(delta[row + j])
                    row_size[at_unit[layer] + k] = size
        start_out, full = control[N_OUT], False
        at, unresolved = control[N_OUT], 0
        for unit in range(n_units):
            on[unit] = mask[step, sample, unit]
            was_zero[unit] = False
        for j in range(fan_in[0]):
            A[0, j, 0] = X[sample, j]
        layer = 0
        current[0], end[0], position[0] = 0.0, 1.0, 0
        unresolved += _prepare(
            0, 0.0, 1.0, theta0, delta, width, fan_in, at_weight, at_bias, at_unit, slope,
            row_size, A, Z, on, error, was_zero, end_value, cut_t, cut_unit, n_cuts,
            c, roots, stack, low, high, work,
        )  # fmt: skip
        while layer >= 0 and not full:
            while position[layer] < n_cuts[layer]:
                i = position[layer]
                if cut_t[layer, i] > current[layer]:
                    break
                position[layer] += 1
                k = cut_unit[layer, i]
                unit = at_unit[layer] + k
                on[unit] = not on[unit]
                if at == len(out_t):
                    full = True
                    break
                out_step[at], out_t[at], out_sample[at] = step, cut_t[layer, i], sample
                out_layer[at], out_neuron[at] = layer, k
                out_sign[at] = 1 if on[unit] else -1
                at += 1
            if full:
                break
            if current[layer] >= end[layer]:
                layer -= 1
                continue
            left = current[layer]
            right = end[layer]
            if position[layer] < n_cuts[layer]:
                right = cut_t[layer, position[layer]]
            current[layer] = right
            if layer == n_layers - 1:
                continue
            for k in range(width[layer]):
                unit = at_unit[layer] + k
                gate = 1.0 if on[unit] else slope[unit]
                for i in range(layer + 2):
                    A[layer + 1, k, i] = gate * Z[layer, k, i]
            layer += 1
            current[layer], end[layer], position[layer] = left, right, 0
            unresolved += _prepare(
                layer, left, right, theta0, delta, width, fan_in, at_weight, at_bias, at_unit,
                slope, row_size, A, Z, on, error, was_zero, end_value, cut_t, cut_unit,
                n_cuts, c, roots, stack, low, high, work,
            )  # fmt: skip
        if not full:  # the state at the end is that of the recorded parameters
            for layer in range(n_layers):
                for k in range(width[layer]):
                    unit = at_unit[layer] + k
                    if slope[unit] == 1.0 or on[unit] == mask[step + 1, sample, unit]:
                        continue
                    if at == len(out_t):
                        full = True
                        break
                    on[unit] = not on[unit]
                    if end_value[unit] != 0.0:
                        unresolved += 1
                    out_step[at], out_t[at], out_sample[at] = step, 1.0, sample
                    out_layer[at], out_neuron[at] = layer, k
                    out_sign[at] = 1 if on[unit] else -1
                    at += 1
        if full:
            control[N_OUT] = start_out
            return OUTPUT_FULL
        control[N_OUT] = at
        control[UNDECIDED] += unresolved
        control[PAIR] += 1
    return DONE
