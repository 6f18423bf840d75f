"""Time the queries of a region graph with a million regions, and line walks.

    OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1 python benchmarks/graph.py --json graph.json

Processor seconds of one thread, which other programs on the machine do not change much. First every
query on one large table, ours alone. Then those that other libraries have, on the same graph, with
what it costs to hand it over: scipy, igraph and rustworkx (where installed). Last, segments through
networks of 784 inputs. ``--small`` does all of it in seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import relugeom as rg

WALKS = ([784, 32, 32, 10], [784, 128, 128, 10], [784, 256, 256, 10], [784, 100, 100, 100, 10])


def seconds(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of one run and the processor time it took."""
    begun = time.process_time()
    result = run()
    return result, time.process_time() - begun


def graph_of(widths: list[int]) -> rg.RegionGraph:
    net = rg.ReLUNetwork.random(widths, rng=0)
    d = net.input_dim
    return rg.enumerate_regions(net, rg.Box([-1] * d, [1] * d), progress=False).adjacency()


def queries(graph: rg.RegionGraph) -> dict[str, Callable[[], Any]]:
    """Return what is asked, by name; each gives what is to be printed of the answer."""
    regions = graph.regions
    x, d, last = regions.points[:, 0], regions.dim, regions.problem.n_neurons - 1
    X = rg.Box([-1] * d, [1] * d).sample(1000, rng=0)
    left, right = x < -0.5, x > 0.5
    balls = [np.linalg.norm(regions.points - c, axis=1) < 0.3 for c in (-0.5, 0.5)]
    ends = [-0.9] * d, [0.9] * d
    return {
        "csr": lambda: f"{graph.csr.nnz} entries",
        "geodesic_distances": lambda: f"at most {graph.geodesic_distances(0).max()}",
        "shortest_path, crossings": lambda: f"{len(graph.shortest_path(*ends)) - 1} crossings",
        "shortest_path, distance": lambda: f"{len(graph.shortest_path(*ends, 'distance'))} regions",
        "facet measures": lambda: f"total {graph.weighted('facet').sum() / 2:.6g}",
        "ball, radius 10": lambda: f"{len(graph.ball([0.0] * d, 10))} regions",
        "diameter": lambda: str(graph.diameter()),
        "components of a half": lambda: f"{graph.components(x > 0).max() + 1}",
        "min_cut, two balls": lambda: repr(graph.min_cut(*balls)),
        "min_cut, two sides": lambda: repr(graph.min_cut(left, right)),
        "min_cut, two sides, facet": lambda: repr(graph.min_cut(left, right, "facet")),
        "fiedler": lambda: repr(graph.fiedler()),
        "betweenness, 64 samples": lambda: repr(graph.betweenness(64, rng=0)),
        "zone, last neuron": lambda: repr(graph.zone(last)),
        "hamming_pairs_not_adjacent": lambda: f"{len(graph.hamming_pairs_not_adjacent()[0])} pairs",
        "occupancy of 1,000 points": lambda: f"{len(graph.occupancy(X).occupied)} occupied",
        "their class_distances": lambda: f"{graph.occupancy(X, X[:, 0] > 0).class_distances[0, 1]}",
    }  # fmt: skip


def on_one(graph: rg.RegionGraph) -> list[dict[str, Any]]:
    rows = []
    for name, ask in queries(graph).items():
        answer, t = seconds(ask)
        rows.append({"query": name, "seconds": t, "answer": answer})
        print(f"{name:28} {t:8.2f}  {answer}", flush=True)
    return rows


def contracted(graph: rg.RegionGraph) -> np.ndarray:
    """Return the ends of the edges when the two sides of the box are one node each, 0 and 1."""
    x = graph.regions.points[:, 0]
    label = np.where(x < -0.5, 0, 1)
    middle = np.abs(x) <= 0.5
    label[middle] = 2 + np.arange(middle.sum())
    ends = label[np.stack([graph.edges.first, graph.edges.second])]
    return ends[:, ends[0] != ends[1]]


def scipy_peer(graph: rg.RegionGraph) -> dict[str, Callable[[], Any]]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, dijkstra, maximum_flow

    i, j = contracted(graph)
    n = int(max(i.max(), j.max())) + 1
    ends = np.concatenate([i, j]), np.concatenate([j, i])
    flow = csr_array((np.ones(2 * len(i), np.int32), ends), shape=(n, n))
    flow.sum_duplicates()
    weighted = graph.weighted("distance")
    return {
        "one search": lambda: breadth_first_order(graph.csr, 0),
        "distances": lambda: dijkstra(weighted, indices=0),
        "min cut": lambda: maximum_flow(flow, 0, 1).flow_value,
    }


