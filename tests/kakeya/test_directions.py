"""Nets of directions: inequalities, invariance and brute force."""

from itertools import combinations
from math import acos, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.kakeya import DirectionSet
from relugeom.kakeya.caps import packing_bounds
from relugeom.kakeya.nulls import isotropic


def angle_matrix(vectors, projective):
    """2 atan2(|u - v|, |u + v|) for all pairs."""
    u = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    minus = np.linalg.norm(u[:, None] - u, axis=2)
    plus = np.linalg.norm(u[:, None] + u, axis=2)
    angle = 2 * np.arctan2(minus, plus)
    return np.minimum(angle, pi - angle) if projective else angle


def brute(angles, theta):
    """Largest theta-separated subset and least cover by open caps centred in the set."""
    n = len(angles)
    separated = covered = None
    for size in range(1, n + 1):
        for s in combinations(range(n), size):
            sub = angles[np.ix_(s, s)]
            if (sub[np.triu_indices(size, 1)] >= theta).all():
                separated = size
            if covered is None and (angles[list(s)].min(axis=0) < theta).all():
                covered = size
    return separated, covered


def sample(seed, n, d):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("projective", [True, False])
@pytest.mark.parametrize("d", [1, 2, 3, 50])
def test_angles(d, projective):
    vectors = sample(d, 40, d)
    vectors[7] = vectors[3] * (1 + 1e-12) + 1e-10 * sample(9, 1, d)[0]
    vectors[8] = -vectors[3]
    directions = DirectionSet(vectors, projective)
    expected = angle_matrix(vectors, projective)
    for i in range(40):
        np.testing.assert_allclose(
            directions.angles_to(vectors[i]), expected[i], rtol=1e-9, atol=3e-15
        )


def test_small_angles_keep_relative_accuracy():
    for eps in (1e-3, 1e-6, 1e-9, 1e-12):
        fan = DirectionSet([[np.cos(eps), np.sin(eps)], [1.0, 0.0], [-1.0, -eps]])
        angles = fan.angles_to([1.0, 0.0])
        assert angles[0] == pytest.approx(eps, rel=1e-12)
        assert angles[2] == pytest.approx(np.arctan(eps), rel=1e-12)


@pytest.mark.parametrize("projective", [True, False])
@pytest.mark.parametrize("theta", [0.15, 0.4, 0.9, 1.4])
def test_packing_is_separated_and_covers(theta, projective):
    vectors = sample(4, 300, 4)
    directions = DirectionSet(vectors, projective)
    angles = angle_matrix(vectors, projective)
    chosen = directions.packing(theta)
    assert len(set(chosen.tolist())) == len(chosen)
    sub = angles[np.ix_(chosen, chosen)]
    assert (sub[np.triu_indices(len(chosen), 1)] >= theta - 1e-12).all()
    assert (angles[directions.covering(theta)].min(axis=0) < theta).all()
    assert directions.curve([theta]).count[0] == len(chosen)


