"""One-line errors, exit codes, and what goes to which stream."""

import json
import subprocess
import sys

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
        (["path", "RUN", "--data", "LINE", "--held-out", "POINTS"], "shape (n, 1)"),
        (["path", "RUN", "--data", "LINE", "--held-out", "TEXT"], "npz"),
        (["path", "RUN", "--data", "LINE", "--plots", "TEXT"], "folder"),
        (["convert", "NET", "net.onnx"], "`path` must end in .npz"),
        (["convert", "BROKEN", "x.npz"], "not a readable npz"),
        (["regions", "NET", "--box", "-1", "1", "--out", "BROKEN/x.parquet"], "must be a folder"),
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


def test_json_is_all_of_stdout_and_progress_goes_to_stderr(files, tmp_path):
    for extra in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "relugeom", "regions", files["NET"], "--box", "-1", "1", *extra],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        assert "\r" not in done.stdout
    assert json.loads(done.stdout)["complete"] is True


def test_interrupt_exits_with_1(call, monkeypatch, net_file):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("relugeom.networks.files.load_network", interrupted)
    code, out, err = call("regions", net_file)
    assert (code, out, err) == (1, "", "relugeom: interrupted\n")
