"""Linear regions against a grouping of activation regions in exact arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
import relugeom as rg

import zoo


def exact_map(net, pattern):
    """The affine map on a region in fractions: rows (gradient..., offset)."""
    d = net.input_dim
    rows = [[Fraction(int(i == j)) for j in range(d)] + [Fraction(0)] for i in range(d)]
    signs = iter(pattern.tolist())
    for w, b, last in zip(net.weights, net.biases, [False] * net.n_layers + [True], strict=True):
        new = []
        for weight, bias in zip(w.tolist(), b.tolist(), strict=True):
            row = [sum(Fraction(v) * r[c] for v, r in zip(weight, rows, strict=True))
                   for c in range(d + 1)]  # fmt: skip
            row[d] += Fraction(bias)
            on = last or next(signs) > 0
            new.append(row if on else [Fraction(0)] * (d + 1))
        rows = new
    return tuple(map(tuple, rows))


def exact_groups(regions):
    """Label of each region: joined with its neighbours while the exact map is the same."""
    maps = [exact_map(regions.source, p) for p in regions.patterns]
    label = list(range(len(regions)))

    def root(i):
        while label[i] != i:
            i = label[i]
        return i

    edges = regions.neighbours
    for i, j in zip(edges.first.tolist(), edges.second.tolist(), strict=True):
        if maps[i] == maps[j]:
            label[root(i)] = root(j)
    return [root(i) for i in range(len(regions))]


def sparse_integers(seed, widths):
    """Small whole weights, many zero, so that many neurons do not reach the output."""
    rng = np.random.default_rng(seed)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    weights = [rng.integers(-2, 3, s) * rng.integers(0, 2, s) for s in shapes]
    return rg.ReLUNetwork.from_weights(weights, [rng.integers(-2, 3, s[0]) for s in shapes])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("widths", [(1, 6, 4, 1), (2, 7, 4, 1), (2, 6, 4, 2), (3, 5, 3, 1)])
def test_against_exact_grouping(widths, seed):
    net = sparse_integers(seed, widths)
    regions = rg.enumerate_regions(net, zoo.cube(widths[0], 3.1))
    wanted = exact_groups(regions)
    assert regions.n_linear == len(set(wanted))
    together = set(zip(regions.linear_region.tolist(), wanted, strict=True))
    assert len(together) == len(set(wanted))


def test_the_exact_grouping_sees_both_joined_and_split_regions():
    joined = 0
    for seed in range(8):
        regions = rg.enumerate_regions(sparse_integers(seed, (2, 7, 4, 1)), zoo.cube(2, 3.1))
        assert 1 <= regions.n_linear <= len(regions)
        joined += 1 < regions.n_linear < len(regions)
    assert joined >= 3


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_one_map_on_two_separate_pieces_is_two_linear_regions(engine):
    """A hat on the line is 0 left and right of it."""
    net = rg.ReLUNetwork.from_weights([[[1.0]] * 3, [[1.0, -2.0, 1.0]]], [[0.0, -1.0, -2.0], [0.0]])
    regions = rg.enumerate_regions(net, zoo.cube(1, 5.0), engine=engine)
    assert (len(regions), regions.n_linear) == (4, 4)


def test_neurons_without_effect_join_regions():
    net = rg.ReLUNetwork.from_weights(
        [[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0, 0.0]]], [[0.0, 0.0, -1.0], [0.0]]
    )
    regions = rg.enumerate_regions(net, zoo.cube(2, 2.0))
    assert (len(regions), regions.n_linear) == (7, 2)
    left = regions.points[:, 0] < 0
    assert len(set(regions.linear_region[left])) == len(set(regions.linear_region[~left])) == 1


def test_opposite_neurons_that_cancel_leave_a_straight_line():
    """relu(x) - relu(-x) = x."""
    net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, -1.0]]])
    regions = rg.enumerate_regions(net)
    assert (len(regions), regions.n_linear) == (2, 1)


def test_random_nets_have_no_chance_to_join():
    net = rg.ReLUNetwork.random([2, 10, 3], rng=0)
    regions = rg.enumerate_regions(net, zoo.cube(2))
    assert regions.n_linear == len(regions)


def test_regions_of_an_arrangement_are_linear_regions():
    regions = rg.enumerate_regions(rg.arrangements.families.braid(4))
    assert regions.n_linear == len(regions) == 24
