"""When two tables are the same."""

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
