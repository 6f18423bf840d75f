"""Figures of generalisation."""

import numpy as np
import pytest
import relugeom as rg
from relugeom import plotting

from penguins import penguins


def test_every_bound_has_its_mark():
    train, test = penguins()
    net = rg.ReLUNetwork.random([2, 8, 3], rng=0)
    inside = rg.generalisation.random_subspace(net, 5, rng=1)
    path = rg.train(net, *train, loss="cross_entropy", lr=0.1, steps=80, within=inside)
    report = rg.generalisation.report(path, train, test, input_bound=6.0, n_draws=300)
    ax = plotting.plot_generalisation_bounds(report)
    marks = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert len(marks) == len(report)
    for place, (mark, b) in enumerate(zip(marks, report.bounds, strict=True)):
        x, y = mark.get_xydata()[0]
        assert (x, y) == (pytest.approx(np.clip(b.gap, 1e-3, 1e3)), place)
        assert (mark.get_color() == "white") == (b.on == "Gibbs")
    shapes = {b.kind: mark.get_marker() for mark, b in zip(marks, report.bounds, strict=True)}
    assert shapes == {"theorem": "o", "heuristic": "D", "claimed": "*", "scale": "P"}
    telling = sum(b.kind == "theorem" and not b.vacuous for b in report.bounds)
    assert ax.get_title().startswith(
        f"{telling} of 9 valid bounds say anything at n = 200; the best"
    )
    grey, green = ax.patches
    assert grey.get_x() == pytest.approx(1 - report.measured[0].train)
    assert green.get_x() + green.get_width() == pytest.approx(report.measured[0].high)
    assert [t.get_text() for t in ax.get_yticklabels()] == [b.name for b in report.bounds]


def test_runs_line_and_band():
    train, test = penguins()
    study = rg.generalisation.gap_study(
        train, test, d_eff="participation", n_samples=[20, 60], lr=[0.05], n_seeds=3, steps=30
    )
    fit = study.fit(n_boot=40)
    ax = plotting.plot_gap_study(fit)
    dots = np.concatenate([line.get_xydata() for line in ax.lines if line.get_marker() == "o"])
    assert sorted(map(tuple, dots)) == sorted(zip(fit.x, fit.y, strict=True))
    dashed = [line for line in ax.lines if line.get_linestyle() == "--" and len(line.get_xdata())]
    for line in dashed:
        (x0, y0), (x1, y1) = line.get_xydata()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(fit.slope_within_n)
    assert len(dashed) == 2
    assert "when n is fixed" in ax.get_title()
    assert "share of samples" in ax.get_ylabel()
    assert "nats" in plotting.plot_gap_study(study.fit("loss_gap", n_boot=20)).get_ylabel()
