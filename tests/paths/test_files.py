"""Files of paths: what is read lazily, and broken ones."""

import json
import shutil
import sys
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import relugeom as rg
from relugeom._status import STATUSES
from relugeom.errors import FileFormatError, MissingExtraError, UnsupportedError

SUFFIXES = (".npz", ".safetensors", ".zarr")


def trained(n=9, **options):
    net = rg.ReLUNetwork.random([2, 5, 1], rng=0)
    X = np.random.default_rng(0).normal(size=(8, 2))
    return rg.train(net, X, X[:, 0], steps=n, batch_size=3, moments=True, **options)


@pytest.fixture(params=SUFFIXES)
def suffix(request):
    if request.param != ".npz":
        pytest.importorskip(request.param[1:])
    return request.param


def test_a_trained_path_survives_every_format(suffix, tmp_path):
    path = trained()
    path.save(tmp_path / f"run{suffix}")
    for lazy in (False, True):
        back = rg.load_path(tmp_path / f"run{suffix}", lazy=lazy)
        for name in ("parameters", "gradients", "first_moments", "second_moments", "loss",
                     "learning_rates", "steps"):  # fmt: skip
            np.testing.assert_array_equal(np.asarray(getattr(back, name)), getattr(path, name))
        for name in ("optimizer", "lr", "settings", "complete", "status", "caveats"):
            assert getattr(back, name) == getattr(path, name)
        assert [b.tolist() for b in back.batches] == [b.tolist() for b in path.batches]
        assert len(back.loss) == len(path) + 1
        np.testing.assert_array_equal(back.canonical(slice(2, 5)), path.parameters[2:5])
        assert back.updates.shape == path.updates.shape
    assert [p.name for p in tmp_path.iterdir()] == [f"run{suffix}"]


def test_a_lazy_path_can_be_saved_over_itself(suffix, tmp_path):
    path = trained()
    path.save(tmp_path / f"run{suffix}")
    rg.load_path(tmp_path / f"run{suffix}", lazy=True).save(tmp_path / f"run{suffix}")
    back = rg.load_path(tmp_path / f"run{suffix}")
    np.testing.assert_array_equal(back.parameters, path.parameters)
    assert [p.name for p in tmp_path.iterdir()] == [f"run{suffix}"]


def test_a_strided_path_survives(suffix, tmp_path):
    path = trained(n=12)
    every = rg.OptimizerPath.from_parameters(
        path.start, path.parameters[::3], steps=range(0, 13, 3), status="interrupted"
    )
    every.save(tmp_path / f"run{suffix}")
    back = rg.load_path(tmp_path / f"run{suffix}")
    assert back.every == 3
    assert len(back.caveats) == 2
    assert back.caveats == every.caveats


def test_a_compressed_npz_is_read_whole(tmp_path):
    path = trained()
    path.save(tmp_path / "run.npz")
    np.savez_compressed(tmp_path / "small.npz", **np.load(tmp_path / "run.npz"))
    lazy = rg.load_path(tmp_path / "small.npz", lazy=True)
    np.testing.assert_array_equal(lazy.parameters[2:4], path.parameters[2:4])


def test_a_large_zarr_is_written_in_parts(tmp_path, monkeypatch):
    pytest.importorskip("zarr")
    monkeypatch.setattr("relugeom.paths.files._PART", 500)
    path = trained()
    path.save(tmp_path / "run.zarr")
    back = rg.load_path(tmp_path / "run.zarr")
    np.testing.assert_array_equal(back.parameters, path.parameters)
    np.testing.assert_array_equal(back.loss, path.loss)
    assert [b.tolist() for b in back.batches] == [b.tolist() for b in path.batches]


