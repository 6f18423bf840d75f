"""`compare`: directions and tubes of a path beside bounds and nulls."""

from dataclasses import dataclass
from math import isnan, pi, sqrt

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.kakeya import DirectionSet, TubeFamily, compare, path_tubes
from relugeom.kakeya.spectra import effective_dimension, spectrum
from relugeom.kakeya.tube_table import ALL, SEPARATED


@dataclass
class Run:
    updates: np.ndarray


def fan(n, turn=pi):
    angle = np.linspace(0, turn, n, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)])


@pytest.fixture(scope="module")
def walk():
    """600 steps in 3 of 40 dimensions."""
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.standard_normal((40, 3)))[0].T
    steps = rng.standard_normal((600, 3)) * [3.0, 2.0, 1.0]
    steps[[4, 77]] = 0.0
    return steps, steps @ axes


@pytest.fixture(scope="module")
def table(walk):
    return compare(Run(walk[1]), n_nulls=2)


def test_paths_arrays_and_zero_steps(walk, table):
    assert (table.n_steps, table.dropped, table.directions.dim) == (598, 2, 40)
    assert [t.rank for t in table.tubes] == [2, 3]  # 3 axes hold all, so none beyond
    assert table.tubes[1].tubes.energy == pytest.approx(1.0)
    assert table.tubes[1].tubes.residual == pytest.approx(0.0, abs=1e-6)
    assert str(compare(walk[1], n_nulls=2)) == str(table)


def test_tubes_are_those_about_the_tangents(walk):
    moves = walk[0][walk[0].any(axis=1)]
    found = path_tubes(walk[1], 2, delta=0.05, max_tubes=10**6)
    axes = np.linalg.svd(moves, full_matrices=False)[2][:2]
    flat = moves @ axes.T
    points = np.vstack([[0, 0], np.cumsum(flat, axis=0)])
    points -= (points.min(axis=0) + points.max(axis=0)) / 2
    points *= (1 - sqrt(0.25 + 0.05**2)) / np.linalg.norm(points, axis=1).max()
    other = TubeFamily(flat, (points[1:] + points[:-1]) / 2, 0.05)
    # the same up to reflections of the axes
    assert found.family.union_volume().value == pytest.approx(other.union_volume().value, rel=1e-9)
    assert found.family.axis_distances() == pytest.approx(other.axis_distances(), abs=1e-9)
    squares = (moves**2).sum()
    assert found.energy == pytest.approx((flat**2).sum() / squares)
    assert found.residual == pytest.approx(sqrt((squares - (flat**2).sum()) / len(moves)))
    ends = np.abs(found.family.sample(4000, rng=0))
    assert np.linalg.norm(ends, axis=1).max() <= 1 + 1e-12


def test_turning_and_moving_the_space_changes_nothing(walk):
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.standard_normal((40, 40)))[0]
    one, two = (compare(5.0 * u, n_nulls=0, ranks=2) for u in (walk[1], walk[1] @ turn))
    measures = [t.tubes[0].measures[ALL] for t in (one, two)]
    for name in ("union", "mean multiplicity", "C_KT, convex", "sticky slope"):
        assert measures[0][name].value == pytest.approx(measures[1][name].value, rel=1e-6)
    np.testing.assert_array_equal(one.directions.curve.count[:40], two.directions.curve.count[:40])
    for size in (1e-180, 1e150):
        other = compare(size * walk[1], n_nulls=1, ranks=2).tubes[0]
        same = other.measures[ALL]["union"].value
        assert same == pytest.approx(measures[0]["union"].value, rel=1e-6)
        assert other.tubes.length / size == pytest.approx(one.tubes[0].tubes.length / 5, rel=1e-6)


def test_rows_are_ordered_and_labelled(table):
    for row in table.rows():
        assert not row["low"] > row["value"] * (1 + 1e-12)
        assert not row["value"] > row["high"] * (1 + 1e-12)
        assert row["kind"] in ("exact", "theorem", "estimate", "lower bound", "heuristic", "null")
        if row["kind"] == "exact":
            assert row["about"] == "directions" or row["low"] == row["high"]
    for t in table.tubes:
        for family in (ALL, SEPARATED):
            m = t.measures[family]
            union, total = m["union"], m["sum of volumes"].value
            floor = max(v.value for k, v in m.items() if k.startswith("union at least"))
            assert floor <= union.high
            assert union.low <= total
            assert m["mean multiplicity"].value == pytest.approx(total / union.value)
            assert m["mean multiplicity"].low <= m["mean multiplicity at most"].value
            assert m["C_F, convex"].value == pytest.approx(m["C_KT, convex"].value / total)
            assert m["union"].kind == ("exact" if t.rank == 2 else "estimate")
            assert m["C_KT, convex"].value >= 1.0


