"""The true loss on a plane, and what a path's projection hides."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError


@pytest.fixture(scope="module")
def case():
    X = np.linspace(-1, 1, 10)[:, None]
    y = np.abs(X[:, 0])
    path = rg.train(rg.ReLUNetwork.random([1, 6, 5, 1], rng=0), X, y, steps=60, lr=0.03)
    return path, X, y


def test_grid_and_path_hold_the_loss_of_their_networks(case):
    path, X, y = case
    shown = rg.loss_plane(path, X, y, resolution=5)
    x, rows = shown.grid
    for i, j in ((0, 0), (2, 3), (4, 1)):
        theta = shown.plane.points(np.array([[x[j], rows[i]]]))[0]
        net = path.start.with_parameters(theta)
        assert shown.loss[i, j] == pytest.approx(np.mean((net(X)[:, 0] - y) ** 2), rel=1e-12)
    assert shown.path_loss == pytest.approx(path.loss)
    net = path.start.with_parameters(shown.plane.points(shown.coordinates[7:8])[0])
    assert shown.projected_loss[7] == pytest.approx(np.mean((net(X)[:, 0] - y) ** 2), rel=1e-12)


def test_plane_of_positions_is_the_nearest_one(case):
    path, X, y = case
    theta = path.parameters - path.parameters.mean(axis=0)
    values = np.linalg.svd(theta, compute_uv=False) ** 2
    shown = rg.loss_plane(path, X, y, resolution=3)
    assert shown.share == pytest.approx(values[:2].sum() / values.sum())
    assert (shown.residuals**2).sum() == pytest.approx(values[2:].sum())
    for kind in ("checkpoints", "updates", "random"):
        other = rg.loss_plane(path, X, y, rg.paths.path_plane(path, kind), resolution=3)
        assert (other.residuals**2).sum() >= (shown.residuals**2).sum()


def test_a_path_in_the_plane_has_no_residual_and_no_gap(case):
    _, X, y = case
    net = rg.ReLUNetwork.random([1, 4, 1], rng=1)
    plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=0)
    path = rg.train(net, X, y, steps=20, lr=0.05, within=plane)
    shown = rg.loss_plane(path, X, y, plane, resolution=3)
    assert shown.residuals.max() < 1e-12
    assert shown.projected_loss == pytest.approx(shown.path_loss)
    assert shown.share == pytest.approx(1.0)


def test_what_is_missing_is_named(case):
    path, X, y = case
    bare = rg.OptimizerPath.from_parameters(path.start, path.parameters)
    with pytest.raises(InvalidInputError, match="loss"):
        rg.loss_plane(bare, X, y)
    assert rg.loss_plane(bare, X, y, loss="mse", resolution=2).loss_name == "mse"
    with pytest.raises(ShapeError, match="events"):
        rg.loss_plane(path, X[:4], y[:4], events=rg.crossings(path, X))
    with pytest.raises(InvalidInputError, match="resolution"):
        rg.loss_plane(path, X, y, resolution=1)
