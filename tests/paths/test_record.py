"""Recorded PyTorch loops hold exactly what the loop saw, and leave it as it was."""

import contextlib
import copy
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import (
    FileFormatError,
    InvalidInputError,
    MissingExtraError,
    UnsupportedError,
)

torch = pytest.importorskip("torch")
nn = torch.nn
X = torch.linspace(-1, 1, 24).reshape(12, 2)
Y = X[:, :1].abs() - X[:, 1:]


def mlp(dtype=torch.float32):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(),
                         nn.Linear(5, 1)).to(dtype)  # fmt: skip


def flat(tensors):
    return torch.cat([t.detach().reshape(-1) for t in tensors]).double().numpy()


def loss_of(model):
    dtype = next(model.parameters()).dtype
    return ((model(X.to(dtype)) - Y.to(dtype)) ** 2).mean()


def steps(model, optimizer, n, before=lambda t: None, after=lambda t: None):
    """Run an ordinary loop; return the parameters before each step and at the end."""
    seen = []
    for t in range(n):
        optimizer.zero_grad()
        loss_of(model).backward()
        before(t)
        seen.append(flat(model.parameters()))
        optimizer.step()
        after(t)
    return np.array([*seen, flat(model.parameters())])


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


# -- how recording ends ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError, "failed"), (KeyboardInterrupt, "interrupted")]
)
def test_an_error_in_the_loop_passes_and_the_path_so_far_stays(error, status):
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def fail(t):
        if t == 5:
            raise error

    recorder = rg.record(model, optimizer)
    with pytest.raises(error), recorder:
        steps(model, optimizer, 9, before=fail)
    path = recorder.path
    assert (len(path), path.complete, path.status) == (5, False, status)
    assert path.caveats[0].startswith("the record ends after 5 steps: ")
    other = mlp()
    seen = steps(other, torch.optim.SGD(other.parameters(), lr=0.1), 5)
    np.testing.assert_array_equal(path.parameters, seen)
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks
    assert not model._forward_pre_hooks


def test_a_recorder_is_used_once():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    recorder = rg.record(model, optimizer)
    with pytest.raises(InvalidInputError, match="left once"):
        recorder.__exit__(None, None, None)
    with recorder, pytest.raises(InvalidInputError, match="after the `with`"):
        recorder.path  # noqa: B018
    assert len(recorder.path) == 0
    np.testing.assert_array_equal(recorder.path.parameters, [flat(model.parameters())])
    with pytest.raises(InvalidInputError, match="once"), recorder:
        pass
    with pytest.raises(InvalidInputError, match="left once"):
        recorder.__exit__(None, None, None)


@pytest.mark.parametrize("flush", [3, 100])
def test_a_run_that_diverges_ends_at_its_last_finite_point(flush, tmp_path):
    for to in (None, tmp_path / "run.safetensors"):
        model = mlp()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

        def spoil(t, model=model):
            if t == 7:
                model[0].weight.grad[0, 0] = float("inf")

        with rg.record(model, optimizer, to=to, flush=flush) as recorder:
            seen = steps(model, optimizer, 20, before=spoil)
        path = recorder.path
        assert (len(path), path.complete, path.status) == (7, False, "diverged")
        np.testing.assert_array_equal(np.asarray(path.parameters), seen[:8])
        if to is not None:
            assert rg.load_path(to).status == "diverged"


def test_a_new_parameter_group_stops_the_record_and_not_the_loop():
    model = mlp()
    optimizer = torch.optim.SGD(model[2:].parameters(), lr=0.1)

    def unfreeze(t):
        if t == 3:
            optimizer.add_param_group({"params": model[0].parameters()})

    with (
        pytest.warns(UserWarning, match="another parameter group"),
        rg.record(model, optimizer) as recorder,
    ):
        seen = steps(model, optimizer, 9, after=unfreeze)
    path = recorder.path
    assert (len(path), path.complete, path.status) == (4, False, "failed")
    np.testing.assert_array_equal(path.parameters, seen[:5, 18:])
    assert "another parameter group" in path.caveats[0]


def test_a_full_disk_stops_the_record_and_not_the_loop(tmp_path, monkeypatch):
    pytest.importorskip("safetensors")
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    from relugeom.paths.sinks import Shards

    write, calls = Shards.append, []

    def append(self, columns, record):
        calls.append(1)
        if len(calls) > 2:
            raise OSError("No space left on device")
        write(self, columns, record)

    monkeypatch.setattr(Shards, "append", append)
    to = tmp_path / "run.safetensors"
    with (
        pytest.warns(UserWarning, match="No space left"),
        rg.record(model, optimizer, to=to, flush=3) as recorder,
    ):
        seen = steps(model, optimizer, 30)
    path = recorder.path
    assert (len(path), path.complete, path.status) == (5, False, "failed")
    np.testing.assert_array_equal(np.asarray(path.parameters), seen[:6])


