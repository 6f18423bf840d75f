"""Work shared between threads, its results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def in_order(jobs: int, function: Callable[[S], T], tasks: Iterable[S]) -> Iterator[T]:
    """Yield ``function(task)`` for each task; threads run ahead by two tasks each at most."""
    if jobs == 1:
        yield from map(function, tasks)
        return
    with ThreadPoolExecutor(jobs) as threads:
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            waiting.append(threads.submit(function, task))
            if len(waiting) > 2 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
