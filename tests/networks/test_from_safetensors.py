"""Weights in safetensors files."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError, InvalidInputError, UnsupportedError

safetensors = pytest.importorskip("safetensors.numpy")


def save(path, net, names, dtype=np.float64, bias=True):
    tensors = {}
    for name, w, b in zip(names, net.weights, net.biases, strict=True):
        tensors[f"{name}.weight"] = np.array(w, dtype)
        if bias:
            tensors[f"{name}.bias"] = np.array(b, dtype)
    safetensors.save_file(tensors, path)
    return path


def same(a, b):
    return all(np.array_equal(v, w) for v, w in zip(a.weights + a.biases, b.weights + b.biases,
                                                    strict=True))  # fmt: skip


def test_natural_order_of_names(tmp_path):
    net = rg.ReLUNetwork.random([2, *[4] * 10, 1], rng=0)
    file = save(tmp_path / "net.safetensors", net, [f"layers.{i}" for i in range(11)])
    assert same(rg.load_network(file), net)


def test_names_in_another_order_need_widths(tmp_path):
    net = rg.ReLUNetwork.random([2, 5, 4, 1], rng=0)
    file = save(tmp_path / "net.safetensors", net, ["stem", "middle", "head"])
    with pytest.raises(InvalidInputError, match=r"`widths` must be given, .*head \(1, 4\)"):
        rg.load_network(file)
    assert same(rg.load_network(file, widths=[2, 5, 4, 1]), net)
    with pytest.raises(InvalidInputError, match="got none left from 2 to 7"):
        rg.load_network(file, widths=[2, 7, 1])
    with pytest.raises(InvalidInputError, match="`widths` must be a whole number"):
        rg.load_network(file, widths=[2, 0, 1])


def test_without_biases_and_in_single_precision(tmp_path):
    net = rg.ReLUNetwork.random([2, 5, 1], rng=0)
    file = save(tmp_path / "net.safetensors", net, ["0", "2"], np.float32, bias=False)
    loaded = rg.load_network(file)
    np.testing.assert_array_equal(loaded.weights[0], net.weights[0].astype(np.float32))
    assert not any(b.any() for b in loaded.biases)


def test_half_precision_integers_and_others(tmp_path):
    torch = pytest.importorskip("torch")
    save_file = pytest.importorskip("safetensors.torch").save_file
    file, W = tmp_path / "net.safetensors", torch.tensor([[1.5, -0.25], [3.0, 2.0**-20]])
    v = torch.ones(1, 2)
    for dtype in (torch.bfloat16, torch.float16, torch.float32, torch.float64, torch.int32):
        save_file({"0.weight": W.to(dtype), "1.weight": v.to(dtype)}, file)
        wanted = W.to(dtype).double().numpy()
        np.testing.assert_array_equal(rg.load_network(file).weights[0], wanted)
    for dtype, name in ((torch.float8_e5m2, "F8_E5M2"), (torch.int8, "I8"), (torch.bool, "BOOL")):
        save_file({"0.weight": W.to(dtype), "1.weight": v.to(dtype)}, file)
        with pytest.raises(UnsupportedError, match=rf"weight' holds {name};"):
            rg.load_network(file)


def test_tensors_that_are_no_layers(tmp_path):
    file = tmp_path / "net.safetensors"
    safetensors.save_file({"conv.weight": np.ones((2, 1, 3, 3))}, file)
    with pytest.raises(UnsupportedError, match=r"'conv.weight' of shape \(2, 1, 3, 3\)"):
        rg.load_network(file)
    safetensors.save_file({"0.weight": np.ones((2, 2))}, file)
    with pytest.raises(FileFormatError, match="at least two matrices"):
        rg.load_network(file)


def test_broken_file(tmp_path):
    (tmp_path / "net.safetensors").write_bytes(b"nothing")
    with pytest.raises(FileFormatError, match="not a readable safetensors"):
        rg.load_network(tmp_path / "net.safetensors")
