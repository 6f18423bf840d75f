"""Planar sets: areas by three routes and in closed form, the segments in them, the needle."""

from dataclasses import replace
from fractions import Fraction as F
from math import atan, pi, sqrt

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom import kakeya
from relugeom.errors import InvalidInputError, UnsupportedError
from relugeom.kakeya import PlanarSet, sprouted_area, sprouted_tree
from relugeom.kakeya._chord import longest_chord
from relugeom.kakeya._convex import areas, exact_chord, longest_chords, trapezoids
from relugeom.kakeya.planar import Trapezoid

from crossing_heights import sweep_area

CLASSICAL = {
    "disc": (kakeya.disc, pi / 4),
    "reuleaux": (kakeya.reuleaux_triangle, 0.7047709230104580),
    "pal": (kakeya.pal_triangle, 0.5773502691896258),
    "deltoid": (kakeya.deltoid, 0.39269908169872414),
}


def routes_agree(routes, set_):
    """Exact and GEOS to rounding, Monte Carlo within 4 sigma (values in (0, 1], sigma <= 1/2)."""
    assert routes.agree
    assert routes.geos == pytest.approx(routes.exact, abs=1e-12)
    total = areas(set_.parts).sum()
    assert abs(routes.monte_carlo - routes.exact) <= 4 * 0.5 * total / sqrt(20_000) + 1e-12
    assert abs(routes.monte_carlo - routes.exact) <= routes.half_width


# --- sprouting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("k", range(6))
@pytest.mark.parametrize("family", ["harmonic", "steps"])
def test_sprouted_trees_have_the_area_of_the_formula(k, family):
    heights = kakeya.harmonic_heights(k) if family == "harmonic" else range(2, k + 3)
    tree = sprouted_tree(heights)
    assert tree.exact_area == sprouted_area(heights)
    assert sum(p.area for p in tree.pieces) == F(heights[-1]) / 2
    if k <= 3:
        assert tree.exact_area == sweep_area(tree.pieces)


def test_sprouted_values():
    area = {k: float(sprouted_area(kakeya.harmonic_heights(k))) for k in (1, 2, 8)}
    assert area[1] == 0.625
    assert area[2] == pytest.approx(0.6762820512820513, rel=1e-15)
    assert area[8] == pytest.approx(0.7469460907418994, rel=1e-15)
    assert area[8] / float(kakeya.harmonic_heights(8)[-1]) ** 2 == pytest.approx(
        0.0933325, abs=1e-7
    )
    assert sprouted_tree(kakeya.harmonic_heights(8)).exact_area == sprouted_area(
        kakeya.harmonic_heights(8)
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(1, 5))
def test_sprouted_area_is_never_below_the_tree(steps, base):
    heights = np.cumsum([2, *steps]).tolist()
    tree = sprouted_tree(heights, base)
    assert tree.exact_area <= sprouted_area(heights, base)
    assert tree.exact_area >= sprouted_area(heights[:1], base)


def test_directions_of_a_sprouted_tree():
    tree = sprouted_tree([1, 1.5, 2], 1)
    assert len(tree.slopes) == 4
    assert sum(b - a for a, b in tree.slopes) == F(1, 2)  # b / h_k
    assert all(b < c for (_, b), (c, _) in zip(tree.slopes, tree.slopes[1:], strict=False))
    assert tree.contains_segments(0.01).contained
    assert not tree.contains_segments(0.01, length=2.2).contained


# --- Kahane ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "area"), [(0, F(1, 2)), (1, F(23, 60)), (2, F(398706065587, 1204852128480))]
)
def test_kahane_levels(level, area):
    found = kakeya.kahane(level)
    assert found.exact_area == area
    assert len(found.pieces) == 4**level
    assert sum(p.area for p in found.pieces) == F(1, 2)
    if level < 2:
        assert sweep_area(found.pieces) == area


@pytest.mark.parametrize(
    ("level", "area"),
    [
        (3, 0.298252060238380),
        (4, 0.274098797386),
        (5, 0.254901868980),
        (6, 0.239068632708),
    ],
)
def test_deeper_kahane_levels_in_float64(level, area):
    assert kakeya.kahane(level, exact=False).area == pytest.approx(area, abs=1e-12)


