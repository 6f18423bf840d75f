"""Figures of tubes: what is drawn, read back from the Axes."""

import numpy as np
import pytest
import shapely
from matplotlib import pyplot as plt
from relugeom.errors import UnsupportedError
from relugeom.kakeya import TubeFamily, sticky_exponent, wolff_constant
from relugeom.plotting import plot_stickiness, plot_tube_scales, plot_tubes

from planar_tubes import lines, rectangles


def test_tubes_show_multiplicity_and_the_densest_set():
    family = TubeFamily.bush(lines(0.025 * np.arange(10)), 0.025)
    ax = plot_tubes(family, name="fan", pixels=400)
    counts = ax.images[0].get_array()
    x0, x1, y0, y1 = ax.images[0].get_extent()
    pixel = (x1 - x0) * (y1 - y0) / counts.size
    assert counts.sum() * pixel == pytest.approx(family.total_volume, rel=0.02)
    assert counts.count() * pixel == pytest.approx(family.union_volume().value, rel=0.03)
    assert counts.max() == 10
    hull = shapely.Polygon(ax.lines[0].get_xydata())
    boxes = shapely.MultiPolygon(list(rectangles(family)[wolff_constant(family).tubes]))
    assert hull.area == pytest.approx(boxes.convex_hull.area)
    assert "fan: 10 tubes" in ax.get_title()
    assert "C_KT = 3.1" in ax.get_title()


def test_large_families_show_a_lower_bound_and_far_ones_no_slabs():
    family = TubeFamily.random(30, 2, 0.02, rng=0)
    assert "C_KT ≥ 1" in plot_tubes(family, pixels=50).get_title()
    far = TubeFamily(family.directions, family.centres + 5, 0.02)
    assert "slabs" not in plot_tubes(far, pixels=50).get_title()


def test_scales_draw_every_tube_of_both_families():
    family = TubeFamily.bush(lines(np.arange(40) * np.pi / 40), 0.01)
    ax = plot_tube_scales(family, 1 / 8)
    coarse, _, fine = ax.collections
    assert len(fine.get_paths()) == 40
    assert len(coarse.get_paths()) == sticky_exponent(family.with_delta(1 / 8)).covers[-1] == 16


def test_stickiness_draws_its_numbers():
    rows = {
        name: sticky_exponent(TubeFamily(lines(np.arange(32) * np.pi / 32), centres, 1 / 32))
        for name, centres in (
            ("bush", np.zeros((32, 2))),
            ("loose", np.random.default_rng(0).uniform(-0.4, 0.4, (32, 2))),
        )
    }
    ax = plot_stickiness(rows)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), rows["bush"].covers)
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), rows["loose"].covers)
    np.testing.assert_allclose(ax.lines[4].get_ydata() * ax.lines[4].get_xdata(), 1)
    assert plot_stickiness(rows["bush"], ax=plt.figure().subplots(), dim=3).get_xscale() == "log"


def test_only_the_plane_is_drawn():
    with pytest.raises(UnsupportedError, match="plane"):
        plot_tubes(TubeFamily.random(3, 3, 0.1, rng=0))
    with pytest.raises(UnsupportedError, match="plane"):
        plot_tube_scales(TubeFamily.random(3, 3, 0.1, rng=0), 0.2)
