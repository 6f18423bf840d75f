"""Dimension estimators on sets of known dimension, on nulls, and beside scikit-dimension."""

from itertools import combinations
from math import inf, log, log2, pi

import numpy as np
import pytest
from relugeom.errors import InvalidInputError
from relugeom.kakeya import DirectionSet, dimension, nulls
from relugeom.kakeya.nets import angle_matrix


def fan(n):
    angle = np.arange(n) * pi / n
    return DirectionSet(np.column_stack([np.cos(angle), np.sin(angle)]))


# means over seeds of independent runs: packing slope on N in [2r, T/10], correlation integral
CHECK = {3: (1.86, 1.98), 4: (2.60, 2.98), 6: (4.02, 4.77), 11: (6.68, 8.52)}


@pytest.mark.parametrize("r", CHECK)
def test_uniform_directions(r):
    """T = 2000 on the unit sphere of R^r; tolerance four times the spread between seeds."""
    found = []
    for seed in range(4):
        sphere = DirectionSet(nulls.isotropic(2000, r, rng=seed), projective=False)
        packing = dimension.packing_slope(sphere, (2 * r, 200))
        _, *others = dimension.estimates(sphere)
        found.append([packing.value, *(row.value for row in others)])
        assert 0 < packing.low < packing.high < pi
    packing, correlation, levina, two = np.mean(found, axis=0)
    error = 4 * np.std(found, axis=0, ddof=1) + 0.05
    assert abs(packing - CHECK[r][0]) < error[0]
    assert abs(correlation - CHECK[r][1]) < error[1]
    assert abs(levina - correlation) < 0.5
    assert abs(two - (r - 1)) < max(error[3], 0.12 * (r - 1))
    assert packing < correlation < r


@pytest.mark.parametrize(("r", "slope"), [(3, 0.50), (4, 0.76), (6, 1.23), (11, 2.22)])
def test_slopes_above_a_tenth_are_saturated(r, slope):
    """On N from T/3 to T the slope is far too small, which is why no window may go there.

    It depends on how the points are weighed there: an independent fit is met within a fifth.
    """
    found = []
    for seed in range(3):
        sphere = DirectionSet(nulls.isotropic(2000, r, rng=seed), projective=False)
        radii = sphere.farthest_point_order()[1][666:]
        n = np.log(np.arange(667, 2001))
        found.append(np.polyfit(-np.log(radii), n, 1)[0])
    assert np.mean(found) == pytest.approx(slope, rel=0.2)
    assert np.mean(found) < 0.3 * (r - 1)


def test_dimension_by_kind():
    sphere = DirectionSet(nulls.isotropic(500, 3, rng=0))
    for row in dimension.estimates(sphere):
        assert sphere.dimension(row.name) == row
    with pytest.raises(InvalidInputError, match="packing"):
        sphere.dimension("hausdorff")


def test_levina_bickel_and_two_nn_against_scikit_dimension():
    """Near a point angles are distances, so that points of a small cap serve both."""
    skdim = pytest.importorskip("skdim")
    rng = np.random.default_rng(0)
    flat = 1e-3 * rng.standard_normal((700, 3))
    cap = DirectionSet(np.column_stack([flat, np.ones(700)]))
    theirs = skdim.id.TwoNN(discard_fraction=0.1).fit_transform(flat)
    assert dimension.two_nn(cap).value == pytest.approx(theirs, rel=5e-3)
    theirs = skdim.id.MLE(K=10).fit_transform(flat, n_neighbors=10)
    assert dimension.levina_bickel(cap, k=10).value == pytest.approx(theirs, rel=0.15)


def test_levina_bickel_by_definition():
    sphere = DirectionSet(nulls.isotropic(80, 4, rng=1))
    angles = np.sort(angle_matrix(sphere.vectors, sphere.vectors, True), axis=1)[:, 1:6]
    mean = np.mean([log(row[4] / t) for row in angles for t in row[:4]])
    assert dimension.levina_bickel(sphere, 5).value == pytest.approx(1 / mean)


def test_correlation_by_definition():
    sphere = DirectionSet(nulls.isotropic(120, 4, rng=1))
    pairs = [sphere.angles_to(sphere.vectors[i])[j] for i, j in combinations(range(120), 2)]
    low, high = np.quantile(pairs, [0.01, 0.1])
    row = dimension.correlation_dimension(sphere, (0.01, 0.1))
    assert row.value == pytest.approx(log(10) / log(high / low))
    assert (row.low, row.high) == pytest.approx((low, high))


def test_invariance_under_rotation_and_permutation():
    rng = np.random.default_rng(4)
    base = DirectionSet(rng.standard_normal((400, 5)) * [3, 2, 1, 0.1, 0.01])
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    moved = DirectionSet((base.vectors @ turn)[np.append(0, 1 + rng.permutation(399))])
    for one, two in zip(dimension.estimates(base), dimension.estimates(moved), strict=True):
        assert one.value == pytest.approx(two.value, rel=1e-6), one.name


def test_slopes_over_windows_hold_the_slope():
    sphere = DirectionSet(nulls.isotropic(2000, 3, rng=0))
    low, high = dimension.packing_slopes(sphere)
    assert low <= dimension.packing_slope(sphere, (8, 128)).value <= high
    assert 1.2 < low < 1.86 < high < 2.2
    assert np.isnan(dimension.packing_slopes(fan(70))).all()


