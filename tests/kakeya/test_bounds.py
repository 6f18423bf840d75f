"""Caps, packing bounds, planar tubes, and the comparison table: check values and second routes."""

from math import acos, exp, log, pi, radians, sqrt

import numpy as np
import pytest
from relugeom import kakeya
from relugeom.errors import InvalidInputError
from relugeom.kakeya import DirectionSet, bounds, caps, compare
from scipy import integrate, special


@pytest.mark.parametrize(
    ("d", "theta", "value"),
    [
        (2, 0.3, 0.0954929658551372),
        (3, 0.3, 0.0223317554371970),
        (4, 1.2, 0.2744685593592597),
        (10, 0.7, 0.00305138506448595),
    ],
)
def test_cap_measure(d, theta, value):
    assert caps.cap_measure(d, theta) == pytest.approx(value, rel=1e-12)
    area = integrate.quad(lambda t: np.sin(t) ** (d - 2), 0, theta, epsabs=0)[0]
    whole = integrate.quad(lambda t: np.sin(t) ** (d - 2), 0, pi, epsabs=0)[0]
    assert area / whole == pytest.approx(value, rel=1e-10)
    assert caps.cap_measure(d, pi - theta) == pytest.approx(1 - value, rel=1e-12)


@pytest.mark.parametrize(("d", "theta"), [(300, 0.1), (2000, 0.4), (5000, 1.2), (10**6, 1.53)])
def test_log_cap_measure_where_the_beta_function_underflows(d, theta):
    """Log of the integral of exp((d-2) log sin t), scaled by its value at theta."""
    scale = (d - 2) * log(np.sin(theta))
    width = 60.0 / (d * np.cos(theta) / np.sin(theta))
    area = integrate.quad(
        lambda t: exp((d - 2) * log(np.sin(t)) - scale), max(theta - width, 1e-9), theta, epsabs=0
    )[0]
    whole = 0.5 * log(pi) + special.gammaln((d - 1) / 2) - special.gammaln(d / 2)
    value = caps.log_cap_measure(d, theta)
    assert value == pytest.approx(log(area) + scale - whole, abs=1e-6)
    low, high = caps.log_cap_bounds(d, theta)
    assert low < value < high


def test_the_two_formulas_meet():
    """On either side of the switch to the continued fraction the log is smooth."""
    thetas = np.linspace(0.40, 0.44, 41)
    logs = [caps.log_cap_measure(500, t) for t in thetas]
    assert min(logs) < -460 + log(0.5) < max(logs) + 20
    third = np.diff(logs, 3)
    assert np.abs(third).max() < 5e-4


def test_extreme_dimensions():
    for theta in (1e-3, 0.3, 1.0, 1.5, 1.569):
        low, high = caps.log_cap_bounds(10**6, theta)
        assert low <= caps.log_cap_measure(10**6, theta) <= high + 1e-9 * abs(high)
    assert caps.cap_measure(10**6, pi / 2) == pytest.approx(0.5)
    assert caps.cap_measure(7, 0.0) == 0.0
    assert caps.cap_measure(7, pi) == 1.0


@pytest.mark.parametrize(
    ("d", "degrees", "low", "known", "high"),
    [
        (2, 60, 3, 6, 6),
        (3, 60, 4, 12, 14.93),
        (4, 60, 5.12, 24, 34.68),
        (8, 60, 11.7, 240, 788.6),
        (24, 60, 183, 196560, 8.94e7),
        (4, 36, 20.6, 120, 155.0),
    ],
)
def test_packing_bounds_around_known_codes(d, degrees, low, known, high):
    lower, upper = caps.packing_bounds(d, radians(degrees))
    assert lower == pytest.approx(low, rel=5e-3)
    assert upper == pytest.approx(high, rel=5e-3)
    assert lower <= known <= upper * (1 + 1e-12)


@pytest.mark.parametrize(
    ("n", "cosine"),  # the best known codes on the sphere (Cohn, Table of spherical codes)
    [(7, 0.21013831273060308), (8, 0.26120387496374144), (9, 1 / 3), (10, 0.40439432521625075)],
)
def test_packing_bounds_around_the_best_known_codes_on_the_sphere(n, cosine):
    lower, upper = caps.packing_bounds(3, acos(cosine))
    assert lower <= n <= upper < n + 2.4


