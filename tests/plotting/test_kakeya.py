"""Kakeya figures: what is drawn, read back from the Axes."""

import matplotlib as mpl
import numpy as np
import pytest
from relugeom import kakeya
from relugeom.errors import InvalidInputError

mpl.use("Agg")

from matplotlib import pyplot as plt
from relugeom.plotting.kakeya import plot_direction_curve, plot_perron_tree


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_perron_picture_has_the_area_and_the_multiplicity():
    tree = kakeya.perron_tree(4)
    ax = plot_perron_tree(tree, pixels=500)
    counts = ax.images[0].get_array()
    x0, x1, y0, y1 = ax.images[0].get_extent()
    pixel = (x1 - x0) * (y1 - y0) / counts.size
    assert counts.count() * pixel == pytest.approx(tree.area, rel=0.01)
    # the sum of multiplicities is the area of the triangles before overlap
    assert counts.sum() * pixel == pytest.approx(tree.triangle_area, rel=0.01)
    assert "0.166667" in ax.get_title()
    assert "2/(k+2) = 0.333333" in ax.get_title()


def test_direction_curve_draws_the_numbers_and_the_nulls():
    rng = np.random.default_rng(0)
    curve, null = (kakeya.DirectionSet(rng.standard_normal((50, d))).curve() for d in (2, 4))
    ax = plt.figure().subplots()
    assert plot_direction_curve(curve, {"even": null}, ax) is ax
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), curve.count)
    assert ax.lines[1].get_linestyle() == "--"
    assert "radians" in ax.get_xlabel()
    assert {"even", "N(θ), observed"} <= {t.get_text() for t in ax.get_legend().get_texts()}
    assert len(plot_direction_curve(curve, [null, null]).lines) == 4


def test_a_set_without_pieces():
    with pytest.raises(InvalidInputError, match="pieces"):
        plot_perron_tree(kakeya.deltoid())
