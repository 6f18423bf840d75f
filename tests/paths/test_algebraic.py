from fractions import Fraction
from itertools import pairwise
from math import isqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.paths._algebraic import compare, point, rational, roots

few = settings(max_examples=60, derandomize=True, deadline=None)
fractions = st.fractions(-1, 2, max_denominator=9)


def times(*factors):
    product = [1]
    for factor in factors:
        product = np.convolve(np.array(product, object), np.array(factor, object)).tolist()
    return tuple(product)


def linear(value):
    return (-value.numerator, value.denominator)


@few
@given(st.lists(fractions, min_size=1, max_size=5), st.integers(1, 3), st.sampled_from([-3, 1, 2]))
def test_rational_roots_are_found_once_each_with_the_signs_between(values, power, scale):
    p = times([scale], *[linear(v) for v in values], *[linear(values[0])] * power, (1, 0, 3))
    expected = sorted({v for v in values if 0 < v < 1})
    found, signs = roots(p)
    assert [float(root) for root in found] == [float(v) for v in expected]
    assert [compare(root, rational(v)) for root, v in zip(found, expected, strict=True)] == [
        0
    ] * len(expected)
    edges = [Fraction(0), *expected, Fraction(1)]
    for sign, low, high in zip(signs, edges[:-1], edges[1:], strict=True):
        value = sum(c * ((low + high) / 2) ** i for i, c in enumerate(p))
        assert sign == (value > 0) - (value < 0)


@few
@given(
    st.lists(st.fractions("1/9", "8/9", max_denominator=9), min_size=2, max_size=6), st.randoms()
)
def test_order_of_roots_of_different_polynomials(values, random):
    """Every number as a root of its own polynomial, beside an irrational root."""
    numbers = []
    for v in values:
        p = times(linear(v), (-1, 0, random.randint(5, 9)), [random.choice([-1, 1])])
        numbers.append(min(roots(p)[0], key=lambda root: abs(float(root) - float(v))))
    for a, u in zip(numbers, values, strict=True):
        for b, v in zip(numbers, values, strict=True):
            assert compare(a, b) == (u > v) - (u < v)
        assert compare(point(0), a) == -1
        assert compare(a, point(1)) == -1


def test_equal_and_nearly_equal_irrational_roots():
    half = (-1, 0, 2)  # 1 / sqrt 2
    (a,), (b,) = roots(half)[0], roots(times(half, (3, 1, 5)))[0]
    assert compare(a, b) == compare(b, a) == 0
    near = _sqrt_half(400)
    assert compare(a, rational(near)) == 1
    assert compare(rational(near), b) == -1
    assert float(a) == pytest.approx(0.5**0.5, abs=1e-16)


def _sqrt_half(places):
    """1 / sqrt 2 rounded down to binary places."""
    return Fraction(isqrt(2 ** (2 * places - 1)), 2**places)


def test_roots_at_the_ends_and_the_zero_polynomial():
    assert roots((0, -1, 1)) == ([], [-1])  # t (t - 1)
    assert roots((0, 0, 0)) == ([], [0])
    assert roots((5,)) == ([], [1])
    found, signs = roots((1, -4, 4))  # (2 t - 1)^2
    assert [float(root) for root in found] == [0.5]
    assert signs == [1, 1]


def test_close_roots_are_told_apart():
    gap = Fraction(1, 2**150)
    p = times(linear(Fraction(1, 3)), linear(Fraction(1, 3) + gap), linear(Fraction(1, 3) - gap))
    found, signs = roots(p)
    assert len(found) == 3
    assert signs == [-1, 1, -1, 1]
    assert [compare(a, b) for a, b in pairwise(found)] == [-1, -1]
