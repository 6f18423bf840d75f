"""Work shared among threads comes back in order."""

import threading

import pytest
from relugeom.regions._threads import in_order


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
