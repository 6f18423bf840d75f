"""Networks to and from files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .._check import positive_ints
from .._files import existing, read_npz, reason, replacing, writable
from ..errors import FileFormatError, InvalidInputError, RelugeomError, UnsupportedError
from .network import ReLUNetwork

#: For each suffix the module and the function that loads it.
_LOADERS = {
    ".npz": (".files", "load_npz"),
    ".onnx": (".from_onnx", "load_onnx"),
    ".nnet": (".from_nnet", "load_nnet"),
    ".safetensors": (".from_safetensors", "load_safetensors"),
    ".pt2": (".from_torch", "load_pt2"),
    ".keras": (".from_keras", "load_keras"),
    ".h5": (".from_keras", "load_keras"),
}
#: What can be said of a file, and the suffixes of those that may need it.
_HINTED = {"widths": (".safetensors",), "input_shape": (".onnx", ".pt2")}
_ADVICE = {
    ".pt": "torch.load it and give the module to relugeom.from_torch",
    ".pth": "torch.load it and give the module to relugeom.from_torch",
    ".pkl": "load it and give the model to relugeom.from_sklearn",
    ".joblib": "load it and give the model to relugeom.from_sklearn",
}


def load_network(
    file: str | os.PathLike[str],
    *,
    widths: Sequence[int] | None = None,
    input_shape: Sequence[int] | None = None,
) -> ReLUNetwork:
    """Load a network from a file; its suffix says the format.

    Parameters
    ----------
    file : path
        - ``.npz``: arrays ``W0, b0, W1, b1, ...`` (and ``s0, s1, ...`` for the slopes of
          rectifiers that are not ReLUs), as `save_network` writes them;
        - ``.onnx``, ``.pt2`` (`torch.export.save`), ``.keras`` and ``.h5``: models with
          piecewise-linear layers; a final softmax or sigmoid is left off, with a warning. Inputs
          and outputs are flattened in row-major order;
        - ``.nnet``: its normalisation becomes part of the first and last layer
          (`relugeom.networks.read_nnet` gives the box of inputs, too);
        - ``.safetensors``: matrices and biases, taken as layers with ReLUs between
          in the natural order of their names, or as ``widths`` says.
    widths : sequence of int, optional
        For ``.safetensors`` whose names do not tell the order of layers: input dimension, hidden
        widths, output dimension.
    input_shape : sequence of int, optional
        For ``.onnx`` and ``.pt2``: the shape of the input, with the batch axis, where the file
        leaves it open. (An open batch axis alone is taken to be 1.)

    Returns
    -------
    ReLUNetwork

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
    source = existing(file)
    suffix = source.suffix.lower()
    if suffix not in _LOADERS:
        advice = _ADVICE.get(suffix, f"known are {', '.join(_LOADERS)}")
        raise UnsupportedError(
            f"`file` must be a network file; got {suffix or 'no suffix'!r} "
            f"({source.name}): {advice}"
        )
    hints = {}
    for name, value in (("widths", widths), ("input_shape", input_shape)):
        if value is not None:
            if suffix not in _HINTED[name]:
                known = " and ".join(_HINTED[name])
                raise InvalidInputError(f"`{name}` must be given only for {known}; got {suffix!r}")
            hints[name] = positive_ints(name, value)
    module, loader = _LOADERS[suffix]
    network: ReLUNetwork = getattr(import_module(module, __package__), loader)(source, **hints)
    return network


def load_npz(source: Path) -> ReLUNetwork:
    """Load what `save_network` wrote."""
    arrays = read_npz(source)
    try:
        return network_from_arrays(arrays)
    except (RelugeomError, ValueError, TypeError, KeyError) as error:
        raise FileFormatError(f"{source.name} does not hold a network: {reason(error)}") from error


def save_network(net: ReLUNetwork, file: str | os.PathLike[str]) -> None:
    """Save a network as ``.npz`` with arrays ``W0, b0, W1, b1, ...``; the inverse of load.

    A sparse matrix is stored as its ``W0_data``, ``W0_indices``, ``W0_indptr`` and ``W0_shape``.

    Parameters
    ----------
    net : ReLUNetwork
    file : path
        Ends in ``.npz``; written under a temporary name, then renamed.

    Raises
    ------
    UnsupportedError
        If the file has another suffix.
    FileFormatError
        If the file cannot be written.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "net.npz"
    >>> save_network(rg.ReLUNetwork.random([2, 4, 1], rng=0), file)
    >>> rg.load_network(file).widths
    (4,)
    """
    writable(file, [".npz"])
    with replacing(file) as temporary, temporary.open("wb") as stream:
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
        raise FileFormatError(
            f"a network file must hold a bias for each layer; got no {missing[0]}"
        )
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
