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


def test_graph_topology_and_expressivity(call, net_file, tmp_path):
    table = tmp_path / "r.parquet"
    call("regions", net_file, "--box", -2, 2, "--out", table)
    asked = ("--betti", 1, "--critical", 0, "--persistence", 1, "--expressivity")
    code, out, err = call("graph", table, *asked, "--json")
    result = json.loads(out)
    assert (code, err) == (0, "")
    regions, topology = rg.load_regions(table), rg.graph.topology
    assert result["betti"] == topology.betti(regions, "class", label=1).tolist()
    assert result["betti_boundary"] == topology.betti(regions, "boundary", label=1).tolist()
    found = topology.critical_points(regions)
    assert result["morse_numbers"] == found.counts.tolist()
    assert [row["value"] for row in result["critical_points"]] == found.value.tolist()
    assert [row["kind"] for row in result["critical_points"]] == found.kind.tolist()
    assert result["persistence"][0]["death"] is None
    assert len(result["persistence"]) == len(topology.persistence(regions, 1))
    bounds = {row["name"]: row for row in result["expressivity"]}
    assert bounds["2^N"]["observed"] == len(regions)
    assert bounds["2^N"]["value"] == 2**12
    code, out, _ = call("graph", table, *asked)
    assert code == 0
    assert f"morse numbers     {found.counts.tolist()}" in out
    assert out.count("minimum") == (found.kind == "minimum").sum()
    assert "birth         death" in out
    assert "theorem, vacuous" in out
