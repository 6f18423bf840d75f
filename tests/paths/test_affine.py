"""Affine maps are found from values alone, and other functions are not taken for one."""

import numpy as np
import pytest
from relugeom.paths._affine import interacting, recover
from scipy import sparse


def sparse_map(rng, rows, columns, per_row, near=False):
    """A map whose rows have up to ``per_row`` entries, next to one another if ``near``."""
    count = rng.integers(0, per_row + 1, rows)
    matrix = np.zeros((rows, columns))
    for i, k in enumerate(count):
        first = rng.integers(0, columns - per_row + 1)
        at = first + np.arange(k) if near else rng.choice(columns, k, replace=False)
        matrix[i, at] = rng.choice([1.0, -1.0, 0.5, 1 / 9, 1 / 784], k)
    shift = np.where(rng.random(rows) < 0.2, rng.normal(size=rows), 0.0)
    return matrix, shift


@pytest.mark.parametrize("seed", range(6))
def test_sparse_maps_are_found(seed):
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(60, 400))
    near = seed % 2 == 1
    matrix, shift = sparse_map(rng, 150, columns, 16 if near else 1 + seed // 2, near)
    stored = sparse.csr_array(matrix)
    found = recover(lambda x: stored @ x + shift, columns)
    assert found is not None
    np.testing.assert_allclose(found[0].toarray(), matrix, rtol=1e-14)
    np.testing.assert_allclose(found[1], shift, rtol=1e-14)
    selection = (matrix == 1.0) | (matrix == -1.0)
    assert (found[0].toarray()[selection] == matrix[selection]).all()


def test_small_shifts_are_not_taken_for_rounding():
    found = recover(lambda x: np.array([x[0] + 1e-9, 0.25 * x[1] - 1e-14, 3e-12]), 2)
    np.testing.assert_allclose(found[1], [1e-9, -1e-14, 3e-12], rtol=1e-8)


@pytest.mark.parametrize("columns", [1, 2, 5, 30])
def test_few_arguments_may_all_be_used(columns):
    matrix = np.random.default_rng(columns).normal(size=(7, columns))
    found = recover(lambda x: matrix @ x, columns)
    np.testing.assert_allclose(found[0].toarray(), matrix, rtol=1e-9)


def test_what_is_dense_or_curved_is_not_found():
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(3, 500))
    assert recover(lambda x: dense @ x, 500) is None
    assert recover(lambda x: np.abs(x), 30) is None
    assert recover(lambda x: x[:-1] * x[1:], 30) is None


def test_the_first_group_that_bends_is_named():
    groups = [slice(0, 3), slice(3, 5), slice(5, 9)]

    def linear(x):
        return np.array([x[0] - 2 * x[7], x[4] + 1.0])

    assert interacting(linear, groups, 9) is None
    assert interacting(lambda x: np.append(linear(x), x[1] * x[6]), groups, 9) == 2
    assert interacting(lambda x: np.append(linear(x), x[1] / x[4]), groups, 9) == 1
    assert interacting(lambda x: np.append(linear(x), x[2] ** 2), groups, 9) == 0
    assert interacting(linear, [], 9) is None
