"""Sign changes of every pre-activation along straight segments in parameter space.

On a segment the parameters are affine in t, so the pre-activations of layer l (from 0) are
polynomials of degree at most l + 1 between the switches of earlier layers. Depth first over those
pieces, left to right: polynomials of a layer, their sign-changing roots by Bernstein coefficients,
cuts there, masks, next layer.

Every coefficient comes with a bound on its rounding errors, every cut with one on its place. With
``rigour`` 1 a pair of a step and a sample in which a sign is not certain is given back as doubtful;
otherwise its events are right. With ``rigour`` 0 the bounds are 0, the states at the two ends are
given, and the events lead from one to the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._check import BoolArray, FloatArray, IntArray
from .._jit import jit

# Places of the control vector
STEP, SAMPLE, N_OUT, N_DOUBT, CONTROL_SIZE = 0, 1, 2, 3, 4
# What an event depends on: the sample, or the inputs of a later layer, all 0; or its own bias only
SAMPLE_ITSELF, BIAS = 0, -1
# Why `run` returned
DONE, OUTPUT_FULL = 0, 1

_U = 2.0**-53
_TINY, _HUGE = 1e-290, 1e290  # products beyond them may have lost digits
_NARROW = 1e-13  # of a piece: no subdivision below


@jit
def _polynomials(
    layer: int, rigour: float, start: IntArray, fan_in: IntArray, width: IntArray,
    weight: FloatArray, change: FloatArray, bulk: FloatArray, inputs: FloatArray,
    input_error: FloatArray, values: FloatArray, noise: FloatArray, tail: FloatArray,
    used: IntArray, share: FloatArray,
) -> None:  # fmt: skip
    """Coefficients (degree + 1, width) of a layer's pre-activations from those of its inputs.

    ``noise`` bounds their errors, ``tail`` is the sum of their magnitudes but for the constant one;
    ``bulk`` is the sum of the magnitudes of ``weight`` and ``change``. Slices, not offsets, so that
    the loops over a layer vectorise.
    """
    size, degree = width[layer], layer + 1
    first = start[layer]
    bias = first + fan_in[layer] * size
    growth = rigour * (2.0 * fan_in[layer] + 8.0 * degree + 24.0) * _U
    for k in range(size):
        values[0, k], values[1, k], tail[k] = weight[bias + k], change[bias + k], 0.0
        noise[k] = growth * bulk[bias + k] + rigour * _TINY
        for i in range(2, degree + 1):
            values[i, k] = 0.0
    n = 0
    for j in range(fan_in[layer]):
        total = 0.0
        for i in range(degree):
            total += abs(inputs[i, j])
        if total > 0.0 or input_error[j] > 0.0:
            used[n], share[n] = j, input_error[j] + growth * total
            n += 1
    for q in range(0, n, 4):  # four inputs at a time; where fewer are left, the last one 0 times
        j0, j1 = used[q], used[min(q + 1, n - 1)]
        j2, j3 = used[min(q + 2, n - 1)], used[min(q + 3, n - 1)]
        c0, c1, c2, c3 = first + j0 * size, first + j1 * size, first + j2 * size, first + j3 * size
        w0, w1 = weight[c0 : c0 + size], weight[c1 : c1 + size]
        w2, w3 = weight[c2 : c2 + size], weight[c3 : c3 + size]
        d0, d1 = change[c0 : c0 + size], change[c1 : c1 + size]
        d2, d3 = change[c2 : c2 + size], change[c3 : c3 + size]
        s0, s1 = bulk[c0 : c0 + size], bulk[c1 : c1 + size]
        s2, s3 = bulk[c2 : c2 + size], bulk[c3 : c3 + size]
        y0 = share[q]
        y1 = share[q + 1] if q + 1 < n else 0.0
        y2 = share[q + 2] if q + 2 < n else 0.0
        y3 = share[q + 3] if q + 3 < n else 0.0
        for k in range(size):
            noise[k] += (s0[k] * y0 + s1[k] * y1) + (s2[k] * y2 + s3[k] * y3)
        for i in range(degree):
            x0 = inputs[i, j0]
            x1 = inputs[i, j1] if q + 1 < n else 0.0
            x2 = inputs[i, j2] if q + 2 < n else 0.0
            x3 = inputs[i, j3] if q + 3 < n else 0.0
            row, following = values[i, :size], values[i + 1, :size]
            for k in range(size):
                row[k] += (w0[k] * x0 + w1[k] * x1) + (w2[k] * x2 + w3[k] * x3)
            for k in range(size):
                following[k] += (d0[k] * x0 + d1[k] * x1) + (d2[k] * x2 + d3[k] * x3)
    for i in range(1, degree + 1):
        row = values[i, :size]
        for k in range(size):
            tail[k] += abs(row[k])


@jit
def _sees_nothing(
    k: int, layer: int, start: IntArray, fan_in: IntArray, width: IntArray, weight: FloatArray,
    change: FloatArray, nil: BoolArray,
) -> bool:  # fmt: skip
    """Whether every term of a pre-activation but the bias has a factor 0."""
    for j in range(fan_in[layer]):
        at = start[layer] + j * width[layer] + k
        if not nil[layer, j] and (weight[at] != 0.0 or change[at] != 0.0):
            return False
    return True


@jit
def _to_bernstein(coef: FloatArray, degree: int, a: float, h: float, out: FloatArray) -> None:
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
def _value(c: FloatArray, degree: int, s: float, work: FloatArray) -> float:
    """De Casteljau's value at s; the derivative is left in ``work[1]``."""
    for i in range(degree + 1):
        work[i] = c[i]
    slope = 0.0
    for level in range(degree, 0, -1):
        if level == 1:
            slope = degree * (work[1] - work[0])
        for i in range(level):
            work[i] = (1.0 - s) * work[i] + s * work[i + 1]
    work[1] = slope
    value: float = work[0]
    return value


