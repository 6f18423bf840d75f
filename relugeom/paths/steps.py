"""Which vectors of a path are looked at: its steps, chords, gradients, averages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import choice, float_array, positive_int
from ..errors import InvalidInputError
from .path import OptimizerPath

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray

#: What the vectors may be, and where they come from.
OF = {
    "updates": "differences of successive recorded parameters",
    "raw_updates": "what each optimizer step itself did, as recorded",
    "secants": "chords of the path over `lag` recorded steps, end to end",
    "gradients": "the gradient that each step used",
    "momentum": "the optimizer's average of gradients after each step",
    "preconditioned": "gradient / (sqrt(second moment) + eps), as adaptive optimizers divide it",
}
_ADAPTIVE = ("adam", "adamw", "amsgrad", "rmsprop")
_BUFFERED = ("momentum", "sgd")
_DECAY_OF_GRADIENT = (*_BUFFERED, "adam", "amsgrad", "rmsprop")


@dataclass(frozen=True)
class Steps:
    """Vectors that come in blocks of rows.

    Attributes
    ----------
    n, dim : int
        How many, and in which dimension.
    blocks : callable
        From the number of rows in a block to an iterator of arrays of shape (at most that, dim).
    averaged : bool
        Whether successive ones are, or follow, successive moving averages, if there is momentum.
    note : str
        How they were made, where that is not plain.
    """

    n: int
    dim: int
    blocks: Callable[[int], Iterator[FloatArray]]
    averaged: bool = False
    note: str = ""

    def all(self) -> FloatArray:
        """Return them as one array, shape (n, dim)."""
        parts = list(self.blocks(max(self.n, 1)))
        return parts[0] if len(parts) == 1 else np.concatenate([*parts, np.empty((0, self.dim))])


def steps_of(
    path: OptimizerPath | ArrayLike | str | os.PathLike[str],
    of: str,
    *,
    lag: int = 10,
    beta: float | None = None,
) -> tuple[Steps, OptimizerPath | None]:
    """Return the vectors of a path, and the path if it is one.

    Parameters
    ----------
    path : OptimizerPath, path of a file, or array_like of shape (T, P)
        Rows of an array are taken as steps.
    of : str
        A key of ``OF``; "updates" or "secants" of an array.
    lag : int, default 10
        Of "secants".
    beta : float, optional
        Of "momentum", where the optimizer is not known.

    Raises
    ------
    InvalidInputError
        If the path does not hold what is asked for, and it cannot be made from what it holds.

    Examples
    --------
    >>> found, _ = steps_of([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], "secants", lag=2)
    >>> found.all()
    array([[1., 1.]])
    """
    choice("of", of, tuple(OF))
    k = positive_int("lag", lag)
    if isinstance(path, str | os.PathLike):
        from .files import load_path

        path = load_path(path, lazy=True)
    if not isinstance(path, OptimizerPath):
        rows = float_array("path", path, shape=(None, None))
        if of not in ("updates", "secants"):
            raise InvalidInputError(
                f"`of` must be updates or secants for an array of steps; got {of!r}"
            )
        if of == "updates":
            return _column(rows), None
        ends = np.vstack([np.zeros(rows.shape[1]), rows.cumsum(axis=0)])
        return _secants(ends, k), None
    every = path.every == 1
    if of == "secants":
        return _secants(_recorded(path, "parameters"), k), path
    if of == "updates":
        if not path.parameters.shape[1] and path.raw_updates is not None:
            return _column(path.raw_updates, averaged=every), path
        return _secants(_recorded(path, "parameters"), 1, averaged=every), path
    if of in ("raw_updates", "gradients"):
        return _column(_recorded(path, of), averaged=every and of == "raw_updates"), path
    if of == "momentum":
        if path.first_moments is not None:
            return _column(path.first_moments, averaged=every), path
        return _averages(path, beta), path
    return _preconditioned(path), path


def momentum_of(path: OptimizerPath | None) -> float | None:
    """Return the optimizer's momentum, or beta1; None if it has none."""
    settings = {} if path is None else path.settings
    value = settings.get("momentum") or next(iter(settings.get("betas") or ()), None)
    return float(value) if value else None


def _sliced(rows: Any, size: int) -> Iterator[FloatArray]:
    for at in range(0, len(rows), size):
        yield np.asarray(rows[at : at + size])


def _column(rows: Any, *, averaged: bool = False) -> Steps:
    return Steps(rows.shape[0], rows.shape[1], lambda size: _sliced(rows, size), averaged)


