"""Networks and domains that tests share: random ones, and the degenerate ones that break tools."""

import numpy as np
import relugeom as rg


def with_slopes(net, slopes):
    return rg.ReLUNetwork.from_weights(net.weights, net.biases, slopes=slopes)


def leaky():
    return with_slopes(rg.ReLUNetwork.random([2, 7, 6, 1], rng=1), 0.2)


def negative_slope():
    return with_slopes(rg.ReLUNetwork.random([2, 5, 5, 1], rng=2), -0.5)


def skips():
    """Three coordinates of the first layer and one of the second are passed through."""
    net = rg.ReLUNetwork.random([3, 6, 5, 1], rng=3)
    return with_slopes(net, [[0, 0, 1, 1, 1, 0], [0, 0.1, 0, 0, 1]])


def linear_layer():
    """The middle layer has no neuron at all."""
    return with_slopes(rg.ReLUNetwork.random([2, 5, 4, 5, 1], rng=4), [0.0, 1.0, 0.0])


def many_neurons():
    """More than 64 neurons: patterns take two words."""
    return rg.ReLUNetwork.random([2, 40, 30, 1], rng=5)


def dead():
    """A neuron that is off everywhere near the origin, and one that is always on."""
    net = rg.ReLUNetwork.random([2, 6, 4, 1], rng=6)
    biases = [b.copy() for b in net.biases]
    biases[0][1], biases[1][2] = -1e3, 1e6
    return rg.ReLUNetwork.from_weights(net.weights, biases)


def zero_rows():
    """Pruned neurons: zero weights with a zero, a positive and a negative bias."""
    net = rg.ReLUNetwork.random([2, 7, 5, 1], rng=7)
    weights, biases = [w.copy() for w in net.weights], [b.copy() for b in net.biases]
    weights[0][[1, 3, 4]] = 0
    biases[0][[1, 3, 4]] = 0, 1, -1
    weights[1][2], biases[1][2] = 0, 0
    return rg.ReLUNetwork.from_weights(weights, biases)


def duplicate():
    net = rg.ReLUNetwork.random([2, 6, 4, 1], rng=8)
    weights, biases = [w.copy() for w in net.weights], [b.copy() for b in net.biases]
    weights[0][4], biases[0][4] = weights[0][0], biases[0][0]
    weights[0][5], biases[0][5] = 3 * weights[0][1], 3 * biases[0][1]
    return rg.ReLUNetwork.from_weights(weights, biases)


def opposite():
    net = rg.ReLUNetwork.random([3, 5, 4, 1], rng=9)
    weights, biases = [w.copy() for w in net.weights], [b.copy() for b in net.biases]
    weights[0][4], biases[0][4] = -weights[0][0], -biases[0][0]
    return rg.ReLUNetwork.from_weights(weights, biases)


def no_bias():
    return rg.ReLUNetwork.random([2, 6, 6, 1], rng=10, bias_scale=0.0)


def narrow():
    """Layers of width 1."""
    return rg.ReLUNetwork.random([3, 1, 1, 4, 1, 1], rng=12)


def integers():
    """Weights in {-1, 0, 1}: exact coincidences of neurons in two layers."""
    rng = np.random.default_rng(13)
    sizes = [(5, 2), (4, 5), (1, 4)]
    weights = [rng.integers(-1, 2, size) for size in sizes]
    return rg.ReLUNetwork.from_weights(weights, [rng.integers(-1, 2, s[0]) for s in sizes])


def hamming_trap():
    """|x| - 1 as a second layer, for x > -10: five regions on the line, four adjacencies."""
    return rg.ReLUNetwork.from_weights(
        [[[1.0], [1.0]], [[2.0, -1.0]], [[1.0]]], [[0.0, 10.0], [9.0], [0.0]]
    )


DEGENERATE = (
    leaky, negative_slope, skips, linear_layer, many_neurons, dead, zero_rows, duplicate,
    opposite, no_bias, narrow, integers, hamming_trap,
)  # fmt: skip


