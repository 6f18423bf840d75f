"""Weights of edges: facets measured by qhull, by sums, and by what they bound."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.regions.geometry import edge_facets, facet_vertices
from scipy.linalg import null_space
from scipy.spatial import ConvexHull

import graphs
import zoo


@pytest.mark.parametrize("d", [2, 3, 4, 5])
def test_facets_have_the_measure_that_qhull_gives_their_vertices(d):
    net = rg.ReLUNetwork.random([d, 6, 4, 1], rng=d)
    graph = rg.enumerate_regions(net, zoo.random_polytope(d, d)).adjacency()
    rows = edge_facets(graph.regions)
    wanted = np.zeros(graph.n_edges)
    for place, corners, normals in facet_vertices(graph.regions, rows):
        for edge in np.unique(place):
            own = place == edge
            flat = (corners[own] - corners[own][0]) @ null_space(normals[own][:1])
            wanted[edge] = np.ptp(flat) if d == 2 else ConvexHull(flat).volume
    np.testing.assert_allclose(graph.facet_measures, wanted, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", ["plane", "space", "duplicate", "zero rows", "integers"])
def test_every_region_is_as_large_as_the_pyramids_over_its_facets(name):
    graph = graphs.named(name)
    regions, measures = graph.regions, graph.facet_measures
    assert (measures > 0).all()
    start, G, h = regions.h_representation()
    rows = edge_facets(regions)
    for i in range(0, len(regions), 7):  # in the interior of the domain only
        if (regions.facets[start[i] : start[i + 1]] < 0).any():
            continue
        own = (graph.edges.first == i) | (graph.edges.second == i)
        height = h[rows[own]] - G[rows[own]] @ regions.points[i]
        volume = (np.abs(height) * measures[own]).sum() / regions.dim
        assert volume == pytest.approx(regions.volumes[i], rel=1e-7)


def test_parallel_cuts_of_a_box_have_the_area_of_its_section():
    planes = rg.HyperplaneArrangement(np.tile([[0.0, 0.0, 1.0]], (4, 1)), [-1.0, -2.0, -3.0, -3.5])
    graph = rg.enumerate_regions(planes, rg.Box([0, 0, 0], [2, 5, 4])).adjacency()
    np.testing.assert_allclose(graph.facet_measures, 10.0, rtol=1e-12)


def test_distances_are_between_interior_points_and_points_on_the_line_measure_one():
    graph = graphs.named("plane")
    i, j = graph.edges.first, graph.edges.second
    gaps = np.linalg.norm(graph.regions.points[i] - graph.regions.points[j], axis=1)
    np.testing.assert_array_equal(graph.weighted("distance")[i, j], gaps)
    assert (graphs.named("line").facet_measures == 1).all()


def test_a_matrix_may_be_changed():
    graph = graphs.of_net([2, 6, 1], 0)
    before = graph.csr.toarray()
    matrix = graph.weighted(np.zeros(graph.n_edges))
    matrix.eliminate_zeros()
    assert matrix.nnz == 0
    np.testing.assert_array_equal(graph.csr.toarray(), before)
    assert graph.weighted(None).sum() == 2 * graph.n_edges


def test_the_matrices_have_the_edges_where_they_belong():
    graph = graphs.named("space")
    matrix = graph.weighted(np.arange(1.0, graph.n_edges + 1))
    assert (matrix != matrix.T).nnz == 0
    facets = graph.weighted("facet")[graph.edges.first, graph.edges.second]
    np.testing.assert_array_equal(facets, graph.facet_measures)
    assert (matrix[graph.edges.first, graph.edges.second] == np.arange(1, graph.n_edges + 1)).all()
    np.testing.assert_array_equal(graph.edges.neuron[graph.entry_edge] + 1, graph.csr.data)