def test_kahane_holds_every_slope_from_zero_to_one():
    check = kakeya.kahane(3).contains_segments(0.003)
    assert check.contained
    assert check.exact
    assert check.angles.min() == pytest.approx(pi / 4)
    assert check.angles.max() == pytest.approx(pi / 2)
    assert not kakeya.kahane(3).contains_segments(0.01, length=1.3).contained


# --- classical sets ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLASSICAL)
def test_classical_sets(name):
    make, area = CLASSICAL[name]
    found = make()
    assert found.area == found.closed_form == pytest.approx(area, rel=1e-15)
    check = found.contains_segments(0.1)
    assert check.contained
    assert 1 - 1e-9 <= check.worst[1] < 1.02
    assert not found.contains_segments(0.1, length=1.3).contained
    routes = found.areas(n_samples=2000, rng=1)
    assert routes.geos == pytest.approx(routes.exact, abs=1e-13)
    assert abs(routes.monte_carlo - routes.exact) <= routes.half_width
    # the outline is a polygon around the set, and close
    assert area - 1e-15 <= routes.exact < area * (1 + 3e-5)
    with pytest.raises(UnsupportedError, match="pieces"):
        _ = found.ratio


def test_polygon_of_the_deltoid():
    n, h = 48, 2 * pi / 48
    outline = kakeya.deltoid(n).polygon
    assert outline.area == pytest.approx(0.394928585666528, rel=1e-12)
    assert outline.area == pytest.approx(n / 32 * (4 * np.sin(h) - np.sin(2 * h)))


# --- joins and needles -------------------------------------------------------------------------


@pytest.mark.parametrize(("reach", "area"), [(10, 0.049958395721943), (100, 0.004999958333958)])
def test_pal_join(reach, area):
    join = kakeya.pal_join(0.5, reach)
    assert join.area == pytest.approx(area, abs=1e-15) == pytest.approx(atan(0.5 / reach))
    routes = join.areas(rng=0)
    routes_agree(routes, join)
    assert 0 <= routes.exact - area < area**3
    needles = join.needle_positions(21)
    np.testing.assert_allclose(needles[0], [[0, 0], [1, 0]], atol=1e-12)
    np.testing.assert_allclose(needles[-1], [[reach, 0.5], [reach + 1, 0.5]], atol=1e-12)


@pytest.mark.parametrize("levels", [0, 3])
def test_needle_set(levels):
    found = kakeya.needle_set(levels, reach=50)
    routes_agree(found.areas(rng=2), found)
    assert found.area == pytest.approx(found.areas(n_samples=1).exact, abs=1e-12)
    check = found.contains_segments(0.004)
    assert check.contained
    assert not check.exact
    assert check.worst[1] == pytest.approx(1.0, abs=1e-6)


def test_the_needle_turns_round_inside_the_set():
    found = kakeya.needle_set(3, reach=50)
    needles = found.needle_positions(400)
    inside = shapely.covers(shapely.buffer(found.polygon, 1e-9), shapely.linestrings(needles))
    assert inside.all()
    np.testing.assert_allclose(needles[-1], needles[0][::-1], atol=1e-9)


def test_moves_of_the_needle_join_up(monkeypatch):
    """Every move begins where the one before it ended: the motion is continuous."""
    from relugeom.kakeya import _motion, classical, needle

    seen = []
    for module in (classical, needle):
        monkeypatch.setattr(module, "motion", lambda moves: seen.append(moves))
    for make in (kakeya.needle_set, kakeya.disc, kakeya.reuleaux_triangle, kakeya.pal_triangle):
        make()
        ends = []
        for move in seen[-1]:
            for point, angle in ((move.start, move.turn[0]), (move.stop, move.turn[1])):
                u = _motion.along(angle)
                ends.append([*(point - move.anchor * u), *u])
        ends = np.array(ends)
        np.testing.assert_allclose(ends[2::2], ends[1:-1:2], atol=1e-9)
        np.testing.assert_allclose(
            ends[-1], [*(ends[0, :2] + ends[0, 2:]), *-ends[0, 2:]], atol=1e-9
        )