def random_polytope(d, rng, n=None):
    """A bounded polytope around the origin: a box cut by random halfspaces."""
    rng = np.random.default_rng(rng)
    eye = np.eye(d)
    cuts = rng.standard_normal((n or d + 2, d))
    cuts /= np.linalg.norm(cuts, axis=1, keepdims=True)
    A = np.vstack([eye, -eye, cuts])
    b = np.concatenate([rng.uniform(1, 2, 2 * d), rng.uniform(0.7, 1.5, len(cuts))])
    return rg.Polytope(A, b)


def cube(d, half=1.0):
    return rg.Box([-half] * d, [half] * d)


def stress(seed):
    """A small random network with degeneracies of many kinds, for the box [-1, 1]^d."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 5))
    depth = int(rng.integers(1, 4 if d < 3 else 3))
    shape = [d, *rng.integers(2, 7 if d < 4 else 5, depth), 1]
    if rng.random() < 0.4:
        weights = [
            rng.integers(-2, 3, s).astype(float) for s in zip(shape[1:], shape, strict=False)
        ]
        biases = [rng.integers(-2, 3, n).astype(float) for n in shape[1:]]
    else:
        weights = [rng.standard_normal(s) for s in zip(shape[1:], shape, strict=False)]
        biases = [rng.standard_normal(n) for n in shape[1:]]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        for k in np.flatnonzero(rng.random(len(b)) < 0.5):
            other = int(rng.integers(len(b)))
            kind = rng.integers(8)
            if kind < 3:  # equal, opposite, scaled
                factor = (1.0, -1.0, 2.0 ** rng.integers(-3, 4))[kind]
                W[k], b[k] = factor * W[other], factor * b[other]
            elif kind == 3:  # parallel
                W[k] = W[other]
            elif kind == 4:  # pruned
                W[k], b[k] = 0.0, rng.integers(-1, 2)
            elif kind == 5:  # without a bias
                b[k] = 0.0
            elif kind == 6:  # through a corner
                b[k] = -W[k] @ rng.choice([-1.0, 1.0], W.shape[1])
            else:  # a sparse one
                W[k, rng.random(W.shape[1]) < 0.5] = 0.0
    if rng.random() < 0.3:
        scale = 2.0 ** rng.integers(-26, 27)  # of all weights: about 1e-8 to 1e8
        weights = [scale * W for W in weights]
        biases = [scale ** (i + 1) * b for i, b in enumerate(biases)]
    slope = float(rng.choice([0.0, 0.0, 0.25, -0.5]))
    return with_slopes(rg.ReLUNetwork.from_weights(weights, biases), slope)


def arrangement(seed):
    """An arrangement, mostly of small whole numbers, with what degenerate ones have."""
    rng = np.random.default_rng(seed)
    d, m = int(rng.integers(1, 6)), int(rng.integers(1, 10))
    whole = rng.random() < 0.8
    A = rng.integers(-2, 3, (m, d)).astype(float) if whole else rng.standard_normal((m, d))
    c = rng.integers(-2, 3, m).astype(float) if whole else rng.standard_normal(m)
    kind = rng.integers(5)
    if kind == 0:
        c = np.zeros(m)
    elif kind == 1:  # all meet in a point that is not the origin
        c = -A @ rng.integers(-2, 3, d).astype(float)
    elif kind == 2 and whole:  # few directions: lineality
        A = A @ np.outer(rng.integers(-1, 2, d), rng.integers(-1, 2, d)).astype(float)
    elif kind == 3:  # parallel, equal, opposite
        A, c = np.vstack([A, A[:2], -A[:2]]), np.concatenate([c, c[:2], 1 - c[:2]])
    if rng.random() < 0.3:
        scale = 2.0 ** rng.integers(-26, 27, len(A))
        A, c = A * scale[:, None], c * scale
    return rg.HyperplaneArrangement(A, c), whole
