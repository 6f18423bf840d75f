"""Batches, remembered results, and threads that keep the order."""

import gc
import threading
import weakref

import numpy as np
import pytest
from relugeom._batches import batches
from relugeom._cache import remembered
from relugeom.regions._threads import in_order


@pytest.mark.parametrize(("n", "entries"), [(0, 1), (1, 0), (10, 1 << 21), (5, 1 << 30)])
def test_batches_cover_every_row_once(n, entries):
    parts = list(batches(n, entries))
    assert [i for part in parts for i in range(n)[part]] == list(range(n))
    assert all((part.stop - part.start) * entries <= max(1 << 22, entries) for part in parts)


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


@pytest.mark.parametrize("jobs", [1, 3])
def test_threads_keep_the_order_and_pass_errors_on(jobs):
    names = set()

    def square(k):
        names.add(threading.current_thread().name)
        return k * k if k < 50 else 1 / 0

    assert list(in_order(jobs, square, range(50))) == [k * k for k in range(50)]
    assert (names == {"MainThread"}) == (jobs == 1)
    with pytest.raises(ZeroDivisionError):
        list(in_order(jobs, square, range(60)))
