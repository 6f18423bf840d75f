"""The faces of all regions: counted by formulas, measured by other means, checked by invariants."""

import numpy as np
import pytest
import relugeom as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.arrangements import counting, families
from relugeom.errors import RelugeomError, ShapeError, UnboundedError

import zoo

NETS = {
    "line": rg.ReLUNetwork.random([1, 6, 6, 1], rng=0),
    "plane": rg.ReLUNetwork.random([2, 9, 7, 2], rng=1),
    "space": rg.ReLUNetwork.random([3, 7, 6, 1], rng=2),
    "four": rg.ReLUNetwork.random([4, 6, 5, 1], rng=3),
}


@pytest.fixture(scope="module", params=NETS)
def regions(request):
    net = NETS[request.param]
    return rg.enumerate_regions(net, zoo.cube(net.input_dim, 2.0))


def check(regions):
    """What must hold for every subdivision of a convex domain."""
    polyhedra, d = regions.complex, regions.dim
    assert polyhedra.euler_characteristic == 1
    assert sorted(polyhedra.region) == list(range(len(regions)))
    for k in range(1, d):
        assert not (
            (polyhedra.boundary_matrix(k) @ polyhedra.boundary_matrix(k + 1)).data % 2
        ).any()
    assert (np.diff(polyhedra.facets[0].start) == 2).all()
    cofaces = np.bincount(polyhedra.facets[-1].part)
    assert set(cofaces) <= {1, 2}
    scale = regions.problem.scale
    np.testing.assert_allclose(
        polyhedra.measures(d), regions.volumes[polyhedra.region], atol=1e-9 * scale**d
    )


@pytest.mark.parametrize(("m", "d"), [(7, 1), (8, 2), (7, 3), (6, 4)])
def test_faces_in_general_position_are_as_many_as_buck_counts(m, d):
    lines = families.generic(m, d, rng=m)
    regions = rg.enumerate_regions(lines, zoo.cube(d, 1e5))
    polyhedra = regions.complex
    inner = [int((~outer).sum()) for outer in polyhedra.outer]
    assert inner == [counting.faces(m, d, k) for k in range(d + 1)]


@pytest.mark.parametrize(
    "lines",
    [families.braid(4), families.shi(3), families.resonance(3), families.type_b(3)],
    ids=["braid", "shi", "resonance", "type B"],
)
def test_degenerate_arrangements(lines):
    check(rg.enumerate_regions(lines, zoo.cube(lines.dim, 3.0)))


@pytest.mark.parametrize("make", zoo.DEGENERATE, ids=lambda f: f.__name__)
def test_degenerate_networks(make):
    net = make()
    check(rg.enumerate_regions(net, zoo.cube(net.input_dim, 1.5)))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.integers(0, 1_000_000), st.booleans())
def test_stress(seed, oblique):
    net = zoo.stress(seed)
    d = net.input_dim
    domain = zoo.random_polytope(d, seed) if oblique and d > 1 else zoo.cube(d)
    check(rg.enumerate_regions(net, domain))


def test_a_domain_far_from_the_origin():
    """Rounding grows with the distance; neurons that coincide still do."""
    net, far = zoo.duplicate(), 1e4
    moved = net.biases[0] - net.weights[0] @ np.full(2, far)
    there = rg.ReLUNetwork.from_weights(net.weights, [moved, *net.biases[1:]])
    regions = rg.enumerate_regions(there, rg.Box([far - 1] * 2, [far + 1] * 2))
    here = rg.enumerate_regions(net, zoo.cube(2))
    assert regions.complex.f_vector.tolist() == here.complex.f_vector.tolist()


def test_network_at_the_vertices(regions):
    polyhedra = regions.complex
    np.testing.assert_allclose(polyhedra.outputs, regions.source(polyhedra.vertices), atol=1e-9)


def test_cells_have_the_vertices_of_the_regions(regions):
    polyhedra = regions.complex
    own = np.eye(len(polyhedra.vertices), dtype=bool)
    start, _ = regions.v_representation()
    count = polyhedra.of_vertices(own, np.logical_or)[-1].sum(axis=1)
    assert count.tolist() == np.diff(start)[polyhedra.region].tolist()


