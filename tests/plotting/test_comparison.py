"""The figure of `relugeom.kakeya.compare`."""

import matplotlib as mpl
import numpy as np
import pytest
import relugeom as rg
from relugeom.kakeya import DirectionSet, compare
from relugeom.plotting import plot_comparison


def texts(figure):
    return " ".join(t.get_text() for t in figure.findobj(mpl.text.Text)).replace("\n", " ")


def test_panels_show_the_rows():
    rng = np.random.default_rng(0)
    found = compare(rng.standard_normal((200, 3)) @ rng.standard_normal((3, 20)), n_nulls=2)
    figure = plot_comparison(found)
    curve, tubes, volumes, sticky = [ax for ax in figure.axes if ax.get_title()]
    np.testing.assert_array_equal(curve.lines[0].get_ydata(), found.directions.curve.count)
    dashed = [line for line in curve.lines if line.get_linestyle() == "--"]
    assert len(dashed) == len(found.directions.isotropic) + 1
    assert f"{found.directions.filling_range[1]:.2g} dimensions" in curve.get_title()
    assert "axes overlap" in tubes.get_title()
    dots = [line for line in volumes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    unions = [line.get_xdata()[0] for line in dots]
    for table in found.tubes:
        for measures in table.measures.values():
            assert measures["union"].value in unions
    assert len(volumes.get_yticklabels()) == 2 * len(found.tubes)
    s = found.tubes[0].stickiness
    np.testing.assert_allclose(sticky.lines[0].get_ydata(), s.covers / s.directions)
    whole = texts(figure)
    assert all(sentence.split(";")[0][:60] in whole for sentence in found.verdict)
    figure.canvas.draw()


@pytest.mark.parametrize(
    "path",
    [
        DirectionSet(np.random.default_rng(0).standard_normal((40, 3))),
        np.outer(np.arange(1.0, 20.0), [1.0, 2.0]),
        np.random.default_rng(0).standard_normal((9, 30)),
        np.eye(2)[:1],
    ],
    ids=["directions", "straight", "few", "one"],
)
def test_whatever_there_is_is_drawn(path):
    figure = plot_comparison(compare(path, n_nulls=1))
    figure.canvas.draw()
    assert "directions" in figure.axes[0].get_title()


def test_without_a_plane_it_says_so():
    rng = np.random.default_rng(0)
    figure = plot_comparison(compare(rng.standard_normal((40, 5)), ranks=3, n_nulls=0))
    assert "not projected to a plane" in texts(figure)
    assert rg.plotting.plot_comparison is plot_comparison
