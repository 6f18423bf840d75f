"""Growth studies: rows against runs made by hand, laws against tables that follow them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError, UnsupportedError
from relugeom.paths import GrowthStudy, growth, growth_study

GRID = {"steps": [8, 16, 32], "width": [3, 6], "depth": [1, 2], "n_samples": [10, 20], "lr": [0.05]}


@pytest.fixture(scope="module")
def data():
    X = np.random.default_rng(0).normal(size=(20, 2))
    return X, np.sin(2 * X[:, 0]) + X[:, 1]


@pytest.fixture(scope="module")
def study(data):
    return growth_study(*data, **GRID, n_seeds=2, rng=5)


def test_one_factor_is_varied_at_a_time(study):
    assert study.base == {"steps": 16, "width": 6, "depth": 2, "n_samples": 20, "lr": 0.05}
    for row in study.rows():
        changed = [name for name, value in study.base.items() if row[name] != value]
        assert changed == ([] if row["varied"] == "base" else [row["varied"]])
    settings = {tuple(row[name] for name in ("varied", *study.base)) for row in study.rows()}
    assert len(settings) == 1 + 2 + 1 + 1 + 1
    assert len(study) == 2 * len(settings)
    assert len({row["run"] for row in study.rows()}) == 8  # steps cost no runs
    assert "8 runs around steps=16" in repr(study)


@pytest.mark.parametrize("stopped", ["train", "crossings"])
def test_an_interrupted_study_keeps_the_runs_that_were_done(data, study, stopped, monkeypatch):
    original, calls = getattr(growth, stopped), []

    def interrupted(*arguments, **options):
        calls.append(1)
        result = original(*arguments, **options)
        return replace(result, status="interrupted") if len(calls) == 4 else result

    monkeypatch.setattr(growth, stopped, interrupted)
    part = growth_study(*data, **GRID, n_seeds=2, rng=5)
    assert (part.status, part.complete, study.complete) == ("interrupted", False, True)
    assert len(calls) == 4
    assert part.rows() == [row for row in study.rows() if row["run"] < 3]


def test_rows_are_those_of_runs_made_by_hand(data, study):
    X, y = data
    for row in study.rows():
        order = np.random.default_rng(row["seed"]).permutation(20)[: row["n_samples"]]
        net = rg.ReLUNetwork.random([2, *[row["width"]] * row["depth"], 1], rng=row["seed"])
        path = rg.train(net, X[order], y[order], steps=row["steps"], lr=row["lr"])
        events = rg.crossings(path, X[order])
        assert row["crossings"] == len(events) == row["first_layer"] + row["deeper"]
        assert row["first_layer"] == (events.layer == 0).sum()
        assert row["cells"] == rg.paths.cell_visits(events).n_cells
        assert row["M"] == net.n_neurons * row["n_samples"]
        assert row["parameters"] == net.n_parameters
        assert row["loss_end"] == pytest.approx(path.loss[-1])
        complexity = rg.directional_complexity(path, n_nulls=0)
        assert row["turning"] == pytest.approx(complexity.turning)
        for kind in ("participation", "explained_90"):
            assert row[f"d_eff_{kind}"] == pytest.approx(complexity.dimensions[f"{kind}_raw"])
        length = np.linalg.norm(path.updates, axis=1).sum()
        assert row["length"] == pytest.approx(length)


def test_the_same_seed_gives_the_same_table(data, study):
    again = growth_study(*data, **GRID, n_seeds=2, rng=5)
    assert again.rows() == study.rows()
    other = growth_study(*data, **GRID, n_seeds=2, rng=6)
    assert [r["crossings"] for r in other.rows()] != [r["crossings"] for r in study.rows()]


def test_diverged_runs_say_so_and_are_left_out(data):
    X, y = data
    study = growth_study(
        X, y, steps=[20], width=[4], depth=[1], n_samples=[20], lr=[1e-3, 1e-2, 1e6],
        optimizer="sgd", n_seeds=1,
    )  # fmt: skip
    assert [r["status"] for r in study.rows()] == ["complete", "complete", "diverged"]
    assert study.rows()[-1]["steps"] < 20
    with pytest.raises(InvalidInputError, match="two values"):
        study.fit("steps", d_eff="participation")


def test_tables_of_other_libraries(study, tmp_path):
    table = study.to_arrow()
    assert table.num_rows == len(study)
    assert table["crossings"].to_pylist() == [r["crossings"] for r in study.rows()]
    pandas = pytest.importorskip("pandas")
    frame = study.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["varied"].tolist() == [r["varied"] for r in study.rows()]
    study.save(tmp_path / "growth.parquet")
    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "growth.parquet").equals(table)
    with pytest.raises(UnsupportedError, match="parquet"):
        study.save(tmp_path / "growth.npz")


def synthetic(law, noise=0.0, seeds=6, seed=0):
    """A table in which the crossings follow a law of the steps."""
    random, table = np.random.default_rng(seed), []
    for run, t in product(range(seeds), (20, 40, 80, 160)):
        d_eff = 2.0 + random.uniform()
        M = 500
        count = law(t, d_eff * np.log(M)) * np.exp(noise * random.normal())
        table.append({
            "varied": "base" if t == 80 else "steps", "run": run, "steps": t, "M": M,
            "d_eff_participation": d_eff, "crossings": count, "status": "complete",
        })  # fmt: skip
    return GrowthStudy({"steps": 80}, tuple(table))


@pytest.mark.parametrize(
    ("model", "law", "values"),
    [
        ("constant", lambda t, s: 40.0, {"a": 40.0}),
        ("linear", lambda t, s: 12.0 + 0.7 * t, {"a": 12.0, "b": 0.7}),
        ("power", lambda t, s: 3.0 * t**0.6, {"a": 3.0, "b": 0.6}),
        ("d_eff log M", lambda t, s: 5.0 * s, {"c": 5.0}),
    ],
)
def test_laws_are_recovered(model, law, values):
    exact = synthetic(law).fit("steps", d_eff="participation", n_boot=20)
    for name, value in values.items():
        assert exact[model].parameters[name] == pytest.approx((value,) * 3, rel=1e-5)
    fits = synthetic(law, noise=0.05).fit("steps", d_eff="participation")
    assert fits.best.model == model or fits[model].delta_aic < 2  # the constant is a power of b = 0
    for name, value in values.items():
        found, low, high = fits[model].parameters[name]
        assert low < found < high
        assert 0.8 * low < value < 1.2 * high
    assert fits[model].spread == pytest.approx(0.05, rel=0.4)
    assert sum(fit.weight for fit in fits.fits) == pytest.approx(1)
    np.testing.assert_allclose(exact[model].predict(exact.x, exact.scale), exact.y, rtol=1e-5)


def test_the_power_law_is_the_regression_of_the_logarithms():
    fits = synthetic(lambda t, s: t, noise=0.3).fit("steps", d_eff="participation", n_boot=0)
    slope, level = np.polyfit(np.log(fits.x), np.log(fits.y), 1)
    power = fits["power"]
    assert power.parameters["a"][0] == pytest.approx(np.exp(level))
    assert power.parameters["b"][0] == pytest.approx(slope)
    assert np.isnan(power.parameters["b"][1])
    rest = np.log(fits.y) - level - slope * np.log(fits.x)
    assert power.aic == pytest.approx(len(rest) * np.log(np.mean(rest**2)) + 2 * 3)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    hits = 0
    for seed in range(40):
        study = synthetic(lambda t, s: 2 * t**0.8, noise=0.2, seeds=15, seed=seed)
        fits = study.fit("steps", d_eff="participation", n_boot=60, rng=seed)
        _, low, high = fits["power"].parameters["b"]
        hits += low <= 0.8 <= high
    assert hits >= 32  # of 38 expected


def test_the_linear_fit_is_the_least_of_its_neighbours():
    fits = synthetic(lambda t, s: 5 + t, noise=0.4).fit("steps", d_eff="participation", n_boot=0)
    a, b = (fits["linear"].parameters[name][0] for name in "ab")

    def square(a, b):
        return np.sum((np.log(a + b * fits.x) - np.log(fits.y)) ** 2)

    for da, db in product((0.99, 1, 1.01), repeat=2):
        assert square(a, b) <= square(a * da, b * db) + 1e-12


def test_text_and_rows(study):
    fits = study.fit("M", d_eff="participation", n_boot=10)
    assert len(fits.x) == len(study) - fits.n_dropped
    text = str(fits)
    assert "crossings against M" in text
    assert "d_eff is participation" in text
    assert {row["model"] for row in fits.rows()} == {"constant", "linear", "power", "d_eff log M"}
    with pytest.raises(KeyError):
        fits["cubic"]
    one = study.fit("width", d_eff="stable_rank", response="first_layer", n_boot=10)
    assert set(one.x) == {3.0, 6.0}


def test_bad_input(data, study):
    X, y = data
    for name, values in {"steps": [], "width": 8, "n_samples": [21], "lr": [0.0]}.items():
        with pytest.raises(InvalidInputError, match=name):
            growth_study(X, y, **(GRID | {name: values}))
    with pytest.raises(InvalidInputError, match="depth"):
        growth_study(X, y, **(GRID | {"depth": [2.5]}))
    with pytest.raises(InvalidInputError, match="base"):
        growth_study(X, y, **GRID, base={"colour": 1})
    with pytest.raises(ShapeError, match="`y`"):
        growth_study(X, y[:-1], **GRID)
    for call in ({"against": "colour"}, {"d_eff": "rank"}, {"response": "loss"}):
        with pytest.raises(InvalidInputError, match=next(iter(call))):
            study.fit(**({"against": "steps", "d_eff": "participation"} | call))
