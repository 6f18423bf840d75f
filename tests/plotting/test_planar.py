"""Figures of planar and finite-field Kakeya sets: what is drawn, read back from the Axes."""

import numpy as np
import pytest
from relugeom import kakeya, plotting
from relugeom.errors import InvalidInputError
from relugeom.kakeya import finite_field
from relugeom.kakeya.perron import perron_lower
from relugeom.plotting import plot_perron_tree


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


def test_a_set_without_pieces():
    with pytest.raises(InvalidInputError, match="pieces"):
        plot_perron_tree(kakeya.deltoid())


def test_perron_trees_on_one_scale():
    *trees, areas = plotting.plot_perron_trees(3, pixels=150)
    assert [ax.get_title() for ax in trees] == [
        "1 triangle: 1", "2 triangles: 0.6667", "4 triangles: 0.5", "8 triangles: 0.4",
    ]  # fmt: skip
    for k, ax in enumerate(trees):
        counts = ax.images[0].get_array()
        x0, x1, y0, y1 = ax.images[0].get_extent()
        pixel = (x1 - x0) * (y1 - y0) / counts.size
        assert counts.count() * pixel == pytest.approx(1 / (k + 2), rel=0.03)
        assert ax.images[0].norm.boundaries[-1] == trees[0].images[0].norm.boundaries[-1]
    np.testing.assert_allclose(areas.lines[-1].get_ydata(), [2 / (k + 2) for k in range(4)])
    np.testing.assert_allclose(areas.lines[0].get_ydata(), [perron_lower(k) for k in range(4)])


def test_planar_sets_with_their_needles():
    chosen = [kakeya.disc(), kakeya.deltoid(), kakeya.needle_set(2, 20)]
    panels = plotting.plot_planar_sets(chosen, needles=9)
    for ax, planar in zip(panels, chosen, strict=True):
        assert f"{planar.area:.4f}" in ax.get_title()
        shape, needles = ax.collections
        assert len(shape.get_paths()) == (1 if planar.outline is not None else len(planar.parts))
        np.testing.assert_allclose(needles.get_segments(), planar.needle_positions(9))
    # one scale, and the far ends of the joins cut off
    assert len({np.diff(ax.get_ylim())[0].round(9) for ax in panels}) == 1
    assert panels[-1].get_xlim()[1] < 3
    ax = plotting.plot_planar_set(kakeya.disc(), needles=0)
    assert len(ax.collections) == 1


def test_kahane_sets_and_their_sections():
    panels = plotting.plot_kahane(2)
    assert [ax.get_title() for ax in panels[:3]] == [
        "level 0: area 0.5000", "level 1: area 0.3833", "level 2: area 0.3309",
    ]  # fmt: skip
    for n, ax in enumerate(panels[3:]):
        (bars,) = ax.collections
        widths = [np.ptp(path.vertices[:, 0]) for path in bars.get_paths()]
        assert len(widths) == 3**n
        assert sum(widths) == pytest.approx(4 / 9 * 0.75**n)


def test_finite_field_set():
    ax = plotting.plot_finite_field_set(5)
    assert int(ax.images[0].get_array().sum()) == 17
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(dots) == 6
    cells = {tuple(p) for p in finite_field.construction(5, 2).tolist()}
    for line in dots:
        at = {tuple(p) for p in np.rint(line.get_xydata()).astype(int).tolist()}
        assert len(at) == 5
        assert at <= cells
    ax = plotting.plot_finite_field_set(3, [[0, 0], [0, 1], [0, 2]])
    assert "3 directions missing" in ax.get_title()


def test_finite_field_bounds():
    ax = plotting.plot_finite_field_bounds([(3, 2), (3, 3)], least={(3, 3): 13})
    assert [t.get_text() for t in ax.texts] == [*"46677", "6", "10", "10", "13", "17"]
    names = [t.get_text() for t in ax.get_legend().get_texts()]
    assert names == [
        "DKSS", "Dvir", "Bukh-Chao", "Blokhuis-Mazzocca", "construction",
        "least, by integer programming",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: plotting.plot_kahane(6), "levels"),
        (lambda: plotting.plot_perron_trees(0), "levels"),
        (lambda: plotting.plot_planar_set(kakeya.disc(), needles=-1), "needles"),
        (lambda: plotting.plot_finite_field_set(4), "prime"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()
