"""Critical points of known functions, and the Morse inequalities."""

import numpy as np
import pytest
import relugeom as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.graph.topology import critical_points, persistence

import zoo
from shapes import diamond, monkey_saddle, plateau, ring, saddle, table


def assert_morse_inequalities(regions):
    """Morse inequalities; equality at the top: the Euler characteristic of the domain is 1."""
    d = regions.dim
    sign = (-1.0) ** np.arange(d + 1)
    found = critical_points(regions)
    partial = [abs(sign[k]) * sign[k] * (sign * found.counts)[: k + 1].sum() for k in range(d + 1)]
    assert all(p >= sign[k] for k, p in enumerate(partial))
    assert partial[-1] == sign[d]
    intervals = persistence(regions)
    born = np.bincount(intervals.dimension, minlength=d + 1)
    died = np.bincount(intervals.dimension[np.isfinite(intervals.death)] + 1, minlength=d + 1)
    assert (born + died <= found.counts).all()
    ends = np.concatenate([intervals.birth, intervals.death])
    assert np.isin(ends[np.isfinite(ends)], found.value).all()


def test_a_cone():
    """Four corners at the top of a square are no critical points of its sublevel sets."""
    found = critical_points(table(diamond(2), 1))
    assert len(found) == 1
    assert found.value.tolist() == [-1.0]
    assert found.point.tolist() == [[0.0, 0.0]]
    assert found.kind.tolist() == ["minimum"]
    upside_down = critical_points(table(diamond(2, sign=-1.0), 1))
    assert upside_down.counts.tolist() == [4, 4, 1]  # corners, middles of sides, the top
    assert upside_down.outer.tolist() == [True] * 8 + [False]
    assert sorted(map(tuple, np.abs(upside_down.point[4:8]))) == [(0, 1), (0, 1), (1, 0), (1, 0)]


def test_a_saddle_and_a_monkey_saddle():
    for net, multiplicity in ((saddle(), 1), (monkey_saddle(), 2)):
        found = critical_points(table(net, 1))
        (inner,) = np.flatnonzero(~found.outer)
        assert found.multiplicity[inner].tolist() == [0, multiplicity, 0]
        assert found.point[inner].tolist() == [0.0, 0.0]
        assert found.value[inner] == 0.0


def test_flat_sets_are_one_critical_point():
    found = critical_points(table(plateau(), 2))
    assert found.kind.tolist() == ["minimum"]
    assert (found.flat[0], found.value[0]) == (2, 0.0)
    net = ring(2)
    valley = rg.ReLUNetwork.from_weights(  # the distance from a diamond: a ring of minima
        [*net.weights[:-1], -net.weights[-1]], [*net.biases[:-1], [0.0]]
    )
    found = critical_points(table(valley, 4))
    ring_of_minima = found.multiplicity[0]
    assert (ring_of_minima.tolist(), found.flat[0], found.kind[0]) == ([1, 1, 0], 1, "degenerate")
    assert (found.multiplicity[1].tolist(), found.value[1]) == ([0, 0, 1], 2.0)


@settings(max_examples=120, derandomize=True, deadline=None)
@given(st.integers(0, 1_000_000))
def test_morse_inequalities_of_degenerate_networks(seed):
    assert_morse_inequalities(table(zoo.stress(seed), 1))


@pytest.mark.parametrize("shape", [(1, 20, 20, 1), (2, 20, 20, 1), (3, 9, 9, 1), (4, 6, 6, 1)])
def test_morse_inequalities_of_random_networks(shape):
    assert_morse_inequalities(table(rg.ReLUNetwork.random(shape, rng=5), 2))
