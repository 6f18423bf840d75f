"""Arguments that commands share, and what they stand for: networks, domains, slices, data."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .._files import read_npz
from ..errors import FileFormatError, InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import FloatArray
    from ..arrangements.domains import AffineSlice, Domain
    from ..networks.network import ReLUNetwork
    from ..regions.table import Regions

#: What a command is added to.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """Add a subcommand with ``--json``; ``run`` takes its options and gives the exit code."""
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    return command


def add_network(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `read_network`."""
    command.add_argument(
        "net", metavar="NET", help=".npz, .onnx, .nnet, .safetensors, .pt2, .keras or .h5"
    )
    command.add_argument("--widths", metavar="N,N,...", help="of the layers in .safetensors")
    command.add_argument(
        "--input-shape", metavar="N,N,...", help="where .onnx or .pt2 leaves it open"
    )


def allow_negative_lists(command: argparse.ArgumentParser) -> None:
    """Take ``-1,-1`` as a value, not as an option."""
    command._negative_number_matcher = re.compile(r"^-[.\d].*$")


def read_network(options: argparse.Namespace) -> ReLUNetwork:
    """Return the network of the file named."""
    from ..networks.files import load_network

    return load_network(
        options.net,
        widths=whole_numbers(options.widths, "--widths"),
        input_shape=whole_numbers(options.input_shape, "--input-shape"),
    )


def read_domain(
    options: argparse.Namespace, net: ReLUNetwork
) -> tuple[Domain | None, AffineSlice | None]:
    """Return the domain asked for by ``--box`` or ``--domain``, None for all of space.

    A property that fixes inputs gives the slice on which they are, too, and a domain on it.
    """
    from ..arrangements.domains import Box, Polytope

    if options.box:
        lower, upper = (numbers(text, "--box") for text in options.box)
        lower, upper = (np.full(net.input_dim, v[0]) if len(v) == 1 else v for v in (lower, upper))
        return Box(lower, upper), None
    if not options.domain:
        return None, None
    if options.domain.endswith(".vnnlib"):
        from ..analysis.vnnlib import load_vnnlib

        unsafe = load_vnnlib(options.domain)
        return unsafe.domain, unsafe.slice
    if options.domain.endswith(".nnet"):
        from ..networks.from_nnet import read_nnet

        return read_nnet(options.domain).box, None
    arrays = read_npz(options.domain, "--domain")
    if {"lower", "upper"} <= arrays.keys():
        return Box(arrays["lower"], arrays["upper"]), None
    if {"A", "b"} <= arrays.keys():
        return Polytope(arrays["A"], arrays["b"]), None
    raise FileFormatError(
        f"{options.domain} must hold lower and upper, or A and b; got {names_in(arrays)}"
    )


def read_slice(options: argparse.Namespace) -> tuple[AffineSlice | None, FloatArray | None]:
    """Return the slice asked for, and the points it was laid through, if it was."""
    from ..arrangements.domains import AffineSlice

    if options.slice_points:
        file, colon, rows = options.slice_points.rpartition(":")
        if not colon:
            raise InvalidInputError(
                f"`--slice-points` must be a file and rows, as data.npz:0,1,2; got {rows!r}"
            )
        X, index = read_data(file, "--slice-points"), whole_numbers(rows, "--slice-points")
        if max(index or [0]) >= len(X):
            raise InvalidInputError(
                f"`--slice-points` must be rows of X, 0 to {len(X) - 1}; got {max(index or [0])}"
            )
        return AffineSlice.through(X[index]), X[index]
    if not options.slice:
        return None, None
    arrays = read_npz(options.slice, "--slice")
    if {"origin", "basis"} <= arrays.keys():
        return AffineSlice(arrays["origin"], arrays["basis"]), None
    if "points" in arrays:
        return AffineSlice.through(arrays["points"]), arrays["points"]
    raise FileFormatError(
        f"{options.slice} must hold origin and basis, or points; got {names_in(arrays)}"
    )


def around(margin: float, affine_slice: AffineSlice | None, corners: FloatArray | None) -> Domain:
    """Return the box around the slice points, wider by ``margin`` of each side."""
    from ..arrangements.domains import Box

    if affine_slice is None or corners is None:
        raise InvalidInputError(
            "`--margin` must come with points, by `--slice-points` or `--slice`; got none"
        )
    return Box.around(affine_slice.coordinates(corners), margin=margin)


def read_data(file: str, name: str = "--data") -> FloatArray:
    """Return the points of a data file, flattened to rows."""
    arrays = read_npz(file, name)
    if "X" not in arrays:
        raise FileFormatError(f"{file} must hold an array X; got {names_in(arrays)}")
    X = arrays["X"]
    if X.ndim < 2 or X.dtype.kind not in "fiub":
        raise FileFormatError(
            f"X in {file} must hold points in rows; got shape {X.shape} of {X.dtype}"
        )
    rows: FloatArray = X.reshape(len(X), -1)
    return rows


def read_labels(file: str) -> tuple[FloatArray, NDArray[Any] | None]:
    """Return the points of a data file and their labels ``y``, None if it has none."""
    return read_data(file), read_npz(file, "--data").get("y")


def numbers(text: str, name: str) -> FloatArray:
    """Return the numbers of a list like ``1,2.5``."""
    try:
        return np.array([float(part) for part in text.split(",")])
    except ValueError as error:
        raise InvalidInputError(
            f"`{name}` must be numbers separated by commas; got {text!r}"
        ) from error


def whole_numbers(text: str | None, name: str) -> list[int] | None:
    """Return the whole numbers of a list like ``1,2``."""
    if text is None:
        return None
    parts = text.split(",")
    if not all(part.strip().isdigit() for part in parts):
        raise InvalidInputError(f"`{name}` must be whole numbers separated by commas; got {text!r}")
    return [int(part) for part in parts]


def seed(text: str) -> int:
    """Return a seed, as argparse calls it."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be a whole number >= 0; got {text!r}")
    return int(text)


def whole_number(text: str, name: str) -> int:
    """Return a whole number."""
    if not text.isdigit():
        raise InvalidInputError(f"`{name}` must be a whole number; got {text!r}")
    return int(text)


def regions_or_point(text: str, name: str, regions: Regions) -> Any:
    """Return regions given as ``3`` or ``3+7``, or the one that holds a point."""
    from ..graph.selection import one_region

    parts = text.split("+")
    if all(part.isdigit() for part in parts):
        return [int(part) for part in parts]
    return one_region(regions, name, numbers(text, name))


def place(text: str, name: str) -> Any:
    """Return a region's number, or a point."""
    return int(text) if text.isdigit() else numbers(text, name)


def names_in(arrays: dict[str, Any]) -> str:
    """Return the names of the arrays, to be read."""
    return ", ".join(sorted(arrays)) or "nothing"
