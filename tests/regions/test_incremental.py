"""Arrangements in all of space, hyperplane by hyperplane: against lp, closed forms and counting."""

from functools import partial
from itertools import product

import numpy as np
import pytest
import relugeom as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from relugeom.arrangements import counting, families

import zoo
from same import assert_same_table, assert_table_of

some = settings(max_examples=150, derandomize=True, deadline=None)
seeds = st.integers(0, 100_000)

#: Counts that no engine went into (closed forms; resonance A034997, threshold A000609).
FAMILIES = [
    (families.braid, (7,), 5040),
    (families.shi, (5,), 1296),
    (families.shi, (4, 2), 729),
    (families.shi, (4, 3), 2197),
    (families.shi, (6,), 16807),
    (families.catalan, (5,), 5040),
    (families.linial, (6,), 2104),
    (families.linial, (7,), 21652),
    (families.type_b, (5,), 3840),
    (families.type_b, (6,), 46080),
    (families.type_d, (5,), 1920),
    (families.type_d, (6,), 23040),
    (families.resonance, (5,), 11292),
    (families.threshold, (4,), 1882),
    (families.threshold, (5,), 94572),
    (families.cross_polytope, (8,), 2 * 3**8 - 2**8),
    (families.cube_walls, (7,), 3**7),
    (families.permutation, (6,), 5040),
    (families.moment_curve, (15, 5), 4944),
    (families.moment_curve, (12, 4), 794),
    (partial(families.moment_curve, central=True), (12, 5), 1124),
    (families.generic, (30, 4, 0), 31931),
    (families.generic, (24, 5, 1), counting.zaslavsky(24, 5)),
]
IDS = [f"{getattr(f, '__name__', 'central')}-{'-'.join(map(str, a))}" for f, a, _ in FAMILIES]


@pytest.mark.parametrize(("family", "args", "count"), FAMILIES, ids=IDS)
def test_families(family, args, count):
    arr = family(*args)
    table = rg.enumerate_regions(arr)
    assert table.engine in ("sweep", "incremental")
    assert len(table) == count == arr.n_regions()
    assert_table_of(arr, table)


@some
@given(seeds)
def test_all_engines_agree_on_degenerate_arrangements(seed):
    arr, whole = zoo.arrangement(seed)
    tables = [rg.enumerate_regions(arr, engine=e) for e in ("lp", "auto", "incremental")]
    for table in tables:
        assert_table_of(arr, table)
        assert_same_table(table, tables[0])
        if whole:  # floats are exact, so this count is
            assert len(table) == arr.n_regions()


@pytest.mark.parametrize("n", [2, 3, 4])
def test_edges_of_the_permutohedron_and_its_like(n):
    """Chambers of a Coxeter arrangement are simplicial cones: n facets each in R^n essential."""
    for family, rank in ((families.braid, n - 1), (families.type_b, n)):
        table = rg.enumerate_regions(family(n))
        assert (np.diff(table.facet_start) == rank).all()
        assert 2 * len(table.neighbours.first) == rank * len(table)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("d", [2, 3, 4])
def test_edges_are_the_regions_of_the_restrictions(d, seed):
    """The neighbours across H are as many as the regions of the traces on H."""
    rng = np.random.default_rng(seed)
    arr = rg.HyperplaneArrangement(rng.integers(-1, 2, (8, d)), rng.integers(-1, 2, 8))
    table = rg.enumerate_regions(arr)
    across = np.bincount(table.neighbours.neuron, minlength=8)
    rows = np.column_stack([arr.normals, arr.offsets])
    for k in np.flatnonzero(across):
        p = int(np.abs(rows[k, :d]).argmax())
        traces = np.delete(rows - rows[:, [p]] / rows[k, p] * rows[k], p, axis=1)
        on_it = traces[traces[:, :-1].any(axis=1)]
        wanted = (
            rg.HyperplaneArrangement(on_it[:, :-1], on_it[:, -1]).n_regions() if len(on_it) else 1
        )
        assert across[k] == wanted


def test_more_hyperplanes_than_a_word_has_bits():
    arr = families.generic(150, 2, 3)
    table = rg.enumerate_regions(arr)
    assert len(table) == counting.zaslavsky(150, 2)
    assert_table_of(arr, table)
    degenerate = rg.HyperplaneArrangement(
        np.vstack([arr.normals, arr.normals[:70]]), np.concatenate([arr.offsets, arr.offsets[:70]])
    )
    repeated = rg.enumerate_regions(degenerate)
    assert len(repeated) == len(table)
    np.testing.assert_array_equal(repeated.patterns[:, :70], repeated.patterns[:, 150:])


def test_a_thousand_lines():
    grid = np.repeat(np.eye(2), 600, axis=0)
    arr = rg.HyperplaneArrangement(grid, np.tile(np.arange(600.0), 2))
    table = rg.enumerate_regions(arr)
    assert (table.engine, len(table)) == ("incremental", 601**2)


def test_nothing_left():
    """Zero rows alone: one region, whose signs are those of the offsets."""
    arr = rg.HyperplaneArrangement(np.zeros((3, 4)), [1.0, 0.0, -2.0])
    for engine in ("auto", "incremental", "lp"):
        table = rg.enumerate_regions(arr, engine=engine)
        assert table.patterns.tolist() == [[1, 0, -1]]
        assert len(table.neighbours.first) == 0
        assert table.facets.tolist() == []


@pytest.mark.parametrize("engine", ["sweep", "incremental"])
def test_these_engines_are_for_arrangements_in_all_of_space(engine):
    deep = rg.ReLUNetwork.random([2, 3, 3, 1], rng=0)
    for source, domain in ((deep, None), (families.braid(3), zoo.cube(3))):
        with pytest.raises(rg.errors.UnsupportedError, match="one hidden layer, in all of space"):
            rg.enumerate_regions(source, domain, engine=engine)


@pytest.mark.parametrize("engine", ["sweep", "incremental"])
@pytest.mark.parametrize("jobs", [2, 3])
def test_threads_change_nothing(engine, jobs):
    for arr in (families.generic(12, 3, 5), families.generic(9, 1, 5)):
        one, many = (rg.enumerate_regions(arr, engine=engine, jobs=j) for j in (1, jobs))
        np.testing.assert_array_equal(one.words, many.words)
        np.testing.assert_array_equal(one.points, many.points)


def test_every_sign_vector_of_small_arrangements():
    """All 2^m sign vectors, each put to a linear program by scipy."""
    from scipy.optimize import linprog

    rng = np.random.default_rng(8)
    for _ in range(8):
        A, c = rng.integers(-1, 2, (6, 3)).astype(float), rng.integers(-1, 2, 6).astype(float)
        A[~A.any(axis=1), 0] = 1
        norm = np.linalg.norm(A, axis=1)
        wanted = []
        for signs in product((-1, 1), repeat=6):
            G = np.column_stack([-(np.array(signs) / norm)[:, None] * A, np.ones(6)])
            ball = linprog(
                [0, 0, 0, -1],
                G,
                np.array(signs) / norm * c,
                bounds=[(None, None)] * 3 + [(None, 1)],
            )
            if -ball.fun > 1e-7:
                wanted.append(signs)
        table = rg.enumerate_regions(rg.HyperplaneArrangement(A, c), engine="incremental")
        assert sorted(map(tuple, table.patterns.tolist())) == wanted
