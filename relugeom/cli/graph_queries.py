"""Options of ``relugeom graph`` that ask the graph: routes, cuts, spectrum, zones, data."""

from __future__ import annotations

import argparse
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError
from .arguments import place, read_labels, regions_or_point, seed, whole_number

if TYPE_CHECKING:
    from ..graph.region_graph import RegionGraph

_BUSIEST = 10


def add_options(graph: argparse.ArgumentParser) -> None:
    """Add the options to the parser of the command."""
    graph.add_argument("--from", dest="start", metavar="X", help="a region, or a point as 1,2")
    graph.add_argument("--to", dest="end", metavar="Y", help="a region, or a point as 1,2")
    graph.add_argument(
        "--weight", metavar="KIND",
        help="distance or facet: of edges, for --from, --min-cut and --fiedler, instead of 1",
    )  # fmt: skip
    graph.add_argument(
        "--ball", nargs=2, metavar=("I", "R"), help="regions at most R crossings from I"
    )
    graph.add_argument("--diameter", action="store_true", help="the diameter, or bounds on it")
    graph.add_argument("--fiedler", action="store_true", help="Fiedler value and vector")
    graph.add_argument(
        "--betweenness", type=int, nargs="?", const=-1, metavar="N",
        help="share of shortest paths through each region, from N sampled ones",
    )  # fmt: skip
    graph.add_argument("--seed", type=seed, default=0, help="of the sample (%(default)s)")
    graph.add_argument(
        "--min-cut", nargs=2, metavar=("A", "B"),
        help="least cut between regions (several as 3+7) or points",
    )  # fmt: skip
    graph.add_argument("--zone", metavar="NEURON", help="the bent hyperplane of a neuron")
    graph.add_argument(
        "--hamming-pairs", action="store_true", help="pairs one sign apart that share no facet"
    )
    graph.add_argument("--data", metavar="FILE", help=".npz with X, and y: data on the graph")


def check(options: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if (options.start is None) != (options.end is None):
        raise InvalidInputError("`--from` and `--to` must come together; got only one")
    weighted = options.start, options.min_cut, options.fiedler or None
    if options.weight is not None and all(asked is None for asked in weighted):
        raise InvalidInputError(
            "`--weight` must come with `--from`, `--min-cut` or `--fiedler`; got none of them"
        )


def answer(
    options: argparse.Namespace, graph: RegionGraph
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what was asked for: entries of the result, and long ones for machines only."""
    entries: dict[str, Any] = {}
    long: dict[str, Any] = {}
    for asked, ask in (
        (options.start, _path),
        (options.ball, _ball),
        (options.diameter or None, _diameter),
        (options.fiedler or None, _spectral),
        (options.betweenness, _betweenness),
        (options.min_cut, _min_cut),
        (options.zone, _zone),
        (options.hamming_pairs or None, _hamming_pairs),
        (options.data, _data),
    ):
        if asked is not None:
            short, rest = ask(options, graph)
            entries |= short
            long |= rest
    return entries, long


def _path(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    from ..regions.segments import crossings_on_segment

    start, end = place(options.start, "--from"), place(options.end, "--to")
    way = graph.shortest_path(start, end, weight=options.weight)
    neurons = [graph.crossing(int(i), int(j)) for i, j in pairwise(way)]
    found = {"route": way.tolist(), "route_crossings": len(way) - 1, "neurons_crossed": neurons}
    if np.ndim(start) and np.ndim(end):
        straight = crossings_on_segment(graph.regions.source, start, end)
        found["crossings_of_the_segment"] = len(straight)
    if options.weight is not None:
        found["route_weight"] = graph.geodesic_distances(start, options.weight)[way[-1]]
    return found, {}


def _ball(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    centre, radius = options.ball
    found = graph.ball(place(centre, "--ball"), whole_number(radius, "--ball"))
    return {"ball_regions": len(found)}, {"ball": found.tolist()}


def _diameter(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    found = graph.diameter(progress=False if options.json else None)
    return {
        "diameter_lower": found.lower,
        "diameter_upper": found.upper,
        "diameter_exact": found.exact,
        "diameter_ends": list(found.ends),
    }, {}


def _spectral(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    found = graph.fiedler(options.weight)
    positive = int((found.vector > 0).sum())
    return {
        "fiedler_value": found.value,
        "fiedler_residual": found.residual,
        "fiedler_halves": [positive, graph.n_regions - positive],
    }, {"fiedler_vector": found.vector.tolist()}


def _betweenness(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    samples = None if options.betweenness == -1 else options.betweenness
    found = graph.betweenness(samples, rng=options.seed, progress=False if options.json else None)
    busiest = np.argsort(-found.values, kind="stable")[:_BUSIEST]
    return {
        "betweenness_exact": found.exact,
        "betweenness_samples": found.n_samples,
        "betweenness_bound": found.bound,
        "busiest_regions": busiest.tolist(),
        "busiest_values": found.values[busiest].tolist(),
        "busiest_errors": found.standard_error[busiest].tolist(),
    }, {
        "betweenness": found.values.tolist(),
        "betweenness_error": found.standard_error.tolist(),
    }


def _min_cut(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    a, b = (regions_or_point(text, "--min-cut", graph.regions) for text in options.min_cut)
    found = graph.min_cut(a, b, options.weight)
    return {
        "cut_value": found.value,
        "cut_flow": found.flow,
        "cut_facets": len(found.edges),
        "cut_regions": [int(found.side.sum()), int((~found.side).sum())],
    }, {"cut_edges": _pairs(graph, found.edges), "cut_side": found.side.tolist()}


def _zone(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    found = graph.zone(whole_number(options.zone, "--zone"))
    return {
        "zone_facets": len(found),
        "zone_pieces": found.n_pieces,
        "zone_piece_facets": np.bincount(found.piece, minlength=found.n_pieces).tolist(),
    }, {"zone_edges": _pairs(graph, found.edges), "zone_piece": found.piece.tolist()}


def _hamming_pairs(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    pairs, neurons = graph.hamming_pairs_not_adjacent()
    return {"hamming_pairs_not_adjacent": len(pairs)}, {
        "hamming_pairs": pairs.tolist(),
        "hamming_neurons": neurons.tolist(),
    }


def _data(options: argparse.Namespace, graph: RegionGraph) -> tuple[dict[str, Any], ...]:
    found = graph.occupancy(*read_labels(options.data))
    return {
        "points": len(found.region),
        "points_outside": found.outside,
        "occupied_regions": len(found.occupied),
        "pure_regions": int((found.purity == 1).sum()),
        "classes": found.classes.tolist(),
        "regions_per_class": found.regions_per_class.tolist(),
        "class_distances": found.class_distances.tolist(),
        "mean_class_distances": found.mean_class_distances.round(4).tolist(),
        "empty_neighbours": len(found.empty_around()),
        "distance_to_data_max": int(found.distances.max(initial=-1)),
    }, {"point_regions": found.region.tolist()}


def _pairs(graph: RegionGraph, edges: Any) -> list[list[int]]:
    """Return the two regions of some edges."""
    pairs: list[list[int]] = np.column_stack([graph.edges.first, graph.edges.second])[
        edges
    ].tolist()
    return pairs
