"""Linear bounds of every neuron over a box: what a piece of input space decides without splitting.

Backward substitution (H. Zhang et al., Efficient neural network robustness certification with
general activation functions, NeurIPS 2018; G. Singh et al., An abstract domain for certifying
neural networks, POPL 2019): a rectifier whose sign is open lies between two lines, a known one is
a line, and a neuron's affine function of the layer below becomes, layer by layer, one of the input.
Where all earlier neurons are decided the function is exact. Bounds are widened by what rounding
can do to them (N. J. Higham, Accuracy and stability of numerical algorithms, 2nd ed. 2002, ch. 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..networks.matrix import dense
from ..networks.network import ReLUNetwork
from .norms import DUAL, length

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray, SignArray

#: States of a neuron: open; its sign imposed, which makes a row; its sign implied by the bounds.
OPEN, IMPOSED, IMPLIED = 0, 1, 2
N_RULES = 3  # choices of lines by which targets are bounded; other units are by the first


@dataclass(frozen=True, eq=False)
class Layers:
    """Affine maps whose coordinates, all layers in one row, are the units; the last are targets.

    ``guard[i]`` bounds the rounding in the bounds of unit i, anywhere in the box that the layers
    were made for.
    """

    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]
    slopes: FloatArray
    start: IntArray
    guard: FloatArray

    @property
    def n_targets(self) -> int:
        """Number of units of the last layer."""
        return int(self.start[-1] - self.start[-2])

    def initial_state(self) -> SignArray:
        """Return the state in which targets are imposed to be on and all else is open."""
        state = np.where(self.slopes == 1.0, IMPLIED, OPEN).astype(np.int8)
        state[self.start[-2] :] = IMPOSED
        return state

    def as_network(self) -> ReLUNetwork:
        """Return the network whose neurons are the units, targets included; its output is 0."""
        return ReLUNetwork(
            (*self.weights, np.zeros((1, self.n_targets))),
            (*self.biases, np.zeros(1)),
            tuple(np.split(self.slopes, self.start[1:-1])),
        )


def make_layers(net: ReLUNetwork, A: FloatArray, b: FloatArray, size: FloatArray) -> Layers:
    """Return the layers of a network whose targets are ``A @ output + b``.

    ``size`` bounds the coordinates of the inputs that they are used for, shape (d,).
    """
    weights = [dense(w) for w in net.weights]
    biases = list(net.biases)
    biases[-1] = A @ biases[-1] + b
    weights[-1] = A @ weights[-1]
    sizes = [len(v) for v in biases]
    terms = 4 * (len(size) + sum(sizes) + 2 * len(sizes)) * np.finfo(float).eps
    magnitude, guards = size, []
    for w, v, slope in zip(weights, biases, [*net.slopes, np.zeros(len(b))], strict=True):
        magnitude = np.abs(w) @ magnitude + np.abs(v)
        guards.append(terms * magnitude)
        magnitude = magnitude * np.maximum(1.0, np.abs(slope))
    return Layers(
        weights=tuple(weights),
        biases=tuple(biases),
        slopes=np.concatenate([*net.slopes, np.zeros(len(b))]),
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        guard=np.concatenate(guards),
    )


@dataclass(frozen=True, eq=False)
class Relaxed:
    """A piece of input space as far as bounds go.

    Attributes
    ----------
    state : ndarray of int8, shape (n_units,)
        0 open, ±1 imposed, ±2 implied.
    G, h : ndarray, shapes (m, d) and (m,)
        What imposed signs ask of the input, relaxed: unit rows ``G @ x <= h``; the last are the
        targets', N_RULES a target.
    slack : ndarray, shape (m,)
        The share of ``h`` that allows for rounding.
    gap : ndarray, shape (n_units,)
        How far the two lines of an open unit are apart where it vanishes.
    blame : ndarray, shape (n_units,)
        Share of each open unit in the uncertainty about the targets.
    high : ndarray, shape (n_targets,)
        Upper bounds of the targets.
    """

    state: SignArray
    G: FloatArray
    h: FloatArray
    slack: FloatArray
    gap: FloatArray
    blame: FloatArray
    high: FloatArray


def relax(
    layers: Layers,
    state: SignArray,
    lower: FloatArray,
    upper: FloatArray,
    norm: str | None = None,
    radius: float = np.inf,
) -> Relaxed | None:
    """Bound all units over the box and, with a norm, the ball of a radius around the origin.

    Returns None where an imposed sign is impossible there.
    """
    state = state.copy()
    gap, blame = np.zeros((2, len(state)))
    middle, half = (lower + upper) / 2, (upper - lower) / 2
    below: list[_Lines] = []
    rows: list[FloatArray] = []
    last = len(layers.weights) - 1
    for k, (w, b) in enumerate(zip(layers.weights, layers.biases, strict=True)):
        units = slice(layers.start[k], layers.start[k + 1])
        own, guard = state[units], layers.guard[units]
        low, up = np.zeros((2, len(b)))
        wanted = np.flatnonzero(np.abs(own) < IMPLIED)
        if len(wanted):
            # lower bounds of the wanted units, then of their negatives; targets by every rule
            n_rules = N_RULES if k == last else 1
            which = np.tile(wanted, n_rules)
            rule = np.tile(np.repeat(np.arange(n_rules), len(wanted)), 2)
            M = np.concatenate([w[which], -w[which]])
            c = np.concatenate([b[which], -b[which]])
            for i in range(k - 1, -1, -1):
                if k == last:
                    here = slice(layers.start[i], layers.start[i + 1])
                    blame[here] = np.abs(M[len(which) :]).max(axis=0) * gap[here]
                lines = below[i]
                positive = np.maximum(M, 0.0)
                negative = M - positive
                c += positive @ lines.under + negative @ lines.over
                M = positive * lines.under_slope[rule] + negative * lines.over_slope[rule]
                c += M @ layers.biases[i]
                M = M @ layers.weights[i]
            least = M @ middle - np.abs(M) @ half
            if norm is not None:
                least = np.maximum(least, -radius * length(DUAL[norm], M))
            least = (least + c).reshape(2, n_rules, len(wanted)).max(axis=1)
            low[wanted], up[wanted] = least[0] - guard[wanted], guard[wanted] - least[1]
            if ((own == IMPOSED) & (up < 0.0)).any() or ((own == -IMPOSED) & (low > 0.0)).any():
                return None
            imposed = np.flatnonzero(np.abs(own[which]) == IMPOSED)
            # on: -upper(x) <= 0; off: lower(x) <= 0
            at = np.where(own[which[imposed]] > 0, imposed + len(which), imposed)
            rows.append(np.column_stack([M[at], -c[at], guard[which[imposed]]]))
            open_ = own == OPEN
            own[open_ & (low >= 0.0)] = IMPLIED
            own[open_ & (up <= 0.0)] = -IMPLIED
        if k < last:
            lines = _lines(layers.slopes[units], own, low, up)
            gap[units] = np.abs(lines.over) + np.abs(lines.under)
            below.append(lines)
    table = np.concatenate(rows)
    norms = np.linalg.norm(table[:, :-2], axis=1)
    norms[norms == 0.0] = 1.0
    table /= norms[:, None]
    slack = table[:, -1]
    return Relaxed(
        state=state,
        G=table[:, :-2],
        h=table[:, -2] + slack,
        slack=slack,
        gap=gap,
        blame=blame,
        high=up,
    )


@dataclass(frozen=True, eq=False)
class _Lines:
    """Two lines around each rectifier of a layer: slopes by rule, shape (N_RULES, n), and heights.

    One of the two is the chord. Any line through the origin between the rectifier's slopes is good
    for the other: rule 0 takes the one that cuts off more, rules 1 and 2 always the same.
    """

    under_slope: FloatArray
    under: FloatArray
    over_slope: FloatArray
    over: FloatArray


def _lines(slope: FloatArray, state: SignArray, low: FloatArray, up: FloatArray) -> _Lines:
    gate = np.where(state > 0, 1.0, slope)
    under_slope, over_slope = np.tile(gate, (2, N_RULES, 1))
    under, over = np.zeros((2, len(slope)))
    still = np.flatnonzero(state == OPEN)
    if len(still):
        s, lo, hi = slope[still], low[still], up[still]
        chord = (hi - s * lo) / (hi - lo)
        rise = hi * (1.0 - chord)
        flat = np.array([np.where(hi > -lo, 1.0, s), s, np.ones(len(s))])
        convex = s < 1.0
        under_slope[:, still] = np.where(convex, flat, chord)
        over_slope[:, still] = np.where(convex, chord, flat)
        under[still] = np.where(convex, 0.0, rise)
        over[still] = np.where(convex, rise, 0.0)
    return _Lines(under_slope, under, over_slope, over)
