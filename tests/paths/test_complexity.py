from math import acos, pi

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.kakeya import nulls
from relugeom.paths.dimensions import (
    KINDS,
    SPECTRA,
    effective_dimension,
    spectrum,
    tortuosity,
    turning_angles,
)


def path_of(steps, **settings):
    """A path with these updates, in the parameters of some network of the right size."""
    p = steps.shape[1]
    net = rg.ReLUNetwork.random([1, (p - 1) // 3, 1], rng=0)
    assert net.n_parameters == p
    theta = np.vstack([np.zeros(p), np.cumsum(steps, axis=0)])
    return rg.OptimizerPath.from_parameters(net, theta, settings=settings)


# -- dimensions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 3, 7])
def test_every_definition_gives_k_for_k_equal_directions(k):
    values = np.zeros(10)
    values[:k] = 2.5
    for kind in KINDS:
        expected = k * 10 / (10 + k) if kind == "ridge" else k
        assert effective_dimension(values, kind) == pytest.approx(expected)


def test_definitions_on_a_known_spectrum():
    values = np.array([8.0, 1.0, 1.0, 0.0])
    s = np.sqrt(values)
    p, q = values / 10, s / s.sum()
    expected = {
        "participation": 100 / 66,
        "stable_rank": 1.25,
        "roy_vetterli": np.exp(-sum(x * np.log(x) for x in q if x)),
        "entropy": np.exp(-sum(x * np.log(x) for x in p if x)),
        "ridge": 8 / 10.5 + 2 / 3.5,
        "explained_90": 2,
        "explained_95": 3,
        "explained_99": 3,
    }
    assert set(expected) == set(KINDS)
    for kind, value in expected.items():
        assert effective_dimension(values, kind) == pytest.approx(value)
        assert effective_dimension(1e-200 * values, kind) == pytest.approx(value)


@pytest.mark.parametrize("shape", [(8, 20), (20, 8)])
def test_spectra_are_squared_singular_values(shape):
    rows = np.random.default_rng(0).normal(size=shape) + 0.5
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    wanted = {
        "raw": rows,
        "unit": unit,
        "raw_centred": rows - rows.mean(0),
        "unit_centred": unit - unit.mean(0),
    }
    for kind in SPECTRA:
        singular = np.linalg.svd(wanted[kind], compute_uv=False)
        np.testing.assert_allclose(spectrum(rows, kind), singular**2, atol=1e-12)


def test_zero_spectrum_and_bad_arguments():
    assert np.isnan(effective_dimension([0.0, 0.0], "entropy"))
    with pytest.raises(InvalidInputError, match="kind"):
        effective_dimension([1.0], "rank")
    with pytest.raises(InvalidInputError, match="negative"):
        effective_dimension([1.0, -1.0], "entropy")
    with pytest.raises(InvalidInputError, match="kind"):
        spectrum([[1.0]], "centred")


# -- turning --------------------------------------------------------------------------------------


def test_turning_of_a_closed_polygon_and_of_tiny_angles():
    angle = 2 * pi * np.arange(12) / 12
    edges = np.column_stack([np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(turning_angles(edges), pi / 6)
    small = np.array([[1.0, 0.0], [1.0, 1e-11], [-1.0, 0.0]])
    np.testing.assert_allclose(turning_angles(small), [1e-11, pi - 1e-11], rtol=1e-9)
    assert turning_angles(edges[:1]).shape == (0,)


@pytest.mark.parametrize("d", [2, 3, 20])
def test_turning_is_pi_times_the_expected_sign_changes(d):
    # Milnor's identity: an independent route through random hyperplanes
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(40, d)).cumsum(axis=0)
    normals = rng.normal(size=(d, 40_000))
    changes = np.count_nonzero(np.diff(steps @ normals > 0, axis=0), axis=0)
    error = pi * changes.std() / np.sqrt(len(changes))
    assert abs(turning_angles(steps).sum() - pi * changes.mean()) < 5 * error


def test_tortuosity():
    assert tortuosity(np.ones((5, 3))) == pytest.approx(1.0)
    assert tortuosity([[1.0, 0.0], [-1.0, 0.0]]) == np.inf
    quarter = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert tortuosity(quarter) == pytest.approx(np.sqrt(2))


# -- nulls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "dim"), [(40, 400), (60, 25)])
def test_walk_has_the_participation_ratio_of_gaussian_steps(n, dim):
    rng = np.random.default_rng(0)
    mine, plain = [], []
    for _ in range(60):
        unit = nulls.walk(np.ones(n), dim, rng)
        assert unit.shape == (n, min(n, dim))
        mine.append(effective_dimension(spectrum(unit), "participation"))
        full = rng.normal(size=(n, dim))
        full /= np.linalg.norm(full, axis=1, keepdims=True)
        plain.append(effective_dimension(spectrum(full), "participation"))
    assert np.mean(mine) == pytest.approx(np.mean(plain), rel=0.01)
    # E sum of squared cosines: n + n (n - 1) / dim
    assert np.mean(mine) == pytest.approx(n / (1 + (n - 1) / dim), rel=0.01)


def test_ema_turns_by_arccos_beta_with_the_known_participation_ratio():
    beta, n = 0.9, 400
    # started from zero: 60 steps later it is stationary
    draws = [nulls.ema(np.ones(n + 60), 200_000, beta, rng)[60:] for rng in range(3)]
    turn = np.mean([turning_angles(d).mean() for d in draws])
    assert turn == pytest.approx(acos(beta), rel=0.01)
    lags = np.arange(-n + 1, n)
    expected = n**2 / np.sum((n - np.abs(lags)) * beta ** (2.0 * np.abs(lags)))
    found = np.mean([effective_dimension(spectrum(d), "participation") for d in draws])
    assert found == pytest.approx(expected, rel=0.03)
    with pytest.raises(InvalidInputError, match="beta"):
        nulls.ema(np.ones(3), 5, 1.0)


def test_nulls_keep_lengths():
    lengths = np.array([1.0, 5.0, 0.1])
    for drawn in (nulls.walk(lengths, 2, 0), nulls.ema(lengths, 50, 0.5, 0)):
        np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), lengths)
    rows = np.arange(8.0).reshape(4, 2)
    mixed = nulls.shuffle(rows, 3)
    assert sorted(map(tuple, mixed)) == sorted(map(tuple, rows))


# -- the whole ------------------------------------------------------------------------------------


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
    assert set(result.nulls) == {"walk", "shuffle"}


def test_isotropic_steps_look_like_the_walk_and_momentum_like_ema():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(120, 301))
    walk = rg.directional_complexity(path_of(noise), n_nulls=10, beta=0.9)
    averaged = [0.1 * noise[0]]
    for g in noise[1:]:
        averaged.append(0.9 * averaged[-1] + 0.1 * g)
    ema = rg.directional_complexity(path_of(np.array(averaged), momentum=0.9), n_nulls=10)
    rows = {row["quantity"]: row for row in walk.table()}
    assert abs(rows["turning"]["walk_z"]) < 5 < abs(rows["turning"]["ema_z"])
    assert abs(rows["participation_unit"]["walk_z"]) < 5
    assert abs(rows["participation_unit"]["ema_z"]) > 5
    rows = {row["quantity"]: row for row in ema.table()}
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
    expected = rg.kakeya.DirectionSet(path.updates).curve(result.curve.theta)
    np.testing.assert_array_equal(result.curve.count, expected.count)
    gradients = rg.directional_complexity(path, "gradients", n_nulls=2)
    assert gradients.turning == pytest.approx(turning_angles(path.gradients).sum())
    assert len(result.dimensions) == len(KINDS) * len(SPECTRA)
    for kind in KINDS:
        assert kind in result.summary
    assert "zero ones dropped" in result.summary
    again = rg.directional_complexity(path, n_nulls=2)
    assert str(again.table()) == str(result.table())
    small = rg.directional_complexity(path, n_nulls=0, max_directions=30)
    assert (len(small.curve_rows), small.curve.n_directions, small.nulls) == (30, 30, {})
    chosen = rg.kakeya.DirectionSet(path.updates[small.curve_rows]).curve(small.curve.theta)
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
    with pytest.raises(InvalidInputError, match="OptimizerPath"):
        rg.directional_complexity(steps)
    with pytest.raises(InvalidInputError, match="max_directions"):
        rg.directional_complexity(path, max_directions=0)