def test_packing_bounds_at_and_beyond_a_right_angle():
    assert caps.packing_bounds(5, pi / 2)[1] == pytest.approx(10)
    assert caps.packing_bounds(5, pi / 2, projective=True)[1] == pytest.approx(5)
    simplex = acos(-1 / 5)  # the 6 vertices of a regular simplex in R^5
    assert caps.packing_bounds(5, simplex)[1] == pytest.approx(6)
    assert caps.packing_bounds(5, pi)[1] == pytest.approx(2)
    assert caps.packing_bounds(3, acos(5**-0.5), projective=True)[1] >= 6
    assert caps.packing_bounds(1, 1.0) == pytest.approx((2, 2))
    assert caps.packing_bounds(10**6, 0.1)[1] == np.inf
    assert np.isfinite(caps.packing_bounds(10**6, 0.1)[0])


@pytest.mark.parametrize(
    ("n", "value"),
    [(16, 0.3515278901), (64, 0.2682701119), (256, 0.2169127431), (1024, 0.1820600786)],
)
def test_cordoba(n, value):
    assert bounds.cordoba_lower(n) == pytest.approx(value, abs=6e-11)
    direct = sum(1 / np.sin(k * pi / n) for k in range(1, n))
    assert bounds.cordoba_lower(n) == pytest.approx(1 / (1 + direct / n), rel=1e-13)
    angles = np.arange(n) * pi / n
    fan = np.column_stack([np.cos(angles), np.sin(angles)])
    assert bounds.de_caen(fan, 0.5 / n) == pytest.approx(value, abs=6e-11)


def test_cordoba_large_and_small():
    assert bounds.cordoba_lower(2**20) == pytest.approx(0.1009549895, abs=6e-11)
    assert bounds.cordoba_lower(1) == 1.0
    assert bounds.cordoba_lower(2) == pytest.approx(1 / 1.5)
    assert bounds.cordoba_lower(3) == pytest.approx(1 / (1 + 4 / sqrt(3) / 3))


def test_cordoba_beyond_the_sum(monkeypatch):
    """The closed form is below the sum, by pi/(36 N) in S_N; and any N is quick."""
    summed = {n: bounds.cordoba_lower(n) for n in range(2, 300)}
    monkeypatch.setattr(bounds, "_MAX_SUMMED", 1)
    for n, value in summed.items():
        excess = n * (1 / bounds.cordoba_lower(n) - 1 / value)
        assert 0.7 < excess / (pi / (36 * n)) < 1.001
    assert 0 < bounds.cordoba_lower(10**300) < bounds.cordoba_lower(10**9) < 0.08
    area = next(row for row in bounds.table(2, 1e-300).rows() if row["quantity"] == "volume")
    assert 0 < area["value"] < 0.003


def test_cordoba_is_below_an_actual_union():
    """A bush of 16 tubes: the union's area is 0.6827134254."""
    import shapely

    boxes = [
        shapely.affinity.rotate(shapely.box(-0.5, -1 / 32, 0.5, 1 / 32), 180 * k / 16)
        for k in range(16)
    ]
    area = shapely.union_all(boxes).area
    assert area == pytest.approx(0.6827134254, abs=1e-9)
    assert bounds.cordoba_lower(16) < area


def test_de_caen_below_monte_carlo_union_in_space():
    rng = np.random.default_rng(3)
    axes = DirectionSet(rng.standard_normal((30, 3)))
    delta, m = 0.08, 200_000
    x = rng.uniform(-0.6, 0.6, (m, 3))
    hit = np.zeros(m, dtype=bool)
    for u in axes.vectors:  # tubes through the origin: as much overlap as a bush has
        along = x @ u
        hit |= (np.abs(along) < 0.5) & (np.linalg.norm(x - along[:, None] * u, axis=1) < delta)
    volume = hit.mean() * 1.2**3
    lower = bounds.de_caen(axes, delta)
    assert 0 < lower < volume
    far = bounds.de_caen(np.eye(3), 1e-4)
    assert far == pytest.approx(3 * pi * 1e-8, rel=1e-3)
    same = bounds.de_caen([[1, 0, 0]] * 4, 0.1)
    assert same == pytest.approx(pi * 0.01)


