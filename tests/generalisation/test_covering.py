"""The bound by a net of a ball in a fixed subspace."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.generalisation import subspace_net
from relugeom.generalisation.covering import net_bound, parameter_lipschitz
from relugeom.generalisation.norms import margins


@pytest.mark.parametrize(("r", "value"), [(5, 0.04714), (20, 0.08757)])
def test_values_of_the_note(r, value):
    assert round(subspace_net(r, 1.0, 1.0, 10_000), 5) == value


def test_the_least_over_a_fine_grid_of_nets():
    for r, R, steep, n, B in [
        (3, 0.1, 50.0, 300, 1.0),
        (40, 8.0, 1e6, 10**5, 2.0),
        (1, 1, 1e-6, 10, 1),
    ]:
        e = np.geomspace(1e-14, 1e9, 200_001)
        values = 2 * steep * e + B * np.sqrt((r * np.log1p(2 * R / e) + np.log(20)) / (2 * n))
        found = subspace_net(r, R, steep, n, loss_range=B)
        assert found == pytest.approx(values.min(), rel=1e-6)


def test_it_grows_with_dimension_radius_and_steepness_and_falls_with_n():
    base = {"dim": 5, "radius": 1.0, "lipschitz": 1.0, "n": 1000}
    start = subspace_net(**base)
    assert all(
        subspace_net(**base | {k: 3 * base[k]}) > start for k in ("dim", "radius", "lipschitz")
    )
    assert subspace_net(**base | {"n": 3000}) < start
    hoeffding = np.sqrt(np.log(20) / 2000)
    assert subspace_net(**base | {"dim": 0}) == pytest.approx(hoeffding)
    assert subspace_net(**base | {"lipschitz": 0.0}) == pytest.approx(hoeffding)


@pytest.mark.parametrize("outputs", [1, 3])
def test_no_pair_of_networks_in_the_ball_is_steeper(outputs):
    rng = np.random.default_rng(0)
    net, radius = rg.ReLUNetwork.random([3, 5, 4, outputs], rng=0), 0.7
    X = rng.normal(size=(50, 3))
    X *= 2.0 / np.linalg.norm(X, axis=1, keepdims=True)
    y = rng.integers(max(outputs, 2), size=50)
    steep, most = parameter_lipschitz(net, radius, 2.0), 0.0
    for _ in range(60):
        step = rng.normal(size=(2, net.n_parameters))
        step *= radius * rng.random((2, 1)) ** 0.1 / np.linalg.norm(step, axis=1, keepdims=True)
        step[1] = step[0] + 0.02 * step[1]
        a, b = (net.with_parameters(net.parameters + s / 1.02) for s in step)
        moved = np.abs(margins(a, X, y) - margins(b, X, y)).max()
        most = max(most, moved / np.linalg.norm(a.parameters - b.parameters))
    assert 0.02 * steep < most <= steep


def test_a_run_outside_of_every_ball_has_no_bound():
    net = rg.ReLUNetwork.random([1, 2, 1], rng=0)
    assert net_bound(net, 1e6, 2, np.ones(10), 1.0).risk == np.inf
    near = net_bound(net, 0.5, 2, np.full(10**6, 5.0), 1.0)
    assert near.radius == 0.5
    assert near.risk < 0.02


@pytest.mark.parametrize(
    ("change", "word"),
    [({"dim": -1}, "dim"), ({"radius": np.nan}, "radius"), ({"lipschitz": -1.0}, "lipschitz"),
     ({"n": 0}, "`n`"), ({"delta": 0.0}, "delta"), ({"loss_range": 0.0}, "loss_range")],
)  # fmt: skip
def test_errors(change, word):
    with pytest.raises(InvalidInputError, match=word):
        subspace_net(**{"dim": 5, "radius": 1.0, "lipschitz": 1.0, "n": 10} | change)
