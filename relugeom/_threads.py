"""Work shared between threads: results in order, or as they come.

What runs is waited for when a caller stops, by Ctrl-C or otherwise; what only waits is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


@contextmanager
def _threads(jobs: int) -> Iterator[ThreadPoolExecutor]:
    threads = ThreadPoolExecutor(jobs)
    try:
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


def in_order(jobs: int, function: Callable[[S], T], tasks: Iterable[S]) -> Iterator[T]:
    """Yield ``function(task)`` for each task; threads run ahead by two tasks each at most."""
    if jobs == 1:
        yield from map(function, tasks)
        return
    with _threads(jobs) as threads:
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            waiting.append(threads.submit(function, task))
            if len(waiting) > 2 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def in_turns(
    jobs: int,
    function: Callable[[S], T],
    tasks: list[S],
    divide: Callable[[list[S]], S | None] = lambda tasks: None,
) -> Iterator[tuple[S, T]]:
    """Yield ``(task, function(task))`` as soon as a turn is over.

    Parameters
    ----------
    jobs : int
        Threads.
    function : callable
        Works on a task for a bounded time.
    tasks : list
        Those that wait: the last is taken first. The caller appends what is to have another turn.
    divide : callable, optional
        Splits a task off one of those that wait, for a thread that would be idle; None if it
        cannot.
    """
    if jobs == 1:
        while tasks:
            task = tasks.pop()
            yield task, function(task)
        return
    with _threads(jobs) as threads:
        running: dict[Future[T], S] = {}
        while tasks or running:
            while len(tasks) + len(running) < jobs and (part := divide(tasks)) is not None:
                tasks.append(part)
            while tasks and len(running) < jobs:
                task = tasks.pop()
                running[threads.submit(function, task)] = task
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
