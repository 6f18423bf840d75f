"""``relugeom check``."""

import json

import pytest
import relugeom as rg
from relugeom.regions.columns import compute_columns

BOX = "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)" \
      "(declare-const Y_1 Real)(assert (>= X_0 -1))(assert (<= X_0 1))" \
      "(assert (>= X_1 -1))(assert (<= X_1 1))"  # fmt: skip


@pytest.fixture
def prop(net_file, tmp_path):
    """Write the property that output 0 never falls below its minimum, less a gap."""
    regions = rg.enumerate_regions(rg.load_network(net_file), rg.Box([-1, -1], [1, 1]))
    low = float(compute_columns(regions, ["output_low"])["output_low"][:, 0].min())

    def write(gap):
        file = tmp_path / "prop.vnnlib"
        file.write_text(f"{BOX}(assert (<= Y_0 {low - gap}))")
        return file

    return write


def test_a_property_that_holds(call, net_file, prop):
    code, out, err = call("check", net_file, prop(1e-6))
    assert (code, out) == (0, "unsat\n")
    assert "no counterexample in all" in err


def test_a_counterexample_in_the_format_of_the_competition(call, net_file, prop, tmp_path):
    results = tmp_path / "results.txt"
    code, out, _ = call("check", net_file, prop(-1e-6), "--out", results)
    assert code == 0
    assert results.read_text() == out
    status, rest = out.split("\n", 1)
    assert status == "sat"
    assert rest.startswith("((X_0 ")
    assert rest.endswith("))\n")
    values = {k: float(v) for k, v in (entry.strip("()").split() for entry in rest.splitlines())}
    assert list(values) == ["X_0", "X_1", "Y_0", "Y_1"]
    output = rg.load_network(net_file)([[values["X_0"], values["X_1"]]])[0]
    assert output.tolist() == [values["Y_0"], values["Y_1"]]


def test_one_json_object(call, net_file, prop):
    code, out, err = call("check", net_file, prop(-1e-6), "--json")
    result = json.loads(out)
    assert (code, err, result["verdict"], result["status"]) == (0, "", "sat", "complete")
    net = rg.load_network(net_file)
    assert result["output"] == net([result["counterexample"]])[0].tolist()
    code, out, _ = call("check", net_file, prop(1e-6), "--json")
    result = json.loads(out)
    assert (code, result["verdict"], result["counterexample"]) == (0, "unsat", None)


def test_running_out_is_exit_code_1(call, net_file, prop):
    code, out, err = call("check", net_file, prop(1e-9), "--max-pieces", 1)
    assert (code, out) == (1, "unknown\n")
    assert "stopped after 1 pieces" in err
    code, out, _ = call("check", net_file, prop(1e-9), "--time-limit", 1e-9)
    assert (code, out) == (1, "timeout\n")


def test_bad_calls(call, net_file, tmp_path):
    text = tmp_path / "notes.vnnlib"
    text.write_text("(assert (<= X_0 1)")
    wide = tmp_path / "wide.vnnlib"
    wide.write_text("(declare-const X_0 Real)(assert (>= X_0 0))(assert (<= X_0 1))")
    for arguments, words in (
        ((net_file, "missing.vnnlib"), "missing.vnnlib"),
        ((net_file, text), "not closed"),
        ((net_file, wide), "2 inputs and 2 outputs"),
        ((net_file, wide, "--max-pieces", 0), "2 inputs"),
        (("missing.npz", wide), "missing.npz"),
    ):
        code, out, err = call("check", *arguments)
        assert (code, out) == (2, "")
        assert words in err
        assert len(err.splitlines()) == 1
