"""Regions and boundary densities beside their bounds: formulas, closed forms, other routes."""

from math import comb, factorial, log

import numpy as np
import pytest
import relugeom as rg
from relugeom.arrangements import counting, families
from relugeom.errors import IncompleteError, InvalidInputError

import zoo


def measured(net, half=1.0, **options):
    regions = rg.enumerate_regions(net, zoo.cube(net.input_dim, half))
    return rg.expressivity(regions, rng=0, **options), regions


def by_name(table):
    return {row.name: row for row in table.bounds}


@pytest.mark.parametrize("shape", [(1, 9, 1), (2, 8, 6, 1), (3, 7, 5, 4, 2), (5, 6, 1)])
def test_theorems_hold_and_equal_their_formulas(shape):
    net = rg.ReLUNetwork.random(shape, rng=1)
    table, regions = measured(net, 2.0)
    d, widths, total = shape[0], shape[1:-1], sum(shape[1:-1])
    rows = by_name(table)
    assert all(row.holds for row in table.bounds if row.kind == "theorem")
    assert {row.kind for row in table.bounds} <= {"theorem", "attained", "claimed", "not valid"}
    assert table.observed["activation regions"] == len(regions)
    assert table.observed["linear regions"] == regions.n_linear
    assert table.symbols == {"d": d, "N": total, "L": len(widths), "volume": 4.0**d}
    plane = rows["sum_(j<=d) C(N, j)"]
    assert plane.value == counting.zaslavsky(total, d)
    assert plane.kind == ("theorem" if len(widths) == 1 else "not valid")
    assert rows["prod_l sum_(j<=d_l) C(N_l, j)"].value == counting.montufar_upper(d, widths)
    assert rows["sum_J prod_l C(N_l, j_l)"].value == counting.serra_upper(d, widths)
    lower = rows["prod_(l<L) [N_l/d]^d sum_(j<=d) C(N_L, j)"]
    assert lower.value == counting.montufar_lower(d, widths)
    assert (lower.quantity, lower.kind, lower.holds) == ("linear regions", "attained", None)
    expected = rows["volume (T N)^d / d!"]
    assert expected.value == pytest.approx(4.0**d * total**d / factorial(d))
    assert expected.ratio == pytest.approx(len(regions) / expected.value)


def test_in_general_position_everywhere_the_bound_is_attained():
    table = rg.expressivity(rg.enumerate_regions(families.generic(8, 3, rng=0)))
    rows = by_name(table)
    assert table.observed == {"activation regions": 93, "linear regions": 93}
    assert rows["sum_(j<=d) C(N, j)"].ratio == 1.0
    assert "volume" not in table.symbols
    assert not any(row.error for row in table.bounds)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_boundary_of_a_grid(d):
    """Three hyperplanes a side in a cube of side 2: (3/2)^k C(d, k) by unit of volume."""
    normals = np.repeat(np.eye(d), 3, axis=0)
    grid = rg.HyperplaneArrangement(normals, np.tile([-0.5, 0.0, 0.5], d))
    table, _ = measured_arrangement(grid)
    for k in range(1, d + 1):
        density = table.observed[f"{k}-fold boundary"]
        assert density == pytest.approx(comb(d, k) * 1.5**k)
        row = by_name(table)[f"C(N, {k}) (2 C_grad C_bias)^{k}"]
        assert (row.kind, row.value) == ("claimed", comb(3 * d, k))
        assert row.ratio == pytest.approx(density / row.value)


def measured_arrangement(arrangement, **options):
    regions = rg.enumerate_regions(arrangement, zoo.cube(arrangement.dim))
    return rg.expressivity(regions, rng=0, **options), regions