def test_dimension_rows():
    for d in range(1, 8):
        rows = bounds.dimension_bounds(d)
        assert rows[-1].value == d
        assert rows[-1].kind == ("theorem" if d <= 3 else "open")
        assert all(row.value <= d for row in rows)
        assert all(row.kind == "theorem" for row in rows[:-1])
    assert [len(bounds.dimension_bounds(d)) for d in range(1, 7)] == [1, 1, 3, 5, 4, 4]
    assert bounds.dimension_bounds(6)[2].value == pytest.approx(7 - 2 * sqrt(2))
    names = {row.name: row.value for row in bounds.dimension_bounds(4)}
    assert names == pytest.approx(
        {"bush": 2.5, "hairbrush": 3, "arithmetic": 3, "planebrush": 3.059, "full dimension": 4}
    )
    assert "no theorem" in bounds.dimension_bounds(5)[-1].reference


def test_planar_areas():
    areas = {row.name: row.area for row in bounds.planar_areas()}
    assert areas["Reuleaux triangle"] == pytest.approx(0.7047709230104580, rel=1e-14)
    assert areas["Bloom-Schoenberg"] == pytest.approx(0.28425822465134304, rel=1e-14)
    assert areas["star-shaped lower bound"] == pytest.approx(0.0320570678937734, rel=1e-14)
    assert areas["deltoid"] == kakeya.deltoid().area
    values = list(areas.values())
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("projective", [True, False])
def test_compare_observed_never_exceeds_the_bounds(projective):
    rng = np.random.default_rng(8)
    for d in (2, 3, 6):
        chosen = DirectionSet(rng.standard_normal((400, d)), projective)
        table = compare(chosen, d_eff=d).directions
        assert (table.curve.count <= table.full[:, 1] * (1 + 1e-9)).all()
        np.testing.assert_array_equal(table.packing["d_eff"], table.full)


def test_compare_bounds_directions_of_a_plane():
    rng = np.random.default_rng(8)
    plane = rng.standard_normal((50, 2)) @ rng.standard_normal((2, 9))
    thetas = [1.2, 0.5, 0.05]
    table = compare(plane, d_eff=1.7, thetas=thetas, ranks=2, n_nulls=0).directions
    # the rows do lie in a plane, so the bound for dimension 2 is a theorem here
    upper = table.packing["d_eff"][:, 1]
    assert (table.curve.count <= upper * (1 + 1e-12)).all()
    np.testing.assert_allclose(upper[1:], pi / np.array(thetas[1:]), rtol=1e-12)
    assert table.rows()[2]["regime"] == "saturated"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: compare(np.zeros((3, 2))), "nonzero"),
        (lambda: compare([[1.0, float("nan")]]), "finite"),
        (lambda: compare([[1.0, 0.0]], d_eff=0.5), "d_eff"),
        (lambda: caps.cap_measure(1, 0.3), "`d`"),
        (lambda: caps.cap_measure(3, 4.0), "theta"),
        (lambda: caps.packing_bounds(3, 0.0), "theta"),
        (lambda: caps.packing_bounds(3, 2.0, projective=True), "theta"),
        (lambda: caps.log_cap_bounds(3, 2.0), "theta"),
        (lambda: bounds.cordoba_lower(0), "n_tubes"),
        (lambda: bounds.de_caen([[1.0, 0.0]], -1.0), "delta"),
        (lambda: bounds.de_caen([[1.0]], 0.1), "dimension 2"),
        (lambda: bounds.isotropic_packing(0.5, 0.1), "`k`"),
        (lambda: bounds.dimension_bounds(0), "`d`"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InvalidInputError, match=text):
        call()


def test_shapely_stays_unloaded():
    import subprocess
    import sys

    code = "import sys, relugeom.kakeya as k; k.perron_tree(4); print('shapely' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


@pytest.mark.parametrize("d", range(1, 8))
def test_table_never_shows_a_conjecture_as_a_theorem(d):
    rows = bounds.table(d, 0.01).rows()
    for row in rows:
        opened = "conjecture" in (row["statement"] + row["meaning"] + row["reference"]).lower()
        assert (row["kind"] == "open") == opened or row["name"] == "full volume"
        if d >= 4 and row["name"] in ("full dimension", "full volume", "maximal conjecture"):
            assert row["kind"] == "open"
            assert "no theorem" in row["reference"]
        if row["kind"] != "open" and row["quantity"] == "dimension" and d >= 4:
            assert row["value"] < d
        assert 1900 < row["year"] < 2030
        assert row["reference"]
    names = [row["name"] for row in rows if row["kind"] == "open"]
    known = {1: [], 2: [], 3: ["maximal conjecture"]}
    assert names == known.get(d, ["full dimension", "full volume", "maximal conjecture"])


