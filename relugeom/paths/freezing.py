"""When masks stop changing: freeze times, windowed flip rates, and the order of the neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .._check import frozen, positive_int
from .._table import Table, brief
from .cells import units

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork
    from .crossing_table import Crossings


@brief
@dataclass(frozen=True, eq=False)
class FlipRate:
    """How often neurons flip in consecutive windows of steps; made by `flip_rate`.

    Attributes
    ----------
    start, stop : ndarray of int64, shape (k,)
        Each window is the steps ``start`` to ``stop - 1``; the last may be shorter.
    rate : ndarray, shape (k, L)
        Flips per step, sample and neuron of the layer; NaN for a layer without neurons.
    """

    start: IntArray
    stop: IntArray
    rate: FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class FreezeOrder(Table):
    """The neurons in the order of their last flip; made by `freeze_order`.

    Attributes
    ----------
    layer, neuron : ndarray of int64, shape (N,)
        From 0; neurons that never flip come first.
    last : ndarray, shape (N,)
        Time of the last flip at any sample, in steps; 0 for neurons that never flip.
    flips : ndarray of int64, shape (N,)
    """

    layer: IntArray
    neuron: IntArray
    last: FloatArray
    flips: IntArray

    _COLUMNS: ClassVar[tuple[str, ...]] = ("layer", "neuron", "last", "flips")
    _UNIT: ClassVar[str] = "neurons"


def freeze_time(events: Crossings) -> IntArray:
    """Return for each hidden layer the number of steps after which no neuron flips any more.

    This is our operational definition of mask freezing: 0 if no neuron of the layer ever flips,
    T if one flips in the last step (not frozen within the record).

    Parameters
    ----------
    events : Crossings

    Returns
    -------
    ndarray of int64, shape (L,)

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> p = net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [p, -p, -p, -p])
    >>> rg.paths.freeze_time(rg.crossings(path, [[0.5], [2.0]]))
    array([1])
    """
    last = np.zeros(len(events.widths), dtype=np.int64)
    np.maximum.at(last, events.layer, events.step + 1)
    return last


def flip_quantiles(events: Crossings, shares: tuple[float, ...] = (0.5, 0.9, 0.99)) -> FloatArray:
    """Return for each hidden layer the time at which a share of its flips have happened.

    One late flip moves the freeze time, but not these.

    Parameters
    ----------
    events : Crossings
    shares : tuple of float
        Between 0 and 1.

    Returns
    -------
    ndarray, shape (L, len(shares))
        In steps; NaN for a layer that never flips.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> p = net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [p, -p, -p, -p])
    >>> rg.paths.flip_quantiles(rg.crossings(path, [[0.5], [2.0]]))
    array([[0.5, 0.5, 0.5]])
    """
    times = np.full((len(events.widths), len(shares)), np.nan)
    for layer in np.unique(events.layer):
        of_layer = events.layer == layer
        when = events.step[of_layer] + events.t[of_layer]
        times[layer] = np.quantile(when, shares, method="inverted_cdf")
    return times


def flip_rate(net: ReLUNetwork, events: Crossings, *, window: int | None = None) -> FlipRate:
    """Return how often neurons flip in consecutive windows of steps, by layer.

    Parameters
    ----------
    net : ReLUNetwork
        Says which coordinates are neurons.
    events : Crossings
    window : int, optional
        Steps a window; by default a twentieth of the record, at least 1.

    Returns
    -------
    FlipRate

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> p = net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [p, -p, -p, -p])
    >>> rg.paths.flip_rate(net, rg.crossings(path, [[0.5], [2.0]]), window=2).rate
    array([[0.5],
           [0. ]])
    """
    steps = events.n_steps
    size = max(1, steps // 20) if window is None else positive_int("window", window)
    start = np.arange(0, steps, size)
    stop = np.minimum(start + size, steps)
    places = events.n_samples * np.array([len(r) for r in net.rectified], dtype=np.float64)
    places[places == 0] = np.nan
    flips = np.add.reduceat(events.per_layer, start, axis=0) if steps else events.per_layer
    rate = flips / (stop - start)[:, None] / places
    return FlipRate(frozen(start), frozen(stop), frozen(rate))


def freeze_order(net: ReLUNetwork, events: Crossings) -> FreezeOrder:
    """Return the neurons in the order in which they freeze: by their last flip at any sample.

    Parameters
    ----------
    net : ReLUNetwork
        Says which coordinates are neurons.
    events : Crossings

    Returns
    -------
    FreezeOrder

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> path = rg.train(net, [[-1.0], [0.5], [1.0]], [1.0, 0.0, 1.0], steps=100, lr=0.05)
    >>> order = rg.paths.freeze_order(net, rg.crossings(path, [[-1.0], [0.5], [1.0]]))
    >>> order.neuron.tolist(), order.last.round(1).tolist()
    ([0, 1, 2], [0.0, 96.9, 99.6])
    """
    layer = np.concatenate([np.full(len(r), k) for k, r in enumerate(net.rectified)])
    neuron = np.concatenate(net.rectified)
    unit, total = units(events), sum(events.widths)
    last = np.zeros(total)
    np.maximum.at(last, unit, events.step + events.t)
    own = (np.cumsum(events.widths) - events.widths)[layer] + neuron
    order = np.lexsort([neuron, layer, last[own]])
    flips = np.bincount(unit, minlength=total)[own]
    return FreezeOrder(
        frozen(layer[order]), frozen(neuron[order]), frozen(last[own][order]), frozen(flips[order])
    )
