"""Canonical networks along the paths of modules that are more than a stack of linear layers."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import UnsupportedError

torch = pytest.importorskip("torch")
nn = torch.nn


class Residual(nn.Module):
    """Convolutions with a skip, a parallel branch and shared weights."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        self.c, self.out = nn.Conv2d(3, 3, 1, bias=False), nn.Linear(3, 2)

    def forward(self, x):
        h = torch.relu(self.a(x))
        h = torch.relu(h + self.b(torch.relu(self.b(h))) + 0.5 * self.c(h))
        return self.out(h.mean((2, 3)))


class Backwards(nn.Module):
    """Layers that are registered in another order than they are used in."""

    def __init__(self):
        super().__init__()
        self.last, self.first = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))


MODULES = {
    "convolution": (lambda: nn.Sequential(
        nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(27, 2)),
        (1, 6, 6)),
    "maximum before the rectifier": (lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)),
        (1, 6, 6)),
    "mean before the rectifier": (lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.AvgPool2d(3, 1), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)),
        (1, 6, 6)),
    "residual": (Residual, (1, 4, 4)),
    "other order": (Backwards, (3,)),
    "no bias, leaky": (lambda: nn.Sequential(
        nn.Linear(3, 4, bias=False), nn.LeakyReLU(0.1), nn.Linear(4, 2)), (3,)),
    "flattened images": (lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2)), (1, 2, 3)),
}  # fmt: skip


def trained(make, shape, n=6, lr=0.05, look=lambda model: None):
    """Train on random data; return the path and the data."""
    torch.manual_seed(0)
    model = make().double()
    X = torch.randn(10, *shape, dtype=torch.float64)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    with rg.record(model, optimizer) as recorder:
        for _ in range(n):
            optimizer.zero_grad()
            model(X).square().mean().backward()
            look(model)
            optimizer.step()
    look(model)
    return recorder.path, X.reshape(10, -1).numpy()


def recorded(make, shape, **options):
    """Train; return the path, what `from_torch` makes of the module at each point, and the data."""
    nets = []
    path, X = trained(make, shape, look=lambda m: nets.append(rg.from_torch(m, shape)), **options)
    return path, nets, X


@pytest.mark.parametrize("name", MODULES)
def test_networks_and_their_parameters_at_every_point(name, tmp_path):
    path, nets, X = recorded(*MODULES[name])
    path.save(tmp_path / "run.npz")
    for found in (path, rg.load_path(tmp_path / "run.npz")):
        for t, net in enumerate(nets):
            here = found.network(t)
            assert [w.shape for w in here.weights] == [w.shape for w in net.weights]
            np.testing.assert_allclose(here.parameters, net.parameters, rtol=1e-13, atol=1e-15)
            np.testing.assert_allclose(here(X), net(X), rtol=1e-12, atol=1e-13)
        rows = found.canonical()
        np.testing.assert_array_equal(rows, [found.network(t).parameters for t in range(7)])
        np.testing.assert_array_equal(found.canonical(np.array([4, 1])), rows[[4, 1]])
        assert found.start.widths == nets[0].widths
    assert (path.lowering is None) == (name == "flattened images")


@pytest.mark.parametrize("name", MODULES)
def test_crossings_lead_from_mask_to_mask(name):
    path, nets, X = recorded(*MODULES[name], n=12, lr=0.1)
    events = rg.crossings(path, X)
    assert len(events)
    start = np.cumsum(events.widths) - events.widths
    flips = np.zeros((12, len(X), sum(events.widths)), int)
    np.add.at(flips, (events.step, events.sample, start[events.layer] + events.neuron), 1)
    masks = np.array([np.hstack([z > 0 for z in net.preactivations(X)]) for net in nets])
    rectified = np.concatenate([s != 1.0 for s in nets[0].slopes])
    changed = (masks[1:] != masks[:-1]) & rectified
    np.testing.assert_array_equal(flips % 2, changed)
    # between points: the state at a time is that of the module with interpolated parameters
    for step in range(0, 12, 5):
        for t in (0.21, 0.77):
            theta = path.canonical()[step : step + 2]
            between = nets[0].with_parameters((1 - t) * theta[0] + t * theta[1])
            state = np.hstack([z > 0 for z in between.preactivations(X)])
            early = (events.step == step) & (events.t < t)
            odd = np.zeros((len(X), sum(events.widths)), int)
            units = start[events.layer[early]] + events.neuron[early]
            np.add.at(odd, (events.sample[early], units), 1)
            np.testing.assert_array_equal(odd % 2, (state != masks[step]) & rectified)


