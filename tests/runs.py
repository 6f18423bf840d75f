"""Recorded runs that the tests of paths share."""

from itertools import pairwise

import numpy as np
import relugeom as rg


def zigzag(values):
    """One neuron ``z = theta x`` whose weight takes the given values."""
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]]], [[0.0], [0.0]])
    theta = np.tile(net.parameters, (len(values), 1))
    theta[:, 0] = values
    return rg.OptimizerPath.from_parameters(net, theta)


def random_walk(widths, *, steps=40, n=4, size=0.3, seed=0):
    """A random walk of a random network, and samples."""
    rng = np.random.default_rng(seed)
    net = rg.ReLUNetwork.random(widths, rng=rng)
    walk = size * rng.normal(size=(steps + 1, net.n_parameters))
    walk[0] = net.parameters
    X = rng.normal(size=(n, widths[0]))
    return rg.OptimizerPath.from_parameters(net, walk.cumsum(axis=0)), X


def mask(net, theta, X):
    """Return which neurons are on: (n, neurons)."""
    return np.hstack([z > 0 for z in net.with_parameters(theta).preactivations(X)])


def masks_along(path, events, X):
    """Yield time and mask in the middle of each stretch between events, and at its ends' times."""
    for s in range(len(path)):
        a, b = path.parameters[s], path.parameters[s + 1]
        t = np.concatenate([[0.0], np.unique(events.t[events.step == s]), [1.0]])
        for low, high in pairwise(t):
            if 0 < high - low < 1e-12:  # one moment, but for rounding
                continue
            middle = 0.5 * (low + high)
            yield s + low, s + high, mask(path.start, a + middle * (b - a), X)
