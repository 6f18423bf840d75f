"""Decision regions against a dense grid and shapely."""

import numpy as np
import pytest
import relugeom as rg
import shapely


@pytest.fixture(scope="module")
def case():
    net = rg.ReLUNetwork.random([2, 10, 8, 3], rng=2)
    regions = rg.enumerate_regions(net, rg.Box([-2, -2], [2, 2]))
    return net, regions, regions.adjacency().decision_regions()


def test_class_is_constant_on_every_decision_region(case):
    net, regions, decision = case
    points = regions.domain.sample(50_000, rng=0)
    where = decision.locate(points)
    assert (where >= 0).all()
    assert (decision.classes[where] == net.predict(points)).all()


def test_parts_equal_the_unions_of_polygons(case):
    _, _, decision = case
    polygons = np.array(decision.pieces.polygons())
    n_parts = 0
    for k in np.unique(decision.piece_class):
        own = shapely.union_all(polygons[decision.piece_class == k], grid_size=1e-9)
        n_parts += len(getattr(own, "geoms", [own]))
    assert n_parts == len(decision)
    assert decision.volumes.sum() == pytest.approx(16.0)


def test_volumes_are_shares_of_random_points(case):
    net, regions, decision = case
    points = regions.domain.sample(100_000, rng=1)
    share = np.bincount(net.predict(points), minlength=3) / len(points)
    area = np.bincount(decision.classes, decision.volumes, minlength=3) / 16.0
    assert np.abs(share - area).max() < 5 * 0.5 / np.sqrt(len(points))


def test_boundary_points_have_two_classes_at_the_top(case):
    net, _, decision = case
    segments = decision.boundary()
    assert len(segments) > 0
    for t in (0.1, 0.5, 0.9):
        output = np.sort(net(segments[:, 0] * t + segments[:, 1] * (1 - t)), axis=1)
        assert (output[:, -1] - output[:, -2] < 1e-8).all()


def test_one_output_is_split_at_zero():
    net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]], [[0.0, 0.0], [-1.0]])
    regions = rg.enumerate_regions(net, rg.Box([-3], [3]))
    decision = regions.adjacency().decision_regions()
    assert sorted(zip(decision.classes.tolist(), decision.volumes.tolist(), strict=True)) == [
        (0, 2.0),
        (1, 2.0),
        (1, 2.0),
    ]


def test_arrangement_has_no_classes():
    lines = rg.HyperplaneArrangement([[1.0, 0.0]])
    with pytest.raises(rg.errors.UnsupportedError, match="network"):
        rg.enumerate_regions(lines).adjacency().decision_regions()