def test_damaged_files_raise_our_error_or_none(suffix, tmp_path):
    trained().save(tmp_path / f"run{suffix}")
    source = tmp_path / f"run{suffix}"
    files, cuts = [source], 12
    if source.is_dir():
        files, cuts = [source / "zarr.json", *sorted(source.glob("*a*/c/0/0"))[:2]], 4
        files += sorted(source.glob("[ps]*/zarr.json"))
    for file in files:
        whole = file.read_bytes()
        places = range(0, len(whole), max(1, len(whole) // cuts))
        damaged = [whole[:k] for k in places]
        damaged += [whole[:k] + bytes([whole[k] ^ 0xFF]) + whole[k + 1 :] for k in places]
        for content in damaged:
            file.write_bytes(content)
            with suppress(FileFormatError):
                rg.load_path(source)
        file.unlink()
        with suppress(FileFormatError):
            rg.load_path(source)
        file.write_bytes(whole)
    assert len(rg.load_path(source)) == 9


def test_indices_that_do_not_fit(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with rg.record(model, optimizer, file=tmp_path / "run.safetensors", flush=2):
        for _ in range(5):
            model(torch.ones(1, 2)).sum().backward()
            optimizer.step()
    index = tmp_path / "run.safetensors.index.json"
    good = json.loads(index.read_text())
    assert len(rg.load_path(tmp_path)) == 5
    for change in (
        {"weight_map": {**good["weight_map"], "parameters.000009": "gone.safetensors"}},
        {"weight_map": {**good["weight_map"], "parameters.000009": "run-000000.safetensors"}},
        {"weight_map": {k: v for k, v in good["weight_map"].items() if k[:5] != "steps"}},
        {"metadata": {}},
        {"metadata": {"record": {**good["metadata"]["record"], "format": "something else"}}},
        {"metadata": {"record": {**good["metadata"]["record"], "layout": [[["w"], [2]]]}}},
    ):
        index.write_text(json.dumps({**good, **change}))
        with pytest.raises(FileFormatError):
            rg.load_path(tmp_path / "run.safetensors")
    index.write_text("{")
    with pytest.raises(FileFormatError):
        rg.load_path(index)
    shutil.copy(index, tmp_path / "second.safetensors.index.json")
    with pytest.raises(FileFormatError, match="with 2 of them"):
        rg.load_path(tmp_path)


def test_a_path_of_an_older_format_is_refused_but_may_be_replaced(tmp_path):
    path, file = trained(), tmp_path / "run.npz"
    path.save(file)
    with np.load(file) as stored:
        arrays = dict(stored)
    record = {**json.loads(str(arrays["record"])), "format": "relugeom path 2", "status": "done"}
    np.savez(file, **{**arrays, "record": np.array(json.dumps(record))})
    with pytest.raises(FileFormatError, match="must have the format 'relugeom path 3'; got 'relug"):
        rg.load_path(file)
    path.save(file)
    assert rg.load_path(file).complete


@pytest.mark.parametrize("status", STATUSES)
def test_the_status_survives(suffix, status, tmp_path):
    path = replace(
        trained(), status=status, reason="the disk is full" if status == "failed" else ""
    )
    path.save(tmp_path / f"run{suffix}")
    back = rg.load_path(tmp_path / f"run{suffix}")
    assert (back.status, back.complete, back.message) == (
        status, status == "complete", path.message,
    )  # fmt: skip


def test_formats_that_are_not_known(tmp_path):
    path = trained()
    for name in ("run.txt", "run"):
        with pytest.raises(UnsupportedError, match=r"\.npz, \.safetensors or \.zarr"):
            path.save(tmp_path / name)
    (tmp_path / "run.txt").write_text("")
    with pytest.raises(UnsupportedError, match=r"\.npz, \.safetensors or \.zarr"):
        rg.load_path(tmp_path / "run.txt")
    for name in (*(f"missing{s}" for s in SUFFIXES), "missing"):
        with pytest.raises(FileFormatError, match="existing"):
            rg.load_path(tmp_path / name)
    with pytest.raises(FileFormatError, match="with 0 of them"):
        rg.load_path(tmp_path)


def test_missing_packages_are_named(tmp_path, monkeypatch):
    path = trained()
    for package, suffix in (("safetensors", ".safetensors"), ("zarr", ".zarr")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingExtraError, match=suffix[1:]):
            path.save(tmp_path / f"run{suffix}")
        (tmp_path / f"old{suffix}").write_text("")
        with pytest.raises(MissingExtraError, match=suffix[1:]):
            rg.load_path(tmp_path / f"old{suffix}")
