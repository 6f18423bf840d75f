"""Squares of one mask in a plane of parameter space, against corners, points and lines."""

from itertools import product

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import ShapeError
from relugeom.paths import line_crossings, plane_cover, plane_walls

from runs import mask


def cover_of(widths, seed=0, n=5, levels=7, slopes=0.0):
    rng = np.random.default_rng(seed)
    net = rg.ReLUNetwork.random(widths, rng=rng)
    net = rg.ReLUNetwork.from_weights(net.weights, net.biases, slopes=slopes)
    X = rng.normal(size=(n, widths[0]))
    plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=rng)
    box = rg.Box([-1.0, -1.5], [1.0, 1.5])
    return net, X, plane, box, plane_cover(net, X, plane, box, levels=levels)


def square_of(cover, points):
    """Index of a square that holds each point."""
    found = np.full(len(points), -1)
    for i, (middle, half) in enumerate(zip(cover.centre, cover.half, strict=True)):
        found[(np.abs(points - middle) <= half * (1 + 1e-12)).all(axis=1)] = i
    return found


def test_one_hidden_layer_is_certified_exactly_where_no_line_passes():
    net, X, plane, box, cover = cover_of([2, 4, 1])
    walls = plane_walls(net, X, plane)
    corners = np.stack([cover.centre + cover.half * s for s in product([-1, 1], repeat=2)])
    signs = np.stack([walls.signs(c) for c in corners])
    apart = (signs == signs[0]).all(axis=(0, 2))
    np.testing.assert_array_equal(cover.certified, apart)
    exact = rg.enumerate_regions(walls, box)
    assert cover.n_masks <= len(exact)
    assert set(exact.locate(cover.centre)) <= set(range(len(exact)))


@pytest.mark.parametrize("widths", [[2, 4, 1], [1, 4, 4, 1], [2, 3, 3, 3, 1]])
@pytest.mark.parametrize("slopes", [0.0, 0.2, -0.5])
def test_points_of_a_certified_square_have_its_mask(widths, slopes):
    net, X, plane, box, cover = cover_of(widths, seed=1, slopes=slopes)
    sides = (2 * cover.half).prod(axis=1)
    assert sides.sum() == pytest.approx(box.volume)
    assert cover.certified_share == pytest.approx(sides[cover.certified].sum() / box.volume)
    assert 0.5 < cover.certified_share < 1
    rng = np.random.default_rng(0)
    picked = rng.choice(np.flatnonzero(cover.certified), 150)
    for i in picked:
        spots = cover.centre[i] + cover.half[i] * rng.uniform(-1, 1, size=(5, 2))
        at_centre = mask(net, plane.points(cover.centre[i])[0], X)
        for theta in plane.points(spots):
            np.testing.assert_array_equal(mask(net, theta, X), at_centre)


def test_masks_have_one_number_each():
    net, X, plane, _, cover = cover_of([1, 4, 4, 1], levels=5)
    names = {}
    for i, theta in enumerate(plane.points(cover.centre)):
        names.setdefault(mask(net, theta, X).tobytes(), set()).add(int(cover.mask[i]))
    assert all(len(numbers) == 1 for numbers in names.values())
    assert len(names) == cover.n_masks


@pytest.mark.parametrize("widths", [[1, 4, 4, 1], [2, 3, 3, 3, 1]])
def test_no_wall_on_a_line_lies_in_a_certified_square(widths):
    net, X, plane, box, cover = cover_of(widths, seed=2)
    total = 0
    for seed in range(5):
        ends = box.sample(2, rng=seed)
        found = line_crossings(net, X, *plane.points(ends))
        where = ends[0] + found.t[:, None] * (ends[1] - ends[0])
        assert not cover.certified[square_of(cover, where)].any()
        total += len(found)
    assert total > 10


def test_more_levels_certify_more():
    shares = [cover_of([1, 4, 4, 1], levels=levels)[-1].certified_share for levels in (4, 6, 8)]
    rest = 1 - np.array(shares)
    assert rest[0] > 2.5 * rest[1] > 6 * rest[2] > 0  # walls are curves: half as much a level
    assert cover_of([1, 4, 4, 1], levels=6)[-1].resolution == pytest.approx([2 / 64, 3 / 64])


def test_bad_input():
    net, X, plane, box, _ = cover_of([1, 3, 1], levels=2)
    with pytest.raises(ShapeError, match="plane"):
        plane_cover(net, X, rg.AffineSlice.random(3, 2, rng=0), box)
    with pytest.raises(ShapeError, match="dimension 2"):
        plane_cover(net, X, rg.AffineSlice.random(net.n_parameters, 3, rng=0), box)
    with pytest.raises(ShapeError, match="domain"):
        plane_cover(net, X, plane, rg.Box([0.0], [1.0]))
