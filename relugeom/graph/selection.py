"""What a caller means by a region, by some regions, and by a neuron."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .._check import float_array, positive_int
from ..errors import DomainError, InvalidInputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import IntArray
    from ..regions.table import Regions

#: Some regions: their numbers, a boolean for each, or a callable that gets the table.
RegionSet: TypeAlias = "Callable[[Regions], ArrayLike] | ArrayLike"


def one_region(regions: Regions, name: str, where: ArrayLike) -> int:
    """Return a region's number from a number or a point."""
    if np.ndim(where) == 0:
        i = int(where)  # type: ignore[arg-type]  # a number, by its ndim
        if i != where or not 0 <= i < len(regions):
            raise InvalidInputError(
                f"`{name}` must be a region, 0 to {len(regions) - 1}, or a point; got {where!r}"
            )
        return i
    point = float_array(name, where, shape=(regions.dim,))
    i = int(regions.locate(point)[0])
    if i < 0:
        raise DomainError(f"`{name}` must lie in a listed region; got {point.tolist()}")
    return i


def some_regions(regions: Regions, name: str, where: RegionSet) -> IntArray:
    """Return the numbers of one or more regions, ascending."""
    array = np.asarray(where(regions) if callable(where) else where)
    if array.dtype == bool and array.shape == (len(regions),):
        array = np.flatnonzero(array)
    if array.size == 0:
        raise InvalidInputError(f"`{name}` must hold at least one region; got none")
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise ShapeError(
            f"`{name}` must be regions, or {len(regions)} booleans; "
            f"got shape {array.shape} of {array.dtype}"
        )
    chosen = np.unique(array).astype(np.int64)
    for i in chosen[[0, -1]]:
        if not 0 <= i < len(regions):
            raise InvalidInputError(f"`{name}` must be regions, 0 to {len(regions) - 1}; got {i}")
    return chosen


def one_neuron(regions: Regions, neuron: int) -> int:
    """Return a neuron's place in a pattern."""
    k, n = positive_int("neuron", neuron, minimum=0), regions.n_neurons
    if k >= n:
        raise InvalidInputError(f"`neuron` must be a neuron, 0 to {n - 1}; got {k}")
    return k
