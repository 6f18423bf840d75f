"""Level sets: every crossing of a random line is on them, and nothing else is."""

import numpy as np
import pytest
import relugeom as rg
import shapely
from relugeom.errors import InvalidInputError, UnsupportedError

import zoo


def crossings(net, row, value, start, end):
    """Places t on segments where the functional crosses the value, by line walks."""
    return rg.crossings_on_segment(net.with_output_neurons([row], [-value]), start, end)


@pytest.mark.parametrize("seed", range(4))
def test_lines_cross_the_segments_where_the_functional_crosses_the_value(seed):
    net = rg.ReLUNetwork.random([2, 10, 8, 2], rng=seed)
    domain, row = zoo.random_polytope(2, seed), np.array([1.0, -0.5])
    value = float(np.median(net(domain.bounding_box.sample(500, rng=0)) @ row))
    found = rg.level_set(rg.enumerate_regions(net, domain), value, row)
    ends = found.segments()
    for t in (0.0, 0.3, 1.0):
        on = ends[:, 0] * t + ends[:, 1] * (1 - t)
        np.testing.assert_allclose(net(on) @ row, value, atol=1e-8)
    lines = shapely.union_all(shapely.linestrings(ends))
    rng = np.random.default_rng(1)
    X = domain.bounding_box.sample(4000, rng=rng)
    X = X[domain.contains(X)][:600]
    start, end = X[::2], X[1::2]
    cuts = crossings(net, row, value, start, end)
    counts = np.bincount(cuts.segment[cuts.neuron == net.n_neurons], minlength=len(start))
    met = shapely.intersection(shapely.linestrings(np.stack([start, end], axis=1)), lines)
    np.testing.assert_array_equal(shapely.get_num_coordinates(met), counts)
    assert counts.sum() > 50


def test_surface_of_an_octahedron():
    eye = np.eye(3)
    net = rg.ReLUNetwork.from_weights([np.vstack([eye, -eye]), np.ones((1, 6))])  # l1 norm
    surface = rg.level_set(rg.enumerate_regions(net, zoo.cube(3, 2.0)), 1.0).surface()
    assert len(surface) == 8
    assert surface.areas.sum() == pytest.approx(8 * np.sqrt(3) / 2)


def test_points_on_the_line_are_the_roots():
    net = rg.ReLUNetwork.random([1, 10, 8, 1], rng=3)
    grid = np.linspace(-2, 2, 200_001)[:, None]
    values = net(grid)[:, 0] - 0.1
    found = rg.level_set(rg.enumerate_regions(net, rg.Box([-2], [2])), 0.1)
    roots = np.sort(found.points()[:, 0])
    change = np.flatnonzero(values[1:] * values[:-1] < 0)
    np.testing.assert_allclose(roots, grid[change, 0], atol=1e-4)
    assert len(roots) > 0


def test_touching_facets_and_plateaus_belong_to_it():
    net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])
    touched = rg.level_set(rg.enumerate_regions(net, rg.Box([-1], [1])), 0.0)  # |x| = 0
    assert touched.points().tolist() == [[0.0]]
    assert len(touched.plateaus) == 0
    ramp = rg.ReLUNetwork.from_weights([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0]]])
    flat = rg.level_set(rg.enumerate_regions(ramp, zoo.cube(2)))  # max(x, 0) = 0
    assert repr(flat) == "LevelSet(2 facets and 2 plateaus, complete)"
    np.testing.assert_allclose(flat.segments()[:, :, 0], 0.0, atol=1e-12)
    assert flat.pieces.volumes[flat.plateaus].sum() == pytest.approx(2.0)
    nowhere = rg.level_set(rg.enumerate_regions(ramp, zoo.cube(2)), 5.0)
    assert (len(nowhere), len(nowhere.segments())) == (0, 0)


def test_classes_of_one_output_are_parted_by_it():
    net = rg.ReLUNetwork.random([2, 12, 1], rng=5)
    regions = rg.enumerate_regions(net, zoo.cube(2))
    level = shapely.union_all(shapely.linestrings(rg.level_set(regions).segments()))
    boundary = shapely.linestrings(regions.adjacency().decision_regions().boundary())
    assert level.length == pytest.approx(shapely.length(boundary).sum())


def test_dimension_and_functional_are_checked():
    net = rg.ReLUNetwork.random([2, 6, 2], rng=0)
    regions = rg.enumerate_regions(net, zoo.cube(2))
    with pytest.raises(InvalidInputError, match="one combination of the outputs; got 2"):
        rg.level_set(regions)
    level = rg.level_set(regions, 0.0, [1.0, 0.0])
    with pytest.raises(UnsupportedError, match=r"must lie on the line for `points`; got R\^2"):
        level.points()
    with pytest.raises(UnsupportedError, match=r"R\^3"):
        level.surface()
    with pytest.raises(UnsupportedError, match="arrangement"):
        rg.level_set(rg.enumerate_regions(rg.HyperplaneArrangement([[1.0]])))
