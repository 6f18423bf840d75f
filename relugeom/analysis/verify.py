"""`check`: does a property hold on a whole domain? A best-first search over pieces of it.

Bounds decide most of the neurons on a piece, so that whole subtrees of the tree of activation
patterns are never entered; what is left open is cut (`branch`), down to unions of regions on which
the network is one affine map and a linear program has the last word.
"""

from __future__ import annotations

import heapq
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._check import positive_int
from .._progress import progress_bar
from ..arrangements.domains import AffineSlice, Box, Polytope
from ..arrangements.vnnlib import Case, Property, load_vnnlib
from ..errors import InvalidInputError, ShapeError, UnboundedError
from ..networks.network import ReLUNetwork
from ..regions.exact import deepest_point
from ..regions.problem import make_problem
from ..tolerances import Tolerances
from . import _kernel_simplex as kernel
from .branch import Piece, halves, open_units, shrunk
from .norms import minimum
from .relaxation import N_RULES, Layers, Relaxed, make_layers, relax

if TYPE_CHECKING:
    from typing import Any

    from .._check import FloatArray

_SURE = 1e-13  # an exact inradius below minus this, in a box of unit size, is no rounding of weights
_MOST_EXACT = 100  # leaves decided in rational arithmetic


@dataclass(frozen=True, eq=False)
class CheckResult:
    """Whether a property is violated; made by `relugeom.check`.

    Attributes
    ----------
    status : str
        "sat": some input violates it, `counterexample`; "unsat": none does, proved for the whole
        domain; "unknown": the budget of pieces ran out, or floats could not decide some piece;
        "timeout": the time ran out.
    message : str
        The status in words.
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
    """

    status: str
    message: str
    counterexample: FloatArray | None
    output: FloatArray | None
    pieces: int
    remaining: int
    undecided: int
    seconds: float

    def __repr__(self) -> str:
        return f"CheckResult({self.status}: {self.message})"

    def to_vnncomp(self) -> str:
        """Return the result as the verification competition writes it.

        The status on the first line; after "sat" the counterexample, inputs then outputs.
        """
        if self.counterexample is None or self.output is None:
            return self.status + "\n"
        values = [f"(X_{i} {v!r})" for i, v in enumerate(self.counterexample.tolist())]
        values += [f"(Y_{i} {v!r})" for i, v in enumerate(self.output.tolist())]
        return self.status + "\n(" + "\n".join(values) + ")\n"


