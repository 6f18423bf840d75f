"""The NNet format of Kyle Julian (Stanford, 2016), in which the ACAS Xu networks are published.

After comments (``//``) come the number of layers, the layer sizes, the inputs' smallest and
largest values, means and ranges of the inputs and of the output, then each layer's matrix row by
row and its biases. Inputs are used as ``(x - mean) / range``; outputs as ``y * range + mean``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .._files import existing, reason
from .._table import brief
from ..arrangements.domains import Box
from ..errors import FileFormatError
from .network import ReLUNetwork

if TYPE_CHECKING:
    from .._check import FloatArray


@brief
@dataclass(frozen=True, eq=False)
class NNet:
    r"""What a ``.nnet`` file holds.

    Attributes
    ----------
    network : ReLUNetwork
        From inputs in their own units to outputs in theirs: the normalisation is part of the first
        and last layer. Inputs are not clipped to ``box``, as some readers of the format do.
    box : Box
        The smallest and largest inputs, in their own units.
    input_mean, input_range : ndarray, shape (d,)
    output_mean, output_range : float

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "small.nnet"
    >>> _ = file.write_text("2,1,1,1\n1,1,1\n0\n-1\n1\n0,0\n1,1\n2\n0\n1\n0\n")
    >>> nnet = read_nnet(file)
    >>> nnet.box, nnet.network([[0.5]])
    (Box([-1.0], [1.0]), array([[1.]]))
    """

    network: ReLUNetwork
    box: Box
    input_mean: FloatArray
    input_range: FloatArray
    output_mean: float
    output_range: float


def load_nnet(file: str | os.PathLike[str]) -> ReLUNetwork:
    """Load the network of a ``.nnet`` file; see `read_nnet`."""
    return read_nnet(file).network


def read_nnet(file: str | os.PathLike[str]) -> NNet:
    r"""Read a ``.nnet`` file with its normalisation and input box.

    Parameters
    ----------
    file : path

    Returns
    -------
    NNet

    Raises
    ------
    FileFormatError
        If the file is missing or does not follow the format.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "small.nnet"
    >>> _ = file.write_text("2,1,1,1\n1,1,1\n0\n-1\n1\n0,0\n1,1\n2\n0\n1\n0\n")
    >>> read_nnet(file).network([[0.5]])
    array([[1.]])
    """
    source = existing(file)
    try:
        lines = source.read_text("utf-8").splitlines()
        rows = [_numbers(line) for line in lines if line.strip() and not line.startswith("//")]
        return _parsed(rows)
    except (OSError, ValueError, OverflowError) as error:
        raise FileFormatError(
            f"{source.name} is not a readable nnet file: {reason(error)}"
        ) from error


def _numbers(line: str) -> FloatArray:
    return np.array([float(part) for part in line.split(",") if part.strip()])


def _parsed(rows: list[FloatArray]) -> NNet:
    if len(rows) < 7 or len(rows[0]) < 2:
        raise ValueError("it ends within the header")
    layers, inputs = (int(v) for v in rows[0][:2])
    sizes = [int(v) for v in rows[1]]
    if len(sizes) != layers + 1 or sizes[0] != inputs or min(sizes) < 1:
        raise ValueError(f"{layers} layers with sizes {sizes}")
    lower, upper, means, ranges = rows[3:7]
    for name, row, least in (
        ("lower", lower, inputs), ("upper", upper, inputs),
        ("mean", means, inputs + 1), ("range", ranges, inputs + 1),
    ):  # fmt: skip
        if len(row) < least:
            raise ValueError(f"the {name} line has {len(row)} numbers, not {least}")
    weights, biases, at = [], [], 7
    for into, out in pairwise(sizes):
        block = rows[at : at + 2 * out]
        if len(block) < 2 * out or any(len(row) != into for row in block[:out]):
            raise ValueError(f"the layer from {into} to {out} is cut short, or has other widths")
        weights.append(np.array(block[:out]))
        biases.append(np.concatenate(block[out:]))
        at += 2 * out
    mean, scale = means[:inputs], ranges[:inputs]
    output_mean, output_range = float(means[inputs]), float(ranges[inputs])
    weights[0] = weights[0] / scale
    biases[0] = biases[0] - weights[0] @ mean
    weights[-1] = weights[-1] * output_range
    biases[-1] = biases[-1] * output_range + output_mean
    return NNet(
        network=ReLUNetwork.from_weights(weights, biases),
        box=Box(lower[:inputs], upper[:inputs]),
        input_mean=mean,
        input_range=scale,
        output_mean=output_mean,
        output_range=output_range,
    )
