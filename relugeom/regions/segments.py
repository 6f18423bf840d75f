"""Line walks: what a segment crosses, in any input dimension and without enumerating regions.

Layer by layer, the network on a segment is a piecewise linear function of one number, kept by its
values at breakpoints; each layer adds those where its neurons vanish (the exact method of
M. Sotoudeh & A. V. Thakur, Computing linear restrictions of neural networks, NeurIPS 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import points
from ..errors import InvalidInputError, ShapeError
from .problem import Source, as_network

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .._check import FloatArray, IntArray, SignArray
    from ..networks.network import ReLUNetwork

_ZERO = 1e-13  # values this small beside the magnitudes that went into them vanish
_SAME = 1e-13  # breakpoints this close on a segment are one
_BLOCK = 1 << 22  # values of one layer at a time


@dataclass(frozen=True, eq=False)
class SegmentCrossings:
    """Where segments cross the bent hyperplanes of a network, in columns.

    Rows are sorted by segment, place and neuron. A neuron that only touches zero makes no row.

    Attributes
    ----------
    n_segments : int
    segment : ndarray of int, shape (m,)
    t : ndarray, shape (m,)
        The place on the segment, from 0 (start) to 1 (end), both exclusive.
    neuron : ndarray of int, shape (m,)
    sign : ndarray of int8, shape (m,)
        The neuron's sign beyond: +1, -1, or 0 where it then vanishes on a stretch of the segment.
    """

    n_segments: int
    segment: IntArray
    t: FloatArray
    neuron: IntArray
    sign: SignArray

    def __len__(self) -> int:
        return len(self.t)

    def __repr__(self) -> str:
        return f"SegmentCrossings({len(self)} on {self.n_segments} segments)"

    @property
    def counts(self) -> IntArray:
        """Crossings of every segment, shape (n_segments,)."""
        return np.bincount(self.segment, minlength=self.n_segments).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Walk:
    """The regions that a segment visits, in order; made by `relugeom.walk`.

    Attributes
    ----------
    t : ndarray, shape (k + 1,)
        Ends of the pieces, from 0 to 1.
    patterns : ndarray of int8, shape (k, n_neurons)
        The activation pattern on each piece.
    points : ndarray, shape (k, d)
        The middle of each piece.
    """

    t: FloatArray
    patterns: SignArray
    points: FloatArray

    def __len__(self) -> int:
        return len(self.patterns)

    def __repr__(self) -> str:
        return f"Walk({len(self)} regions)"


def crossings_on_segment(source: Source, start: ArrayLike, end: ArrayLike) -> SegmentCrossings:
    """Find every place where segments cross a neuron's zero set.

    Parameters
    ----------
    source : ReLUNetwork or HyperplaneArrangement
    start, end : array_like, shape (d,) or (n, d)
        Ends of one segment, or of n; one point may go with many.

    Returns
    -------
    SegmentCrossings

    Raises
    ------
    ShapeError
        If the numbers of starts and ends differ.
    InvalidInputError
        If a segment has no length.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]], [[0, -1], [0]])
    >>> found = rg.crossings_on_segment(net, [-1, 0], [1, 2])
    >>> found.t.tolist(), found.neuron.tolist(), found.sign.tolist()
    ([0.5, 0.5], [0, 1], [1, 1])
    """
    net = as_network(source)
    x, y = points("start", start, net.input_dim), points("end", end, net.input_dim)
    if len(x) != len(y) and 1 not in (len(x), len(y)):
        raise ShapeError(f"`start` and `end` must have as many rows; got {len(x)} and {len(y)}")
    x, y = np.broadcast_arrays(x, y)
    if len(x) and not (x != y).any(axis=1).all():
        i = int(np.argmin((x != y).any(axis=1)))
        raise InvalidInputError(f"`end` must differ from `start`; segment {i} has no length")
    size = max(1, _BLOCK // (max(net.widths) * (2 + net.n_neurons)))
    parts = [
        _block(net, x[low : low + size], y[low : low + size], low) for low in range(0, len(x), size)
    ]
    segment, t, neuron, sign = (
        np.concatenate([part[c] for part in parts]) if parts else np.empty(0) for c in range(4)
    )
    order = np.lexsort([neuron, t, segment])
    return SegmentCrossings(
        n_segments=len(x),
        segment=segment[order].astype(np.int64),
        t=t[order],
        neuron=neuron[order].astype(np.int64),
        sign=sign[order].astype(np.int8),
    )


def walk(source: Source, start: ArrayLike, end: ArrayLike) -> Walk:
    """Return the regions that a segment visits, in order.

    Parameters
    ----------
    source : ReLUNetwork or HyperplaneArrangement
    start, end : array_like, shape (d,)

    Returns
    -------
    Walk

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]], [[0, -1.5], [0]])
    >>> rg.walk(net, [-1, 0], [1, 2]).patterns.tolist()
    [[-1, -1], [1, -1], [1, 1]]
    """
    net = as_network(source)
    x, y = points("start", start, net.input_dim), points("end", end, net.input_dim)
    if len(x) != 1 or len(y) != 1:
        raise ShapeError(f"`start` and `end` must be one point each; got {len(x)} and {len(y)}")
    found = crossings_on_segment(net, x, y)
    new = np.diff(found.t, prepend=0.0) > _SAME
    piece = np.cumsum(new)
    t = np.concatenate([[0.0], found.t[new], [1.0]])
    patterns = np.repeat(net.one_sided_pattern(x, y - x, zero=_ZERO), len(t) - 1, axis=0)
    last: dict[int, int] = {}
    for row in range(len(found) - 1, -1, -1):  # a change holds until the neuron's next
        k, at = int(found.neuron[row]), int(piece[row])
        patterns[at : last.get(k, len(patterns)), k] = found.sign[row]
        last[k] = at
    middle = (t[1:] + t[:-1]) / 2
    return Walk(t, patterns, x + middle[:, None] * (y - x))


def _block(net: ReLUNetwork, x: FloatArray, y: FloatArray, first: int) -> tuple[FloatArray, ...]:
    """Return columns segment, t, neuron and sign of the crossings of a few segments."""
    n = len(x)
    segment, t = np.repeat(np.arange(n), 2), np.tile([0.0, 1.0], n)
    a = np.stack([x, y], axis=1).reshape(2 * n, -1)
    found: list[tuple[NDArray[Any], ...]] = []
    neuron = 0
    for w, b, s, r in zip(net.weights, net.biases, net.slopes, net.rectified, strict=False):
        z, size = a @ w.T + b, np.abs(a) @ abs(w).T + np.abs(b)
        z[np.abs(z) <= _ZERO * size] = 0.0
        segment, t, z = _refined(segment, t, z, r)
        sign = np.sign(z[:-1, r] + z[1:, r])  # on the piece after each row
        inner = (segment[2:] == segment[1:-1]) & (segment[1:-1] == segment[:-2])
        row, k = np.nonzero((sign[1:] != sign[:-1]) & inner[:, None])
        found.append((segment[row + 1] + first, t[row + 1], k + neuron, sign[row + 1, k]))
        a = np.where(z > 0, z, z * s)
        neuron += len(r)
    return tuple(np.concatenate(column).astype(float) for column in zip(*found, strict=True))


def _refined(
    segment: IntArray, t: FloatArray, z: FloatArray, rectified: IntArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Add the breakpoints at which rectified coordinates of ``z`` change sign."""
    v = z[:, rectified]
    row, k = np.nonzero((v[:-1] * v[1:] < 0) & (segment[1:] == segment[:-1])[:, None])
    if len(row) == 0:
        return segment, t, z
    share = v[row, k] / (v[row, k] - v[row + 1, k])
    order = np.lexsort([share, row])
    row, k, share = row[order], k[order], share[order]
    place = t[row] + share * (t[row + 1] - t[row])
    fresh = np.ones(len(row), bool)  # or at the same place as the one before
    fresh[1:] = (row[1:] != row[:-1]) | (place[1:] - place[:-1] > _SAME)
    at = row[fresh]
    between = z[at] + share[fresh, None] * (z[at + 1] - z[at])
    between[np.cumsum(fresh) - 1, rectified[k]] = 0.0
    return (
        np.insert(segment, at + 1, segment[at]),
        np.insert(t, at + 1, place[fresh]),
        np.insert(z, at + 1, between, axis=0),
    )
