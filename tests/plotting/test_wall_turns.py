"""Turns along walls, drawn beside the turning of the path."""

import numpy as np
import pytest
import relugeom as rg
from relugeom import plotting


def test_histogram_of_turns_beside_turning():
    X = np.linspace(-1, 1, 12)[:, None]
    path = rg.train(rg.ReLUNetwork.random([1, 8, 8, 1], rng=0), X, np.abs(X), steps=120, lr=0.02)
    found = rg.paths.wall_turns(path, X)
    ax = plotting.plot_wall_turns(found)
    heights = [patch.get_height() for patch in ax.patches if hasattr(patch, "get_height")]
    assert sum(heights) == len(found.turns)
    lines = [line.get_xdata()[0] for line in ax.lines]
    assert lines == pytest.approx([found.turns.mean(), found.expected, found.total_turning / np.pi])
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--", "--"]
    assert f"{found.runs.sum():,} crossings in layer 1" in ax.get_title()
