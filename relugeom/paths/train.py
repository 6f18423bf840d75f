"""A small exact-to-the-definition trainer in numpy that records every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, frozen, generator, points, positive_int
from .._progress import progress_bar
from ..errors import InvalidInputError, ShapeError
from . import _loss
from .optimizers import State, rule
from .path import OptimizerPath

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..arrangements.domains import AffineSlice
    from ..networks.network import ReLUNetwork


def train(
    net: ReLUNetwork,
    X: ArrayLike,
    y: ArrayLike,
    *,
    optimizer: str = "adam",
    loss: str = "mse",
    steps: int = 200,
    batch_size: int | None = None,
    lr: float = 1e-2,
    rng: RNG = 0,
    weight_decay: float | None = None,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    momentum: float = 0.9,
    within: AffineSlice | None = None,
    moments: bool = False,
    progress: bool | None = None,
) -> OptimizerPath:
    """Train a network and record every step.

    Parameters
    ----------
    net : ReLUNetwork
        The start; it is not changed. Leaky slopes and passed coordinates are kept as they are.
    X : array_like, shape (n, d)
    y : array_like
        For "mse" values of shape (n, output_dim), or (n,) with one output; for "cross_entropy"
        labels 0, 1, ... of shape (n,) (0 and 1 with one output, which is then a logit).
    optimizer : str, default "adam"
        sgd, momentum, rmsprop, adam, adamw, amsgrad or signsgd, with the semantics of PyTorch.
    loss : str, default "mse"
        "mse": mean over samples and outputs; "cross_entropy": mean over samples.
    steps : int, default 200
        Number of updates T.
    batch_size : int, optional
        Mini-batches of this size from a fresh shuffle each epoch, the last of an epoch smaller
        where it does not divide n. None: all samples every step.
    lr : float, default 0.01
        Learning rate.
    rng : Generator, int or None, default 0
        Used for the shuffles only.
    weight_decay : float, optional
        PyTorch's default if not given: 0.01 for adamw, 0 for the others.
    betas, eps, momentum : optional
        For the optimizers that have them. RMSprop uses alpha = 0.99.
    within : AffineSlice, optional
        Train in this slice of parameter space, from its point nearest to the parameters of
        ``net``: the optimizer moves coordinates in the slice (as in Li et al. 2018). The path's
        ``settings`` say so: ``within``, its dimension, and ``drawn``, as the slice has it.
    moments : bool, default False
        Record the optimizer's averages of gradients and of their squares, if it has any; within
        a slice they are not those of parameters, and are not recorded.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    OptimizerPath
        ``loss`` has T + 1 entries: the loss on all data before each step and at the end. If the
        loss, the gradient or the parameters stop being finite, the path ends at the last point
        with a finite loss, with status "diverged"; after a keyboard interrupt it ends there, with
        status "interrupted".

    Raises
    ------
    InvalidInputError
        If a setting or a label has no meaning.
    ShapeError
        If ``X`` and ``y``, or ``within``, do not fit the network.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> path = rg.train(net, [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0], steps=300, lr=0.05)
    >>> bool(path.loss[-1] < 0.01 * path.loss[0])
    True
    """
    data = points("X", X, net.input_dim)
    n = len(data)
    if not n:
        raise InvalidInputError("`X` must hold at least one sample; got none")
    wanted = _loss.targets(net, y, loss, n)
    total = positive_int("steps", steps, minimum=0)
    size = None if batch_size is None else min(n, positive_int("batch_size", batch_size))
    update, used = rule(
        optimizer, lr=lr, weight_decay=weight_decay, alpha=0.99, betas=betas, eps=eps,
        momentum=momentum,
    )  # fmt: skip
    batches = None if size is None else _batches(n, size, generator(rng))

    if within is not None and within.ambient_dim != net.n_parameters:
        raise ShapeError(
            f"`within` must be a slice of the {net.n_parameters} parameters; "
            f"got one of R^{within.ambient_dim}"
        )
    place = np.array(net.parameters) if within is None else within.coordinates(net.parameters)[0]
    theta, state = place if within is None else within.points(place)[0], State()
    parameters = np.empty((total + 1, len(theta)))
    gradients = np.empty((total, len(theta)))
    losses = np.empty(total + 1)
    averages: dict[str, list[FloatArray]] = {"first_moments": [], "second_moments": []}
    parameters[0] = theta
    used_batches: list[IntArray] = []
    done, status = 0, "complete"
    with (
        np.errstate(over="ignore", invalid="ignore", divide="ignore"),
        progress_bar(progress, total=total, desc=optimizer, unit="step") as bar,
    ):
        losses[0] = _loss.value(net, theta, data, wanted, loss)
        try:
            while done < total:
                if batches is None:
                    gradient = _loss.evaluate(net, theta, data, wanted, loss)[1]
                else:
                    batch = next(batches)
                    gradient = _loss.evaluate(net, theta, data[batch], wanted[batch], loss)[1]
                if not np.isfinite(gradient).all():
                    status = "diverged"
                    break
                if within is None:
                    place, state = update(place, gradient, state)
                    theta = place
                else:
                    place, state = update(place, gradient @ within.basis, state)
                    theta = within.points(place)[0]
                after = _loss.value(net, theta, data, wanted, loss)
                if not (np.isfinite(after) and np.isfinite(theta).all()):
                    status = "diverged"
                    break
                gradients[done], parameters[done + 1], losses[done + 1] = gradient, theta, after
                for rows, mean in zip(averages.values(), (state.first, state.second), strict=True):
                    if moments and within is None and mean is not None:
                        rows.append(mean)
                if batches is not None:
                    used_batches.append(frozen(batch))
                done += 1
                bar.update()
        except KeyboardInterrupt:
            status = "interrupted"
    settings: dict[str, Any] = {"loss": loss, "batch_size": size, **used}
    if within is not None:
        settings |= {"within": within.dim, "drawn": within.drawn}
    first, second = (frozen(rows[:done]) if rows else None for rows in averages.values())
    return OptimizerPath(
        structure=net,
        parameters=_head(parameters, done + 1),
        steps=frozen(np.arange(done + 1)),
        gradients=_head(gradients, done),
        loss=_head(losses, done + 1),
        batches=None if size is None else tuple(used_batches[:done]),
        optimizer=optimizer,
        lr=float(lr),
        settings=settings,
        status=status,
        learning_rates=frozen(np.full((done, 1), float(lr))),
        first_moments=first,
        second_moments=second,
    )


def _batches(n: int, size: int, random: np.random.Generator) -> Iterator[IntArray]:
    while True:
        order = random.permutation(n)
        for at in range(0, n, size):
            yield order[at : at + size]


def _head(array: FloatArray, length: int) -> FloatArray:
    head: FloatArray = array[:length] if length == len(array) else array[:length].copy()
    head.setflags(write=False)
    return head
