"""``relugeom path``."""

import json

import numpy as np
import relugeom as rg


def test_path_command(call, tmp_path):
    X = np.linspace(-1, 1, 9)[:, None]
    net = rg.ReLUNetwork.random([1, 8, 8, 1], rng=0)
    path = rg.train(net, X, np.abs(X), steps=30, rng=0)
    path.save(tmp_path / "run.npz")
    np.savez(tmp_path / "data.npz", X=X)
    code, out, _ = call("path", tmp_path / "run.npz", "--data", tmp_path / "data.npz", "--json")
    result = json.loads(out)
    assert code == 0
    assert result["crossings"] == len(rg.crossings(path, X)) == sum(result["crossings_by_layer"])
    theorems = [row for row in result["crossing_bounds"] if row["status"] == "theorem"]
    assert theorems
    assert all(row["holds"] for row in theorems)
    code, out, _ = call(
        "path", tmp_path / "run.npz", "--data", tmp_path / "data.npz",
        "--out", tmp_path / "crossings.parquet",
    )  # fmt: skip
    assert code == 0
    assert "T n N" in out
    assert (tmp_path / "crossings.parquet").stat().st_size > 0