@jit
def _first_sign(c: FloatArray, degree: int) -> int:
    for i in range(degree + 1):
        if c[i] > 0.0:
            return 1
        if c[i] < 0.0:
            return -1
    return 0


@jit
def _variations(c: FloatArray, degree: int, noise: float) -> tuple[int, int]:
    """Fewest and most sign changes of coefficients that may be off by ``noise``."""
    fewest, most, last, between = 0, 0, 0, 0
    for i in range(degree + 1):
        if abs(c[i]) <= noise:
            between += 1
            continue
        sign = 1 if c[i] > 0.0 else -1
        if last != 0:
            turn = 1 if sign != last else 0
            fewest += turn
            most += between + (between + turn) % 2 if between else turn
        last, between = sign, 0
    return fewest, most


@jit
def _spread(
    c: FloatArray, degree: int, noise: float, s: float, low: float, high: float, sign: int,
    work: FloatArray,
) -> float:  # fmt: skip
    """Distance from s within which the one root in [low, high] lies; ``sign`` is that at low."""
    value = _value(c, degree, s, work)
    slope = abs(work[1])
    reach = 4.0 * _U + 2.0 * (noise + abs(value)) / slope if slope > 0.0 else 1.0
    while reach < 1.0:
        a, b = max(s - reach, low), min(s + reach, high)
        left = a == low or sign * _value(c, degree, a, work) > noise
        right = b == high or -sign * _value(c, degree, b, work) > noise
        if left and right:
            break
        reach *= 4.0
    return reach


