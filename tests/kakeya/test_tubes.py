"""Tubes: unions by four routes, overlaps, multiplicities, bushes; check values and properties."""

from itertools import combinations
from math import asin, pi, sin, sqrt

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.kakeya import (
    TubeFamily,
    bounds,
    factor,
    kakeya_maximal,
    slab_constant,
    sticky_exponent,
)
from relugeom.kakeya._kernel_tubes import union_area

from planar_tubes import lines, rectangles


def kernel_area(family):
    return union_area(family.directions, family.centres, family.delta)


def planar(seed, n, delta):
    return TubeFamily.random(n, 2, delta, rng=seed)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 25), delta=st.floats(1e-4, 0.3))
def test_planar_union_against_shapely_and_pixels(seed, n, delta):
    family = planar(seed, n, delta)
    union = family.union_volume()
    assert union.exact
    assert union.value == pytest.approx(shapely.union_all(rectangles(family)).area, abs=1e-11)
    assert family.tube_volume <= union.value * (1 + 1e-9)
    assert union.value <= family.total_volume * (1 + 1e-9)


def test_planar_union_on_a_grid_of_points():
    family = planar(3, 12, 0.05)
    x = (np.arange(1200) + 0.5) / 600 - 1
    grid = np.column_stack([g.ravel() for g in np.meshgrid(x, x)])
    assert (family.multiplicity(grid) > 0).mean() * 4 == pytest.approx(
        family.union_volume().value, abs=3e-3
    )


def test_large_planar_unions_are_checked_by_sampling():
    family = planar(4, 400, 0.002)
    union = family.union_volume()
    assert union.exact
    assert "Karp-Luby" in union.method
    assert union.value == pytest.approx(shapely.union_all(rectangles(family)).area, abs=1e-11)


def test_union_of_tubes_that_share_edges():
    u = [[1.0, 0.0]]
    for shift, area in [([0, 0], 0.1), ([0.5, 0], 0.15), ([0, 0.1], 0.2), ([1, 0], 0.2)]:
        family = TubeFamily(u * 2, [[0, 0], shift], 0.05)
        assert kernel_area(family) == pytest.approx(area, abs=1e-14)
        turned = TubeFamily([[np.cos(1), np.sin(1)]] * 2, [[0, 0], shift @ turn(1).T], 0.05)
        assert kernel_area(turned) == pytest.approx(area, abs=1e-12)
    stack = TubeFamily(u * 5 + u * 5, [[0, 0.1 * k] for k in range(5)] * 2, 0.05)
    assert kernel_area(stack) == pytest.approx(0.5, abs=1e-13)
    opposite = TubeFamily([[1, 0], [-1, 0]], np.zeros((2, 2)), 0.05)
    assert kernel_area(opposite) == pytest.approx(0.1, abs=1e-14)
    square = TubeFamily(np.eye(2), np.zeros((2, 2)), 0.5)
    assert kernel_area(square) == pytest.approx(1.0, abs=1e-14)


