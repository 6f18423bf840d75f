from contextlib import suppress

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError, InvalidInputError, ShapeError, UnsupportedError
from relugeom.paths import _loss


def problem(n=12, d=2, out=1, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    net = rg.ReLUNetwork.random([d, 6, 5, out], rng=seed)
    return net, X, rng


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("out", [1, 3])
def test_gradients_equal_finite_differences(loss, out):
    net, X, rng = problem(out=out)
    net = rg.ReLUNetwork.from_weights(net.weights, net.biases, slopes=[0.0, 0.2])
    if loss == "mse":
        y = rng.normal(size=(12, out))
    else:
        y = rng.integers(0, max(out, 2), size=12)
    wanted = _loss.targets(net, y, loss, 12)
    theta = np.array(net.parameters)
    value, gradient = _loss.evaluate(net, theta, X, wanted, loss)
    assert value == pytest.approx(_loss.value(net, theta, X, wanted, loss), rel=1e-14)
    h = 1e-6
    numeric = [
        (
            _loss.value(net, theta + h * e, X, wanted, loss)
            - _loss.value(net, theta - h * e, X, wanted, loss)
        )
        / (2 * h)
        for e in np.eye(len(theta))
    ]
    np.testing.assert_allclose(gradient, numeric, atol=2e-8)
    assert np.abs(gradient).max() > 1e-2


def test_losses_equal_their_definitions():
    net, X, rng = problem(out=3)
    theta, output = np.array(net.parameters), net(X)
    y = rng.normal(size=(12, 3))
    assert _loss.value(net, theta, X, y, "mse") == pytest.approx(np.mean((output - y) ** 2))
    labels = rng.integers(0, 3, size=12)
    p = np.exp(output) / np.exp(output).sum(axis=1, keepdims=True)
    expected = -np.log(p[np.arange(12), labels]).mean()
    assert _loss.value(net, theta, X, labels, "cross_entropy") == pytest.approx(expected)
    one, X, rng = problem(out=1)
    labels, logit = rng.integers(0, 2, size=12), one(X)[:, 0]
    p = 1 / (1 + np.exp(-logit))
    expected = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    theta = np.array(one.parameters)
    assert _loss.value(one, theta, X, labels, "cross_entropy") == pytest.approx(expected)


@pytest.mark.parametrize("out", [1, 2])
def test_cross_entropy_does_not_overflow(out):
    net, X, _ = problem(out=out)
    theta = 1e3 * np.array(net.parameters)
    value, gradient = _loss.evaluate(net, theta, X, np.zeros(12, int), "cross_entropy")
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_recorded_steps_follow_from_recorded_gradients():
    net, X, rng = problem()
    y = rng.normal(size=12)
    path = rg.train(net, X, y, optimizer="sgd", steps=20, lr=0.05, batch_size=5, rng=3)
    np.testing.assert_array_equal(path.parameters[0], net.parameters)
    np.testing.assert_allclose(path.updates, -0.05 * path.gradients, rtol=1e-9, atol=1e-16)
    for t, batch in enumerate(path.batches):
        g = _loss.evaluate(net, path.parameters[t], X[batch], y[batch, None], "mse")[1]
        np.testing.assert_array_equal(path.gradients[t], g)
    assert [len(b) for b in path.batches[:6]] == [5, 5, 2, 5, 5, 2]
    np.testing.assert_array_equal(np.sort(np.concatenate(path.batches[:3])), np.arange(12))
    losses = [np.mean((path.network(t)(X)[:, 0] - y) ** 2) for t in range(21)]
    np.testing.assert_allclose(path.loss, losses, rtol=1e-12)
    again = rg.train(net, X, y, optimizer="sgd", steps=20, lr=0.05, batch_size=5, rng=3)
    np.testing.assert_array_equal(path.parameters, again.parameters)
    other = rg.train(net, X, y, optimizer="sgd", steps=20, lr=0.05, batch_size=5, rng=4)
    assert (path.parameters[-1] != other.parameters[-1]).any()


@pytest.mark.parametrize(
    "optimizer", ["sgd", "momentum", "rmsprop", "adam", "adamw", "amsgrad", "signsgd"]
)
def test_every_optimizer_lowers_the_loss(optimizer):
    net, X, _ = problem(n=30)
    lr = 0.003 if optimizer == "signsgd" else 0.01
    path = rg.train(net, X, X[:, 0], optimizer=optimizer, steps=150, lr=lr)
    assert path.loss[-1] < 0.3 * path.loss[0]
    assert (path.status, path.optimizer, len(path)) == ("complete", optimizer, 150)
    assert path.batches is None
    assert not path.parameters.flags.writeable


def test_adam_in_training_moves_by_lr_at_first():
    net, X, _ = problem()
    path = rg.train(net, X, X[:, 0], steps=1, lr=0.01)
    g = path.gradients[0]
    np.testing.assert_allclose(path.updates[0], -0.01 * g / (np.abs(g) + 1e-8), rtol=1e-8)


def test_classification_learns():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 2))
    y = (X[:, 0] > 0).astype(int) + 2 * (X[:, 1] > 0).astype(int)
    net = rg.ReLUNetwork.random([2, 10, 4], rng=0)
    path = rg.train(net, X, y, loss="cross_entropy", steps=300, lr=0.02, batch_size=20)
    assert (path.network(-1).predict(X) == y).mean() > 0.9


