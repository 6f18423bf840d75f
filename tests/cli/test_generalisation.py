"""``relugeom generalisation``."""

import json

import numpy as np
import pytest
import relugeom as rg

from penguins import penguins

TRAIN, TEST = penguins()


@pytest.fixture
def run(tmp_path):
    """The words of a call, its files written."""
    net = rg.ReLUNetwork.random([2, 8, 3], rng=0)
    inside = rg.generalisation.random_subspace(net, 5, rng=1)
    path = rg.train(net, *TRAIN, loss="cross_entropy", lr=0.1, steps=80, within=inside)
    path.save(tmp_path / "run.npz")
    for name, (X, y) in (("train", TRAIN), ("test", TEST)):
        np.savez(tmp_path / f"{name}.npz", X=X, y=y)
    np.savez(tmp_path / "bare.npz", X=TRAIN[0])
    return ["generalisation", tmp_path / "run.npz", "--data", tmp_path / "train.npz",
            "--held-out", tmp_path / "test.npz"]  # fmt: skip


def test_json_is_the_report(call, run, tmp_path):
    code, out, err = call(*run, "--input-bound", "6", "--seed", "3", "--json")
    result = json.loads(out)
    assert (code, err) == (0, "")
    path = rg.load_path(tmp_path / "run.npz")
    table = rg.generalisation.report(path, TRAIN, TEST, input_bound=6.0, rng=3)
    assert [b["name"] for b in result["bounds"]] == [b.name for b in table.bounds]
    for found, b in zip(result["bounds"], table.bounds, strict=True):
        assert found["kind"] == b.kind
        assert found["risk"] == (None if np.isnan(b.risk) else pytest.approx(b.risk))
    assert result["best"] == {"network": table.best().name, "Gibbs": table.best("Gibbs").name}
    assert result["measured"][0]["gap"] == pytest.approx(table.measured[0].gap)


def test_text_and_picture(call, run, tmp_path):
    code, out, _ = call(*run, "--confidence", "0.9", "--plot", tmp_path / "bounds.png")
    assert code == 0
    assert "with probability 0.9" in out
    assert "growth function, r = 5" in out
    assert (tmp_path / "bounds.png").stat().st_size > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "bare.npz"], "must hold labels y"),
        (["--confidence", "2"], "`confidence` must be a number in (0, 1)"),
        (["--confidence", "x"], "`--confidence` must be numbers"),
        (["--input-bound", "0.1"], "`input_bound` must be no less"),
        (["--plot", "x.gif"], ".png, .svg or .pdf"),
    ],
)
def test_errors_are_one_line(call, run, tmp_path, words, message):
    words = [tmp_path / w if w.endswith(".npz") else w for w in words]
    code, out, err = call(*run, *words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