def igraph_peer(graph: rg.RegionGraph) -> dict[str, Callable[[], Any]]:
    import igraph

    ends = np.column_stack([graph.edges.first, graph.edges.second])
    made = igraph.Graph(n=graph.n_regions, edges=ends)
    weight = graph.weighted("distance")[graph.edges.first, graph.edges.second].tolist()
    flow = igraph.Graph(edges=contracted(graph).T)
    unit = [1.0] * flow.ecount()
    return {
        "one search": lambda: made.distances([0]),
        "distances": lambda: made.distances([0], weights=weight),
        "min cut": lambda: flow.maxflow_value(0, 1, unit),
        "diameter": made.diameter,
        "betweenness": made.betweenness,
    }


def rustworkx_peer(graph: rg.RegionGraph) -> dict[str, Callable[[], Any]]:
    import rustworkx as rx

    made = rx.PyGraph(multigraph=False)
    made.add_nodes_from(range(graph.n_regions))
    weight = graph.weighted("distance")[graph.edges.first, graph.edges.second].tolist()
    made.add_edges_from(
        list(zip(graph.edges.first.tolist(), graph.edges.second.tolist(), weight, strict=True))
    )
    return {
        "one search": lambda: rx.dijkstra_shortest_path_lengths(made, 0, lambda _: 1.0),
        "distances": lambda: rx.dijkstra_shortest_path_lengths(made, 0, float),
        "betweenness": lambda: rx.betweenness_centrality(made),
    }


def our_own(graph: rg.RegionGraph) -> dict[str, Callable[[], Any]]:
    x = graph.regions.points[:, 0]
    graph.csr  # noqa: B018
    return {
        "one search": lambda: graph.geodesic_distances(0),
        "distances": lambda: graph.geodesic_distances(0, "distance"),
        "min cut": lambda: graph.min_cut(x < -0.5, x > 0.5).value,
        "diameter": graph.diameter,
        "betweenness": lambda: graph.betweenness(graph.n_regions, progress=False),
    }


def against(graph: rg.RegionGraph, kept: tuple[str, ...]) -> list[dict[str, Any]]:
    """Time queries in each library; handing over is the time to build its graph from ours."""
    rows = []
    for name, peer in {
        "relugeom": our_own, "scipy": scipy_peer, "igraph": igraph_peer,
        "rustworkx": rustworkx_peer,
    }.items():  # fmt: skip
        try:
            asked, t = seconds(partial(peer, graph))
        except ImportError:
            continue
        times = {"hand over": t}
        times |= {query: seconds(run)[1] for query, run in asked.items() if query in kept}
        rows.append({"regions": graph.n_regions, "library": name, **times})
        shown = "  ".join(f"{query} {t:.3f}" for query, t in times.items())
        print(f"{graph.n_regions:9,} regions, {name:10} {shown}", flush=True)
    return rows


def walks(n: int) -> list[dict[str, Any]]:
    rows = []
    for widths in WALKS:
        net = rg.ReLUNetwork.random(widths, rng=0)
        x, y = np.random.default_rng(0).uniform(0, 1, (2, n, widths[0]))
        rg.crossings_on_segment(net, x[:9], y[:9])
        found, t = min((seconds(partial(rg.crossings_on_segment, net, x, y)) for _ in range(3)),
                       key=lambda pair: pair[1])  # fmt: skip
        name = "-".join(map(str, widths))
        rows.append({"network": name, "segments": n, "crossings": len(found), "seconds": t})
        print(f"{name:24} {len(found) / n:7.1f} crossings each, {n / t:9,.0f} segments/s")
    return rows


def main() -> None:
    """Print the tables and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="small graphs, to see that it works")
    parser.add_argument("--json", type=Path, help="write the rows here")
    options = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    result: dict[str, Any] = {"date": time.strftime("%Y-%m-%d"), "machine": machine}
    print(f"{result['date']}, {machine}\n")
    for ask in queries(graph_of([3, 14, 14, 1])).values():  # compile
        ask()
    graph_of([3, 16, 16, 1]).fiedler()
    large, t = seconds(partial(graph_of, [3, 24, 24, 1] if options.small else [3, 128, 128, 1]))
    print(f"{large}, made in {t:.1f} s\n")
    result["queries"] = {"graph": repr(large), "made": t, "rows": on_one(large)}
    result["peak_GiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {result['peak_GiB']:.1f} GiB\n\nseconds")
    result["peers"] = against(large, ("one search", "distances", "min cut"))
    medium = graph_of([3, 12, 12, 1] if options.small else [3, 24, 24, 1])
    result["peers"] += against(medium, ("diameter", "betweenness"))
    print()
    result["walks"] = walks(200 if options.small else 10_000)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
