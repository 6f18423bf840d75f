"""The sweep of simple arrangements: against the other engines and closed forms."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.arrangements import counting, families

from same import assert_same_table, assert_table_of


@pytest.mark.parametrize(("d", "p"), [(1, 6), (2, 9), (3, 9), (4, 9), (5, 9), (6, 8), (9, 10)])
@pytest.mark.parametrize("central", [False, True])
def test_simple_arrangements_are_swept(d, p, central):
    rng = np.random.default_rng(10 * d + p)
    arr = rg.HyperplaneArrangement(
        rng.standard_normal((p, d)), np.zeros(p) if central else rng.standard_normal(p)
    )
    tables = [rg.enumerate_regions(arr, engine=e) for e in ("auto", "incremental", "lp")]
    assert [t.engine for t in tables] == ["sweep", "incremental", "lp"] if d > 1 else True
    assert len(tables[0]) == (counting.central if central else counting.zaslavsky)(p, d)
    for table in tables:
        assert_table_of(arr, table)
        assert_same_table(table, tables[-1])


def test_the_sweep_hands_over_what_is_not_simple():
    grid = families.cube_walls(2)
    with pytest.raises(rg.errors.UnsupportedError, match=r"not simple.*engine='lp'"):
        rg.enumerate_regions(grid, engine="sweep")
    assert rg.enumerate_regions(grid).engine == "incremental"
    assert "not simple" in rg.enumerate_regions(grid).engine_reason


def test_hyperplanes_too_near_to_tell_apart_go_to_lp():
    arr = rg.HyperplaneArrangement([[1, 0], [1, 0], [0, 1]], [1, 1 + 5e-12, 1])
    table = rg.enumerate_regions(arr)
    assert (table.engine, len(table)) == ("lp", 6)
    assert len(table.neighbours.first) == 7


def test_a_network_of_one_hidden_layer_is_an_arrangement():
    net = rg.ReLUNetwork.random([3, 9, 1], rng=4)
    table = rg.enumerate_regions(net)
    assert table.engine == "sweep"
    assert_same_table(table, rg.enumerate_regions(net, engine="lp"))
    assert rg.count_regions(net) == counting.zaslavsky(9, 3)
