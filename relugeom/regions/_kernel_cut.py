"""Cutting all faces of one dimension in two, and the walls between the halves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._check import IntArray
from .._jit import jit

BELOW, ABOVE, CUT = 1, 2, 3  # sides of a function, as bits; 0: it vanishes


@jit
def sides(start: IntArray, part: IntArray, below: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the side of every face from those of its facets ``part[start[i]:start[i + 1]]``."""
    result = np.zeros(len(start) - 1, np.uint8)
    for face in range(len(result)):
        for at in range(start[face], start[face + 1]):
            result[face] |= below[part[at]]
    return result


@jit
def numbers(side: NDArray[np.uint8]) -> tuple[IntArray, int]:
    """Return the number of each face among those that are cut, or -1, and how many these are."""
    result, n = np.full(len(side), -1), 0
    for face in range(len(side)):
        if side[face] == CUT:
            result[face] = n
            n += 1
    return result, n


@jit
def halves(
    start: IntArray, part: IntArray, number: IntArray, n_cut: int, side: NDArray[np.uint8],
    below: NDArray[np.uint8], number_below: IntArray, n_cut_below: int,
) -> tuple[IntArray, IntArray]:  # fmt: skip
    """Return the table of faces with those that are cut replaced by their halves.

    ``side``, ``below``: of the faces, of their facets. The lower half of a face keeps its place,
    the upper halves are appended; so are those of the facets, then the walls.
    """
    n, n_below = len(start) - 1, len(below)
    first_wall = n_below + n_cut_below
    size = np.empty(n + n_cut, np.int64)
    for face in range(n):
        size[face] = start[face + 1] - start[face]
        if side[face] == CUT:
            low, high = 1, 1
            for at in range(start[face], start[face + 1]):
                low += below[part[at]] & BELOW
                high += (below[part[at]] & ABOVE) >> 1
            size[face], size[n + number[face]] = low, high
    new_start = np.zeros(n + n_cut + 1, np.int64)
    for face in range(n + n_cut):
        new_start[face + 1] = new_start[face] + size[face]
    new = np.empty(new_start[-1], np.int64)
    for face in range(n):
        to = new_start[face]
        if side[face] != CUT:
            for at in range(start[face], start[face + 1]):
                new[to] = part[at]
                to += 1
            continue
        up = new_start[n + number[face]]
        for at in range(start[face], start[face + 1]):
            facet = part[at]
            if below[facet] & BELOW:
                new[to] = facet
                to += 1
            if below[facet] & ABOVE:
                new[up] = n_below + number_below[facet] if below[facet] == CUT else facet
                up += 1
        new[to] = new[up] = first_wall + number[face]
    return new_start, new


@jit
def walls(
    start: IntArray, part: IntArray, n_cut: int, side: NDArray[np.uint8], below: NDArray[np.uint8],
    number_below: IntArray, lower_start: IntArray, lower_part: IntArray, lower: NDArray[np.uint8],
    first: int,
) -> tuple[IntArray, IntArray, bool]:  # fmt: skip
    """Return the table of the walls in the faces that are cut, and whether it makes sense.

    A wall's facets are the walls in the facets that are cut (number 0 is the face ``first``), and
    the faces of ``lower`` dimension on which the function vanishes; each lies between a facet below
    and one above.
    """
    size = np.zeros(n_cut + 1, np.int64)
    new = np.empty(16 + 8 * n_cut, np.int64)
    row, to, fine = 0, 0, True
    for face in range(len(side)):
        if side[face] != CUT:
            continue
        over = 0
        for at in range(start[face], start[face + 1]):
            facet = part[at]
            ridges = lower_start[facet + 1] - lower_start[facet]
            if to + ridges + 1 > len(new):
                longer = np.empty(2 * (to + ridges + 1), np.int64)
                longer[:to] = new[:to]
                new = longer
            if below[facet] == CUT:
                new[to] = first + number_below[facet]
                to += 1
                continue
            if below[facet] == 0:
                fine = False
            for k in range(lower_start[facet], lower_start[facet + 1]):
                if lower[lower_part[k]] == 0:
                    if below[facet] == BELOW:
                        new[to] = lower_part[k]
                        to += 1
                        over += 1
                    else:
                        over -= 1
        fine = fine and over == 0
        row += 1
        size[row] = to
    return size, new[:to].copy(), fine
