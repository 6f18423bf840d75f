"""Tables that are not complete say so, and keep what was found."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.regions import enumerate as module

import zoo

NET = rg.ReLUNetwork.random([2, 10, 8, 1], rng=0)
FULL = rg.enumerate_regions(NET, zoo.cube(2))


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("limit", [1, 7, len(FULL) - 1])
def test_capped(limit, engine):
    part = rg.enumerate_regions(NET, zoo.cube(2), engine=engine, max_regions=limit)
    assert (len(part), part.complete, part.status) == (limit, False, "capped")
    assert str(limit) in part.message
    whole = {bytes(p): region for p, region in zip(FULL.patterns, FULL, strict=True)}
    for region in part:
        twin = whole[bytes(region.pattern)]
        assert region.facets.tolist() == twin.facets.tolist()
        assert region.volume == pytest.approx(twin.volume, rel=1e-9)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("limit", [len(FULL), len(FULL) + 1, None])
def test_a_limit_that_is_not_reached(limit, engine):
    table = rg.enumerate_regions(NET, zoo.cube(2), engine=engine, max_regions=limit)
    assert (len(table), table.complete, table.status) == (len(FULL), True, "complete")


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_capped_tables_keep_neurons_that_vanish(engine):
    net = zoo.integers()
    whole = rg.enumerate_regions(net, zoo.cube(2))
    known = {bytes(p) for p in whole.patterns}
    assert len(whole.zeros) > 0
    for limit in range(1, len(whole)):
        part = rg.enumerate_regions(net, zoo.cube(2), engine=engine, max_regions=limit)
        assert {bytes(p) for p in part.patterns} <= known
        np.testing.assert_array_equal(net.activation_pattern(part.points), part.patterns)


def stop_after_one_chunk(engine, size):
    def chunks(problem, chunk_size, jobs):
        found = engine(problem, size, jobs)
        yield next(found)
        raise KeyboardInterrupt

    return chunks


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_interrupted(engine, monkeypatch):
    stopped = stop_after_one_chunk(module._ENGINES[engine], 11)
    monkeypatch.setitem(module._ENGINES, engine, stopped)
    part = rg.enumerate_regions(NET, zoo.cube(2), engine=engine)
    assert (len(part), part.complete, part.status) == (11, False, "interrupted")
    assert "11" in part.message
    np.testing.assert_array_equal(NET.activation_pattern(part.points), part.patterns)
    assert {bytes(p) for p in part.patterns} <= {bytes(p) for p in FULL.patterns}
    with pytest.raises(KeyboardInterrupt):
        rg.count_regions(NET, zoo.cube(2), engine=engine)


def test_what_is_made_of_an_interrupted_table_says_so(monkeypatch):
    stopped = stop_after_one_chunk(module._ENGINES["vertex"], 11)
    graph = FULL.adjacency()
    monkeypatch.setitem(module._ENGINES, "vertex", stopped)
    for found in (graph.decision_regions(), rg.level_set(FULL)):
        assert (found.status, found.complete) == ("interrupted", False)
        assert "interrupted" in repr(found)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_interrupted_before_anything_was_found(engine, monkeypatch):
    def chunks(problem, chunk_size, jobs):
        raise KeyboardInterrupt
        yield

    monkeypatch.setitem(module._ENGINES, engine, chunks)
    part = rg.enumerate_regions(NET, zoo.cube(2), engine=engine)
    assert (len(part), part.status) == (0, "interrupted")
    assert part.patterns.shape == (0, NET.n_neurons)
    assert part.locate([[0.0, 0.0]]).tolist() == [-1]
    assert part.n_linear == 0
    assert part.volumes.shape == (0,)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("size", [1, 2, 37])
def test_the_size_of_the_chunks_does_not_matter(engine, size):
    problem = module.make_problem(NET, zoo.cube(2), FULL.tolerances)
    found = list(module._ENGINES[engine](problem, size, 1))
    assert max(len(c.points) for c in found) <= size
    words = np.concatenate([c.words for c in found])
    np.testing.assert_array_equal(np.sort(words, axis=0), FULL.words)


THIN = rg.HyperplaneArrangement([[1.0], [1.0]], [0.0, 5e-12])  # a cell too thin for floats


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_a_cell_too_thin_for_floats_is_found_in_rational_arithmetic(engine):
    table = rg.enumerate_regions(THIN, zoo.cube(1), engine=engine)
    assert (len(table), table.status, table.undecided) == (3, "complete", 0)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_an_undecided_table_says_so_and_is_not_counted(engine):
    floats_only = rg.Tolerances(exact=0)
    table = rg.enumerate_regions(THIN, zoo.cube(1), engine=engine, tolerances=floats_only)
    assert (table.complete, table.status) == (False, "undecided")
    assert table.undecided > 0
    with pytest.raises(rg.RelugeomError, match="too close to call"):
        rg.count_regions(THIN, zoo.cube(1), engine=engine, tolerances=floats_only)


def test_a_cell_below_the_noise_does_not_count():
    thinner = rg.HyperplaneArrangement([[1.0], [1.0]], [0.0, 1e-12])
    for engine in ("vertex", "lp"):
        assert rg.count_regions(thinner, zoo.cube(1), engine=engine) == 2
    finer = rg.Tolerances(on=1e-13, noise=1e-15, margin=1e-13)
    assert rg.count_regions(thinner, zoo.cube(1), tolerances=finer) == 3


def test_progress_bar_goes_to_stderr_only_when_asked(capsys):
    rg.enumerate_regions(NET, zoo.cube(2))
    assert capsys.readouterr() == ("", "")
    rg.enumerate_regions(NET, zoo.cube(2), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "regions" in err


def test_tolerances_of_geometry_are_those_of_the_table():
    """Corners a thousandth apart are two for the default, one if that is asked for."""
    net = rg.ReLUNetwork.from_weights([np.eye(3)[[0, 0]], [[1, 1]]], [[0.0, -1e-3], [0.0]])
    meshes = [
        rg.enumerate_regions(net, zoo.cube(3), tolerances=tolerances).mesh()
        for tolerances in (None, rg.Tolerances(weld=5e-3))
    ]
    assert [len(mesh.vertices) for mesh in meshes] == [16, 12]
