"""One region: its pattern, facets, measure and corners."""

import numpy as np
import pytest
import relugeom as rg
import shapely
from relugeom.errors import UnboundedError, UnsupportedError

import zoo


def test_one_region_by_hand():
    """The triangle x > 0, y > 0, x + y < 1 in the box [-1, 1]^2."""
    arr = rg.HyperplaneArrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    regions = rg.enumerate_regions(arr, zoo.cube(2))
    region = regions[int(regions.locate([[0.2, 0.2]])[0])]
    assert region.pattern.tolist() == [1, 1, -1]
    assert region.facets.tolist() == [0, 1, 2]
    assert region.volume == pytest.approx(0.5)
    assert region.inradius == pytest.approx(1 - 0.5**0.5)
    assert region.centre == pytest.approx([1 - 0.5**0.5] * 2)
    assert sorted(region.vertices.round(12).tolist()) == [[0, 0], [0, 1], [1, 0]]
    assert region.polygon.equals_exact(shapely.Polygon([(0, 0), (1, 0), (0, 1)]).normalize(), 1e-9)
    with pytest.raises(UnsupportedError, match="those of a network"):
        _ = region.affine_map


def test_unbounded_regions():
    arr = rg.HyperplaneArrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    regions = rg.enumerate_regions(arr)
    assert [r.volume for r in regions if r.bounded] == [pytest.approx(0.5)]
    assert sum(r.volume == np.inf for r in regions) == 6
    with pytest.raises(UnboundedError, match="volumes"):
        _ = regions.volumes


def test_rows_of_a_table():
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 4, 1], rng=0), zoo.cube(2))
    assert [r.index for r in regions] == list(range(len(regions)))
    assert regions[-1].index == len(regions) - 1
    np.testing.assert_array_equal(regions[3].pattern, regions.patterns[3])
    for i in (len(regions), -len(regions) - 1):
        with pytest.raises(IndexError, match="region"):
            _ = regions[i]
