"""One sample's polynomials and their roots."""

import numpy as np
import pytest
import relugeom as rg
from relugeom import plotting
from relugeom.errors import InvalidInputError


@pytest.fixture(scope="module")
def case():
    X = np.linspace(-1, 1, 12)[:, None]
    path = rg.train(rg.ReLUNetwork.random([1, 8, 8, 1], rng=0), X, np.abs(X), steps=120, lr=0.02)
    return path, X, rg.crossings(path, X)


def test_roots_lie_on_the_polynomials(case):
    path, X, events = case
    sample = int(np.bincount(events.sample).argmax())
    figure = plotting.plot_one_sample(path, X, events, sample, window=(0, 60))
    assert len(figure.axes) == 3
    for layer, ax in enumerate(figure.axes[1:]):
        curves = [line for line in ax.lines if line.get_label().startswith("neuron")]
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        assert curves
        for curve, roots in zip(curves, dots, strict=True):
            at = np.interp(roots.get_xdata(), *curve.get_data())
            scale = np.abs(curve.get_ydata()).max()
            np.testing.assert_allclose(at / scale, 0.0, atol=2e-2)
            neuron = int(curve.get_label().split()[1])
            use = (events.sample == sample) & (events.layer == layer) & (events.neuron == neuron)
            when = (events.step + events.t)[use]
            np.testing.assert_allclose(np.sort(roots.get_xdata()), when[when < 60])
            z = path.network(30).preactivations(X[sample : sample + 1])[layer][0, neuron]
            assert np.interp(30.0, *curve.get_data()) == pytest.approx(z)


def test_roots_that_masks_miss_are_ringed_and_in_the_window():
    # z_2 = t (1 - t) - 0.1 changes its sign twice in one step
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]], [[0.0], [-0.1], [0.0]])
    rows = np.repeat(net.parameters[None], 7, axis=0)
    rows[:, 0] = [0, 0, 0, 0, 0, 1, 1]
    rows[:, 2] = [1, 1, 1, 1, 1, 0, 0]
    path = rg.OptimizerPath.from_parameters(net, rows)
    events = rg.crossings(path, [[1.0]])
    figure = plotting.plot_one_sample(path, [[1.0]], events, 0)
    low, high = figure.axes[2].get_xlim()
    assert low <= 4 <= 5 <= high
    rings = [line for line in figure.axes[2].lines if line.get_markersize() == 10]
    np.testing.assert_allclose(
        np.sort(np.concatenate([r.get_xdata() for r in rings])), (events.step + events.t)[-2:]
    )
    figure.canvas.draw()


def test_a_sample_without_roots_is_drawn_in_grey(case):
    path, X, events = case
    figure = plotting.plot_one_sample(path, X, events, 3, window=(100, 104))
    assert all("roots drawn" in ax.get_title() for ax in figure.axes[1:])
    for window in ((5, 5), (0, 999)):
        with pytest.raises(InvalidInputError, match="window"):
            plotting.plot_one_sample(path, X, events, 3, window=window)
    with pytest.raises(InvalidInputError, match="events"):
        plotting.plot_one_sample(path, X[:4], events, 3)
    still = rg.OptimizerPath.from_parameters(path.template, path.parameters[:1])
    with pytest.raises(InvalidInputError, match="step"):
        plotting.plot_one_sample(still, X, rg.crossings(still, X), 0)
