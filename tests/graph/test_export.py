"""The graph in other libraries and in files: the same nodes, edges and labels everywhere."""

import json
import sys

import networkx as nx
import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import MissingExtraError, UnsupportedError
from scipy import sparse


@pytest.fixture(scope="module")
def graph():
    net = rg.ReLUNetwork.random([2, 10, 8, 1], rng=0)
    return rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).adjacency()


def matrix(graph, n, edges):
    """The symmetric matrix of 1 + neuron, from (i, j, neuron)."""
    i, j, k = np.array(sorted(edges)).T
    return sparse.csr_array(
        (np.tile(k + 1, 2), (np.concatenate([i, j]), np.concatenate([j, i]))), shape=(n, n)
    )


def same(graph, n, edges):
    return (matrix(graph, n, edges) != graph.csr).nnz == 0 and n == graph.n_regions


def test_networkx(graph):
    made = graph.to_networkx()
    assert same(graph, len(made), [(i, j, k) for i, j, k in made.edges(data="neuron")])
    assert made.nodes[3]["point"] == tuple(graph.regions.points[3])
    signs = {1: "+", -1: "-"}
    assert made.nodes[3]["signs"] == "".join(signs[s] for s in graph.regions.patterns[3].tolist())
    assert {d["layer"] for _, _, d in made.edges(data=True)} == {0, 1}


@pytest.mark.parametrize("suffix", [".graphml", ".gexf"])
def test_files_of_networkx_equal_the_csr(graph, suffix, tmp_path):
    graph.save(tmp_path / f"graph{suffix}")
    read = nx.read_graphml if suffix == ".graphml" else nx.read_gexf
    made = read(tmp_path / f"graph{suffix}", node_type=int)
    edges = [(min(i, j), max(i, j), k) for i, j, k in made.edges(data="neuron")]
    assert same(graph, len(made), edges)
    points = np.array([[made.nodes[i]["x0"], made.nodes[i]["x1"]] for i in range(len(made))])
    np.testing.assert_array_equal(points, graph.regions.points)


def test_node_link_json(graph, tmp_path):
    graph.save(tmp_path / "graph.json")
    data = json.loads((tmp_path / "graph.json").read_text())
    assert data == graph.to_node_link()
    made = nx.node_link_graph(data, edges="edges")
    assert same(graph, len(made), list(made.edges(data="neuron")))


def test_csr_file(graph, tmp_path):
    graph.save(tmp_path / "graph.npz")
    assert (sparse.load_npz(tmp_path / "graph.npz") != graph.csr).nnz == 0


def test_rustworkx(graph):
    rustworkx = pytest.importorskip("rustworkx")
    made = graph.to_rustworkx()
    edges = [(i, j, data["neuron"]) for i, j, data in made.weighted_edge_list()]
    assert same(graph, made.num_nodes(), edges)
    assert made[5]["point"] == tuple(graph.regions.points[5])
    far = rustworkx.distance_matrix(made)
    np.testing.assert_array_equal(far[0], graph.geodesic_distances(0))


def test_igraph(graph):
    pytest.importorskip("igraph")
    made = graph.to_igraph()
    edges = [(e.source, e.target, e["neuron"]) for e in made.es]
    assert same(graph, made.vcount(), edges)
    assert made.diameter() == graph.diameter().lower == graph.diameter().upper
    assert made.vs[2]["signs"] == graph.to_networkx().nodes[2]["signs"]


def test_unknown_suffix(graph, tmp_path):
    with pytest.raises(UnsupportedError, match=r"\.graphml, \.gexf, \.json or \.npz; got .*\.dot"):
        graph.save(tmp_path / "graph.dot")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("package", ["rustworkx", "igraph"])
def test_missing_packages_are_named_with_their_extra(graph, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*relugeom\[graphs\]"):
        getattr(graph, f"to_{package}")()