# -- bad input -------------------------------------------------------------------------------------


def test_bad_input():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(InvalidInputError, match="`module` must be a torch"):
        rg.record("model", optimizer)
    with pytest.raises(InvalidInputError, match="`optimizer` must be a torch"):
        rg.record(model, "adam")
    with pytest.raises(InvalidInputError, match="none of its 6"):
        rg.record(mlp(), optimizer)
    with pytest.raises(InvalidInputError, match="none of its 0"):
        rg.record(nn.ReLU(), optimizer)
    with pytest.raises(InvalidInputError, match="every"):
        rg.record(model, optimizer, every=0)
    with pytest.raises(InvalidInputError, match="flush"):
        rg.record(model, optimizer, flush=1.5)
    with pytest.raises(UnsupportedError, match=r"\.npz, \.safetensors or \.zarr"):
        rg.record(model, optimizer, to="run.h5")
    lazy = nn.Sequential(nn.LazyLinear(3))
    with pytest.raises(InvalidInputError, match="initialised"):
        rg.record(lazy, torch.optim.SGD(lazy.parameters(), lr=0.1))
    model[0].weight.data[0, 0] = float("nan")
    with pytest.raises(InvalidInputError, match="finite"), rg.record(model, optimizer):
        steps(model, optimizer, 1)


def test_moments_of_an_optimizer_without_any():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    recorder = rg.record(model, optimizer, moments=True)
    with pytest.raises(InvalidInputError, match="SGD keeps none"), recorder:
        steps(model, optimizer, 3)
    net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
    path = rg.train(net, X.numpy(), Y.numpy(), optimizer="sgd", steps=3, moments=True)
    assert path.first_moments is path.second_moments is None


def test_a_missing_package_is_named_before_the_loop(monkeypatch):
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for package, suffix in (("safetensors", ".safetensors"), ("zarr", ".zarr")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingExtraError, match=suffix[1:]):
            rg.record(model, optimizer, to=f"run{suffix}")


# -- files -----------------------------------------------------------------------------------------

SUFFIXES = (".npz", ".safetensors", ".zarr")
WIDE = ("parameters", "gradients", "first_moments", "second_moments", "raw_updates")


def need(suffix):
    if suffix != ".npz":
        pytest.importorskip(suffix[1:])


def recorded(to, n=23, **options):
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    everything = {"gradients": True, "updates": True, "moments": True, "flush": 5}
    recorder = rg.record(model, optimizer, to=to, **{**everything, **options})
    with recorder:
        steps(model, optimizer, n, before=lambda t: recorder.log(loss=t / 2, batch=range(t % 3)))
    return recorder.path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_sink_gives_back_what_memory_holds(suffix, tmp_path):
    need(suffix)
    wanted = recorded(None)
    here = recorded(tmp_path / "new" / f"run{suffix}")
    back = rg.load_path(tmp_path / "new" / f"run{suffix}")
    lazy = rg.load_path(tmp_path / "new" / f"run{suffix}", lazy=True)
    back.save(tmp_path / f"copy{suffix}")
    for path in (here, back, lazy, rg.load_path(tmp_path / f"copy{suffix}")):
        for name in (*WIDE, "loss", "learning_rates", "steps"):
            found = np.asarray(getattr(path, name))
            np.testing.assert_array_equal(found, getattr(wanted, name), err_msg=name)
            assert found.dtype == (np.int64 if name == "steps" else np.float64)
        assert [b.tolist() for b in path.batches] == [b.tolist() for b in wanted.batches]
        for name in ("optimizer", "lr", "settings", "complete", "status", "layout", "outside"):
            assert getattr(path, name) == getattr(wanted, name), name
        np.testing.assert_array_equal(path.network(3)(X), wanted.network(3)(X))
        assert len(rg.crossings(path, X.numpy())) == len(rg.crossings(wanted, X.numpy()))
    assert isinstance(lazy.parameters, rg.paths.Rows)
    assert isinstance(back.parameters, np.ndarray)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_paths_between_formats(suffix, tmp_path):
    need(suffix)
    wanted = recorded(tmp_path / f"run{suffix}", n=4)
    for other in SUFFIXES:
        with contextlib.suppress(MissingExtraError):
            rg.load_path(tmp_path / f"run{suffix}").save(tmp_path / f"other{other}")
            back = rg.load_path(tmp_path / f"other{other}")
            np.testing.assert_array_equal(back.parameters, np.asarray(wanted.parameters))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_second_run_replaces_the_first_and_nothing_else(suffix, tmp_path):
    need(suffix)
    to = tmp_path / f"run{suffix}"
    recorded(to, n=23)
    assert len(recorded(to, n=2)) == 2
    assert len(rg.load_path(to)) == 2
    if suffix == ".npz":
        return
    assert len(list(tmp_path.glob("run-*.safetensors"))) == (2 if suffix != ".zarr" else 0)
    rg.load_path(to).save(tmp_path / f"one{suffix}")
    assert len(recorded(tmp_path / f"one{suffix}", n=3)) == 3
    other = tmp_path / f"other{suffix}"
    if suffix == ".zarr":
        other.mkdir()
        (other / "thesis.txt").write_text("all of it")
    else:
        from safetensors.numpy import save_file

        save_file({"weight": np.zeros(3)}, other)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileFormatError):
        recorded(other)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_saved_path_takes_the_place_of_recorded_files(tmp_path):
    pytest.importorskip("safetensors")
    wanted = np.asarray(recorded(tmp_path / "run.safetensors").parameters)
    rg.load_path(tmp_path / "run.safetensors", lazy=True).save(tmp_path / "run.safetensors")
    assert [p.name for p in tmp_path.iterdir()] == ["run.safetensors"]
    np.testing.assert_array_equal(rg.load_path(tmp_path / "run.safetensors").parameters, wanted)