@jit
def _quadratic(
    c: FloatArray, degree: int, noise: float, roots: FloatArray, spread: FloatArray,
    work: FloatArray,
) -> tuple[int, bool]:  # fmt: skip
    """Roots in (0, 1) of a quadratic: c2 u^2 + 2 c1 u + c0 = 0, u = s / (1 - s)."""
    unit = max(abs(c[0]), max(abs(c[1]), abs(c[2])))
    c0, c1, c2, doubt = c[0] / unit, c[1] / unit, c[2] / unit, noise / unit
    disc = c1 * c1 - c0 * c2
    even = (c0 > 0.0 and c2 > 0.0) or (c0 < 0.0 and c2 < 0.0)
    if even:  # two roots or none
        doubt = doubt * (4.0 + 2.0 * doubt) + 16.0 * _U
        if abs(disc) <= doubt:
            return 0, False  # tangent as far as can be told
        if disc < 0.0:
            return 0, True
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
    sign = 1 if c0 > 0.0 else -1
    if count == 1:
        spread[0] = _spread(c, degree, noise, roots[0], 0.0, 1.0, sign, work)
    elif count == 2:
        if roots[0] > roots[1]:
            roots[0], roots[1] = roots[1], roots[0]
        middle = 0.5 * (roots[0] + roots[1])
        if sign * _value(c, degree, middle, work) > -noise:
            return 0, False
        spread[0] = _spread(c, degree, noise, roots[0], 0.0, middle, sign, work)
        spread[1] = _spread(c, degree, noise, roots[1], middle, 1.0, -sign, work)
    return count, (count != 1) == even


@jit
def _only_root(c: FloatArray, degree: int, noise: float, sign: int, work: FloatArray) -> float:
    """Root of a polynomial with one sign change: Newton's method, bisection where it leaves."""
    low, high, s = 0.0, 1.0, 0.5
    for _ in range(80):
        value = _value(c, degree, s, work)
        if value == 0.0:
            break
        if sign * value > 0.0:
            low = s
        else:
            high = s
        following = s - value / work[1] if work[1] != 0.0 else -1.0
        if abs(following - s) <= 2.0 * _U or high - low <= 2.0 * _U:
            break
        s = following if low < following < high else 0.5 * (low + high)
    return s


@jit
def _roots(
    c: FloatArray, degree: int, noise: float, roots: FloatArray, spread: FloatArray,
    stack: FloatArray, low: FloatArray, high: FloatArray, work: FloatArray,
) -> tuple[int, bool]:  # fmt: skip
    """Sign-changing roots in (0, 1), ascending, and whether they are certain.

    ``c`` are Bernstein coefficients, the first and the last certain. The signs between consecutive
    roots alternate, starting with that of the first nonzero coefficient.
    """
    fewest, most = _variations(c, degree, noise)
    if most == 0:
        return 0, True
    if degree == 1:
        roots[0] = c[0] / (c[0] - c[1])
        spread[0] = noise / abs(c[0] - c[1]) + 4.0 * _U
        return 1, True
    if degree == 2:
        return _quadratic(c, degree, noise, roots, spread, work)
    count, certain, top = 0, True, 1
    sign, largest = _first_sign(c, degree), 0.0
    for i in range(degree + 1):
        stack[0, i] = c[i]
        largest = max(largest, abs(c[i]))
    if noise > 0.0:  # rounding of subdivisions
        noise += 64.0 * degree * _U * largest
    low[0], high[0] = 0.0, 1.0
    while top > 0:
        top -= 1
        piece, a, b = stack[top], low[top], high[top]
        start = _first_sign(piece, degree)
        if start == 0:
            continue
        if start != sign:  # the root is where two parts meet: only without rigour
            if count < degree:
                roots[count], spread[count] = a, 0.0
                count += 1
            sign = start
        fewest, most = _variations(piece, degree, noise)
        if most == 0:
            continue
        if most == 1 or (noise == 0.0 and fewest == 1):
            s = _only_root(piece, degree, noise, start, work)
            if count < degree:
                roots[count] = a + (b - a) * s
                spread[count] = (b - a) * _spread(
                    piece, degree, noise, s, 0.0, 1.0, start, work
                ) + 4.0 * _U
                count += 1
            sign = -sign
            continue
        split = 0.5
        for step in range(4):  # not at a root
            if abs(_value(piece, degree, split, work)) > noise:
                break
            split = 0.5 + 0.1 * (step + 1) if step % 2 == 0 else 0.5 - 0.1 * (step + 1)
        if (
            b - a < _NARROW
            or top + 2 > len(low)
            or (noise > 0.0 and abs(_value(piece, degree, split, work)) <= noise)
        ):
            certain = False
            if fewest % 2 == 1:
                if count < degree:
                    roots[count], spread[count] = 0.5 * (a + b), b - a
                    count += 1
                sign = -sign
            continue
        # de Casteljau's triangle in place leaves the right part
        middle = a + split * (b - a)
        left = stack[top + 1]
        left[0] = piece[0]
        for level in range(degree, 0, -1):
            for i in range(level):
                piece[i] = (1.0 - split) * piece[i] + split * piece[i + 1]
            left[degree - level + 1] = piece[0]
        low[top], high[top] = middle, b
        low[top + 1], high[top + 1] = a, middle
        top += 2
    return count, certain


