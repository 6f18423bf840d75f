"""Figures of optimizer paths."""

import matplotlib as mpl
import numpy as np
import pytest
import relugeom as rg
from relugeom import plotting

mpl.use("Agg")

from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def case():
    X = np.linspace(-1, 1, 12)[:, None]
    path = rg.train(rg.ReLUNetwork.random([1, 8, 8, 1], rng=0), X, np.abs(X), steps=120, lr=0.02)
    return path, rg.crossings(path, X)


def test_bars_are_the_crossings_of_each_step_by_layer(case):
    _, events = case
    ax = plotting.plot_crossings(events)
    heights = np.array([[bar.get_height() for bar in bars] for bars in ax.containers])
    assert np.array_equal(heights.T, events.per_layer)
    assert f"{len(events):,} region crossings at 12 samples" in ax.get_title()
    assert len(ax.lines) == 1


def test_curve_with_its_nulls(case):
    path, _ = case
    complexity = rg.directional_complexity(path, rng=0)
    ax = plotting.plot_directional_complexity(complexity)
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert len(dashed) == len(complexity.null_curves) == 2
    assert np.array_equal(ax.lines[0].get_ydata(), complexity.curve.count)
    assert dashed[0].get_ydata() == pytest.approx(complexity.null_curves["walk"].mean(axis=0))
