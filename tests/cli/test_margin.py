"""``relugeom margin``."""

import json

import numpy as np
import pytest
import relugeom as rg


@pytest.fixture
def net_file(tmp_path):
    file = tmp_path / "net.npz"
    rg.save_network(rg.ReLUNetwork.random([2, 6, 6, 2], rng=1), file)
    return file


@pytest.mark.parametrize("norm", ["l1", "l2", "linf"])
def test_what_the_library_says(call, net_file, norm):
    code, out, err = call(
        "margin", net_file, "--at", "-0.3,0.4", "--norm", norm, "--box", -2, 2, "--json"
    )
    result = json.loads(out)
    net = rg.load_network(net_file)
    found = rg.margin(net, [-0.3, 0.4], norm=norm, domain=rg.Box([-2, -2], [2, 2]))
    assert (code, err, result["complete"]) == (0, "", True)
    assert result["margin"] == pytest.approx(found.distance)
    assert result["point"] == pytest.approx(found.point.tolist())
    assert (result["class"], result["other_class"]) == (found.label, found.other)


def test_rows_of_data_and_the_other_engine(call, net_file, tmp_path):
    X = np.array([[0.5, 0.5], [-0.3, 0.4]])
    np.savez(tmp_path / "d.npz", X=X)
    at = f"{tmp_path / 'd.npz'}:1"
    _, tree, _ = call("margin", net_file, "--at", at, "--json")
    _, graph, _ = call("margin", net_file, "--at", at, "--engine", "graph", "--json")
    tree, graph = json.loads(tree), json.loads(graph)
    assert tree["margin"] == pytest.approx(graph["margin"])
    assert (tree["engine"], graph["engine"]) == ("tree", "graph")
    code, out, _ = call("margin", net_file, "--at", at)
    assert code == 0
    assert f"margin       {tree['margin']:.6g}" in out
    assert "point" in out


def test_nothing_within_reach_and_budgets(call, net_file):
    code, out, _ = call("margin", net_file, "--at", "0.1,0.1", "--within", 1e-9, "--json")
    result = json.loads(out)
    assert code == 0
    assert (result["margin"], result["lower"], result["point"]) == (None, 1e-9, None)
    assert (result["other_class"], result["complete"]) == (None, True)
    code, out, _ = call("margin", net_file, "--at", "0.1,0.1", "--time-limit", 1e-9, "--json")
    assert (code, json.loads(out)["status"]) == (1, "capped")


def test_bad_calls(call, net_file, files):
    for arguments, words in (
        (("--at", "1"), "`x` must have shape (2,)"),
        (("--at", "1,a"), "`--at` must be numbers"),
        (("--at", f"{files['POINTS']}:9"), "a row of X, 0 to 3; got 9"),
        (("--at", f"{files['POINTS']}:a"), "whole number"),
        (("--at", "missing.npz:0"), "missing.npz"),
        (("--at", "0,0", "--norm", "l3"), "l1, l2, linf"),
        (("--at", "0,0", "--engine", "fast"), "auto, tree, graph"),
        (("--at", "5,0", "--box", -1, 1), "must lie in the domain"),
        (("--at", "0,0", "--target", 7), "`target` must be a class"),
        (("--at", "0,0", "--domain", files["FIXED"]), "leave all inputs free"),
        (("--at", "0,0", "--max-pieces", 0), "max_pieces"),
    ):
        code, out, err = call("margin", net_file, *arguments)
        assert (code, out) == (2, ""), err
        assert words in err
        assert len(err.splitlines()) == 1