def turn(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@pytest.mark.parametrize(("n", "area"), [(16, 0.6827134254), (256, 0.6816941086)])
def test_bush_attains_cordobas_sum(n, area):
    bush = TubeFamily.bush(lines(np.arange(n) * pi / n), 0.5 / n)
    assert bush.union_volume().value == pytest.approx(area, abs=1e-9)
    overlaps = bush.overlap().volume
    assert 1 / overlaps.sum() == pytest.approx(bounds.cordoba_lower(n), rel=1e-13)
    assert bush.lower_bounds()["cauchy_schwarz_angles"] == pytest.approx(1 / overlaps.sum())
    assert bounds.cordoba_lower(n) < area


def test_karp_luby_against_the_plane():
    """64 tubes, 20,000 points: within 4 sigma of the exact area, and inside Hoeffding."""
    family = planar(11, 64, 1 / 128)
    exact = family.union_volume().value
    inverse, one_over, mu = family._sampled(20_000, 0)
    sigma = family.total_volume * one_over.std() / sqrt(20_000)
    assert abs(family.total_volume * inverse - exact) < 4 * sigma
    moments = family.multiplicity_moments()
    assert moments.mean == pytest.approx(family.total_volume / exact)
    assert abs(mu.mean() / inverse - moments.rms**2) < 4 * mu.std() / sqrt(20_000) * moments.mean
    assert moments.mean <= moments.rms <= len(family)


def test_two_cylinders_in_space():
    """Steinmetz: two crossing cylinders of radius r share 16 r^3 / 3."""
    r = 0.1
    cross = TubeFamily([[1, 0, 0], [0, 1, 0]], np.zeros((2, 3)), r)
    union = cross.union_volume(n_samples=200_000)
    true = 2 * pi * r**2 - 16 * r**3 / 3
    assert union.low <= true <= union.high
    assert not union.exact
    share = cross.overlap(n_samples=50_000)
    assert abs(share.volume[0, 1] - 16 * r**3 / 3) < 4 * share.error[0, 1]
    assert share.volume[0, 0] == cross.tube_volume
    assert bounds.de_caen(cross.directions, r) < true
    moments = cross.multiplicity_moments(n_samples=200_000)
    assert abs(moments.mean - cross.total_volume / true) < 4 * moments.error
    assert moments.largest == 2


@pytest.mark.parametrize("d", [2, 3, 4, 6])
def test_points_are_sampled_in_their_tube_uniformly(d):
    family = TubeFamily.random(5, d, 0.2, rng=d)
    where = family.sample(4000, 0, tube=3)
    assert family.contains(where)[:, 3].all()
    np.testing.assert_array_equal(family.multiplicity(where), family.contains(where).sum(axis=1))
    along = (where - family.centres[3]) @ family.directions[3]
    radius = np.linalg.norm(where - family.centres[3], axis=1) ** 2 - along**2
    for u in (along + 0.5, (np.sqrt(np.maximum(radius, 0)) / 0.2) ** (d - 1)):
        assert abs(u.mean() - 0.5) < 4 / sqrt(12 * 4000)
        assert abs((u**2).mean() - 1 / 3) < 4 * sqrt(4 / 45 / 4000)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 12), delta=st.floats(1e-3, 0.2))
def test_overlaps_against_shapely_and_lower_bounds(seed, n, delta):
    family = planar(seed, n, delta)
    overlaps = family.overlap().volume
    boxes = rectangles(family)
    for i, j in combinations(range(n), 2):
        expected = shapely.intersection(boxes[i], boxes[j]).area
        assert overlaps[i, j] == pytest.approx(expected, abs=1e-12)
    union = family.union_volume().value
    lower = family.lower_bounds()
    ladder = [
        lower["cauchy_schwarz_angles"], lower["de_caen_angles"], lower["de_caen_overlaps"], union,
    ]  # fmt: skip
    assert ladder == sorted(ladder) or np.allclose(ladder, sorted(ladder), rtol=1e-12)
    assert lower["cauchy_schwarz_overlaps"] <= lower["de_caen_overlaps"] * (1 + 1e-12)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), d=st.integers(2, 5))
def test_axis_distances_against_a_grid(seed, d):
    family = TubeFamily.random(6, d, 0.01, rng=seed)
    distances = family.axis_distances()
    t = np.linspace(-0.5, 0.5, 201)
    for i, j in combinations(range(6), 2):
        p = family.centres[i] + t[:, None] * family.directions[i]
        # the nearest point of the other segment, in closed form
        along = np.clip((p - family.centres[j]) @ family.directions[j], -0.5, 0.5)
        q = family.centres[j] + along[:, None] * family.directions[j]
        brute = np.linalg.norm(p - q, axis=1).min()
        assert distances[i, j] <= brute + 1e-12
        assert brute <= distances[i, j] + 0.0026
        assert distances[i, j] == distances[j, i]


def test_axis_distances_of_parallel_tubes():
    u = [[1.0, 0, 0]] * 4
    family = TubeFamily(u, [[0, 0, 0], [0.3, 0.2, 0], [1.5, 0, 0], [-2, 0, 1]], 0.1)
    np.testing.assert_allclose(family.axis_distances()[0], [0, 0.2, 0.5, sqrt(2)], atol=1e-15)


def test_deepest_bush_against_a_grid():
    family = planar(5, 40, 0.03)
    bush = family.deepest_bush()
    assert bush.exact
    x = np.linspace(-1, 1, 800)
    grid = np.column_stack([g.ravel() for g in np.meshgrid(x, x)])
    depth = int(family.multiplicity(grid).max())
    assert depth <= len(bush.tubes) <= depth + 1
    space = TubeFamily.bush(np.random.default_rng(0).standard_normal((30, 3)), 0.01)
    found = space.deepest_bush(n_samples=100)
    assert len(found.tubes) == 30
    assert not found.exact


