"""Counts against closed forms and against numbers on which other tools agree."""

import os
from math import factorial
from pathlib import Path

import numpy as np
import pytest
import relugeom as rg
from relugeom.arrangements import counting, families

import zoo

# resonance A034997, threshold A000609, cross-polytope A027649: no engine went into these
FAMILIES = [
    *[(families.braid, (n,), factorial(n)) for n in (2, 3, 4, 5)],
    *[(families.resonance, (n,), c) for n, c in enumerate((2, 6, 32, 370, 11292), 1)],
    *[(families.threshold, (n,), c) for n, c in enumerate((4, 14, 104, 1882), 1)],
    *[(families.cross_polytope, (n,), 2 * 3**n - 2**n) for n in (1, 2, 3, 4)],
    *[(families.generic, (m, d, m), counting.zaslavsky(m, d)) for m, d in [(7, 1), (12, 2)]],
    *[(families.generic, (m, d, m), counting.zaslavsky(m, d)) for m, d in [(10, 3), (8, 4)]],
    *[(families.shi, (n,), (n + 1) ** (n - 1)) for n in (2, 3, 4)],
    *[(families.linial, (n,), c) for n, c in [(2, 2), (3, 7), (4, 36), (5, 246)]],
    (families.catalan, (4,), 336),
    (families.type_b, (4,), 384),
    (families.type_d, (4,), 192),
    (families.permutation, (4,), 120),
    (families.cube_walls, (4,), 81),
]
IDS = [f"{f.__name__}-{'-'.join(map(str, a))}" for f, a, _ in FAMILIES]


@pytest.mark.parametrize(("family", "args", "count"), FAMILIES, ids=IDS)
def test_families_in_all_of_space(family, args, count):
    arr = family(*args)
    assert rg.count_regions(arr) == count
    if count < 2000:
        regions = rg.enumerate_regions(arr, engine="lp")
        assert len(regions) == count
        np.testing.assert_array_equal(arr.signs(regions.points), regions.patterns)


@pytest.mark.parametrize(("family", "args", "count"), FAMILIES, ids=IDS)
def test_families_in_a_box_big_enough(family, args, count):
    """Central arrangements need any box around 0; the others one around all their corners."""
    arr = family(*args)
    half = 1e4 if family is families.generic else 20.0
    assert rg.count_regions(arr, zoo.cube(arr.dim, half), engine="vertex") == count


@pytest.mark.parametrize("central", [False, True])
@pytest.mark.parametrize(("d", "p"), [(2, 8), (3, 9), (4, 8)])
def test_moment_curve(d, p, central):
    arr = families.moment_curve(p, d, central=central)
    wanted = counting.central(p, d) if central else counting.zaslavsky(p, d)
    assert rg.count_regions(arr) == wanted


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_bounded_regions_and_edges_of_generic_arrangements(d, seed):
    m = 8
    regions = rg.enumerate_regions(families.generic(m, d, seed))
    assert sum(region.bounded for region in regions) == counting.bounded(m, d)
    edges = m * counting.zaslavsky(m - 1, d - 1)  # each hyperplane is cut by the other m - 1
    assert len(regions.neighbours.first) == edges


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_count_regions_is_the_length_of_the_table(d, engine):
    net = rg.ReLUNetwork.random([d, 7, 6, 1], rng=d)
    table = rg.enumerate_regions(net, zoo.cube(d), engine=engine)
    assert rg.count_regions(net, zoo.cube(d), engine=engine) == len(table)


# -- instances on which several independent tools agree; skipped where they are not at hand -------

SHARED = Path(__file__).parents[2].parent / "shared" / "instances"
INSTANCES = Path(os.environ.get("RELUGEOM_INSTANCES", SHARED))
COUNTS = {
    "rand_d2_16": 33,
    "rand_d2_32x32": 672,
    "digits_slice_d2_32x32": 221,
    "moons_d2_32x32x32": 1950,
    "rand_d2_64x64x64": 4917,
    "rand_d2_256x256x256": 103453,
    "rand_d3_16x16": 780,
    "rand_d3_32x32": 8137,
    "rand_d4_16x16": 5646,
    "rand_d4_24x24x24": 31822,
    "rand_d5_12x12": 5772,
    "rand_d6_16": 4212,
    "rand_d8_12": 2077,
    "stress/dup_neuron": 20,
    "stress/opposite_neuron": 20,
    "stress/nobias_1layer": 16,
    "stress/integer_2layer": 21,
    "stress/corner_line": 43,
    "stress/sawtooth_d2": 32,
    "stress/zero_row": 46,
    "stress/scale_1e-4": 162,
}


def instance(name):
    path = INSTANCES / f"{name}.npz"
    if not path.is_file():
        pytest.skip(f"no {path.name} at hand")
    return rg.load_network(path)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("name", COUNTS)
def test_instances(name, engine):
    net = instance(name)
    if (engine, name) == ("lp", "rand_d2_256x256x256"):
        pytest.skip("slow with this engine")
    assert rg.count_regions(net, zoo.cube(net.input_dim), engine=engine) == COUNTS[name]


@pytest.mark.parametrize(("name", "edges"), [("moons_d2_32x32x32", 3824), ("rand_d3_16x16", 2028)])
def test_instances_edges(name, edges):
    net = instance(name)
    assert len(rg.enumerate_regions(net, zoo.cube(net.input_dim)).neighbours.first) == edges


def test_instance_in_all_of_the_plane():
    assert rg.count_regions(instance("rand_d2_32x32")) == 2005


def test_instance_on_a_slice_is_the_net_of_the_slice():
    path = INSTANCES / "digits_d64_32x32.npz"
    net = instance("digits_d64_32x32")
    with np.load(path) as stored:
        part = rg.AffineSlice(stored["slice_origin"], stored["slice_basis"])
    assert rg.count_regions(net.restrict(part), zoo.cube(2)) == COUNTS["digits_slice_d2_32x32"]


@pytest.mark.parametrize("simple", [True, False])
def test_a_layer_in_all_of_space_is_counted_by_the_engine_that_enumerates_it(simple):
    net = rg.ReLUNetwork.random([4, 14, 1], rng=1)
    if not simple:
        net = rg.ReLUNetwork.from_weights([np.round(2 * net.weights[0]), net.weights[1]])
    table = rg.enumerate_regions(net)
    assert table.engine == ("sweep" if simple else "incremental")
    assert rg.count_regions(net) == len(table)
