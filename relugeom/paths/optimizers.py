"""Update rules of first-order optimizers as pure functions, with the semantics of PyTorch.

Each rule takes parameters, gradient and state, and returns the next parameters and state; nothing
is changed in place. The defaults are those of ``torch.optim``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import choice
from ..errors import InvalidInputError

if TYPE_CHECKING:
    from .._check import FloatArray


@dataclass(frozen=True, eq=False)
class State:
    """What an optimizer remembers.

    Attributes
    ----------
    step : int
        Number of steps done.
    first : ndarray or None
        Momentum buffer, or running mean of the gradient.
    second : ndarray or None
        Running mean of the squared gradient, not bias-corrected.
    largest : ndarray or None
        Largest ``second`` so far (amsgrad).
    """

    step: int = 0
    first: FloatArray | None = None
    second: FloatArray | None = None
    largest: FloatArray | None = None


Update = tuple["FloatArray", State]


def sgd(
    theta: FloatArray, grad: FloatArray, state: State, *, lr: float = 1e-3, weight_decay: float = 0
) -> Update:
    """Plain gradient descent: ``theta - lr * grad``.

    Parameters
    ----------
    theta, grad : ndarray, shape (P,)
    state : State
    lr : float
        Learning rate.
    weight_decay : float
        Added to the gradient as ``weight_decay * theta``.

    Examples
    --------
    >>> sgd(np.array([1.0]), np.array([2.0]), State(), lr=0.1)[0]
    array([0.8])
    """
    g = _decayed(theta, grad, weight_decay)
    return theta - lr * g, replace(state, step=state.step + 1)


def momentum(
    theta: FloatArray,
    grad: FloatArray,
    state: State,
    *,
    lr: float = 1e-3,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
) -> Update:
    """Heavy ball as ``torch.optim.SGD(momentum=...)``: ``b = momentum * b + g``, no dampening.

    The first buffer is the first gradient itself.
    """
    g = _decayed(theta, grad, weight_decay)
    buffer = g.copy() if state.first is None else momentum * state.first + g
    return theta - lr * buffer, replace(state, step=state.step + 1, first=buffer)


def rmsprop(
    theta: FloatArray,
    grad: FloatArray,
    state: State,
    *,
    lr: float = 1e-2,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> Update:
    """RMSprop, not centred, no momentum: ``theta - lr * g / (sqrt(v) + eps)``."""
    g = _decayed(theta, grad, weight_decay)
    before = np.zeros_like(g) if state.second is None else state.second
    second = alpha * before + (1.0 - alpha) * g * g
    new = theta - lr * g / (np.sqrt(second) + eps)
    return new, replace(state, step=state.step + 1, second=second)


def adam(
    theta: FloatArray,
    grad: FloatArray,
    state: State,
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> Update:
    """Adam (Kingma & Ba 2015) with bias correction; weight decay enters the gradient.

    Examples
    --------
    The first step is ``-lr * sign(grad)`` up to eps:

    >>> adam(np.zeros(2), np.array([3.0, -0.5]), State(), lr=0.1)[0].round(6)
    array([-0.1,  0.1])
    """
    g = _decayed(theta, grad, weight_decay)
    return _adam(theta, g, state, lr, betas, eps, amsgrad=False)


def adamw(
    theta: FloatArray,
    grad: FloatArray,
    state: State,
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
) -> Update:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019).

    The parameters are first multiplied by ``1 - lr * weight_decay``.
    """
    return _adam(theta * (1.0 - lr * weight_decay), grad, state, lr, betas, eps, amsgrad=False)


