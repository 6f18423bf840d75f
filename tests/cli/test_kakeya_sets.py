"""``relugeom kakeya tubes|directions|bounds``."""

import json

import numpy as np
import pytest
import relugeom as rg
from relugeom.kakeya import TubeFamily, bounds


@pytest.fixture
def tube_file(tmp_path):
    def save(d, n=12):
        family = TubeFamily.random(n, d, 0.05, rng=d)
        file = tmp_path / f"tubes{d}.npz"
        np.savez(file, directions=family.directions, centres=family.centres, delta=0.05)
        return file, family

    return save


def test_tubes_in_the_plane_with_picture(call, tube_file, tmp_path):
    file, family = tube_file(2)
    picture = tmp_path / "tubes.png"
    code, out, err = call("kakeya", "tubes", file, "--plot", picture, "--json")
    result = json.loads(out)
    assert (code, err) == (0, "")
    assert result["union_volume"] == pytest.approx(family.union_volume().value)
    assert result["katz_tao_status"] == "exact"
    assert result["deepest_bush_exact"] is True
    assert result["cauchy_schwarz_angles"] <= result["de_caen_angles"] <= result["union_volume"]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_tubes_above_dimension_three_say_no_theorem(call, tube_file):
    file, family = tube_file(4)
    code, out, _ = call("kakeya", "tubes", file, "--samples", 500)
    assert code == 0
    assert "no theorem" in out
    code, out, _ = call("kakeya", "tubes", file, "--samples", 500, "--json")
    result = json.loads(out)
    assert result["katz_tao_upper"] is None
    assert result["union_low"] <= result["union_volume"] <= result["union_high"]
    assert result["total_volume"] == pytest.approx(family.total_volume)


def test_tubes_outside_of_the_unit_ball_have_no_slab_constant(call, tmp_path):
    file = tmp_path / "far.npz"
    np.savez(file, directions=np.eye(2), centres=np.full((2, 2), 9.0), delta=0.1)
    _, out, _ = call("kakeya", "tubes", file, "--json")
    assert json.loads(out)["frostman_slabs_at_least"] is None


def test_directions(call, tmp_path):
    file, picture = tmp_path / "d.npz", tmp_path / "curve.png"
    rows = np.random.default_rng(0).standard_normal((300, 3))
    rows[7] = 0
    np.savez(file, directions=rows)
    code, out, _ = call("kakeya", "directions", file, "--plot", picture, "--json")
    result = json.loads(out)
    assert code == 0
    assert (result["directions"], result["dropped"], result["dim"]) == (299, 1, 3)
    counts = [row["observed"] for row in result["curve"]]
    assert counts == sorted(counts)
    assert [row["name"] for row in result["dimensions"]] == [
        "packing", "correlation", "levina_bickel", "two_nn",
    ]  # fmt: skip
    for row in result["dimensions"][1:]:
        assert row["value"] == pytest.approx(row["isotropic"][0], abs=0.5)
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, out, _ = call("kakeya", "directions", file, "--vectors", "--nulls", 0)
    assert code == 0
    assert "levina_bickel" in out


def test_directions_of_a_recorded_run(call, tmp_path):
    net = rg.ReLUNetwork.random([2, 5, 1], rng=0)
    X = np.random.default_rng(0).standard_normal((8, 2))
    path = rg.train(net, X, X[:, :1], steps=30, rng=0)
    path.save(tmp_path / "run.npz")
    _, out, _ = call("kakeya", "directions", tmp_path / "run.npz", "--json")
    result = json.loads(out)
    assert result["directions"] + result["dropped"] == 30
    assert result["dim"] == path.updates.shape[1]


@pytest.mark.parametrize("d", [2, 3, 5])
def test_bounds(call, d):
    code, out, _ = call("kakeya", "bounds", "--dim", d, "--delta", 0.01, "--json")
    assert code == 0
    assert json.loads(out)["bounds"] == bounds.table(d, 0.01).rows()
    _, out, _ = call("kakeya", "bounds", "--dim", d, "--delta", 0.01)
    assert ("no theorem" in out) == (d >= 3)  # in space the maximal conjecture is open


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("bounds", "--dim", 3, "--delta", 0.7), "delta"),
        (("bounds", "--dim", 0, "--delta", 0.1), "d"),
        (("tubes", "POINTS"), "directions, centres and delta"),
        (("tubes", "missing.npz"), "existing"),
        (("directions", "POINTS"), "directions"),
        (("directions", "BROKEN"), "readable"),
    ],
)
def test_bad_calls_say_so_in_one_line(call, files, arguments, text):
    code, out, err = call("kakeya", *[files.get(a, a) for a in arguments])
    assert (code, out) == (2, "")
    assert text in err
    assert err.count("\n") == 1
