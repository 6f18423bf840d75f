"""Matrices in parts behave as the array that they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from relugeom.paths import LazyRows


@given(st.lists(st.integers(0, 5), min_size=1, max_size=5), st.integers(0, 4), st.data())
def test_rows_are_those_of_the_whole(sizes, spare, data):
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(n, 3)).astype(np.float32) for n in sizes]
    n = max(0, sum(sizes) - spare)
    rows, whole = LazyRows(parts, n), np.concatenate(parts)[:n].astype(np.float64)
    assert (rows.shape, len(rows), rows.ndim, rows.dtype) == (whole.shape, n, 2, whole.dtype)
    np.testing.assert_array_equal(np.asarray(rows), whole)
    bound = st.none() | st.integers(-2 * n - 1, 2 * n + 1)
    at = slice(
        data.draw(bound), data.draw(bound), data.draw(st.none() | st.sampled_from([-2, 1, 3]))
    )
    np.testing.assert_array_equal(rows[at], whole[at])
    if n:
        i = data.draw(st.integers(-n, n - 1))
        np.testing.assert_array_equal(rows[i], whole[i])
        places = np.array(data.draw(st.lists(st.integers(-n, n - 1), max_size=6)), int)
        np.testing.assert_array_equal(rows[places], whole[places])
    for beyond in (n, -n - 1):
        with pytest.raises(IndexError):
            rows[beyond]


def test_parts_must_fit():
    with pytest.raises(ValueError, match="one width"):
        LazyRows([np.zeros((2, 3)), np.zeros((2, 4))], 4)
    with pytest.raises(ValueError, match="not 5 rows"):
        LazyRows([np.zeros((2, 3)), np.zeros((2, 3))], 5)
