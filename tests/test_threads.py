"""Work in threads: the same results in the same order, little of it ahead, nothing after an end."""

import threading
import time

import pytest
from relugeom._threads import in_order, in_turns


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_the_order_of_the_tasks(jobs):
    def slow_first(k):
        time.sleep(0.002 * (k % 3 == 0))
        return k * k

    assert list(in_order(jobs, slow_first, range(40))) == [k * k for k in range(40)]


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_threads_run_ahead_by_two_tasks_each_at_most(jobs):
    drawn = []

    def tasks():
        for k in range(100):
            drawn.append(k)
            yield k

    for n, _ in enumerate(in_order(jobs, abs, tasks())):
        assert len(drawn) <= n + 1 + 2 * jobs
    assert len(drawn) == 100


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_drops_what_only_waits(error):
    begun, go = [], threading.Event()

    def work(k):
        begun.append(k)
        if k == 0:
            go.wait(5)
            raise error
        return k

    def tasks():
        yield from range(2, 4)
        yield 0
        go.set()
        yield from range(4, 1000)

    with pytest.raises(error):
        list(in_order(2, work, tasks()))
    count = len(begun)
    time.sleep(0.02)
    assert len(begun) == count < 20


@pytest.mark.parametrize("jobs", [2, 3])
def test_who_stops_early_leaves_no_thread_behind(jobs):
    before = threading.active_count()
    stream = in_order(jobs, abs, range(1000))
    assert next(stream) == 0
    stream.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_tasks_have_turns_until_they_are_done(jobs):
    tasks, turns = [[name, 5] for name in "abcdefg"], []

    def one_turn(task):
        task[1] -= 1
        return task[0]

    for task, name in in_turns(jobs, one_turn, tasks):
        turns.append(name)
        if task[1]:
            tasks.append(task)
    assert sorted(turns) == sorted("abcdefg" * 5)


def test_one_thread_finishes_a_task_before_it_begins_the_next():
    tasks, turns = [["a", 2], ["b", 2]], []

    def one_turn(task):
        task[1] -= 1
        return task[0]

    for task, name in in_turns(1, one_turn, tasks):
        turns.append(name)
        if task[1]:
            tasks.append(task)
    assert turns == ["b", "b", "a", "a"]


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_idle_threads_get_a_part_of_a_task(jobs):
    """Intervals are added up ten numbers a turn; each divides in the middle."""
    tasks, total, n_parts = [(0, 10_000)], 0, 1

    def halves(waiting):
        nonlocal n_parts
        if not waiting or waiting[-1][1] - waiting[-1][0] < 2:
            return None
        low, high = waiting.pop()
        middle = (low + high) // 2
        waiting.append((low, middle))
        n_parts += 1
        return middle, high

    def add(interval):
        low, high = interval
        return sum(range(low, min(low + 10, high)))

    for (low, high), found in in_turns(jobs, add, tasks, halves):
        total += found
        if low + 10 < high:
            tasks.append((low + 10, high))
    assert total == sum(range(10_000))
    assert (n_parts > 1) == (jobs > 1)


def test_an_error_in_a_turn_is_raised():
    def fail(task):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_turns(2, fail, [1, 2, 3]))