@jit
def _prepare(
    layer: int, first: bool, a: float, b: float, error_a: float, error_b: float, rigour: float,
    weight: FloatArray, change: FloatArray, bulk: FloatArray, start: IntArray, fan_in: IntArray,
    width: IntArray, at_unit: IntArray, slope: FloatArray, A: FloatArray, A_error: FloatArray,
    Z: FloatArray, Z_error: FloatArray, nil: BoolArray, none: BoolArray, on: BoolArray,
    tail: FloatArray, used: IntArray, share: FloatArray, cut_t: FloatArray, cut_error: FloatArray,
    cut_unit: IntArray, n_cuts: IntArray, p: FloatArray, c: FloatArray, roots: FloatArray,
    spread: FloatArray, stack: FloatArray, low: FloatArray, high: FloatArray, work: FloatArray,
) -> bool:  # fmt: skip
    """Polynomials of a layer on the piece [a, b] and its cuts there; False in case of doubt."""
    degree, n, size = layer + 1, 0, width[layer]
    values = Z[layer]
    _polynomials(
        layer, rigour, start, fan_in, width, weight, change, bulk,
        A[layer], A_error[layer], values, Z_error[layer], tail, used, share,
    )  # fmt: skip
    for k in range(size):
        unit, noise, head = at_unit[layer] + k, Z_error[layer, k], values[0, k]
        zero = head == 0.0 and tail[k] == 0.0
        if zero and rigour > 0.0:
            bias = start[layer] + fan_in[layer] * size + k
            zero = weight[bias] == 0.0 and change[bias] == 0.0
            zero = zero and _sees_nothing(k, layer, start, fan_in, width, weight, change, nil)
        none[unit] = zero
        if slope[unit] == 1.0:
            continue
        if zero:
            state = False
        elif abs(head) > tail[k] + noise:
            state = head > 0.0
        else:
            for i in range(degree + 1):
                p[i] = values[i, k]
            _to_bernstein(p, degree, a, b - a, c)
            if rigour > 0.0:
                # the ends of the piece are not certain, nor is what holds between them and a cut
                steepest = 2.0 * degree * tail[k]
                if not (
                    noise < _HUGE
                    and abs(c[0]) > noise + steepest * error_a
                    and abs(c[degree]) > noise + steepest * error_b
                ):
                    return False
            state = _first_sign(c, degree) > 0
            count, certain = _roots(c, degree, noise, roots, spread, stack, low, high, work)
            if rigour > 0.0 and not certain:
                return False
            for i in range(count):
                cut_t[layer, n] = min(max(a + (b - a) * roots[i], a), b)
                cut_error[layer, n] = rigour * ((b - a) * spread[i] + 4.0 * _U)
                cut_unit[layer, n] = k
                n += 1
        if first and rigour > 0.0:
            on[unit] = state
        elif on[unit] != state:
            if rigour > 0.0:
                return False
            cut_t[layer, n], cut_error[layer, n], cut_unit[layer, n] = a, 0.0, k
            n += 1
    n_cuts[layer] = n
    for i in range(1, n):  # insertion sort, stable
        t, e, unit = cut_t[layer, i], cut_error[layer, i], cut_unit[layer, i]
        m = i - 1
        while m >= 0 and cut_t[layer, m] > t:
            cut_t[layer, m + 1] = cut_t[layer, m]
            cut_error[layer, m + 1] = cut_error[layer, m]
            cut_unit[layer, m + 1] = cut_unit[layer, m]
            m -= 1
        cut_t[layer, m + 1], cut_error[layer, m + 1], cut_unit[layer, m + 1] = t, e, unit
    if rigour > 0.0 and layer < len(width) - 1:  # deeper layers need to know what comes first
        t, e = a, error_a
        for i in range(n + 1):
            t_next = cut_t[layer, i] if i < n else b
            e_next = cut_error[layer, i] if i < n else error_b
            if n > 0 and e > 0.0 and e_next > 0.0 and t_next - e_next <= t + e:
                return False
            t, e = t_next, e_next
    return True