def test_distance_on_the_line():
    """Between two walls a distance of a quarter of the gap, outside them a half of it."""
    lines = rg.HyperplaneArrangement(np.ones((3, 1)), [0.75, 0.25, -0.5])
    table, _ = measured_arrangement(lines, n_samples=40_000)
    gaps, ends = np.array([0.5, 0.75]), np.array([0.25, 0.5])
    exact = ((gaps**2 / 4).sum() + (ends**2 / 2).sum()) / 2
    row = by_name(table)["at least C / N"]
    assert abs(row.observed - exact) < 5 * row.error
    assert row.error < 0.01
    assert row.value == pytest.approx(1 / 3)
    assert row.ratio == pytest.approx(3 * table.observed["distance"])


def test_distance_against_a_search_on_rays():
    """The nearest place at which the pattern changes, over many directions."""
    net = rg.ReLUNetwork.random([2, 8, 6, 1], rng=3)
    table, regions = measured(net, n_samples=200)
    X = regions.domain.sample(200, rng=0)
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    ways = 4.0 * np.column_stack([np.cos(angle), np.sin(angle)])
    nearest = []
    for x in X:
        found = rg.crossings_on_segment(net, x, x + ways)
        nearest.append(4.0 * found.t.min())
    assert np.mean(nearest) == pytest.approx(table.observed["distance"], rel=1e-3)
    assert np.mean(nearest) >= table.observed["distance"]


def test_in_a_polytope():
    net = rg.ReLUNetwork.random([2, 6, 5, 1], rng=0)
    triangle = rg.Polytope([[-1, 0], [0, -1], [1, 1]], [1, 1, 1])
    table = rg.expressivity(rg.enumerate_regions(net, triangle), rng=0)
    assert table.symbols["volume"] == pytest.approx(4.5)
    rows = by_name(table)
    assert rows["C(N, 1) (2 C_grad C_bias)^1"].value == 11


def test_what_does_not_cover_a_network_says_so():
    rows = by_name(measured(zoo.leaky())[0])
    assert rows["sum_J prod_l C(N_l, j_l)"].kind == "not valid"
    assert rows["prod_l sum_(j<=d_l) C(N_l, j)"].kind == "theorem"
    skips, _ = measured(zoo.skips())
    rows = by_name(skips)
    assert rows["prod_l sum_(j<=d_l) C(N_l, j)"].kind == "not valid"
    assert "passed through" in rows["prod_l sum_(j<=d_l) C(N_l, j)"].source
    assert rows["prod_l sum_(j<=d) C(N_l, j)"].holds
    assert "not valid (not covered: coordinates" in str(skips)


def test_rows_and_text():
    table, _ = measured(rg.ReLUNetwork.random([2, 9, 4, 1], rng=0))
    rows = table.rows()
    assert len(rows) == len(table) == len(table.bounds)
    (distance,) = (row for row in rows if row["quantity"] == "distance")
    assert 0 < distance["error"] < distance["observed"] == table.observed["distance"]
    text = str(table)
    assert text.startswith("d = 2, N = 13, L = 2, volume = 4\nbound")
    assert f"{distance['observed']:.6g} +- {distance['error']:.1g}" in text
    assert text.count("claimed, observed / value = ") == 4
    assert "theorem, vacuous" in text


def test_many_neurons_do_not_overflow():
    net = rg.ReLUNetwork.random([1, 1200, 1], rng=0)
    table, _ = measured(net)
    trivial = by_name(table)["2^N"]
    assert (trivial.value, trivial.log_value) == (np.inf, pytest.approx(1200 * log(2)))
    assert "e^831.8" in str(table)


def test_neurons_that_never_vanish():
    net = rg.ReLUNetwork.from_weights([[[0.0, 0.0]], [[1.0]]], [[1.0], [0.0]])
    table, _ = measured(net)
    assert (table.observed["distance"], table.observed["1-fold boundary"]) == (np.inf, 0.0)


def test_refusals():
    net = rg.ReLUNetwork.random([2, 8, 1], rng=0)
    with pytest.raises(IncompleteError, match="complete"):
        rg.expressivity(rg.enumerate_regions(net, zoo.cube(2), max_regions=3))
    with pytest.raises(InvalidInputError, match="`n_samples`"):
        measured(net, n_samples=1)
