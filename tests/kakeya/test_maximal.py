"""Directional averages in closed form and against dense sampling."""

from math import cos, pi, sin

import numpy as np
import pytest
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.kakeya import directional_averages, directional_maximal, kakeya_maximal


def sampled(values, i, j, angle, spacing, length, width, n=400):
    """The average at the centre of pixel (i, j), from n x n points of the tube."""
    s = ((np.arange(n) + 0.5) / n - 0.5) * length
    t = ((np.arange(n) + 0.5) / n - 0.5) * width if width else np.zeros(1)
    s, t = np.meshgrid(s, t)
    x = (i + 0.5) * spacing + s * cos(angle) - t * sin(angle)
    y = (j + 0.5) * spacing + s * sin(angle) + t * cos(angle)
    a, b = np.floor(x / spacing).astype(int), np.floor(y / spacing).astype(int)
    inside = (a >= 0) & (a < values.shape[0]) & (b >= 0) & (b < values.shape[1])
    return np.mean(np.where(inside, np.abs(values[a * inside, b * inside]), 0.0))


@pytest.mark.parametrize("width", [0.0, 0.13, 0.5])
@pytest.mark.parametrize("shape", [(9, 6), (3, 14)])
def test_against_dense_sampling(shape, width):
    rng = np.random.default_rng(1)
    values = rng.standard_normal(shape)
    angles = np.array([0.0, 0.3, pi / 4, 1.1, pi / 2, 2.5, -0.7])
    found = directional_averages(values, angles, spacing=0.17, width=width)
    assert found.shape == (7, *shape)
    for k, angle in enumerate(angles):
        for i, j in rng.integers(0, shape, (5, 2)):
            want = sampled(values, i, j, angle, 0.17, 1.0, width)
            assert found[k, i, j] == pytest.approx(want, abs=0.02)
    best = directional_maximal(values, angles, spacing=0.17, width=width)
    np.testing.assert_array_equal(best, found.max(axis=0))
    most = kakeya_maximal(values, angles, spacing=0.17, width=width)
    np.testing.assert_array_equal(most, found.max(axis=(1, 2)))


@pytest.mark.parametrize("width", [0.0, 0.05, 0.31])
def test_constants_are_kept_where_the_tube_is_inside(width):
    values = np.full((61, 61), -3.0)
    found = directional_averages(values, [0.0, 0.4, 1.2], spacing=0.05, width=width)
    np.testing.assert_allclose(found[:, 26:35, 26:35], 3.0, rtol=1e-12)
    assert (found <= 3.0 + 1e-12).all()
    assert (found >= 0).all()


def test_rectangle_in_closed_form():
    """The indicator of [-0.25, 0.25] x [-0.05, 0.05] along and across its long side."""
    h, n = 0.1, 41
    values = np.zeros((n, n))
    values[18:23, 20] = 1.0
    x = (np.arange(n) - 20) * h
    along, across = directional_averages(values, [0.0, pi / 2], spacing=h, width=h)
    overlap = np.minimum(0.25, x + 0.5) - np.maximum(-0.25, x - 0.5)
    np.testing.assert_allclose(along[:, 20], overlap.clip(0), atol=1e-12)
    np.testing.assert_allclose(across[20], np.where(abs(x) < 0.46, h, 0.0) * 1.0, atol=0.051)
    np.testing.assert_allclose(across[20, 16:25], h, atol=1e-12)


def test_disc_in_closed_form():
    """At distance r from a disc of radius R the best segment points at it."""
    h, n, radius = 0.01, 161, 0.2
    x = (np.arange(n) - n // 2) * h
    disc = (x[:, None] ** 2 + x**2 <= radius**2).astype(float)
    angles = np.arange(90) * pi / 90
    found = directional_maximal(disc, angles, spacing=h, width=0.0)
    r = np.hypot(x[:, None], x)
    want = np.minimum(radius, r + 0.5) - np.maximum(-radius, r - 0.5)
    far = r > 0.1
    np.testing.assert_allclose(found[far], want.clip(0)[far], atol=2.5 * h)
    np.testing.assert_allclose(
        kakeya_maximal(disc, angles, spacing=h, width=0.0), 2 * radius, atol=2.5 * h
    )


def test_more_directions_and_symmetry():
    rng = np.random.default_rng(3)
    values = rng.random((20, 20))
    few = directional_maximal(values, [0.2, 0.9], spacing=0.1, width=0.1)
    more = directional_maximal(values, [0.2, 0.9, 2.0], spacing=0.1, width=0.1)
    assert (more >= few).all()
    turned = directional_maximal(values.T, [pi / 2 - 0.2, pi / 2 - 0.9], spacing=0.1, width=0.1)
    np.testing.assert_allclose(turned.T, few, atol=1e-12)
    scaled = directional_maximal(values, [0.2, 0.9], spacing=0.3, width=0.3, length=3.0)
    np.testing.assert_allclose(scaled, few, atol=1e-12)


def test_the_kakeya_bound_is_sharp_up_to_its_constant():
    """f = 1 / max(|x|, delta): f* is 2 (1 + log(1/2 delta)), and f*^2 / |f|^2 grows like log."""
    ratios = []
    for delta in (1 / 8, 1 / 32, 1 / 128):
        h = min(delta / 3, 1 / 100)
        n = 2 * int(0.5 / h) + 1
        x = (np.arange(n) - n // 2) * h
        r = np.hypot(x[:, None], x)
        f = np.where(r < 0.5, 1 / np.maximum(r, delta), 0.0)
        found = kakeya_maximal(f, [0.0, 0.5, 1.0], spacing=h, width=0.0)
        np.testing.assert_allclose(found, 2 * (1 + np.log(0.5 / delta)), rtol=0.03)
        square = (f**2).sum() * h * h
        assert square == pytest.approx(pi * (1 + 2 * np.log(0.5 / delta)), rel=0.02)
        ratios.append(found[0] ** 2 / square)
    assert ratios[0] < ratios[1] < ratios[2]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"values": [1.0]}, ShapeError, "values"),
        ({"values": [[np.nan]]}, InvalidInputError, "finite"),
        ({"values": np.zeros((0, 3))}, InvalidInputError, "empty"),
        ({"angles": []}, InvalidInputError, "empty"),
        ({"angles": 0.3}, ShapeError, "angles"),
        ({"spacing": 0}, InvalidInputError, "spacing"),
        ({"length": -1}, InvalidInputError, "length"),
        ({"width": -0.1}, InvalidInputError, "width"),
        ({"width": np.nan}, InvalidInputError, "width"),
        ({"spacing": 1e-5}, InvalidInputError, "4096 pixels"),
    ],
)
def test_bad_input(arguments, error, text):
    good = {"values": np.ones((2, 2)), "angles": [0.0], "spacing": 0.1, "width": 0.1}
    with pytest.raises(error, match=text):
        directional_maximal(**{**good, **arguments})


def test_a_grid_coarser_than_any_tube_is_refused():
    with pytest.raises(InvalidInputError, match="`spacing`"):
        kakeya_maximal(np.ones((3, 3)), [0.0], spacing=1e7, length=1.0, width=0.1)
