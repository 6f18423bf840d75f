"""Directional complexity of whole paths; its parts have tests of their own."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.kakeya.spectra import KINDS, SPECTRA
from relugeom.paths.turning import turning_angles


def path_of(steps, **settings):
    """A path with these updates, in the parameters of some network of the right size."""
    p = steps.shape[1]
    net = rg.ReLUNetwork.random([1, (p - 1) // 3, 1], rng=0)
    assert net.n_parameters == p
    theta = np.vstack([np.zeros(p), np.cumsum(steps, axis=0)])
    return rg.OptimizerPath.from_parameters(net, theta, settings=settings)


def test_a_straight_line_and_dropped_steps():
    steps = np.zeros((20, 10))
    steps[::2, 3] = np.linspace(1, 2, 10)
    result = rg.directional_complexity(path_of(steps), n_nulls=2)
    assert (result.n_vectors, result.n_dropped, result.dim) == (10, 10, 10)
    assert result.turning == 0.0
    assert result.tortuosity == pytest.approx(1.0)
    assert (result.curve.count == 1).all()
    for kind in KINDS:
        expected = 10 / 11 if kind == "ridge" else 1.0
        for name in ("raw", "unit"):
            assert result.dimensions[f"{kind}_{name}"] == pytest.approx(expected)
    assert result.dimensions["participation_raw_centred"] == pytest.approx(1.0)
    assert np.isnan(result.dimensions["participation_unit_centred"])  # all directions equal
    assert set(result.nulls) == {"walk", "isotropic", "shuffle"}
    assert result.steps.tolist() == list(range(0, 20, 2))
    assert result.crofton == (0.0, 0.0, 256)
    reasons = {row.name: row.reason for row in result.exponents}
    assert reasons["packing"] == "no window: N from 2 to T/10 = 1"
    assert all(reasons.values())
    assert all(np.isnan(row.value) for row in result.exponents)


def test_isotropic_steps_look_like_the_walk_and_momentum_like_ema():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(120, 301))
    walk = rg.directional_complexity(path_of(noise), n_nulls=10, beta=0.9, n_boot=0)
    averaged = [0.1 * noise[0]]
    for g in noise[1:]:
        averaged.append(0.9 * averaged[-1] + 0.1 * g)
    ema = rg.directional_complexity(path_of(np.array(averaged), momentum=0.9), n_nulls=10)
    rows = {row["quantity"]: row for row in walk.rows()}
    assert abs(rows["turning"]["walk_z"]) < 5 < abs(rows["turning"]["ema_z"])
    assert abs(rows["participation_unit"]["walk_z"]) < 5
    assert abs(rows["participation_unit"]["ema_z"]) > 5
    rows = {row["quantity"]: row for row in ema.rows()}
    assert ema.beta == 0.9
    assert abs(rows["turning"]["ema_z"]) < 5
    assert abs(rows["turning"]["walk_z"]) > 20
    assert rows["turning"]["shuffle_mean"] > rows["turning"]["value"]
    assert np.isnan(rows["participation_unit"]["shuffle_mean"])
    assert ema.null_curves["walk"].shape == (10, len(ema.curve.theta))


def test_values_agree_with_the_parts_and_the_curve_with_kakeya():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(20, 2))
    net = rg.ReLUNetwork.random([2, 8, 1], rng=0)
    path = rg.train(net, X, X[:, 0], steps=80, lr=0.01)
    result = rg.directional_complexity(path, n_nulls=2)
    assert result.beta == 0.9
    assert result.turning == pytest.approx(turning_angles(path.updates).sum())
    length = np.linalg.norm(path.updates, axis=1).sum()
    direct = np.linalg.norm(path.parameters[-1] - path.parameters[0])
    assert result.tortuosity == pytest.approx(length / direct)
    squares = np.linalg.svd(path.updates, compute_uv=False) ** 2
    assert result.dimensions["participation_raw"] == pytest.approx(
        squares.sum() ** 2 / (squares**2).sum()
    )
    np.testing.assert_allclose(result.angles, turning_angles(path.updates))
    check = result.crofton
    assert abs(check.value - result.turning) < 4 * check.error
    expected = rg.kakeya.DirectionSet(path.updates).curve(result.curve.theta)
    np.testing.assert_array_equal(result.curve.count, expected.count)
    gradients = rg.directional_complexity(path, "gradients", n_nulls=2)
    assert gradients.turning == pytest.approx(turning_angles(path.gradients).sum())
    assert len(result.dimensions) == len(KINDS) * len(SPECTRA)
    for kind in KINDS:
        assert kind in str(result)
    assert "zero ones dropped" in str(result)
    again = rg.directional_complexity(path, n_nulls=2)
    assert str(again.rows()) == str(result.rows())
    small = rg.directional_complexity(path, n_nulls=0, max_directions=30)
    assert (len(small.sample), small.curve.n_directions, small.nulls) == (30, 30, {})
    chosen = rg.kakeya.DirectionSet(path.updates[small.sample]).curve(small.curve.theta)
    np.testing.assert_array_equal(small.curve.count, chosen.count)


def test_bad_input():
    steps = np.zeros((3, 10))
    with pytest.raises(InvalidInputError, match="nonzero"):
        rg.directional_complexity(path_of(steps))
    steps[0, 0] = 1.0
    path = path_of(steps)
    assert np.isnan(rg.directional_complexity(path, n_nulls=1).mean_turn)
    with pytest.raises(InvalidInputError, match="gradients"):
        rg.directional_complexity(path, "gradients")
    with pytest.raises(InvalidInputError, match="`of`"):
        rg.directional_complexity(path, "positions")
    with pytest.raises(InvalidInputError, match="array of steps"):
        rg.directional_complexity(steps, "gradients")
    with pytest.raises(InvalidInputError, match="path"):
        rg.directional_complexity(np.ones(3))
    with pytest.raises(InvalidInputError, match="finite"):
        rg.directional_complexity([[1.0, np.nan]])
    with pytest.raises(InvalidInputError, match="`kind`"):
        rg.directional_complexity(path, kind="effective")
    with pytest.raises(InvalidInputError, match="`kind`"):
        rg.directional_complexity(path, kind=())
    with pytest.raises(InvalidInputError, match="`gamma`"):
        rg.directional_complexity(path, kind="entropy", gamma=0.0)
    with pytest.raises(InvalidInputError, match="max_directions"):
        rg.directional_complexity(path, max_directions=0)


def test_a_scalar_needs_its_definition_and_its_spectrum():
    steps = np.random.default_rng(0).normal(size=(40, 10))
    result = rg.directional_complexity(steps, kind=["participation", "ridge"], gamma=2.0, n_nulls=1)
    squares = np.linalg.svd(steps, compute_uv=False) ** 2
    found = result.dimension(kind="ridge", spectrum="raw")
    assert found == pytest.approx(np.sum(squares / (squares + 2.0)))
    assert set(result.gammas.values()) == {2.0}
    assert len(result.dimensions) == 8
    with pytest.raises(TypeError):
        result.dimension()
    with pytest.raises(InvalidInputError, match="`kind`"):
        result.dimension(kind="entropy", spectrum="raw")
    with pytest.raises(InvalidInputError, match="`spectrum`"):
        result.dimension(kind="ridge", spectrum="centred")
    rows = {row["quantity"]: row for row in result.rows()}
    row = rows["ridge_unit_centred"]
    assert (row["kind"], row["scale"], row["centred"], row["gamma"]) == ("ridge", "unit", True, 2.0)
    assert rows["turning"]["kind"] is None


def test_ranks_of_the_observed_value_count_it_as_a_draw():
    rng = np.random.default_rng(3)
    steps = rng.normal(size=(60, 200))
    result = rg.directional_complexity(steps, n_nulls=9, kind="participation", n_boot=0)
    for row in result.rows():
        draws = result.nulls["walk"][row["quantity"]]
        below, above = (draws <= row["sampled"]).sum(), (draws >= row["sampled"]).sum()
        if np.isnan(row["sampled"]):
            continue
        assert row["walk_percentile"] == pytest.approx(10.0 * (1 + below))
        assert row["walk_p"] == pytest.approx(min(1.0, 0.2 * (1 + min(below, above))))
    straight = rg.directional_complexity(np.ones((60, 200)), n_nulls=9, kind="participation")
    turning = straight.rows()[0]
    assert (turning["walk_percentile"], turning["walk_p"]) == (10.0, pytest.approx(0.2))


def test_what_nulls_are_drawn_for_is_the_sample():
    """A walk of 400 steps looked at in 60: its participation is that of 60, as of the nulls."""
    steps = np.random.default_rng(1).normal(size=(400, 300))
    result = rg.directional_complexity(steps, max_directions=60, n_nulls=12, beta=0.9)
    assert result.dimensions["participation_unit"] == pytest.approx(
        rg.kakeya.nulls.walk_participation(400, 300), rel=0.03
    )
    sampled = result.sampled["participation_unit"]
    assert sampled == pytest.approx(rg.kakeya.nulls.walk_participation(60, 300), rel=0.05)
    rows = {row["quantity"]: row for row in result.rows()}
    assert abs(rows["participation_unit"]["walk_z"]) < 5
    shared = 0.81 ** np.abs(np.subtract.outer(result.sample, result.sample))
    expected = 60**2 / np.sum(shared + (1 - shared) / 300)
    assert rows["participation_unit"]["ema_mean"] == pytest.approx(expected, rel=0.05)
    assert result.cosines.shape == (60, 60)
    unit = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    np.testing.assert_allclose(
        result.gram(), abs(unit @ unit.T)[np.ix_(result.sample, result.sample)]
    )
    assert len(result.spectrum_rows) == 400


def test_the_four_nulls_differ_as_they_should():
    rng = np.random.default_rng(2)
    steps = rng.normal(size=(80, 100)) * np.exp(rng.normal(size=(80, 1)))
    result = rg.directional_complexity(steps, n_nulls=8, kind="participation", beta=0.8)
    nulls = result.nulls
    assert set(nulls) == {"walk", "isotropic", "ema", "shuffle"}
    assert set(nulls["shuffle"]) == {"turning", "mean_turn"}
    np.testing.assert_array_equal(
        nulls["walk"]["participation_unit"], nulls["isotropic"]["participation_unit"]
    )
    raw = "participation_raw"
    np.testing.assert_allclose(nulls["isotropic"][raw], nulls["isotropic"]["participation_unit"])
    assert nulls["walk"][raw].mean() < 0.7 * nulls["isotropic"][raw].mean()
    assert nulls["ema"]["mean_turn"].mean() < 0.6 * nulls["walk"]["mean_turn"].mean()
    rows = result.rows()
    assert [row["quantity"] for row in rows] == list(result.values)
    assert {"ema_z", "ema_p", "walk_percentile"} <= set(rows[0])
    pytest.importorskip("pandas")
    assert list(result.to_pandas()["quantity"]) == list(result.values)


def test_exponents_of_directions_in_a_plane_have_errors_and_a_window():
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(400, 2)) @ np.linalg.qr(rng.normal(size=(50, 2)))[0].T
    result = rg.directional_complexity(steps, n_nulls=0)
    for row in result.exponents:
        assert row.reason == ""
        assert 0.0 < row.error < 0.3
        assert abs(row.value - 1.0) < 0.3
        assert 0.0 < row.low < row.high


def test_shuffled_turning_is_that_of_the_shuffled_vectors(monkeypatch):
    from relugeom.paths import _sampled

    monkeypatch.setattr(_sampled, "_BLOCK", 70)  # a few rows at a time
    rows = np.random.default_rng(0).normal(size=(41, 9)) + 0.5
    lengths = np.linalg.norm(rows, axis=1)
    found = _sampled._shuffled_turning(rows, lengths, np.random.default_rng(4))
    order = np.random.default_rng(4).permutation(41)
    assert found == pytest.approx(turning_angles(rows[order]).sum())


def test_the_moving_average_is_a_null_only_of_successive_steps():
    steps = np.random.default_rng(0).normal(size=(30, 10))
    theta = np.vstack([np.zeros(10), np.cumsum(steps, axis=0)])
    net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    options = {"settings": {"betas": [0.9, 0.99]}, "gradients": steps}
    all_steps = rg.OptimizerPath.from_parameters(net, theta, **options)
    some = rg.OptimizerPath.from_parameters(net, theta, steps=np.arange(31) * 5, **options)

    def betas(path, of="updates", **more):
        return rg.directional_complexity(path, of, n_nulls=1, n_boot=0, **more).beta

    assert (betas(all_steps), betas(some)) == (0.9, None)
    assert (betas(all_steps, "gradients"), betas(all_steps, "secants", lag=2)) == (None, None)
    assert betas(some, beta=0.5) == 0.5
    assert "120 of 150 optimizer steps" in str(rg.directional_complexity(some, n_nulls=0))


def test_positions_of_a_long_path_are_evenly_spaced(monkeypatch):
    from relugeom.kakeya.spectra import position_spectrum
    from relugeom.paths import complexity

    steps = np.random.default_rng(0).normal(size=(90, 80))
    whole = rg.directional_complexity(steps, n_nulls=0, n_boot=0)
    np.testing.assert_allclose(whole.position_eigenvalues, position_spectrum(steps))
    monkeypatch.setattr(complexity, "_MAX_SPECTRUM", 30)
    found = rg.directional_complexity(steps, n_nulls=0, n_boot=0)
    assert len(found.spectrum_rows) == 30
    places = np.vstack([np.zeros(80), steps.cumsum(axis=0)])[::3]
    expected = np.linalg.svd(places - places.mean(0), compute_uv=False) ** 2
    np.testing.assert_allclose(found.position_eigenvalues, expected[:31], atol=1e-9)
