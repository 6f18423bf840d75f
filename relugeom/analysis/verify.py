"""`check`: does a property hold on a whole domain? A best-first search over pieces of it.

Bounds decide most of the neurons on a piece, so that whole subtrees of the tree of activation
patterns are never entered; what is left open is cut (`branch`), down to unions of regions on which
the network is one affine map and a linear program has the last word.
"""

from __future__ import annotations

import heapq
import itertools
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._check import instance, number, positive_int
from .._progress import progress_bar
from .._status import Ended
from ..arrangements.domains import AffineSlice, Box, Polytope
from ..errors import ShapeError, UnboundedError
from ..networks.network import ReLUNetwork
from ..regions.exact import deepest_point
from ..regions.problem import make_problem
from ..tolerances import Tolerances
from . import _kernel_simplex as kernel
from .branch import Budget, Piece, halves, open_units, shrunk
from .norms import minimum
from .relaxation import N_RULES, Layers, make_layers, relax
from .vnnlib import Case, Property, load_vnnlib

if TYPE_CHECKING:
    from .._check import FloatArray, SignArray

_SURE = 1e-13  # an exact inradius below minus this, in a box of unit size, is not rounding
_MOST_EXACT = 100  # pieces decided in rational arithmetic
_INSIDE = 1e-12  # counterexamples in polytopes are moved in by this share
_ENDED = {"capped": "stopped", "interrupted": "interrupted"}


@dataclass(frozen=True, eq=False)
class CheckResult(Ended):
    """Whether a property is violated; made by `relugeom.check`.

    Attributes
    ----------
    verdict : str
        As the verification competition has it. "sat": some input violates it, `counterexample`;
        "unsat": none does, proved for the whole domain; "timeout": the time ran out; "unknown":
        ``status`` says why.
    status : str
        "complete" with a verdict "sat" or "unsat"; "capped" (pieces or time ran out);
        "interrupted"; or "undecided" (some pieces were too close to call).
    counterexample : ndarray, shape (n_inputs,), or None
        A violating input; the network was evaluated on it.
    output : ndarray, shape (n_outputs,), or None
        The network's output there.
    pieces : int
        Pieces of the domain that were looked at.
    remaining : int
        Pieces that were still to be looked at in the end.
    undecided : int
        Pieces that were too close to call.
    seconds : float

    Examples
    --------
    >>> import relugeom as rg
    >>> from relugeom.analysis.vnnlib import Case
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # |x|
    >>> above = Case(rg.Box([-1], [2]), np.array([[-1.0]]), np.array([-1.5]), None)  # |x| >= 3/2
    >>> result = rg.check(net, rg.analysis.Property(1, 1, (above,)))
    >>> result.verdict, bool(result.output[0] >= 1.5)
    ('sat', True)
    """

    verdict: str
    status: str
    counterexample: FloatArray | None
    output: FloatArray | None
    pieces: int
    remaining: int
    undecided: int
    seconds: float

    def __repr__(self) -> str:
        return f"CheckResult({self.verdict}: {self.message})"

    @property
    def message(self) -> str:
        """Verdict and status in words."""
        if self.verdict == "sat":
            return f"a counterexample, after {self.pieces} pieces"
        if self.verdict == "unsat":
            return f"no counterexample in all {self.pieces} pieces"
        if self.status == "undecided":
            return f"{self.undecided} of {self.pieces} pieces were too close to call"
        ended = {"timeout": "out of time"}.get(self.verdict, _ENDED[self.status])
        return f"{ended} after {self.pieces} pieces; {self.remaining} are left"

    def to_vnncomp(self) -> str:
        """Return the result as the verification competition writes it.

        The verdict on the first line; after "sat" the counterexample, inputs then outputs.

        Returns
        -------
        str

        Examples
        --------
        >>> import relugeom as rg
        >>> from relugeom.analysis.vnnlib import Case
        >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # |x|
        >>> far = Case(rg.Box([-1], [2]), np.array([[-1.0]]), np.array([-3.0]), None)  # |x| >= 3
        >>> print(rg.check(net, rg.analysis.Property(1, 1, (far,))).to_vnncomp())
        unsat
        """
        if self.counterexample is None or self.output is None:
            return self.verdict + "\n"
        values = [f"(X_{i} {v!r})" for i, v in enumerate(self.counterexample.tolist())]
        values += [f"(Y_{i} {v!r})" for i, v in enumerate(self.output.tolist())]
        return self.verdict + "\n(" + "\n".join(values) + ")\n"


