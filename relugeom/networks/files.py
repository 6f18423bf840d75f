"""Networks to and from files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._check import positive_ints
from .._files import existing, read_npz, reason, replacing, writable
from ..errors import FileFormatError, InvalidInputError, RelugeomError, UnsupportedError
from .network import ReLUNetwork

Shape = Sequence[int] | None

_HINTS = {
    ".pt": "torch.load it and give the module to relugeom.from_torch",
    ".pth": "torch.load it and give the module to relugeom.from_torch",
    ".pkl": "load it and give the model to relugeom.from_sklearn",
    ".joblib": "load it and give the model to relugeom.from_sklearn",
}


def load_network(
    path: str | os.PathLike[str], *, widths: Shape = None, input_shape: Shape = None
) -> ReLUNetwork:
    """Load a network from a file; its suffix says the format.

    Parameters
    ----------
    path : path
        - ``.npz``: arrays ``W0, b0, W1, b1, ...`` (and ``s0, s1, ...`` for the slopes of
          rectifiers that are not ReLUs), as `save_network` writes them;
        - ``.onnx``, ``.pt2`` (`torch.export.save`), ``.keras`` and ``.h5``: models with
          piecewise-linear layers; a final softmax or sigmoid is left off, with a warning. Inputs
          and outputs are flattened in row-major order;
        - ``.nnet``: its normalisation becomes part of the first and last layer
          (`relugeom.networks.nnet`);
        - ``.safetensors``: matrices and biases, taken as layers with ReLUs between
          (`relugeom.networks.safetensors`).
    widths : sequence of int, optional
        For ``.safetensors`` whose names do not tell the order of layers: input dimension, hidden
        widths, output dimension.
    input_shape : sequence of int, optional
        For ``.onnx`` and ``.pt2``: the shape of the input, with the batch axis, where the file
        leaves it open. (An open batch axis alone is taken to be 1.)

    Raises
    ------
    FileFormatError
        If the file is missing, broken, or holds no network.
    UnsupportedError
        If the format, or a layer, is not known.
    MissingExtraError
        If the package that reads the format is not installed.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "net.npz"
    >>> rg.save_network(rg.ReLUNetwork.random([2, 3, 1], rng=0), file)
    >>> rg.load_network(file)
    ReLUNetwork(2-3-1, 3 neurons)
    """
    source = existing(path, "`path`")
    suffix = source.suffix.lower()
    if suffix not in _READERS:
        hint = _HINTS.get(suffix, f"known are {', '.join(_READERS)}")
        raise UnsupportedError(
            f"`path` must be a network file; got {suffix or 'no suffix'!r} ({source.name}): {hint}"
        )
    if widths is not None and suffix != ".safetensors":
        raise InvalidInputError(f"`widths` must be given only for .safetensors; got {suffix!r}")
    if input_shape is not None and suffix not in (".onnx", ".pt2"):
        raise InvalidInputError(
            f"`input_shape` must be given only for .onnx and .pt2; got {suffix!r}"
        )
    if widths is not None:
        widths = positive_ints("widths", widths)
    if input_shape is not None:
        input_shape = positive_ints("input_shape", input_shape)
    return _READERS[suffix](source, widths if suffix == ".safetensors" else input_shape)


def save_network(net: ReLUNetwork, path: str | os.PathLike[str]) -> None:
    """Save a network as ``.npz`` with arrays ``W0, b0, W1, b1, ...``; the inverse of load.

    A sparse matrix is stored as its ``W0_data``, ``W0_indices``, ``W0_indptr`` and ``W0_shape``.
    """
    writable(path, [".npz"])
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **network_arrays(net))


def network_arrays(net: ReLUNetwork) -> dict[str, Any]:
    """Return the arrays that describe a network, by the names they have in a file."""
    arrays: dict[str, Any] = {}
    for i, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        if isinstance(w, np.ndarray):
            arrays[f"W{i}"] = w
        else:
            parts = {"data": w.data, "indices": w.indices, "indptr": w.indptr, "shape": w.shape}
            arrays.update({f"W{i}_{name}": np.asarray(part) for name, part in parts.items()})
        arrays[f"b{i}"] = b
    if any((s != 0).any() for s in net.slopes):
        arrays.update({f"s{i}": s for i, s in enumerate(net.slopes)})
    return arrays


def network_from_arrays(arrays: dict[str, Any]) -> ReLUNetwork:
    """Build the network that `network_arrays` described."""
    weights: list[Any] = []
    while True:
        name = f"W{len(weights)}"
        if name in arrays:
            weights.append(arrays[name])
        elif f"{name}_data" in arrays:
            from scipy.sparse import csr_array

            parts = (arrays[f"{name}_{part}"] for part in ("data", "indices", "indptr"))
            weights.append(csr_array(tuple(parts), shape=tuple(arrays[f"{name}_shape"])))
        else:
            break
    depth = len(weights)
    if depth == 0:
        names = ", ".join(sorted(arrays)) or "nothing"
        raise FileFormatError(f"a network file must hold W0, b0, W1, b1, ...; got {names}")
    missing = [f"b{i}" for i in range(depth) if f"b{i}" not in arrays]
    if missing:
        raise FileFormatError(f"a network file must hold a bias for each layer; no {missing[0]}")
    slopes = [arrays.get(f"s{i}", 0.0) for i in range(depth - 1)]
    return ReLUNetwork.from_weights(weights, [arrays[f"b{i}"] for i in range(depth)], slopes=slopes)


def digest(arrays: dict[str, Any]) -> str:
    """Return the SHA-256 of named arrays, in hexadecimal: equal for equal numbers."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(array.tobytes())
    return total.hexdigest()


# -- formats: each reader takes the file and its hint ----------------------------------------------


def _npz(source: Path, _: Shape) -> ReLUNetwork:
    arrays = read_npz(source, "`path`")
    try:
        return network_from_arrays(arrays)
    except (RelugeomError, ValueError, TypeError, KeyError) as error:
        raise FileFormatError(f"{source.name} does not hold a network: {reason(error)}") from error


def _onnx(source: Path, input_shape: Shape) -> ReLUNetwork:
    from .from_onnx import load_onnx

    return load_onnx(source, input_shape)


def _pt2(source: Path, input_shape: Shape) -> ReLUNetwork:
    from .from_torch import load_pt2

    return load_pt2(source, input_shape)


def _nnet(source: Path, _: Shape) -> ReLUNetwork:
    from .nnet import load_nnet

    return load_nnet(source).network


def _safetensors(source: Path, widths: Shape) -> ReLUNetwork:
    from .safetensors import load_safetensors

    return load_safetensors(source, widths)


def _keras(source: Path, _: Shape) -> ReLUNetwork:
    from .from_keras import load_keras

    return load_keras(source)


_READERS: dict[str, Callable[[Path, Shape], ReLUNetwork]] = {
    ".npz": _npz,
    ".onnx": _onnx,
    ".nnet": _nnet,
    ".safetensors": _safetensors,
    ".pt2": _pt2,
    ".keras": _keras,
    ".h5": _keras,
}