def test_divergence_stops_with_the_path_so_far():
    net, X, _ = problem()
    path = rg.train(net, X, X[:, 0], optimizer="sgd", steps=200, lr=100.0)
    assert (path.complete, path.status) == (False, "diverged")
    assert 0 < len(path) < 200
    assert np.isfinite(path.parameters).all()
    assert np.isfinite(path.loss).all()
    assert len(path.loss) == len(path) + 1 == len(path.gradients) + 1


def test_interrupt_keeps_the_path_so_far(monkeypatch):
    net, X, _ = problem()
    original, calls = _loss.evaluate, []

    def evaluate(*arguments):
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(_loss, "evaluate", evaluate)
    path = rg.train(net, X, X[:, 0], steps=50, batch_size=4)
    assert (len(path), path.complete, path.status) == (7, False, "interrupted")
    assert len(path.batches) == 7
    monkeypatch.undo()
    full = rg.train(net, X, X[:, 0], steps=50, batch_size=4)
    np.testing.assert_array_equal(path.parameters, full.parameters[:8])


def test_zero_steps():
    net, X, _ = problem()
    path = rg.train(net, X, X[:, 0], steps=0)
    assert (len(path), path.parameters.shape[0], path.updates.shape[0]) == (0, 1, 0)


def test_bad_training_input():
    net, X, _ = problem()
    y = X[:, 0]
    with pytest.raises(InvalidInputError, match="loss"):
        rg.train(net, X, y, loss="hinge")
    with pytest.raises(ShapeError, match="`y`"):
        rg.train(net, X, y[:-1])
    with pytest.raises(ShapeError, match="`X`"):
        rg.train(net, X[:, :1], y)
    with pytest.raises(InvalidInputError, match="labels"):
        rg.train(net, X, np.full(12, 2), loss="cross_entropy")
    with pytest.raises(InvalidInputError, match="labels"):
        rg.train(net, X, y, loss="cross_entropy")
    with pytest.raises(InvalidInputError, match="sample"):
        rg.train(net, X[:0], y[:0])
    with pytest.raises(InvalidInputError, match="steps"):
        rg.train(net, X, y, steps=-1)
    with pytest.raises(InvalidInputError, match="batch_size"):
        rg.train(net, X, y, batch_size=0)


# -- paths and their files ------------------------------------------------------------------------


def test_save_and_load(tmp_path):
    net, X, _ = problem()
    net = rg.ReLUNetwork.from_weights(net.weights, net.biases, slopes=0.1)
    for size in (None, 5):
        path = rg.train(net, X, X[:, 0], optimizer="adamw", steps=6, batch_size=size)
        path.save(tmp_path / "run.npz")
        back = rg.load_path(tmp_path / "run.npz")
        for name in ("parameters", "gradients", "loss"):
            np.testing.assert_array_equal(getattr(back, name), getattr(path, name))
        for name in ("optimizer", "lr", "settings", "complete", "status"):
            assert getattr(back, name) == getattr(path, name)
        assert (back.batches is None) == (size is None)
        if size:
            assert [b.tolist() for b in back.batches] == [b.tolist() for b in path.batches]
        np.testing.assert_array_equal(back.network(3)(X), path.network(3)(X))
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    assert rg.load_network(tmp_path / "run.npz").widths == net.widths


def test_a_bare_path_survives_its_file(tmp_path):
    net, _, _ = problem()
    path = rg.OptimizerPath.from_parameters(net, [net.parameters, 2 * net.parameters])
    path.save(tmp_path / "bare.npz")
    back = rg.load_path(tmp_path / "bare.npz")
    assert back.gradients is back.loss is back.batches is None
    assert np.isnan(back.lr)
    empty = rg.OptimizerPath.from_parameters(net, [net.parameters], batches=[])
    empty.save(tmp_path / "empty.npz")
    assert rg.load_path(tmp_path / "empty.npz").batches == ()
    odd = rg.OptimizerPath.from_parameters(net, [net.parameters], settings={"f": print})
    with pytest.raises(UnsupportedError, match="settings"):
        odd.save(tmp_path / "odd.npz")
    assert not (tmp_path / "odd.npz").exists()