@pytest.mark.parametrize("name", CLASSICAL)
def test_the_needle_turns_in_the_classical_sets(name):
    found = CLASSICAL[name][0]()
    needles = found.needle_positions(61)
    assert np.linalg.norm(needles[:, 1] - needles[:, 0], axis=1) == pytest.approx(1)
    assert shapely.covers(shapely.buffer(found.polygon, 1e-9), shapely.linestrings(needles)).all()
    np.testing.assert_allclose(needles[-1], needles[0][::-1], atol=1e-9)


@pytest.mark.parametrize(
    "found", [kakeya.perron_tree(4), kakeya.kahane(2), sprouted_tree([1, 1.5, 2])], ids=repr
)
def test_needles_in_sets_of_pieces(found):
    needles = found.needle_positions(30)
    length = np.linalg.norm(needles[:, 1] - needles[:, 0], axis=1)
    assert length == pytest.approx(found.needle)
    assert shapely.covers(shapely.buffer(found.polygon, 1e-9), shapely.linestrings(needles)).all()
    slopes = (needles[:, 1, 0] - needles[:, 0, 0]) / (needles[:, 1, 1] - needles[:, 0, 1])
    assert slopes[[0, -1]] == pytest.approx([float(found.slopes[0][0]), float(found.slopes[-1][1])])
    routes_agree(found.areas(rng=3), found)
    assert found.needle_positions(1).shape == (1, 2, 2)


# --- chords ------------------------------------------------------------------------------------


def longest_by_sampling(polygon, angle, n=4001):
    """The longest piece of a line of this direction in a shapely polygon, from n lines."""
    u = np.array([np.cos(angle), np.sin(angle)])
    w = np.array([-u[1], u[0]])
    across = shapely.get_coordinates(polygon) @ w
    base = np.linspace(across.min(), across.max(), n)[1:-1, None] * w
    cut = shapely.intersection(
        polygon, shapely.linestrings(np.stack([base - 9 * u, base + 9 * u], 1))
    )
    return shapely.length(shapely.get_parts(cut)).max()


@pytest.mark.parametrize("seed", range(6))
def test_longest_chords(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 12))
    t = np.sort(rng.uniform(0, 2 * pi, n))
    star = rng.uniform(0.2, 1, n)[:, None] * np.column_stack([np.cos(t), np.sin(t)])
    hull = shapely.get_coordinates(shapely.MultiPoint(star).convex_hull.normalize())[:-1]
    hull = hull[::-1]  # counterclockwise
    assert areas(hull[None])[0] > 0
    for angle in rng.uniform(0, pi, 5):
        u = np.array([np.cos(angle), np.sin(angle)])
        convex = longest_chords(hull[None], u[None])[0, 0]
        assert convex == pytest.approx(longest_chord(hull, u), rel=1e-9)
        assert convex == pytest.approx(longest_by_sampling(shapely.Polygon(hull), angle), rel=2e-3)
        if shapely.Polygon(star).is_valid:
            sampled = longest_by_sampling(shapely.Polygon(star), angle)
            assert longest_chord(star, u) >= sampled - 1e-9
            assert longest_chord(star, u) == pytest.approx(sampled, rel=0.02)


def test_exact_chords():
    rng = np.random.default_rng(4)
    for _ in range(50):
        a, b = (sorted(F(int(v), 7) for v in rng.integers(0, 30, 2)) for _ in range(2))
        piece = Trapezoid(F(0), F(2), a[0], a[1] + 1, *b)
        slope = F(int(rng.integers(-20, 20)), 9)
        u = np.array([float(slope), 1.0])
        polygon = np.array([[(a[0], 0), (a[1] + 1, 0), (b[1], 2), (b[0], 2)]], dtype=float)
        found = longest_chords(polygon, u[None] / np.linalg.norm(u))[0, 0]
        assert float(exact_chord(piece, slope)) == pytest.approx(found**2, rel=1e-12)