def test_table_values():
    plane = {row["name"]: row for row in bounds.table(2, 1 / 32).rows()}
    assert plane["Córdoba"]["quantity"] == "maximal function"  # the last of the two rows so named
    area = next(row for row in bounds.table(2, 1 / 32).rows() if row["quantity"] == "volume")
    assert area["value"] == pytest.approx(0.3515278901, abs=6e-11)
    angles = np.arange(15) * pi / 15
    fan = np.column_stack([np.cos(angles), np.sin(angles)])
    thin = next(row for row in bounds.table(2, 0.033).rows() if row["quantity"] == "volume")
    assert thin["value"] == pytest.approx(bounds.cauchy_schwarz(fan, 0.033), rel=1e-12)
    space = next(row for row in bounds.table(3, 0.01).rows() if row["quantity"] == "volume")
    assert space["value"] is None
    assert space["year"] == 2025
    wolff = next(row for row in bounds.maximal_bounds(3, 0.01) if row.name == "hairbrush")
    assert (wolff.p, wolff.scale) == pytest.approx((2.5, 0.01**-0.2))
    exponents = {d: [row.p for row in bounds.maximal_bounds(d, 0.01)] for d in (4, 5)}
    assert exponents == {4: [2.5, 3.0, 3.049, 4.0], 5: [3.0, 3.5, 5.0]}
    assert any(row["kind"] == "theorem, sticky sets only" for row in bounds.table(4, 0.01).rows())
    with pytest.raises(InvalidInputError, match="delta"):
        bounds.table(3, 0.5)
    with pytest.raises(InvalidInputError, match="delta"):
        bounds.maximal_bounds(3, 1.0)


def test_table_is_a_frame():
    pandas = pytest.importorskip("pandas")
    frame = bounds.table(4, 0.01).to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["name"].tolist() == [row["name"] for row in bounds.table(4, 0.01).rows()]


def test_bounds_from_angles_in_high_dimension():
    """Over the volume of a tube, where that is far below the least float."""
    axes = DirectionSet(np.random.default_rng(0).standard_normal((5, 40)))
    ratio = special.gamma(41 / 2) / special.gamma(20) / sqrt(pi)  # of the balls' volumes
    sines = np.sin([axes.angles_to(u) for u in axes.vectors])
    with np.errstate(divide="ignore"):
        sums = np.minimum(1, 4 * 0.02 * ratio / sines).sum(axis=1)
    volume = caps.ball_volume(39) * 0.02**39
    assert bounds.de_caen(axes, 0.02) == pytest.approx(volume * (1 / sums).sum(), rel=1e-9)
    far = DirectionSet(np.random.default_rng(0).standard_normal((5, 700)))
    assert bounds.de_caen(far, 0.01) == bounds.cauchy_schwarz(far, 0.01) == 0.0


def test_cauchy_schwarz_is_below_de_caen():
    rng = np.random.default_rng(1)
    for d in (2, 3, 5):
        axes = DirectionSet(np.vstack([rng.standard_normal((20, d)), np.ones((5, d))]))
        low, high = bounds.cauchy_schwarz(axes, 0.05), bounds.de_caen(axes, 0.05)
        assert 0 < low <= high * (1 + 1e-12)
        assert high < 25 * caps.ball_volume(d - 1) * 0.05 ** (d - 1)


def test_bounds_at_the_ends_of_their_ranges():
    assert bounds.dimension_bounds(10**6)[1].value == 10**6 / 2 + 1
    assert bounds.maximal_bounds(3, 0.01)[-1].scale == 1
    assert bounds.maximal_bounds(2, 0.01)[0].scale == pytest.approx(sqrt(log(100)))
    assert caps.log_packing_bounds(1, 0.3, projective=True) == (0, 0)
    assert caps.log_packing_bounds(1, 0.3) == pytest.approx((np.log(2), np.log(2)))
    assert bounds.isotropic_packing(3, 1.6) == (1, 1)


def test_tiny_caps_against_numerical_integration():
    """Where the incomplete beta function underflows: the integral of sin^(d-2), scaled."""
    for d, theta in ((400, 0.1), (1500, 0.4)):
        t = np.linspace(0, theta, 400_001)
        with np.errstate(divide="ignore"):
            log_f = (d - 2) * np.log(np.sin(t))
        area = np.trapezoid(np.exp(log_f - log_f[-1]), t)
        whole = special.gammaln((d - 1) / 2) - special.gammaln(d / 2) + np.log(pi) / 2
        assert caps.log_cap_measure(d, theta) == pytest.approx(
            np.log(area) + log_f[-1] - whole, rel=1e-9
        )
