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
    assert result["degree_min"] == graph.degrees().min() > 0
    assert result["degree_max"] == graph.degrees().max()
    assert result["path"] == graph.shortest_path([-1.5, -1.5], 0).tolist()
    assert result["crossings"] == len(result["neurons_crossed"]) == len(result["path"]) - 1
    import networkx as nx

    stored = nx.read_graphml(export)
    assert (len(stored), stored.number_of_edges()) == (graph.n_regions, graph.n_edges)


def test_graph_topology_and_expressivity(capsys, net_file, tmp_path):
    table = tmp_path / "r.parquet"
    call(capsys, "regions", net_file, "--box", -2, 2, "--out", table)
    asked = ("--betti", 1, "--critical", 0, "--persistence", 1, "--expressivity")
    code, out, err = call(capsys, "graph", table, *asked, "--json")
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
    code, out, _ = call(capsys, "graph", table, *asked)
    assert code == 0
    assert f"morse numbers     {found.counts.tolist()}" in out
    assert out.count("minimum") == (found.kind == "minimum").sum()
    assert "birth         death" in out
    assert "theorem, vacuous" in out


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
        (["regions", "net.pth"], "existing file"),
        (["regions", "TEXT"], "known are .npz, .onnx"),
        (["regions", "NET", "--widths", "2,2"], "`widths` must be given only for .safetensors"),
        (["regions", "NET", "--widths", "2,x"], "`--widths` must be whole numbers"),
        (["regions", "NET", "--input-shape", "1,2"], "`input_shape` must be given only for .onnx"),
        (["regions", "NET", "--slice", "NET"], "origin and basis, or points"),
        (["regions", "NET", "--slice-points", "POINTS"], "as data.npz:0,1,2"),
        (["regions", "NET", "--slice-points", "POINTS:0,9"], "rows of X, 0 to 3; got 9"),
        (["regions", "NET", "--slice-points", "POINTS:0,a"], "whole numbers"),
        (["regions", "NET", "--slice-points", "POINTS:0,0"], "affinely independent"),
        (["regions", "NET", "--slice-points", "NET:0,1"], "must hold an array X"),
        (["regions", "NET", "--slice-points", "POINTS:0"], "2 to 3 points"),
        (["regions", "NET", "--margin", "1"], "must come with points"),
        (["regions", "NET", "--domain", "x.vnnlib"], "x.vnnlib"),
        (["regions", "NET", "--domain", "x.nnet"], "x.nnet"),
        (["regions", "NET", "--box", "0", "1", "--jobs", "0"], "`jobs` must be"),
        (["regions", "NET", "--columns", "volume"], "must come with `--out`"),
        (["regions", "NET", "--data", "POINTS"], "must come with `--out`"),
        (["regions", "NET", "--box", "0", "1", "--out", "x.parquet", "--columns", "size"],
         "`columns` must be among"),
        (["regions", "NET", "--box", "0", "1", "--out", "x.csv"], ".parquet, .geojson or .gpkg"),
        (["regions", "NET", "--out", "x.parquet", "--columns", "volume"], "must be bounded"),
        (["graph", "TABLE", "--from", "99999", "--to", "0"], "must be a region, 0 to"),
        (["graph", "TABLE", "--from", "9,9", "--to", "0"], "must lie in a listed region"),
        (["graph", "TABLE", "--export", "x.dot"], ".graphml, .gexf, .json or .npz"),
        (["graph", "TABLE", "--betti", "2"], "`label` must be a class, 0 to 1; got 2"),
        (["graph", "TABLE", "--critical", "2"], "`output` must be an output, 0 to 1; got 2"),
        (["graph", "TABLE", "--persistence", "-1"], "`output` must be a whole number >= 0"),
        (["path", "RUN", "--data", "NET"], "must hold an array X"),
        (["path", "RUN", "--data", "POINTS"], "shape (n, 1)"),
        (["convert", "NET", "net.onnx"], "`path` must end in .npz"),
        (["convert", "BROKEN", "x.npz"], "not a readable npz"),
        (["regions", "NET", "--box", "-1", "1", "--out", "BROKEN/x.parquet"], "must be a folder"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(capsys, files, monkeypatch, arguments, words):
    folder = files["NET"].parent
    monkeypatch.chdir(folder)
    before = {file.name for file in folder.iterdir()}
    for name, file in files.items():
        arguments = [a.replace(name, str(file)) for a in arguments]
    code, out, err = call(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("relugeom: ")
    assert words in err
    assert {file.name for file in folder.iterdir()} == before


@pytest.fixture
def files(net_file, tmp_path):
    """Files that the bad calls name."""
    (tmp_path / "broken.npz").write_bytes(b"PK not an archive")
    (tmp_path / "notes.txt").write_text("no network")
    np.savez(tmp_path / "points.npz", X=[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    regions = rg.enumerate_regions(rg.load_network(net_file), rg.Box([0, 0], [1, 1]))
    regions.save(tmp_path / "table.parquet")
    X = np.zeros((3, 1))
    rg.train(rg.ReLUNetwork.random([1, 3, 1], rng=0), X, X, steps=2, rng=0).save(
        tmp_path / "run.npz"
    )
    names = {"NET": "net.npz", "BROKEN": "broken.npz", "TEXT": "notes.txt",
             "POINTS": "points.npz", "TABLE": "table.parquet", "RUN": "run.npz"}  # fmt: skip
    return {name: tmp_path / file for name, file in names.items()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["regions"], "the following arguments are required: NET"),
        (["shapes"], "invalid choice: 'shapes'"),
        (["regions", "n.npz", "--box", "0", "1", "--domain", "d.npz"], "not allowed with"),
        (["regions", "n.npz", "--slice", "s.npz", "--slice-points", "d.npz:0,1"], "not allowed"),
        (["regions", "n.npz", "--jobs", "two"], "invalid int value: 'two'"),
        (["path", "run.npz"], "required: --data"),
        (["kakeya"], "required: CONSTRUCTION"),
        (["convert", "n.npz"], "required: OUT"),
        (["completion", "dos"], "invalid choice: 'dos'"),
    ],
)
def test_bad_usage_says_what_is_wrong_and_exits_with_2(capsys, arguments, words):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    captured = capsys.readouterr()
    assert stop.value.code == 2
    assert captured.out == ""
    assert words in captured.err


def test_bad_usage_exits_with_2():
    done = subprocess.run(
        [sys.executable, "-m", "relugeom", "regions"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_slice_through_data_points(capsys, files):
    code, out, _ = call(
        capsys, "regions", files["NET"], "--slice-points", f"{files['POINTS']}:0,3",
        "--margin", 0.5, "--json",
    )  # fmt: skip
    result = json.loads(out)
    line = rg.AffineSlice.through([[0, 0], [1, 1]])
    net = rg.load_network(files["NET"]).restrict(line)
    wanted = rg.enumerate_regions(net, rg.Box([-np.sqrt(0.5)], [1.5 * np.sqrt(2)]))
    assert code == 0
    assert (result["dimension"], result["regions"]) == (1, len(wanted))
    assert result["domain_volume"] == pytest.approx(2 * np.sqrt(2))


def test_columns_and_data_counts_in_the_file(capsys, files, tmp_path):
    import pyarrow.parquet as pq

    code, _, _ = call(
        capsys, "regions", files["NET"], "--box", -2, 2, "--jobs", 2,
        "--out", tmp_path / "r.parquet", "--columns", "volume,data_count",
        "--data", files["POINTS"], "--json",
    )  # fmt: skip
    table = pq.read_table(tmp_path / "r.parquet")
    assert code == 0
    assert sum(table["data_count"].to_pylist()) == 4
    assert sum(table["volume"].to_pylist()) == pytest.approx(16)


def test_domains_from_vnnlib_and_nnet(capsys, files, tmp_path):
    (tmp_path / "p.vnnlib").write_text(
        "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)"
        "(assert (<= X_0 1))(assert (>= X_0 0))(assert (<= X_1 3))(assert (>= X_1 1))"
        "(assert (>= Y_0 0))"
    )
    (tmp_path / "n.nnet").write_text(
        "2,2,1,2,\n2,1,1,\n0,\n0,0,\n2,2,\n0,0,0,\n1,1,1,\n1,1,\n0,\n1,\n0,\n"
    )
    for file, volume in (("p.vnnlib", 2.0), ("n.nnet", 4.0)):
        code, out, _ = call(capsys, "regions", files["NET"], "--domain", tmp_path / file, "--json")
        assert code == 0
        assert json.loads(out)["domain_volume"] == volume


@pytest.mark.filterwarnings("default")
def test_convert(capsys, tmp_path):
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Softmax", ["a"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, "n"])],
    )  # fmt: skip
    onnx.save(helper.make_model(graph), tmp_path / "net.onnx")
    code, out, err = call(
        capsys, "convert", tmp_path / "net.onnx", tmp_path / "net.npz",
        "--input-shape", "1,3", "--json",
    )  # fmt: skip
    result = json.loads(out)
    assert code == 0
    assert err.startswith("relugeom: warning: the final Softmax is left off")
    assert err.count("\n") == 1
    assert (result["inputs"], result["neurons"], len(result["sha256"])) == (3, 3, 64)
    assert rg.load_network(tmp_path / "net.npz")([[-1.0, 2.0, 3.0]]).tolist() == [[0, 2, 3]]


def test_convert_prints_a_summary(capsys, files, tmp_path):
    code, out, _ = call(capsys, "convert", files["NET"], tmp_path / "copy.npz")
    assert code == 0
    assert out == rg.load_network(files["NET"]).summary() + "\n"


def test_json_is_all_of_stdout_and_progress_goes_to_stderr(files, tmp_path):
    for extra in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "relugeom", "regions", files["NET"], "--box", "-1", "1", *extra],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        assert "\r" not in done.stdout
    assert json.loads(done.stdout)["complete"] is True


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_scripts(capsys, shell, tmp_path):
    code, out, err = call(capsys, "completion", shell)
    assert (code, err) == (0, "")
    for word in ("regions", "convert", "perron", "slice-points", "max-regions"):
        assert word in out
    if shell == "bash":
        (tmp_path / "script").write_text(out)
        done = subprocess.run(
            ["bash", "-c", f"source {tmp_path}/script; COMP_WORDS=(relugeom re); COMP_CWORD=1; "
             "_shtab_relugeom; echo ${COMPREPLY[@]}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split() == ["regions"]


def test_a_reader_that_stops_is_no_error(files):
    done = subprocess.run(
        f"set -o pipefail; {sys.executable} -m relugeom completion bash | head -1",
        shell=True, executable="/bin/bash", capture_output=True, text=True,
    )  # fmt: skip
    assert "Traceback" not in done.stderr


def test_interrupt_exits_with_1(capsys, monkeypatch, net_file):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("relugeom.networks.files.load_network", interrupted)
    code, out, err = call(capsys, "regions", net_file)
    assert (code, out, err) == (1, "", "relugeom: interrupted\n")
