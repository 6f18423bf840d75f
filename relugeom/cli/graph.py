"""``relugeom graph``: ask the adjacency graph of stored regions."""

from __future__ import annotations

import argparse
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import InvalidInputError
from . import topology
from .arguments import add_command, allow_negative_lists, place
from .output import show


def add(commands: Any) -> None:
    """Add the command to the parser."""
    graph = add_command(commands, "graph", run, "ask the adjacency graph of stored regions")
    graph.add_argument("table", metavar="FILE", help="regions, as Parquet")
    graph.add_argument("--from", dest="start", metavar="X", help="a region, or a point as 1,2")
    graph.add_argument("--to", dest="end", metavar="Y", help="a region, or a point as 1,2")
    graph.add_argument("--export", metavar="FILE", help="write it: .graphml, .gexf, .json, .npz")
    topology.add_options(graph)
    allow_negative_lists(graph)


def run(options: argparse.Namespace) -> int:
    """Print the size and degrees of the graph, and a shortest path if asked for."""
    from ..regions.files import load_regions

    if (options.start is None) != (options.end is None):
        raise InvalidInputError("`--from` and `--to` must come together; got only one")
    regions = load_regions(options.table)
    graph = regions.adjacency()
    degrees = graph.degrees()
    result: dict[str, Any] = {
        "regions": graph.n_regions,
        "edges": graph.n_edges,
        "complete": regions.complete,
        "unmatched_facets": graph.edges.unmatched,
        "components": int(graph.components(np.ones(graph.n_regions, bool)).max(initial=-1)) + 1,
        "degree_min": int(degrees.min()) if len(degrees) else 0,
        "degree_mean": float(degrees.mean()) if len(degrees) else 0.0,
        "degree_max": int(degrees.max()) if len(degrees) else 0,
    }
    if options.start is not None:
        way = graph.shortest_path(place(options.start, "--from"), place(options.end, "--to"))
        result["path"] = way.tolist()
        result["crossings"] = len(way) - 1
        result["neurons_crossed"] = [graph.crossing(int(i), int(j)) for i, j in pairwise(way)]
    if options.export:
        graph.save(options.export)
    entries, tables = topology.answer(options, regions)
    result |= entries
    if options.json:
        result |= {name: table.rows() for name, table in tables}
    show(result, options)
    if not options.json:
        for name, table in tables:
            print(f"\n{name.replace('_', ' ')}\n{table}")
    return 0
