"""Persistence diagrams and critical points: what is drawn, read back from the Axes."""

import numpy as np
import pytest
import relugeom as rg
from matplotlib.collections import LineCollection, PolyCollection
from relugeom import plotting
from relugeom.graph.topology import critical_points, persistence


@pytest.fixture(scope="module")
def regions():
    return rg.enumerate_regions(
        rg.ReLUNetwork.random([2, 16, 12, 1], rng=4), rg.Box([-3, -3], [3, 3])
    )


def drawn(ax):
    """Offsets of the labelled markers, by label."""
    return {c.get_label(): c.get_offsets() for c in ax.collections if ":" in c.get_label()}


def test_every_class_is_a_point_of_the_diagram(regions):
    diagram = persistence(regions)
    ax = plotting.plot_persistence(diagram)
    top = ax.get_xlim()[1]
    for label, points in drawn(ax).items():
        own = diagram.intervals(int(label.split()[1].rstrip(",")))
        assert label.endswith(f": {len(own)}")
        assert np.asarray(points).tolist() == np.minimum(own, top).tolist()
    assert sum(map(len, drawn(ax).values())) == len(diagram)
    assert max(diagram.death[np.isfinite(diagram.death)]) < top


def test_a_diagram_with_one_class():
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[0.0]]], [[0.0], [3.0]])
    ax = plotting.plot_persistence(persistence(rg.enumerate_regions(net, rg.Box([-1], [1]))))
    (points,) = drawn(ax).values()
    assert points[0, 0] == 3.0 < points[0, 1]


def test_critical_points_by_kind(regions):
    found = critical_points(regions)
    ax = plotting.plot_critical_points(regions, found=found, feature_names=("a", "b"))
    markers = drawn(ax)
    assert sum(map(len, markers.values())) == len(found)
    for label, points in markers.items():
        kind, count = label.split(": ")
        assert np.asarray(points).tolist() == found.point[found.kind == kind].tolist()
        assert len(points) == int(count)
    outlines = next(c for c in ax.collections if isinstance(c, PolyCollection))
    assert len(outlines.get_paths()) == len(regions)
    assert ax.get_xlabel() == "a"
    assert f"index 0: {found.counts[0]}" in ax.get_title()


def test_the_output_is_drawn_at_the_vertices(regions):
    ax = plotting.plot_critical_points(regions)
    (mesh,) = (c for c in ax.collections if hasattr(c, "_triangulation"))
    np.testing.assert_array_equal(mesh.get_array(), regions.complex.outputs[:, 0])


def test_flat_sets_are_drawn():
    """max(|x| + |y| - 1, 0): four flat regions and the eight edges around and between them."""
    signs = np.kron(np.eye(2), [[1.0], [-1.0]])
    net = rg.ReLUNetwork.from_weights(
        [signs, np.ones((1, 4)), [[1]]], [np.zeros(4), [-1], [0]]
    )  # fmt: skip
    ax = plotting.plot_critical_points(rg.enumerate_regions(net, rg.Box([-2, -2], [2, 2])))
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    assert len(lines.get_segments()) == 8
    flat = [c for c in ax.collections if isinstance(c, PolyCollection)][1]
    assert len(flat.get_paths()) == 4
    (markers,) = drawn(ax).values()
    assert len(markers) == 1


def test_bad_input(regions):
    solid = rg.enumerate_regions(rg.ReLUNetwork.random([3, 4, 1], rng=0), rg.Box([-1] * 3, [1] * 3))
    with pytest.raises(rg.errors.UnsupportedError, match="AffineSlice"):
        plotting.plot_critical_points(solid)
    with pytest.raises(rg.errors.InvalidInputError, match="`output`"):
        plotting.plot_critical_points(regions, output=1)
