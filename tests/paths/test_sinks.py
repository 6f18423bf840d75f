"""Recorded runs in files: what memory holds, whatever the format, a crash or a second run."""

import contextlib
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError, MissingExtraError

from loops import X, mlp, steps

torch = pytest.importorskip("torch")

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
