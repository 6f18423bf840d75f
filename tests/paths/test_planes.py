"""Planes of parameter space: walls against masks, cells against Euler's formula."""

from itertools import combinations, product

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import DomainError, InvalidInputError, ShapeError
from relugeom.paths import line_crossings, path_plane, plane_walls

from runs import mask, random_walk


@pytest.fixture(scope="module")
def toy():
    """A network trained within a plane of its parameters."""
    rng = np.random.default_rng(2)
    X = rng.uniform(-2, 2, size=(12, 1))
    net = rg.ReLUNetwork.random([1, 4, 1], rng=4)
    plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=4)
    path = rg.train(net, X, np.abs(X[:, 0]), steps=80, lr=0.2, within=plane)
    return path, X, plane


def test_the_planes_hold_what_they_are_laid_through():
    path, _ = random_walk([2, 4, 3, 1], steps=20, seed=1)
    theta = path.parameters
    for steps in ((0, 10, 20), (2, 5, -1)):
        plane = path_plane(path, at=steps)
        for t in steps:
            np.testing.assert_allclose(plane.points(plane.coordinates(theta[t])), theta[[t]])
    random = path_plane(path, "random", rng=1)
    for t in (0, -1):
        np.testing.assert_allclose(random.points(random.coordinates(theta[t])), theta[[t]])
    assert not np.allclose(random.basis, path_plane(path, "random", rng=2).basis)


def test_the_plane_of_updates_holds_most_of_them():
    path, _ = random_walk([2, 4, 3, 1], steps=20, seed=1)
    basis = path_plane(path, "updates").basis
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-12)
    values, vectors = np.linalg.eigh(path.updates.T @ path.updates)
    energy = (path.updates @ basis) ** 2
    assert energy.sum() == pytest.approx(values[-2:].sum())
    assert abs(basis[:, 0] @ vectors[:, -1]) == pytest.approx(1.0)


def test_signs_of_the_walls_are_the_masks():
    path, X = random_walk([2, 4, 3, 1], n=6)
    net = path.start
    plane = path_plane(path)
    walls = plane_walls(net, X, plane)
    at = np.random.default_rng(0).normal(size=(50, 2))
    for u, signs in zip(at, walls.signs(at), strict=True):
        on = mask(net, plane.points(u)[0], X)[:, :4]
        np.testing.assert_array_equal((signs > 0).reshape(4, 6), on.T)


def test_cells_are_as_many_as_the_lines_and_their_points_say(toy):
    path, X, plane = toy
    shown = rg.parameter_plane(path, X, plane)
    walls, box = plane_walls(path.start, X, plane), shown.domain
    corners = np.array(list(product(*zip(box.lower, box.upper, strict=True))))
    signs = walls.signs(corners)
    lines = np.flatnonzero((signs != signs[0]).any(axis=0))  # that cut the window
    met = {}
    for pair in combinations(lines, 2):  # lines of one neuron meet in one point: inputs on a line
        point = np.linalg.solve(walls.normals[list(pair)], -walls.offsets[list(pair)])
        if box.contains(point)[0]:
            met.setdefault(tuple(point.round(9)), set()).update(pair)
    assert len(shown.regions) == 1 + len(lines) + sum(len(through) - 1 for through in met.values())
    assert shown.regions.volumes.sum() == pytest.approx(box.volume)


def test_a_path_within_the_plane_crosses_the_lines_that_it_meets_there(toy):
    path, X, plane = toy
    shown = rg.parameter_plane(path, X, plane)
    assert shown.lies_within
    assert len(shown.events) > 10
    net = plane_walls(path.start, X, plane)
    met = rg.crossings_on_segment(net, shown.coordinates[:-1], shown.coordinates[1:])
    assert len(met) == len(shown.events)
    np.testing.assert_allclose(np.sort(met.segment + met.t), shown.events.step + shown.events.t)
    assert (shown.located >= 0).all()
    # the walls pass through the marks
    n, events = len(X), shown.events
    values = np.einsum("ij,ij->i", net.normals[events.neuron * n + events.sample], shown.marks)
    np.testing.assert_allclose(values, -net.offsets[events.neuron * n + events.sample], atol=1e-9)


def test_a_path_that_leaves_the_plane_says_so():
    path, X = random_walk([2, 4, 3, 1], steps=20)
    shown = rg.parameter_plane(path, X)
    assert not shown.lies_within
    assert shown.residuals[[0, 10, 20]] == pytest.approx([0, 0, 0], abs=1e-12)
    assert shown.residuals.max() > 0.1
    assert "off the plane" in repr(shown)


def test_many_cells_are_capped_openly(toy):
    path, X, plane = toy
    assert not rg.parameter_plane(path, X, plane, max_regions=5).regions.complete


@pytest.mark.parametrize("widths", [[2, 5, 1], [2, 5, 4, 1], [1, 4, 4, 3, 1]])
def test_walls_on_a_line_are_those_of_a_fine_grid(widths):
    path, X = random_walk(widths, steps=1, size=1.0, n=4, seed=6)
    net, (start, end) = path.start, path.parameters
    found = line_crossings(net, X, start, end)
    t = np.linspace(0, 1, 20_001)
    on = np.array([mask(net, start + s * (end - start), X) for s in t])
    assert len(found) == np.count_nonzero(on[1:] != on[:-1]) > 5


def test_bad_input(toy):
    path, X, plane = toy
    net = path.start
    with pytest.raises(InvalidInputError, match="kind"):
        path_plane(path, "circle")
    with pytest.raises(InvalidInputError, match="at"):
        path_plane(path, at=(0, 1))
    line = rg.OptimizerPath.from_parameters(net, [net.parameters * s for s in (1, 2, 3)])
    for kind in ("checkpoints", "updates"):
        with pytest.raises(DomainError, match="path"):
            path_plane(line, kind)
    with pytest.raises(ShapeError, match="plane"):
        plane_walls(net, X, rg.AffineSlice.random(3, 2, rng=0))
    with pytest.raises(ShapeError, match="dimension 2"):
        rg.parameter_plane(path, X, rg.AffineSlice.random(net.n_parameters, 3, rng=0))
    with pytest.raises(ShapeError, match="events"):
        rg.parameter_plane(path, X, plane, events=rg.crossings(path, X[:3]))
