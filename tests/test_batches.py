"""Batches cover every row once."""

import pytest
from relugeom._batches import batches


@pytest.mark.parametrize(("n", "entries"), [(0, 1), (1, 0), (10, 1 << 21), (5, 1 << 30)])
def test_batches_cover_every_row_once(n, entries):
    parts = list(batches(n, entries))
    assert [i for part in parts for i in range(n)[part]] == list(range(n))
    assert all((part.stop - part.start) * entries <= max(1 << 22, entries) for part in parts)
