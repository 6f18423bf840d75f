"""How often a path turns back along the normals of the walls of the first hidden layer."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

import numpy as np

from .._check import RNG, frozen, generator
from .._table import brief
from ._parameters import layers, step_blocks
from .crossings import samples
from .turning import turning_angles

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray, IntArray
    from .path import OptimizerPath


@brief
@dataclass(frozen=True, eq=False)
class WallTurns:
    """Changes of direction V along walls, beside the turning of the path; made by `wall_turns`.

    A wall is a (neuron, sample) of the first hidden layer. A path crosses it at most 1 + V times;
    over isotropic normals the expectation of V is the total turning over pi (Milnor 1950; Crofton).

    Attributes
    ----------
    runs : ndarray of int64, shape (N_1, n)
        1 + V, the monotone runs of the wall's function; 0 where it never changes.
    turning : ndarray, shape (N_1,)
        Total turning of each neuron's weights and bias, in radians.
    moves : ndarray of bool, shape (N_1,)
        Whether the neuron moves at all.
    total_turning : float
        Of all parameters, in radians.
    isotropic : ndarray of int64
        V of as many random isotropic normals for each neuron that moves: the null.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> a, b = net.parameters, -net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [a, b, a])
    >>> rg.paths.wall_turns(path, [[0.5]]).runs.tolist()
    [[2], [2], [2]]
    """

    runs: IntArray
    turning: FloatArray
    moves: BoolArray
    total_turning: float
    isotropic: IntArray

    @property
    def turns(self) -> IntArray:
        """V of the walls that move, one entry a wall."""
        moving: IntArray = self.runs[self.runs > 0] - 1
        return moving

    @property
    def expected(self) -> float:
        """Mean over the moving neurons of their turning over pi: E[V] for isotropic data."""
        return float(self.turning[self.moves].mean() / pi) if self.moves.any() else 0.0


def wall_turns(path: OptimizerPath, X: ArrayLike, *, rng: RNG = 0) -> WallTurns:
    """Count how often a path turns back along the normal of each wall of the first hidden layer.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    rng : Generator, int or None, default 0
        For the isotropic null.

    Returns
    -------
    WallTurns

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> a, b = net.parameters, -net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [a, b, a, b])
    >>> found = rg.paths.wall_turns(path, [[0.5], [2.0]])
    >>> found.turns, found.expected
    (array([2, 2, 2, 2, 2, 2]), 2.0)
    """
    data, random = samples(path, X), generator(rng)
    net = path.start
    neurons = net.rectified[0]
    n, size = len(data), data.shape[1] + 1
    normals = random.standard_normal((n, size))
    own, null = _Runs(n, len(neurons)), _Runs(n, len(neurons))
    walls = []
    for block in step_blocks(net, n, len(path)):
        w, b = layers(net, path.canonical(slice(block.start, block.stop + 1)))[0]
        w, b = w[:, neurons], b[:, neurons]
        steps = np.diff(np.concatenate([w, b[:, :, None]], axis=2), axis=0)
        walls.append(steps)
        own.add(np.diff(data @ w.swapaxes(1, 2) + b[:, None], axis=0))
        null.add(normals @ steps.swapaxes(1, 2))
    turning, moves = np.zeros(len(neurons)), np.zeros(len(neurons), dtype=np.bool_)
    for j, steps in enumerate(np.concatenate(walls).swapaxes(0, 1) if walls else ()):
        moving = steps[steps.any(axis=1)]
        moves[j] = bool(len(moving))
        turning[j] = float(turning_angles(moving).sum()) if len(moving) else 0.0
    updates = path.updates[path.updates.any(axis=1)]
    isotropic = null.runs[null.runs > 0] - 1
    return WallTurns(
        frozen(own.runs.T), frozen(turning), frozen(moves),
        float(turning_angles(updates).sum()) if len(updates) else 0.0, frozen(isotropic),
    )  # fmt: skip


class _Runs:
    """Counts monotone runs of many functions, fed block by block."""

    def __init__(self, n: int, neurons: int) -> None:
        self.runs = np.zeros((n, neurons), dtype=np.int64)
        self._direction = np.zeros((n, neurons), dtype=np.int8)

    def add(self, differences: FloatArray) -> None:
        """Take the next differences, shape (steps, n, neurons)."""
        for sign in np.sign(differences).astype(np.int8):
            self.runs += (sign != 0) & (sign != self._direction)
            np.copyto(self._direction, sign, where=sign != 0)
