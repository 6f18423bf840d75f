"""Activation patterns along a path: what the ends of steps show, and those of each sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._check import positive_int
from ._parameters import masks, step_blocks
from .cells import moment_ends, wall_keys
from .crossings import samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import IntArray
    from .crossing_table import Crossings
    from .path import OptimizerPath


def hamming(path: OptimizerPath, X: ArrayLike, *, every: int = 1) -> IntArray:
    """Return how many neurons differ between consecutive recorded masks, by layer.

    A lower bound on the crossings between them, equal to it in the first hidden layer when
    ``every`` is 1 and of equal parity for every neuron.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    every : int, default 1
        Compare only every so many steps, and the last: what a sparse record would show.

    Returns
    -------
    ndarray of int64, shape (ceil(T / every), L)
        Sums over samples and neurons.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
    >>> rg.paths.hamming(path, [[0.5], [2.0]])
    array([[8]])
    """
    data, net = samples(path, X), path.start
    steps = positive_int("every", every)
    at = np.unique(np.append(np.arange(0, len(path), steps), len(path)))
    counts = np.zeros((len(at) - 1, net.n_hidden_layers), dtype=np.int64)
    for block in step_blocks(net, len(data), len(counts)):
        theta = path.canonical(at[block.start : block.stop + 1])
        for layer, on in enumerate(masks(net, theta, data)):
            counts[block.start : block.stop, layer] = (on[1:] != on[:-1]).sum(axis=(1, 2))
    return counts


def patterns_per_sample(events: Crossings) -> IntArray:
    """Return how many distinct activation patterns each sample has along the path.

    The one at the start counts, and those between two recorded steps do.

    Parameters
    ----------
    events : Crossings

    Returns
    -------
    ndarray of int64, shape (n_samples,)

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> p = net.parameters
    >>> path = rg.OptimizerPath.from_parameters(net, [p, -p, p])
    >>> rg.paths.patterns_per_sample(rg.crossings(path, [[0.5], [2.0]]))
    array([2, 2])
    """
    order = np.argsort(events.sample, kind="stable")
    sample, step, t = events.sample[order], events.step[order], events.t[order]
    state = np.bitwise_xor.accumulate(wall_keys(events)[order], axis=0)
    first = np.searchsorted(sample, sample)
    before = state[first - 1]
    before[first == 0] = 0
    state ^= before
    ends = moment_ends(t, step, sample)
    start = np.zeros((events.n_samples, 3), dtype=np.uint64)
    start[:, 0] = np.arange(events.n_samples)
    seen = np.column_stack([sample[ends].astype(np.uint64), state[ends]])
    patterns = np.unique(np.concatenate([start, seen]), axis=0)
    counts: IntArray = np.bincount(patterns[:, 0].astype(np.int64), minlength=events.n_samples)
    return counts
