"""Remembered results live as long as what they are results of."""

import gc
import weakref

import numpy as np
from relugeom._cache import remembered


def test_results_live_as_long_as_their_argument():
    class Thing:
        pass

    calls = []

    @remembered
    def array(thing):
        calls.append(1)
        return np.zeros(3)

    thing = Thing()
    assert array(thing) is array(thing)
    assert len(calls) == 1
    gone = []
    weakref.finalize(array(thing), gone.append, 1)
    del thing
    gc.collect()
    assert gone == [1]
