"""Which vectors are looked at: against what the optimizers themselves recorded."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.paths.steps import OF, steps_of


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(20, 2))
    return rg.ReLUNetwork.random([2, 6, 1], rng=0), X, X[:, 0]


def run(problem, optimizer, **options):
    net, X, y = problem
    return rg.train(net, X, y, optimizer=optimizer, steps=25, lr=0.02, batch_size=5, **options)


def vectors(path, of, size=7, **options):
    """In blocks, which must not matter."""
    found, _ = steps_of(path, of, **options)
    rows = np.concatenate(list(found.blocks(size)))
    assert rows.shape == (found.n, found.dim)
    np.testing.assert_array_equal(rows, found.all())
    return rows


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "amsgrad", "momentum"])
def test_averages_made_again_are_those_recorded(problem, optimizer, decay):
    path = run(problem, optimizer, weight_decay=decay, moments=True)
    bare = run(problem, optimizer, weight_decay=decay)
    assert bare.first_moments is None
    np.testing.assert_array_equal(vectors(path, "momentum"), path.first_moments)
    np.testing.assert_allclose(vectors(bare, "momentum"), path.first_moments, rtol=1e-12)


def test_averages_of_an_optimizer_without_need_beta(problem):
    path = run(problem, "sgd")
    with pytest.raises(InvalidInputError, match=r"first_moments, or `beta`"):
        vectors(path, "momentum")
    found = vectors(path, "momentum", beta=0.5)
    g = path.gradients
    np.testing.assert_allclose(found[1], 0.25 * g[0] + 0.5 * g[1])


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "amsgrad", "rmsprop"])
def test_preconditioned_gradients_by_recorded_second_moments(problem, optimizer):
    path = run(problem, optimizer, weight_decay=0.0, moments=True)
    root = path.second_moments
    if optimizer == "amsgrad":
        root = np.maximum.accumulate(root, axis=0)
    if optimizer != "rmsprop":
        root = root / (1 - 0.999 ** np.arange(1, 26))[:, None]
    expected = path.gradients / (np.sqrt(root) + 1e-8)
    np.testing.assert_allclose(vectors(path, "preconditioned"), expected, rtol=1e-9)
    if optimizer == "rmsprop":  # whose update this is
        np.testing.assert_allclose(expected * -0.02, path.updates, atol=1e-12)


def test_first_adam_step_is_a_vertex_of_a_cube(problem):
    path = run(problem, "adam")
    step, gradient = vectors(path, "updates")[0], path.gradients[0]
    large = np.abs(gradient) > 1e-4
    assert large.any()
    np.testing.assert_allclose(step[large], -0.02 * np.sign(gradient[large]), rtol=1e-3)
    assert (step[gradient == 0] == 0).all()


def test_secants_are_chords_and_turn_no_more_than_the_path(problem):
    path = run(problem, "adam")
    np.testing.assert_array_equal(vectors(path, "updates"), np.diff(path.parameters, axis=0))
    chords = vectors(path, "secants", lag=4)
    np.testing.assert_array_equal(chords, np.diff(path.parameters[:25:4], axis=0))
    np.testing.assert_allclose(vectors(path.updates, "secants", lag=4), chords, atol=1e-14)
    turning = [
        rg.directional_complexity(path, "secants", lag=lag, n_nulls=0).turning for lag in (1, 4)
    ]
    assert turning[1] <= turning[0] == rg.directional_complexity(path, n_nulls=0).turning
    with pytest.raises(InvalidInputError, match="lag"):
        vectors(path, "secants", lag=26)


def test_files_and_lazy_rows_give_the_same(problem, tmp_path):
    path = run(problem, "adam", moments=True)
    path.save(tmp_path / "run.npz")
    for of in OF:
        if of == "raw_updates":
            continue
        np.testing.assert_array_equal(vectors(str(tmp_path / "run.npz"), of), vectors(path, of))
    by_file = rg.directional_complexity(tmp_path / "run.npz", n_nulls=1)
    assert str(by_file.rows()) == str(rg.directional_complexity(path, n_nulls=1).rows())


def test_torch_averages_made_again(tmp_path):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    X = torch.randn(16, 3)
    makers = {
        "sgd": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, dampening=0.3, weight_decay=0.01),
        "nesterov": lambda p: torch.optim.SGD(p, 0.05, momentum=0.8, nesterov=True),
        "adam": lambda p: torch.optim.Adam(p, 0.05, betas=(0.8, 0.99), maximize=True),
    }
    for make in makers.values():
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
        model.double()
        optimizer = make(model.parameters())
        with rg.record(
            model, optimizer, gradients=True, raw_updates=True, moments=True
        ) as recorder:
            for _ in range(12):
                optimizer.zero_grad()
                model(X.double()).square().mean().backward()
                optimizer.step()
        path = recorder.path
        from dataclasses import replace

        again = vectors(replace(path, first_moments=None), "momentum")
        np.testing.assert_allclose(again, path.first_moments, rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(vectors(path, "raw_updates"), path.raw_updates)


@pytest.mark.parametrize("of", ["gradients", "raw_updates", "momentum", "preconditioned"])
def test_what_is_not_there_is_said(problem, of):
    net, _, _ = problem
    line = [net.parameters, 1.1 * net.parameters, 1.3 * net.parameters]
    path = rg.OptimizerPath.from_parameters(
        net, line, optimizer="adam", settings={"betas": [0.9, 0.99]}
    )
    with pytest.raises(InvalidInputError, match=f"path.*{of}|{of}"):
        vectors(path, of)
    sparse = rg.OptimizerPath.from_parameters(
        net, line, gradients=np.ones((2, net.n_parameters)), steps=[0, 5, 10], optimizer="adam",
        settings={"betas": [0.9, 0.99]},
    )  # fmt: skip
    if of in ("momentum", "preconditioned"):
        with pytest.raises(InvalidInputError, match=r"every 5\. step"):
            vectors(sparse, of)
