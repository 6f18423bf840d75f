"""`RegionGraph` for other graph libraries, and in their files."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import replacing, writable
from .._lazy import optional
from ..regions.columns import compute_columns

if TYPE_CHECKING:
    import igraph
    import networkx
    from rustworkx import PyGraph

    from .region_graph import RegionGraph

SUFFIXES = (".graphml", ".gexf", ".json", ".npz")


def to_networkx(graph: RegionGraph) -> networkx.Graph[int]:
    """Return a networkx Graph; see `RegionGraph.to_networkx`."""
    import networkx as nx

    result: nx.Graph[int] = nx.Graph()
    nodes: dict[str, list[Any]] = {
        "signs": _signs(graph),
        "point": list(map(tuple, graph.regions.points.tolist())),
    }
    result.add_nodes_from((i, dict(zip(nodes, row, strict=True))) for i, row in _rows(nodes))
    edges = {"neuron": graph.edges.neuron.tolist(), "layer": graph.edge_layers.tolist()}
    ends = zip(graph.edges.first.tolist(), graph.edges.second.tolist(), strict=True)
    result.add_edges_from(
        (i, j, dict(zip(edges, row, strict=True)))
        for (i, j), (_, row) in zip(ends, _rows(edges), strict=True)
    )
    return result


def to_rustworkx(graph: RegionGraph) -> PyGraph[Any, Any]:
    """Return a rustworkx PyGraph; see `RegionGraph.to_rustworkx`."""
    rustworkx = optional("rustworkx", "graphs")
    result: PyGraph[Any, Any] = rustworkx.PyGraph(multigraph=False)
    points = graph.regions.points.tolist()
    result.add_nodes_from(
        [{"signs": s, "point": tuple(x)} for s, x in zip(_signs(graph), points, strict=True)]
    )
    columns = (graph.edges.first, graph.edges.second, graph.edges.neuron, graph.edge_layers)
    result.add_edges_from(
        [
            (i, j, {"neuron": k, "layer": layer})
            for i, j, k, layer in zip(*(c.tolist() for c in columns), strict=True)
        ]
    )
    return result


def to_igraph(graph: RegionGraph) -> igraph.Graph:
    """Return an igraph Graph; see `RegionGraph.to_igraph`."""
    igraph = optional("igraph", "graphs")
    return igraph.Graph(
        n=graph.n_regions,
        edges=np.column_stack([graph.edges.first, graph.edges.second]),
        vertex_attrs={
            "signs": _signs(graph),
            "point": list(map(tuple, graph.regions.points.tolist())),
        },
        edge_attrs={"neuron": graph.edges.neuron.tolist(), "layer": graph.edge_layers.tolist()},
    )


def to_node_link(graph: RegionGraph) -> dict[str, Any]:
    """Return the graph as networkx' node-link data; see `RegionGraph.to_node_link`."""
    import networkx as nx

    data: dict[str, Any] = nx.node_link_data(to_networkx(graph), edges="edges")
    for node in data["nodes"]:
        node["point"] = list(node["point"])
    return data


def save_graph(graph: RegionGraph, file: str | os.PathLike[str]) -> None:
    """Write the graph; see `RegionGraph.save`."""
    suffix = writable(file, SUFFIXES)
    with replacing(file) as temporary:
        if suffix == ".json":
            temporary.write_text(json.dumps(to_node_link(graph)), "utf-8")
        elif suffix == ".npz":
            from scipy.sparse import save_npz

            save_npz(temporary, graph.csr)
        else:
            import networkx as nx

            flat = to_networkx(graph)
            for _, node in flat.nodes(data=True):
                node.update({f"x{c}": value for c, value in enumerate(node.pop("point"))})
            (nx.write_graphml if suffix == ".graphml" else nx.write_gexf)(flat, temporary)


def _signs(graph: RegionGraph) -> list[str]:
    signs: list[str] = compute_columns(graph.regions, ["signs"])["signs"].tolist()
    return signs


def _rows(columns: dict[str, list[Any]]) -> Any:
    return enumerate(zip(*columns.values(), strict=True))