@pytest.mark.parametrize("name", ["convolution", "other order"])
def test_everything_else_sees_the_canonical_parameters(name):
    path, _, X = recorded(*MODULES[name], n=12, lr=0.1)
    plain = rg.OptimizerPath.from_parameters(path.start, path.canonical())
    events = rg.crossings(path, X)
    np.testing.assert_array_equal(rg.paths.hamming(path, X), rg.paths.hamming(plain, X))
    found, wanted = (rg.paths.neuron_walks(p, X, events) for p in (path, plain))
    np.testing.assert_array_equal(found.distance, wanted.distance)
    found, wanted = (rg.parameter_plane(p, X, events=events) for p in (path, plain))
    np.testing.assert_array_equal(found.coordinates, wanted.coordinates)
    found, wanted = (rg.crossing_bounds(p, X, events, d_eff=3) for p in (path, plain))
    assert found.symbols["P"] == path.parameters.shape[1]
    layer_1 = [b.value for b in found.bounds if (b.quantity, b.layer) == ("crossings", 0)]
    if name == "other order":  # the same numbers in another order: nothing may change
        np.testing.assert_allclose(
            [b.value for b in found.bounds], [b.value for b in wanted.bounds]
        )
    assert (
        len(set(layer_1) - {b.value for b in wanted.bounds}) <= 1
    )  # the turning of all parameters


REFUSED = {
    "statistics and scales": (lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(32, 1)),
        (1, 6, 6), r"'1\.weight' \(BatchNorm2d\) multiplies"),
    "trained slope": (lambda: nn.Sequential(nn.Linear(3, 4), nn.PReLU(), nn.Linear(4, 1)), (3,),
                      r"'1\.weight' \(PReLU\) sets slopes"),
    "two linear layers": (lambda: nn.Sequential(
        nn.Linear(3, 4), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1)), (3,),
        r"'1\.weight' \(Linear\) multiplies"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_weights_that_are_not_affine_have_networks_and_no_crossings(name, tmp_path):
    make, shape, reason = REFUSED[name]
    with pytest.warns(UserWarning, match=reason):
        path, nets, X = recorded(make, shape)
    path.save(tmp_path / "run.npz")
    for found in (path, rg.load_path(tmp_path / "run.npz")):
        for t, net in enumerate(nets[:-1]):
            np.testing.assert_array_equal(found.network(t)(X), net(X))
        with pytest.raises(UnsupportedError, match=reason):
            rg.crossings(found, X)
        assert rg.directional_complexity(found, n_nulls=0).n_vectors == 6


def test_moving_statistics_alone_are_enough_to_refuse():
    def make():
        scales = nn.BatchNorm1d(4, affine=False)
        return nn.Sequential(nn.Linear(3, 4), scales, nn.ReLU(), nn.Linear(4, 1))

    path, nets, X = recorded(make, (3,))
    np.testing.assert_allclose(path.network(2)(X), nets[2](X), rtol=1e-12)
    assert sorted(path.state(2)) == ["0.bias", "0.weight", "1.running_mean", "1.running_var",
                                     "3.bias", "3.weight"]  # fmt: skip
    with pytest.raises(UnsupportedError, match="running statistics"):
        rg.crossings(path, X)
    frozen, nets, X = recorded(lambda: make().eval(), (3,), n=8)
    np.testing.assert_allclose(
        frozen.canonical(), [net.parameters for net in nets], rtol=1e-12, atol=1e-15
    )
    assert rg.crossings(frozen, X).n_steps == 8


def test_what_is_no_piecewise_linear_network_still_has_directions():
    def make():
        return nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 1))

    with pytest.warns(UserWarning, match=r"aten\.gelu"):
        path, X = trained(make, (3,))
    assert rg.directional_complexity(path, n_nulls=0).dim == 21
    for ask in (lambda: path.network(0), lambda: path.start, lambda: rg.crossings(path, X)):
        with pytest.raises(UnsupportedError, match="GELU"):
            ask()


def test_a_module_of_unknown_input_is_recorded_without_a_network():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)

    def path(**options):
        with rg.record(model, optimizer, **options) as recorder:
            model[3](torch.randn(2, 32)).sum().backward()  # the module itself is never called
            optimizer.step()
        return recorder.path

    with pytest.warns(UserWarning, match="`input_shape` must be given"):
        assert len(path()) == 1
    assert path(input_shape=(1, 6, 6)).start.input_dim == 36