def test_hairbrush():
    """A stem with 8 bristles at a right angle, and a tube far away."""
    bristles = [[0.1 * k - 0.4, 0.3, 0.0] for k in range(8)]
    family = TubeFamily(
        [[1, 0, 0]] + [[0, 1, 0]] * 8 + [[0, 0, 1], [1, 1e-3, 0]],
        [[0, 0, 0], *bristles, [0, 0, 5], [0, 0, 0]],
        0.01,
    )
    brush = family.hairbrush()
    assert brush.stem == 0
    assert brush.tubes.tolist() == list(range(1, 9))
    assert family.hairbrush(stem=0, min_angle=1e-4).tubes.tolist() == [*range(1, 9), 10]
    assert family.hairbrush(stem=9).tubes.tolist() == []


@pytest.mark.parametrize("d", [2, 3, 5])
def test_maximal_function_of_a_ball(d):
    """The mean of a ball's indicator is the share of the tube in it; neighbours share the best."""
    axes = np.eye(d)[:2]
    near = axes[0] + 0.05 * axes[1]
    family = TubeFamily([*axes, near, axes[0]], np.vstack([np.zeros((3, d)), 5 * axes[:1]]), 0.1)
    found = family.maximal_function(lambda x: -2.0 * (np.linalg.norm(x, axis=1) < 0.3), rng=1)
    t = np.linspace(0, 0.1, 20_001)  # at distance t of the axis the ball is 2 sqrt(0.09 - t^2) long
    weight = t ** (d - 2)
    share = np.sum(weight * 2 * np.sqrt(0.09 - t**2)) / np.sum(weight)
    assert (np.abs(found.value - 2 * share) < 4 * found.error).all()
    assert found.value[2] >= found.value[3] == found.value[0] == found.value[2]
    alone = family.subset([3]).maximal_function(lambda x: np.linalg.norm(x, axis=1) < 0.3)
    assert (alone.value[0], alone.error[0]) == (0, 0)
    assert found.note.startswith("no theorem") == (d >= 4)
    with pytest.raises(ShapeError, match="`f`"):
        family.maximal_function(lambda x: x)


def test_maximal_function_is_below_the_one_over_all_tubes():
    """On pixels, over all tubes of each direction, without sampling."""
    rng = np.random.default_rng(0)
    pixels = rng.random((40, 40))
    family = TubeFamily(lines([0.2, 1.0, 1.7]), rng.uniform(0.3, 0.7, (3, 2)), 0.05)

    def f(x):
        i, j = np.floor(x.T / 0.025).astype(int)
        inside = (i >= 0) & (i < 40) & (j >= 0) & (j < 40)
        return np.where(inside, pixels[i * inside, j * inside], 0.0)

    found = family.maximal_function(f)
    every = kakeya_maximal(pixels, [0.2, 1.0, 1.7], spacing=0.025, width=0.1)
    assert (found.value <= every + 4 * found.error).all()
    assert (found.value > 0.5 * every).all()


@pytest.mark.parametrize("d", [2, 3, 4])
def test_invariance_and_monotonicity(d):
    rng = np.random.default_rng(d)
    family = TubeFamily.random(12, d, 0.05, rng=rng)
    q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    order = rng.permutation(12)
    moved = TubeFamily(-family.directions[order] @ q, family.centres[order] @ q + 3, 0.05)
    wide = TubeFamily(family.directions, family.centres, 0.06)
    if d == 2:
        assert moved.union_volume().value == pytest.approx(family.union_volume().value, rel=1e-9)
        assert wide.union_volume().value > family.union_volume().value
    else:
        one, two = moved.union_volume(), family.union_volume()
        assert one.low <= two.high
        assert two.low <= one.high
    where = family.sample(500, 1)
    np.testing.assert_array_equal(moved.multiplicity(where @ q + 3), family.multiplicity(where))
    assert (wide.multiplicity(where) >= family.multiplicity(where)).all()
    np.testing.assert_allclose(
        moved.axis_distances(), family.axis_distances()[np.ix_(order, order)], atol=1e-12
    )


