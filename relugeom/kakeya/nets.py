"""Angles between unit vectors, and farthest-point order at the speed of a matrix product."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray

_BLOCK = 2**20  # entries of a block of differences or products
_CLOSE = 0.99  # beyond this cosine arccos loses digits


def unit_rows(rows: FloatArray) -> FloatArray:
    """Return the rows divided by their norms, without overflow or underflow."""
    rows = rows / np.abs(rows).max(axis=1, initial=0.0)[:, None]
    unit: FloatArray = rows / np.linalg.norm(rows, axis=1)[:, None]
    return unit


def angles_to(vectors: FloatArray, unit: FloatArray, projective: bool) -> FloatArray:
    """Return the angles of unit rows to a unit vector: one product, small angles recomputed."""
    cosine = vectors @ unit
    sign = np.where(cosine < 0, -1.0, 1.0)
    angle = np.arccos(np.minimum(np.abs(cosine), 1.0))
    close = np.flatnonzero(np.abs(cosine) > _CLOSE)
    step = max(1, _BLOCK // vectors.shape[1])
    for at in range(0, len(close), step):
        rows = close[at : at + step]
        chord = np.linalg.norm(vectors[rows] - sign[rows, None] * unit, axis=1)
        angle[rows] = 2.0 * np.arcsin(np.minimum(chord / 2.0, 1.0))
    return angle if projective else np.where(sign < 0, pi - angle, angle)


def angle_matrix(u: FloatArray, v: FloatArray, projective: bool) -> FloatArray:
    """Return all angles between unit rows, shape (len(u), len(v)); small ones are recomputed."""
    cosine = u @ v.T
    sign = np.where(cosine < 0, -1.0, 1.0)
    np.abs(cosine, out=cosine)
    row, column = np.nonzero(cosine > _CLOSE)
    angle: FloatArray = np.arccos(np.minimum(cosine, 1.0))
    step = max(1, _BLOCK // u.shape[1])
    for at in range(0, len(row), step):
        i, j = row[at : at + step], column[at : at + step]
        chord = np.linalg.norm(u[i] - sign[i, j, None] * v[j], axis=1)
        angle[i, j] = 2.0 * np.arcsin(np.minimum(chord / 2.0, 1.0))
    return angle if projective else np.where(sign < 0, pi - angle, angle)


def least_angle(vectors: FloatArray, projective: bool) -> float:
    """Return the least angle between two unit rows; inf for a single one."""
    n, dim = vectors.shape
    doubt, least, side = _doubt(dim), np.inf, 2048
    for begin in range(0, n, side):
        block = vectors[begin : begin + side]
        for other in range(begin, n, side):
            cosine = block @ vectors[other : other + side].T
            if projective:
                np.abs(cosine, out=cosine)
            if begin == other:
                np.fill_diagonal(cosine, -2.0)
            best = float(cosine.max())
            if best == -2.0 or best < np.cos(min(least, pi)) - doubt:
                continue
            angle = float(np.arccos(np.clip(best, -1.0, 1.0)))
            if abs(best) > _CLOSE:
                row, column = np.nonzero(cosine >= best - doubt)
                angle = float(_pair_angles(block[row], vectors[other + column], projective).min())
            least = min(least, angle)
    return least


def farthest_points(
    vectors: FloatArray, projective: bool, limit: int, start: int, until: float
) -> tuple[IntArray, FloatArray]:
    """Return unit rows in farthest-point order with their insertion radii.

    Distances to the nearest centre only fall, so the farthest row is known as soon as one in a pool
    of the farthest rows is still farther than every row outside was. Centres are chosen in the
    pool, and the others hear of them many at a time, in one matrix product.
    """
    n = len(vectors)
    order, radii = np.empty(limit, dtype=np.int64), np.empty(limit)
    order[0], radii[0] = start, np.inf
    distance = np.full(n, np.inf)
    told, found = 0, 1
    size = max(256, n // 32)
    while found < limit:
        _tell(distance, vectors, order[told:found], projective)
        distance[order[told:found]] = -1.0  # never chosen twice
        told = found
        pool, floor = _farthest(distance, size)
        rows, gaps = vectors[pool], distance[pool]
        while found < limit:
            at = int(np.argmax(gaps))
            radius = float(gaps[at])
            if radius < floor:  # also when the whole pool has been chosen
                break
            if radius < until:
                return order[:found].copy(), radii[:found].copy()
            order[found], radii[found] = pool[at], radius
            found += 1
            np.minimum(gaps, angles_to(rows, rows[at], projective), out=gaps)
            gaps[at] = -1.0
    return order, radii


def _farthest(distance: FloatArray, size: int) -> tuple[IntArray, float]:
    """Return at least ``size`` rows at the largest distances, and a bound below which others lie.

    Rows come in increasing order, so that the first of equals wins whatever the pool.
    """
    if size >= len(distance):
        return np.arange(len(distance)), -np.inf
    floor = float(np.partition(distance, len(distance) - size)[len(distance) - size])
    return np.flatnonzero(distance >= floor), floor


def _tell(distance: FloatArray, vectors: FloatArray, centres: IntArray, projective: bool) -> None:
    """Lower each distance to the angle to the nearest of the centres, if that is less."""
    n, dim = vectors.shape
    units = vectors[centres]
    doubt = _doubt(dim)
    step = max(1, _BLOCK // len(centres))
    for begin in range(0, n, step):
        part = vectors[begin : begin + step]
        cosine = part @ units.T
        if projective:
            np.abs(cosine, out=cosine)
        best = cosine.max(axis=1)
        angle = np.arccos(np.clip(best, -1.0, 1.0))
        close = np.flatnonzero(np.abs(best) > _CLOSE)
        if len(close):
            # the few centres that rounding leaves in question, at full accuracy
            row, column = np.nonzero(cosine[close] >= best[close, None] - doubt)
            row = close[row]
            angle[close] = np.inf
            few = max(1, _BLOCK // dim)
            for at in range(0, len(row), few):
                i, j = row[at : at + few], column[at : at + few]
                np.minimum.at(angle, i, _pair_angles(part[i], units[j], projective))
        held = distance[begin : begin + step]
        np.minimum(held, angle, out=held)


def _doubt(dim: int) -> float:
    """Return how far rounding may move a cosine."""
    return 1e-15 * float(np.sqrt(64.0 + dim))


def _pair_angles(u: FloatArray, v: FloatArray, projective: bool) -> FloatArray:
    minus, plus = np.linalg.norm(u - v, axis=1), np.linalg.norm(u + v, axis=1)
    if projective:
        minus, plus = np.minimum(minus, plus), np.maximum(minus, plus)
    angle: FloatArray = 2.0 * np.arctan2(minus, plus)
    return angle
