"""The report: kinds, values by other routes, and what the path tells."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.generalisation import (
    golowich,
    growth_bound,
    log_growth,
    random_subspace,
    report,
)
from relugeom.generalisation.growth import layers_of
from relugeom.kakeya.spectra import effective_dimension, spectrum

from penguins import penguins

TRAIN, TEST = penguins()


def run(within=None, steps=150, **settings):
    net = rg.ReLUNetwork.random([2, 8, 3], rng=0)
    inside = None if within is None else random_subspace(net, within, rng=1)
    settings = {"loss": "cross_entropy", "lr": 0.1, "steps": steps, **settings}
    return rg.train(net, *TRAIN, within=inside, **settings), inside


@pytest.fixture(scope="module")
def free():
    path, _ = run()
    return path, report(path, TRAIN, TEST, n_draws=500)


@pytest.fixture(scope="module")
def fixed():
    path, inside = run(5)
    return path, inside, report(path, TRAIN, TEST, input_bound=6.0, n_draws=500)


def kinds(table):
    return {b.name: b.kind for b in table.bounds}


def test_without_a_subspace_nothing_in_few_dimensions_is_valid(free):
    path, table = free
    found = kinds(table)
    assert {k for k, v in found.items() if v == "theorem"} == {
        "growth function, all parameters", "VC dimension", "PAC-Bayes kl", "PAC-Bayes Pinsker",
        "product of Frobenius norms, margin",
    }  # fmt: skip
    rank = next(k for k in found if "rank of the updates" in k)
    assert found[rank] == "heuristic"
    assert found["net of a ball in r = 51 dimensions"] == "heuristic"  # inputs have no known bound
    assert table.symbols["r"] == path.parameters.shape[1] == 51


def test_a_path_tells_that_it_was_trained_in_a_random_subspace(fixed):
    _, _, table = fixed
    found = kinds(table)
    assert (
        found["growth function, r = 5"] == found["net of a ball in r = 5 dimensions"] == "theorem"
    )
    assert found["PAC-Bayes kl, in r = 5"] == "theorem"
    assert table.symbols["r"] == 5
    assert table.best().name == "net of a ball in r = 5 dimensions"
    assert table.best("Gibbs").name == "PAC-Bayes kl, in r = 5"
    assert not table.best().vacuous
    assert "orthonormal, random" in table["growth function, r = 5"].assumptions


def test_what_uses_the_run_itself_is_never_valid(free, fixed):
    for table in (free[1], fixed[2]):
        rows = [b for b in table.bounds if "d_eff" in b.name]
        assert {b.kind for b in rows} == {"heuristic", "claimed"}
        for b in rows:
            assert (b.vacuous is None) == (b.kind == "claimed") == np.isnan(b.risk)


def test_the_span_of_the_updates_is_the_slice(fixed):
    path, inside, table = fixed
    given = report(path, TRAIN, TEST, within=inside, n_draws=500, input_bound=6.0)
    name = "PAC-Bayes kl, in r = 5"
    assert given[name].risk == pytest.approx(table[name].risk, abs=0.05)  # other draws
    assert "as the caller says" in given[name].assumptions


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_a_file_keeps_how_the_slice_was_drawn(fixed, tmp_path, suffix):
    if suffix == "safetensors":
        pytest.importorskip("safetensors")
    path, _, table = fixed
    path.save(tmp_path / f"run.{suffix}")
    again = report(
        rg.load_path(tmp_path / f"run.{suffix}"), TRAIN, TEST, input_bound=6.0, n_draws=500
    )
    assert str(again) == str(table)


def test_a_slice_that_was_not_drawn_at_random_is_heuristic():
    first, _ = run()
    points = first.parameters[[0, 50, 100, 150]]  # of a run on the same data
    path = rg.train(
        first.network(0),
        *TRAIN,
        loss="cross_entropy",
        lr=0.1,
        within=rg.AffineSlice.through(points),
    )
    found = kinds(report(path, TRAIN, TEST, input_bound=6.0, n_draws=50))
    assert found["growth function, r = 3"] == "heuristic"
    assert found["net of a ball in r = 3 dimensions"] == "heuristic"
    assert not any("PAC-Bayes kl, in" in name for name in found)


def test_a_path_that_leaves_its_slice_is_heuristic(fixed):
    path, _, _ = fixed
    theta = np.array(path.parameters)
    theta[-1] += 0.01
    astray = rg.OptimizerPath.from_parameters(path.start, theta, settings=path.settings)
    table = report(astray, TRAIN, TEST, n_draws=50)
    assert table["growth function, r = 5"].kind == "heuristic"
    assert "leaves the slice" in table["growth function, r = 5"].assumptions


def test_a_record_that_begins_later_has_no_start_drawn_before_the_data(fixed):
    path, _, _ = fixed
    late = rg.OptimizerPath.from_parameters(
        path.start, path.parameters[50:], steps=np.arange(50, 151), settings=path.settings
    )
    found = kinds(report(late, TRAIN, TEST, input_bound=6.0, n_draws=50))
    assert found["growth function, r = 5"] == "theorem"  # the slice is the same
    assert found["PAC-Bayes kl"] == found["PAC-Bayes kl, in r = 5"] == "heuristic"
    assert found["net of a ball in r = 5 dimensions"] == "heuristic"


def test_values_by_other_routes(fixed):
    path, _, table = fixed
    net, (X, y) = path.network(-1), TRAIN
    error = np.mean(net.predict(X) != y)
    layers = layers_of(2, (8, 3))  # three differences of three outputs
    growth = table["growth function, r = 5"]
    assert growth.gap == pytest.approx(growth_bound(log_growth(200, layers, 5), 200))
    assert growth.risk == pytest.approx(error + growth.gap)
    d_eff = effective_dimension(spectrum(path.updates), "participation")
    claimed = table["sqrt(d_eff / n), participation"]
    assert claimed.gap == pytest.approx(np.sqrt(d_eff / 200))
    assert claimed.gap < table["growth function, r = 5"].gap
    moved = np.linalg.norm(path.parameters[-1] - path.parameters[0])
    assert table.baselines["|theta_T - theta_0|"] == pytest.approx(moved)
    assert table.measured[0].train == pytest.approx(error)
    assert golowich(1.0, 2, 200) < table["product of Frobenius norms, margin"].gap


def test_every_valid_bound_holds_what_is_measured(free, fixed):
    for table in (free[1], fixed[2]):
        for b in table.bounds:
            if b.kind == "theorem":
                assert b.risk >= table.measured[0].test
                assert b.vacuous == (b.risk >= 1)


def test_higher_confidence_costs(fixed):
    path, _, table = fixed
    surer = report(path, TRAIN, TEST, input_bound=6.0, n_draws=500, confidence=0.999)
    for b, c in zip(table.bounds, surer.bounds, strict=True):
        if b.kind == "theorem":
            assert c.risk > b.risk
    assert surer.measured[0].high > table.measured[0].high


def test_a_network_alone_has_fewer_bounds():
    path, _ = run(steps=50)
    table = report(path.network(-1), TRAIN, TEST)
    assert set(kinds(table)) == {
        "growth function, all parameters", "VC dimension", "product of Frobenius norms, margin",
        "spectral norms, margin (scale)",
    }  # fmt: skip
    assert table.best("Gibbs") is None
    assert list(table.baselines) == ["|theta_T|"]


def test_one_output_and_a_run_that_does_not_move():
    X = np.linspace(-1, 1, 30)[:, None]
    y = (X[:, 0] > 0).astype(int)
    path = rg.train(rg.ReLUNetwork.random([1, 3, 1], rng=0), X, y, loss="cross_entropy", steps=0)
    table = report(path, (X, y), (X, y), n_draws=50)
    assert not any("d_eff" in b.name for b in table.bounds)
    assert table.baselines["|theta_T - theta_0|"] == 0.0


def test_text_names_the_smallest_and_the_baselines(fixed):
    _, _, table = fixed
    text = str(table)
    assert "smallest valid bound on the risk of the network" in table.verdict
    assert f"{table.best().risk:.4g} (net of a ball" in table.verdict
    assert "baselines, no bounds" in text
    assert "Clopper-Pearson, exact" in text
    assert f"all {sum(b.kind == 'theorem' for b in table.bounds)} valid ones at once" in text
    assert text.count("vacuous") >= 1
    assert len(table) == len(table.rows()) == len(table.bounds)


def test_caveats_of_the_path_come_along():
    path, _ = run(steps=20)
    part = rg.OptimizerPath.from_parameters(path.start, path.parameters[::10], steps=[0, 10, 20])
    assert "every=10" in str(report(part, TRAIN, TEST, n_draws=50))


def test_samples_on_both_sides_are_said():
    path, _ = run(steps=20)
    table = report(path, TRAIN, TRAIN, n_draws=50)
    assert "200 of 200 held-out samples have the features of a training sample" in str(table)
    fresh = TEST[0] + 1e-3, TEST[1]
    assert not report(path, TRAIN, fresh, n_draws=50).caveats


def test_errors(fixed):
    path, _, _ = fixed
    other = rg.AffineSlice.random(51, 5, rng=9)
    small = rg.AffineSlice.random(50, 5, rng=9)
    net = path.network(-1)
    for call, kind, word in [
        (lambda: report(3, TRAIN, TEST), InvalidInputError, "`run`"),
        (lambda: report(path, TRAIN[0], TEST), InvalidInputError, "`train`"),
        (lambda: report(path, TRAIN, (TEST[0], TEST[1] + 1)), InvalidInputError, "class labels"),
        (lambda: report(path, TRAIN, TEST, within=other), InvalidInputError, "leaves by"),
        (lambda: report(path, TRAIN, TEST, within=small), ShapeError, "within"),
        (lambda: report(net, TRAIN, TEST, within=other), InvalidInputError, "with a path"),
        (lambda: report(path, TRAIN, TEST, input_bound=1.0), InvalidInputError, "input_bound"),
        (lambda: report(path, TRAIN, TEST, kinds=["rank"]), InvalidInputError, "kinds"),
        (lambda: report(path, TRAIN, TEST, confidence=95), InvalidInputError, "confidence"),
        (lambda: report(path, TRAIN, TEST, n_draws=0), InvalidInputError, "n_draws"),
        (lambda: fixed[2]["PAC-Bayes"], InvalidInputError, "`name`"),
    ]:
        with pytest.raises(kind, match=word):
            call()
