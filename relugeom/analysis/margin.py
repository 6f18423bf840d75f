"""`margin`: how far a point is from the decision boundary, exactly, without enumerating regions."""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .._check import choice, instance, number, positive_int
from .._progress import progress_bar
from .._status import Ended
from ..arrangements.domains import Box
from ..errors import InvalidInputError
from ..networks.network import ReLUNetwork
from .branch import Budget, Piece, halves, open_units, shrunk
from .descent import boundary_point
from .neighbourhood import located, nearest_first
from .norms import NONE, NORMS, length, nearest_point
from .relaxation import Layers, make_layers, relax

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from ..arrangements.domains import Domain
    from ..tolerances import Tolerances

_ENGINES = ("auto", "tree", "graph")
_EQUAL = 1e-9  # the margin is known when its bounds are this close, beside it
_ROUNDING = 1e4  # a target put to zero by a program may be so many guards below
_GROWTH = 2.0  # by which the ball grows that holds no boundary, if nothing is known
_BISECTIONS = 8  # of the radius within which bounds alone exclude a target
_LARGEST = 1e6  # balls larger than this many first balls are not searched


@dataclass(frozen=True, eq=False)
class Margin(Ended):
    """Distance from a point to the nearest one that a classifier puts elsewhere.

    Attributes
    ----------
    distance : float
        The margin; infinite if there is no boundary within reach. Without `complete` it is an
        upper bound.
    lower : float
        No boundary is nearer than this.
    point : ndarray, shape (d,), or None
        The nearest boundary point.
    label, other : int
        The predicted class, and the one on the other side there (-1: none).
    norm : str
    engine : str
    status : str
        "complete"; "capped" (the budget ran out), "interrupted", or "undecided" (some pieces were
        too close to call).
    pieces : int
        Pieces or regions looked at.
    seconds : float

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1, 0], [0, 1]]])  # the sign of x
    >>> found = rg.margin(net, [0.75])
    >>> round(found.distance, 9), found.label, found.other
    (0.75, 0, 1)
    """

    distance: float
    lower: float
    point: FloatArray | None
    label: int
    other: int
    norm: str
    engine: str
    status: str
    pieces: int
    seconds: float

    def __repr__(self) -> str:
        value = f"{self.distance:.9g}"
        if not self.complete:
            value = f"{self.lower:.9g} to {value}"
        return f"Margin({value} in {self.norm}, {self.status}, {self.pieces} pieces)"


def margin(
    net: ReLUNetwork,
    x: ArrayLike,
    *,
    norm: str = "l2",
    domain: Domain | None = None,
    target: int | None = None,
    within: float = np.inf,
    engine: str = "auto",
    max_pieces: int | None = 1_000_000,
    time_limit: float | None = None,
    tolerances: Tolerances | None = None,
    progress: bool | None = None,
) -> Margin:
    """Return the distance from a point to the decision boundary, exactly.

    The boundary is where another output is as large as that of the predicted class; for one output
    where it is 0.

    Parameters
    ----------
    net : ReLUNetwork
    x : array_like, shape (d,)
    norm : {"l2", "l1", "linf"}
    domain : Box or Polytope, optional
        Where the nearest point may lie; anywhere if not given. It must hold ``x``.
    target : int, optional
        The class on the other side; any if not given.
    within : float
        Look no farther: the distance is infinite if there is no boundary within this one.
    engine : {"auto", "tree", "graph"}
        "tree" branches over the signs of neurons and bounds what is left; "graph" visits the
        activation regions around the point, nearest first, until one has another class in it. Both
        give the same answer (but a boundary that is touched, with no other class beyond, is seen by
        "tree" alone). "auto" is "tree", which visits far fewer in all but tiny networks, and
        "graph" where no ball holds a boundary.
    max_pieces : int or None, default 1,000,000
        Stop when so many pieces, or regions, have been looked at.
    time_limit : float, optional
        Stop after so many seconds.
    tolerances : Tolerances, optional
        Of the regions that "graph" visits.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    Margin

    Raises
    ------
    DomainError
        If ``x`` lies outside the domain.
    InvalidInputError
        If the target is no class, or the predicted one.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0, 0.0], [-1.0, 0.0]], [[1.0, 1.0]]], [[0, 0], [-1]])
    >>> found = rg.margin(net, [0.25, 0.0])  # the boundary is |x| = 1
    >>> round(found.distance, 9), found.label, found.other, found.complete
    (0.75, 0, 1, True)
    """
    started = time.perf_counter()
    instance("net", net, ReLUNetwork)
    _, point = located(net, x, domain)
    choice("norm", norm, NORMS)
    choice("engine", engine, _ENGINES)
    if not within > 0:
        raise InvalidInputError(f"`within` must be positive; got {within}")
    label = int(net.predict(point)[0])
    others, rows = _targets(net, label, target)
    task = _Task(
        net=net, x=point, domain=domain, norm=norm, rows=rows, within=within, tolerances=tolerances
    )
    limit = np.inf if max_pieces is None else positive_int("max_pieces", max_pieces)
    deadline = (
        np.inf if time_limit is None else started + number("time_limit", time_limit, "[0, inf)")
    )
    with progress_bar(progress, desc="margin", unit=" pieces") as bar:
        budget = Budget(limit, deadline, bar)
        found = _by_graph(task, budget) if engine == "graph" else _by_tree(task, budget)
        if found.far and engine == "auto":  # regions, unlike balls, come to an end
            engine, found = "graph", _by_graph(task, budget)
    return Margin(
        distance=found.distance if found.point is not None else np.inf,
        lower=found.lower,
        point=found.point,
        label=label,
        other=others[found.target] if found.point is not None else -1,
        norm=norm,
        engine="graph" if engine == "graph" else "tree",
        status=found.status,
        pieces=budget.used,
        seconds=time.perf_counter() - started,
    )


