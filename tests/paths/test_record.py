"""Recorded PyTorch loops hold exactly what the loop saw, and leave it as it was."""

import copy

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import (
    InvalidInputError,
    UnsupportedError,
)

from loops import X, Y, flat, loss_of, mlp, steps

torch = pytest.importorskip("torch")
nn = torch.nn


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.02, amsgrad=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
    "nadam": lambda p: torch.optim.NAdam(p, lr=0.02),
}
MOMENTS = {
    "momentum": ("momentum_buffer", None),
    "adam": ("exp_avg", "exp_avg_sq"),
    "adamw": ("exp_avg", "exp_avg_sq"),
    "rmsprop": ("momentum_buffer", "square_avg"),
    "adagrad": (None, "sum"),
    "nadam": ("exp_avg", "exp_avg_sq"),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parameters_gradients_and_moments_are_those_of_the_loop(name, dtype):
    model = mlp(dtype)
    optimizer = OPTIMIZERS[name](model.parameters())
    gradients, moments = [], ([], [])

    def read(t):
        gradients.append(flat(p.grad for p in model.parameters()))

    def read_state(t):
        for kept, kind in zip(moments, MOMENTS.get(name, (None, None)), strict=True):
            if kind is not None:
                kept.append(flat(optimizer.state[p][kind] for p in model.parameters()))

    options = {"gradients": True, "updates": True, "moments": name in MOMENTS, "flush": 4}
    with rg.record(model, optimizer, **options) as recorder:
        seen = steps(model, optimizer, 11, before=read, after=read_state)
    path = recorder.path
    np.testing.assert_array_equal(path.parameters, seen)
    np.testing.assert_array_equal(path.gradients, gradients)
    np.testing.assert_array_equal(path.updates, np.diff(seen, axis=0))
    np.testing.assert_allclose(path.raw_updates, path.updates, rtol=1e-6, atol=1e-9)
    for found, wanted in zip((path.first_moments, path.second_moments), moments, strict=True):
        if wanted:
            np.testing.assert_array_equal(found, wanted)
        else:
            assert found is None
    assert (len(path), path.complete, path.status, path.caveats) == (11, True, "complete", ())
    assert path.optimizer == type(optimizer).__name__.lower()
    assert path.lr == optimizer.param_groups[0]["lr"]
    assert path.every == 1
    assert path.loss is path.batches is None
    np.testing.assert_array_equal(path.template.parameters, seen[0])
    again = mlp(dtype)
    np.testing.assert_array_equal(steps(again, OPTIMIZERS[name](again.parameters()), 11), seen)


def test_our_trainer_and_torch_record_the_same_adam_run():
    net = rg.ReLUNetwork.random([2, 6, 1], rng=0)
    ours = rg.train(net, X.numpy(), Y.numpy(), optimizer="adam", steps=30, lr=0.02, moments=True)
    model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1)).double()
    torch.nn.utils.vector_to_parameters(torch.from_numpy(net.parameters.copy()), model.parameters())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    with rg.record(model, optimizer, gradients=True, moments=True) as recorder:
        steps(model, optimizer, 30)
    for name in ("parameters", "gradients", "first_moments", "second_moments"):
        theirs = getattr(recorder.path, name)
        np.testing.assert_allclose(theirs, getattr(ours, name), rtol=1e-6, atol=1e-10)
    np.testing.assert_array_equal(recorder.path.learning_rates, ours.learning_rates)
    assert recorder.path.settings == {"betas": (0.9, 0.999), "eps": 1e-8}
    events = rg.crossings(recorder.path, X.numpy())
    assert len(events) == len(rg.crossings(ours, X.numpy())) > 0


# -- what loops do ---------------------------------------------------------------------------------


def test_learning_rates_of_groups_follow_schedulers():
    model = mlp()
    groups = [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[2:].parameters()}]
    optimizer = torch.optim.SGD(groups, lr=0.01)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    with rg.record(model, optimizer) as recorder:
        steps(model, optimizer, 4, after=lambda t: scheduler.step())
    wanted = np.outer(0.5 ** np.arange(4), [0.1, 0.01])
    np.testing.assert_allclose(recorder.path.learning_rates, wanted, rtol=1e-12)


