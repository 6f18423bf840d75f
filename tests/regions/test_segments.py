"""Line walks against the enumeration of the line, and against dense sampling."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError

import zoo

MAKERS = [zoo.leaky, zoo.negative_slope, zoo.skips, zoo.linear_layer, zoo.many_neurons, zoo.dead,
          zoo.zero_rows, zoo.duplicate]  # fmt: skip


def ends(net, seed, n=1):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((2, n, net.input_dim)) * 2


@pytest.mark.parametrize("make", MAKERS)
def test_the_walk_visits_the_regions_of_the_line(make):
    net = make()
    for seed in range(8):
        x, y = ends(net, seed)[:, 0]
        line, domain = rg.AffineSlice.segment(x, y)
        regions = rg.enumerate_regions(net.restrict(line), domain)
        order = np.argsort(regions.points[:, 0])
        found = rg.walk(net, x, y)
        np.testing.assert_array_equal(found.patterns, regions.patterns[order])
        lengths = np.diff(found.t) * np.linalg.norm(y - x)
        np.testing.assert_allclose(lengths, regions.volumes[order], atol=1e-9)


@pytest.mark.parametrize("make", MAKERS)
def test_crossings_are_the_sign_changes_of_a_dense_sample(make):
    net = make()
    x, y = ends(net, 100, 20)
    found = rg.crossings_on_segment(net, x, y)
    t = np.linspace(0, 1, 20_001)
    for i in range(20):
        signs = net.activation_pattern(x[i] + t[:, None] * (y[i] - x[i]))
        changed = (signs[1:] != signs[:-1]).any(axis=1)
        mine = found.t[found.segment == i]
        assert np.isin(np.flatnonzero(changed), np.floor(mine * 20_000)).all()
        middles = x[i] + np.array([*mine, 0])[:-1, None] * (y[i] - x[i])
        values = np.hstack([z[:, r] for z, r in zip(net.preactivations(middles), net.rectified,
                                                     strict=True)])  # fmt: skip
        at = values[np.arange(len(mine)), found.neuron[found.segment == i]]
        assert np.abs(at).max(initial=0) < 1e-9


@pytest.mark.parametrize("seed", range(40))
def test_walks_of_nets_under_stress(seed):
    """Also between whole points, and through the origin, where many hyperplanes meet."""
    net, rng = zoo.stress(seed), np.random.default_rng(seed)
    d = net.input_dim
    x, y = rng.uniform(-1, 1, (2, d))
    corners = rng.permutation(np.array([-1.0, 0.0, 1.0]))[:2, None] * np.ones(d)
    for start, end in ((x, y), corners, (x, -x)):
        line, domain = rg.AffineSlice.segment(start, end)
        regions = rg.enumerate_regions(net.restrict(line), domain)
        found = rg.walk(net, start, end)
        np.testing.assert_array_equal(
            found.patterns, regions.patterns[np.argsort(regions.points[:, 0])]
        )


@pytest.mark.parametrize(("depth", "width"), [(5, 30), (12, 20), (20, 12)])
def test_deep_nets_have_the_pattern_of_the_middle_on_each_piece(depth, width):
    net = rg.ReLUNetwork.random([9, *[width] * depth, 1], rng=depth)
    for seed in range(5):
        x, y = ends(net, seed)[:, 0]
        found = rg.walk(net, x, y)
        long = np.diff(found.t) > 1e-9
        assert long.mean() > 0.9
        np.testing.assert_array_equal(
            net.activation_pattern(found.points[long]), found.patterns[long]
        )
        apart = (found.patterns[1:] != found.patterns[:-1]).sum(axis=1)
        assert (apart == 1).all()
        at = x + found.t[1:-1, None] * (y - x)
        values = np.hstack(net.preactivations(at))
        assert (np.abs(values).min(axis=1) < 1e-9).all()


def test_patterns_are_those_just_after_the_start():
    net = zoo.skips()
    x, y = ends(net, 3, 50)
    found = rg.crossings_on_segment(net, x, y)
    np.testing.assert_array_equal(found.patterns, net.activation_pattern(x))
    for row in np.flatnonzero(found.segment == 7):  # the first change of a neuron is to the other
        k = found.neuron[row]
        earlier = (found.segment == 7) & (found.t < found.t[row]) & (found.neuron == k)
        if not earlier.any():
            assert found.sign[row] == -found.patterns[7, k]
    assert found.counts.max() > 5


def test_sparse_layers_and_small_blocks_give_the_same(monkeypatch):
    from scipy.sparse import csr_array

    dense = rg.ReLUNetwork.random([6, 14, 12, 10, 2], rng=3)
    rng = np.random.default_rng(0)
    weights = [w * (rng.random(w.shape) < 0.4) for w in dense.weights]
    nets = [
        rg.ReLUNetwork.from_weights([form(w) for w in weights], dense.biases, slopes=0.1)
        for form in (np.array, csr_array)
    ]
    x, y = ends(dense, 0, 25)
    found = [rg.crossings_on_segment(net, x, y) for net in nets]
    monkeypatch.setattr("relugeom._batches._ENTRIES", 1)
    found.append(rg.crossings_on_segment(nets[0], x, y))
    for other in found[1:]:
        np.testing.assert_array_equal(other.segment, found[0].segment)
        np.testing.assert_array_equal(other.neuron, found[0].neuron)
        np.testing.assert_array_equal(other.patterns, found[0].patterns)
        np.testing.assert_allclose(other.t, found[0].t, atol=1e-11)


def test_one_start_and_many_ends():
    net = rg.ReLUNetwork.random([4, 9, 7, 1], rng=0)
    x, y = ends(net, 2, 12)
    fan = rg.crossings_on_segment(net, x[0], y)
    each = [len(rg.crossings_on_segment(net, x[0], end)) for end in y]
    assert fan.counts.tolist() == each


def test_many_segments_are_each_alone():
    net = rg.ReLUNetwork.random([5, 12, 9, 2], rng=0)
    x, y = ends(net, 1, 30)
    together = rg.crossings_on_segment(net, x, y)
    assert together.counts.sum() == len(together)
    for i in range(30):
        alone = rg.crossings_on_segment(net, x[i], y[i])
        rows = together.segment == i
        np.testing.assert_allclose(together.t[rows], alone.t, atol=1e-12)
        np.testing.assert_array_equal(together.neuron[rows], alone.neuron)
        np.testing.assert_array_equal(together.sign[rows], alone.sign)


def test_backwards_is_the_same_way():
    net = rg.ReLUNetwork.random([6, 10, 10, 1], rng=2)
    x, y = ends(net, 3)[:, 0]
    there, back = rg.walk(net, x, y), rg.walk(net, y, x)
    np.testing.assert_array_equal(there.patterns, back.patterns[::-1])
    np.testing.assert_allclose(there.t, 1 - back.t[::-1], atol=1e-12)


def test_through_a_point_where_several_hyperplanes_meet():
    net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1], [1, 1]], [[1, -1, 0], [1, 1, 1]], [[1, 1]]])
    found = rg.crossings_on_segment(net, [-1, -2], [1, 2])
    first = found.neuron < 3
    assert found.neuron[first].tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.t[first], 0.5)
    assert len(rg.walk(net, [-1, -2], [1, 2])) == len(
        rg.enumerate_regions(net.restrict(rg.AffineSlice.segment([-1, -2], [1, 2])[0]),
                             rg.Box([0], [np.sqrt(20)]))
    )  # fmt: skip


def test_along_a_hyperplane_a_neuron_vanishes():
    net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]])
    found = rg.walk(net, [0, -1], [0, 1])
    assert found.patterns.tolist() == [[0, -1], [0, 1]]


def test_an_arrangement():
    braid = rg.arrangements.families.braid(4)
    found = rg.walk(braid, [1, 2, 3, 4], [4, 3.3, 2.1, 0.7])
    assert len(found) == len(rg.crossings_on_segment(braid, [1, 2, 3, 4], [4, 3.3, 2.1, 0.7])) + 1
    assert len(found) == 7


def test_many_inputs():
    net = rg.ReLUNetwork.random([784, 32, 32, 10], rng=0)
    x, y = np.random.default_rng(0).standard_normal((2, 50, 784))
    found = rg.crossings_on_segment(net, x, y)
    for i in (0, 17):
        line, domain = rg.AffineSlice.segment(x[i], y[i])
        assert found.counts[i] + 1 == rg.count_regions(net.restrict(line), domain)


def test_bad_segments():
    net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
    with pytest.raises(InvalidInputError, match="got segment 1 of no length"):
        rg.crossings_on_segment(net, [[0, 0], [1, 1]], [[1, 0], [1, 1]])
    with pytest.raises(ShapeError, match="as many rows; got 2 and 3"):
        rg.crossings_on_segment(net, np.zeros((2, 2)), np.ones((3, 2)))
    with pytest.raises(ShapeError, match="one point each"):
        rg.walk(net, np.zeros((2, 2)), np.ones((2, 2)))
    assert len(rg.crossings_on_segment(net, np.zeros((0, 2)), np.ones((0, 2)))) == 0
