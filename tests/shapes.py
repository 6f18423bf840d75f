"""Networks whose level sets have a known shape."""

import numpy as np
import relugeom as rg

import zoo


def absolute(d):
    """First layer whose neurons are the positive and negative parts of the coordinates."""
    return np.kron(np.eye(d), [[1.0], [-1.0]])


def ring(d):
    """1/2 - | |x_1| + |x_2| - 2 | - |x_3|: positive on a ring, a solid torus in space."""
    first = absolute(d)
    second = np.zeros((2 + (d == 3), 2 * d))
    second[0, :4], second[1, :4] = 1, -1
    second[2:, 4:] = 1
    return rg.ReLUNetwork.from_weights(
        [first, second, -np.ones((1, len(second)))],
        [np.zeros(2 * d), [-2, 2, 0][: len(second)], [0.5]],
    )


def two_discs():
    """1 - min(|x - 2|, |x + 2|) - |y|."""
    return rg.ReLUNetwork.from_weights(
        [
            [[1, 0], [-1, 0], [1, 0], [-1, 0], [0, 1], [0, -1]],
            [[1, 1, -1, -1, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1]],
            [[1, -1, -1]],
        ],
        [[-2, 2, 2, -2, 0, 0], [0, 0, 0], [1]],
    )


def diamond(d, offset=-1.0, sign=1.0):
    """Plus or minus (|x_1| + ... + |x_d| + offset)."""
    return rg.ReLUNetwork.from_weights(
        [absolute(d), np.full((1, 2 * d), sign)], [np.zeros(2 * d), [sign * offset]]
    )


def saddle():
    """|x| - |y|."""
    return rg.ReLUNetwork.from_weights([absolute(2), [[1, 1, -1, -1]]])


def plateau():
    """max(|x| + |y| - 1, 0)."""
    return rg.ReLUNetwork.from_weights(
        [absolute(2), np.ones((1, 4)), [[1]]], [np.zeros(4), [-1], [0]]
    )


def monkey_saddle():
    """The median of three linear forms that add up to 0."""
    l1, l2 = np.array([1.0, 0.0]), np.array([-0.5, 0.75])
    l3 = -l1 - l2
    return rg.ReLUNetwork.from_weights(
        [
            np.vstack([np.eye(2), l2 - l1, l1 - l2]),
            np.vstack(
                [np.append(l3 - l1, [-1, 0]), np.append(l1 - l3, [0, -1]), np.eye(4)]
            ),
            [[-1, 1, -2, 0, -1, 1]],
        ],
        slopes=[[1, 1, 0, 0], [0, 0, 1, 1, 1, 1]],
    )  # fmt: skip


def table(net, half):
    return rg.enumerate_regions(net, zoo.cube(net.input_dim, half))
