"""Region crossings of an optimizer path: every sign change of every neuron at every sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .._check import frozen, instance, points, positive_int
from .._progress import progress_bar
from ..errors import InvalidInputError
from .crossing_table import COLUMNS, Crossings
from .path import OptimizerPath

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray
    from ._search import Found, Search


def crossings(
    path: OptimizerPath,
    X: ArrayLike,
    *,
    max_exact: int = 10_000,
    jobs: int = 1,
    progress: bool | None = None,
) -> Crossings:
    """Return every sign change of every neuron at every sample along an optimizer path.

    Between two steps the parameters move along a straight segment, on which the pre-activations
    of layer l (from 1) are continuous and piecewise polynomial in t, of degree at most l. All
    their sign changes are found, not only those that show at the ends. The flips of a neuron
    always lead from its state at one end of a step to its state at the other. A neuron that
    touches 0 inside a step without changing sign does not cross; one that is 0 counts as off.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
        The samples; not necessarily those trained on.
    max_exact : int, default 10000
        So many cases at most are decided without rounding, which takes milliseconds each; those
        beyond are left to floats and counted in `Crossings.undecided`.
    jobs : int, default 1
        Threads. The result does not depend on their number.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    Crossings
        After Ctrl-C, with status "interrupted", the events of the steps that were done.

    Raises
    ------
    InvalidInputError
        If ``path`` is not an `OptimizerPath`, or there is no sample.
    ShapeError
        If ``X`` does not fit the network.

    Notes
    -----
    Parameters, samples and slopes are the numbers that the floats are. Roots are found by Bernstein
    coefficients on each polynomial piece, in floats with a bound on every rounding error
    (running error analysis, Higham 2002, section 3.3). Where a sign, a double root, or the order
    of two events is not certain, that sample is searched again on that step with whole numbers
    and real algebraic numbers, which decides everything.

    A sample is skipped for some steps at once if interval arithmetic excludes that a neuron flips.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 8, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=50)
    >>> events = rg.crossings(path, X)
    >>> bool(events.per_layer.sum() == len(events)), events.message
    (True, 'all 6 flips in 50 steps')
    """
    search = _search(path, X, max_exact, jobs)
    initial, undecided = search.initial()
    found: list[Found] = []
    status = "complete"
    with progress_bar(progress, total=len(path), desc="crossings", unit="step") as bar:
        try:
            for block in search.blocks(range(len(path))):
                found.append(block)
                bar.update(len(block.steps))
        except KeyboardInterrupt:
            status = "interrupted"
    return _table(path, found, initial, undecided, 0, status)


def iter_crossings(
    path: OptimizerPath,
    X: ArrayLike,
    *,
    chunk: int = 256,
    max_exact: int = 10_000,
    jobs: int = 1,
    progress: bool | None = None,
) -> Iterator[Crossings]:
    """Yield the crossings of a long path in tables of some steps each, in bounded memory.

    Parameters
    ----------
    path, X, jobs, progress
        As in `crossings`.
    max_exact : int, default 10000
        As in `crossings`, for all tables together.
    chunk : int, default 256
        Steps of a table.

    Yields
    ------
    Crossings
        Of ``chunk`` consecutive steps, the last of fewer. Their rows one after another are those
        of `crossings`.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 8, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=50)
    >>> parts = list(rg.iter_crossings(path, X, chunk=20))
    >>> [(part.first_step, part.n_steps, len(part)) for part in parts]
    [(0, 20, 4), (20, 20, 2), (40, 10, 0)]
    """
    search, size = _search(path, X, max_exact, jobs), positive_int("chunk", chunk)
    initial, undecided = search.initial()
    with progress_bar(progress, total=len(path), desc="crossings", unit="step") as bar:
        for first in range(0, len(path), size):
            found = list(search.blocks(range(first, min(first + size, len(path)))))
            bar.update(sum(len(block.steps) for block in found))
            part = _table(path, found, initial, undecided, first, "complete")
            yield part
            initial, undecided = part.final, 0


def samples(path: OptimizerPath, X: ArrayLike) -> FloatArray:
    """Return ``X`` checked against the network of ``path``."""
    instance("path", path, OptimizerPath)
    data = points("X", X, path.start.input_dim)
    if not len(data):
        raise InvalidInputError("`X` must hold at least one sample; got none")
    return data


def _search(path: OptimizerPath, X: ArrayLike, max_exact: int, jobs: int) -> Search:
    from ._search import ExactBudget, Search

    data, budget = samples(path, X), ExactBudget(positive_int("max_exact", max_exact, minimum=0))
    return Search(path, data, positive_int("jobs", jobs), budget)


def _table(
    path: OptimizerPath,
    found: list[Found],
    initial: BoolArray,
    undecided: int,
    first_step: int,
    status: str,
) -> Crossings:
    from ._search import EVENT

    net = path.start
    events = np.concatenate([np.empty(0, EVENT), *(block.events for block in found)])
    undecided += sum(block.undecided for block in found)
    if status == "complete" and undecided:
        status = "undecided"
    neurons = np.concatenate(
        [np.column_stack([np.full(len(r), i), r]) for i, r in enumerate(net.rectified)]
    )
    return Crossings(
        **{name: frozen(events[name]) for name in COLUMNS},
        neurons=frozen(neurons.astype(np.int64)),
        initial=frozen(initial),
        undecided=undecided,
        first_step=first_step,
        n_steps=sum(len(block.steps) for block in found),
        widths=net.widths,
        status=status,
        every=path.every,
    )