@jit
def _append(
    out: NDArray[np.void], at: int, step: int, sample: int, layer: int, neuron: int, on: bool
) -> None:
    out[at].step, out[at].sample, out[at].layer, out[at].neuron = step, sample, layer, neuron
    out[at].sign = 1 if on else -1


@jit
def run(
    control: IntArray, rigour: float, begin: BoolArray, finish: BoolArray, weight: FloatArray,
    change: FloatArray, X: FloatArray, quiet: BoolArray, width: IntArray, fan_in: IntArray,
    start: IntArray, at_unit: IntArray, slope: FloatArray, out: NDArray[np.void], doubts: IntArray,
) -> int:  # fmt: skip
    """Append the events of all (step, sample) pairs from those in ``control`` on.

    ``weight`` (S + 1, Q) are the parameters of the hidden layers, column by column, ``change``
    (S, Q) their differences; ``quiet`` (n,) are samples known to have no events. ``begin`` and
    ``finish`` (n, U) are the states at the ends of the only step, if ``rigour`` is 0.
    Stops before a pair whose events no longer fit.
    """
    n_layers, n_units, n, widest = len(width), len(slope), len(X), X.shape[1]
    for layer in range(n_layers):
        widest = max(widest, width[layer])
    degree = n_layers
    A = np.zeros((n_layers, degree + 1, widest))
    Z = np.zeros((n_layers, degree + 1, widest))
    A_error, Z_error = np.zeros((n_layers, widest)), np.zeros((n_layers, widest))
    nil = np.zeros((n_layers + 1, widest), np.bool_)
    cut_t = np.zeros((n_layers, widest * (degree + 2)))
    cut_error = np.zeros((n_layers, widest * (degree + 2)))
    cut_unit = np.zeros((n_layers, widest * (degree + 2)), np.int64)
    n_cuts, position = np.zeros(n_layers, np.int64), np.zeros(n_layers, np.int64)
    current, end = np.zeros(n_layers), np.zeros(n_layers)
    current_error, end_error = np.zeros(n_layers), np.zeros(n_layers)
    on, none = np.zeros(n_units, np.bool_), np.zeros(n_units, np.bool_)
    p, c, work = np.zeros(degree + 1), np.zeros(degree + 1), np.zeros(degree + 2)
    roots, spread = np.zeros(degree + 2), np.zeros(degree + 2)
    stack, low, high = np.zeros((128, degree + 1)), np.zeros(128), np.zeros(128)
    gates, origin = np.zeros(widest), np.zeros(n_layers, np.int64)
    used, share, tail = np.zeros(widest, np.int64), np.zeros(widest), np.zeros(widest)
    bulk = np.zeros(weight.shape[1])
    known, moving = -1, False
    while control[STEP] < len(change):
        step = control[STEP]
        if control[SAMPLE] == n:
            control[STEP], control[SAMPLE] = step + 1, 0
            continue
        sample = control[SAMPLE]
        now, ahead = weight[step], change[step]
        if step != known:
            known, moving = step, False
            for q in range(len(ahead)):
                moving = moving or ahead[q] != 0.0
                bulk[q] = abs(now[q]) + abs(ahead[q])
        if quiet[sample] or not moving:
            control[SAMPLE] += 1
            continue
        for j in range(fan_in[0]):
            A[0, 0, j], nil[0, j] = X[sample, j], X[sample, j] == 0.0
        if rigour == 0.0:
            for unit in range(n_units):
                on[unit] = begin[sample, unit]
        start_out, at = control[N_OUT], control[N_OUT]
        full = False
        layer, deeper, certain = -1, True, True
        left, right, left_error, right_error = 0.0, 1.0, 0.0, 0.0
        while layer >= 0 or deeper:
            if deeper:
                layer += 1
                current[layer], end[layer], position[layer] = left, right, 0
                current_error[layer], end_error[layer] = left_error, right_error
                certain = _prepare(
                    layer, left == 0.0, left, right, left_error, right_error, rigour, now, ahead,
                    bulk, start, fan_in, width, at_unit, slope,
                    A, A_error, Z, Z_error, nil, none, on, tail, used, share,
                    cut_t, cut_error, cut_unit, n_cuts, p, c, roots, spread, stack, low, high,
                    work,
                )  # fmt: skip
                if not certain:
                    break
                deeper = False
            while position[layer] < n_cuts[layer]:
                i = position[layer]
                if cut_t[layer, i] > current[layer]:
                    break
                position[layer] += 1
                k = cut_unit[layer, i]
                unit = at_unit[layer] + k
                on[unit] = not on[unit]
                current_error[layer] = max(current_error[layer], cut_error[layer, i])
                if at == len(out):
                    full = True
                    break
                _append(out, at, step, sample, layer, k, on[unit])
                out[at].t, out[at].error = cut_t[layer, i], cut_error[layer, i]
                out[at].source = origin[layer]
                if _sees_nothing(k, layer, start, fan_in, width, now, ahead, nil):
                    out[at].source = BIAS
                at += 1
            if full:
                break
            if current[layer] >= end[layer]:
                layer -= 1
                continue
            left, right = current[layer], end[layer]
            left_error, right_error = current_error[layer], end_error[layer]
            if position[layer] < n_cuts[layer]:
                right = cut_t[layer, position[layer]]
                right_error = cut_error[layer, position[layer]]
            current[layer], current_error[layer] = right, right_error
            if layer == n_layers - 1:
                continue
            origin[layer + 1] = layer + 1
            for k in range(width[layer]):
                unit = at_unit[layer] + k
                gate = 1.0 if on[unit] else slope[unit]
                nil[layer + 1, k], gates[k] = none[unit] or gate == 0.0, gate
                A_error[layer + 1, k] = 0.0 if none[unit] else abs(gate) * Z_error[layer, k]
                if not nil[layer + 1, k]:
                    origin[layer + 1] = origin[layer]
            for i in range(layer + 2):
                row, gated = Z[layer, i, : width[layer]], A[layer + 1, i, : width[layer]]
                for k in range(width[layer]):
                    gated[k] = gates[k] * row[k]
            deeper = True
        if certain and not full and rigour == 0.0:  # the state at the end is given
            for layer in range(n_layers):
                for k in range(width[layer]):
                    unit = at_unit[layer] + k
                    if slope[unit] == 1.0 or on[unit] == finish[sample, unit]:
                        continue
                    if at == len(out):
                        full = True
                        break
                    on[unit] = not on[unit]
                    _append(out, at, step, sample, layer, k, on[unit])
                    out[at].t, out[at].error, out[at].source = 1.0, 0.0, 0
                    at += 1
        if full:
            control[N_OUT] = start_out
            return OUTPUT_FULL
        if certain:
            control[N_OUT] = at
        else:
            doubts[control[N_DOUBT], 0], doubts[control[N_DOUBT], 1] = step, sample
            control[N_DOUBT] += 1
        control[SAMPLE] += 1
    return DONE
