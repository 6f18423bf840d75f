"""``relugeom margin``: how far a point is from the decision boundary."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidInputError
from .arguments import (
    Commands,
    add_command,
    add_network,
    allow_negative_lists,
    numbers,
    read_data,
    read_domain,
    read_network,
    whole_number,
)
from .output import show

if TYPE_CHECKING:
    from .._check import FloatArray


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    margin = add_command(commands, "margin", run, "how far a point is from the decision boundary")
    add_network(margin)
    margin.add_argument(
        "--at", required=True, metavar="X", help="the point, as 1,2, or row I of X as data.npz:I"
    )
    margin.add_argument("--norm", default="l2", help="l2, l1 or linf (%(default)s)")
    where = margin.add_mutually_exclusive_group()
    where.add_argument(
        "--box", nargs=2, metavar=("LO", "HI"), help="numbers, or one a coordinate: -1,0 1,2"
    )
    where.add_argument(
        "--domain", metavar="FILE", help=".npz with lower, upper or A, b; .vnnlib; .nnet"
    )
    margin.add_argument("--target", type=int, metavar="CLASS", help="the class on the other side")
    margin.add_argument(
        "--within", type=float, default=np.inf, metavar="R", help="look no farther than R"
    )
    margin.add_argument("--engine", default="auto", help="auto, tree or graph (%(default)s)")
    margin.add_argument(
        "--max-pieces", type=int, default=1_000_000, metavar="N",
        help="give up after N pieces or regions (%(default)s)",
    )  # fmt: skip
    margin.add_argument("--time-limit", type=float, metavar="SECONDS", help="give up after so long")
    allow_negative_lists(margin)


def run(options: argparse.Namespace) -> int:
    """Print the distance, the nearest boundary point, and what lies beyond."""
    from ..analysis.margin import margin

    net = read_network(options)
    domain, fixed = read_domain(options, net)
    if fixed is not None:
        raise InvalidInputError(
            "`--domain` must leave all inputs free; got a property that fixes some"
        )
    found = margin(
        net, _point(options.at), norm=options.norm, domain=domain, target=options.target,
        within=options.within, engine=options.engine, max_pieces=options.max_pieces,
        time_limit=options.time_limit, progress=False if options.json else None,
    )  # fmt: skip
    result = {
        "margin": found.distance,
        "lower": found.lower,
        "norm": found.norm,
        "class": found.label,
        "other_class": found.other if found.point is not None else None,
        "complete": found.complete,
        "status": found.status,
        "engine": found.engine,
        "pieces": found.pieces,
        "seconds": found.seconds,
    }
    if options.json or (found.point is not None and len(found.point) <= 10):
        result["point"] = None if found.point is None else found.point.tolist()
    show(result, options)
    return 0 if found.complete else 1


def _point(text: str) -> FloatArray:
    file, colon, row = text.rpartition(":")
    if not colon:
        return numbers(text, "--at")
    X, i = read_data(file, "--at"), whole_number(row, "--at")
    if i >= len(X):
        raise InvalidInputError(f"`--at` must be a row of X, 0 to {len(X) - 1}; got {i}")
    point: FloatArray = X[i].astype(float)
    return point
