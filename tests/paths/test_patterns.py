import numpy as np
import pytest
import relugeom as rg
from relugeom.paths import cell_visits, patterns_per_sample

from runs import masks_along, random_walk


@pytest.mark.parametrize("widths", [[2, 4, 1], [2, 3, 3, 1]])
def test_patterns_of_each_sample_are_those_seen_between_events(widths):
    path, X = random_walk(widths, n=6, seed=4)
    events = rg.crossings(path, X)
    seen = [set() for _ in X]
    for _, _, on in masks_along(path, events, X):
        for i, row in enumerate(on):
            seen[i].add(row.tobytes())
    found = patterns_per_sample(events)
    assert found.tolist() == [len(s) for s in seen]
    alone = [cell_visits(rg.crossings(path, X[i : i + 1])).n_cells for i in range(len(X))]
    assert found.tolist() == alone


def test_without_crossings_every_sample_has_one_pattern():
    path, X = random_walk([2, 3, 1], steps=3, size=0.0)
    assert patterns_per_sample(rg.crossings(path, X)).tolist() == [1] * len(X)


def test_hamming_counts_neurons_that_differ():
    path, X = random_walk([2, 4, 3, 1], steps=6)
    on = [np.hstack([z > 0 for z in path.network(t).preactivations(X)]) for t in range(7)]
    found = rg.paths.hamming(path, X, every=4)  # between steps 0, 4, 6
    expected = [
        [(a != b)[:, :4].sum(), (a != b)[:, 4:].sum()] for a, b in ((on[0], on[4]), (on[4], on[6]))
    ]
    np.testing.assert_array_equal(found, expected)