def test_the_table_as_a_frame(table):
    pytest.importorskip("pandas")
    frame = table.to_pandas()
    assert len(frame) == len(table.rows())
    assert set(frame["about"]) == {"directions", ALL, SEPARATED}


def test_separated_tubes_are_a_net_of_directions(table):
    for t in table.tubes:
        apart = t.tubes.separated
        directions = DirectionSet(apart.directions)
        assert directions.min_angle() >= t.tubes.family.delta - 1e-12
        assert t.measures[SEPARATED]["number of tubes"].value == len(apart)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_uniform_directions_fill_their_dimension(k):
    rng = np.random.default_rng(k)
    unit = rng.standard_normal((1000, k))
    embedded = unit @ np.linalg.qr(rng.standard_normal((30, k)))[0].T
    found = compare(embedded, n_nulls=0, ranks=2)
    low, middle, high = found.directions.filling_range
    assert k - 0.5 <= low <= middle <= high <= k + 0.5
    assert f"{middle:.3g} dimensions" in found.verdict[0]


def test_default_effective_dimensions_are_those_of_unit_updates(walk, table):
    moves = walk[1][walk[1].any(axis=1)]
    values = spectrum(moves, "unit")
    for name, found in table.directions.d_eff.items():
        assert found == pytest.approx(effective_dimension(values, name))
    named = compare(moves, d_eff={"mine": 2.4}, n_nulls=0, ranks=2)
    assert "mine_upper" in named.directions.rows()[0]
    at = named.directions.curve.theta[5]
    found = [r for r in named.rows() if r["quantity"] == "packing, mine" and r["scale"] == at]
    assert (found[0]["low"], found[0]["high"]) == rg.kakeya.bounds.isotropic_packing(2.4, at)


def test_a_path_back_and_forth_is_one_thick_tube():
    rng = np.random.default_rng(0)
    steps = np.zeros((200, 10))
    steps[:, 0] = np.where(np.arange(200) % 2, -1.0, 1.0)
    steps[:, 1] = 1e-4 * rng.standard_normal(200)
    found = compare(steps, ranks=2, n_nulls=2)
    m = found.tubes[0].measures[ALL]
    assert m["mean multiplicity"].value > 50
    assert m["mean multiplicity"].value > found.tubes[0].null(ALL, "mean multiplicity")[1]
    assert m["C_KT, convex"].value > 50
    assert "more than in the null (random walks; 2 draws" in " ".join(found.verdict)


def test_two_bushes_from_a_path_out_and_back():
    """A path whose tangents are N directions through one point: sum of volumes over union."""
    n = 64
    around = np.repeat(fan(n), 2, axis=0) * np.where(np.arange(2 * n) % 2, -1.0, 1.0)[:, None]
    tiny = around * 1e-3  # out and back: the middles stay in place
    far = np.vstack([tiny, [[1.0, 0.0]], tiny])  # which sets the scale
    t = compare(far, ranks=2, n_nulls=0, delta=1 / (2 * n)).tubes[0]
    m = t.measures[ALL]
    # two bushes of N directions, each tube doubled at the same place
    bush = TubeFamily.bush(fan(n), 1 / (2 * n)).union_volume().value
    assert bush < m["union"].value < 2 * bush
    one = t.measures[SEPARATED]
    assert one["union"].value >= rg.kakeya.bounds.cordoba_lower(n) * 0.99


def test_stickiness_of_a_bush_and_of_scattered_parallel_lines():
    """Coarse tubes beside coarse directions: as many for a bush, many more for parallel tubes."""
    rng = np.random.default_rng(3)
    bush = np.repeat(fan(300), 2, axis=0) * 1e-6
    bush[1::2] *= -1
    bush = np.vstack([bush, [[0.0, 1.0]]])
    assert compare(bush, ranks=2, n_nulls=0).tubes[0].measures[ALL]["sticky slope"].value < 0.15
    across = np.column_stack([rng.standard_normal(300) * 1e-3, rng.standard_normal(300)])
    lines = np.repeat(across, 2, axis=0)
    lines[::2] = [1.0, 0.0]  # jump along, then aside: half of the tubes are parallel
    lines[::4, 0] = -1.0
    found = compare(lines, ranks=2, n_nulls=0, delta=1 / 64).tubes[0]
    assert found.measures[ALL]["sticky slope"].value > 0.4


