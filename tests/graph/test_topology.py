"""Topology: sets of known shape, gudhi on a triangulation, cubical grids, duality, invariants."""

import sys
from itertools import combinations

import numpy as np
import pytest
import relugeom as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.errors import (
    InvalidInputError,
    MissingExtraError,
    UnboundedError,
    UnsupportedError,
)
from relugeom.graph.topology import betti, critical_points, persistence, simplex_tree

import zoo


def absolute(d):
    """First layer whose neurons are the positive and negative parts of the coordinates."""
    return np.kron(np.eye(d), [[1.0], [-1.0]])


def ring(d):
    """1/2 - | |x_1| + |x_2| - 2 | - |x_3|: positive on a ring, a solid torus in space."""
    first = absolute(d)
    second = np.zeros((2 + (d == 3), 2 * d))
    second[0, :4], second[1, :4] = 1, -1
    second[2:, 4:] = 1
    return rg.ReLUNetwork.from_weights(
        [first, second, -np.ones((1, len(second)))],
        [np.zeros(2 * d), [-2, 2, 0][: len(second)], [0.5]],
    )


def two_discs():
    """1 - min(|x - 2|, |x + 2|) - |y|."""
    return rg.ReLUNetwork.from_weights(
        [
            [[1, 0], [-1, 0], [1, 0], [-1, 0], [0, 1], [0, -1]],
            [[1, 1, -1, -1, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1]],
            [[1, -1, -1]],
        ],
        [[-2, 2, 2, -2, 0, 0], [0, 0, 0], [1]],
    )


def diamond(d, offset=-1.0, sign=1.0):
    """Plus or minus (|x_1| + ... + |x_d| + offset)."""
    return rg.ReLUNetwork.from_weights(
        [absolute(d), np.full((1, 2 * d), sign)], [np.zeros(2 * d), [sign * offset]]
    )


def saddle():
    """|x| - |y|."""
    return rg.ReLUNetwork.from_weights([absolute(2), [[1, 1, -1, -1]]])


def plateau():
    """max(|x| + |y| - 1, 0)."""
    return rg.ReLUNetwork.from_weights(
        [absolute(2), np.ones((1, 4)), [[1]]], [np.zeros(4), [-1], [0]]
    )


def monkey_saddle():
    """The median of three linear forms that add up to 0."""
    l1, l2 = np.array([1.0, 0.0]), np.array([-0.5, 0.75])
    l3 = -l1 - l2
    return rg.ReLUNetwork.from_weights(
        [
            np.vstack([np.eye(2), l2 - l1, l1 - l2]),
            np.vstack(
                [np.append(l3 - l1, [-1, 0]), np.append(l1 - l3, [0, -1]), np.eye(4)]
            ),
            [[-1, 1, -2, 0, -1, 1]],
        ],
        slopes=[[1, 1, 0, 0], [0, 0, 1, 1, 1, 1]],
    )  # fmt: skip


def table(net, half):
    return rg.enumerate_regions(net, zoo.cube(net.input_dim, half))


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


def test_a_cone():
    """Four corners at the top of a square are no critical points of its sublevel sets."""
    found = critical_points(table(diamond(2), 1))
    assert len(found) == 1
    assert found.value.tolist() == [-1.0]
    assert found.point.tolist() == [[0.0, 0.0]]
    assert found.kind.tolist() == ["minimum"]
    upside_down = critical_points(table(diamond(2, sign=-1.0), 1))
    assert upside_down.counts.tolist() == [4, 4, 1]  # corners, middles of sides, the top
    assert upside_down.outer.tolist() == [True] * 8 + [False]
    assert sorted(map(tuple, np.abs(upside_down.point[4:8]))) == [(0, 1), (0, 1), (1, 0), (1, 0)]


def test_a_saddle_and_a_monkey_saddle():
    for net, multiplicity in ((saddle(), 1), (monkey_saddle(), 2)):
        found = critical_points(table(net, 1))
        (inner,) = np.flatnonzero(~found.outer)
        assert found.multiplicity[inner].tolist() == [0, multiplicity, 0]
        assert found.point[inner].tolist() == [0.0, 0.0]
        assert found.value[inner] == 0.0


