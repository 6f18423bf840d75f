"""Regions around a point, nearest first, without enumerating the others.

Best-first search over the adjacency graph: the regions at most r away from a point are connected
through facets at most r away, so the next nearest is always beyond a facet of one already found
(the search of M. Jordan, J. Lewis & A. G. Dimakis, Provable certificates for adversarial examples:
fitting a ball in the union of polytopes, NeurIPS 2019). A candidate waits with the distance of the
hyperplane in between, a lower bound, and its own distance is computed only when it comes up.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import choice, float_array, positive_int
from .._progress import progress_bar
from .._status import Ended
from .._table import brief
from ..errors import DomainError, InvalidInputError
from ..regions._kernel_distance import (
    FEASIBLE,
    INFEASIBLE,
    UNDECIDED,
    least_distance,
    workspace,
)
from ..regions.exact import deepest_point
from ..regions.facets import find_facets, patterns_beyond
from ..regions.problem import Problem, Source, as_network, cell_rows, make_problem
from ..tolerances import Tolerances
from .norms import DOUBT, DUAL, NORMS, length, nearest_point

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, SignArray
    from ..arrangements.domains import Domain


@brief
class Near(NamedTuple):
    """A region: its distance from the point, its pattern, its nearest point, a point inside."""

    distance: float
    pattern: SignArray
    nearest: FloatArray
    point: FloatArray


@dataclass(frozen=True, eq=False)
class NearRegions(Ended):
    """Regions around a point, nearest first; made by `relugeom.nearest_regions`.

    Attributes
    ----------
    distances : ndarray, shape (n,)
        Distance of each region from the point; 0 for the region that holds it.
    patterns : ndarray of int8, shape (n, n_neurons)
    nearest : ndarray, shape (n, d)
        The point of each region that is nearest.
    points : ndarray, shape (n, d)
        A point inside each region.
    norm : str
    status : str
        "complete": all regions nearer than `within`; "capped": the nearest `max_regions` of them;
        "interrupted"; "undecided": some candidates were too close to call.
    undecided : int
        Candidates that were too close to call.
    seconds : float

    Examples
    --------
    >>> import relugeom as rg
    >>> axes = rg.HyperplaneArrangement([[1, 0], [0, 1]])
    >>> near = rg.nearest_regions(axes, [1.0, 2.0])
    >>> near.distances.round(3), near.patterns.tolist()
    (array([0.   , 1.   , 2.   , 2.236]), [[1, 1], [-1, 1], [1, -1], [-1, -1]])
    """

    distances: FloatArray
    patterns: SignArray
    nearest: FloatArray
    points: FloatArray
    norm: str
    status: str
    undecided: int
    seconds: float

    def __len__(self) -> int:
        return len(self.distances)

    def __repr__(self) -> str:
        return f"NearRegions({len(self)}, {self.status}, norm={self.norm!r})"

    @property
    def message(self) -> str:
        """The status in words."""
        return {
            "complete": f"all {len(self)} regions within reach",
            "capped": f"stopped at max_regions={len(self)}: there are more",
            "interrupted": f"interrupted: the {len(self)} nearest regions",
            "undecided": f"{self.undecided} regions were too close to call",
        }[self.status]


def nearest_regions(
    source: Source,
    x: ArrayLike,
    *,
    norm: str = "l2",
    within: float = np.inf,
    domain: Domain | None = None,
    max_regions: int | None = None,
    tolerances: Tolerances | None = None,
    progress: bool | None = None,
) -> NearRegions:
    """List the activation regions around a point in order of distance, nearest first.

    No other region is visited, so the input dimension may be large and the network too.

    Parameters
    ----------
    source : ReLUNetwork or HyperplaneArrangement
    x : array_like, shape (d,)
    norm : {"l2", "l1", "linf"}
        In which distances are measured.
    within : float
        Regions nearer than this are listed; all if not given.
    domain : Box or Polytope, optional
        Where to look; all of space if not given. It must hold ``x``.
    max_regions : int, optional
        Stop after so many.
    tolerances : Tolerances, optional
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    NearRegions

    Raises
    ------
    InvalidInputError
        If ``within`` is not positive.
    DomainError
        If ``x`` lies outside the domain.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]], [[0, 0], [0]])
    >>> near = rg.nearest_regions(net, [2, 1])
    >>> near.distances.round(6).tolist(), near.patterns.tolist()
    ([0.0, 1.0, 2.0, 2.236068], [[1, 1], [1, -1], [-1, 1], [-1, -1]])
    """
    started = time.perf_counter()
    limit = np.inf if max_regions is None else positive_int("max_regions", max_regions)
    if not within > 0:
        raise InvalidInputError(f"`within` must be positive; got {within}")
    problem, point = located(source, x, domain, tolerances)
    choice("norm", norm, NORMS)
    found: list[Near] = []
    status = "complete"
    try:
        with progress_bar(progress, desc="nearest regions", unit=" regions") as bar:
            for region in nearest_first(problem, point, norm, within):
                if len(found) == limit:
                    status = "capped"
                    break
                found.append(region)
                bar.update(1)
    except KeyboardInterrupt:
        status = "interrupted"
    if status == "complete" and problem.tally.undecided:
        status = "undecided"
    d, n = problem.dim, problem.n_neurons
    return NearRegions(
        distances=np.array([r.distance for r in found]),
        patterns=np.array([r.pattern for r in found], np.int8).reshape(-1, n),
        nearest=np.array([r.nearest for r in found]).reshape(-1, d),
        points=np.array([r.point for r in found]).reshape(-1, d),
        norm=norm,
        status=status,
        undecided=problem.tally.undecided,
        seconds=time.perf_counter() - started,
    )


def located(
    source: Source, x: ArrayLike, domain: Domain | None, tolerances: Tolerances | None = None
) -> tuple[Problem, FloatArray]:
    """Return the problem and the point as an array, checked to lie in the domain."""
    problem = make_problem(source, domain, tolerances or Tolerances())
    point = float_array("x", x, shape=(problem.dim,))
    if domain is not None and not domain.contains(point)[0]:
        raise DomainError(f"`x` must lie in the domain; got {point} outside it")
    return problem, point


def nearest_first(
    problem: Problem, x: FloatArray, norm: str, within: float = np.inf
) -> Iterator[Near]:
    """Yield the regions nearer to ``x`` than ``within``, nearest first.

    Candidates that are too close to call are counted in ``problem.tally.undecided``.
    """
    start = _pattern_at(problem, x)
    seen, order = {start.tobytes()}, itertools.count()
    heap: list[tuple[float, int, SignArray, Near | None]] = [(0.0, next(order), start, None)]
    while heap:
        bound, _, pattern, region = heapq.heappop(heap)
        if region is None:
            region = _region(problem, x, norm, pattern, within)
            if region is not None:
                distance = max(bound, region.distance)
                region = region._replace(distance=distance)
                heapq.heappush(heap, (distance, next(order), pattern, region))
            continue
        yield region
        for reach, beyond in _beyond(problem, x, norm, region):
            key = beyond.tobytes()
            if key not in seen and reach < within:
                seen.add(key)
                heapq.heappush(heap, (max(bound, reach), next(order), beyond, None))


def _pattern_at(problem: Problem, x: FloatArray) -> SignArray:
    """Return the pattern of a region that holds the point."""
    net = as_network(problem.source)
    pattern: SignArray = net.activation_pattern(x)[0]
    if (pattern == 0).any():
        inward = np.random.default_rng(0).standard_normal(problem.dim)
        if problem.domain is not None:
            inward += 2 * (problem.domain.centre - x) / problem.scale
        pattern = net.one_sided_pattern(x, inward)[0]
    return pattern


def _region(
    problem: Problem, x: FloatArray, norm: str, pattern: SignArray, within: float
) -> Near | None:
    """Return the region of a pattern; None if there is none, or none within reach."""
    tolerances, scale = problem.tolerances, problem.scale
    G, h = (part[0] for part in cell_rows(problem, pattern[None]))
    used = G.any(axis=1)
    rows, sides = np.ascontiguousarray(G[used]), h[used]
    m, d = rows.shape
    inside = x.copy()
    if m:
        work, active, violation = workspace(d, m)
        status = least_distance(
            np.ascontiguousarray(rows.T), sides, m, -1, x, tolerances.margin * scale,
            tolerances.noise * scale, inside, active, work, violation,
        )  # fmt: skip
        if status == UNDECIDED:
            inside, radius = deepest_point(problem, pattern)
            status = FEASIBLE if radius > tolerances.noise * scale else INFEASIBLE
        if status == INFEASIBLE:
            return None
    room = sides - rows @ x
    sizes = np.abs(room[room != 0.0])
    unit = float(np.median(sizes)) if len(sizes) else 1.0
    free = np.full(d, np.inf)
    found = nearest_point(rows, room / unit, -free, free, norm, within / unit)
    if found.point is None:
        problem.tally.undecided += found.status == DOUBT
        return None
    return Near(found.distance * unit, pattern, x + unit * found.point, inside)


def _beyond(
    problem: Problem, x: FloatArray, norm: str, region: Near
) -> Iterator[tuple[float, SignArray]]:
    """Yield how far the hyperplane of each facet is, and the pattern beyond."""
    own, inside = region.pattern[None], region.point[None]
    found = find_facets(problem, own, inside)
    if found.coincident[0]:
        found = find_facets(problem, own, inside, central=True)
    inner = found.facet >= 0
    neuron, normal, point = found.facet[inner], found.normal[inner], found.point[inner]
    if found.coincident[0]:
        patterns = patterns_beyond(problem, found, inner)
    else:
        patterns = np.repeat(own, len(neuron), axis=0)
        patterns[np.arange(len(neuron)), neuron] *= -1
    ahead = np.einsum("fd,fd->f", normal, point - x) / length(DUAL[norm], normal)
    yield from zip(np.maximum(ahead, 0.0).tolist(), patterns, strict=True)