@pytest.mark.parametrize("n", [20, 21, 24])
def test_every_kth_step_says_what_it_misses(n):
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    gradients = []
    with rg.record(model, optimizer, every=4, gradients=True, updates=True, flush=2) as recorder:
        seen = steps(
            model, optimizer, n,
            before=lambda t: gradients.append(flat(p.grad for p in model.parameters())),
        )  # fmt: skip
    path = recorder.path
    at = [*range(0, n, 4), n]
    assert path.steps.tolist() == at
    assert path.every == 4
    np.testing.assert_array_equal(path.parameters, seen[at])
    np.testing.assert_array_equal(path.gradients, np.array(gradients)[at[:-1]])
    np.testing.assert_allclose(
        path.raw_updates, np.diff(seen, axis=0)[at[:-1]], rtol=1e-6, atol=1e-8
    )
    assert f"{n - len(path)} of {n} optimizer steps are not recorded (every=4)" in path.caveats[0]
    complexity = rg.directional_complexity(path, n_nulls=0)
    assert complexity.caveats == path.caveats
    assert path.caveats[0] in complexity.summary


def test_only_what_was_asked_for_is_recorded():
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    with rg.record(model, optimizer, parameters=False, updates=True, gradients=True) as recorder:
        seen = steps(model, optimizer, 9)
    path = recorder.path
    assert path.parameters.shape == (10, 0)
    np.testing.assert_allclose(path.updates, np.diff(seen, axis=0), rtol=1e-6, atol=1e-8)
    assert rg.directional_complexity(path, n_nulls=0).dim == seen.shape[1]
    for ask in (lambda: path.network(0), path.canonical, lambda: rg.crossings(path, X.numpy())):
        with pytest.raises(InvalidInputError, match="parameters"):
            ask()
    with pytest.raises(InvalidInputError, match="`parameters`"):
        rg.record(model, optimizer, parameters=False)


def test_weights_clipped_between_steps_are_part_of_the_path_and_noted():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def clip(t):
        for p in model.parameters():
            p.data.clamp_(-0.2, 0.2)

    with rg.record(model, optimizer, updates=True) as recorder:
        seen = steps(model, optimizer, 6, after=clip)
    path = recorder.path
    np.testing.assert_array_equal(path.parameters, seen)
    assert path.outside == 6
    assert "not by the optimizer (seen 6 times)" in path.caveats[0]
    assert (np.abs(path.updates - path.raw_updates) > 1e-3).any()


def test_weights_swapped_out_and_back_leave_no_trace():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def swap(t):
        kept = copy.deepcopy(model.state_dict())
        model.load_state_dict({k: 0.5 * v for k, v in kept.items()})
        model.load_state_dict(kept)

    with rg.record(model, optimizer) as recorder:
        averaged = torch.optim.swa_utils.AveragedModel(model)  # a copy, hooks and all
        seen = steps(model, optimizer, 6, after=swap)
        averaged(X)
    np.testing.assert_array_equal(recorder.path.parameters, seen)
    assert recorder.path.outside == 0


def test_frozen_layers_are_part_of_the_network_and_not_of_the_path():
    model = mlp()
    model[0].requires_grad_(False)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.05)
    nets = []
    with rg.record(model, optimizer) as recorder:
        steps(model, optimizer, 5, before=lambda t: nets.append(rg.from_torch(model)))
    path = recorder.path
    assert path.layout.names == (("2.weight",), ("2.bias",), ("4.weight",), ("4.bias",))
    assert path.parameters.shape == (6, 5 * 6 + 5 + 5 + 1)
    for t, net in enumerate(nets):
        np.testing.assert_array_equal(path.network(t).parameters, net.parameters)
        np.testing.assert_array_equal(path.canonical(slice(t, t + 1))[0], net.parameters)


def test_a_part_of_a_model_can_be_recorded():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with rg.record(model[2:], optimizer) as recorder:
        seen = steps(model, optimizer, 3)
    np.testing.assert_array_equal(recorder.path.parameters, seen[:, 18:])
    assert recorder.path.template.input_dim == 6


def test_a_frozen_layer_that_moves_costs_the_network():
    model = mlp()
    first = torch.optim.SGD(model[0].parameters(), lr=0.1)
    second = torch.optim.SGD(model[2:].parameters(), lr=0.1)
    with rg.record(model, second) as recorder:
        for _ in range(3):
            loss_of(model).backward()
            first.step()
            second.step()
    assert recorder.path.parameters.shape == (4, 41)
    with pytest.raises(UnsupportedError, match=r"'0\.weight' changed"):
        recorder.path.network(1)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(3, 1)
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
        self.b.weight = self.a.weight

    def forward(self, x):
        return self.out(torch.relu(self.b(torch.relu(self.a(torch.cat([x, x[:, :1]], 1))))))


