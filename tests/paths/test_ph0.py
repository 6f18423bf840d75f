"""The dimension by minimum spanning trees, of known sets and by brute force."""

import numpy as np
import pytest
from relugeom.errors import InvalidInputError
from relugeom.kakeya import nulls
from relugeom.paths.ph0 import ph0_dimension
from scipy.spatial.distance import pdist, squareform


def length_of_tree(points):
    """The minimum spanning tree, by Prim's algorithm."""
    distances = squareform(pdist(points))
    inside, total = {0}, 0.0
    while len(inside) < len(points):
        i, j = min(
            ((i, j) for i in inside for j in range(len(points)) if j not in inside),
            key=lambda pair: distances[pair],
        )
        total += distances[i, j]
        inside.add(j)
    return total


@pytest.mark.parametrize("call", [
    lambda: ph0_dimension(np.ones((10, 2))),
    lambda: ph0_dimension(np.ones((40, 2)), alpha=0.0),
])  # fmt: skip
def test_bad_arguments(call):
    with pytest.raises(InvalidInputError):
        call()


def test_spanning_trees_of_a_line_a_square_and_a_walk():
    rng = np.random.default_rng(0)
    line, square = (
        ph0_dimension(rng.uniform(size=(1200, 1))),
        ph0_dimension(rng.uniform(size=(1200, 2))),
    )
    assert line.value == pytest.approx(1.0, abs=0.03)
    assert square.value == pytest.approx(2.0, abs=0.1)
    places = np.cumsum(nulls.isotropic(1200, 5000, rng=1), axis=0)
    walk = ph0_dimension(places)
    assert walk.value == pytest.approx(2.0, abs=0.3)
    assert 0 < walk.error < 0.1
    assert (walk.low, walk.high) == (150, 1200)


def test_the_slope_is_that_of_trees_by_brute_force():
    points = np.random.default_rng(3).uniform(size=(64, 2))
    found = ph0_dimension(points, n_sizes=3, n_repeats=1, rng=5)
    assert (found.low, found.high) == (8, 64)
    rng, sizes = np.random.default_rng(5), [8, 23, 64]
    lengths = [length_of_tree(points[rng.permutation(64)[:size]]) for size in sizes]
    slope = np.polyfit(np.log(sizes), np.log(lengths), 1)[0]
    assert found.slope == pytest.approx(slope)
    assert found.value == pytest.approx(1.0 / (1.0 - slope))


def test_copies_add_no_length():
    points = np.random.default_rng(3).uniform(size=(64, 2))
    assert np.isfinite(ph0_dimension(np.vstack([points, points])).value)
    assert np.isnan(ph0_dimension(np.ones((40, 2))).value)
