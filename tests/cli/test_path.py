"""``relugeom path``."""

import json
from dataclasses import replace

import numpy as np
import pytest
import relugeom as rg
from relugeom.paths.crossing_table import COLUMNS


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
    theorems = [row for row in result["crossing_bounds"] if row["kind"] == "theorem"]
    assert theorems
    assert all(row["holds"] for row in theorems)
    code, out, _ = call(
        "path", tmp_path / "run.npz", "--data", tmp_path / "data.npz",
        "--out", tmp_path / "crossings.parquet",
    )  # fmt: skip
    assert code == 0
    assert "T n N" in out
    assert "distinct cells" in out
    assert "neurons in an arrangement of 9 walls" in out
    assert (tmp_path / "crossings.parquet").stat().st_size > 0


def test_an_interrupt_keeps_the_crossings_found(call, tmp_path, monkeypatch):
    X = np.linspace(-1, 1, 9)[:, None]
    path = rg.train(rg.ReLUNetwork.random([1, 8, 1], rng=0), X, np.abs(X), steps=10, rng=0)
    path.save(tmp_path / "run.npz")
    np.savez(tmp_path / "data.npz", X=X)
    whole = rg.crossings(path, X)
    some = {name: getattr(whole, name)[whole.step < 6] for name in COLUMNS}
    part = replace(whole, status="interrupted", n_steps=6, **some)
    monkeypatch.setattr(rg.paths, "crossings", lambda *_, **__: part)
    code, out, err = call(
        "path", tmp_path / "run.npz", "--data", tmp_path / "data.npz",
        "--out", tmp_path / "crossings.parquet",
    )  # fmt: skip
    assert (code, out, err) == (1, "", "relugeom: interrupted\n")
    kept = rg.load_crossings(tmp_path / "crossings.parquet")
    assert (kept.status, kept.n_steps, len(kept)) == ("interrupted", 6, len(part))


def test_path_on_training_and_held_out_data_with_pictures(call, tmp_path):
    X, Y = np.linspace(-1, 1, 9)[:, None], np.linspace(-0.9, 0.8, 5)[:, None]
    net = rg.ReLUNetwork.random([1, 6, 5, 1], rng=0)
    path = rg.train(net, X, np.abs(X), steps=40, lr=0.05, rng=0)
    path.save(tmp_path / "run.npz")
    np.savez(tmp_path / "data.npz", X=X, y=np.abs(X))
    np.savez(tmp_path / "other.npz", X=Y)
    asked = ("path", tmp_path / "run.npz", "--data", tmp_path / "data.npz",
             "--held-out", tmp_path / "other.npz", "--plot", tmp_path / "plots")  # fmt: skip
    code, out, err = call(*asked, "--json")
    result = json.loads(out)
    assert (code, err) == (0, "")
    events, others = rg.crossings(path, X), rg.crossings(path, Y)
    table = rg.cell_report(path, events, others).rows()
    rows = {(row["quantity"], row["layer"]): row for row in result["cells"]}
    assert len(rows) == len(table)
    for row in table:
        found = rows[row["quantity"], row["layer"]]
        for name in ("training", "held_out"):
            assert found[name] == (None if np.isnan(row[name]) else pytest.approx(row[name]))
    assert rows["crossings", None]["held_out"] == len(others)
    walks = rg.paths.neuron_walks(path, X, events)
    assert [w["distance"] for w in result["neuron_walks"]] == walks.distance.tolist()
    claimed = [r for r in result["crossing_bounds"] if r["kind"] == "claimed"]
    assert all(r["ratio"] == pytest.approx(r["observed"] / r["value"]) for r in claimed)
    names = {"event_raster", "crossings_per_step", "cumulative_crossings", "freeze_profile",
             "flip_rate", "bounds_on_crossings", "bounds_on_cells", "directions",
             "direction_gram", "turning", "tantrix", "scree", "kakeya_comparison",
             "parameter_plane", "one_sample", "wall_turns", "loss_plane"}  # fmt: skip
    assert {f.stem for f in (tmp_path / "plots").iterdir()} == names
    assert len(result["plots"]) == len(names)
    code, out, _ = call(*asked)
    assert code == 0
    assert "held-out" in out
    assert "pictures: " in out


def test_a_plane_with_too_many_walls_is_left_out_and_said(call, tmp_path):
    X = np.linspace(-1, 1, 80)[:, None]
    path = rg.train(rg.ReLUNetwork.random([1, 8, 1], rng=0), X, np.abs(X), steps=5)
    path.save(tmp_path / "run.npz")
    np.savez(tmp_path / "data.npz", X=X)
    code, out, _ = call(
        "path", tmp_path / "run.npz", "--data", tmp_path / "data.npz",
        "--plot", tmp_path / "plots",
    )  # fmt: skip
    assert code == 0
    assert "no picture of a plane: 640 walls" in out
    assert "no picture of the loss: the data hold no y" in out
    assert not (tmp_path / "plots" / "parameter_plane.png").exists()


def test_directions_of_gradients_in_the_definitions_asked_for(call, tmp_path):
    X = np.linspace(-1, 1, 6)[:, None]
    path = rg.train(rg.ReLUNetwork.random([1, 4, 1], rng=0), X, np.abs(X), steps=40)
    path.save(tmp_path / "run.npz")
    np.savez(tmp_path / "data.npz", X=X)
    asked = ("path", tmp_path / "run.npz", "--data", tmp_path / "data.npz", "--of", "gradients",
             "--kind", "participation,explained_95", "--nulls", 4)  # fmt: skip
    code, out, _ = call(*asked, "--json")
    result = json.loads(out)
    assert code == 0
    own = rg.directional_complexity(
        path, "gradients", kind=["participation", "explained_95"], n_nulls=4
    )
    rows = {row["quantity"]: row for row in result["complexity"]}
    assert list(rows) == list(own.values)
    assert rows["participation_raw"]["value"] == pytest.approx(own.dimensions["participation_raw"])
    assert rows["turning"]["walk_p"] == pytest.approx(own.rows()[0]["walk_p"])
    assert result["direction_counts"]["n"] == own.curve.count.tolist()
    assert result["turning_by_hyperplanes"]["value"] == pytest.approx(own.crofton.value)
    code, out, _ = call(*asked)
    assert code == 0
    assert "40 gradients in R^13" in out
    code, _, err = call(*asked[:5], "weights")
    assert code != 0
    assert "`of` must be one of updates" in err
