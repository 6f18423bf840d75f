"""One-line errors, exit codes, and what goes to which stream."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest
from relugeom import cli


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
        (["regions", "NET", "--slice-points", "SCALAR:0,1"], "points in rows; got shape () of"),
        (["regions", "NET", "--slice-points", "WORDS:0,1"], "points in rows; got shape (1, 2) of"),
        (["regions", "NET", "--slice-points", "TEXT:0,1"], "notes.txt is not a readable npz file"),
        (["regions", "NET", "--slice-points", "POINTS:0,3", "--margin", "-1"], "above -0.5"),
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
        (["regions", "NET", "--box", "0", "1", "--out", "x.parquet", "--columns", "data_count",
          "--data", "WIDE"], "`data` must be points in rows, shape (n, 2)"),
        (["regions", "NET", "--out", "x.gpkg"], "must be bounded for .gpkg files"),
        (["regions", "NET", "--box", "0", "1", "--out", "TEXT/a/x.parquet"], "lie in a folder"),
        (["regions", "NET", "--domain", "FIXED", "--slice", "SEGMENT"], "fixes inputs; got two"),
        (["graph", "TABLE", "--from", "99999", "--to", "0"], "must be a region, 0 to"),
        (["graph", "TABLE", "--from", "9,9", "--to", "0"], "must lie in a listed region"),
        (["graph", "TABLE", "--from", "0", "--to", "1", "--weight", "length"],
         "`weight` must be one of distance, facet"),
        (["graph", "TABLE", "--weight", "facet"], "`--weight` must come with `--from`"),
        (["graph", "TABLE", "--ball", "0", "x"], "`--ball` must be a whole number; got 'x'"),
        (["graph", "TABLE", "--ball", "9999", "1"], "must be a region, 0 to"),
        (["graph", "TABLE", "--betweenness", "1"], "`n_samples` must be a whole number >= 2"),
        (["graph", "TABLE", "--min-cut", "0", "0"], "must not overlap; got region 0 in both"),
        (["graph", "TABLE", "--min-cut", "0", "9,9"], "`--min-cut` must lie in a listed region"),
        (["graph", "TABLE", "--min-cut", "0", "a+b"], "`--min-cut` must be numbers"),
        (["graph", "TABLE", "--min-cut", "0", "1+9999"], "`b` must be regions, 0 to"),
        (["graph", "TABLE", "--zone", "12"], "`neuron` must be a neuron, 0 to 11; got 12"),
        (["graph", "TABLE", "--zone", "-1"], "`--zone` must be a whole number; got '-1'"),
        (["graph", "TABLE", "--data", "NET"], "must hold an array X"),
        (["graph", "TABLE", "--data", "gone.npz"], "gone.npz"),
        (["graph", "TABLE", "--export", "x.dot"], ".graphml, .gexf, .json or .npz"),
        (["graph", "TABLE", "--betti", "2"], "`label` must be a class, 0 to 1; got 2"),
        (["graph", "TABLE", "--critical", "2"], "`output` must be an output, 0 to 1; got 2"),
        (["graph", "TABLE", "--persistence", "-1"], "`output` must be a whole number >= 0"),
        (["graph", "TABLE", "--export", "TEXT/x.json"], "lie in a folder"),
        (["graph", "TABLE", "--from", "a", "--to", "0"], "`--from` must be numbers"),
        (["path", "RUN", "--data", "NET"], "must hold an array X"),
        (["path", "RUN", "--data", "POINTS"], "shape (n, 1)"),
        (["path", "RUN", "--data", "LINE", "--held-out", "POINTS"], "shape (n, 1)"),
        (["path", "RUN", "--data", "LINE", "--held-out", "TEXT"], "npz"),
        (["path", "RUN", "--data", "LINE", "--plot", "TEXT"], "folder"),
        (["path", "gone.npz", "--data", "LINE", "--out", "x.npz"], "`--out` must end in .parquet"),
        (["convert", "NET", "net.onnx"], "`file` must end in .npz"),
        (["convert", "BROKEN", "x.npz"], "not a readable npz"),
        (["regions", "NET", "--box", "-1", "1", "--out", "BROKEN/x.parquet"], "lie in a folder"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(call, files, monkeypatch, arguments, words):
    folder = files["NET"].parent
    monkeypatch.chdir(folder)
    before = {file.name for file in folder.iterdir()}
    for name, file in files.items():
        arguments = [a.replace(name, str(file)) for a in arguments]
    code, out, err = call(*arguments)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("relugeom: ")
    assert words in err
    assert {file.name for file in folder.iterdir()} == before


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
        (["demo", "--seed", "-1"], "argument --seed: must be a whole number >= 0; got '-1'"),
        (["kakeya"], "required: WHAT"),
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


def test_json_is_all_of_stdout_and_progress_goes_to_stderr(files, tmp_path):
    for extra in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "relugeom", "regions", files["NET"], "--box", "-1", "1", *extra],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        assert "\r" not in done.stdout
    assert json.loads(done.stdout)["complete"] is True


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_a_full_disk_or_memory_exits_with_1(call, monkeypatch, net_file, error, line):
    def full(*_args, **_kwargs):
        raise error

    monkeypatch.setattr("relugeom.networks.files.load_network", full)
    assert call("regions", net_file) == (1, "", f"relugeom: {line}\n")


def test_interrupt_exits_with_1(call, monkeypatch, net_file):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("relugeom.networks.files.load_network", interrupted)
    code, out, err = call("regions", net_file)
    assert (code, out, err) == (1, "", "relugeom: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "x.csv"], "must end in .parquet, .geojson or .gpkg"),
        (["--out", "TEXT/x.parquet"], "lie in a folder"),
        (["--out", "x.parquet", "--columns", "size"], "`columns` must be among"),
        (["--out", "x.parquet", "--columns", "volume"], "must be bounded for the column volume"),
        (["--out", "x.geojson"], "must be bounded"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_work(call, files, monkeypatch, arguments, words):
    def never(*_args, **_kwargs):
        raise AssertionError("enumerated")

    monkeypatch.chdir(files["NET"].parent)
    monkeypatch.setattr("relugeom.regions.enumerate.enumerate_regions", never)
    arguments = [a.replace("TEXT", "notes.txt") for a in arguments]
    code, _, err = call("regions", files["NET"], *arguments)
    assert code == 2
    assert words in err


@pytest.mark.parametrize(
    ("suffix", "package"),
    [
        (".npz", None), (".nnet", None), (".onnx", "onnx"), (".safetensors", "safetensors"),
        (".pt2", "torch"), (".keras", "keras"), (".h5", "keras"),
    ],
)  # fmt: skip
def test_a_damaged_network_of_every_format_is_one_line(suffix, package, tmp_path):
    """In a process of its own, where libraries log what they please."""
    for needed in (package, "torch") if package else ():
        if find_spec(needed) is None:
            pytest.importorskip(needed)
    file = tmp_path / f"net{suffix}"
    file.write_bytes(b"PK\x03\x04 no network\n\x00\x01" * 9)
    done = subprocess.run(
        [sys.executable, "-m", "relugeom", "regions", file], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("relugeom: ")
    assert f"net{suffix}" in done.stderr
    assert done.stderr.count("\n") == 1