def _targets(net: ReLUNetwork, label: int, target: int | None) -> tuple[list[int], FloatArray]:
    """Return the other classes, and rows that are at least 0 on the output where they win."""
    k = net.output_dim
    if target is not None and (target == label or not 0 <= target < max(k, 2)):
        raise InvalidInputError(
            f"`target` must be a class other than the predicted one, {label}; got {target}"
        )
    if k == 1:
        return [1 - label], np.array([[1.0 - 2.0 * label]])
    others = [j for j in range(k) if j != label] if target is None else [target]
    return others, np.eye(k)[others] - np.eye(k)[label]


@dataclass(frozen=True, eq=False)
class _Task:
    """Find the nearest point to ``x`` where some row of ``rows @ output`` is at least 0."""

    net: ReLUNetwork
    x: FloatArray
    domain: Domain | None
    norm: str
    rows: FloatArray
    within: float
    tolerances: Tolerances | None


@dataclass(frozen=True, eq=False)
class _Found:
    """What a search knows: a point of a target at a distance, and that none is below ``lower``.

    ``far`` says that all balls up to the largest hold none.
    """

    distance: float
    point: FloatArray | None = None
    target: int = -1
    lower: float = 0.0
    status: str = "complete"
    far: bool = False


def _by_graph(task: _Task, budget: Budget) -> _Found:
    """Take the nearest region in which a target is on, the targets being neurons."""
    cut = task.net.with_output_neurons(task.rows, np.zeros(len(task.rows)))
    problem, x = located(cut, task.x, task.domain, task.tolerances)
    found = _Found(task.within)
    try:
        for region in nearest_first(problem, x, task.norm, task.within):
            if budget.spent():
                return replace(found, lower=region.distance, status="capped")
            found = replace(found, lower=region.distance)
            on = np.flatnonzero(region.pattern[-len(task.rows) :] >= 0)
            if len(on):
                found = _Found(region.distance, region.nearest, int(on[0]), region.distance)
                break
        else:
            found = _Found(task.within, lower=task.within)
    except KeyboardInterrupt:
        return replace(found, status="interrupted")
    return replace(found, status="undecided") if problem.tally.undecided else found


def _by_tree(task: _Task, budget: Budget) -> _Found:
    """Branch over signs within a ball that no boundary point found so far leaves."""
    net, x, rows = task.net, task.x, task.rows
    unit = _linear_margin(net, x, rows)
    if unit == 0.0:
        return _Found(0.0, x, int(np.argmax(rows @ net(x)[0])))
    d = len(x)
    zoomed = replace(
        net,
        weights=(net.weights[0] * unit, *net.weights[1:]),
        biases=(net.preactivations(x)[0][0], *net.biases[1:]),
    )
    lower, upper, G, h = np.full(d, -np.inf), np.full(d, np.inf), np.empty((0, d)), np.empty(0)
    if isinstance(task.domain, Box):
        lower, upper = (task.domain.lower - x) / unit, (task.domain.upper - x) / unit
    elif task.domain is not None:
        G, h = task.domain.halfspaces
        h = (h - G @ x) / unit
    ball = _Ball(net=zoomed, rows=rows, norm=task.norm, G=G, h=h, lower=lower, upper=upper)
    best = _Found(task.within / unit)
    for j in range(len(rows)):
        point = boundary_point(ball.only(j), G, h, lower, upper, task.norm)
        if point is not None and length(task.norm, point) < best.distance:
            best = _Found(float(length(task.norm, point)), point, j)
    if best.point is not None:
        best = ball.search(best, budget)
    else:  # let the ball grow until there is a boundary in it
        farthest, radius = min(best.distance, _reach(task) / unit), 1.0
        while True:
            radius = min(_GROWTH * radius, farthest, _LARGEST)
            best = ball.search(_Found(radius), budget)
            if best.point is not None or best.status != "complete" or radius == farthest:
                break
            if radius == _LARGEST:
                best = replace(best, status="capped", far=True)
                break
    return replace(
        best,
        distance=best.distance * unit,
        lower=best.lower * unit,
        point=None if best.point is None else x + unit * best.point,
    )


