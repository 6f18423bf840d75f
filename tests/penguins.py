"""A small real problem that the tests of reports share."""

import numpy as np
import relugeom as rg


def penguins(n=200, seed=0):
    """Return training and held-out penguins, two features, scaled by constants."""
    data = rg.data.penguins()
    X = (data.X[:, :2] - [44.0, 17.0]) / [5.0, 2.0]
    order = np.random.default_rng(seed).permutation(len(X))
    use, rest = order[:n], order[n:]
    return (X[use], data.y[use]), (X[rest], data.y[rest])
