"""Options of ``relugeom graph`` about topology and expressivity."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..regions.table import Regions


def add_options(graph: argparse.ArgumentParser) -> None:
    """Add the options to the parser of the command."""
    graph.add_argument(
        "--betti", type=int, metavar="CLASS", help="Betti numbers of a class and of its boundary"
    )
    graph.add_argument(
        "--critical", type=int, metavar="OUTPUT", help="critical points of an output, from 0"
    )
    graph.add_argument(
        "--persistence", type=int, metavar="OUTPUT", help="persistence of its sublevel sets"
    )
    graph.add_argument(
        "--expressivity", action="store_true", help="regions and boundary beside the bounds on them"
    )


def answer(options: argparse.Namespace, regions: Regions) -> tuple[dict[str, Any], list[Any]]:
    """Return what was asked for: entries of the result, and tables for a person to read."""
    from ..graph.expressivity import expressivity
    from ..graph.topology import betti, critical_points, persistence

    result: dict[str, Any] = {}
    tables: list[Any] = []
    if options.betti is not None:
        result["betti"] = betti(regions, "class", label=options.betti).tolist()
        result["betti_boundary"] = betti(regions, "boundary", label=options.betti).tolist()
    if options.critical is not None:
        found = critical_points(regions, options.critical)
        result["morse_numbers"] = found.counts.tolist()
        tables.append(("critical_points", found))
    if options.persistence is not None:
        tables.append(("persistence", persistence(regions, options.persistence)))
    if options.expressivity:
        tables.append(("expressivity", expressivity(regions, rng=0)))
    return result, tables
