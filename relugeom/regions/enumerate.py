"""`enumerate_regions` and its kin: choose an engine, run it, collect its chunks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import choice, positive_int
from .._progress import progress_bar
from ..arrangements.arrangement import HyperplaneArrangement
from ..errors import UndecidedError
from ..tolerances import Tolerances
from . import incremental, lp, packing, sweep, vertex
from ._kernel_sort import scatter
from .essential import Doubt, is_plain
from .facets import join_facets
from .problem import Chunk, ChunkIterator, Problem, Source, make_problem
from .table import Regions

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from ..arrangements.domains import Domain

_CHUNK = 16_384
_VERTEX_DIM = 4  # up to here the vertex engine is the faster one
_ENGINES: dict[str, Callable[[Problem, int, int], ChunkIterator]] = {
    "vertex": vertex.chunks,
    "lp": lp.chunks,
    "sweep": sweep.chunks,
    "incremental": incremental.chunks,
}


def enumerate_regions(
    source: Source,
    domain: Domain | None = None,
    *,
    engine: str = "auto",
    jobs: int = 1,
    max_regions: int | None = None,
    tolerances: Tolerances | None = None,
    progress: bool | None = None,
) -> Regions:
    """Enumerate every activation region of a network, or chamber of an arrangement.

    Parameters
    ----------
    source : ReLUNetwork or HyperplaneArrangement
    domain : Box or Polytope, optional
        Where to look; all of space if not given.
    engine : {"auto", "vertex", "lp", "sweep", "incremental"}
        "vertex" splits polytopes kept by their vertices and needs a bounded domain; "lp" keeps one
        witness point a cell and takes any domain. "sweep" (simple arrangements) and "incremental"
        (any) are for arrangements, or networks of one hidden layer, in all of space. All give the
        same table. "auto" takes "vertex" for bounded domains up to dimension 4, for plain
        arrangements the first of the latter two that can do it, and otherwise "lp".
    jobs : int, default 1
        Threads; the table does not depend on it.
    max_regions : int, optional
        Stop when this many regions are found; the table then says ``status="capped"``.
    tolerances : Tolerances, optional
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    Regions
        Sorted by pattern. After Ctrl-C it holds what was found, with ``status="interrupted"``.

    Raises
    ------
    DomainError
        If the domain does not fit the input space, or is unbounded and ``engine="vertex"``.

    Notes
    -----
    A region counts when its interior is not empty. Neurons that are constant on a region (dead, or
    without input) cut nothing; one that is exactly zero on a whole region has sign 0 there.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([2, 8, 8, 1], rng=0)
    >>> a = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))
    >>> b = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]), engine="lp")
    >>> bool((a.patterns == b.patterns).all())
    True
    """
    started = time.perf_counter()
    problem = make_problem(source, domain, tolerances or Tolerances())
    limit = None if max_regions is None else positive_int("max_regions", max_regions)
    threads = positive_int("jobs", jobs)
    candidates = _candidates(problem, engine)
    for name, reason in candidates:
        found: list[Chunk] = []
        count, status = 0, "complete"
        bar = progress_bar(progress, desc="regions", unit=" regions")
        try:
            for chunk in _ENGINES[name](problem, _CHUNK, threads):
                found.append(chunk)
                count += len(chunk.points)
                bar.update(len(chunk.points))
                if limit is not None and count > limit:
                    status = "capped"
                    break
        except KeyboardInterrupt:
            status = "interrupted"
        except Doubt:
            if (name, reason) == candidates[-1]:
                raise
            continue
        finally:
            bar.close()
        break
    return _table(problem, found, limit, status, name, reason, started)


def iter_regions(
    source: Source,
    domain: Domain | None = None,
    *,
    engine: str = "auto",
    jobs: int = 1,
    chunk: int = 65_536,
    tolerances: Tolerances | None = None,
    progress: bool | None = None,
) -> Iterator[Regions]:
    """Yield the regions in tables of bounded size: memory does not grow with their number.

    Parameters
    ----------
    source, domain, engine, jobs, tolerances, progress
        As in `enumerate_regions`.
    chunk : int, default 65536
        At most so many regions a table.

    Yields
    ------
    Regions
        With ``status="part"``. Every region is in exactly one part, each part is sorted, and the
        parts together are the table of `enumerate_regions`, in another order.

    Raises
    ------
    UndecidedError
        After the last part, if some test was too close to call.

    Examples
    --------
    >>> import relugeom as rg
    >>> net, box = rg.ReLUNetwork.random([2, 16, 16, 1], rng=0), rg.Box([-1, -1], [1, 1])
    >>> parts = list(rg.iter_regions(net, box, chunk=50))
    >>> max(map(len, parts)), sum(map(len, parts)) == rg.count_regions(net, box)
    (50, True)
    """
    problem = make_problem(source, domain, tolerances or Tolerances())
    size, threads = positive_int("chunk", chunk), positive_int("jobs", jobs)
    name, reason = _streaming(problem, engine, size, threads)
    held: list[Chunk] = []
    count, started = 0, time.perf_counter()
    with progress_bar(progress, desc="regions", unit=" regions") as bar:
        for found in _ENGINES[name](problem, size, threads):
            if held and count + len(found.points) > size:
                yield _table(problem, held, None, "part", name, reason, started)
                held, count, started = [], 0, time.perf_counter()
            held.append(found)
            count += len(found.points)
            bar.update(len(found.points))
    if held:
        yield _table(problem, held, None, "part", name, reason, started)
    _raise_undecided(problem, "the parts")


def count_regions(
    source: Source,
    domain: Domain | None = None,
    *,
    engine: str = "auto",
    jobs: int = 1,
    tolerances: Tolerances | None = None,
    progress: bool | None = None,
) -> int:
    """Count the activation regions without keeping a table: memory does not grow with the count.

    An arrangement in all of space is counted by deletion and restriction
    (`HyperplaneArrangement.n_regions`), unless an engine is asked for. Ctrl-C raises
    KeyboardInterrupt: half a count is no count.

    Parameters
    ----------
    source, domain, engine, jobs, tolerances, progress
        As in `enumerate_regions`.

    Returns
    -------
    int

    Raises
    ------
    UndecidedError
        If some test was too close to call, so that the count would not be exact.

    Examples
    --------
    >>> import relugeom as rg
    >>> rg.count_regions(rg.HyperplaneArrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1]))
    7
    """
    problem = make_problem(source, domain, tolerances or Tolerances())
    if engine == "auto" and isinstance(source, HyperplaneArrangement) and domain is None:
        return source.n_regions()
    threads, candidates = positive_int("jobs", jobs), _candidates(problem, engine)
    for candidate in candidates:
        count = 0
        with progress_bar(progress, desc="regions", unit=" regions") as bar:
            try:
                for chunk in _ENGINES[candidate[0]](problem, _CHUNK, threads):
                    count += len(chunk.points)
                    bar.update(len(chunk.points))
            except Doubt:
                if candidate == candidates[-1]:
                    raise
                continue
        break
    _raise_undecided(problem, f"the count {count}")
    return count


def _raise_undecided(problem: Problem, what: str) -> None:
    if problem.tally.undecided:
        raise UndecidedError(
            f"{problem.tally.undecided} tests were too close to call: {what} may not be exact. "
            "Try another engine, other tolerances, or rescale the network"
        )


def _candidates(problem: Problem, engine: str) -> list[tuple[str, str]]:
    """Return the engines to try and why; the last one takes anything, or was asked for."""
    name = choice("engine", engine, ("auto", *_ENGINES))
    if name != "auto":
        return [(name, "asked for")]
    if is_plain(problem):
        return [
            ("sweep", "a simple arrangement in all of space"),
            ("incremental", "an arrangement in all of space that is not simple"),
            ("lp", "an arrangement too close to degenerate for floats alone"),
        ]
    if problem.domain is None or not problem.domain.bounded:
        return [("lp", "the domain is unbounded")]
    if problem.dim > _VERTEX_DIM:
        return [("lp", f"dimension {problem.dim} is above {_VERTEX_DIM}")]
    return [("vertex", f"bounded domain of dimension {problem.dim}, at most {_VERTEX_DIM}")]


def _streaming(problem: Problem, engine: str, size: int, threads: int) -> tuple[str, str]:
    """Return the engine for parts: the sweep if a first run finds that it can do all of them."""
    first, *_, last = _candidates(problem, engine) * 2
    if first[0] != "sweep":
        return last
    try:
        for _part in _ENGINES["sweep"](problem, size, threads):
            pass
    except Doubt:
        return last
    return first


def _table(
    problem: Problem,
    found: list[Chunk],
    limit: int | None,
    status: str,
    engine: str,
    reason: str,
    started: float,
) -> Regions:
    """Join the chunks and sort by pattern."""
    n_found = list(accumulate((len(chunk.points) for chunk in found), initial=0))
    n = n_found[-1] if limit is None else min(n_found[-1], limit)
    words = _joined([c.words for c in found], (0, problem.n_words), np.uint64)[:n]
    order, words = packing.in_order(words)
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    points = np.empty((n, problem.dim))
    for chunk, at in zip(found, n_found, strict=False):
        scatter(chunk.points[: max(n - at, 0)], place[at : at + len(chunk.points)], points)
    shifted = [
        c.zeros + np.array([at, 0]) for c, at in zip(found, n_found, strict=False) if len(c.zeros)
    ]
    zeros = _joined(shifted, (0, 2), np.int64)
    if len(zeros):
        zeros = zeros[zeros[:, 0] < n]
        zeros[:, 0] = place[zeros[:, 0]]
        zeros = zeros[np.lexsort(zeros.T[::-1])]
    facets = [chunk.facets for chunk in found if chunk.facets is not None]
    undecided = problem.tally.undecided
    if status == "complete" and undecided:
        status = "undecided"
    return Regions(
        source=problem.source,
        domain=problem.domain,
        words=words,
        zeros=zeros,
        points=points,
        reported_facets=partial(join_facets, facets, order) if len(facets) == len(found) else None,
        status=status,
        engine=engine,
        engine_reason=reason,
        undecided=undecided,
        seconds=time.perf_counter() - started,
        tolerances=problem.tolerances,
    )


def _joined(arrays: list[NDArray[Any]], empty: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty(empty, dtype)
