"""``relugeom graph``: ask the adjacency graph of stored regions."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from . import graph_analysis, graph_queries, graph_topology
from .arguments import Commands, add_command, allow_negative_lists
from .output import show


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    graph = add_command(commands, "graph", run, "ask the adjacency graph of stored regions")
    graph.add_argument("table", metavar="FILE", help="regions, as Parquet")
    graph_queries.add_options(graph)
    graph.add_argument("--export", metavar="FILE", help="write it: .graphml, .gexf, .json, .npz")
    graph_topology.add_options(graph)
    graph_analysis.add_options(graph)
    allow_negative_lists(graph)


def run(options: argparse.Namespace) -> int:
    """Print the size and degrees of the graph, and what was asked of it."""
    from .._files import writable
    from ..graph.export import SUFFIXES
    from ..regions.files import load_regions

    graph_queries.check(options)
    if options.export:
        writable(options.export, SUFFIXES, "--export")
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
    found, long = graph_queries.answer(options, graph)
    result |= found
    if options.export:
        graph.save(options.export)
    entries, tables = graph_topology.answer(options, regions)
    result |= entries | graph_analysis.answer(options, regions)
    if options.json:
        result |= long | {name: table.rows() for name, table in tables}
    show(result, options)
    if not options.json:
        for name, table in tables:
            print(f"\n{name.replace('_', ' ')}\n{table}")
    return 0
