"""Tolerances that make no sense are refused."""

import pytest
import relugeom as rg


def test_tolerances_that_are_none():
    for bad in (
        {"on": 0.0},
        {"noise": 1.0},
        {"margin": float("nan")},
        {"noise": 1e-3},
        {"exact": -1},
    ):
        with pytest.raises(rg.RelugeomError, match=next(iter(bad))):
            rg.Tolerances(**bad)
