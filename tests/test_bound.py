"""What a row of a table of bounds says of its number."""

from math import inf, isnan, log

import pytest
from relugeom._bound import BoundTable, bound, on
from relugeom.errors import InvalidInputError


def row(observed, limit, kind="theorem", trivial=inf, **options):
    return bound("name", "cells", observed, log(limit), kind, "", trivial=trivial, **options)


def test_whole_numbers_are_compared_exactly():
    assert row(10**12, 10**12, value=10**12).holds
    assert not row(10**12 + 1, 10**12, value=10**12).holds
    assert row(10**12 + 1, 10**12).holds  # by logarithms: up to rounding
    assert not row(11, 10).holds


def test_what_is_no_limit_cannot_fail():
    for kind in ("measured", "attained", "claimed"):
        assert row(5, 2, kind).holds is None
        assert row(5, 2, kind).ratio == pytest.approx(2.5)
    assert row(5, 2, "not valid").holds is False


def test_vacuous_is_what_the_trivial_bound_says_too():
    assert row(1, 8, trivial=log(8)).vacuous
    assert not row(1, 8, trivial=log(9)).vacuous
    assert not row(1, 8, "claimed", trivial=log(8)).vacuous


def test_numbers_beyond_floats_and_none_at_all():
    large = bound("2^N", "cells", 5, 831.7766, "theorem", "", trivial=inf)
    assert (large.value, large.ratio, large.holds) == (inf, 0.0, True)
    table = BoundTable((large,), {"N": 1200})
    assert "e^831.8" in str(table)
    nothing = bound("T n", "crossings", 0, -inf, "theorem", "", trivial=inf)
    assert (nothing.value, nothing.holds) == (0.0, True)
    assert isnan(nothing.ratio)


def test_the_least_theorem_by_quantity_and_layer():
    bounds = (
        row(3, 9),
        row(3, 7),
        row(3, 2, "heuristic"),
        row(2, 5, layer=0),
        row(2, 2, "claimed", layer=1),
    )
    table = BoundTable(bounds, {})
    assert table.best("cells") is bounds[1]
    assert table.best("cells", 0) is bounds[3]
    assert table.observed == {"cells": 3}
    with pytest.raises(
        InvalidInputError, match="one of cells; cells, layer 1; got 'cells, layer 2'"
    ):
        table.best("cells", 1)
    notes = [line.rsplit("  ", 1)[1] for line in str(table).splitlines()[2:]]
    assert notes == ["theorem", "theorem, the least", "heuristic, exceeded", "theorem, the least",
                     "claimed, observed / value = 1"]  # fmt: skip
    assert on("cells", None) == "cells"
