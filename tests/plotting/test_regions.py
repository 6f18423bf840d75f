"""Figures of regions and graphs: what is drawn, read back from the Axes."""

from itertools import pairwise

import numpy as np
import pytest
import relugeom as rg
from matplotlib.collections import LineCollection, PolyCollection
from relugeom import plotting


@pytest.fixture(scope="module")
def regions():
    return rg.enumerate_regions(
        rg.ReLUNetwork.random([2, 8, 6, 3], rng=1), rg.Box([-1, -1], [1, 2])
    )


def area(corners):
    x, y = corners.T
    return 0.5 * abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))


def test_every_region_is_one_polygon_and_they_fill_the_box(regions):
    ax = plotting.plot_regions(regions, feature_names=("a", "b"))
    fill, outlines = (c for c in ax.collections if isinstance(c, PolyCollection))
    for collection in (fill, outlines):
        assert len(collection.get_paths()) == len(regions)
    areas = [area(p.vertices) for p in fill.get_paths()]
    assert sum(areas) == pytest.approx(6.0)
    assert areas == pytest.approx(regions.volumes)
    assert ax.get_xlim() == (-1, 1)
    assert ax.get_ylim() == (-1, 2)
    assert f"{len(regions)} activation" in ax.get_title()


def test_neighbours_have_different_shades(regions):
    ax = plotting.plot_regions(regions)
    colours = ax.collections[0].get_facecolors()
    edges = regions.neighbours
    assert (colours[edges.first] != colours[edges.second]).any(axis=1).all()


def test_decision_boundary_data_and_path(regions):
    graph = regions.adjacency()
    decision = graph.decision_regions()
    X = regions.domain.sample(30, rng=0)
    y = regions.source.predict(X)
    way = graph.shortest_path(0, len(regions) - 1)
    ax = plotting.plot_regions(regions, X=X, y=y, decision=decision, route=way)
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    assert len(lines.get_segments()) == len(decision.boundary())
    offsets = np.vstack(
        [c.get_offsets() for c in ax.collections if c.get_label().startswith("class")]
    )
    assert sorted(map(tuple, offsets)) == sorted(map(tuple, X))
    line = ax.lines[1].get_xydata()
    visited = regions.locate(line)
    assert list(dict.fromkeys(visited[::2])) == way.tolist()
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert f"shortest path: {len(way) - 1} crossings" in labels


def test_path_line_stays_in_the_regions_of_the_path(regions):
    way = regions.adjacency().shortest_path(0, len(regions) - 1)
    line = plotting.plot_regions(regions, route=way).lines[1].get_xydata()
    for a, b in pairwise(line):
        inside = a + np.linspace(0.01, 0.99, 20)[:, None] * (b - a)
        assert set(regions.locate(inside)) <= set(way)


def test_graph_draws_every_edge_by_layer(regions):
    graph = regions.adjacency()
    ax = plotting.plot_region_graph(graph, classes=regions.source.predict(regions.points))
    drawn = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert sum(len(c.get_segments()) for c in drawn) == graph.n_edges
    assert len(drawn) == len(np.unique(graph.edge_layers)) == 2
    nodes = [c for c in ax.collections if not isinstance(c, LineCollection)]
    assert sum(len(c.get_offsets()) for c in nodes) == graph.n_regions


@pytest.mark.parametrize("d", [1, 3])
def test_graph_in_other_dimensions(d):
    net = rg.ReLUNetwork.random([d, 5, 1], rng=0)
    graph = rg.enumerate_regions(net, rg.Box([-1] * d, [1] * d)).adjacency()
    ax = plotting.plot_region_graph(graph, route=graph.shortest_path(0, graph.n_regions - 1))
    assert len(ax.lines[0].get_xydata()) >= 2
    assert ("principal" in ax.get_xlabel()) == (d == 3)


def test_bad_input(regions):
    solid = rg.enumerate_regions(rg.ReLUNetwork.random([3, 4, 1], rng=0), rg.Box([-1] * 3, [1] * 3))
    with pytest.raises(rg.errors.UnsupportedError, match="AffineSlice"):
        plotting.plot_regions(solid)
    with pytest.raises(rg.errors.UnboundedError, match="bounded"):
        plotting.plot_regions(rg.enumerate_regions(regions.source))
    with pytest.raises(rg.errors.InvalidInputError, match="`route`"):
        plotting.plot_regions(regions, route=[0, 10**6])
    with pytest.raises(rg.errors.ShapeError, match="`y`"):
        plotting.plot_regions(regions, X=[[0.0, 0.0]], y=[1, 2])
    with pytest.raises(rg.errors.ShapeError, match="`classes`"):
        plotting.plot_region_graph(regions.adjacency(), classes=[1])


def test_files_are_the_same_each_time(regions, tmp_path):
    first = plotting.save_figure(plotting.plot_regions(regions), tmp_path / "a")
    second = plotting.save_figure(plotting.plot_regions(regions).figure, tmp_path / "b")
    assert [f.suffix for f in first] == [".png", ".svg"]
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]
    assert plotting.save_figure(plotting.plot_regions(regions), tmp_path / "c.pdf")[0].exists()
    with pytest.raises(rg.errors.UnsupportedError, match=r"\.png, \.svg or \.pdf"):
        plotting.save_figure(plotting.plot_regions(regions), tmp_path / "d.gif")
