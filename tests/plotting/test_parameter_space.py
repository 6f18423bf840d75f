"""Figures of parameter space."""

import numpy as np
import pytest
import relugeom as rg
from relugeom import plotting
from relugeom.errors import InvalidInputError


def trained(widths, within=True):
    rng = np.random.default_rng(2)
    X = rng.uniform(-2, 2, size=(8, widths[0]))
    net = rg.ReLUNetwork.random(widths, rng=4)
    plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=4)
    y = np.abs(X[:, 0])
    path = rg.train(net, X, y, steps=60, lr=0.1, within=plane if within else None)
    return path, X, plane


def labels(ax):
    return [text.get_text() for text in ax.get_legend().texts]


def test_a_path_within_the_plane_is_marked_at_its_crossings():
    path, X, plane = trained([1, 4, 1])
    shown = rg.parameter_plane(path, X, plane)
    ax = plotting.plot_parameter_plane(shown)
    dots = [c for c in ax.collections if type(c).__name__ == "PathCollection"]
    np.testing.assert_allclose(dots[0].get_offsets(), shown.marks)
    title = ax.get_title()
    assert f"{len(shown.regions)} exact cells in this plane" in title
    assert f"{len(shown.events)} crossings" in title
    np.testing.assert_allclose(ax.lines[0].get_xydata(), shown.coordinates)
    walls = [c for c in ax.collections if type(c).__name__ == "LineCollection"]
    for wall, ends in zip(range(4), walls, strict=True):  # drawn where the neuron vanishes
        for start, end in ends.get_segments():
            net = path.start.with_parameters(plane.points((start + end) / 2)[0])
            assert np.abs(net.preactivations(X)[0][:, wall]).min() < 1e-9


def test_a_path_that_leaves_the_plane_is_dashed_and_says_so():
    path, X, _ = trained([1, 4, 1], within=False)
    ax = plotting.plot_parameter_plane(rg.parameter_plane(path, X))
    assert ax.lines[0].get_linestyle() == "--"
    assert "off it" in ax.get_title()
    assert not any(label.startswith("crossing") for label in labels(ax))


def test_deep_networks_are_drawn_over_certified_squares():
    path, X, plane = trained([1, 3, 3, 1])
    shown = rg.parameter_plane(path, X, plane)
    cover = rg.paths.plane_cover(path.start, X, plane, shown.domain, levels=6)
    ax = plotting.plot_parameter_plane(shown, cover=cover)
    assert f"certified on {cover.certified_share:.1%}" in ax.get_title()
    assert f"at least {cover.n_masks} masks" in ax.get_title()
    picture = ax.images[0].get_array()
    assert picture.shape == (64, 64)
    assert (picture == 2).mean() == pytest.approx(1 - cover.certified_share)
    middle = (np.arange(64) + 0.5) / 64
    low, side = shown.domain.lower, shown.domain.upper - shown.domain.lower
    for row, column in ((3, 50), (40, 7), (60, 60)):
        if picture[row, column] < 2:
            at = low + side * [middle[column], middle[row]]
            net = path.start.with_parameters(plane.points(at)[0])
            on = sum(int((z > 0).sum()) for z in net.preactivations(X))
            assert picture[row, column] == on % 2


def test_laws_are_drawn_through_their_values():
    X = np.linspace(-1, 1, 12)[:, None]
    study = rg.growth_study(
        X, np.sin(3 * X[:, 0]), steps=[10, 20, 40], width=[4, 8], depth=[1], n_samples=[12],
        lr=[0.05], n_seeds=3,
    )  # fmt: skip
    fits = study.fit("steps", d_eff="participation", n_boot=20)
    ax = plotting.plot_growth(fits)
    assert len(ax.lines) == 5
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), fits.y)
    line = ax.lines[1 + [fit.model for fit in fits.fits].index("power")]
    a, b = (fits["power"].parameters[name][0] for name in "ab")
    np.testing.assert_allclose(line.get_ydata(), a * line.get_xdata() ** b)
    assert f"exponent {b:.2f}" in ax.get_title()
    assert f"least AIC: {fits.best.model}" in ax.get_title()


def test_the_implied_constant_is_crossings_over_d_eff_log_m():
    X = np.linspace(-1, 1, 12)[:, None]
    study = rg.growth_study(
        X,
        X[:, 0] ** 2,
        steps=[10, 20],
        width=[4, 8],
        depth=[1, 2],
        n_samples=[12],
        lr=[0.05],
        n_seeds=2,
    )
    figure = plotting.plot_implied_constant(study, d_eff="participation")
    width, depth = figure.axes
    rows = [row for row in study.rows() if row["varied"] in ("depth", "base")]
    expected = [r["crossings"] / (r["d_eff_participation"] * np.log(r["M"])) for r in rows]
    np.testing.assert_allclose(depth.lines[0].get_ydata(), expected)
    means = width.lines[1].get_ydata()
    assert f"from {means[0]:.3g} to {means[-1]:.3g}" in width.get_title()
    with pytest.raises(InvalidInputError, match="d_eff"):
        plotting.plot_implied_constant(study, d_eff="rank")


def test_the_loss_plane_has_a_tick_for_each_crossing_and_names_its_gap():
    path, X, _ = trained([1, 4, 3, 1], within=False)
    shown = rg.loss_plane(path, X, np.abs(X[:, 0]), resolution=9)
    ax = plotting.plot_loss_plane(shown)
    kinds = [c for c in ax.collections if type(c).__name__ == "LineCollection"]
    ticks = {c.get_label(): np.array(c.get_segments()) for c in kinds[1:]}
    counts = shown.events.per_layer.sum(axis=0)
    assert len(ticks["crossing in layer 1: " + str(counts[0])]) == counts[0]
    own = shown.events.layer == 0
    step, t = shown.events.step[own], shown.events.t[own]
    at = shown.coordinates
    place = at[step] + t[:, None] * (at[step + 1] - at[step])
    low, high = np.swapaxes(ticks["crossing in layer 1: " + str(counts[0])], 0, 1)
    for end in (low, high):  # straight beside the place, on one line with it
        gap = end - place
        along = np.sum(gap * (at[step + 1] - at[step]), axis=1)
        np.testing.assert_allclose(along, 0.0, atol=1e-12)
    np.testing.assert_allclose(kinds[0].get_array()[5], shown.path_loss[5:7].mean(), rtol=1e-6)
    assert f"{shown.share:.0%} of the squared distances" in ax.get_title()
    ax.figure.canvas.draw()
