"""Gap studies: regression, rank correlation, and designed cases with a known answer."""

from itertools import combinations

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError
from relugeom.generalisation import GapStudy, gap_study, rank_correlation, study
from relugeom.generalisation.association import within
from scipy.stats import kendalltau

from penguins import penguins

DATA, TEST = penguins()
SMALL = {
    "n_samples": [20, 60],
    "optimizers": ["sgd", "adam"],
    "lr": [0.05],
    "n_seeds": 3,
    "steps": 40,
}


@pytest.fixture(scope="module")
def small():
    return gap_study(DATA, TEST, d_eff="participation", hidden=[8], rng=0, **SMALL)


def designed(gap, seeds=12, rng=0):
    """A study whose gap is a given function of n and d_eff, with noise; d_eff grows with n."""
    random, rows = np.random.default_rng(rng), []
    for n in (20, 80, 320):
        for lr in (0.01, 0.1):
            for _ in range(seeds):
                d_eff = 0.05 * n**0.5 * np.exp(random.normal()) * (1 if lr == 0.01 else 2)
                value = gap(n, d_eff) + 0.01 * random.normal()
                rows.append(
                    {"n": n, "optimizer": "adam", "lr": lr, "gap": value, "loss_gap": value,
                     "d_eff": d_eff, "norm": random.random() + 1, "distance": random.random() + 1,
                     "status": "complete"}
                )  # fmt: skip
    return GapStudy("participation", tuple(rows), {}, "complete")


def test_one_row_a_run(small):
    rows = small.rows()
    assert len(small) == len(rows) == 12
    assert small.complete
    assert len({row["seed"] for row in rows}) == 12
    row = rows[-1]
    assert (row["n"], row["optimizer"], row["lr"]) == (60, "adam", 0.05)
    use = np.random.default_rng(row["seed"]).permutation(len(DATA[0]))[:60]
    net = rg.ReLUNetwork.random([2, 8, 3], rng=row["seed"])
    path = rg.train(
        net, DATA[0][use], DATA[1][use], loss="cross_entropy", steps=40, batch_size=20, lr=0.05,
        rng=row["seed"],
    )  # fmt: skip
    end = path.network(-1)
    assert row["test_error"] == np.mean(end.predict(TEST[0]) != TEST[1])
    assert row["gap"] == row["test_error"] - np.mean(end.predict(DATA[0][use]) != DATA[1][use])
    assert row["gap_low"] <= row["gap"] <= row["gap_high"]
    assert row["norm"] == pytest.approx(np.linalg.norm(path.parameters[-1]))
    values = np.linalg.eigvalsh(path.updates @ path.updates.T)
    assert row["d_eff"] == pytest.approx(values.sum() ** 2 / np.sum(values**2))


def test_the_study_as_a_frame(small):
    pytest.importorskip("pandas")
    assert len(small.to_pandas()) == 12


def test_the_same_seed_gives_the_same_study(small):
    again = gap_study(DATA, TEST, d_eff="participation", hidden=[8], rng=0, **SMALL)
    assert again.rows() == small.rows()
    assert repr(small) == "GapStudy(12 runs, d_eff participation, complete)"


def test_least_squares_by_other_routes(small):
    fit = small.fit("loss_gap", n_boot=50)
    slope, intercept = np.polyfit(fit.x, fit.y, 1)
    assert (fit.slope, fit.intercept) == (pytest.approx(slope), pytest.approx(intercept))
    assert fit.r_squared == pytest.approx(np.corrcoef(fit.x, fit.y)[0, 1] ** 2)
    design = np.column_stack([fit.x, fit.n == 20, fit.n == 60])
    assert fit.slope_within_n == pytest.approx(np.linalg.lstsq(design, fit.y, rcond=None)[0][0])
    assert fit.slope_interval[0] <= fit.slope <= fit.slope_interval[1]
    middle = fit.intercept + fit.slope * fit.grid
    assert (fit.low <= middle + 1e-12).all()
    assert (middle <= fit.high + 1e-12).all()
    assert within(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1])).tolist() == [-1.0, 1.0, 0.0]


def test_tau_of_all_pairs_is_that_of_scipy():
    rng = np.random.default_rng(0)
    for _ in range(10):
        x, y = rng.integers(6, size=(2, 25)).astype(float)
        assert rank_correlation(x, y) == pytest.approx(kendalltau(x, y).statistic)


@pytest.mark.parametrize("control", ["n", "one factor", "seed"])
def test_controlled_tau_pair_by_pair(control):
    rng = np.random.default_rng(1)
    x, y = rng.integers(9, size=(2, 40)).astype(float)
    factors = {
        "n": rng.integers(3, size=40),
        "lr": rng.integers(2, size=40),
        "o": rng.integers(2, size=40),
    }
    keys = list(zip(*factors.values(), strict=True))

    def admitted(varied):
        for i, j in combinations(range(40), 2):
            differ = [k for k in range(3) if keys[i][k] != keys[j][k]]
            if control == "n":
                ok = 0 not in differ
            else:
                ok = differ == varied
            if ok:
                yield np.sign(x[i] - x[j]), np.sign(y[i] - y[j])

    means = []
    for varied in [[0], [1], [2]] if control == "one factor" else [[]]:
        a, b = np.array(list(admitted(varied))).T
        means.append((a @ b) / np.sqrt((a != 0).sum() * (b != 0).sum()))
    assert rank_correlation(x, y, factors, control=control) == pytest.approx(np.mean(means))


