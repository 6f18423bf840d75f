"""Betti numbers: sets of known shape, cubical grids, open faces, duality."""

from itertools import combinations

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import (
    InvalidInputError,
    UnboundedError,
    UnsupportedError,
)
from relugeom.graph.topology import betti, critical_points, persistence

import zoo
from shapes import diamond, plateau, ring, saddle, table, two_discs

SHAPES = {
    "annulus": (ring(2), 4, (1, 1), (2, 1), (2, 2)),
    "two discs": (two_discs(), 4, (2, 0), (1, 2), (2, 2)),
    "solid torus": (ring(3), 4, (1, 1, 0), (1, 1, 1), (1, 2, 1)),
    "ball": (diamond(3, sign=-1.0), 2, (1, 0, 0), (1, 0, 1), (1, 0, 1)),
    "ball in four dimensions": (diamond(4, sign=-1.0), 2, (1, 0, 0, 0), (1, 0, 0, 1), (1, 0, 0, 1)),
    "two points": (diamond(1), 3, (2,), (1,), (2,)),
    "open sectors that touch in a point": (saddle(), 1, (2, 0), (1, 0), (1, 0)),
    "outside of a flat set": (plateau(), 2, (1, 1), (1, 0), (1, 1)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_sets_of_known_shape(shape):
    net, half, on, off, boundary = SHAPES[shape]
    regions = table(net, half)
    assert betti(regions, "class", label=1).tolist() == list(on)
    assert betti(regions, "class", label=0).tolist() == list(off)
    for label in (None, 0, 1):
        assert betti(regions, "boundary", label=label).tolist() == list(boundary)
    assert betti(regions).tolist() == [1] + [0] * (net.input_dim - 1)


def test_level_sets():
    regions = table(plateau(), 2)
    at = {of: betti(regions, of, threshold=0.0).tolist() for of in ("sublevel", "level")}
    assert at == {"sublevel": [1, 0], "level": [1, 0]}  # the flat square
    assert betti(regions, "superlevel", threshold=0.0).tolist() == [1, 0]  # everything
    assert betti(regions, "superlevel", threshold=0.5).tolist() == [1, 1]
    assert betti(regions, "level", threshold=0.5).tolist() == [1, 1]
    assert betti(regions, "level", threshold=2.5).tolist() == [4, 0]  # at the corners
    assert betti(regions, "sublevel", threshold=-1.0).tolist() == [0, 0]
    assert betti(regions, "level", threshold=9.0).tolist() == [0, 0]


def test_a_constant_output():
    net = rg.ReLUNetwork.from_weights([[[1.0, 2.0]], [[0.0]]], [[0.0], [3.0]])
    found = critical_points(table(net, 1))
    assert found.multiplicity.tolist() == [[1, 0, 0]]
    assert (found.flat[0], found.value[0]) == (2, 3.0)
    assert persistence(table(net, 1)).intervals(0).tolist() == [[3.0, np.inf]]
    assert betti(table(net, 1), "class", label=1).tolist() == [1, 0]
    assert betti(table(net, 1), "boundary").tolist() == [0, 0]


def grid_betti(inside):
    """Betti numbers of the grid points of a set, with the cubes that have all corners in it."""
    gudhi = pytest.importorskip("gudhi")
    cubes = gudhi.CubicalComplex(vertices=np.where(inside, 0.0, 1.0))
    cubes.compute_persistence(homology_coeff_field=2)
    return list(cubes.persistent_betti_numbers(0.0, 0.5))[: inside.ndim]


@pytest.mark.parametrize(
    ("shape", "n", "seeds"),
    [
        ((1, 20, 20, 3), 5000, (2, 3, 7)),
        ((2, 12, 10, 3), 200, (1, 2, 4)),
        ((3, 8, 8, 3), 60, (5, 6)),
    ],
)
def test_classes_against_a_cubical_grid(shape, n, seeds):
    d, axis = shape[0], np.linspace(-2, 2, n)
    grid = np.stack(np.meshgrid(*[axis] * d, indexing="ij"), axis=-1).reshape(-1, d)
    for seed in seeds:
        regions = table(rg.ReLUNetwork.random(shape, rng=seed), 2)
        predicted = regions.source.predict(grid).reshape([n] * d)
        for k in range(3):
            assert betti(regions, "class", label=k).tolist() == grid_betti(predicted == k)


def class_as_open_faces(regions, label):
    """Betti numbers of a class as a union of relatively open faces, ties and all.

    Such a union has the homotopy type of the complex of the chains of its faces. A face is in when
    ``label`` is the first of the classes at the top on all of it.
    """
    gudhi = pytest.importorskip("gudhi")
    complex = regions.complex
    n_classes = regions.source.output_dim
    for i, j in combinations(range(n_classes), 2):
        complex = complex.cut(complex.outputs[:, i] - complex.outputs[:, j], zero=1e-9)
    top = complex.outputs >= complex.outputs.max(axis=1, keepdims=True) - 1e-9
    corner = np.eye(len(top), dtype=bool)
    corners = np.concatenate(complex.of_vertices(corner, np.logical_or))
    winner = np.concatenate(complex.of_vertices(top, np.logical_and)).argmax(axis=1)
    own = corners[winner == label].astype(int)
    smaller = own @ own.T == own.sum(axis=1)[:, None]
    tree = gudhi.SimplexTree()
    for i in range(len(own)):
        tree.insert([i])
    for i, j in np.argwhere(np.triu(smaller | smaller.T, 1)):
        tree.insert([int(i), int(j)])
    tree.expansion(regions.dim)
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    found = tree.betti_numbers()
    return (found + [0] * regions.dim)[: regions.dim]


@pytest.mark.parametrize("seed", range(16))
def test_classes_with_ties(seed):
    """Small whole weights: outputs that are equal on whole regions, and points where all are."""
    rng = np.random.default_rng(seed)
    d = 1 + seed % 2
    shape = [(3, d), (3, 3), (3, 3)]
    net = rg.ReLUNetwork.from_weights(
        [rng.integers(-1, 2, s) for s in shape], [rng.integers(-1, 2, s[0]) for s in shape]
    )
    regions = table(net, 2)
    for label in range(3):
        assert betti(regions, "class", label=label).tolist() == class_as_open_faces(regions, label)


def test_pieces_of_a_class_are_its_decision_regions():
    for seed in range(4):
        regions = table(rg.ReLUNetwork.random([2, 12, 10, 4], rng=seed), 3)
        pieces = regions.adjacency().decision_regions()
        count = np.bincount(pieces.classes, minlength=4)
        assert [betti(regions, "class", label=k)[0] for k in range(4)] == count.tolist()


@pytest.mark.parametrize("d", [2, 3])
def test_holes_are_pieces_of_the_complement(d):
    """Alexander duality: b_{d-1} counts the pieces of the rest that miss the domain's boundary.

    Just above a minimum inside the domain there is at least one.
    """
    holes = 0
    for seed in range(8):
        net = rg.ReLUNetwork.random([d, 16, 12, 1], rng=seed)
        found = critical_points(table(net, 3))
        for i in np.flatnonzero(~found.outer & (found.kind == "minimum"))[:1]:
            level = found.value[i : i + 2].mean() + 1e-3
            biases = [*net.biases[:-1], net.biases[-1] - level]
            regions = table(rg.ReLUNetwork.from_weights(net.weights, biases), 3)
            parts = regions.adjacency().decision_regions()
            start, facets = parts.pieces.facet_start, parts.pieces.facets
            owner = np.repeat(np.arange(len(parts.pieces)), np.diff(start))
            outer = np.unique(parts.component[owner[facets < 0]])
            inner = np.setdiff1d(np.arange(len(parts)), outer)
            for k in (0, 1):
                enclosed = int((parts.classes[inner] == 1 - k).sum())
                assert betti(regions, "class", label=k)[d - 1] == enclosed
                holes += enclosed
    assert holes > 0


def test_bad_input():
    net = rg.ReLUNetwork.random([2, 4, 3], rng=0)
    regions = table(net, 1)
    with pytest.raises(InvalidInputError, match="`of` must be one of"):
        betti(regions, "sphere")
    with pytest.raises(InvalidInputError, match="`label` must be a class"):
        betti(regions, "class")
    for label in (3, -1, "a", 0.5):
        with pytest.raises(InvalidInputError, match="`label` must be a"):
            betti(regions, "class", label=label)
    with pytest.raises(InvalidInputError, match="`output` must be"):
        betti(regions, "level", output=3, threshold=0.0)
    for threshold in (None, np.nan, "high", [0.0, 1.0]):
        with pytest.raises(InvalidInputError, match="`threshold`"):
            betti(regions, "sublevel", threshold=threshold)
    with pytest.raises(UnboundedError, match="bounded"):
        critical_points(rg.enumerate_regions(net))
    lines = rg.enumerate_regions(rg.HyperplaneArrangement([[1.0, 0.0]]), zoo.cube(2))
    assert betti(lines).tolist() == [1, 0]
    with pytest.raises(UnsupportedError, match="of a network"):
        persistence(lines)
    with pytest.raises(UnsupportedError, match="of a network"):
        betti(lines, "boundary")