def test_slow_steps_are_written_after_a_while(tmp_path, monkeypatch):
    pytest.importorskip("safetensors")
    assert rg.record  # loads the module
    monkeypatch.setattr(sys.modules["relugeom.paths.record"], "_PATIENCE", 0.0)
    path = recorded(tmp_path / "run.safetensors", n=6, flush=100)
    assert len(list(tmp_path.glob("run-0*"))) == 7
    np.testing.assert_array_equal(np.asarray(path.parameters), recorded(None, n=6).parameters)


def test_shards_are_ordinary_safetensors_files(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    wanted = recorded(tmp_path / "run.safetensors", n=7)
    second = safetensors.load_file(tmp_path / "run-000001.safetensors")
    np.testing.assert_array_equal(second["parameters.000001"], np.asarray(wanted.parameters)[5:])
    assert second["parameters.000001"].dtype == np.float32
    for name in ("run.safetensors.index.json", "."):
        assert len(rg.load_path(tmp_path / name)) == 7


CRASH = """
import os, signal
import relugeom as rg
import torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 6), torch.nn.ReLU(), torch.nn.Linear(6, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
X = torch.linspace(-1, 1, 24).reshape(12, 2)
with rg.record(model, optimizer, to={to!r}, flush=5, gradients=True) as recorder:
    for t in range({n}):
        optimizer.zero_grad()
        (model(X) - X[:, :1]).square().mean().backward()
        recorder.log(batch=[t])
        optimizer.step()
        if t == {last}:
            recorder._writer.wait()
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("suffix", SUFFIXES[1:])
def test_a_killed_run_is_readable_up_to_the_last_flush(suffix, tmp_path):
    need(suffix)

    def run(name, last):
        code = CRASH.format(to=str(tmp_path / f"{name}{suffix}"), n=20, last=last)
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], env=os.environ
        ).returncode

    assert run("killed", last=13) == -9
    assert run("whole", last=-1) == 0
    whole = rg.load_path(tmp_path / f"whole{suffix}")
    path = rg.load_path(tmp_path / f"killed{suffix}")
    assert (len(path), path.complete, path.status) == (9, False, "part")  # ten points
    assert "process died" in path.caveats[0]
    np.testing.assert_array_equal(path.parameters, whole.parameters[:10])
    np.testing.assert_array_equal(path.gradients, whole.gradients[:9])
    assert [b.tolist() for b in path.batches] == [[t] for t in range(9)]
    assert len(rg.crossings(path, X.numpy())) <= len(rg.crossings(whole, X.numpy()))


MEMORY = """
import resource, sys
import relugeom as rg
import torch
model = torch.nn.Sequential(torch.nn.Linear(500, 100), torch.nn.ReLU(), torch.nn.Linear(100, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
X = torch.randn(4, 500)
with rg.record(model, optimizer, to={to!r}, flush=20):
    for t in range(620):
        if t == 60:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        optimizer.zero_grad()
        model(X).square().mean().backward()
        optimizer.step()
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="units of ru_maxrss")
def test_memory_does_not_grow_with_the_run(tmp_path):
    pytest.importorskip("safetensors")
    code = MEMORY.format(to=str(tmp_path / "run.safetensors"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 40  # MiB; 107 are written after the sixtieth step
    assert len(rg.load_path(tmp_path / "run.safetensors", lazy=True)) == 620
