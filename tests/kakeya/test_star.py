"""Stars of circular arcs: their area by other routes, its limit, the needle that turns in them."""

from math import cos, pi, sin, sqrt, tan

import numpy as np
import pytest
import shapely
from relugeom import kakeya
from relugeom.errors import InvalidInputError
from scipy.integrate import quad

LIMIT = 0.28425822465134304  # (5 - 2 sqrt 2) pi/24
NUMBERS = [3, 5, 7, 11, 51]


def arc_radius(angle, spikes):
    """Where the ray at this angle below a tip first meets the circle that touches (1, 0)."""
    along = cos(angle) + sin(angle) / tan(pi / (2 * spikes))  # of the centre (1, -r)
    return along - sqrt(along**2 - 1)  # the tangent from 0 has length 1


@pytest.mark.parametrize("spikes", NUMBERS)
def test_area_by_polar_integration(spikes):
    """Half a spike, between the tip and the valley pi/N away, from rays that meet the circle."""
    half, _ = quad(lambda a: arc_radius(a, spikes) ** 2 / 2, 0, pi / spikes, epsabs=1e-13)
    # the shortest chord touches the arc in its middle; its half by intersecting two circles
    r, h = 1 / tan(pi / (2 * spikes)), pi / (2 * spikes)
    reach = r * (2 * sin(h) - sqrt((2 * sin(h)) ** 2 - 4 * (1 - cos(h))))
    star = kakeya.kakeya_star(spikes)
    assert star.area == star.closed_form
    assert star.area == pytest.approx(2 * spikes * half / (2 * reach) ** 2, rel=1e-9)


@pytest.mark.parametrize("spikes", NUMBERS)
def test_outline(spikes):
    coarse, fine = (kakeya.kakeya_star(spikes, k * spikes) for k in (40, 80))
    assert len(coarse.outline) == 40 * spikes
    over = [s.areas(n_samples=1).exact - s.area for s in (coarse, fine)]
    assert over[0] > 0  # the arcs are concave
    assert over[0] / over[1] == pytest.approx(4, rel=0.02)
    assert fine.polygon.is_valid
    assert np.abs(fine.outline.mean(axis=0)).max() < 1e-12
    routes = coarse.areas(n_samples=2000, rng=0)
    assert routes.agree
    distance = np.linalg.norm(coarse.outline, axis=1)
    assert (distance > distance.max() - 1e-9).sum() == spikes
    assert (distance < distance.min() + 1e-9).sum() == spikes


def test_area_falls_to_the_limit():
    numbers = np.array([3, 5, 7, 9, 11, 21, 51, 101, 201, 999])
    area = np.array([kakeya.kakeya_star(int(n)).area for n in numbers])
    assert (np.diff(area) < 0).all()
    assert area[-1] > LIMIT == pytest.approx((5 - 2 * sqrt(2)) * pi / 24, rel=1e-15)
    scaled = (area - LIMIT) * numbers**2  # the distance is of order 1/N^2
    assert scaled[-3:] == pytest.approx(scaled[-1], rel=1e-3)
    extrapolated = (numbers[-2] ** 2 * area[-2] - numbers[-3] ** 2 * area[-3]) / (
        numbers[-2] ** 2 - numbers[-3] ** 2
    )
    assert extrapolated == pytest.approx(LIMIT, abs=1e-8)
    assert area[0] > kakeya.deltoid().area > area[1]
    named = {row.name: row.area for row in kakeya.bounds.planar_areas()}
    assert named["Bloom-Schoenberg"] == pytest.approx(LIMIT, rel=1e-14)


@pytest.mark.parametrize("spikes", NUMBERS)
def test_the_needle_turns_round_in_the_star(spikes):
    star = kakeya.kakeya_star(spikes, 60 * spikes)
    needles = star.needle_positions(30 * spikes + 1)
    along = needles[:, 1] - needles[:, 0]
    assert np.linalg.norm(along, axis=1) == pytest.approx(1, abs=1e-12)
    inside = shapely.covers(shapely.buffer(star.polygon, 1e-9), shapely.linestrings(needles))
    assert inside.all()
    turned = np.unwrap(np.arctan2(along[:, 1], along[:, 0]))
    np.testing.assert_allclose(turned, np.linspace(0, pi, len(turned)), atol=1e-9)
    np.testing.assert_allclose(needles[-1], needles[0][::-1], atol=1e-9)
    at = np.arange(1, spikes) / spikes  # where one arc follows another
    np.testing.assert_allclose(star.motion(at - 1e-9), star.motion(at + 1e-9), atol=1e-7)


@pytest.mark.parametrize("spikes", [3, 5, 7])
def test_room_for_no_longer_needle(spikes):
    """The tangent half-way along an arc is cut to length 1 by the outline."""
    star = kakeya.kakeya_star(spikes, 200 * spikes)
    (needle,) = star.motion(np.array([0.5 / spikes]))
    long = shapely.linestrings(needle + (needle[1] - needle[0]) * [[-1], [1]])
    parts = shapely.get_parts(shapely.intersection(shapely.buffer(star.polygon, 1e-7), long))
    assert shapely.length(parts).max() == pytest.approx(1, abs=2e-3)


def test_segments_in_every_direction():
    check = kakeya.kakeya_star(5, 400).contains_segments(0.06)
    assert check.contained
    assert 1 <= check.worst[1] < 1.002
    assert not kakeya.kakeya_star(5, 400).contains_segments(pi / 5, length=1.06).contained


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: kakeya.kakeya_star(4), "`spikes` must be odd"),
        (lambda: kakeya.kakeya_star(1), "`spikes`"),
        (lambda: kakeya.kakeya_star(1001), "`spikes` must be at most"),
        (lambda: kakeya.kakeya_star(5.5), "`spikes`"),
        (lambda: kakeya.kakeya_star(5, 2), "`n`"),
        (lambda: kakeya.kakeya_star(5, 10**7), "`n` must be at most"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()
