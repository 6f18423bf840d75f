"""One layer on segments that are already in pieces, against values at the ends of the pieces."""

import numpy as np
import pytest
from relugeom.regions import _kernel_segments as kernel


@pytest.mark.parametrize("seed", range(10))
def test_changes_of_sign_and_largest_activations(seed):
    rng = np.random.default_rng(seed)
    n, cuts = 7, np.array([0.0, 0.2, 0.7, 1.0])
    value, slope = rng.standard_normal((1, n)), 3 * rng.standard_normal((3, n))
    leak = rng.choice([0.0, 0.3, -0.5, 2.0], n)
    rectified = np.array([0, 1, 3, 4, 6])
    sign, largest = np.zeros((3, 5), np.int8), np.empty((1, n))
    start, left, zero = np.array([0, 3]), cuts[:-1], np.zeros((1, n))
    segment, t, neuron, after, of, low, high = kernel.cross(
        start, left, value, slope, zero, rectified, leak, 1e-15, sign, largest
    )
    at = np.vstack([value, value + np.cumsum(np.diff(cuts)[:, None] * slope, axis=0)])
    np.testing.assert_array_equal(sign, np.sign(at[:-1, rectified]))
    sizes = np.abs(np.where(at > 0, at, leak * at)).max(axis=0)
    np.testing.assert_allclose(largest[0], sizes, rtol=1e-14)
    piece, j = np.nonzero(at[:-1, rectified] * at[1:, rectified] < 0)
    a, b = at[piece, rectified[j]], at[piece + 1, rectified[j]]
    roots = cuts[piece] + np.diff(cuts)[piece] * a / (a - b)
    order = np.argsort(roots)
    np.testing.assert_array_equal(neuron, j[order])
    np.testing.assert_allclose(t, roots[order], rtol=1e-14)
    np.testing.assert_array_equal(after, np.sign(b)[order])
    assert not segment.any()
    np.testing.assert_array_equal(of, np.repeat(np.arange(3), 1 + np.bincount(piece, minlength=3)))
    assert (high - low).sum() == len(t) > 0
