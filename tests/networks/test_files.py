"""Networks to files and back, and files that are no networks."""

import sys

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError, MissingExtraError, UnsupportedError

import zoo


@pytest.mark.parametrize("make", [zoo.leaky, zoo.skips, zoo.linear_layer, zoo.many_neurons])
def test_there_and_back(make, tmp_path):
    net = make()
    rg.save_network(net, tmp_path / "sub" / "net.npz")
    again = rg.load_network(tmp_path / "sub" / "net.npz")
    for kind in ("weights", "biases", "slopes"):
        for a, b in zip(getattr(net, kind), getattr(again, kind), strict=True):
            np.testing.assert_array_equal(a, b)
    assert [p.name for p in (tmp_path / "sub").iterdir()] == ["net.npz"]


def test_the_file_is_plain_npz(tmp_path):
    rg.save_network(rg.ReLUNetwork.random([2, 3, 1], rng=0), tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz") as stored:
        assert sorted(stored.files) == ["W0", "W1", "b0", "b1"]
    by_hand = {"W0": np.eye(2, dtype=np.int64), "b0": [0, 1], "W1": [[1, 1]], "b1": [2]}
    np.savez(tmp_path / "hand.npz", **by_hand)
    assert rg.load_network(str(tmp_path / "hand.npz"))([1.0, 1.0]).tolist() == [[5.0]]


GOOD = {"W0": np.eye(2), "b0": np.zeros(2), "W1": np.ones((1, 2)), "b1": np.zeros(1)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"W0": None}, "W0"),
        ({"b1": None}, "b1"),
        ({"W1": None, "b1": None}, "hidden layer"),
        ({"W1": np.ones((1, 3))}, "columns"),
        ({"b0": np.zeros(3)}, "shape"),
        ({"W0": np.full((2, 2), np.nan)}, "finite"),
        ({"s0": np.ones(2)}, "affine"),
        ({"W0": np.array([["a", "b"], ["c", "d"]])}, "numbers"),
        ({"W0": np.array([[object()] * 2] * 2)}, "net"),
    ],
)
def test_wrong_contents(change, words, tmp_path):
    arrays = {k: v for k, v in {**GOOD, **change}.items() if v is not None}
    np.savez(tmp_path / "net.npz", **arrays)
    with pytest.raises(FileFormatError, match=words):
        rg.load_network(tmp_path / "net.npz")


def test_missing_broken_and_unknown_files(tmp_path):
    with pytest.raises(FileFormatError, match="existing file"):
        rg.load_network(tmp_path / "none.npz")
    with pytest.raises(FileFormatError, match="existing file"):
        rg.load_network(tmp_path)
    path = tmp_path / "net.npz"
    rg.save_network(rg.ReLUNetwork.random([8, 64, 1], rng=0), path)
    whole = path.read_bytes()
    for broken in (b"", b"hello", whole[: len(whole) // 2]):
        path.write_bytes(broken)
        with pytest.raises(FileFormatError, match=r"net\.npz"):
            rg.load_network(path)
    (tmp_path / "net.txt").write_text("1 2 3")
    with pytest.raises(UnsupportedError, match=r"\.txt"):
        rg.load_network(tmp_path / "net.txt")


def test_damaged_bytes_inside_are_noticed(tmp_path):
    path = tmp_path / "net.npz"
    rg.save_network(rg.ReLUNetwork.random([8, 64, 1], rng=0), path)
    data = bytearray(path.read_bytes())
    data[1000] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(FileFormatError):
        rg.load_network(path)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.npz"
    old = rg.ReLUNetwork.random([2, 3, 1], rng=0)
    rg.save_network(old, path)

    def stopped(stream, **arrays):
        stream.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", stopped)
    with pytest.raises(KeyboardInterrupt):
        rg.save_network(rg.ReLUNetwork.random([2, 3, 1], rng=1), path)
    np.testing.assert_array_equal(rg.load_network(path).parameters, old.parameters)
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


@pytest.mark.parametrize(
    ("suffix", "package", "extra"),
    [
        (".onnx", "onnx", "onnx"),
        (".safetensors", "safetensors", "safetensors"),
        (".pt2", "torch", "torch"),
        (".keras", "keras", "keras"),
        (".h5", "keras", "keras"),
    ],
)
def test_missing_packages_are_named_with_their_extra(suffix, package, extra, tmp_path, monkeypatch):
    (tmp_path / f"net{suffix}").write_bytes(b"anything")
    for name in [n for n in sys.modules if n.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*relugeom\[{extra}\]"):
        rg.load_network(tmp_path / f"net{suffix}")


@pytest.mark.parametrize(
    ("suffix", "hint"), [(".pth", "torch.load it"), (".pkl", "from_sklearn"), (".txt", "known are")]
)
def test_other_suffixes_are_refused_with_a_hint(suffix, hint, tmp_path):
    (tmp_path / f"net{suffix}").write_bytes(b"anything")
    with pytest.raises(UnsupportedError, match=hint):
        rg.load_network(tmp_path / f"net{suffix}")
    with pytest.raises(UnsupportedError, match=r"must end in \.npz"):
        rg.save_network(rg.ReLUNetwork.random([1, 2, 1], rng=0), tmp_path / f"net{suffix}")
