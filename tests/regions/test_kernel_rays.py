"""The kernels that read a point's signs and its room, against plain numpy."""

import numpy as np
import pytest
from relugeom.regions import packing
from relugeom.regions._kernel_rays import reciprocal_step, reciprocal_steps, write_signs


def heights(n, seed):
    rng = np.random.default_rng(seed)
    rate = rng.normal(size=n) * 10.0 ** rng.integers(-200, 200, n)
    value = rng.choice([-1.0, 1.0], n) * 10.0 ** rng.uniform(-12, 3, n)
    return rate, value


@pytest.mark.parametrize("n", [0, 1, 3, 8, 61])
@pytest.mark.parametrize("seed", range(20))
def test_steps_to_the_next_hyperplane(n, seed):
    rate, value = heights(n, seed)
    rate[seed % 3 :: 3] = 0.0
    ratio = rate / value
    ahead, back = max(0.5, *-ratio, 0.5), max(0.5, *ratio, 0.5)
    assert reciprocal_steps(rate.copy(), value) == (ahead, back)
    assert reciprocal_step(rate.copy(), value) == ahead


@pytest.mark.parametrize("n", [1, 63, 64, 65, 130])
def test_signs_are_packed_at_the_places_of_the_neurons(n):
    rng = np.random.default_rng(n)
    place = np.sort(rng.choice(2 * n, n, replace=False))  # the neurons that are hyperplanes
    value = heights(n, n)[1]
    n_words = (2 * n + 63) // 64
    words = np.zeros(n_words, np.uint64)
    start = np.searchsorted(place, 64 * np.arange(n_words + 1))
    write_signs(value, start, (63 - place % 64).astype(np.uint64), words)
    pattern = -np.ones((1, 2 * n), np.int8)
    pattern[0, place] = np.sign(value)
    np.testing.assert_array_equal(words, packing.pack(pattern)[0])