def test_every_output_above_dimension_three_says_no_theorem():
    family = TubeFamily.random(6, 4, 0.05, rng=0)
    outputs = [
        family.note, family.union_volume(n_samples=99).note, family.hairbrush().note,
        family.deepest_bush(n_samples=9).note, family.multiplicity_moments(n_samples=99).note,
        family.overlap(n_samples=9).note, family.wolff_constant().note, slab_constant(family).note,
        factor(family).note, sticky_exponent(family).note,
    ]  # fmt: skip
    assert all(text.startswith("no theorem") for text in outputs)
    assert not TubeFamily.random(3, 3, 0.05, rng=0).note.startswith("no theorem")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: TubeFamily([[1, 0]], [[0, 0]], 0.0), InvalidInputError),
        (lambda: TubeFamily([[1, 0]], [[0, 0], [1, 1]], 0.1), ShapeError),
        (lambda: TubeFamily([[1]], [[0]], 0.1), ShapeError),
        (lambda: TubeFamily([[0, 0]], [[0, 0]], 0.1), InvalidInputError),
        (lambda: TubeFamily([[1, 0]], [[0, 0]], 0.1).multiplicity([[1, 2, 3]]), ShapeError),
        (lambda: TubeFamily.random(2, 3, 0.1).union_volume(eta=0), InvalidInputError),
        (lambda: TubeFamily.random(2, 3, 0.1).union_volume(n_samples=0), InvalidInputError),
        (lambda: TubeFamily.random(2, 3, 0.1).hairbrush(stem=2), InvalidInputError),
        (lambda: TubeFamily.random(2, 3, 0.1).hairbrush(min_angle=2.0), InvalidInputError),
        (lambda: TubeFamily.random(2, 3, 0.1).sample(3, tube=-1), InvalidInputError),
        (lambda: TubeFamily.random(2, 3, 0.9), InvalidInputError),
    ],
)
def test_bad_values(call, error):
    with pytest.raises(error):
        call()


def test_parallelogram_of_two_long_crossing_tubes():
    angle = asin(0.5)
    cross = TubeFamily(lines([0, angle]), np.zeros((2, 2)), 0.01)
    assert cross.overlap().volume[0, 1] == pytest.approx(4 * 0.01**2 / sin(angle))


def test_same_tubes_in_space_have_one_multiplicity():
    family = TubeFamily([[0, 0, 1]] * 4, np.zeros((4, 3)), 0.1)
    found = family.multiplicity_moments(n_samples=50)
    assert (found.mean, found.rms, found.largest) == pytest.approx((4, 4, 4))
    assert not found.exact
    assert TubeFamily([[1, 0]], [[0, 0]], 0.1).multiplicity_moments(n_samples=5).exact


def test_random_centres_fill_the_ball_evenly():
    delta, n, d = 0.05, 4000, 3
    centres = TubeFamily.random(n, d, delta, rng=0).centres
    share = (np.linalg.norm(centres, axis=1) / (1 - sqrt(0.25 + delta**2))) ** d
    assert share.max() <= 1  # and uniform in [0, 1]
    assert abs(share.mean() - 0.5) < 4 * sqrt(1 / 12 / n)
    assert abs((share < 0.1).mean() - 0.1) < 4 * sqrt(0.09 / n)


def test_interval_of_few_samples_is_cut_to_what_can_be():
    family = TubeFamily.bush(np.eye(3), 0.05)
    found = family.union_volume(n_samples=2, rng=0)
    assert found.low == pytest.approx(family.tube_volume)
    assert found.high == pytest.approx(family.total_volume)


def test_deepest_points_that_are_easily_missed():
    """Of one tube any corner; of two skew ones 1.5 radii apart the middle between their axes."""
    one = TubeFamily([[1, 2]], [[0.3, 0.1]], 0.05)
    found = one.deepest_bush()
    assert (found.exact, found.tubes.tolist()) == (True, [0])
    assert one.contains([found.point], slack=1e-9)[0, 0]
    skew = TubeFamily([[1, 0, 0], [0, 1, 0]], [[0, 0, 0], [0, 0, 0.075]], 0.05)
    assert skew.deepest_bush(n_samples=1).tubes.tolist() == [0, 1]
