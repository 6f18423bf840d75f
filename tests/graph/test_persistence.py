"""Persistence of the output: gudhi on a triangulation, and on a cubical grid."""

import sys

import numpy as np
import pytest
import relugeom as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.errors import MissingExtraError
from relugeom.graph.topology import betti, persistence, simplex_tree

import zoo
from shapes import diamond, table


def assert_intervals_of_gudhi(regions):
    pytest.importorskip("gudhi")
    tree = simplex_tree(regions)
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    own = persistence(regions)
    for k in range(regions.dim):
        theirs = np.reshape(tree.persistence_intervals_in_dimension(k), (-1, 2))
        theirs = theirs[theirs[:, 0] < theirs[:, 1]]
        ours = own.intervals(k)
        assert ours[np.lexsort(ours.T)].tolist() == theirs[np.lexsort(theirs.T)].tolist()


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.integers(0, 1_000_000))
def test_persistence_on_a_triangulation(seed):
    assert_intervals_of_gudhi(table(zoo.stress(seed), 1))


@pytest.mark.parametrize("shape", [(1, 20, 20, 1), (2, 20, 20, 1), (3, 9, 9, 1), (4, 6, 6, 1)])
def test_intervals_alive_at_a_threshold_are_the_betti_numbers_below_it(shape):
    regions = table(rg.ReLUNetwork.random(shape, rng=5), 2)
    diagram = persistence(regions)
    for threshold in np.quantile(regions.complex.outputs, [0.1, 0.4, 0.7]) + 1e-9:
        below = betti(regions, "sublevel", threshold=threshold)
        assert below.tolist() == diagram.betti(threshold).tolist()
    assert_intervals_of_gudhi(regions)


@pytest.mark.parametrize(("d", "n"), [(1, 20_000), (2, 400), (3, 60)])
def test_persistence_against_a_cubical_grid(d, n):
    """Stability: no farther apart than the network is from its values at the grid points."""
    gudhi = pytest.importorskip("gudhi")
    regions = table(rg.ReLUNetwork.random([d, 12, 10, 1], rng=d + 20), 2)
    axis = np.linspace(-2, 2, n)
    grid = np.stack(np.meshgrid(*[axis] * d, indexing="ij"), axis=-1)
    values = regions.source(grid.reshape(-1, d)).reshape([n] * d)
    cubes = gudhi.CubicalComplex(vertices=values)
    cubes.compute_persistence(homology_coeff_field=2)
    slopes = np.linalg.norm(regions.source.affine_map(regions.patterns)[0][:, 0], axis=1)
    gap = slopes.max() * (axis[1] - axis[0]) * np.sqrt(d)
    own = persistence(regions)
    assert len(own) > 1 or d == 1
    for k in range(d):
        theirs = np.reshape(cubes.persistence_intervals_in_dimension(k), (-1, 2))
        assert gudhi.bottleneck_distance(own.intervals(k), theirs) <= gap


def test_without_gudhi(monkeypatch):
    monkeypatch.setitem(sys.modules, "gudhi", None)
    regions = table(diamond(2), 1)
    assert persistence(regions).intervals(0).tolist() == [[-1.0, np.inf]]
    with pytest.raises(MissingExtraError, match=r"relugeom\[topology\]"):
        simplex_tree(regions)
