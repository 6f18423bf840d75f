"""``relugeom regions``: agrees with the library, and takes domains, slices, data."""

import json

import numpy as np
import pytest
import relugeom as rg


def test_regions_json_agrees_with_the_library(call, net_file, tmp_path):
    table = tmp_path / "regions.parquet"
    code, out, err = call("regions", net_file, "--box", -1, "1,2", "--out", table, "--json")
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


def test_box_takes_negative_coordinate_lists(call, net_file):
    code, out, _ = call("regions", net_file, "--box", "-1,-2", "-0.5,2", "--json")
    assert code == 0
    assert json.loads(out)["domain_volume"] == 2.0


def test_all_of_space_uses_lp_and_has_no_volume(call, net_file):
    code, out, _ = call("regions", net_file, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["engine"] == "lp"
    assert result["volume"] is None
    assert result["regions"] == rg.count_regions(rg.load_network(net_file))


def test_domain_file_and_slice(call, net_file, tmp_path):
    np.savez(tmp_path / "triangle.npz", A=[[-1, 0], [0, -1], [1, 1]], b=[0, 0, 1])
    np.savez(tmp_path / "line.npz", points=[[0.0, 0.0], [1.0, 0.0]])
    code, out, _ = call(
        "regions", net_file, "--domain", tmp_path / "triangle.npz",
        "--slice", tmp_path / "line.npz", "--json",
    )  # fmt: skip
    result = json.loads(out)
    assert code == 0
    assert result["dim"] == 1
    assert result["domain_volume"] == pytest.approx(1.0)


def test_capped_run_says_so(call, net_file):
    code, out, _ = call("regions", net_file, "--box", -5, 5, "--max-regions", 3, "--json")
    result = json.loads(out)
    assert code == 1
    assert (result["regions"], result["complete"], result["status"]) == (3, False, "capped")


def test_slice_through_data_points(call, files):
    code, out, _ = call(
        "regions", files["NET"], "--slice-points", f"{files['POINTS']}:0,3",
        "--margin", 0.5, "--json",
    )  # fmt: skip
    result = json.loads(out)
    line = rg.AffineSlice.through([[0, 0], [1, 1]])
    net = rg.load_network(files["NET"]).restrict(line)
    wanted = rg.enumerate_regions(net, rg.Box([-np.sqrt(0.5)], [1.5 * np.sqrt(2)]))
    assert code == 0
    assert (result["dim"], result["regions"]) == (1, len(wanted))
    assert result["domain_volume"] == pytest.approx(2 * np.sqrt(2))


def test_columns_and_data_counts_in_the_file(call, files, tmp_path):
    import pyarrow.parquet as pq

    code, _, _ = call(
        "regions", files["NET"], "--box", -2, 2, "--jobs", 2,
        "--out", tmp_path / "r.parquet", "--columns", "volume,data_count",
        "--data", files["POINTS"], "--json",
    )  # fmt: skip
    table = pq.read_table(tmp_path / "r.parquet")
    assert code == 0
    assert sum(table["data_count"].to_pylist()) == 4
    assert sum(table["volume"].to_pylist()) == pytest.approx(16)


def test_domains_from_vnnlib_and_nnet(call, files, tmp_path):
    (tmp_path / "p.vnnlib").write_text(
        "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)"
        "(assert (<= X_0 1))(assert (>= X_0 0))(assert (<= X_1 3))(assert (>= X_1 1))"
        "(assert (>= Y_0 0))"
    )
    (tmp_path / "n.nnet").write_text(
        "2,2,1,2,\n2,1,1,\n0,\n0,0,\n2,2,\n0,0,0,\n1,1,1,\n1,1,\n0,\n1,\n0,\n"
    )
    for file, volume in (("p.vnnlib", 2.0), ("n.nnet", 4.0)):
        code, out, _ = call("regions", files["NET"], "--domain", tmp_path / file, "--json")
        assert code == 0
        assert json.loads(out)["domain_volume"] == volume