def test_a_gap_that_n_alone_makes_is_seen_through():
    fit = designed(lambda n, d: n**-0.5).fit(n_boot=200)
    name = "sqrt(d_eff / n)"
    assert fit.tau(name, "none").low > 0.2  # looks like a law
    assert fit.tau(name, "n").low < 0 < fit.tau(name, "n").high
    assert fit.tau(name, "seed").low < 0 < fit.tau(name, "seed").high
    assert fit.tau(name, "seed").p_value > 0.05
    assert fit.slope_within_n_interval[0] < 0 < fit.slope_within_n_interval[1]
    assert "1 / sqrt(n) alone orders the gaps at least as well" in fit.verdict
    assert "no order either way" in fit.verdict


def test_a_gap_that_dimensions_make_is_found():
    fit = designed(lambda n, d: (d / n) ** 0.5).fit(n_boot=200)
    for control in ("none", "n", "one factor", "seed"):
        assert fit.tau("sqrt(d_eff / n)", control).low > 0.5
    assert fit.tau("sqrt(d_eff / n)", "seed").p_value < 0.01
    assert fit.slope == pytest.approx(1.0, abs=0.1)
    assert "runs with more directions have larger gaps" in fit.verdict
    assert "less well" in fit.verdict
    assert "is sqrt(d_eff / n)" in fit.verdict
    opposite = designed(lambda n, d: -((d / n) ** 0.5)).fit(n_boot=100)
    assert "opposite of the claim" in opposite.verdict


def test_the_permutation_test_keeps_its_level():
    found = [
        designed(lambda n, d: n**-0.5, seeds=5, rng=s).fit(n_boot=60).tau("sqrt(d_eff / n)", "seed")
        for s in range(40)
    ]
    low = sum(c.p_value <= 0.1 for c in found)
    assert low <= 40 * 0.1 + 4 * np.sqrt(40 * 0.09)
    assert low < 40


def test_an_interrupted_study_keeps_what_it_has(monkeypatch):
    train, calls = study.train, []

    def stop(*args, **settings):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return train(*args, **settings)

    monkeypatch.setattr(study, "train", stop)
    part = gap_study(DATA, TEST, d_eff="participation", hidden=[8], rng=0, **SMALL)
    assert (len(part), part.complete) == (4, False)
    assert "interrupted" in repr(part)
    assert "interrupted" in part.fit(n_boot=20).verdict


def test_diverged_runs_are_left_out():
    base = designed(lambda n, d: n**-0.5, seeds=3)
    rows = [*base.rows(), {**base.rows()[0], "gap": 1e9, "status": "diverged"}]
    assert len(GapStudy("participation", tuple(rows), {}, "complete").fit(n_boot=20).x) == len(base)


def test_one_size_has_no_order_in_n():
    rows = [r for r in designed(lambda n, d: d).rows() if r["n"] == 80]
    fit = GapStudy("participation", tuple(rows), {}, "complete").fit(n_boot=20)
    assert np.isnan(fit.tau("1 / sqrt(n)", "none").tau)
    assert "1 / sqrt(n) alone" not in fit.verdict
    assert str(fit).splitlines()[1].split()[0] == "measure"
    assert len(fit.rows()) == 16


def test_errors(small):
    for call, kind, word in [
        (lambda: gap_study(DATA, TEST, d_eff="rank"), InvalidInputError, "d_eff"),
        (lambda: gap_study(DATA[0], TEST, d_eff="ridge"), InvalidInputError, "`data`"),
        (
            lambda: gap_study(DATA, TEST, d_eff="ridge", n_samples=[999]),
            InvalidInputError,
            "n_samples",
        ),
        (
            lambda: gap_study(DATA, TEST, d_eff="ridge", n_samples=[]),
            InvalidInputError,
            "n_samples",
        ),
        (lambda: gap_study(DATA, TEST, d_eff="ridge", lr=[-1.0]), InvalidInputError, "lr"),
        (
            lambda: gap_study(DATA, TEST, d_eff="ridge", optimizers=["x"]),
            InvalidInputError,
            "optimizers",
        ),
        (lambda: small.fit("accuracy"), InvalidInputError, "response"),
        (lambda: small.fit().tau("x", "none"), InvalidInputError, "measure"),
        (
            lambda: GapStudy("ridge", small.rows()[:2], {}, "complete").fit(),
            InvalidInputError,
            "at least 3",
        ),
        (
            lambda: GapStudy("ridge", small.rows()[::3], {}, "complete").fit(),
            InvalidInputError,
            "2 runs a setting",
        ),
        (lambda: rank_correlation([1, 2], [1, 2], control="x"), InvalidInputError, "control"),
        (lambda: rank_correlation([1, 2], [1, 2], control="n"), InvalidInputError, "factors"),
        (lambda: rank_correlation([1, 2], [1, 2], {"n": [1]}, control="n"), ShapeError, "factors"),
        (lambda: rank_correlation([1, 2, 3], [1, 2]), ShapeError, "measure"),
    ]:
        with pytest.raises(kind, match=word):
            call()
