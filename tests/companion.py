"""Crossings without a kernel: companion-matrix roots of every neuron on every polynomial piece.

Slow and plain on purpose: numpy only, and nothing of relugeom but the arrays of a network.
"""

from itertools import pairwise

import numpy as np


def segment_events(net, theta0, theta1, x, skip=False):
    """Events (t, layer, neuron, sign) at one sample on one straight segment, sorted.

    With ``skip``, roots are not computed where the constant coefficient outweighs the others.
    """
    pieces = [(0.0, 1.0, np.asarray(x, float)[None])]  # coefficients of the layer's inputs
    events, at = [], 0
    for layer, (width, slopes) in enumerate(zip(net.widths, net.slopes, strict=True)):
        fan_in = pieces[0][2].shape[1]
        n = width * fan_in
        (w, dw), (b, db) = (
            (theta0[s], theta1[s] - theta0[s])
            for s in (slice(at, at + n), slice(at + n, at + n + width))
        )
        w, dw, at = w.reshape(width, fan_in), dw.reshape(width, fan_in), at + n + width
        following = []
        for start, end, inputs in pieces:
            z = np.zeros((len(inputs) + 1, width))
            z[:-1] += inputs @ w.T
            z[1:] += inputs @ dw.T
            z[0] += b
            z[1] += db
            times = [start, end]
            wanted = slopes != 1.0
            if skip:
                wanted &= np.abs(z[0]) <= np.abs(z[1:]).sum(axis=0)
            for k in np.flatnonzero(wanted):
                roots = np.roots(z[::-1, k])
                real = roots[np.abs(roots.imag) < 1e-9].real
                inside = np.sort(real[(real > start) & (real < end)])
                check = np.concatenate([[start], inside, [end]])
                on = np.polyval(z[::-1, k], 0.5 * (check[:-1] + check[1:])) > 0
                for i in np.flatnonzero(on[1:] != on[:-1]):
                    events.append((inside[i], layer, int(k), 1 if on[i + 1] else -1))
                    times.append(inside[i])
            for low, high in pairwise(np.sort(times)):
                if high > low:
                    middle = 0.5 * (low + high)
                    on = (z * middle ** np.arange(len(z))[:, None]).sum(axis=0) > 0
                    following.append((low, high, np.where(on, 1.0, slopes) * z))
        pieces = following
    return sorted(events)


def path_events(net, parameters, X, skip=False):
    """Events (step, t, sample, layer, neuron, sign) along a path, sorted."""
    return sorted(
        (step, t, sample, layer, neuron, sign)
        for step, (theta0, theta1) in enumerate(pairwise(parameters))
        for sample, x in enumerate(X)
        for t, layer, neuron, sign in segment_events(net, theta0, theta1, x, skip)
    )
