"""Line walks: what a segment crosses, in any input dimension and without enumerating regions.

Layer by layer, the network on a segment is a piecewise linear function of one number; each layer
cuts its pieces where its neurons vanish (the exact method of M. Sotoudeh & A. V. Thakur, Computing
linear restrictions of neural networks, NeurIPS 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._batches import batches
from .._check import points
from ..errors import InvalidInputError, ShapeError
from ..networks.matrix import is_sparse
from . import _kernel_segments as kernel
from .problem import Source, as_network

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .._check import FloatArray, IntArray, SignArray
    from ..networks.matrix import Matrix
    from ..networks.network import ReLUNetwork

_ZERO = 1e-12  # values this small beside the root mean square of what goes into them vanish
_SAME = 1e-13  # crossings this close on a segment are at one place


@dataclass(frozen=True, eq=False)
class SegmentCrossings:
    """Where segments cross the bent hyperplanes of a network, in columns.

    Rows are sorted by segment, place and neuron. A neuron that only touches zero makes no row.

    Attributes
    ----------
    patterns : ndarray of int8, shape (n_segments, n_neurons)
        The activation pattern just after the start of each segment.
    segment : ndarray of int, shape (m,)
    t : ndarray, shape (m,)
        The place on the segment, from 0 (start) to 1 (end), both exclusive.
    neuron : ndarray of int, shape (m,)
    sign : ndarray of int8, shape (m,)
        The neuron's sign beyond: +1, -1, or 0 where it then vanishes on a stretch of the segment.

    Examples
    --------
    >>> import relugeom as rg
    >>> axes = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]])
    >>> found = rg.crossings_on_segment(axes, [-1, -2], [3, 2])
    >>> found.patterns, found.t, found.neuron
    (array([[-1, -1]], dtype=int8), array([0.25, 0.5 ]), array([0, 1]))
    """

    patterns: SignArray
    segment: IntArray
    t: FloatArray
    neuron: IntArray
    sign: SignArray

    def __len__(self) -> int:
        return len(self.t)

    def __repr__(self) -> str:
        return f"SegmentCrossings({len(self)} on {self.n_segments} segments)"

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.patterns)

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

    Examples
    --------
    >>> import relugeom as rg
    >>> axes = rg.HyperplaneArrangement([[1, 0], [0, 1]])
    >>> found = rg.walk(axes, [-1, -2], [3, 2])
    >>> found.t, found.patterns.tolist()
    (array([0.  , 0.25, 0.5 , 1.  ]), [[-1, -1], [1, -1], [1, 1]])
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

    Values that rounding hides from zero vanish: those below 1e-12 times the root mean square of
    what goes into them.

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
        raise InvalidInputError(f"`end` must differ from `start`; got segment {i} of no length")
    patterns = np.empty((len(x), net.n_neurons), np.int8)
    parts: list[tuple[NDArray[Any], ...]] = [
        (np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int8))
    ]
    for rows in batches(len(x), max(net.widths) * (2 + net.n_neurons)):
        for segment, *columns in _by_layer(net, x[rows], y[rows], patterns[rows]):
            parts.append((segment + rows.start, *columns))
    segment, t, neuron, sign = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort([neuron, t, segment])
    return SegmentCrossings(patterns, segment[order], t[order], neuron[order], sign[order])


def walk(source: Source, start: ArrayLike, end: ArrayLike) -> Walk:
    """Return the regions that a segment visits, in order.

    Parameters
    ----------
    source : ReLUNetwork or HyperplaneArrangement
    start, end : array_like, shape (d,)

    Returns
    -------
    Walk

    Raises
    ------
    ShapeError
        If ``start`` or ``end`` is not one point of the input space.
    InvalidInputError
        If the two are equal.

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
    patterns = np.repeat(found.patterns, len(t) - 1, axis=0)
    last: dict[int, int] = {}
    for row in range(len(found) - 1, -1, -1):  # a change holds until the neuron's next
        k, at = int(found.neuron[row]), int(piece[row])
        patterns[at : last.get(k, len(patterns)), k] = found.sign[row]
        last[k] = at
    middle = (t[1:] + t[:-1]) / 2
    return Walk(t, patterns, x + middle[:, None] * (y - x))


def _by_layer(
    net: ReLUNetwork, x: FloatArray, y: FloatArray, patterns: SignArray
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Yield columns segment, t, neuron and sign of each layer's crossings; fill in ``patterns``."""
    start, left = np.arange(len(x) + 1), np.zeros(len(x))  # pieces of segments, and their ends
    w, b, first = net.weights[0], net.biases[0], 0
    value, slope = x @ w.T + b, (y - x) @ w.T
    zero = _noise(0.0, np.maximum(np.abs(x), np.abs(y)), w, b)
    for layer, (leak, rectified) in enumerate(zip(net.slopes, net.rectified, strict=True)):
        sign, largest = np.empty((len(slope), len(rectified)), np.int8), np.empty(value.shape)
        segment, t, neuron, after, of, low, high = kernel.cross(
            start, left, value, slope, zero, rectified, leak, _SAME, sign, largest
        )
        yield segment, t, neuron + first, after
        patterns[:, first : first + len(rectified)] = sign[start[:-1]]
        first += len(rectified)
        if layer + 1 == net.n_hidden_layers:
            return
        w, b = net.weights[layer + 1], net.biases[layer + 1]
        gate = np.tile(leak, (len(slope), 1))
        gate[:, rectified] = np.where(sign > 0, 1.0, leak[rectified])
        value = np.where(np.abs(value) > zero, value, 0.0) * gate[start[:-1]] @ w.T + b
        zero = _noise(zero * np.maximum(1.0, np.abs(leak)), largest, w, b)
        whole = low == high
        following = np.empty((len(of), len(b)))
        following[whole] = (gate * slope) @ w.T
        k = rectified[neuron]
        growth = np.where(after > 0, 1.0 - leak[k], leak[k] - 1.0)
        if is_sparse(w):
            by_input = w.tocsc()
            weights = by_input.indptr, by_input.indices, by_input.data
            kernel.carry_sparse(of, low, high, k, growth, slope, *weights, following)
        else:
            kernel.carry(of, low, high, k, growth, slope, np.ascontiguousarray(w.T), following)
        left, slope = np.where(whole, left[of], 0.0), following
        left[~whole] = t[low[~whole]]
        start = np.append(np.flatnonzero(whole)[start[:-1]], len(of))


def _noise(noise: FloatArray | float, largest: FloatArray, w: Matrix, b: FloatArray) -> FloatArray:
    """Return what counts as zero in ``w @ a + b``: roundings are taken as independent."""
    return np.asarray(np.sqrt((noise**2 + (_ZERO * largest) ** 2) @ (w * w).T + (_ZERO * b) ** 2))