def check(
    net: ReLUNetwork,
    prop: Property | str | os.PathLike[str],
    *,
    max_pieces: int | None = 1_000_000,
    seconds: float | None = None,
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
    seconds : float, optional
        Stop with "timeout" after so long.
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
    >>> from relugeom.arrangements.vnnlib import Case, Property
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # the absolute value
    >>> above_two = Property(1, 1, (Case(rg.Box([-1], [1.5]), [[-1.0]], [-2.0]),))
    >>> rg.check(net, above_two).status
    'unsat'
    >>> below_zero = Property(1, 1, (Case(rg.Box([-1], [1.5]), [[-1.0]], [-1.25]),))
    >>> found = rg.check(net, below_zero)
    >>> found.status, bool(found.output >= 1.25)
    ('sat', True)
    """
    if not isinstance(net, ReLUNetwork):
        raise InvalidInputError(f"`net` must be a ReLUNetwork; got {type(net).__name__}")
    what = prop if isinstance(prop, Property) else load_vnnlib(prop)
    if (what.n_inputs, what.n_outputs) != (net.input_dim, net.output_dim):
        raise ShapeError(
            f"`prop` must be about {net.input_dim} inputs and {net.output_dim} outputs, as the "
            f"network has; got {what.n_inputs} and {what.n_outputs}"
        )
    search = _Search(
        net,
        what,
        np.inf if max_pieces is None else positive_int("max_pieces", max_pieces),
        np.inf if seconds is None else seconds,
    )
    try:
        with progress_bar(progress, desc="check", unit=" pieces") as bar:
            for case in what.cases:
                search.run(case, bar)
                if search.status:
                    break
    except KeyboardInterrupt:
        search.status, search.message = "unknown", "interrupted"
    return search.result()


class _Search:
    """The search over the cases of a property, and its budget."""

    def __init__(self, net: ReLUNetwork, prop: Property, pieces: float, seconds: float) -> None:
        self.net, self.prop = net, prop
        self.most_pieces, self.most_seconds = pieces, seconds
        self.started = time.perf_counter()
        self.pieces = self.remaining = self.undecided = self.exact = 0
        self.status = self.message = ""
        self.counterexample: FloatArray | None = None

    def result(self) -> CheckResult:
        """Return what was found."""
        status, message, x = self.status, self.message, self.counterexample
        if not status and self.undecided:
            status = "unknown"
            message = f"{self.undecided} of {self.pieces} pieces were too close to call"
        elif not status:
            status, message = "unsat", f"no counterexample in all {self.pieces} pieces"
        return CheckResult(
            status=status,
            message=message,
            counterexample=x,
            output=None if x is None else self.net(x)[0],
            pieces=self.pieces,
            remaining=self.remaining,
            undecided=self.undecided,
            seconds=time.perf_counter() - self.started,
        )

    def run(self, case: Case, bar: Any) -> None:
        """Search one case: boxes first that may violate it most."""
        cube = _unit_cube(case)
        if len(case.A) == 0:
            self.accept(cube, np.zeros((1, cube.slice.dim)))
            return
        size = np.ones(cube.slice.dim)
        net = self.net if case.slice is None else self.net.restrict(case.slice)
        layers = make_layers(net.restrict(cube.slice), -case.A, case.b, size)
        heap = [(0.0, 0, Piece(layers.initial_state(), -size, size))]
        count = 0
        while heap:
            if self.pieces >= self.most_pieces:
                self.status, self.remaining = "unknown", len(heap)
                self.message = f"stopped at max_pieces={self.pieces}; {len(heap)} are left"
                return
            if time.perf_counter() - self.started > self.most_seconds:
                self.status, self.remaining = "timeout", len(heap)
                self.message = f"stopped after {self.most_seconds:g} s; {len(heap)} pieces are left"
                return
            _, _, piece = heapq.heappop(heap)
            self.pieces += 1
            bar.update(1)
            relaxed = relax(layers, piece.state, piece.lower, piece.upper)
            if relaxed is None:
                continue
            G, h = np.vstack([cube.G, relaxed.G]), np.concatenate([cube.h, relaxed.h])
            promising = relaxed.G[-N_RULES * layers.n_targets :].sum(axis=0)
            x, _, status = minimum(promising, G, h, piece.lower, piece.upper)
            if status == kernel.INFEASIBLE:
                continue
            centre = (piece.lower + piece.upper) / 2
            if self.accept(cube, np.array([x, centre] if status == kernel.OPTIMAL else [centre])):
                return
            units = open_units(layers, relaxed)
            if len(units) == 0:
                if self.settle(cube, layers, piece, relaxed, G, h):
                    return
                continue
            left = shrunk(piece, G, h)
            for half in halves(layers, left, relaxed, units) if left else ():
                count += 1
                heapq.heappush(heap, (-float(relaxed.high.min()), count, half))

    def accept(self, cube: _Cube, T: FloatArray) -> bool:
        """Evaluate the network on points of the cube; keep the first that violates."""
        X = cube.points(T)
        found = np.flatnonzero(self.prop.violated(X, self.net(X)))
        if len(found):
            self.status, self.counterexample = "sat", X[found[0]]
            self.message = f"a counterexample, after {self.pieces} pieces"
        return len(found) > 0

    def settle(
        self, cube: _Cube, layers: Layers, piece: Piece, relaxed: Relaxed, G: FloatArray, h: Any
    ) -> bool:
        """Decide a piece on which the network is affine: by its deepest point."""
        d = len(piece.lower)
        eye = np.eye(d)
        rows = np.vstack([G, eye, -eye])
        sides = np.concatenate([h, piece.upper, -piece.lower])
        ends = np.full((2, d + 1), [[-1.0], [1.0]])
        table = np.column_stack([rows, np.ones(len(rows))]) / np.sqrt(2.0)
        deepest, _, status = minimum(
            np.append(np.zeros(d), -1.0), table, sides / np.sqrt(2.0), ends[0], ends[1]
        )
        if status == kernel.OPTIMAL and self.accept(cube, deepest[None, :d]):
            return True
        if self.exact >= _MOST_EXACT:
            self.undecided += 1
            return False
        self.exact += 1
        inside = Polytope(np.vstack([cube.G, eye, -eye]), np.concatenate([cube.h, piece.upper, -piece.lower]), centre=np.zeros(d))
        problem = make_problem(layers.as_network(), inside, Tolerances())
        signs = np.where(relaxed.state > 0, 1, -1)[layers.slopes != 1.0].astype(np.int8)
        point, radius = deepest_point(problem, signs)
        if radius < -_SURE:
            return False
        if self.accept(cube, point[None]):
            return True
        self.undecided += 1
        return False


@dataclass(frozen=True, eq=False)
class _Cube:
    """A case's domain in coordinates in which its bounding box is ``[-1, 1]^d``."""

    case: Case
    slice: AffineSlice
    G: FloatArray
    h: FloatArray

    def points(self, T: FloatArray) -> FloatArray:
        """Return the inputs at the given coordinates, inside the domain after rounding too."""
        domain, view = self.case.domain, self.case.slice
        X = self.slice.points(T)
        if isinstance(domain, Box):
            X = np.clip(X, domain.lower, domain.upper)
        else:
            X = domain.centre + (1.0 - 1e-12) * (X - domain.centre)
        return X if view is None else view.points(X)


def _unit_cube(case: Case) -> _Cube:
    domain = case.domain
    if not domain.bounded:
        raise UnboundedError("`prop` must bound all inputs; one of its domains is unbounded")
    box = domain.bounding_box
    half = (box.upper - box.lower) / 2
    view = AffineSlice(box.centre, np.diag(half))
    if isinstance(domain, Box):
        return _Cube(case, view, np.empty((0, len(half))), np.empty(0))
    G, h = domain.halfspaces
    G, h = G * half, h - G @ box.centre
    size = np.linalg.norm(G, axis=1)
    return _Cube(case, view, G / size[:, None], h / size)
