"""Lists of edges put in order of their regions, against numpy's sorts."""

import numpy as np
import pytest
from relugeom.regions import _kernel_flips as kernel


def edges(n, m, seed):
    """Edges between n regions in any order, each with a neuron of its own."""
    rng = np.random.default_rng(seed)
    pairs = np.unique(rng.integers(0, n, (m, 2)), axis=0)
    pairs = rng.permutation(pairs[pairs[:, 0] < pairs[:, 1]])
    return pairs[:, 0].copy(), pairs[:, 1].copy(), rng.permutation(len(pairs))


@pytest.mark.parametrize(("n", "m"), [(1, 0), (3, 5), (9, 60), (40, 300)])
def test_edges_by_first_and_second_region(n, m):
    first, second, neuron = edges(n, m, n)
    start, others, neurons = kernel.by_first(n, first, second, neuron)
    order = np.lexsort((second, first))
    np.testing.assert_array_equal(others, second[order])
    np.testing.assert_array_equal(neurons, neuron[order])
    np.testing.assert_array_equal(np.diff(start), np.bincount(first, minlength=n))


@pytest.mark.parametrize(("n", "m"), [(1, 0), (3, 5), (9, 60), (40, 300)])
def test_facets_are_the_neurons_of_a_regions_edges(n, m):
    first, second, neuron = edges(n, m, n)
    start, facet = kernel.facets_of_pairs(n, first, second, neuron)
    for i in range(n):
        own = np.sort(neuron[(first == i) | (second == i)])
        np.testing.assert_array_equal(facet[start[i] : start[i + 1]], own)
