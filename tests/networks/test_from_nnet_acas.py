"""The ACAS Xu networks of the verification competition, where they are at hand."""

from pathlib import Path

import numpy as np
import pytest
import relugeom as rg
from relugeom.networks.from_nnet import read_nnet

DATA = Path(__file__).parents[3] / "shared" / "data"
NNET = DATA / "ACASXU_experimental_v2a_1_1.nnet"
ONNX = DATA / "ACASXU_run2a_1_1_batch_2000.onnx"
pytestmark = pytest.mark.skipif(not NNET.is_file(), reason="the ACAS Xu networks are not here")


def test_nnet_has_the_published_sizes_and_box():
    loaded = read_nnet(NNET)
    assert loaded.network.input_dim == loaded.network.output_dim == 5
    assert loaded.network.widths == (50,) * 6
    assert loaded.box.lower.tolist() == [0.0, -3.141593, -3.141593, 100.0, 0.0]


def test_nnet_and_onnx_are_one_network_in_different_units():
    """The ONNX file takes normalised inputs and gives normalised outputs, in single precision."""
    pytest.importorskip("onnx")
    nnet, net = read_nnet(NNET), rg.load_network(ONNX)
    x = nnet.box.sample(200, rng=0)
    y = net((x - nnet.input_mean) / nnet.input_range) * nnet.output_range + nnet.output_mean
    assert np.abs(y - nnet.network(x)).max() <= 1e-4 * np.abs(y).max()
    agree = net.activation_pattern((x - nnet.input_mean) / nnet.input_range)
    assert (agree == nnet.network.activation_pattern(x)).mean() > 0.999


def test_onnx_equals_its_reference_evaluation():
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    net, evaluator = rg.load_network(ONNX), ReferenceEvaluator(onnx.load(ONNX))
    x = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 5))
    for row in x:
        feed = row.astype(np.float32).reshape(1, 1, 1, 5)
        wanted = evaluator.run(None, {"input": feed})[0]
        np.testing.assert_allclose(net(feed.reshape(1, 5)), wanted, atol=1e-5)


def test_a_planar_slice_and_a_box_of_three_inputs():
    net = read_nnet(NNET).network
    box = read_nnet(NNET).box
    corners = box.centre + np.array([[0, 0, 0, 0, 0], [0, 3, 0, 0, 0], [0, 0, 3, 0, 0]])
    plane = rg.AffineSlice.through(corners)
    regions = rg.enumerate_regions(net.restrict(plane), plane.section(box))
    assert regions.complete
    assert len(regions) > 1000
    assert regions.volumes.sum() == pytest.approx(plane.section(box).volume, rel=1e-9)
    graph = regions.adjacency()
    assert graph.edges.unmatched == 0
    corners_seen = regions.locate(plane.coordinates(corners))
    assert (corners_seen >= 0).all()

    solid = rg.AffineSlice(box.centre, np.eye(5)[:, :3] * [2e3, 0.1, 0.1])
    cube = rg.Box([-1, -1, -1], [1, 1, 1])
    regions = rg.enumerate_regions(net.restrict(solid), cube)
    assert regions.complete
    assert regions.volumes.sum() == pytest.approx(8, rel=1e-9)
    assert len(regions) == rg.count_regions(net.restrict(solid), cube, engine="lp")


def test_a_property_that_fixes_an_input():
    """Property 4 fixes the heading; it holds on network 1_1 (known answer: unsat)."""
    pytest.importorskip("onnx")
    prop = rg.load_vnnlib(DATA / "prop_4.vnnlib")
    assert prop.domain.dim == 4
    assert prop.slice.points(prop.domain.centre[None])[0, 2] == 0.0
    X = prop.slice.points(prop.domain.sample(2000, rng=0))
    net = rg.load_network(ONNX)
    assert not prop.violated(X, net(X)).any()
    low, high = prop.domain.lower, prop.domain.upper
    corner = rg.Box(low, low + 0.1 * (high - low))
    regions = rg.enumerate_regions(net.restrict(prop.slice), corner)
    assert regions.volumes.sum() == pytest.approx(corner.volume, rel=1e-9)


def test_properties_have_the_published_box_and_are_not_violated_by_samples():
    """Property 3 holds on network 1_1 (known answer: unsat), so no sample violates it."""
    pytest.importorskip("onnx")
    prop = rg.load_vnnlib(DATA / "prop_3.vnnlib")
    assert isinstance(prop.domain, rg.Box)
    assert prop.domain.lower[0] == -0.303531156
    assert (prop.n_inputs, prop.n_outputs, len(prop.cases)) == (5, 5, 1)
    X = prop.domain.sample(2000, rng=0)
    Y = rg.load_network(ONNX)(X)
    assert not prop.violated(X, Y).any()
    lowest = np.zeros_like(Y) + np.arange(5)  # output 0 is the least: unsafe
    assert prop.violated(X, lowest).all()
