"""Boxes, polytopes and slices: what they measure and what they refuse."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import DomainError, InvalidInputError, ShapeError, UnboundedError

import zoo

TRIANGLE = ([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])


def test_box():
    box = rg.Box([-1, 0], [1, 4])
    assert (box.dim, box.volume, box.scale, box.bounded) == (2, 8.0, 2.0, True)
    assert box.centre.tolist() == [0.0, 2.0]
    inside = [[0, 0], [1, 4], [1.01, 2], [0, -0.01]]
    assert box.contains(inside).tolist() == [True, True, False, False]
    assert box.contains([[1.01, 2]], tolerance=0.02).tolist() == [True]
    sample = box.sample(1000, rng=0)
    assert box.contains(sample).all()
    np.testing.assert_array_equal(sample, box.sample(1000, rng=0))
    np.testing.assert_allclose(sample.mean(axis=0), box.centre, atol=0.15)
    assert rg.Box.around([[0, 0], [2, 1]], margin=0.5).upper.tolist() == [3.0, 1.5]


def test_halfspaces_of_a_box_say_what_contains_says():
    box = rg.Box([-1, 0, 2], [1, 4, 3])
    G, h = box.halfspaces
    X = np.random.default_rng(0).uniform(-2, 5, (500, 3))
    np.testing.assert_array_equal((h >= X @ G.T).all(axis=1), box.contains(X))


@pytest.mark.parametrize(
    ("lower", "upper", "error", "words"),
    [
        ([0, 1], [1, 1], DomainError, "index 1"),
        ([0, 2], [1, 1], DomainError, "index 1"),
        ([0, np.nan], [1, 1], InvalidInputError, "lower.*finite"),
        ([0, 0], [1, np.inf], InvalidInputError, "upper.*finite"),
        ([0], [1, 1], ShapeError, "one length"),
        ([], [], ShapeError, "length"),
        (0, 1, ShapeError, "lower"),
    ],
)
def test_boxes_that_are_none(lower, upper, error, words):
    with pytest.raises(error, match=words):
        rg.Box(lower, upper)


def test_points_of_a_flat_cloud_have_no_box():
    with pytest.raises(DomainError, match="index 1"):
        rg.Box.around([[0, 1], [2, 1]])
    with pytest.raises(ShapeError, match="at least one point"):
        rg.Box.around(np.empty((0, 2)))


def test_polytope():
    triangle = rg.Polytope(*TRIANGLE)
    assert triangle.bounded
    assert triangle.volume == pytest.approx(0.5, rel=1e-12)
    assert triangle.centre == pytest.approx([1 - 0.5**0.5] * 2, rel=1e-9)  # incentre
    assert sorted(triangle.vertices.round(12).tolist()) == [[0, 0], [0, 1], [1, 0]]
    box = triangle.bounding_box
    np.testing.assert_allclose([box.lower, box.upper], [[0, 0], [1, 1]], atol=1e-12)
    assert triangle.contains([[0.2, 0.2], [0.8, 0.8]]).tolist() == [True, False]
    assert repr(triangle) == "Polytope(3 inequalities in R^2)"


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_a_polytope_that_is_a_box_measures_like_the_box(d):
    box = rg.Box(-np.arange(1, d + 1), np.arange(2, d + 2))
    same = rg.Polytope(*box.halfspaces)
    assert same.volume == pytest.approx(box.volume, rel=1e-12)
    assert len(same.vertices) == 2**d
    assert same.scale == pytest.approx(box.scale)


@pytest.mark.parametrize("d", [2, 3])
def test_volume_against_sampling(d):
    polytope = zoo.random_polytope(d, d)
    box = polytope.bounding_box
    share = polytope.contains(box.sample(200_000, rng=0)).mean()
    assert polytope.volume == pytest.approx(share * box.volume, rel=0.02)


def test_unbounded_polytopes():
    quadrant = rg.Polytope([[-1, 0], [0, -1]], [0, 0])
    assert (quadrant.bounded, quadrant.volume, quadrant.scale) == (False, np.inf, 1.0)
    for what in ("bounding_box", "vertices"):
        with pytest.raises(UnboundedError, match="unbounded along axis"):
            getattr(quadrant, what)


@pytest.mark.parametrize(
    ("A", "b", "error", "words"),
    [
        ([[1, 0], [-1, 0]], [0, -1], DomainError, "empty or flat"),
        ([[1, 0], [-1, 0]], [1, -1], DomainError, "empty or flat"),
        ([[1, 0], [0, 0]], [1, 1], DomainError, "zero row.*index 1"),
        ([[1, 0]], [1, 2], ShapeError, "`b`"),
        ([1, 0], [1], ShapeError, "`A`"),
        ([[1, np.nan]], [1], InvalidInputError, "`A`.*finite"),
        ([[1, 0]], [np.inf], InvalidInputError, "`b`.*finite"),
        (np.empty((0, 2)), [], ShapeError, "at least one row"),
    ],
)
def test_polytopes_that_are_none(A, b, error, words):
    with pytest.raises(error, match=words):
        rg.Polytope(A, b)


def test_slice():
    part = rg.AffineSlice.through([[0, 0, 1], [2, 0, 1], [1, 3, 1]])
    assert (part.dim, part.ambient_dim) == (2, 3)
    np.testing.assert_allclose(part.basis.T @ part.basis, np.eye(2), atol=1e-12)
    T = np.random.default_rng(0).standard_normal((30, 2))
    X = part.points(T)
    np.testing.assert_allclose(X[:, 2], 1.0, rtol=1e-12)
    np.testing.assert_allclose(part.coordinates(X), T, atol=1e-12)
    # off the slice: the coordinates of the nearest point
    np.testing.assert_allclose(part.coordinates(X + np.array([0, 0, 5.0])), T, atol=1e-12)


def test_section_of_a_domain():
    part = rg.AffineSlice([0.0, 0.0, 0.5], [[1, 1], [0, 1], [0, 0]])
    for domain in (zoo.cube(3), zoo.random_polytope(3, 1)):
        section = part.section(domain)
        T = np.random.default_rng(0).uniform(-3, 3, (2000, 2))
        np.testing.assert_array_equal(section.contains(T), domain.contains(part.points(T)))
        assert section.bounded
    assert part.section(zoo.cube(3)).volume == pytest.approx(4.0, rel=1e-12)


def test_regions_on_a_slice_are_the_slices_of_regions():
    net = rg.ReLUNetwork.random([3, 6, 5, 1], rng=0)
    part = rg.AffineSlice.through(np.random.default_rng(1).uniform(-0.5, 0.5, (3, 3)))
    section = part.section(zoo.cube(3))
    regions = rg.enumerate_regions(net.restrict(part), section)
    whole = rg.enumerate_regions(net, zoo.cube(3))
    known = set(map(bytes, whole.patterns))
    assert {bytes(p) for p in regions.patterns} <= known
    assert (whole.locate(part.points(regions.points)) >= 0).all()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: rg.AffineSlice([0, 0], [[1, 2], [1, 2]]), DomainError, "independent"),
        (lambda: rg.AffineSlice([0, 0], np.empty((2, 0))), DomainError, "at least one"),
        (lambda: rg.AffineSlice([0, 0], [[1.0]]), ShapeError, "basis"),
        (lambda: rg.AffineSlice([0, np.nan], [[1], [0]]), InvalidInputError, "origin"),
        (lambda: rg.AffineSlice.through([[0, 0], [1, 1], [2, 2]]), DomainError, "affinely"),
        (lambda: rg.AffineSlice.through([[0, 0]]), ShapeError, "2 to 3 points"),
        (lambda: rg.AffineSlice.through(np.eye(4, 2)), ShapeError, "2 to 3 points"),
        (lambda: rg.AffineSlice.random(3, 2, rng=-1), InvalidInputError, "`rng` must be .* got -1"),
        (lambda: rg.AffineSlice.random(3, 2, rng="a"), InvalidInputError, "`rng` must be"),
        (lambda: rg.Box.around([[0, 1], [2, 1]]), DomainError, "only 1.0 at index 1"),
        (lambda: rg.Box.around([[0], [2]], margin=-0.5), InvalidInputError, "`margin` must be"),
        (lambda: rg.Box.around([[0], [2]], margin=np.nan), InvalidInputError, "`margin` must be"),
        (lambda: rg.Polytope.hull([[0], [2]], margin=np.inf), InvalidInputError, "`margin` must"),
        (lambda: rg.AffineSlice([0, 5], [[1], [0]]).section(zoo.cube(2)), DomainError, "meet"),
        (lambda: rg.AffineSlice([0, 5], [[1], [0]]).section(zoo.cube(3)), DomainError, r"R\^2"),
    ],
)
def test_slices_that_are_none(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_what_the_engines_ask_of_a_domain():
    net = rg.ReLUNetwork.random([2, 4, 1], rng=0)
    with pytest.raises(DomainError, match=r"R\^2.*R\^3"):
        rg.enumerate_regions(net, zoo.cube(3))
    with pytest.raises(UnboundedError, match="all of space"):
        rg.enumerate_regions(net, engine="vertex")
    with pytest.raises(UnboundedError, match="unbounded polytope"):
        rg.enumerate_regions(net, rg.Polytope([[1, 0]], [1]), engine="vertex")
    with pytest.raises(InvalidInputError, match=r"domain.*tuple"):
        rg.enumerate_regions(net, ([-1, -1], [1, 1]))
    with pytest.raises(InvalidInputError, match=r"source.*str"):
        rg.enumerate_regions("net", zoo.cube(2))
    with pytest.raises(InvalidInputError, match=r"engine.*gurobi"):
        rg.enumerate_regions(net, zoo.cube(2), engine="gurobi")
    for limit in (0, -1, 1.5):
        with pytest.raises(InvalidInputError, match="max_regions"):
            rg.enumerate_regions(net, zoo.cube(2), max_regions=limit)


def test_hull_contains_its_points_and_scales_about_the_mean():
    X = np.random.default_rng(0).standard_normal((40, 3))
    hull, wide = rg.Polytope.hull(X), rg.Polytope.hull(X, margin=0.5)
    assert hull.contains(X, tolerance=1e-12).all()
    assert wide.volume == pytest.approx(1.5**3 * hull.volume)
    assert hull.volume < rg.Box.around(X).volume
    assert not hull.contains(X.mean(axis=0) + 1.001 * (X - X.mean(axis=0))).all()


def test_hull_on_the_line_and_flat_hulls():
    assert rg.Polytope.hull([[1.0], [3.0], [2.0]], margin=0.5).volume == pytest.approx(3.0)
    with pytest.raises(DomainError, match="lie in no hyperplane"):
        rg.Polytope.hull([[0, 0], [1, 1], [2, 2]])
    with pytest.raises(DomainError):
        rg.Polytope.hull([[1.0], [1.0]])


def test_random_slices_are_orthonormal_and_reproducible():
    plane = rg.AffineSlice.random(6, 2, origin=np.arange(6), rng=3)
    np.testing.assert_allclose(plane.basis.T @ plane.basis, np.eye(2), atol=1e-14)
    np.testing.assert_array_equal(plane.basis, rg.AffineSlice.random(6, 2, rng=3).basis)
    assert plane.origin.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(InvalidInputError, match="at most 2"):
        rg.AffineSlice.random(2, 3)


def test_random_directions_are_uniform():
    """The mean of the squared first coordinate of a unit vector in R^4 is 1/4."""
    first = [rg.AffineSlice.random(4, 1, rng=i).basis[0, 0] for i in range(2000)]
    assert np.mean(np.square(first)) == pytest.approx(0.25, abs=0.02)
    assert np.mean(first) == pytest.approx(0.0, abs=0.04)


def test_a_segment_goes_from_its_start_to_its_end():
    line, domain = rg.AffineSlice.segment([1, -2, 3], [3, 4, 6])
    np.testing.assert_allclose(line.points([domain.lower, domain.upper]), [[1, -2, 3], [3, 4, 6]])
    assert domain.upper == pytest.approx([7.0])


def test_a_given_centre_is_kept():
    assert rg.Polytope([[1.0], [-1.0]], [3.0, 1.0], centre=[2.0]).centre.tolist() == [2.0]
    assert rg.Polytope([[1.0], [-1.0]], [3.0, 1.0]).centre == pytest.approx([1.0])


def test_crossings_along_a_segment():
    """The regions met between two points: sign changes on a fine grid can only miss some."""
    net = rg.ReLUNetwork.random([3, 8, 8, 1], rng=0)
    line, domain = rg.AffineSlice.segment([-2, -2, -2], [2, 1, 2])
    regions = rg.enumerate_regions(net.restrict(line), domain)
    assert regions.volumes.sum() == pytest.approx(np.sqrt(16 + 9 + 16))
    grid = line.points(np.linspace(0, domain.upper[0], 100_001)[:, None])
    seen = np.unique(net.activation_pattern(grid), axis=0)
    assert len(seen) <= len(regions) <= len(seen) + 1
    with pytest.raises(DomainError, match="`end` must differ"):
        rg.AffineSlice.segment([1, 2], [1, 2])


def test_slice_through_points_has_them_at_growing_coordinates():
    X = np.random.default_rng(0).standard_normal((4, 6))
    T = rg.AffineSlice.through(X).coordinates(X)
    np.testing.assert_allclose(T[0], 0, atol=1e-14)
    np.testing.assert_allclose(np.triu(T[1:], 1), 0, atol=1e-12)
    assert (np.diag(T[1:]) > 0).all()


@pytest.mark.parametrize("d", [1, 2, 3])
def test_sample_of_a_polytope_is_uniform(d):
    """As many points in a smaller polytope inside as its share of the volume says."""
    rows = np.vstack([-np.eye(d), np.ones((1, d))])
    simplex = rg.Polytope(rows, np.append(np.zeros(d), 1.0))
    sample = simplex.sample(20_000, rng=0)
    assert simplex.contains(sample, tolerance=1e-12).all()
    half = (sample.sum(axis=1) <= 0.5).mean()
    assert abs(half - 0.5**d) < 5 * 0.5 / np.sqrt(len(sample))
    corner = (sample[:, 0] >= 0.5).mean()
    assert abs(corner - 0.5**d) < 5 * 0.5 / np.sqrt(len(sample))
    np.testing.assert_array_equal(sample, simplex.sample(20_000, rng=0))
    with pytest.raises(rg.errors.UnboundedError):
        rg.Polytope([[1.0] * d], [0.0]).sample(1)
