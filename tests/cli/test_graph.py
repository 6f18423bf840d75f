"""``relugeom graph``."""

import json

import relugeom as rg


def test_graph_path_and_export(call, net_file, tmp_path):
    table, export = tmp_path / "r.parquet", tmp_path / "g.graphml"
    call("regions", net_file, "--box", -2, 2, "--out", table)
    code, out, _ = call(
        "graph", table, "--from", "-1.5,-1.5", "--to", 0, "--export", export, "--json"
    )
    result = json.loads(out)
    graph = rg.load_regions(table).adjacency()
    assert code == 0
    assert result["edges"] == graph.n_edges
    assert result["components"] == 1
    assert result["degree_min"] == graph.degrees().min() > 0
    assert result["degree_max"] == graph.degrees().max()
    assert result["path"] == graph.shortest_path([-1.5, -1.5], 0).tolist()
    assert result["crossings"] == len(result["neurons_crossed"]) == len(result["path"]) - 1
    import networkx as nx

    stored = nx.read_graphml(export)
    assert (len(stored), stored.number_of_edges()) == (graph.n_regions, graph.n_edges)
