"""Tables in parts: every region is in exactly one of them."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.arrangements import families

import zoo


@pytest.mark.parametrize("engine", ["vertex", "lp"])
@pytest.mark.parametrize("chunk", [1, 17, 100_000])
def test_parts_of_a_stream_make_the_table(engine, chunk):
    net, box = rg.ReLUNetwork.random([2, 10, 8, 1], rng=3), zoo.cube(2)
    whole = rg.enumerate_regions(net, box)
    parts = list(rg.iter_regions(net, box, engine=engine, chunk=chunk))
    assert max(map(len, parts)) <= chunk
    assert {part.status for part in parts} == {"part"}
    words = np.concatenate([part.words for part in parts])
    np.testing.assert_array_equal(np.sort(words, axis=0), whole.words)
    assert sum(part.volumes.sum() for part in parts) == pytest.approx(box.volume)


def test_a_stream_can_be_left_early():
    net, box = rg.ReLUNetwork.random([3, 40, 40, 1], rng=0), zoo.cube(3)
    first = next(iter(rg.iter_regions(net, box, chunk=10, jobs=2)))
    assert 0 < len(first) <= 10


@pytest.mark.parametrize("name", ["jobs", "chunk"])
def test_bad_numbers(name):
    net, box = rg.ReLUNetwork.random([2, 4, 1], rng=0), zoo.cube(2)
    with pytest.raises(rg.errors.InvalidInputError, match=f"`{name}`"):
        list(rg.iter_regions(net, box, **{name: 0}))


@pytest.mark.parametrize("engine", ["sweep", "incremental", "lp"])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_streams(engine, chunk):
    arr = families.moment_curve(7, 3)
    parts = list(rg.iter_regions(arr, engine=engine, chunk=chunk))
    assert max(map(len, parts)) <= chunk
    words = np.concatenate([part.words for part in parts])
    np.testing.assert_array_equal(np.sort(words, axis=0), rg.enumerate_regions(arr).words)
    assert rg.count_regions(arr, engine=engine) == len(words)


@pytest.mark.parametrize(
    ("arr", "engine"), [(families.moment_curve(9, 3), "sweep"), (families.braid(5), "lp")]
)
def test_parts_are_swept_where_the_arrangement_is_simple(arr, engine):
    parts = list(rg.iter_regions(arr, chunk=40))
    assert {part.engine for part in parts} == {engine}
    assert len(parts) <= 2 * len(rg.enumerate_regions(arr)) / 40 + 1
    words = np.sort(np.concatenate([part.words for part in parts]), axis=0)
    np.testing.assert_array_equal(words, rg.enumerate_regions(arr).words)
