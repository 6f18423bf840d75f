"""Splitting numbers of slope sets, against the definition on small trees."""

from fractions import Fraction as F
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from relugeom.errors import InvalidInputError
from relugeom.kakeya import kahane, splitting_number
from relugeom.kakeya.kahane_set import cantor


def by_definition(places, depth):
    """The largest, over subtrees, of the least number of splits on a branch."""

    @cache
    def possible(level, index):
        """Every least number of splits that a subtree below this vertex can have."""
        size = 2 ** (depth - level)
        if not any(index * size <= p < (index + 1) * size for p in places):
            return frozenset()
        if level == depth:
            return frozenset({0})
        left, right = (possible(level + 1, 2 * index + i) for i in (0, 1))
        return left | right | {1 + min(a, b) for a in left for b in right}

    return max(possible(0, 0))


@given(st.sets(st.integers(0, 63), min_size=1))
def test_small_sets(places):
    slopes = [F(p, 64) for p in places]
    assert splitting_number(slopes) == by_definition(frozenset(places), 6)
    assert splitting_number(slopes) <= np.log2(len(places))
    assert splitting_number([3 + 2 * s for s in slopes], (3, 5)) == splitting_number(slopes)


@pytest.mark.parametrize("n", [5, 40, 1000])
def test_lacunary_sets(n):
    assert splitting_number([F(1, 2**k) for k in range(1, n)]) == 1
    assert splitting_number([2.0**-k for k in range(1, n)]) == 1


def test_lacunary_of_order_two():
    slopes = [F(1, 2**j) + F(1, 2**k) for j in range(1, 30) for k in range(j + 1, 30)]
    assert splitting_number(slopes) == 2


@pytest.mark.parametrize("n", range(7))
def test_uniform_and_cantor_sets(n):
    assert splitting_number([F(k, 2**n) for k in range(2**n)]) == n
    assert splitting_number(cantor(n)) == n


def test_slopes_of_a_kahane_set_fill_the_interval():
    slopes = [a + b for a in cantor(3) for b in (2 * c for c in cantor(3))]
    assert splitting_number(slopes) == 6
    assert len(kahane(3).pieces) == 2**6


def test_few():
    assert splitting_number([0.3]) == 0
    assert splitting_number([0.3, 0.3]) == 0
    assert splitting_number([0.3, 0.300000001]) == 1
    assert splitting_number([0, F(1, 3), F(2, 3), F(5, 6)]) == 2


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: splitting_number([]), "slopes"),
        (lambda: splitting_number([1.0]), r"\[0.0, 1.0\)"),
        (lambda: splitting_number([-0.1]), "slopes"),
        (lambda: splitting_number([float("nan")]), "finite"),
        (lambda: splitting_number([0.5], (1, 0)), "interval"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()


def test_the_interval_may_lie_anywhere():
    slopes = [F(k, 7) for k in (0, 1, 2, 4, 6)]
    expected = splitting_number(slopes)
    for low, high in ((1, 3), (-5, -4), (F(1, 3), F(2, 3))):
        moved = [low + (high - low) * s for s in slopes]
        assert splitting_number(moved, (low, high)) == expected


def test_slopes_that_are_no_binary_fractions():
    """The same tree as of the slopes cut to 40 binary digits, which tell them all apart."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        slopes = {F(int(a), 997) for a in rng.integers(0, 997, 12)}
        cut = [F(int(s * 2**40), 2**40) for s in slopes]
        assert splitting_number(slopes) == splitting_number(cut) == strahler(cut, 40)


def strahler(slopes, digits, low=0):
    """The number of the tree below a dyadic interval, by its definition."""
    if len(slopes) <= 1:
        return len(slopes) - 1
    width = F(1, 2 ** (40 - digits))
    middle = low + width / 2
    left, right = ([s for s in slopes if (s < middle) == side] for side in (True, False))
    a, b = strahler(left, digits - 1, low), strahler(right, digits - 1, middle)
    return a + 1 if a == b else max(a, b)
