"""Networks to and from files."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .._files import existing, read_npz, replacing
from ..errors import FileFormatError, RelugeomError, UnsupportedError
from .network import ReLUNetwork


def load_network(path: str | os.PathLike[str]) -> ReLUNetwork:
    """Load a network from a file.

    Parameters
    ----------
    path : path
        An ``.npz`` file with arrays ``W0, b0, W1, b1, ...`` (and ``s0, s1, ...`` for the slopes of
        rectifiers that are not ReLUs).

    Raises
    ------
    FileFormatError
        If the file is missing, broken, or holds no network.
    UnsupportedError
        If the format is not known.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "net.npz"
    >>> rg.save_network(rg.ReLUNetwork.random([2, 3, 1], rng=0), file)
    >>> rg.load_network(file)
    ReLUNetwork(2-3-1, 3 neurons)
    """
    source = existing(path, "`path`")
    if source.suffix != ".npz":
        raise UnsupportedError(
            f"`path` must be an .npz file; got {source.suffix or 'no suffix'!r} ({source.name})"
        )
    arrays = read_npz(source, "`path`")
    try:
        return network_from_arrays(arrays)
    except RelugeomError as error:
        raise FileFormatError(f"{source.name} does not hold a network: {error}") from error


def save_network(net: ReLUNetwork, path: str | os.PathLike[str]) -> None:
    """Save a network as ``.npz`` with arrays ``W0, b0, W1, b1, ...``; the inverse of load."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **network_arrays(net))


def network_arrays(net: ReLUNetwork) -> dict[str, Any]:
    """Return the arrays that describe a network, by the names they have in a file."""
    arrays: dict[str, Any] = {}
    for i, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        arrays[f"W{i}"], arrays[f"b{i}"] = w, b
    if any((s != 0).any() for s in net.slopes):
        arrays.update({f"s{i}": s for i, s in enumerate(net.slopes)})
    return arrays


def network_from_arrays(arrays: dict[str, Any]) -> ReLUNetwork:
    """Build the network that `network_arrays` described."""
    depth = 0
    while f"W{depth}" in arrays:
        depth += 1
    if depth == 0:
        names = ", ".join(sorted(arrays)) or "nothing"
        raise FileFormatError(f"a network file must hold W0, b0, W1, b1, ...; got {names}")
    missing = [f"b{i}" for i in range(depth) if f"b{i}" not in arrays]
    if missing:
        raise FileFormatError(f"a network file must hold a bias for each layer; no {missing[0]}")
    slopes = [arrays.get(f"s{i}", 0.0) for i in range(depth - 1)]
    return ReLUNetwork.from_weights(
        [arrays[f"W{i}"] for i in range(depth)],
        [arrays[f"b{i}"] for i in range(depth)],
        slopes=slopes,
    )