def test_trapezoids_of_a_polygon():
    t = np.linspace(0.1, 2 * pi + 0.1, 7, endpoint=False)
    polygon = np.column_stack([np.cos(t), np.sin(t)])[None]
    assert float(sum(p.area for p in trapezoids(polygon))) == pytest.approx(areas(polygon)[0])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: sprouted_tree([]), "heights"),
        (lambda: sprouted_tree([1, 1]), "increasing"),
        (lambda: sprouted_tree([0, 1]), "positive"),
        (lambda: sprouted_tree("12"), "sequence"),
        (lambda: sprouted_tree([1, float("inf")]), "finite"),
        (lambda: sprouted_tree([1], base=-1), "base"),
        (lambda: sprouted_tree([1, 10**400]), "heights"),
        (lambda: kakeya.disc(10**9), "at most"),
        (lambda: kakeya.pal_join("x", 3), "distance"),
        (lambda: kakeya.exact_union_area(3), "pieces"),
        (lambda: sprouted_tree(range(1, 20)), "at most"),
        (lambda: kakeya.harmonic_heights(-1), "`k`"),
        (lambda: kakeya.kahane(7), "level"),
        (lambda: kakeya.kahane(1.5), "level"),
        (lambda: kakeya.deltoid(2), "`n`"),
        (lambda: kakeya.pal_join(0, 3), "distance"),
        (lambda: kakeya.pal_join(0.1, 0.2), "reach"),
        (lambda: kakeya.needle_set(9), "levels"),
        (lambda: kakeya.needle_set(3, reach=0.5), "reach"),
        (lambda: kakeya.disc().contains_segments(0), "delta"),
        (lambda: kakeya.kahane(1).contains_segments(1e-9), "delta"),
        (lambda: kakeya.disc().contains_segments(1e-9), "delta"),
        (lambda: kakeya.disc().contains_segments(0.1, length=float("nan")), "length"),
        (lambda: kakeya.disc().needle_positions(0), "count"),
        (lambda: kakeya.disc().areas(n_samples=0), "n_samples"),
        (lambda: kakeya.disc().areas(confidence=1), "confidence"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()


def test_sets_that_do_not_say_enough():
    pieces = kakeya.perron_tree(1).pieces
    with pytest.raises(InvalidInputError, match="one of them; got 0"):
        PlanarSet("nothing", 0.0, "closed form")
    with pytest.raises(InvalidInputError, match="one of them; got 2"):
        PlanarSet("both", 0.0, "closed form", pieces=pieces, outline=np.zeros((3, 2)))
    mute = PlanarSet("mute", 1 / 3, "closed form", pieces=pieces)
    for ask in (lambda: mute.needle_positions(3), lambda: mute.contains_segments(0.1)):
        with pytest.raises(UnsupportedError, match="slopes"):
            ask()


def test_routes_that_do_not_agree_say_so():
    routes = kakeya.perron_tree(3).areas(rng=0)
    assert routes.agree
    assert not replace(routes, geos=routes.geos + 2e-9).agree
    assert not replace(routes, monte_carlo=routes.exact + 1.01 * routes.half_width).agree


def test_a_set_of_ones_own():
    """A square of side 1 holds unit segments in all directions, one of side 0.9 does not."""
    for side, held in ((1.0, True), (0.9, False)):
        outline = side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
        found = PlanarSet("square", side**2, "closed form", outline=outline)
        check = found.contains_segments(0.01)
        assert check.contained == held
        assert check.worst[1] == pytest.approx(side)


def test_a_sector_of_a_join_in_closed_form():
    """Around one small sector lies a kite with its tip on the bisector: tan(a/2) of area."""
    join = kakeya.pal_join(0.05, 1.0)
    angle = atan(0.05)
    assert join.areas(n_samples=1).exact == pytest.approx(2 * np.tan(angle / 2), rel=1e-12)


@pytest.mark.parametrize("name", CLASSICAL)
def test_positions_are_at_equal_turns(name):
    found = CLASSICAL[name][0]()
    along = np.diff(found.needle_positions(61), axis=1)[:, 0]
    turned = np.unwrap(np.arctan2(along[:, 1], along[:, 0]))
    step = np.diff(turned)
    assert abs(step.sum()) == pytest.approx(pi)
    assert step == pytest.approx(step[0])
    np.testing.assert_array_equal(found.needle_positions(1), found.motion(np.array([0.5])))


def test_coarsest_deltoids():
    """Through the three cusps, 3/4 from the centre; through four points, by the formula."""
    assert kakeya.deltoid(3).polygon.area == pytest.approx(27 * sqrt(3) / 64)
    assert kakeya.deltoid(4).polygon.area == pytest.approx(1 / 2)