@pytest.mark.parametrize("projective", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_curve_between_brute_force_covering_and_packing(seed, projective):
    vectors = sample(seed, 11, 3)
    angles = angle_matrix(vectors, projective)
    thetas = np.array([0.2, 0.5, 0.8, 1.2])
    curve = DirectionSet(vectors, projective).curve(thetas)
    for i, theta in enumerate(thetas):
        packing, covering = brute(angles, theta)
        assert covering <= curve.count[i] <= packing <= brute(angles, theta / 2)[1]
        assert curve.lower[i] <= covering
        assert packing <= curve.upper[i]


def test_farthest_point_order_by_definition():
    vectors = sample(2, 60, 3)
    order, radii = DirectionSet(vectors).farthest_point_order()
    angles = angle_matrix(vectors, True)
    assert sorted(order.tolist()) == list(range(60))
    assert radii[0] == np.inf
    assert (np.diff(radii) <= 0).all()
    for k in range(1, 60):
        gaps = angles[:, order[:k]].min(axis=1)
        assert radii[k] == pytest.approx(gaps.max(), rel=1e-9)
        assert gaps[order[k]] == pytest.approx(gaps.max(), rel=1e-9)


def test_invariance_under_rotation_permutation_scale_and_sign():
    vectors = sample(6, 200, 5)
    thetas = [0.2, 0.35, 0.6, 1.0]
    base = DirectionSet(vectors)
    order, radii = base.farthest_point_order()
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    turned = DirectionSet(vectors @ rotation)
    np.testing.assert_array_equal(turned.farthest_point_order()[0], order)
    np.testing.assert_allclose(turned.farthest_point_order()[1], radii, rtol=1e-10)
    scale = rng.uniform(1e-200, 1e200, 200) * rng.choice([-1, 1], 200)
    np.testing.assert_array_equal(
        DirectionSet(vectors * scale[:, None]).curve(thetas).count, base.curve(thetas).count
    )
    shuffle = rng.permutation(200)
    moved, moved_radii = DirectionSet(vectors[shuffle]).farthest_point_order(
        start=int(np.flatnonzero(shuffle == 0)[0])
    )
    np.testing.assert_array_equal(shuffle[moved], order)
    np.testing.assert_allclose(moved_radii, radii, rtol=1e-10)


def test_known_configurations():
    angles = np.arange(32) * pi / 32
    fan = DirectionSet(np.column_stack([np.cos(angles), np.sin(angles)]))
    radii = fan.farthest_point_order()[1]
    expected = np.concatenate([[np.inf], *[[pi / 2 ** (j + 1)] * 2**j for j in range(5)]])
    np.testing.assert_allclose(radii, expected, rtol=1e-12)
    golden = (1 + 5**0.5) / 2
    lines = [(0, 1, golden), (0, 1, -golden), (1, golden, 0)]
    lines += [(1, -golden, 0), (golden, 0, 1), (-golden, 0, 1)]
    six = DirectionSet(lines)
    assert len(six.packing(acos(5**-0.5) - 1e-9)) == 6
    assert len(six.packing(acos(5**-0.5) + 1e-9)) < 6
    assert len(DirectionSet([*lines, *(-np.array(lines))], False).packing(1.0)) == 12


def test_duplicates_and_lines():
    repeated = DirectionSet([[1.0, 2.0]] * 5 + [[-1.0, -2.0]])
    assert len(repeated.packing(1e-6)) == 1
    assert len(DirectionSet([[1.0, 2.0]] * 5 + [[-1.0, -2.0]], False).packing(1e-6)) == 2
    assert (repeated.curve().count == 1).all()


@pytest.mark.parametrize("n", [1, 30, 2300])
def test_default_curve(n):
    curve = DirectionSet(sample(1, n, 3)).curve()
    assert curve.n_directions == n
    assert (np.diff(curve.theta) < 0).all()
    assert (np.diff(curve.count) >= 0).all()
    assert (curve.lower <= curve.count).all()
    assert (curve.count <= curve.upper).all()
    if n == 30:
        assert curve.count[-1] == 30
    again = DirectionSet(sample(1, n, 3)).curve(curve.theta)
    np.testing.assert_array_equal(again.count, curve.count)
    np.testing.assert_array_equal(again.upper, curve.upper)


def test_read_only_and_repr():
    directions = DirectionSet([[1.0, 0.0]])
    with pytest.raises(ValueError, match="read-only"):
        directions.vectors[0, 0] = 2.0
    assert "1 lines in R^2" in repr(directions)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: DirectionSet([[1, 0], [0, 0]]), "row 1"),
        (lambda: DirectionSet([[1, float("nan")]]), "finite"),
        (lambda: DirectionSet([[1, 0]]).packing(0.0), "theta"),
        (lambda: DirectionSet([[1, 0]]).packing(float("nan")), "theta"),
        (lambda: DirectionSet([[1, 0]]).curve([0.1, -1]), "positive"),
        (lambda: DirectionSet([[1, 0]]).farthest_point_order(start=1), "start"),
        (lambda: DirectionSet([[1, 0]]).farthest_point_order(0), "max_centres"),
        (lambda: DirectionSet([[1, 0]]).farthest_point_order(until=float("nan")), "until"),
        (lambda: DirectionSet([[1, 0]]).subset([1]), "row numbers"),
        (lambda: DirectionSet([[1, 0]]).subset([0.5]), "row numbers"),
        (lambda: DirectionSet([[1, 0]]).curve([1e308]), "thetas"),
    ],
)
def test_bad_values(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()


@pytest.mark.parametrize("value", [[1.0, 2.0], np.zeros((0, 3)), np.zeros((3, 0))])
def test_bad_shapes(value):
    with pytest.raises(ShapeError, match="vectors"):
        DirectionSet(value)


def plain_order(directions, k, start=0):
    """Farthest-point order one centre at a time."""
    order, radii, gaps = [start], [np.inf], directions.angles_to(directions.vectors[start])
    while len(order) < k:
        gaps[order] = -1
        order.append(int(np.argmax(gaps)))
        radii.append(gaps[order[-1]])
        gaps = np.minimum(gaps, directions.angles_to(directions.vectors[order[-1]]))
    return order, radii


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(300, 1500),
    d=st.integers(2, 12),
    clusters=st.integers(1, 40),
    spread=st.sampled_from([1e-9, 1e-5, 0.03, 1.0]),
    projective=st.booleans(),
)
def test_order_in_blocks_is_the_plain_order(seed, n, d, clusters, spread, projective):
    """Pools and matrix products change nothing but rounding."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((clusters, d))
    rows = centres[rng.integers(0, clusters, n)] + spread * rng.standard_normal((n, d))
    directions = DirectionSet(rows, projective)
    order, radii = directions.farthest_point_order(120, start=5)
    plain, plain_radii = plain_order(directions, 120, start=5)
    np.testing.assert_allclose(radii, plain_radii, rtol=1e-6, atol=1e-14)
    if np.diff(plain_radii[1:]).max() < -1e-12:
        assert order.tolist() == plain
    assert len(set(order.tolist())) == 120
    _, until = directions.farthest_point_order(until=radii[60])
    assert (until >= radii[60]).all()


@pytest.mark.parametrize(("d", "seed"), [(6, 2), (6, 5), (50, 1)])
def test_the_order_ends_with_the_last_direction(d, seed):
    """Also where a pool is chosen to its last row, all of them far apart."""
    directions = DirectionSet(isotropic(2000, d, rng=seed), projective=False)
    order, radii = directions.farthest_point_order()
    assert sorted(order.tolist()) == list(range(2000))
    assert radii[-1] == pytest.approx(directions.min_angle(), rel=1e-9)
    plain, plain_radii = plain_order(directions, 2000)
    np.testing.assert_array_equal(order, plain)
    np.testing.assert_allclose(radii, plain_radii, rtol=1e-9)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6), n=st.integers(1, 60), d=st.integers(2, 6), projective=st.booleans()
)
def test_counts_fall_with_the_angle_and_bound_one_another(seed, n, d, projective):
    directions = DirectionSet(sample(seed, n, d), projective)
    curve = directions.curve(np.geomspace(1.5, 0.01, 12))
    assert (np.diff(curve.count) >= 0).all()
    assert (curve.lower <= curve.count).all()
    assert (curve.count <= curve.upper).all()
    _, upper = packing_bounds(d, 0.5, projective=projective)
    assert len(directions.packing(0.5)) <= upper * (1 + 1e-9)
    half = directions.subset(np.arange(0, n, 2))
    # a separated part of a part is separated in the whole, which no maximal one can be half of
    assert len(half.packing(0.6)) <= len(directions.packing(0.3))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 40), d=st.integers(2, 9))
def test_least_angle_is_the_least_of_all(seed, n, d):
    for projective in (True, False):
        directions = DirectionSet(sample(seed, n, d), projective)
        angles = angle_matrix(directions.vectors, projective)
        assert directions.min_angle() == pytest.approx(
            angles[np.triu_indices(n, 1)].min(), rel=1e-9
        )


def test_isotropic_null_has_uniform_angles_in_any_dimension():
    """Cosines of pairs have mean 0 and variance 1/d, without d coordinates being made."""
    d = 10**5
    rows = isotropic(300, d, rng=0)
    cosines = (rows @ rows.T)[np.triu_indices(300, 1)]
    assert rows.shape == (300, 300)
    assert abs(cosines.mean()) < 4 / np.sqrt(d * len(cosines))
    assert abs(cosines.var() * d - 1) < 4 * np.sqrt(2 / len(cosines))


@pytest.mark.parametrize("projective", [True, False])
def test_bounds_of_a_curve_are_its_counts_at_other_angles(projective):
    chosen = DirectionSet(np.random.default_rng(5).standard_normal((80, 3)), projective)
    thetas = np.array([1.2, 0.6, 0.3, 0.15])
    curve = chosen.curve(thetas)
    for factor, column in ((1.0, curve.count), (2.0, curve.lower), (0.5, curve.upper)):
        np.testing.assert_array_equal(column, [len(chosen.packing(t * factor)) for t in thetas])
    with pytest.raises(InvalidInputError, match="positive angles"):
        chosen.curve([0.1, 1e301])