def _secants(ends: Any, lag: int, *, averaged: bool = False) -> Steps:
    n = (len(ends) - 1) // lag
    if not n:
        raise InvalidInputError(
            f"`path` must have at least {lag} step{'s' * (lag > 1)} for `lag` {lag}; "
            f"got {len(ends) - 1}"
        )

    def blocks(size: int) -> Iterator[FloatArray]:
        for at in range(0, n, size):
            stop = min(at + size, n)
            if lag == 1:
                corners = np.asarray(ends[at : stop + 1])
            else:
                corners = np.asarray(ends[np.arange(at, stop + 1) * lag])
            yield np.diff(corners, axis=0)

    return Steps(n, int(ends.shape[1]), blocks, averaged, f"chords of {lag} steps" * (lag > 1))


def _averages(path: OptimizerPath, beta: float | None) -> Steps:
    """Make first moments again from gradients."""
    settings = path.settings
    known = path.optimizer in (*_ADAPTIVE, *_BUFFERED) and path.optimizer != "rmsprop"
    own = momentum_of(path) if known else None
    rate = own if own is not None else beta
    if rate is None or not 0.0 <= rate < 1.0:
        raise InvalidInputError(
            f"`path` must hold first_moments, or `beta` must be given from 0 to 1, for "
            f"of='momentum': {path.optimizer!r} has no momentum that is known; got {beta}"
        )
    gradients = _all_gradients(path, "momentum")
    buffered = own is not None and path.optimizer in _BUFFERED
    fresh = 1.0 - float(settings.get("dampening") or 0.0) if buffered else 1.0 - rate

    def blocks(size: int) -> Iterator[FloatArray]:
        held = None
        for block in _decayed(path, gradients, size, own is not None):
            rows = np.empty_like(block)
            for t, gradient in enumerate(block):
                if held is None:
                    held = gradient.copy() if buffered else fresh * gradient
                else:
                    held = rate * held + fresh * gradient
                rows[t] = held
            yield rows

    return Steps(
        len(gradients), gradients.shape[1], blocks, True, f"made from gradients with beta {rate:g}"
    )


def _preconditioned(path: OptimizerPath) -> Steps:
    """Divide gradients as the optimizer divides its averages of them."""
    settings, name = path.settings, path.optimizer
    if name not in _ADAPTIVE or settings.get("centered"):
        raise InvalidInputError(
            f"`path` must be one of {', '.join(_ADAPTIVE)}, not centred, for of='preconditioned'; "
            f"got {name!r}"
        )
    gradients = _all_gradients(path, "preconditioned")
    rmsprop = name == "rmsprop"
    rate = settings.get("alpha", 0.99) if rmsprop else (settings.get("betas") or (0.9, 0.999))[1]
    eps = float(settings.get("eps", 1e-8))
    most = name == "amsgrad" or bool(settings.get("amsgrad"))

    def blocks(size: int) -> Iterator[FloatArray]:
        second = largest = np.zeros(gradients.shape[1])
        at = 0
        for block in _decayed(path, gradients, size, True):
            rows = np.empty_like(block)
            for t, gradient in enumerate(block):
                second = rate * second + (1.0 - rate) * gradient**2
                largest = np.maximum(largest, second) if most else second
                correction = 1.0 if rmsprop else 1.0 - rate ** (at + t + 1)
                rows[t] = gradient / (np.sqrt(largest / correction) + eps)
            yield rows
            at += len(block)

    return Steps(len(gradients), gradients.shape[1], blocks, False, "made from gradients")


def _decayed(path: OptimizerPath, gradients: Any, size: int, decay: bool) -> Iterator[FloatArray]:
    """Return gradients as they enter averages: with weight decay, where it is a part of them."""
    rate = float(path.settings.get("weight_decay") or 0.0)
    sign = -1.0 if path.settings.get("maximize") else 1.0
    decay = bool(rate) and decay and path.optimizer in _DECAY_OF_GRADIENT
    theta = _recorded(path, "parameters") if decay else None
    at = 0
    for block in _sliced(gradients, size):
        block = sign * block
        if theta is not None:
            block += rate * np.asarray(theta[at : at + len(block)])
        yield block
        at += len(block)


def _all_gradients(path: OptimizerPath, of: str) -> Any:
    if path.gradients is None or path.every > 1 or path.steps[0] != 0:
        raise InvalidInputError(
            f"`path` must hold the gradients of all steps from the first for of={of!r}"
            f"{' (or first_moments)' * (of == 'momentum')}; got "
            + ("no gradients" if path.gradients is None else f"those of every {path.every}. step")
        )
    return path.gradients


def _recorded(path: OptimizerPath, name: str) -> Any:
    rows = getattr(path, name)
    if rows is None or (len(path) and not rows.shape[1]):
        raise InvalidInputError(f"`path` must hold {name}; got one recorded without them")
    return rows
