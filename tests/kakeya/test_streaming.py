"""The doubling algorithm and Johnson-Lindenstrauss sketches against what they promise."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.kakeya import DirectionSet, codes
from relugeom.kakeya.nets import angle_matrix
from relugeom.kakeya.sketch import Sketch, sketch_dim, true_angles
from relugeom.kakeya.streaming import DoublingCover


def best_radius_of_centres_in_the_set(angles, k):
    return min(angles[list(s)].min(axis=0).max() for s in combinations(range(len(angles)), k))


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(4, 11),
    d=st.integers(2, 5),
    k=st.integers(1, 4),
    projective=st.booleans(),
    spread=st.sampled_from([1e-8, 1e-2, 1.0]),
)
def test_doubling_brackets_the_best_radius(seed, n, d, k, projective, spread):
    rng = np.random.default_rng(seed)
    rows = np.eye(d)[rng.integers(0, d, n)] + spread * rng.standard_normal((n, d))
    units = DirectionSet(rows, projective).vectors
    cover = DoublingCover(k, d, projective)
    for at in range(0, n, 3):
        cover.add(rows[at : at + 3])
    assert cover.n_seen == n
    assert 1 <= len(cover) <= k
    angles = angle_matrix(units, units, projective)
    best = best_radius_of_centres_in_the_set(angles, min(k, n))
    # centres inside the set do at most twice as badly as the best centres anywhere
    assert cover.lower <= best * (1 + 1e-9)
    gaps = angle_matrix(units, cover.centres, projective).min(axis=1)
    assert gaps.max() <= cover.radius * (1 + 1e-9) + 1e-15
    between = angle_matrix(cover.centres, cover.centres, projective)
    pairs = between[np.triu_indices(len(cover), 1)]
    assert (pairs >= 4 * cover.lower * (1 - 1e-9)).all()


def test_doubling_on_many_directions_against_farthest_points():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((20_000, 3))
    cover = DoublingCover(50, 3)
    cover.add(rows)
    _, radii = DirectionSet(rows).farthest_point_order(51)
    greedy = radii[50]  # radius of the first 50 centres, at most twice the best, at least the best
    assert cover.lower <= greedy
    assert greedy / 2 <= cover.radius <= 8 * greedy


def test_doubling_keeps_few_exact_directions():
    cover = DoublingCover(3, 2)
    cover.add([[1, 0], [2, 0], [-1, 0], [0, 1]])
    assert (len(cover), cover.radius) == (2, 0.0)
    with pytest.raises(ShapeError):
        cover.add([[1.0, 2.0, 3.0]])
    assert "2 centres for 4 seen" in repr(cover)


def test_sketch_dim_check_values():
    """scikit-learn rounds the same formula down."""
    assert [sketch_dim(10**5, e) - 1 for e in (0.1, 0.2, 0.5)] == [9868, 2656, 552]


def test_sketch_is_one_linear_map_of_random_signs():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((5, 5000))
    sketch = Sketch(5000, 64, seed=3)
    image = sketch(rows)
    matrix = sketch(np.eye(5000))
    np.testing.assert_allclose(np.abs(matrix), 1 / 8)
    np.testing.assert_allclose(sketch(rows.astype(np.float32)), image, atol=1e-4)
    assert sketch(rows.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(image, rows @ matrix, atol=1e-12)
    np.testing.assert_array_equal(Sketch(5000, 64, seed=3)(rows), image)
    assert not np.allclose(Sketch(5000, 64, seed=4)(rows), image)
    assert abs(np.sign(matrix).mean()) < 4 / np.sqrt(matrix.size)
    products = matrix.T @ matrix / 5000 * 64
    assert np.abs(products - np.eye(64)).max() < 6 / np.sqrt(5000)


def test_distortion_of_many_pairs_stays_within_the_bound():
    rng = np.random.default_rng(5)
    rows = DirectionSet(rng.standard_normal((60, 4000))).vectors.copy()
    rows[1] = rows[0] + 1e-3 * rows[2]
    rows = DirectionSet(rows).vectors
    sketch = Sketch(4000, 900)
    epsilon = sketch.distortion(60, 0.01)
    assert sketch.failure(60, epsilon) == pytest.approx(0.01, rel=1e-6)
    image = sketch(rows)
    assert np.abs(image @ image.T - rows @ rows.T).max() < epsilon
    before = angle_matrix(rows, rows, True)
    after = DirectionSet(image)
    for i in range(60):
        for j in range(i):
            low, high = true_angles(after.angles_to(image[i])[j], epsilon)
            assert low <= before[i, j] <= high
    low, high = true_angles(after.angles_to(image[0])[1], epsilon)
    assert 0 < low < 1e-3 < high < 3e-3


@settings(deadline=None, max_examples=200)
@given(
    seed=st.integers(0, 10**6),
    kappa=st.floats(1.0, 3.0),
    theta=st.floats(1e-6, np.pi - 1e-6),
)
def test_condition_number_bounds_the_change_of_tan_half_angle(seed, kappa, theta):
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((2, 2)))[0]
    pair = (turn @ np.array([[1.0, np.cos(theta)], [0.0, np.sin(theta)]])) * [[1.0], [kappa]]
    a, b = pair.T
    after = np.arctan2(abs(a[0] * b[1] - a[1] * b[0]), a @ b)
    ratio = np.tan(after / 2) / np.tan(theta / 2)
    assert 1 / kappa - 1e-9 <= ratio <= kappa + 1e-9


def test_net_of_the_sketch_is_a_net_of_the_directions():
    rng = np.random.default_rng(2)
    base = rng.standard_normal((4, 3000))
    rows = rng.standard_normal((200, 4)) @ base
    sketch = Sketch(3000, 1500)
    epsilon = sketch.distortion(200)
    chosen = DirectionSet(sketch(rows)).packing(0.7)
    low, high = true_angles(0.7, epsilon)
    units = DirectionSet(rows).vectors
    angles = angle_matrix(units, units, True)
    assert angles[chosen].min(axis=0).max() < high
    between = angles[np.ix_(chosen, chosen)]
    assert between[np.triu_indices(len(chosen), 1)].min() >= low


@pytest.mark.parametrize(
    "call",
    [
        lambda: Sketch(0, 3),
        lambda: Sketch(5, 3)(np.ones((2, 4))),
        lambda: Sketch(2, 3)([[1.0, np.nan]]),
        lambda: sketch_dim(10, 1.0),
        lambda: true_angles(2.0, 0.1),
        lambda: Sketch(5, 3).distortion(2, 0.0),
        lambda: DoublingCover(0, 2),
        lambda: DoublingCover(1, 2).add([[0.0, 0.0]]),
        lambda: codes.simplex(0),
    ],
)
def test_bad_values(call):
    with pytest.raises(InvalidInputError):
        call()


def test_a_small_sketch_promises_nothing():
    assert Sketch(100, 5).distortion(100) == np.inf
    assert Sketch(100, 5).failure(100, 0.5) == 1.0


def test_no_direction_is_passed_over_when_centres_are_merged():
    """In one batch, a far direction right behind the one with which there are too many centres."""
    angles = np.array([0.0, 0.01, 0.02, 1.5, 0.015])
    for turn in range(5):
        t = np.roll(angles, turn)
        cover = DoublingCover(2, 2)
        cover.add(np.column_stack([np.cos(t), np.sin(t)]))
        gaps = angle_matrix(np.column_stack([np.cos(t), np.sin(t)]), cover.centres, True)
        assert gaps.min(axis=1).max() <= min(cover.radius, 0.1)
