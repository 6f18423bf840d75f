"""Pieces of input space, and how one is cut in two: the tree that margins and proofs search.

A piece is a box with the signs of some units imposed. It shrinks to what its rows leave of the box.
Then, where many units are open in few dimensions, the box is halved, as bounds get tight fast;
otherwise an open unit gets one sign and the other. In low dimensions layer by layer, so that
imposed signs are exact rows and no more pieces come up than a few times the regions; in high ones
the unit that matters most, wherever it is. A piece without open units is a union of activation
regions on which the network is one affine map.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _kernel_simplex as kernel
from .norms import TOLERANCE
from .relaxation import IMPOSED, N_RULES, OPEN, Layers, Relaxed

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray, SignArray

_LOW_DIM = 10  # inputs up to which boxes shrink and are halved
_MANY_CELLS = 10_000  # the box is halved while the open units may cut it into more
_NARROW = 1e-6  # sides below this, beside a box of about unit size, are not halved
_HARMLESS = 8.0  # a unit whose lines are so many guards apart is open by rounding alone


@dataclass(frozen=True, eq=False)
class Piece:
    """A box and the state of every unit; see `relaxation.Relaxed`."""

    state: SignArray
    lower: FloatArray
    upper: FloatArray


def open_units(layers: Layers, relaxed: Relaxed) -> IntArray:
    """Return the units whose sign matters and is open; none: the network is affine here."""
    return np.flatnonzero((relaxed.state == OPEN) & (relaxed.gap > _HARMLESS * layers.guard))


def shrunk(piece: Piece, G: FloatArray, h: FloatArray) -> Piece | None:
    """Shrink the box to the bounding box of what the rows leave of it; None if that is nothing."""
    m, d = G.shape
    if d > _LOW_DIM:
        return piece
    lower, upper = piece.lower.copy(), piece.upper.copy()
    left = kernel.contract(
        np.ascontiguousarray(G.T), h, m, lower, upper, TOLERANCE, *kernel.workspace(d, m)
    )
    return Piece(piece.state, lower, upper) if left else None


def halves(layers: Layers, piece: Piece, relaxed: Relaxed, units: IntArray) -> list[Piece]:
    """Cut a piece in two, by its box or by the sign of one of the open ``units``."""
    sides = piece.upper - piece.lower
    d = len(sides)
    if d <= _LOW_DIM and sum(comb(len(units), i) for i in range(d + 1)) > _MANY_CELLS:
        targets = relaxed.G[-N_RULES * layers.n_targets :]
        influence = np.abs(targets).sum(axis=0) * np.where(sides < _NARROW, 0.0, sides)
        j = int(influence.argmax())
        if influence[j] > 0.0:
            lower, upper = piece.lower.copy(), piece.upper.copy()
            lower[j] = upper[j] = (piece.lower[j] + piece.upper[j]) / 2
            below = Piece(relaxed.state, piece.lower, upper)
            return [below, Piece(relaxed.state, lower, piece.upper)]
    if d <= _LOW_DIM:
        layer = np.searchsorted(layers.start, units, side="right")
        units = units[layer == layer[0]]
    worst = units[np.lexsort([relaxed.gap[units], relaxed.blame[units]])[-1]]
    result = []
    for sign in (IMPOSED, -IMPOSED):
        state = relaxed.state.copy()
        state[worst] = sign
        result.append(Piece(state, piece.lower, piece.upper))
    return result


@dataclass
class Budget:
    """How many pieces may be visited, and until when."""

    most: float
    deadline: float
    bar: Any
    used: int = 0

    def spent(self) -> bool:
        """Count one more; True if that is too many or too late."""
        if self.used >= self.most or time.perf_counter() > self.deadline:
            return True
        self.used += 1
        self.bar.update(1)
        return False
