"""``relugeom graph``."""

import json

import numpy as np
import pytest
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
    assert result["route"] == graph.shortest_path([-1.5, -1.5], 0).tolist()
    assert result["route_crossings"] == len(result["neurons_crossed"]) == len(result["route"]) - 1
    import networkx as nx

    stored = nx.read_graphml(export)
    assert (len(stored), stored.number_of_edges()) == (graph.n_regions, graph.n_edges)


def test_graph_queries_are_those_of_the_library(call, net_file, tmp_path):
    table, data = tmp_path / "r.parquet", tmp_path / "d.npz"
    call("regions", net_file, "--box", -2, 2, "--out", table)
    X = np.random.default_rng(0).uniform(-2.1, 2, (40, 2))
    np.savez(data, X=X, y=np.where(X[:, 0] > 0, "right", "left"))
    asked = (
        "--from", "-1.5,-1.5", "--to", "1,1", "--weight", "facet", "--ball", "-0.5,0.5", 2,
        "--diameter", "--fiedler", "--betweenness", "--min-cut", "1+2", "-1,-1", "--zone", 0,
        "--hamming-pairs", "--data", data,
    )  # fmt: skip
    code, out, err = call("graph", table, *asked, "--json")
    result = json.loads(out)
    assert (code, err) == (0, "")
    graph = rg.load_regions(table).adjacency()
    x, y = [-1.5, -1.5], [1, 1]
    assert result["route"] == graph.shortest_path(x, y, "facet").tolist()
    wanted = graph.geodesic_distances(x, "facet")[result["route"][-1]]
    assert result["route_weight"] == pytest.approx(wanted)
    straight = rg.crossings_on_segment(graph.regions.source, x, y)
    assert result["crossings_of_the_segment"] == len(straight)
    assert result["ball"] == graph.ball([-0.5, 0.5], 2).tolist()
    assert result["ball_regions"] == len(result["ball"])
    diameter = graph.diameter()
    assert (result["diameter_lower"], result["diameter_exact"]) == (diameter.lower, True)
    fiedler = graph.fiedler("facet")
    assert result["fiedler_value"] == pytest.approx(fiedler.value)
    assert sum(result["fiedler_halves"]) == len(result["fiedler_vector"]) == graph.n_regions
    exact = graph.betweenness()
    assert result["betweenness"] == pytest.approx(exact.values.tolist())
    assert result["busiest_regions"][0] == exact.values.argmax()
    cut = graph.min_cut([1, 2], graph.regions.locate([[-1, -1]]), "facet")
    assert result["cut_value"] == pytest.approx(cut.value)
    assert len(result["cut_edges"]) == result["cut_facets"] == len(cut.edges)
    zone = graph.zone(0)
    assert (result["zone_facets"], result["zone_pieces"]) == (len(zone), zone.n_pieces)
    assert sum(result["zone_piece_facets"]) == len(zone)
    pairs, _ = graph.hamming_pairs_not_adjacent()
    assert result["hamming_pairs"] == pairs.tolist()
    occupancy = graph.occupancy(X, np.where(X[:, 0] > 0, "right", "left"))
    assert result["points_outside"] == occupancy.outside > 0
    assert result["classes"] == ["left", "right"]
    assert result["regions_per_class"] == occupancy.regions_per_class.tolist()
    assert result["class_distances"] == occupancy.class_distances.tolist()
    assert result["point_regions"] == occupancy.region.tolist()
    code, out, _ = call("graph", table, *asked)
    assert code == 0
    assert "diameter exact" in out
    assert "fiedler vector" not in out
    assert f"ball regions                {result['ball_regions']}\n" in out


def test_sampled_betweenness_says_so(call, net_file, tmp_path):
    table = tmp_path / "r.parquet"
    call("regions", net_file, "--box", -2, 2, "--out", table)
    code, out, _ = call("graph", table, "--betweenness", 9, "--seed", 3, "--json")
    result = json.loads(out)
    wanted = rg.load_regions(table).adjacency().betweenness(9, rng=3)
    assert code == 0
    assert (result["betweenness_exact"], result["betweenness_samples"]) == (False, 9)
    assert result["betweenness"] == pytest.approx(wanted.values.tolist())
    assert result["betweenness_error"] == pytest.approx(wanted.standard_error.tolist())
    assert result["betweenness_bound"] == pytest.approx(wanted.bound)


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
    assert str(topology.persistence(regions, 1)) in out
    assert "theorem, vacuous" in out


def test_what_the_function_does_on_the_regions(call, net_file, tmp_path):
    table = tmp_path / "r.parquet"
    call("regions", net_file, "--box", -2, 2, "--out", table)
    code, out, err = call("graph", table, "--extremes", "--lipschitz", "--mean", "--json")
    result, regions = json.loads(out), rg.load_regions(table)
    assert (code, err) == (0, "")
    found = rg.extremes(regions)
    assert result["output_low"] == found.low.tolist()
    assert result["output_high"] == found.high.tolist()
    assert (result["argmin"], result["argmax"]) == (found.argmin.tolist(), found.argmax.tolist())
    steepest = rg.lipschitz(regions)
    assert (result["lipschitz"], result["lipschitz_norms"]) == (steepest.constant, ["l2", "l2"])
    assert result["steepest_region"] == steepest.region
    assert result["output_mean"] == rg.integral(regions).mean.tolist()
    _, out, _ = call("graph", table, "--lipschitz", "linf,l1", "--json")
    wanted = rg.lipschitz(regions, input_norm="linf", output_norm="l1").constant
    assert json.loads(out)["lipschitz"] == wanted
    for bad in ("l2", "l2,l3", "l2,l2,l2"):
        code, out, err = call("graph", table, "--lipschitz", bad)
        assert (code, out) == (2, "")
        assert "l2" in err


def test_no_mean_without_a_bounded_domain(call, net_file, tmp_path):
    table = tmp_path / "r.parquet"
    call("regions", net_file, "--out", table)
    code, _, err = call("graph", table, "--mean")
    assert code == 2
    assert "must be bounded" in err
    code, out, _ = call("graph", table, "--extremes", "--lipschitz", "--json")
    assert code == 0
    assert None in json.loads(out)["output_high"] + json.loads(out)["output_low"]
