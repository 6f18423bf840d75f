"""Betweenness against networkx, and its samples against the exact values."""

import networkx as nx
import numpy as np
import pytest
from relugeom.errors import InvalidInputError

import graphs


@pytest.mark.parametrize("name", graphs.NAMES)
def test_all_sources_give_what_networkx_gives(name):
    graph = graphs.named(name)
    found = graph.betweenness()
    wanted = nx.betweenness_centrality(graph.to_networkx())
    assert found.exact
    assert found.bound == 0
    np.testing.assert_allclose(
        found.values, [wanted[i] for i in range(graph.n_regions)], atol=1e-12
    )
    assert (found.standard_error == 0).all()


def test_a_graph_in_parts():
    graph = graphs.incomplete()
    wanted = nx.betweenness_centrality(graph.to_networkx())
    np.testing.assert_allclose(graph.betweenness().values, list(wanted.values()), atol=1e-12)


def test_samples_are_unbiased_and_as_far_off_as_they_say():
    graph = graphs.of_net([2, 12, 12, 1], 0)
    exact = graph.betweenness().values
    runs = [graph.betweenness(30, rng=seed) for seed in range(200)]
    values = np.array([run.values for run in runs])
    errors = np.array([run.standard_error for run in runs])
    assert not runs[0].exact
    assert runs[0].n_samples == 30
    spread = values.std(axis=0)
    many = spread > 0
    z = (values.mean(axis=0) - exact)[many] / (spread[many] / np.sqrt(len(runs)))
    assert np.abs(z).max() < 5
    # the errors that the runs state are those that they have
    np.testing.assert_allclose(
        np.sqrt((errors**2).mean(axis=0))[many], spread[many], rtol=0.35, atol=1e-6
    )
    far = np.abs(values - exact).max(axis=1)
    assert (far <= runs[0].bound).all()


def test_the_seed_decides():
    graph = graphs.of_net([2, 12, 12, 1], 0)
    one, two, other = (graph.betweenness(9, rng=seed).values for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_many_samples_are_all():
    graph = graphs.named("space")
    np.testing.assert_allclose(
        graph.betweenness(10**6).values, graph.betweenness().values, rtol=1e-12
    )


def test_numbers_of_paths_beyond_floats():
    """Between opposite corners of a grid run binomial(2 m, m) paths: 10^359 for m = 600."""
    from relugeom.graph import _kernel_search as kernel
    from scipy.sparse import csr_array

    side, length = 30, 1_300  # a strip: about 30^1300 paths from end to end
    n = side * length
    i = np.arange(n)
    right, up = i[i % length < length - 1], i[i < n - length]
    ends = np.concatenate([right, up]), np.concatenate([right + 1, up + length])
    links = csr_array((np.ones(len(ends[0])), ends), shape=(n, n))
    links = csr_array(links + links.T)
    total, square = np.zeros(n), np.zeros(n)
    kernel.dependencies(links.indptr, links.indices, np.array([0]), total, square)
    assert np.isfinite(total).all()
    level = i % length + i // length
    # of the paths from the corner, all to regions beyond a level pass through it
    for depth in (1, 10, 400, 1_250):
        through = total[level == depth].sum()
        assert through == pytest.approx((level > depth).sum(), rel=1e-9)


def test_bad_samples():
    with pytest.raises(InvalidInputError, match="`n_samples` must be a whole number >= 2; got 1"):
        graphs.named("plane").betweenness(1)