def amsgrad(
    theta: FloatArray,
    grad: FloatArray,
    state: State,
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> Update:
    """Adam with the largest second moment so far (Reddi et al. 2018): ``Adam(amsgrad=True)``."""
    g = _decayed(theta, grad, weight_decay)
    return _adam(theta, g, state, lr, betas, eps, amsgrad=True)


def signsgd(
    theta: FloatArray, grad: FloatArray, state: State, *, lr: float = 1e-3, weight_decay: float = 0
) -> Update:
    """Sign descent: ``theta - lr * sign(grad)``, a zero entry does not move (not in PyTorch)."""
    g = _decayed(theta, grad, weight_decay)
    return theta - lr * np.sign(g), replace(state, step=state.step + 1)


#: Rules by name, with the settings each one takes beside ``lr`` and ``weight_decay``.
RULES: dict[str, tuple[Callable[..., Update], tuple[str, ...]]] = {
    "sgd": (sgd, ()),
    "momentum": (momentum, ("momentum",)),
    "rmsprop": (rmsprop, ("alpha", "eps")),
    "adam": (adam, ("betas", "eps")),
    "adamw": (adamw, ("betas", "eps")),
    "amsgrad": (amsgrad, ("betas", "eps")),
    "signsgd": (signsgd, ()),
}


def rule(
    optimizer: str, *, lr: float, weight_decay: float | None = None, **settings: Any
) -> tuple[Callable[[FloatArray, FloatArray, State], Update], dict[str, Any]]:
    """Return the update ``(theta, grad, state) -> (theta, state)`` of a named optimizer.

    Parameters
    ----------
    optimizer : str
        sgd, momentum, rmsprop, adam, adamw, amsgrad or signsgd.
    lr : float
        Learning rate, positive.
    weight_decay : float, optional
        The default is that of PyTorch: 0.01 for adamw, 0 for the others.
    **settings
        momentum, alpha, betas, eps; those that the rule does not take are left out.

    Returns
    -------
    update : callable
    used : dict
        The settings that the rule uses, ``lr`` not included.

    Examples
    --------
    >>> update, used = rule("adamw", lr=0.1, betas=(0.9, 0.999), eps=1e-8, momentum=0.9)
    >>> used
    {'weight_decay': 0.01, 'betas': (0.9, 0.999), 'eps': 1e-08}
    """
    function, names = RULES[choice("optimizer", optimizer, tuple(RULES))]
    _number("lr", lr, 0.0, np.inf, open_low=True)
    decay = (1e-2 if optimizer == "adamw" else 0.0) if weight_decay is None else weight_decay
    _number("weight_decay", decay, 0.0, np.inf)
    used: dict[str, Any] = {"weight_decay": float(decay)}
    for name in names:
        if name not in settings:
            continue
        value = settings[name]
        if name == "betas":
            if len(value) != 2:
                raise InvalidInputError(f"`betas` must be two numbers; got {value!r}")
            for beta in value:
                _number("betas", beta, 0.0, 1.0)
            value = (float(value[0]), float(value[1]))
        else:
            _number(name, value, 0.0, 1.0 if name in ("momentum", "alpha") else np.inf)
            value = float(value)
        used[name] = value

    def update(theta: FloatArray, grad: FloatArray, state: State) -> Update:
        return function(theta, grad, state, lr=lr, **used)

    return update, used


def _adam(
    theta: FloatArray,
    g: FloatArray,
    state: State,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    *,
    amsgrad: bool,
) -> Update:
    b1, b2 = betas
    step = state.step + 1
    zeros = np.zeros_like(g)
    first = b1 * (zeros if state.first is None else state.first) + (1.0 - b1) * g
    second = b2 * (zeros if state.second is None else state.second) + (1.0 - b2) * g * g
    largest = None
    if amsgrad:
        largest = second if state.largest is None else np.maximum(state.largest, second)
    root = np.sqrt(second if largest is None else largest) / sqrt(1.0 - b2**step)
    new = theta - (lr / (1.0 - b1**step)) * first / (root + eps)
    return new, State(step, first, second, largest)


def _decayed(theta: FloatArray, grad: FloatArray, weight_decay: float) -> FloatArray:
    return grad + weight_decay * theta if weight_decay else grad


def _number(name: str, value: float, low: float, high: float, *, open_low: bool = False) -> None:
    if not low <= value < high or (open_low and value == low):
        raise InvalidInputError(
            f"`{name}` must lie in {'(' if open_low else '['}{low:g}, {high:g}); got {value!r}"
        )
