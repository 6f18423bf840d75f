"""The Fiedler value and vector against numpy, networkx and closed forms."""

import networkx as nx
import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import IncompleteError, InvalidInputError

import graphs


def laplacian(graph, weight):
    return nx.laplacian_matrix(graphs.weighted(graph, weight), weight="w").toarray()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", graphs.MANY)
def test_small_graphs_against_all_eigenvalues(name, weighted):
    graph = graphs.named(name)
    weight = np.random.default_rng(0).uniform(0.5, 2, graph.n_edges)
    weight = weight if weighted else np.ones(graph.n_edges)
    found = graph.fiedler(weight if weighted else None)
    matrix = laplacian(graph, weight)
    assert found.value == pytest.approx(np.linalg.eigvalsh(matrix)[1], abs=1e-10)
    residual = np.linalg.norm(matrix @ found.vector - found.value * found.vector)
    assert residual < 1e-9
    assert found.residual < 1e-9
    assert np.linalg.norm(found.vector) == pytest.approx(1)
    assert found.vector.mean() == pytest.approx(0, abs=1e-12)
    assert found.vector[np.abs(found.vector).argmax()] > 0


@pytest.mark.parametrize(("widths", "seed"), [([2, 40, 40, 1], 0), ([3, 20, 16, 1], 1)])
def test_large_graphs_against_shift_and_invert(widths, seed):
    from scipy.sparse import csc_array
    from scipy.sparse.csgraph import laplacian as sparse_laplacian
    from scipy.sparse.linalg import eigsh

    graph = graphs.of_net(widths, seed, 2.0)
    assert graph.n_regions > 1_000  # beyond the size solved as a whole
    for weight in (None, "distance"):
        found = graph.fiedler(weight)
        matrix = csc_array(sparse_laplacian(graph.weighted(weight)))
        values, vectors = eigsh(matrix, k=3, sigma=-1e-6, which="LM")
        assert found.value == pytest.approx(np.sort(values)[1], rel=1e-6)
        vector = vectors[:, np.argsort(values)[1]]
        assert abs(vector @ found.vector) == pytest.approx(1, abs=1e-5)
        assert found.residual < 1e-6


def test_a_grid_of_boxes_has_a_known_value_twice():
    """Of the m x m grid it is 2 - 2 cos(pi / m), for either direction."""
    graph = graphs.grid(39)
    assert graph.n_regions == 1_600
    found = graph.fiedler()
    assert found.value == pytest.approx(2 - 2 * np.cos(np.pi / 40), rel=1e-7)
    assert found.residual < 1e-6


def test_a_ring():
    assert graphs.named("concurrent").fiedler().value == pytest.approx(2 - 2 * np.cos(np.pi / 5))


def test_two_rooms_and_a_door_are_told_apart():
    """The vector's signs are those of the halves on either side of a narrow passage."""
    graph = graphs.grid(9)
    x, y = graph.regions.points.T
    wall = (np.floor(x[graph.edges.first]) == 4) & (np.floor(x[graph.edges.second]) == 5)
    door = np.floor(y[graph.edges.first]) == 5
    weight = np.where(wall & ~door, 1e-3, 1.0)
    side = graph.fiedler(weight).vector > 0
    assert len(set(zip(side.tolist(), (x > 5).tolist(), strict=True))) == 2


def test_what_has_no_fiedler_value():
    with pytest.raises(IncompleteError, match="must be complete for a Fiedler value; got capped"):
        graphs.incomplete().fiedler()
    with pytest.raises(IncompleteError, match="hold two regions for a Fiedler value; got 1"):
        graphs.named("one region").fiedler()
    graph = graphs.named("grid")
    with pytest.raises(InvalidInputError, match="leave the graph connected"):
        graph.fiedler(np.zeros(graph.n_edges))
    with pytest.raises(rg.errors.InvalidInputError, match="`weight`"):
        graph.fiedler("area")