def _reach(task: _Task) -> float:
    """Distance from the point to the farthest one of the domain, or more; may be infinite."""
    if task.domain is None or not task.domain.bounded:
        return np.inf
    box = task.domain.bounding_box
    corner = np.maximum(task.x - box.lower, box.upper - task.x)
    return float(length(task.norm, corner)) * (1.0 + _EQUAL)


def _linear_margin(net: ReLUNetwork, x: FloatArray, rows: FloatArray) -> float:
    """Distance to the boundary if the network were linear; 1 if there were none."""
    A = rows @ net.affine_map(net.activation_pattern(x)[0])[0]
    values, sizes = -(rows @ net(x)[0]), np.linalg.norm(A, axis=1)
    if (values <= 0.0).any():
        return 0.0
    steps = values[sizes > 0.0] / sizes[sizes > 0.0]
    return float(steps.min(initial=np.inf)) if len(steps) else 1.0


@dataclass(frozen=True, eq=False)
class _Ball:
    """A network around the origin, the rows of its targets, and what of the space is allowed."""

    net: ReLUNetwork
    rows: FloatArray
    norm: str
    G: FloatArray
    h: FloatArray
    lower: FloatArray
    upper: FloatArray

    def only(self, j: int) -> ReLUNetwork:
        """Return the network whose one output is target j."""
        row, net = self.rows[j : j + 1], self.net
        return replace(
            net,
            weights=(*net.weights[:-1], row @ net.weights[-1]),
            biases=(*net.biases[:-1], row @ net.biases[-1]),
        )

    def search(self, best: _Found, budget: Budget) -> _Found:
        """Return the nearest point where a target is at least 0, in the ball of ``best``."""
        radius = best.distance
        size = np.full(len(self.lower), radius)
        lower, upper = np.maximum(self.lower, -size), np.minimum(self.upper, size)
        every = [make_layers(self.net, r[None], np.zeros(1), size) for r in self.rows]
        order = itertools.count()
        heap: list[tuple[float, int, int, Piece]] = []
        for j, layers in enumerate(every):
            piece = Piece(layers.initial_state(), lower, upper)
            heapq.heappush(heap, (self.safe_radius(layers, piece, radius), next(order), j, piece))
        doubtful = np.inf
        try:
            while heap and heap[0][0] < best.distance * (1.0 - _EQUAL):
                if budget.spent():
                    return replace(best, lower=min(heap[0][0], doubtful), status="capped")
                bound, _, j, piece = heapq.heappop(heap)
                layers = every[j]
                relaxed = relax(
                    layers, piece.state, piece.lower, piece.upper, self.norm, best.distance
                )
                if relaxed is None:
                    continue
                G, h = np.vstack([self.G, relaxed.G]), np.concatenate([self.h, relaxed.h])
                found = nearest_point(G, h, piece.lower, piece.upper, self.norm, best.distance)
                if found.status == NONE:
                    continue
                units = open_units(layers, relaxed)
                guards = 0.0
                if found.point is not None:
                    bound = max(bound, found.distance)
                if len(units) == 0:  # affine: the rows are exact
                    guards = _ROUNDING
                    h[len(self.h) :] -= relaxed.slack
                    found = nearest_point(G, h, piece.lower, piece.upper, self.norm, best.distance)
                hit = -1 if found.point is None else self.hit(found.point, every, guards)
                if hit >= 0:
                    best = _Found(found.distance, found.point, hit)
                if len(units) == 0:
                    if hit < 0 and found.status != NONE:
                        doubtful = min(doubtful, bound)
                    continue
                left = shrunk(piece, G, h)
                for half in halves(layers, left, relaxed, units) if left else ():
                    heapq.heappush(heap, (bound, next(order), j, half))
        except KeyboardInterrupt:
            lower_bound = min([doubtful, *(entry[0] for entry in heap[:1])])
            return replace(best, lower=lower_bound, status="interrupted")
        if doubtful < best.distance * (1.0 - _EQUAL):
            return replace(best, lower=doubtful, status="undecided")
        return replace(best, lower=best.distance)

    def safe_radius(self, layers: Layers, piece: Piece, radius: float) -> float:
        """Return a radius of a ball in which bounds alone show that the target is negative."""
        safe, unsafe = 0.0, radius
        for _ in range(_BISECTIONS):
            middle = (safe + unsafe) / 2
            lower, upper = np.maximum(piece.lower, -middle), np.minimum(piece.upper, middle)
            if relax(layers, piece.state, lower, upper, self.norm, middle) is None:
                safe = middle
            else:
                unsafe = middle
        return safe

    def hit(self, point: FloatArray, every: list[Layers], guards: float) -> int:
        """Return a target that is at least 0 at a point, up to so many guards; -1 if none is."""
        values = self.rows @ self.net(point)[0]
        slack = np.array([guards * layers.guard[-1] for layers in every])
        on = np.flatnonzero(values >= -slack)
        return int(on[np.argmax(values[on])]) if len(on) else -1