def test_measures_of_facets(regions):
    """Inner facets against the weights of the graph, outer ones against the surface of the cube."""
    polyhedra, d = regions.complex, regions.dim
    area, outer = polyhedra.measures(d - 1), polyhedra.outer[d - 1]
    assert area[~outer].sum() == pytest.approx(regions.adjacency().facet_measures.sum())
    assert area[outer].sum() == pytest.approx(2 * d * 4.0 ** (d - 1))
    assert (~outer).sum() == regions.adjacency().n_edges


def test_triangulations_of_neighbours_agree(regions):
    """Inside the domain every (d-1)-simplex bounds two d-simplices, on its boundary one."""
    polyhedra, d = regions.complex, regions.dim
    corners, _ = polyhedra.simplices(d)
    sides = np.concatenate([np.delete(np.sort(corners, axis=1), i, axis=1) for i in range(d + 1)])
    _, count = np.unique(sides, axis=0, return_counts=True)
    of_facets, facet = polyhedra.simplices(d - 1)
    assert set(count) == {1, 2}
    assert (count == 1).sum() == polyhedra.outer[d - 1][facet].sum()
    listed = set(map(tuple, np.sort(sides, axis=1)))
    assert all(tuple(row) in listed for row in np.sort(of_facets, axis=1))


def test_cut(regions):
    """A hyperplane through the middle of the cube halves it, and does not move the network."""
    polyhedra, d = regions.complex, regions.dim
    normal = np.arange(1.0, d + 1)
    halves = polyhedra.cut(polyhedra.vertices @ normal)
    side = halves.of_vertices(halves.vertices @ normal > 1e-12, np.logical_or)[-1]
    assert halves.measures(d)[side].sum() == pytest.approx(4.0**d / 2)
    assert halves.euler_characteristic == 1
    np.testing.assert_allclose(halves.outputs, regions.source(halves.vertices), atol=1e-9)
    np.testing.assert_allclose(
        np.bincount(halves.region, halves.measures(d)), regions.volumes, atol=1e-9
    )
    with pytest.raises(ShapeError, match="`values`"):
        polyhedra.cut([1.0])


def test_a_cut_that_only_touches_changes_nothing():
    net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]])
    polyhedra = rg.enumerate_regions(net, zoo.cube(2)).complex
    same = polyhedra.cut(polyhedra.vertices[:, 0])
    assert same.f_vector.tolist() == polyhedra.f_vector.tolist()


def test_refusals():
    net = NETS["plane"]
    with pytest.raises(UnboundedError, match="faces"):
        _ = rg.enumerate_regions(net).complex
    with pytest.raises(RelugeomError, match="capped"):
        _ = rg.enumerate_regions(net, zoo.cube(2), max_regions=3).complex


def test_signs_of_no_affine_function_are_refused():
    """Signs + - + - around a square."""
    square = rg.enumerate_regions(rg.HyperplaneArrangement([[1.0, 0.0]], [5.0]), zoo.cube(2))
    x, y = square.complex.vertices.T
    with pytest.raises(RelugeomError, match="rounding"):
        square.complex.cut(x * y)
    with pytest.raises(RelugeomError, match="rounding"):
        square.complex.cut(np.where(x < 0, 0.0, y))


def test_neurons_that_meet_within_rounding_are_refused_or_right():
    """Lines through one point up to 1e-11: the table and the complex may not part company."""
    rng = np.random.default_rng(0)
    refused = 0
    for gap in (1e-7, 1e-9, 1e-11, 1e-13, 0.0):
        angle = rng.uniform(0, np.pi, 8)
        normals = np.column_stack([np.cos(angle), np.sin(angle)])
        offsets = -normals @ [0.123, 0.456] + gap * rng.standard_normal(8)
        regions = rg.enumerate_regions(rg.HyperplaneArrangement(normals, offsets), zoo.cube(2))
        try:
            check(regions)
        except RelugeomError:
            refused += 1
            assert gap == 1e-11
    assert refused <= 1
