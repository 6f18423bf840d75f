"""When two tables are the same, and when one is that of its network or arrangement."""

import numpy as np


def assert_same_table(a, b):
    """The same regions, facets and neighbours, whichever engine found them; points may differ."""
    assert a.complete, a.message
    assert b.complete, b.message
    for name in ("words", "zeros", "facet_start", "facets"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    for name in ("first", "second", "neuron"):
        np.testing.assert_array_equal(getattr(a.neighbours, name), getattr(b.neighbours, name))
    assert a.neighbours.unmatched == b.neighbours.unmatched == 0


def assert_points_inside(regions):
    net = regions.source
    np.testing.assert_array_equal(net.activation_pattern(regions.points), regions.patterns)
    if regions.domain is not None:
        assert regions.domain.contains(regions.points).all()


def assert_table_of(arr, table):
    """Points show the patterns, no pattern is there twice, and the table is complete."""
    assert table.complete
    patterns = arr.signs(table.points)
    np.testing.assert_array_equal(
        patterns[table.patterns != 0], table.patterns[table.patterns != 0]
    )
    assert len(np.unique(table.words, axis=0)) == len(table)
