"""How recording ends: by an error, a full disk or another optimizer; and what cannot begin."""

import sys

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, MissingExtraError, UnsupportedError

from loops import X, Y, flat, mlp, steps

torch = pytest.importorskip("torch")
nn = torch.nn


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
