"""One sample on one step, without rounding: floats are whole numbers over a power of two.

Where the gates are constant, pre-activations are polynomials in t with whole coefficients, up to a
common power of two. Only the moments at which gates change are irrational; they are kept as roots
of such polynomials, so that every sign and every order can be decided.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cmp_to_key
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from ._algebraic import Root, compare, point, roots
from ._parameters import layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .._check import BoolArray, FloatArray
    from ..networks.network import ReLUNetwork

    Whole: TypeAlias = NDArray[np.object_]

_BY_TIME = cmp_to_key(compare)


class Event(NamedTuple):
    """A change of sign; ``sign`` is the state after it."""

    time: Root
    layer: int
    neuron: int
    sign: int


class _Layer(NamedTuple):
    """Whole numbers: parameters at t = 0 and their change, times ``2^scale``."""

    weight: Whole
    change: Whole
    bias: Whole
    bias_change: Whole
    scale: int
    slope: Whole
    slope_scale: int
    rectified: list[int]


class _Piece(NamedTuple):
    start: Root
    end: Root
    inputs: Whole  # coefficients of the layer's inputs, shape (degree + 1, fan_in)


class Segment:
    """The straight segment between two parameter vectors of a network."""

    def __init__(self, net: ReLUNetwork, theta0: FloatArray, theta1: FloatArray) -> None:
        ends = zip(layers(net, theta0)[:-1], layers(net, theta1)[:-1], strict=True)
        self._layers = []
        for (first, last), slope, rectified in zip(ends, net.slopes, net.rectified, strict=True):
            (w0, b0, w1, b1), scale = _whole(*first, *last)
            (gate,), slope_scale = _whole(slope)
            self._layers.append(
                _Layer(
                    weight=w0,
                    change=w1 - w0,
                    bias=b0,
                    bias_change=b1 - b0,
                    scale=scale,
                    slope=gate,
                    slope_scale=slope_scale,
                    rectified=rectified.tolist(),
                )
            )

    def states(self, x: FloatArray) -> BoolArray:
        """Tell which hidden coordinates are on at t = 0, shape (U,)."""
        (inputs,), scale = _whole(x)
        found = []
        for layer in self._layers:
            z = layer.weight @ inputs + (layer.bias << scale)
            on = np.array([value > 0 for value in z], np.bool_)
            found.append(on)
            inputs = np.where(on, z << layer.slope_scale, z * layer.slope)
            scale += layer.scale + layer.slope_scale
        return np.concatenate(found)

    def affine_time(self, layer: int, neuron: int, inputs: FloatArray) -> Fraction:
        """Return when a neuron vanishes while the inputs of its layer are constant."""
        (x,), scale = _whole(inputs)
        at = self._layers[layer]
        value = at.weight[neuron] @ x + (at.bias[neuron] << scale)
        change = at.change[neuron] @ x + (at.bias_change[neuron] << scale)
        return Fraction(-value, change)

    def events(self, x: FloatArray, first: int = 0) -> list[Event]:
        """Return every change of sign, in order of time, where ``x`` enters layer ``first``."""
        (inputs,), scale = _whole(x)
        pieces = [_Piece(point(0), point(1), inputs[None])]
        found: list[Event] = []
        for number, layer in enumerate(self._layers[first:], first):
            state: dict[int, bool] = {}
            following: list[_Piece] = []
            for piece in pieces:
                values = _polynomials(layer, piece.inputs, scale)
                if not state:
                    state = {k: values[0, k] > 0 for k in layer.rectified}
                before = len(found)
                found += _changes(number, layer, piece, values, state)
                following += _parts(layer, piece, values, found[before:], state)
            at_end = np.sum(values, axis=0)
            found += [
                Event(point(1), number, k, -1 if on else 1)
                for k, on in state.items()
                if on != (at_end[k] > 0)
            ]
            pieces, scale = following, scale + layer.scale + layer.slope_scale
        return sorted(found, key=lambda event: _BY_TIME(event.time))


def _polynomials(layer: _Layer, inputs: Whole, scale: int) -> Whole:
    """Return the coefficients of the pre-activations, shape (degree + 2, width)."""
    used = np.flatnonzero((inputs != 0).any(axis=0))
    inputs, weight, change = inputs[:, used], layer.weight[:, used], layer.change[:, used]
    values = np.zeros((len(inputs) + 1, len(layer.bias)), object)
    values[:-1] = inputs @ weight.T
    values[1:] += inputs @ change.T
    values[0] += layer.bias << scale
    values[1] += layer.bias_change << scale
    return values


def _changes(
    number: int, layer: _Layer, piece: _Piece, values: Whole, state: dict[int, bool]
) -> Iterator[Event]:
    """Yield the events from the start of a piece up to its end; ``state`` is kept up to date."""
    tails = abs(values[1:]).sum(axis=0)
    for k in layer.rectified:
        if abs(values[0, k]) > tails[k]:  # no root in [0, 1]
            times, signs = [], [1 if values[0, k] > 0 else -1]
        else:
            found, signs = roots(tuple(values[:, k]))
            first = sum(compare(root, piece.start) <= 0 for root in found)
            last = sum(compare(root, piece.end) < 0 for root in found)
            times, signs = found[first:last], signs[first : last + 1]
        for time, sign in zip([piece.start, *times], signs, strict=True):
            if state[k] != (sign > 0):
                state[k] = sign > 0
                yield Event(time, number, k, sign if sign > 0 else -1)


def _parts(
    layer: _Layer, piece: _Piece, values: Whole, events: list[Event], state: dict[int, bool]
) -> list[_Piece]:
    """Cut a piece at its events; the states are those at its end."""
    on = np.zeros(values.shape[1], np.bool_)
    on[[k for k, value in state.items() if value]] = True
    parts, end = [], piece.end
    for event in sorted(events, key=lambda event: _BY_TIME(event.time), reverse=True):
        if compare(event.time, end) < 0:
            parts.append(_Piece(event.time, end, _gated(layer, values, on)))
            end = event.time
        on[event.neuron] = event.sign < 0
    if compare(piece.start, end) < 0:
        parts.append(_Piece(piece.start, end, _gated(layer, values, on)))
    return parts[::-1]


def _gated(layer: _Layer, values: Whole, on: BoolArray) -> Whole:
    gated: Whole = np.where(on, values << layer.slope_scale, values * layer.slope)
    return gated


def _whole(*arrays: FloatArray) -> tuple[list[Whole], int]:
    """Return whole numbers and the scale: each array is its whole numbers over ``2^scale``."""
    parts = []
    for array in arrays:
        fraction, exponent = np.frexp(array)
        mantissa = np.ldexp(fraction, 53).astype(np.int64)
        odd = np.frexp((mantissa & -mantissa).astype(np.float64))[1] - 1  # trailing zeros
        odd[mantissa == 0] = 0
        parts.append((mantissa >> odd, exponent - 53 + odd))
    scale = max(0, *(int(-exponent[mantissa != 0].min(initial=0)) for mantissa, exponent in parts))
    whole = []
    for mantissa, exponent in parts:
        shift = np.where(mantissa == 0, 0, exponent + scale)
        values = [
            m << s for m, s in zip(mantissa.ravel().tolist(), shift.ravel().tolist(), strict=True)
        ]
        whole.append(np.array([*values, None], object)[:-1].reshape(mantissa.shape))
    return whole, scale
