"""Cells that floats cannot decide, in rational arithmetic.

Weights, biases and domain are taken as the rationals that the floats are. The inradius of a cell is
the value of a small linear program, solved without rounding; the cell counts if it exceeds the
noise that the tolerances allow for. With python-flint (extra ``exact``) rationals are faster;
without it they are those of the standard library.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..networks.matrix import dense
from .problem import Problem, as_network, cell_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._check import FloatArray, IntArray, SignArray

_BLAND = 200  # pivots after which the rule that cannot cycle takes over


@cache
def rational() -> Callable[[float], Any]:
    """Return the constructor of exact rationals from floats."""
    try:
        from flint import fmpq
    except ImportError:
        from fractions import Fraction

        return Fraction
    return lambda value: fmpq(*float(value).as_integer_ratio())


def deepest_point(problem: Problem, signs: SignArray) -> tuple[FloatArray, float]:
    """Return the centre and the radius of a largest ball in the cell of the first few signs.

    The radius is at most the scale of the problem; negative if the cell is empty. Both are exact
    but for the last rounding and the length of the rows, which is that of floats.
    """
    pattern = np.zeros(problem.n_neurons, np.int8)
    pattern[: len(signs)] = signs
    approximate, _ = cell_rows(problem, pattern[None])
    length = np.linalg.norm(approximate[0], axis=1)
    n_domain = len(problem.halfspaces[0])
    used = length > 0
    used[n_domain + len(signs) :] = False
    exact = np.array([[rational()(v) for v in row] for row in np.column_stack(problem.halfspaces)])
    neurons = np.flatnonzero(used[n_domain:])
    rows = [
        *exact.reshape(n_domain, problem.dim + 1)[used[:n_domain]],
        *_neuron_rows(problem, pattern, neurons),
    ]
    point, radius = largest_ball(rows, problem.dim, rational()(problem.scale))
    return np.array([float(v) for v in point]), float(radius)


def ball_inside(G: FloatArray, h: FloatArray, cap: float) -> tuple[FloatArray, float]:
    """Return centre and radius, at most ``cap``, of a largest ball in ``{x : G @ x <= h}``.

    ``G`` has unit rows.
    """
    exact = np.vectorize(rational(), otypes=[object])
    rows = list(exact(np.column_stack([G, h]))) if len(G) else []
    point, radius = largest_ball(rows, G.shape[1], rational()(cap))
    return np.array([float(v) for v in point]), float(radius)


def _neuron_rows(
    problem: Problem, pattern: SignArray, neurons: IntArray
) -> list[NDArray[np.object_]]:
    """Inequalities (g, h), ``g @ x <= h``, that some neurons' signs are, of about unit length."""
    net, number = as_network(problem.source), rational()
    exact = np.vectorize(number, otypes=[object])
    wanted, result, at = set(neurons.tolist()), [], 0
    last = int(neurons.max(initial=-1))
    maps = np.column_stack([exact(dense(net.weights[0])), exact(net.biases[0])])
    for layer, (slope, rectified) in enumerate(zip(net.slopes, net.rectified, strict=True)):
        signs = pattern[at : at + len(rectified)]
        for k, sign in zip(rectified, signs, strict=True):
            if at in wanted:
                row = maps[k] * number(-float(sign))
                length = float(np.linalg.norm(row[:-1].astype(float)))
                row = row * number(1.0 / length)
                row[-1] = -row[-1]
                result.append(row)
            at += 1
        if at > last:
            break
        gate = np.ones(len(slope))
        gate[rectified] = np.where(signs > 0, 1.0, slope[rectified])
        open_ = np.flatnonzero(gate)
        following = exact(dense(net.weights[layer + 1][:, open_])) @ (
            maps[open_] * exact(gate[open_])[:, None]
        )
        following[:, -1] = following[:, -1] + exact(net.biases[layer + 1])
        maps = following
    return result


def largest_ball(rows: list[Any], d: int, cap: Any) -> tuple[list[Any], Any]:
    """Maximise t subject to ``g @ x + t <= h`` for all rows (g, h), and ``t <= cap``, exactly.

    The dual program, in as many equations as there are unknowns, by the revised simplex method:
    it starts from x = 0, t = cap, and each pivot takes in a violated row. Returns x and t.
    """
    number = rational()
    zero, one = number(0.0), number(1.0)
    n = d + 1
    inverse = np.array([[one if i == j else zero for j in range(n)] for i in range(n)])
    basis = [-1] * d + [len(rows)]  # -1: a coordinate that no row bounds yet
    cost = [zero] * d + [cap]
    value = np.array([zero] * d + [one])
    if rows:
        columns = np.array([[*row[:-1], one] for row in rows])
        sides = np.array([row[-1] for row in rows])
        rough, rough_sides = columns.astype(float), sides.astype(float)
    pivots = 0
    while True:
        z = np.array([sum((cost[i] * inverse[i, j] for i in range(n)), zero) for j in range(n)])
        entering = -1
        if rows:
            slack = rough_sides - rough @ z.astype(float)
            worst = int(slack.argmin())
            if pivots < _BLAND and sides[worst] - columns[worst] @ z < zero:
                entering = worst
            else:
                exact = sides - columns @ z
                entering = next((i for i, s in enumerate(exact) if s < zero), -1)
        if entering < 0:
            return list(z[:d]), z[d]
        direction = inverse @ columns[entering]
        leaving = next((i for i in range(n) if basis[i] < 0 and direction[i] != zero), -1)
        if leaving < 0:
            ratios = [(value[i] / direction[i], basis[i], i) for i in range(n)
                      if basis[i] >= 0 and direction[i] > zero]  # fmt: skip
            leaving = min(ratios)[2]
        inverse[leaving] = inverse[leaving] / direction[leaving]
        value[leaving] = value[leaving] / direction[leaving]
        for i in range(n):
            if i != leaving and direction[i] != zero:
                inverse[i] = inverse[i] - direction[i] * inverse[leaving]
                value[i] = value[i] - direction[i] * value[leaving]
        basis[leaving], cost[leaving] = entering, sides[entering]
        pivots += 1