def test_averages_of_noise_look_like_their_null_and_not_like_a_walk():
    rng = np.random.default_rng(5)
    steps = rg.kakeya.nulls.ema(np.ones(400), 60, 0.9, rng)
    like, unlike = (compare(steps, ranks=2, n_nulls=6, beta=beta) for beta in (0.9, 0.0))
    assert like.null_name == "averages of noise, beta 0.9"
    value = like.tubes[0].measures[SEPARATED]["number of tubes"].value
    low, high = like.tubes[0].null(SEPARATED, "number of tubes")
    assert 0.8 * low <= value <= 1.25 * high
    i = int(np.argmin(np.abs(like.directions.curve.theta - 1.0)))
    count = like.directions.curve.count[i]
    assert abs(count / like.directions.walk[:, i].mean() - 1) < 0.2
    assert unlike.directions.walk[:, i].min() > 1.3 * count


def test_no_theorem_above_three_dimensions():
    rng = np.random.default_rng(0)
    found = compare(rng.standard_normal((60, 8)), ranks=[4], n_nulls=1)
    rows = [r for r in found.rows() if r["rank"] == 4]
    assert all("no theorem" in r["note"] for r in rows)
    assert "No theorem: the Kakeya conjecture is open in dimension 4" in str(found)


def test_too_few_and_too_straight_are_said():
    rng = np.random.default_rng(0)
    few = compare(rng.standard_normal((12, 50)), n_nulls=1)
    assert "too few" in few.verdict[0]
    assert any("cannot be told" in text for text in few.verdict)
    assert isnan(few.directions.filling_range[0])
    straight = compare(np.outer(np.arange(1.0, 30.0), [1.0, 2.0, 2.0]))
    assert straight.tubes == ()
    assert straight.verdict == (
        "The 29 directions are one line: no other is apart from them by 1e-6 rad.",
    )
    rows = rng.standard_normal(300) + np.outer(np.arange(40.0), rng.standard_normal(300) / 100)
    rounded = compare(np.diff(rows, axis=0))
    assert rounded.verdict == (straight.verdict[0].replace("29", "39"),)
    assert {row["regime"] for row in rounded.directions.rows()} == {"few", "rounding"}
    assert straight.directions.d_eff["participation"] == pytest.approx(1.0)


def test_direction_sets_have_no_tubes_and_no_walk():
    found = compare(DirectionSet(fan(200), projective=True), d_eff=2)
    assert found.tubes == ()
    assert not len(found.directions.walk)
    assert isnan(found.directions.rows()[3]["walk"])


def test_long_paths_are_sampled_and_it_is_said():
    rng = np.random.default_rng(0)
    found = compare(rng.standard_normal((500, 3)), max_steps=100, max_tubes=50, n_nulls=1, ranks=2)
    assert (found.n_steps, found.n_used) == (500, 100)
    assert len(found.tubes[0].tubes.family) == 50
    assert "N(theta) of 100" in str(found)


def test_caveats_of_the_path_are_repeated():
    net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    rows = np.random.default_rng(0).standard_normal((6, net.n_parameters))
    path = rg.OptimizerPath.from_parameters(net, rows, steps=[0, 10, 20, 30, 40, 50])
    found = compare(path, n_nulls=0, ranks=2)
    assert "note: 45 of 50 optimizer steps are not recorded" in str(found)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ranks": 7}, "rank"),
        ({"ranks": 1}, "ranks"),
        ({"ranks": [2, 3]}, "at most 2"),
        ({"delta": 0.5}, "delta"),
        ({"d_eff": {"mine": 0.5}}, "mine"),
        ({"n_nulls": -1}, "n_nulls"),
        ({"beta": 1.0}, "beta"),
        ({"max_tubes": 0}, "max_tubes"),
    ],
)
def test_bad_settings_are_named(options, text):
    with pytest.raises(InvalidInputError, match=text):
        compare(fan(20), **options)


@pytest.mark.parametrize("rank", [1, 7, 3])
def test_ranks_of_path_tubes(rank):
    with pytest.raises(InvalidInputError, match="rank"):
        path_tubes(fan(20), rank)
