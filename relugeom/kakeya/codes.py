"""Known spherical codes: simplex, cross-polytope, icosahedron, E8, and the Leech lattice.

Conway & Sloane, Sphere Packings, Lattices and Groups (1999), chapters 4 and 11.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from .._check import positive_int
from .directions import DirectionSet

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray


def simplex(d: int) -> DirectionSet:
    """Return the d + 1 vertices of the regular simplex in R^d; pairwise cosines are -1/d.

    Parameters
    ----------
    d : int
        Dimension of the space.

    Returns
    -------
    DirectionSet

    Examples
    --------
    >>> simplex(3)
    DirectionSet(4 unit vectors in R^3)
    """
    d = positive_int("d", d, maximum=10_000)
    centred = np.eye(d + 1) - 1.0 / (d + 1)
    basis = np.linalg.svd(centred)[2][:d]  # the hyperplane of sum 0
    return DirectionSet(centred @ basis.T, projective=False)


def cross_polytope(d: int) -> DirectionSet:
    """Return the 2d vectors plus and minus e_i.

    Parameters
    ----------
    d : int
        Dimension of the space.

    Returns
    -------
    DirectionSet

    Examples
    --------
    >>> cross_polytope(3).min_angle() == np.pi / 2
    True
    """
    identity = np.eye(positive_int("d", d, maximum=10_000))
    return DirectionSet(np.vstack([identity, -identity]), projective=False)


def icosahedron() -> DirectionSet:
    """Return the 12 vertices of the regular icosahedron; the least angle is arctan 2.

    Returns
    -------
    DirectionSet

    Examples
    --------
    >>> round(float(np.tan(icosahedron().min_angle())), 12)
    2.0
    """
    golden = (1.0 + 5.0**0.5) / 2.0
    corners = [(0.0, a, b * golden) for a, b in product((1, -1), repeat=2)]
    return DirectionSet(
        [np.roll(c, shift) for c in corners for shift in range(3)], projective=False
    )


def e8() -> DirectionSet:
    """Return the 240 minimal vectors of the lattice E8: the kissing number in R^8, at 60 degrees.

    Returns
    -------
    DirectionSet

    Examples
    --------
    >>> len(e8()), round(float(np.degrees(e8().min_angle())), 9)
    (240, 60.0)
    """
    signs = np.array(list(product((1.0, -1.0), repeat=8)))
    halves = signs[signs.prod(axis=1) > 0] / 2.0
    return DirectionSet(np.vstack([_pairs(8), halves]), projective=False)


def leech() -> DirectionSet:
    """Return the 196,560 minimal vectors of the Leech lattice: the kissing number in R^24.

    Made from the binary Golay code: vectors of shape (2^8 0^16) on its octads with an even number
    of minus signs, (-3 1^23) with the signs changed on a codeword, and (4^2 0^22).

    Returns
    -------
    DirectionSet

    Examples
    --------
    >>> leech()
    DirectionSet(196560 unit vectors in R^24)
    """
    return DirectionSet(leech_integers(), projective=False)


def leech_integers() -> IntArray:
    """Return the minimal vectors of the Leech lattice times sqrt(8).

    Returns
    -------
    ndarray of int, shape (196560, 24)

    Examples
    --------
    >>> leech_integers().shape
    (196560, 24)
    """
    code = golay()
    octads = code[code.sum(axis=1) == 8].astype(bool)
    signs = np.array(list(product((1, -1), repeat=8)))
    signs = signs[signs.prod(axis=1) > 0]
    twos = np.zeros((len(octads), len(signs), 24), dtype=np.int64)
    for i, octad in enumerate(octads):
        twos[i][:, octad] = 2 * signs
    threes = np.ones((24, 24), dtype=np.int64) - 4 * np.eye(24, dtype=np.int64)
    threes = (threes * (1 - 2 * code)[:, None, :]).reshape(-1, 24)
    fours = (4 * _pairs(24)).astype(np.int64)
    return np.vstack([twos.reshape(-1, 24), threes, fours])


def golay() -> IntArray:
    """Return the 4096 words of the extended binary Golay code.

    Returns
    -------
    ndarray of int, shape (4096, 24)

    Examples
    --------
    >>> np.unique(golay().sum(axis=1), return_counts=True)[1]
    array([   1,  759, 2576,  759,    1])
    """
    residues = np.unique(np.arange(1, 23) ** 2 % 23)
    word = np.zeros(23, dtype=np.int64)
    word[residues] = 1
    shifts = np.array([np.roll(word, k) for k in range(23)])
    rows = _reduced(np.hstack([shifts, shifts.sum(axis=1, keepdims=True) % 2]))
    choices = np.array(list(product((0, 1), repeat=len(rows))), dtype=np.int64)
    words: IntArray = choices @ rows % 2
    return words


def _pairs(d: int) -> FloatArray:
    """Return all vectors plus or minus e_i plus or minus e_j, i < j."""
    rows = []
    for i, j in combinations(range(d), 2):
        for a, b in product((1.0, -1.0), repeat=2):
            row = np.zeros(d)
            row[i], row[j] = a, b
            rows.append(row)
    return np.array(rows)


def _reduced(rows: IntArray) -> IntArray:
    """Return a basis of the row space over the field with two elements."""
    rows = rows.copy()
    rank = 0
    for column in range(rows.shape[1]):
        found = np.flatnonzero(rows[rank:, column]) + rank
        if len(found):
            rows[[rank, found[0]]] = rows[[found[0], rank]]
            others = np.flatnonzero(rows[:, column])
            others = others[others != rank]
            rows[others] ^= rows[rank]
            rank += 1
    return rows[:rank]
