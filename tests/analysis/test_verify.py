"""Proofs and counterexamples, against full enumeration and known answers."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import relugeom as rg
from relugeom.analysis import verify
from relugeom.analysis.vnnlib import Case, Property
from relugeom.errors import InvalidInputError, ShapeError, UnboundedError
from relugeom.regions.columns import compute_columns

import zoo

DATA = Path(__file__).parents[3] / "shared" / "data"
have_acas = pytest.mark.skipif(not DATA.is_dir(), reason="the ACAS Xu networks are not here")


def below(net, domain, row, side):
    """The property that no output y has ``row @ y <= side``."""
    return Property(net.input_dim, net.output_dim, (Case(domain, [row], [side]),))


@pytest.mark.parametrize("seed", range(12))
def test_answers_change_at_the_exact_minimum(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 5))
    net = rg.ReLUNetwork.random([d, *rng.integers(3, 9, 1 + seed % 3), 1], rng=seed)
    domain = zoo.cube(d) if seed % 2 or d == 1 else zoo.random_polytope(d, seed)
    regions = rg.enumerate_regions(net, domain)
    sign = rng.choice([-1.0, 1.0])
    ends = compute_columns(regions, ["output_low", "output_high"])
    least = min((sign * ends["output_low"]).min(), (sign * ends["output_high"]).min())
    for gap in (1e-2, 1e-6, 1e-8):
        wide = gap * max(1.0, abs(least))
        held = rg.check(net, below(net, domain, [sign], least - wide))
        assert (held.verdict, held.counterexample) == ("unsat", None)
        found = rg.check(net, below(net, domain, [sign], least + wide))
        assert found.verdict == "sat"
        assert domain.contains(found.counterexample)[0]
        assert sign * net(found.counterexample)[0, 0] <= least + wide
        np.testing.assert_array_equal(found.output, net(found.counterexample)[0])


@pytest.mark.parametrize("make", zoo.DEGENERATE, ids=lambda make: make.__name__)
def test_degenerate_networks(make):
    net = make()
    domain = zoo.cube(net.input_dim)
    ends = compute_columns(rg.enumerate_regions(net, domain), ["output_low", "output_high"])
    low, high = ends["output_low"].min(), ends["output_high"].max()
    wide = 1e-6 * max(1.0, abs(low), abs(high))
    assert rg.check(net, below(net, domain, [1.0], low - wide)).verdict == "unsat"
    assert rg.check(net, below(net, domain, [1.0], low + wide)).verdict == "sat"
    assert rg.check(net, below(net, domain, [-1.0], -high - wide)).verdict == "unsat"
    assert rg.check(net, below(net, domain, [-1.0], -high + wide)).verdict == "sat"


def test_several_rows_must_be_violated_together():
    """Against the vertices of the regions of the network cut by the rows."""
    rng = np.random.default_rng(5)
    statuses = []
    for trial in range(12):
        net = rg.ReLUNetwork.random([2, 8, 6, 3], rng=trial)
        domain, X = zoo.cube(2), zoo.cube(2).sample(5000, rng=0)
        A = rng.standard_normal((2, 3))
        b = np.quantile(net(X) @ A.T, 0.02 + 0.1 * rng.random(2), axis=0).diagonal()
        result = rg.check(net, Property(2, 3, (Case(domain, A, b),)))
        cut = net.with_output_neurons(-A, b)
        both = (rg.enumerate_regions(cut, domain).patterns[:, -2:] > 0).all(axis=1).any()
        assert result.verdict == ("sat" if both else "unsat")
        statuses.append(result.verdict)
    assert set(statuses) == {"sat", "unsat"}


def test_a_case_happens_if_any_does_and_without_rows_all_outputs_are_unsafe():
    net = rg.ReLUNetwork.random([2, 5, 1], rng=0)
    never, always = ([[1.0]], [-100.0]), (np.empty((0, 1)), [])
    cases = [Case(zoo.cube(2), *rows) for rows in (never, always, never)]
    assert rg.check(net, Property(2, 1, tuple(cases[:1]))).verdict == "unsat"
    found = rg.check(net, Property(2, 1, tuple(cases)))
    assert found.verdict == "sat"
    assert found.pieces <= 1


def test_fixed_inputs(tmp_path):
    net = rg.ReLUNetwork.random([3, 8, 1], rng=2)
    line = rg.AffineSlice([0, 0.25, -0.5], np.eye(3)[:, :1])
    low = compute_columns(
        rg.enumerate_regions(net.restrict(line), rg.Box([-1], [1])), ["output_low"]
    )["output_low"].min()
    for gap, wanted in ((-1e-6, "unsat"), (1e-6, "sat")):
        file = tmp_path / "p.vnnlib"
        file.write_text(
            "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const X_2 Real)"
            "(declare-const Y_0 Real)(assert (>= X_0 -1))(assert (<= X_0 1))"
            "(assert (>= X_1 0.25))(assert (<= X_1 0.25))(assert (>= X_2 -0.5))"
            f"(assert (<= X_2 -0.5))(assert (<= Y_0 {float(low + gap)}))"
        )
        result = rg.check(net, file)
        assert result.verdict == wanted
        if wanted == "sat":
            assert result.counterexample[1:].tolist() == [0.25, -0.5]


def test_a_touched_bound_is_found_or_left_undecided_never_excluded():
    """|x| is 1 at the ends of the domain, exactly."""
    net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])
    domain = rg.Box([-1], [1])
    assert rg.check(net, below(net, domain, [-1.0], -1.0)).verdict == "sat"
    assert rg.check(net, below(net, domain, [1.0], 0.0)).verdict == "sat"
    flat = rg.ReLUNetwork.from_weights([[[1 / 3], [-1 / 3]], [[3.0, 3.0]]], [[0.1, 0.1], [0.0]])
    assert rg.check(flat, below(flat, domain, [1.0], 0.6)).verdict in ("unknown", "sat")
    assert rg.check(flat, below(flat, domain, [1.0], 0.6 - 1e-9)).verdict == "unsat"


def test_pieces_left_to_rational_arithmetic(monkeypatch):
    """Floats that know nothing: every leaf goes to the exact program, answers stay the same."""
    net = rg.ReLUNetwork.random([2, 5, 4, 1], rng=6)
    domain = zoo.cube(2)
    low = compute_columns(rg.enumerate_regions(net, domain), ["output_low"])["output_low"].min()
    real = verify.minimum

    def doubtful(*arguments):
        x, reduced, _ = real(*arguments)
        return x, reduced, verify.kernel.UNDECIDED

    monkeypatch.setattr(verify, "minimum", doubtful)
    for gap, wanted in ((-1e-3, "unsat"), (1e-3, "sat")):
        assert rg.check(net, below(net, domain, [1.0], low + gap)).verdict == wanted
    monkeypatch.setattr(verify, "_MOST_EXACT", 0)
    monkeypatch.setattr(verify, "_deepest", lambda G, h, piece: piece.lower)
    held = rg.check(net, below(net, domain, [1.0], low - 1e-9))
    assert (held.verdict, held.status, held.complete) == ("unknown", "undecided", False)
    assert held.undecided > 0
    assert "too close to call" in held.message


def test_budgets():
    net = rg.ReLUNetwork.random([4, 16, 16, 1], rng=1)
    X = zoo.cube(4).sample(20_000, rng=0)
    prop = below(net, zoo.cube(4), [1.0], net(X).min() - 0.2 * np.ptp(net(X)))
    full = rg.check(net, prop)
    assert (full.verdict, full.status, full.remaining) == ("unsat", "complete", 0)
    capped = rg.check(net, prop, max_pieces=full.pieces // 2)
    assert (capped.verdict, capped.pieces) == ("unknown", full.pieces // 2)
    assert capped.remaining > 0
    late = rg.check(net, prop, time_limit=1e-9)
    assert (late.verdict, late.message[:12]) == ("timeout", "out of time ")
    assert [(r.status, r.complete) for r in (capped, late)] == [("capped", False)] * 2


def test_interruption_leaves_it_unknown(monkeypatch):
    net, calls = rg.ReLUNetwork.random([3, 12, 12, 1], rng=1), itertools.count()
    prop = below(net, zoo.cube(3), [1.0], net(zoo.cube(3).sample(5000, rng=0)).min() - 0.01)
    real = verify.relax

    def interrupted(*arguments):
        if next(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(verify, "relax", interrupted)
    result = rg.check(net, prop)
    assert (result.verdict, result.status, result.pieces) == ("unknown", "interrupted", 4)
    assert "interrupted" in result.message


def test_result_in_the_format_of_the_competition():
    net = rg.ReLUNetwork.from_weights([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]])
    prop = below(net, zoo.cube(2), [-1.0], -1.5)
    first, *lines = rg.check(net, prop).to_vnncomp().splitlines()
    assert first == "sat"
    assert (lines[0][0], lines[-1][-1]) == ("(", ")")
    entries = "\n".join(lines)[1:-1].splitlines()
    names = [entry[1:-1].split()[0] for entry in entries]
    values = [float(entry[1:-1].split()[1]) for entry in entries]
    assert names == ["X_0", "X_1", "Y_0"]
    assert values[0] + values[1] == values[2] >= 1.5
    assert rg.check(net, below(net, zoo.cube(2), [1.0], -1.0)).to_vnncomp() == "unsat\n"


def test_bad_arguments(tmp_path):
    net = rg.ReLUNetwork.random([2, 4, 1], rng=0)
    wide = Property(2, 1, (Case(rg.Polytope([[1, 0]], [1]), [[1.0]], [0.0]),))
    with pytest.raises(UnboundedError, match="bound all inputs"):
        rg.check(net, wide)
    with pytest.raises(ShapeError, match="2 inputs and 1 outputs"):
        rg.check(net, Property(3, 1, (Case(zoo.cube(3), [[1.0]], [0.0]),)))
    with pytest.raises(InvalidInputError, match="`net` must be"):
        rg.check("net", wide)
    with pytest.raises(InvalidInputError, match="max_pieces"):
        rg.check(net, below(net, zoo.cube(2), [1.0], 0.0), max_pieces=0)
    with pytest.raises(rg.errors.FileFormatError):
        rg.check(net, tmp_path / "missing.vnnlib")


@have_acas
@pytest.mark.parametrize(("network", "prop"), [("3_3", 3), ("3_3", 4), ("1_1", 4)])
def test_acas_properties_hold_on_their_whole_domain(network, prop):
    """Known answers: properties 3 and 4 hold on 1_1 and 3_3."""
    pytest.importorskip("onnx")
    net = rg.load_network(DATA / f"ACASXU_run2a_{network}_batch_2000.onnx")
    result = rg.check(net, DATA / f"prop_{prop}.vnnlib")
    assert (result.verdict, result.undecided) == ("unsat", 0)


@have_acas
def test_acas_property_3_of_1_1_on_a_part_and_broken_by_a_shift():
    pytest.importorskip("onnx")
    net = rg.load_network(DATA / "ACASXU_run2a_1_1_batch_2000.onnx")
    (case,) = rg.load_vnnlib(DATA / "prop_3.vnnlib").cases
    box = case.domain
    part = rg.Box(
        box.centre - (box.upper - box.lower) / 8, box.centre + (box.upper - box.lower) / 8
    )
    assert rg.check(net, Property(5, 5, (Case(part, case.A, case.b),))).verdict == "unsat"
    X = part.sample(2000, rng=0)
    gap = (net(X) @ case.A.T).max(axis=1).min()  # how far the nearest sample is from violating
    broken = Case(part, case.A, case.b + gap + 1e-6)
    found = rg.check(net, Property(5, 5, (broken,)))
    assert found.verdict == "sat"
    assert (net(found.counterexample) @ case.A.T <= broken.b).all()