def test_flat_sets_are_one_critical_point():
    found = critical_points(table(plateau(), 2))
    assert found.kind.tolist() == ["minimum"]
    assert (found.flat[0], found.value[0]) == (2, 0.0)
    net = ring(2)
    valley = rg.ReLUNetwork.from_weights(  # the distance from a diamond: a ring of minima
        [*net.weights[:-1], -net.weights[-1]], [*net.biases[:-1], [0.0]]
    )
    found = critical_points(table(valley, 4))
    ring_of_minima = found.multiplicity[0]
    assert (ring_of_minima.tolist(), found.flat[0], found.kind[0]) == ([1, 1, 0], 1, "degenerate")
    assert (found.multiplicity[1].tolist(), found.value[1]) == ([0, 0, 1], 2.0)


def test_a_constant_output():
    net = rg.ReLUNetwork.from_weights([[[1.0, 2.0]], [[0.0]]], [[0.0], [3.0]])
    found = critical_points(table(net, 1))
    assert found.multiplicity.tolist() == [[1, 0, 0]]
    assert (found.flat[0], found.value[0]) == (2, 3.0)
    assert persistence(table(net, 1)).intervals(0).tolist() == [[3.0, np.inf]]
    assert betti(table(net, 1), "class", label=1).tolist() == [1, 0]
    assert betti(table(net, 1), "boundary").tolist() == [0, 0]


def check_morse(regions):
    """Morse inequalities; equality at the top: the Euler characteristic of the domain is 1."""
    d = regions.dim
    sign = (-1.0) ** np.arange(d + 1)
    found = critical_points(regions)
    partial = [abs(sign[k]) * sign[k] * (sign * found.counts)[: k + 1].sum() for k in range(d + 1)]
    assert all(p >= sign[k] for k, p in enumerate(partial))
    assert partial[-1] == sign[d]
    intervals = persistence(regions)
    born = np.bincount(intervals.dimension, minlength=d + 1)
    died = np.bincount(intervals.dimension[np.isfinite(intervals.death)] + 1, minlength=d + 1)
    assert (born + died <= found.counts).all()
    ends = np.concatenate([intervals.birth, intervals.death])
    assert np.isin(ends[np.isfinite(ends)], found.value).all()


def check_gudhi(regions):
    pytest.importorskip("gudhi")
    tree = simplex_tree(regions)
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    own = persistence(regions)
    for k in range(regions.dim):
        theirs = np.reshape(tree.persistence_intervals_in_dimension(k), (-1, 2))
        theirs = theirs[theirs[:, 0] < theirs[:, 1]]
        ours = own.intervals(k)
        assert ours[np.lexsort(ours.T)].tolist() == theirs[np.lexsort(theirs.T)].tolist()


@settings(max_examples=120, derandomize=True, deadline=None)
@given(st.integers(0, 1_000_000))
def test_stress(seed):
    net = zoo.stress(seed)
    regions = table(net, 1)
    check_morse(regions)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.integers(0, 1_000_000))
def test_persistence_on_a_triangulation(seed):
    check_gudhi(table(zoo.stress(seed), 1))


@pytest.mark.parametrize("shape", [(1, 20, 20, 1), (2, 20, 20, 1), (3, 9, 9, 1), (4, 6, 6, 1)])
def test_random_networks(shape):
    regions = table(rg.ReLUNetwork.random(shape, rng=5), 2)
    check_morse(regions)
    diagram = persistence(regions)
    for threshold in np.quantile(regions.complex.outputs, [0.1, 0.4, 0.7]) + 1e-9:
        below = betti(regions, "sublevel", threshold=threshold)
        assert below.tolist() == diagram.betti(threshold).tolist()
    check_gudhi(regions)


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
    polyhedra = regions.complex
    n_classes = regions.source.output_dim
    for i, j in combinations(range(n_classes), 2):
        polyhedra = polyhedra.cut(polyhedra.outputs[:, i] - polyhedra.outputs[:, j], zero=1e-9)
    top = polyhedra.outputs >= polyhedra.outputs.max(axis=1, keepdims=True) - 1e-9
    corner = np.eye(len(top), dtype=bool)
    corners = np.concatenate(polyhedra.of_vertices(corner, np.logical_or))
    winner = np.concatenate(polyhedra.of_vertices(top, np.logical_and)).argmax(axis=1)
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


def test_without_gudhi(monkeypatch):
    monkeypatch.setitem(sys.modules, "gudhi", None)
    regions = table(diamond(2), 1)
    assert persistence(regions).intervals(0).tolist() == [[-1.0, np.inf]]
    with pytest.raises(MissingExtraError, match=r"relugeom\[topology\]"):
        simplex_tree(regions)


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
