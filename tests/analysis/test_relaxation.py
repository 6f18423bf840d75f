"""Linear bounds of units: sound on samples, exact where nothing is open."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.analysis.norms import length
from relugeom.analysis.relaxation import IMPLIED, IMPOSED, N_RULES, OPEN, make_layers, relax

import zoo

NETS = {
    "plain": rg.ReLUNetwork.random([3, 8, 8, 2], rng=0),
    "leaky": zoo.leaky(),
    "negative slope": zoo.negative_slope(),
    "steep": zoo.with_slopes(rg.ReLUNetwork.random([2, 6, 6, 1], rng=2), 1.5),  # concave
    "skips": zoo.skips(),
    "dead": zoo.dead(),
}


def units(net, rows, offsets, X):
    """Values of all units: pre-activations layer by layer, then the targets."""
    return np.hstack([*net.preactivations(X), net(X) @ rows.T + offsets])


@pytest.fixture(params=NETS)
def case(request):
    net = NETS[request.param]
    rows = np.random.default_rng(1).standard_normal((2, net.output_dim))
    return net, rows, np.array([3.0, 3.0])  # imposed targets that are possible


@pytest.mark.parametrize("norm", [None, "l1", "l2", "linf"])
def test_states_and_rows_hold_on_samples(case, norm):
    net, rows, offsets = case
    d, rng = net.input_dim, np.random.default_rng(0)
    layers = make_layers(net, rows, offsets, np.ones(d))
    n_decided = 0
    for radius in (1.0, 0.3, 0.05):
        lower, upper = np.full(d, -radius), np.full(d, radius)
        X = rng.uniform(lower, upper, (4000, d))
        if norm is not None:
            X *= np.minimum(1.0, radius / length(norm, X))[:, None]
        values = units(net, rows, offsets, X)
        relaxed = relax(layers, layers.initial_state(), lower, upper, norm, radius)
        targets = values[:, -2:]
        if relaxed is None:
            assert (targets < 0).any(axis=1).all()
            continue
        on, off = relaxed.state == IMPLIED, relaxed.state == -IMPLIED
        on &= layers.slopes != 1.0
        assert (values[:, on] >= 0).all()
        assert (values[:, off] <= 0).all()
        assert (targets <= relaxed.high + 1e-12).all()
        allowed = (targets >= 0).all(axis=1)
        assert (X[allowed] @ relaxed.G.T <= relaxed.h + 1e-12).all()
        assert len(relaxed.G) == 2 * N_RULES
        n_decided += int(on.sum() + off.sum())
    assert n_decided > 0


def test_imposed_signs_become_rows_that_hold(case):
    net, rows, offsets = case
    d, rng = net.input_dim, np.random.default_rng(0)
    layers = make_layers(net, rows, offsets, np.ones(d))
    box = -np.ones(d), np.ones(d)
    X = rng.uniform(*box, (4000, d))
    values = units(net, rows, offsets, X)
    state = layers.initial_state()
    start = relax(layers, state, *box)
    for k in np.flatnonzero(start.state == OPEN)[::3]:
        for sign in (IMPOSED, -IMPOSED):
            imposed = state.copy()
            imposed[k] = sign
            relaxed = relax(layers, imposed, *box)
            keeps = (values[:, -2:] >= 0).all(axis=1) & (sign * values[:, k] >= 0)
            if relaxed is None:
                assert not keeps.any()
            else:
                assert (X[keeps] @ relaxed.G.T <= relaxed.h + 1e-12).all()


def test_a_piece_without_open_units_is_exact():
    net = rg.ReLUNetwork.random([2, 6, 6, 1], rng=4)
    x = np.array([0.3, -0.2])
    layers = make_layers(net.restrict(rg.AffineSlice(x, np.eye(2))), np.eye(1), [9.0], [1e-4, 1e-4])
    relaxed = relax(layers, layers.initial_state(), np.full(2, -1e-4), np.full(2, 1e-4))
    assert not (relaxed.state == OPEN).any()
    (gradient,), (offset,) = net.affine_map(net.activation_pattern(x)[0])
    size = np.linalg.norm(gradient)
    np.testing.assert_allclose(relaxed.G, np.tile(-gradient / size, (N_RULES, 1)), atol=1e-12)
    np.testing.assert_allclose(relaxed.h, (gradient @ x + offset + 9.0) / size, rtol=1e-12)


def test_bounds_allow_for_rounding():
    """A unit that is zero but for rounding is left open, not decided by noise."""
    net = rg.ReLUNetwork.from_weights([[[1.0], [3.0]], [[3.0, -1.0]], [[1.0]]])
    layers = make_layers(net, np.eye(1), np.ones(1), np.ones(1))  # 3 max(x, 0) - max(3x, 0)
    relaxed = relax(layers, layers.initial_state(), np.array([0.1]), np.array([1.0]))
    assert relaxed.state[2] == OPEN
    assert abs(relaxed.gap[2]) < 10 * layers.guard[2]
