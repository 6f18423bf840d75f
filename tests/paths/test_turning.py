"""Turning by angles and by random hyperplanes, tortuosity, expected crossings, streams."""

from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.errors import InvalidInputError
from relugeom.paths.turning import (
    PolygonStream,
    crofton_turning,
    expected_crossings,
    sign_changes,
    tortuosity,
    turning_angles,
)


def test_turning_of_a_closed_polygon_and_of_tiny_angles():
    angle = 2 * pi * np.arange(12) / 12
    edges = np.column_stack([np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(turning_angles(edges), pi / 6)
    small = np.array([[1.0, 0.0], [1.0, 1e-11], [-1.0, 0.0]])
    np.testing.assert_allclose(turning_angles(small), [1e-11, pi - 1e-11], rtol=1e-9)
    assert turning_angles(edges[:1]).shape == (0,)


@pytest.mark.parametrize("d", [2, 3, 10, 100])
def test_turning_is_pi_times_the_expected_sign_changes(d):
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(40, d)).cumsum(axis=0)
    found = crofton_turning(sign_changes(steps, 20_000, rng=2))
    assert found.n == 20_000
    assert 0 < found.error < 0.05 * found.value
    assert abs(found.value - turning_angles(steps).sum()) < 4 * found.error


def test_sign_changes_do_not_depend_on_blocks(monkeypatch):
    """In one column of normals at a time the law is the same: compare with all at once."""
    steps = np.random.default_rng(0).normal(size=(20, 7))
    monkeypatch.setattr("relugeom.paths.turning._BLOCK", 1)
    found = crofton_turning(sign_changes(steps, 4000))
    assert abs(found.value - turning_angles(steps).sum()) < 4 * found.error
    assert np.isnan(crofton_turning([3]).error)
    with pytest.raises(InvalidInputError):
        crofton_turning([])


def test_tortuosity():
    assert tortuosity(np.ones((5, 3))) == pytest.approx(1.0)
    assert tortuosity([[1.0, 0.0], [-1.0, 0.0]]) == np.inf
    quarter = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert tortuosity(quarter) == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize("d", [1, 2, 5, 50])
def test_expected_crossings_of_random_hyperplanes(d):
    """A polygon inside the ball, cut by sampled hyperplanes: only its length matters."""
    rng = np.random.default_rng(d)
    steps = rng.normal(size=(30, d))
    places = np.vstack([np.zeros(d), steps.cumsum(axis=0)])
    radius = 1.3 * np.linalg.norm(places, axis=1).max()
    normals = rng.normal(size=(d, 40_000))
    normals /= np.linalg.norm(normals, axis=0)
    sides = places @ normals > rng.uniform(-radius, radius, 40_000)
    counts = np.count_nonzero(np.diff(sides, axis=0), axis=0)
    length = np.linalg.norm(steps, axis=1).sum()
    error = counts.std() / np.sqrt(len(counts))
    assert abs(expected_crossings(length, d, radius) - counts.mean()) < 4.5 * error


def test_expected_crossings_in_huge_dimension_and_bad_input():
    # mean of |u_1| is near sqrt(2 / (pi d))
    assert expected_crossings(1.0, 10**6, 1.0) == pytest.approx(0.5 * np.sqrt(2e-6 / pi), rel=1e-5)
    with pytest.raises(InvalidInputError, match="radius"):
        expected_crossings(1.0, 2, 0.0)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_a_stream_sees_what_the_whole_shows(seed, cuts):
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(40, 6))
    steps[rng.random(40) < 0.2] = 0.0
    stream = PolygonStream(6, 500, rng=1)
    units = [stream.add(block) for block in np.split(steps, sorted(cuts))]
    kept = steps[steps.any(axis=1)]
    assert stream.n_dropped == 40 - len(kept)
    np.testing.assert_allclose(stream.angles, turning_angles(kept), atol=1e-12)
    np.testing.assert_allclose(stream.lengths, np.linalg.norm(kept, axis=1))
    np.testing.assert_allclose(np.concatenate(units) * np.array(stream.lengths)[:, None], kept)
    np.testing.assert_allclose(stream.sum, steps.sum(axis=0))
    normals = np.random.default_rng(1).standard_normal((6, 500), dtype=np.float32)
    changes = np.count_nonzero(np.diff(kept @ normals > 0, axis=0), axis=0)
    assert np.abs(stream.changes - changes).max() <= 1  # float32 may see a side otherwise
    assert (stream.changes == changes).mean() > 0.98
