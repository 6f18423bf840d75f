"""The command line: results as JSON, exit codes, one-line errors."""

import json
import subprocess
import sys

import numpy as np
import pytest
import relugeom as rg
from relugeom import cli


def call(capsys, *arguments):
    code = cli.main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def net_file(tmp_path):
    file = tmp_path / "net.npz"
    rg.save_network(rg.ReLUNetwork.random([2, 6, 6, 2], rng=3), file)
    return file


def test_regions_json_agrees_with_the_library(capsys, net_file, tmp_path):
    table = tmp_path / "regions.parquet"
    code, out, err = call(capsys, "regions", net_file, "--box", -1, "1,2", "--out", table, "--json")
    result = json.loads(out)
    regions = rg.enumerate_regions(rg.load_network(net_file), rg.Box([-1, -1], [1, 2]))
    assert (code, err) == (0, "")
    assert result["regions"] == len(regions)
    assert result["linear_regions"] == regions.n_linear
    assert result["complete"] is True
    assert result["engine"] == "vertex"
    assert result["domain_volume"] == 6.0
    assert result["volume"] == pytest.approx(6.0, rel=1e-9)
    assert result["regions_per_second"] == pytest.approx(result["regions"] / result["seconds"])
    assert len(rg.load_regions(table)) == len(regions)


def test_box_takes_negative_coordinate_lists(capsys, net_file):
    code, out, _ = call(capsys, "regions", net_file, "--box", "-1,-2", "-0.5,2", "--json")
    assert code == 0
    assert json.loads(out)["domain_volume"] == 2.0


def test_all_of_space_uses_lp_and_has_no_volume(capsys, net_file):
    code, out, _ = call(capsys, "regions", net_file, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["engine"] == "lp"
    assert result["volume"] is None
    assert result["regions"] == rg.count_regions(rg.load_network(net_file))


def test_domain_file_and_slice(capsys, net_file, tmp_path):
    np.savez(tmp_path / "triangle.npz", A=[[-1, 0], [0, -1], [1, 1]], b=[0, 0, 1])
    np.savez(tmp_path / "line.npz", points=[[0.0, 0.0], [1.0, 0.0]])
    code, out, _ = call(
        capsys, "regions", net_file, "--domain", tmp_path / "triangle.npz",
        "--slice", tmp_path / "line.npz", "--json",
    )  # fmt: skip
    result = json.loads(out)
    assert code == 0
    assert result["dimension"] == 1
    assert result["domain_volume"] == pytest.approx(1.0)


def test_capped_run_says_so(capsys, net_file):
    code, out, _ = call(capsys, "regions", net_file, "--box", -5, 5, "--max-regions", 3, "--json")
    result = json.loads(out)
    assert code == 0
    assert (result["regions"], result["complete"], result["status"]) == (3, False, "capped")


def test_graph_path_and_export(capsys, net_file, tmp_path):
    table, export = tmp_path / "r.parquet", tmp_path / "g.graphml"
    call(capsys, "regions", net_file, "--box", -2, 2, "--out", table)
    code, out, _ = call(
        capsys, "graph", table, "--from", "-1.5,-1.5", "--to", 0, "--export", export, "--json"
    )
    result = json.loads(out)
    graph = rg.load_regions(table).adjacency()
    assert code == 0
    assert result["edges"] == graph.n_edges
    assert result["components"] == 1
    assert result["path"] == graph.shortest_path([-1.5, -1.5], 0).tolist()
    assert result["crossings"] == len(result["neurons_crossed"]) == len(result["path"]) - 1
    import networkx as nx

    stored = nx.read_graphml(export)
    assert (len(stored), stored.number_of_edges()) == (graph.n_regions, graph.n_edges)


def test_path_command(capsys, tmp_path):
    X = np.linspace(-1, 1, 9)[:, None]
    net = rg.ReLUNetwork.random([1, 8, 8, 1], rng=0)
    path = rg.train(net, X, np.abs(X), steps=30, rng=0)
    path.save(tmp_path / "run.npz")
    np.savez(tmp_path / "data.npz", X=X)
    code, out, _ = call(
        capsys, "path", tmp_path / "run.npz", "--data", tmp_path / "data.npz", "--json"
    )
    result = json.loads(out)
    assert code == 0
    assert result["crossings"] == len(rg.crossings(path, X)) == sum(result["crossings_by_layer"])
    theorems = [row for row in result["crossing_bounds"] if row["status"] == "theorem"]
    assert theorems
    assert all(row["holds"] for row in theorems)
    code, out, _ = call(
        capsys, "path", tmp_path / "run.npz", "--data", tmp_path / "data.npz",
        "--out", tmp_path / "crossings.parquet",
    )  # fmt: skip
    assert code == 0
    assert "T n N" in out
    assert (tmp_path / "crossings.parquet").stat().st_size > 0


def test_perron_tree_with_picture(capsys, tmp_path):
    picture = tmp_path / "tree.png"
    code, out, _ = call(capsys, "kakeya", "perron", "--levels", 3, "--plot", picture, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["ratio"] == pytest.approx(2 / 5)
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["regions", "missing.npz"], "missing.npz"),
        (["regions", "NET", "--box", "1", "-1"], "`lower` must be below `upper`"),
        (["regions", "NET", "--box", "nan", "1"], "finite"),
        (["regions", "NET", "--box", "0,0,0", "1,1,1"], "R^2"),
        (["regions", "NET", "--box", "a", "1"], "--box"),
        (["regions", "NET", "--engine", "vertex"], "bounded"),
        (["regions", "NET", "--engine", "magic"], "auto, vertex, lp"),
        (["regions", "NET", "--max-regions", "0"], "max_regions"),
        (["regions", "BROKEN"], "not a readable npz"),
        (["regions", "NET", "--domain", "NET"], "lower and upper"),
        (["graph", "BROKEN"], "not a readable table"),
        (["graph", "missing.parquet", "--from", "1"], "--to"),
        (["path", "NET", "--data", "NET"], "path"),
        (["kakeya", "perron", "--levels", "99"], "levels"),
        (["kakeya", "perron", "--levels", "2", "--plot", "tree.gif"], ".png, .svg or .pdf"),
        (["demo", "--out", "BROKEN"], "must be a folder"),
        (["regions", "NET", "--box", "-1", "1", "--out", "BROKEN/x.parquet"], "must be a folder"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(capsys, net_file, tmp_path, arguments, words):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK not an archive")
    code, out, err = call(
        capsys,
        *(a.replace("BROKEN", str(broken)) if a != "NET" else str(net_file) for a in arguments),
    )
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("relugeom: ")
    assert words in err


def test_bad_usage_exits_with_2():
    done = subprocess.run(
        [sys.executable, "-m", "relugeom", "regions"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_interrupt_exits_with_1(capsys, monkeypatch, net_file):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("relugeom.networks.files.load_network", interrupted)
    code, out, err = call(capsys, "regions", net_file)
    assert (code, out, err) == (1, "", "relugeom: interrupted\n")