def test_broken_files(tmp_path):
    with pytest.raises(FileFormatError, match="existing"):
        rg.load_path(tmp_path / "missing.npz")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(FileFormatError, match="readable"):
        rg.load_path(broken)
    net, X, _ = problem()
    path = rg.train(net, X, X[:, 0], steps=3)
    path.save(tmp_path / "run.npz")
    whole = (tmp_path / "run.npz").read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 10):
        broken.write_bytes(whole[:cut])
        with pytest.raises(FileFormatError):
            rg.load_path(broken)
    for k in range(0, len(whole), 211):  # a damaged byte is found or harmless, never another error
        broken.write_bytes(whole[:k] + bytes([whole[k] ^ 0xFF]) + whole[k + 1 :])
        with suppress(FileFormatError):
            rg.load_path(broken)
    rg.save_network(net, tmp_path / "net.npz")
    with pytest.raises(FileFormatError, match="path"):
        rg.load_path(tmp_path / "net.npz")
    stored = dict(np.load(tmp_path / "run.npz"))
    for change in (
        {"parameters": stored["parameters"][:, :-1]},
        {"parameters": stored["parameters"] * np.nan},
        {"record": np.array("{}")},
        {"record": np.array("not json")},
        {"gradients": stored["gradients"][:-1]},
    ):
        np.savez(broken, **{**stored, **change})
        with pytest.raises(FileFormatError):
            rg.load_path(broken)
    with pytest.raises(UnsupportedError, match="npz"):
        path.save(tmp_path / "run.txt")
    (tmp_path / "run.txt").write_text("")
    with pytest.raises(UnsupportedError, match="npz"):
        rg.load_path(tmp_path / "run.txt")


def test_path_checks():
    net, _, _ = problem()
    p = net.parameters
    with pytest.raises(ShapeError, match="parameters"):
        rg.OptimizerPath.from_parameters(net, [p[:-1]])
    with pytest.raises(ShapeError, match="row"):
        rg.OptimizerPath.from_parameters(net, np.zeros((0, len(p))))
    with pytest.raises(ShapeError, match="gradients"):
        rg.OptimizerPath.from_parameters(net, [p, p], gradients=[p, p])
    with pytest.raises(ShapeError, match="loss"):
        rg.OptimizerPath.from_parameters(net, [p, p], loss=[1.0] * 5)
    with pytest.raises(ShapeError, match="batches"):
        rg.OptimizerPath.from_parameters(net, [p, p], batches=[[0], [1]])
    path = rg.OptimizerPath.from_parameters(net, [p, 2 * p])
    np.testing.assert_array_equal(path.network(-1).parameters, 2 * p)
    for t in (2, -3):
        with pytest.raises(InvalidInputError, match="`t`"):
            path.network(t)


def test_training_within_a_slice_moves_its_coordinates_only():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 2))
    net = rg.ReLUNetwork.random([2, 6, 1], rng=0)
    inside = rg.AffineSlice.random(net.n_parameters, 3, rng=1)  # not through the start
    path = rg.train(net, X, np.sin(X[:, 0]), steps=40, lr=0.05, within=inside)
    at = inside.coordinates(path.parameters)
    np.testing.assert_allclose(inside.points(at), path.parameters, atol=1e-12)
    np.testing.assert_allclose(at[0], inside.coordinates(net.parameters)[0])
    assert path.loss[-1] < path.loss[0]
    np.testing.assert_array_equal(path.start.parameters, path.parameters[0])
    # Adam's first step is lr times the sign of the gradient, in these coordinates
    np.testing.assert_allclose(
        at[1] - at[0], -0.05 * np.sign(path.gradients[0] @ inside.basis), rtol=1e-5
    )


def test_training_within_a_coordinate_slice_is_training_of_these_parameters():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 2))
    net = rg.ReLUNetwork.random([2, 6, 1], rng=0)
    everything = rg.AffineSlice(net.parameters, np.eye(net.n_parameters))
    one, other = (rg.train(net, X, np.sin(X[:, 0]), steps=30, within=w) for w in (None, everything))
    np.testing.assert_allclose(one.parameters, other.parameters, atol=1e-10)
    with pytest.raises(ShapeError, match="within"):
        rg.train(net, X, np.sin(X[:, 0]), within=rg.AffineSlice.random(3, 2, rng=0))