def test_copies_are_left_out_and_small_sets_give_nan():
    sphere = DirectionSet(nulls.isotropic(300, 3, rng=0))
    twice = DirectionSet(np.vstack([sphere.vectors, -sphere.vectors]))
    assert dimension.two_nn(twice).value == pytest.approx(dimension.two_nn(sphere).value)
    for row in dimension.estimates(DirectionSet([[1.0, 0.0], [0.0, 1.0]])):
        assert np.isnan(row.value)


def brute_cover(angles, ball, r):
    """Size of a maximal r-separated set is at least the least cover and at most the packing."""
    best = 0
    for size in range(1, len(ball) + 1):
        for s in combinations(ball, size):
            sub = angles[np.ix_(s, s)]
            if (sub[np.triu_indices(size, 1)] >= r).all():
                best = size
    return best


def test_local_growth_between_trivial_and_brute_force():
    small = DirectionSet(nulls.isotropic(9, 3, rng=3))
    angles = angle_matrix(small.vectors, small.vectors, True)
    growth = dimension.local_growth(small, min_ratio=2.0)
    upper = max(
        log2(brute_cover(angles, np.flatnonzero(angles[x] <= R), R / 2))
        for x in range(9)
        for R in angles.max() / 2.0 ** np.arange(6)
    )
    assert 0 < growth.doubling <= upper
    assert growth.high / growth.low >= 2


def test_local_growth_rises_with_dimension():
    found = [
        dimension.local_growth(DirectionSet(nulls.isotropic(800, r, rng=0)), n_centres=8)
        for r in (2, 3, 4)
    ]
    values = [g.assouad for g in found]
    assert values == sorted(values)
    assert 1 <= values[0] <= log(9) / log(4)  # an arc of 2R holds 2R/r + 1 points
    assert [g.doubling for g in found] == sorted(g.doubling for g in found)
    assert found[0].doubling <= log2(5)


def test_block_draws_give_the_standard_error():
    """Of the mean of a coordinate, whose error is known: of AR(1) steps, blocks of 25."""
    rng = np.random.default_rng(0)
    n, beta = 4000, 0.8
    x = np.zeros(n)
    noise = rng.standard_normal(n)
    for t in range(1, n):
        x[t] = beta * x[t - 1] + noise[t]
    angle = 0.05 * x
    rows = DirectionSet(np.column_stack([np.sin(angle), np.cos(angle)]), projective=False)

    def statistic(s):
        return float(np.arctan2(s.vectors[:, 0], s.vectors[:, 1]).mean())

    true = 0.05 / ((1 - beta) * np.sqrt(n))
    for replace in (False, True):
        draws = dimension.block_bootstrap(rows, statistic, block=50, n_draws=300, replace=replace)
        assert draws.std() == pytest.approx(true, rel=0.25)
    single = dimension.block_bootstrap(rows, statistic, block=1, n_draws=300)
    assert single.std() < 0.6 * true  # which is why blocks


def test_ema_null_has_more_structure_than_isotropic():
    smooth = DirectionSet(nulls.ema(np.ones(1500), 50, 0.95, rng=0))
    even = DirectionSet(nulls.isotropic(1500, 50, rng=0))
    assert dimension.two_nn(smooth).value < dimension.two_nn(even).value / 2


@pytest.mark.parametrize(
    "call",
    [
        lambda: dimension.packing_slope(fan(100), (2, 50)),
        lambda: dimension.packing_slope(fan(100), (5, 5)),
        lambda: dimension.correlation_dimension(fan(100), (0.1, 0.01)),
        lambda: dimension.levina_bickel(fan(100), 2),
        lambda: dimension.two_nn(fan(100), 1.0),
        lambda: dimension.local_growth(fan(100), min_ratio=inf),
        lambda: dimension.block_bootstrap(fan(100), len, block=80),
    ],
)
def test_bad_values(call):
    with pytest.raises(InvalidInputError):
        call()


def test_an_estimate_that_is_refused_says_why():
    even = DirectionSet(nulls.isotropic(300, 60, rng=0))
    packing = dimension.packing_slope(even)
    assert np.isnan(packing.value)
    low = 2 * (int(np.ceil(dimension.correlation_dimension(even).value)) + 1)
    assert packing.reason == f"no window: N from {low} to T/10 = 30"
    few = DirectionSet(np.tile([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]], (40, 1)))
    reasons = {row.name: row.reason for row in dimension.estimates(few, n_draws=3)}
    assert reasons == {
        "packing": "fewer than 12 distinct directions",
        "correlation": "the 0.001 and 0.01 quantiles of the angles are 0 or coincide",
        "levina_bickel": "no more than 10 distinct directions",
        "two_nn": "",
    }


def test_errors_are_the_spread_of_the_whole_between_runs():
    """Of independent directions the delete-half error is about the deviation between seeds."""
    runs = [
        dimension.estimates(DirectionSet(nulls.isotropic(400, 3, rng=s)), n_draws=30, rng=s)
        for s in range(8)
    ]
    for rows in zip(*runs, strict=True):
        deviation = np.std([row.value for row in rows], ddof=1)
        error = np.mean([row.error for row in rows])
        most = 8.0 if rows[0].name == "packing" else 2.5  # half of the set has half the window
        assert 0.4 < error / deviation < most, rows[0].name