def test_shared_weights_have_one_place_and_all_their_names():
    torch.manual_seed(0)
    model, nets = Tied(), []
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    with rg.record(model, optimizer, input_shape=(2,)) as recorder:
        steps(model, optimizer, 4, before=lambda t: nets.append(rg.from_torch(model, (2,))))
    path = recorder.path
    assert path.parameters.shape[1] == 4 + 9 + 3 + 3
    assert ("a.weight", "b.weight") in path.layout.names
    for t, net in enumerate(nets):
        np.testing.assert_allclose(path.network(t).parameters, net.parameters, rtol=1e-15)
    other = Tied()
    other.load_state_dict({k: torch.from_numpy(v) for k, v in path.state(-1).items()})
    assert torch.equal(other(X), model(X))


def test_a_closure_is_followed_and_its_first_loss_kept():
    model = mlp(torch.float64)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=4)
    losses, seen = [], []

    def closure():
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        return loss

    with rg.record(model, optimizer) as recorder:
        for t in range(5):
            losses.append(loss_of(model).item())
            seen.append(flat(model.parameters()))
            optimizer.step(closure) if t % 2 else optimizer.step(closure=closure)
    np.testing.assert_array_equal(recorder.path.parameters[:-1], seen)
    np.testing.assert_array_equal(recorder.path.loss, losses)


def test_gradients_of_a_closure_are_those_it_left():
    model, other = mlp(), mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        return loss

    with rg.record(model, optimizer, gradients=True) as recorder:
        for _ in range(4):
            optimizer.step(closure)
    with rg.record(other, torch.optim.SGD(other.parameters(), lr=0.1), gradients=True) as plain:
        steps(other, plain._optimizer, 4)
    np.testing.assert_array_equal(recorder.path.gradients, plain.path.gradients)


def test_gradients_are_accumulated_clipped_and_unscaled():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    used, logged = [], []
    with rg.record(model, optimizer, gradients=True) as recorder:
        for t in range(5):
            optimizer.zero_grad()
            for part in (slice(0, 6), slice(6, 12)):
                loss = ((model(X[part]) - Y[part]) ** 2).mean() / 2
                recorder.log(loss=loss, batch=range(part.start, part.stop))
                scaler.scale(loss * (float("inf") if t == 2 else 1.0)).backward()
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            if t != 2:
                used.append(flat(p.grad for p in model.parameters()))
                logged.append(loss_of(model).item() / 2)
            scaler.step(optimizer)
            scaler.update()
    path = recorder.path
    assert len(path) == 4  # the scaler skipped one
    np.testing.assert_array_equal(path.gradients, used)
    assert np.linalg.norm(path.gradients, axis=1).max() < 0.1001
    np.testing.assert_allclose(path.loss[[0, 1, 3]], np.array(logged)[[0, 1, 3]], rtol=1e-6)
    assert path.batches[0].tolist() == list(range(12))


def test_half_precision_is_kept_exactly():
    model = mlp(torch.bfloat16)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with rg.record(model, optimizer, gradients=True) as recorder:
        seen = steps(model, optimizer, 4)
    np.testing.assert_array_equal(recorder.path.parameters, seen)


def test_a_parameter_without_a_gradient_has_gradient_zero():
    model = mlp()
    model.extra = nn.Parameter(torch.ones(3))
    optimizer = torch.optim.Adam(model.parameters())
    with rg.record(model, optimizer, gradients=True, moments=True) as recorder:
        steps(model, optimizer, 3)
    path = recorder.path
    at = path.layout.slices[path.layout.names.index(("extra",))]
    assert not path.gradients[:, at].any()
    assert not path.first_moments[:, at].any()
    assert path.first_moments.any()
    assert rg.crossings(path, X.numpy()).n_steps == 3


def test_losses_and_batches_belong_to_the_next_step():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    recorder = rg.record(model, optimizer)
    with pytest.raises(InvalidInputError, match="inside"):
        recorder.log(loss=1.0)
    with recorder:
        steps(
            model, optimizer, 4,
            before=lambda t: recorder.log(loss=float(t), batch=[t]) if t != 2 else None,
        )  # fmt: skip
        for bad in ({"loss": [1.0, 2.0]}, {"batch": [0.5]}):
            with pytest.raises(InvalidInputError, match=next(iter(bad))):
                recorder.log(**bad)
    np.testing.assert_array_equal(recorder.path.loss, [0.0, 1.0, np.nan, 3.0])
    assert [b.tolist() for b in recorder.path.batches] == [[0], [1], [], [3]]
    late = rg.record(model, optimizer)
    with pytest.warns(UserWarning, match="before the step"), late:
        steps(model, optimizer, 2, after=lambda t: late.log(loss=1.0))