def check(
    net: ReLUNetwork,
    prop: Property | str | os.PathLike[str],
    *,
    max_pieces: int | None = 1_000_000,
    time_limit: float | None = None,
    progress: bool | None = None,
) -> CheckResult:
    """Tell whether some input violates a property, with a counterexample or a proof.

    Parameters
    ----------
    net : ReLUNetwork
    prop : Property or path
        As `relugeom.load_vnnlib` gives it, or the file. Its cases say which outputs are unsafe on
        which domain; the property holds if no input of the domain has unsafe outputs.
    max_pieces : int or None, default 1,000,000
        Stop with "unknown" when so many pieces have been looked at.
    time_limit : float, optional
        Stop with "timeout" after so many seconds.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    CheckResult

    Raises
    ------
    ShapeError
        If the property is about another number of inputs or outputs.
    UnboundedError
        If a domain is not bounded.

    Notes
    -----
    "sat" is checked: the network, in double precision, is evaluated on the counterexample. "unsat"
    means that every piece was excluded: by bounds that are widened by their rounding errors, by
    multipliers that prove a linear program infeasible with room to spare, or in rational
    arithmetic. A piece that none of these decides makes the answer "unknown".

    Examples
    --------
    >>> import relugeom as rg
    >>> from relugeom.analysis.vnnlib import Case, Property
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # the absolute value
    >>> above_two = Property(1, 1, (Case(rg.Box([-1], [1.5]), [[-1.0]], [-2.0]),))
    >>> rg.check(net, above_two).verdict
    'unsat'
    >>> below_zero = Property(1, 1, (Case(rg.Box([-1], [1.5]), [[-1.0]], [-1.25]),))
    >>> found = rg.check(net, below_zero)
    >>> found.verdict, bool(found.output >= 1.25)
    ('sat', True)
    """
    instance("net", net, ReLUNetwork)
    what = prop if isinstance(prop, Property) else load_vnnlib(prop)
    if (what.n_inputs, what.n_outputs) != (net.input_dim, net.output_dim):
        raise ShapeError(
            f"`prop` must be about {net.input_dim} inputs and {net.output_dim} outputs, as the "
            f"network has; got {what.n_inputs} and {what.n_outputs}"
        )
    started = time.perf_counter()
    limit = np.inf if max_pieces is None else positive_int("max_pieces", max_pieces)
    deadline = (
        np.inf if time_limit is None else started + number("time_limit", time_limit, "[0, inf)")
    )
    outcomes: list[_Outcome] = []
    with progress_bar(progress, desc="check", unit=" pieces") as bar:
        budget = Budget(limit, deadline, bar)
        for case in what.cases:
            outcomes.append(_search(net, case, budget))
            if outcomes[-1].verdict != "unsat" and outcomes[-1].status != "undecided":
                break
    return _result(net, outcomes, budget, time.perf_counter() - started)


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What came of the search of one case."""

    verdict: str
    status: str = "complete"
    counterexample: FloatArray | None = None
    remaining: int = 0
    undecided: int = 0


def _result(
    net: ReLUNetwork, outcomes: list[_Outcome], budget: Budget, seconds: float
) -> CheckResult:
    last, undecided = outcomes[-1], sum(outcome.undecided for outcome in outcomes)
    verdict, status = last.verdict, last.status
    if verdict == "unsat" and undecided:
        verdict, status = "unknown", "undecided"
    x = last.counterexample
    return CheckResult(
        verdict=verdict,
        status=status,
        counterexample=x,
        output=None if x is None else net(x)[0],
        pieces=budget.used,
        remaining=last.remaining,
        undecided=undecided,
        seconds=seconds,
    )


def _search(net: ReLUNetwork, case: Case, budget: Budget) -> _Outcome:
    """Search one case, pieces first on which the outputs may be farthest in the unsafe set."""
    cube = _unit_cube(net, case)
    d = cube.slice.dim

    def violating(T: FloatArray) -> FloatArray | None:
        X = cube.inputs(T)
        found = np.flatnonzero(case.happens(X, net(X)))
        return X[found[0]] if len(found) else None

    if len(case.A) == 0:  # all outputs are unsafe
        return _Outcome("sat", counterexample=violating(np.zeros((1, d))))
    layers = make_layers(cube.net, -case.A, case.b, np.ones(d))
    root = Piece(layers.initial_state(), -np.ones(d), np.ones(d))
    order = itertools.count()
    heap = [(0.0, next(order), root)]
    undecided = exact = 0
    try:
        while heap:
            if budget.spent():
                late = time.perf_counter() > budget.deadline
                verdict = "timeout" if late else "unknown"
                return _Outcome(verdict, "capped", remaining=len(heap))
            _, _, piece = heapq.heappop(heap)
            relaxed = relax(layers, piece.state, piece.lower, piece.upper)
            if relaxed is None:
                continue
            G, h = np.vstack([cube.G, relaxed.G]), np.concatenate([cube.h, relaxed.h])
            inwards = relaxed.G[-N_RULES * layers.n_targets :].sum(axis=0)
            x, _, status = minimum(inwards, G, h, piece.lower, piece.upper)
            if status == kernel.INFEASIBLE:
                continue
            trials = [(piece.lower + piece.upper) / 2, *([x] if status == kernel.OPTIMAL else [])]
            units = open_units(layers, relaxed)
            if len(units) == 0:
                trials.append(_deepest(G, h, piece))
            counterexample = violating(np.array(trials))
            if counterexample is not None:
                return _Outcome("sat", counterexample=counterexample)
            if len(units) == 0:
                exact += 1
                if exact > _MOST_EXACT:
                    undecided += 1
                    continue
                x, radius = _exactly(cube, layers, piece, relaxed.state)
                if radius < -_SURE:
                    continue
                counterexample = violating(x[None])
                if counterexample is not None:
                    return _Outcome("sat", counterexample=counterexample)
                undecided += 1
                continue
            left = shrunk(piece, G, h)
            for half in halves(layers, left, relaxed, units) if left else ():
                heapq.heappush(heap, (-float(relaxed.high.min()), next(order), half))
    except KeyboardInterrupt:
        return _Outcome("unknown", "interrupted", remaining=len(heap))
    if undecided:
        return _Outcome("unknown", "undecided", undecided=undecided)
    return _Outcome("unsat")


def _deepest(G: FloatArray, h: FloatArray, piece: Piece) -> FloatArray:
    """Return the point of a piece that is farthest inside its rows."""
    d = G.shape[1]
    rows = np.vstack([G, np.eye(d), -np.eye(d)])
    sides = np.concatenate([h, piece.upper, -piece.lower])
    rows = np.column_stack([rows, np.ones(len(rows))]) / np.sqrt(2.0)
    cost, one = np.append(np.zeros(d), -1.0), np.ones(d + 1)
    return minimum(cost, rows, sides / np.sqrt(2.0), -one, one)[0][:d]


def _exactly(
    cube: _Cube, layers: Layers, piece: Piece, state: SignArray
) -> tuple[FloatArray, float]:
    """Return centre and radius of a largest ball in a piece, in rational arithmetic."""
    d = len(piece.lower)
    rows = np.vstack([cube.G, np.eye(d), -np.eye(d)])
    sides = np.concatenate([cube.h, piece.upper, -piece.lower])
    problem = make_problem(
        layers.as_network(), Polytope(rows, sides, centre=np.zeros(d)), Tolerances()
    )
    signs = np.where(state > 0, 1, -1)[layers.slopes != 1.0].astype(np.int8)
    return deepest_point(problem, signs)


@dataclass(frozen=True, eq=False)
class _Cube:
    """A case in coordinates in which the bounding box of its domain is ``[-1, 1]^d``.

    ``net`` is the network there, and ``G @ t <= h`` what the domain asks beside the box.
    """

    case: Case
    slice: AffineSlice
    net: ReLUNetwork
    G: FloatArray
    h: FloatArray

    def inputs(self, T: FloatArray) -> FloatArray:
        """Return the inputs at the given coordinates, inside the domain after rounding too."""
        domain, view = self.case.domain, self.case.slice
        X = self.slice.points(T)
        if isinstance(domain, Box):
            X = np.clip(X, domain.lower, domain.upper)
        else:
            X = domain.centre + (1.0 - _INSIDE) * (X - domain.centre)
        return X if view is None else view.points(X)


def _unit_cube(net: ReLUNetwork, case: Case) -> _Cube:
    domain = case.domain
    if not domain.bounded:
        raise UnboundedError("`prop` must bound all inputs; got an unbounded domain")
    box = domain.bounding_box
    half = (box.upper - box.lower) / 2
    view = AffineSlice(box.centre, np.diag(half))
    inner = (net if case.slice is None else net.restrict(case.slice)).restrict(view)
    if isinstance(domain, Box):
        return _Cube(case, view, inner, np.empty((0, len(half))), np.empty(0))
    G, h = domain.halfspaces
    G, h = G * half, h - G @ box.centre
    size = np.linalg.norm(G, axis=1)
    return _Cube(case, view, inner, G / size[:, None], h / size)
