"""Kakeya figures: what is drawn, read back from the Axes."""

import numpy as np
from matplotlib import pyplot as plt
from relugeom import kakeya
from relugeom.plotting.kakeya import plot_direction_curve


def test_direction_curve_draws_the_numbers_and_the_nulls():
    rng = np.random.default_rng(0)
    curve, null = (kakeya.DirectionSet(rng.standard_normal((50, d))).curve() for d in (2, 4))
    ax = plt.figure().subplots()
    assert plot_direction_curve(curve, {"even": null}, ax=ax) is ax
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), curve.count)
    assert ax.lines[1].get_linestyle() == "--"
    assert "radians" in ax.get_xlabel()
    assert {"even", "N(θ), observed"} <= {t.get_text() for t in ax.get_legend().get_texts()}
    assert len(plot_direction_curve(curve, [null, null]).lines) == 4
