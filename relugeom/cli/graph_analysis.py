"""Options of ``relugeom graph`` about the function: extremes, steepness, mean."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInputError

if TYPE_CHECKING:
    from ..regions.table import Regions


def add_options(graph: argparse.ArgumentParser) -> None:
    """Add the options to the parser of the command."""
    graph.add_argument(
        "--extremes",
        action="store_true",
        help="least and greatest value of every output, and where",
    )
    graph.add_argument(
        "--lipschitz", nargs="?", const="l2,l2", metavar="IN,OUT",
        help="the Lipschitz constant, from one norm to another: l1, l2 or linf (%(const)s)",
    )  # fmt: skip
    graph.add_argument(
        "--mean", action="store_true", help="mean and integral of every output over the domain"
    )


def answer(options: argparse.Namespace, regions: Regions) -> dict[str, Any]:
    """Return what was asked for, as entries of the result."""
    result: dict[str, Any] = {}
    progress = False if options.json else None
    if options.extremes:
        from ..analysis.extremes import extremes

        found = extremes(regions, progress=progress)
        result |= {
            "output_low": found.low.tolist(),
            "output_high": found.high.tolist(),
            "argmin": found.argmin.tolist(),
            "argmax": found.argmax.tolist(),
        }
    if options.lipschitz:
        from ..analysis.lipschitz import lipschitz

        norms = options.lipschitz.split(",")
        if len(norms) != 2:
            raise InvalidInputError(
                f"`--lipschitz` must be two norms, as l2,linf; got {options.lipschitz!r}"
            )
        steepest = lipschitz(regions, input_norm=norms[0], output_norm=norms[1], progress=progress)
        result |= {
            "lipschitz": steepest.constant,
            "lipschitz_norms": norms,
            "steepest_region": steepest.region,
            "steepest_point": steepest.point.tolist(),
        }
    if options.mean:
        from ..analysis.integral import integral

        whole = integral(regions, progress=progress)
        result |= {"output_mean": whole.mean.tolist(), "output_integral": whole.value.tolist()}
    return result
