"""The demo writes everything that it promises, and its numbers are those of the library."""

import json
import re

import networkx as nx
import numpy as np
import pyarrow.parquet as pq
import pytest
import relugeom as rg
from relugeom import cli

FIGURES = (
    "region_map", "slice_map", "region_graph", "crossings", "directions", "direction_gram", "scree",
    "comparison", "perron_tree",
)  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    code = cli.main(["demo", "--out", str(folder), "--seed", "1"])
    assert code == 0
    return folder, json.loads((folder / "summary.json").read_text())


def test_every_file_is_there(demo):
    folder, summary = demo
    wanted = {
        "report.html", "regions.parquet", "graph.graphml", "path.npz", "data.npz",
        "crossings.parquet", "summary.json",
    }  # fmt: skip
    wanted |= {f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")}
    assert {f.name for f in folder.iterdir()} == wanted == set(summary["files"])
    assert all(f.stat().st_size > 0 for f in folder.iterdir())


def test_all_checks_hold(demo):
    _, summary = demo
    assert len(summary["checks"]) >= 9
    assert all(check["holds"] for check in summary["checks"])


def test_stored_regions_are_those_of_the_network(demo):
    folder, summary = demo
    regions = rg.load_regions(folder / "regions.parquet")
    again = rg.enumerate_regions(regions.source, regions.domain, engine="lp")
    assert np.array_equal(regions.words, again.words)
    assert len(regions) == summary["regions"]["plane"]["regions"]
    assert regions.n_linear == summary["regions"]["plane"]["linear_regions"] <= len(regions)
    graph = nx.read_graphml(folder / "graph.graphml")
    assert (len(graph), graph.number_of_edges()) == (len(regions), summary["graph"]["edges"])
    way = [str(i) for i in summary["graph"]["path"]]
    assert nx.shortest_path_length(graph, way[0], way[-1]) == len(way) - 1


def test_stored_run_gives_the_same_crossings(demo):
    folder, summary = demo
    path = rg.load_path(folder / "path.npz")
    X = np.load(folder / "data.npz")["X"]
    events = rg.crossings(path, X)
    stored = pq.read_table(folder / "crossings.parquet")
    assert len(events) == len(stored) == summary["crossings"]["crossings"]
    assert np.array_equal(stored["neuron"].to_numpy(), events.neuron)


def test_networks_learn(demo):
    _, summary = demo
    for about in summary["networks"].values():
        assert about["loss_last"] < 0.5 * about["loss_first"]
        assert about["accuracy_test"] > 0.85


def test_report_opens_offline(demo):
    folder, _ = demo
    page = (folder / "report.html").read_text()
    links = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\')\s>]+)', page)
    assert all(link.startswith(("#", "data:")) for link in links), links
    assert page.count("<table") >= 8
    assert page.count("<figure") == len(FIGURES)
