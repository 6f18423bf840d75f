"""Figures of directions: what is drawn, read back from the Axes."""

from math import acos, pi

import numpy as np
import pytest
import relugeom as rg
from relugeom import plotting
from relugeom.errors import InvalidInputError


@pytest.fixture(scope="module")
def complexity():
    X = np.linspace(-1, 1, 12)[:, None]
    path = rg.train(
        rg.ReLUNetwork.random([1, 8, 8, 1], rng=0), X, np.abs(X), steps=300, lr=0.02, batch_size=4
    )
    return rg.directional_complexity(path, rng=0, n_nulls=3)


def dashed(ax):
    return {line.get_label(): line for line in ax.lines if line.get_linestyle() == "--"}


def test_curve_with_its_nulls(complexity):
    ax = plotting.plot_directional_complexity(complexity)
    lines = dashed(ax)
    assert set(lines) == {"null: independent steps", "null: noise averaged with β = 0.9"}
    assert np.array_equal(ax.lines[0].get_ydata(), complexity.curve.count)
    found = lines["null: independent steps"].get_ydata()
    assert found == pytest.approx(complexity.null_curves["walk"].mean(axis=0))
    assert "300 updates hold" in ax.get_title()
    packing = complexity.exponents[0]
    x, y = ax.lines[-1].get_data()
    assert -np.diff(np.log(y)) / np.diff(np.log(x)) == pytest.approx(packing.value)
    assert f"slope {packing.value:.2f}" in ax.lines[-1].get_label()


def test_gram_matrix_over_time_with_the_turning_above(complexity):
    ax = plotting.plot_direction_gram(complexity)
    drawn = ax.collections[0].get_array().reshape(300, 300)
    np.testing.assert_array_equal(drawn, np.abs(complexity.cosines))
    above = ax.child_axes[0]
    total = above.lines[0].get_ydata()
    assert total[-1] == pytest.approx(complexity.turning)
    assert len(dashed(above)) == 3
    near = np.diagonal(complexity.gram(), 1).mean()
    assert f"{near:.3g}" in above.get_title()


def test_turning_with_arccos_beta(complexity):
    ax = plotting.plot_turning(complexity)
    assert np.array_equal(ax.lines[0].get_ydata(), complexity.angles)
    heights = sorted(line.get_ydata()[0] for line in dashed(ax).values())
    shuffled = complexity.nulls["shuffle"]["mean_turn"].mean()
    assert heights == pytest.approx(sorted([pi / 2, acos(0.9), shuffled]))
    assert f"{complexity.mean_turn:.3g} rad" in ax.get_title()
    one = rg.directional_complexity([[1.0, 0.0]], n_nulls=0)
    with pytest.raises(InvalidInputError, match="two vectors"):
        plotting.plot_turning(one)


def test_tantrix_is_on_the_sphere_and_its_share_is_that_of_the_spectrum(complexity):
    ax = plotting.plot_tantrix(complexity)
    points = np.array(ax.collections[2]._offsets3d).T
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0)
    top = complexity.eigenvalues["unit"][:3].sum() / 300
    assert ax.get_title().startswith(f"{top:.0%}")


def test_scree_has_every_dimension_on_the_spectrum(complexity):
    ax = plotting.plot_scree(complexity, spectrum="raw")
    values = complexity.eigenvalues["raw"]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), values / values.sum())
    marks = {line.get_label(): line for line in ax.lines if len(line.get_xdata()) == 1}
    assert len(marks) == len(complexity.kinds)
    for label, line in marks.items():
        name = label.split(":")[0].replace(" ", "_")
        assert line.get_xdata()[0] == pytest.approx(complexity.sampled[f"{name}_raw"])
    lines = dashed(ax)
    assert len(lines) == 4
    k = np.arange(1, len(complexity.position_eigenvalues) + 1)
    np.testing.assert_allclose(
        lines["null: positions of a walk, 6/(πk)²"].get_ydata(), 6 / (pi * k) ** 2
    )
    with pytest.raises(InvalidInputError, match="spectrum"):
        plotting.plot_scree(complexity, spectrum="centred")


@pytest.mark.parametrize("steps", [[[1.0, 2.0]], [[1.0, 0.0], [1.0, 0.0]], [[1.0], [-1.0], [2.0]]])
def test_small_paths_are_drawn(steps):
    complexity = rg.directional_complexity(steps, n_nulls=1)
    ax = plotting.plot_directional_complexity(complexity)
    assert "no slope" in ax.get_legend().get_texts()[-1].get_text()
    plotting.plot_direction_gram(complexity)
    plotting.plot_tantrix(complexity)
    plotting.plot_scree(complexity).figure.canvas.draw()
