"""Vertices, volumes and centroids of many cells: a domain cut by each cell's rows."""

from __future__ import annotations

import numpy as np

from .._check import FloatArray, IntArray, WordArray
from .._jit import jit
from ._kernel_edges import spans_edge

# Why `cells` returned
DONE, OUTPUT_FULL, CAPACITY = 0, 1, 2
# Places of the control vector
CELL, N_OUT, CONTROL_SIZE = 0, 1, 2


@jit
def _parallelotope(edges: FloatArray, k: int) -> float:
    """k-dimensional volume spanned by the first k rows, which are made orthogonal."""
    result = 1.0
    for i in range(k):
        before = 0.0
        for c in range(edges.shape[1]):
            before += edges[i, c] ** 2
        for _ in range(2):  # twice is enough
            for j in range(i):
                share = 0.0
                for c in range(edges.shape[1]):
                    share += edges[i, c] * edges[j, c]
                for c in range(edges.shape[1]):
                    edges[i, c] -= share * edges[j, c]
        length = 0.0
        for c in range(edges.shape[1]):
            length += edges[i, c] ** 2
        if length <= 1e-30 * before:
            return 0.0
        length = np.sqrt(length)
        for c in range(edges.shape[1]):
            edges[i, c] /= length
        result *= length
    return result


@jit
def _content(
    vertices: FloatArray, bits: WordArray, k: int, n_slots: int, face: IntArray, size: IntArray,
    slot: IntArray, apex: IntArray, edges: FloatArray, centroid: FloatArray,
) -> float:  # fmt: skip
    """k-dimensional measure, and centroid, of the k-face with the vertices ``face[0, :size[0]]``.

    The triangulation of Cohen & Hickey (1979): a face is cut into pyramids from its first vertex
    over its facets without that vertex; down to single vertices this makes simplices. A candidate
    of too low a dimension gives simplices of measure zero; the same candidate from two rows is
    taken once.
    """
    one = np.uint64(1)
    total, factorial = 0.0, 1.0
    for i in range(2, k + 1):
        factorial *= i
    for c in range(vertices.shape[1]):
        centroid[c] = 0.0
    slot[0], depth, apex[0] = 0, 0, face[0, 0]
    while depth >= 0:
        if depth == k:
            for i in range(k):
                for c in range(vertices.shape[1]):
                    edges[i, c] = vertices[face[k, 0], c] - vertices[apex[i], c]
            part = _parallelotope(edges, k)
            total += part
            for c in range(vertices.shape[1]):
                corners = vertices[face[k, 0], c]
                for i in range(k):
                    corners += vertices[apex[i], c]
                centroid[c] += part * corners / (k + 1)
            depth -= 1
            continue
        s = slot[depth]
        if s == n_slots:
            depth -= 1
            continue
        slot[depth] = s + 1
        word, bit = s >> 6, one << np.uint64(s & 63)
        if bits[apex[depth], word] & bit:
            continue
        count = 0
        for i in range(size[depth]):
            if bits[face[depth, i], word] & bit:
                face[depth + 1, count] = face[depth, i]
                count += 1
        if count < k - depth:
            continue
        repeated = False
        for other in range(s):
            equal = True
            for i in range(size[depth]):
                v = face[depth, i]
                here = (bits[v, word] & bit) != 0
                there = (bits[v, other >> 6] & (one << np.uint64(other & 63))) != 0
                if here != there:
                    equal = False
                    break
            if equal:
                repeated = True
                break
        if repeated:
            continue
        depth += 1
        size[depth], slot[depth], apex[depth] = count, 0, face[depth, 0]
    for c in range(vertices.shape[1]):
        centroid[c] /= total  # NaN for a face of measure zero
    return total / factorial


@jit
def cells(
    control: IntArray, start: IntArray, G: FloatArray, h: FloatArray, on: float,
    first_vertices: FloatArray, first_bits: WordArray, n_first_slots: int, vertices: FloatArray,
    bits: WordArray, value: FloatArray, out_volume: FloatArray, out_centroid: FloatArray,
    out_area: FloatArray, out_start: IntArray, out_vertices: FloatArray,
) -> int:  # fmt: skip
    """Cut the first polytope by the rows ``start[i]:start[i + 1]`` of each cell i.

    ``out_volume[i]``, ``out_centroid[i]`` and ``out_vertices[out_start[i]:out_start[i + 1]]``
    receive the result, and ``out_area[row]`` the measure of the facet on each row whose
    ``out_area`` is not negative.
    """
    d = G.shape[1]
    capacity, words = vertices.shape[0], bits.shape[1]
    one = np.uint64(1)
    shared = np.empty(words, np.uint64)
    face = np.empty((d + 1, capacity), np.int64)
    size, slot = np.empty(d + 1, np.int64), np.empty(d + 1, np.int64)
    apex, edges, centroid = np.empty(d + 1, np.int64), np.empty((d, d)), np.empty(d)
    while control[CELL] < len(start) - 1:
        cell = control[CELL]
        n, n_slots = len(first_vertices), n_first_slots
        if n_slots + start[cell + 1] - start[cell] > 64 * words or n > capacity:
            return CAPACITY
        for i in range(n):
            for c in range(d):
                vertices[i, c] = first_vertices[i, c]
            for w in range(words):
                bits[i, w] = first_bits[i, w] if w < first_bits.shape[1] else np.uint64(0)
        for row in range(start[cell], start[cell + 1]):
            bit, word = one << np.uint64(n_slots & 63), n_slots >> 6
            n_slots += 1
            end = n
            for i in range(n):
                value[i] = -h[row]
                for c in range(d):
                    value[i] += G[row, c] * vertices[i, c]
                if abs(value[i]) <= on:
                    value[i] = 0.0
            for i in range(n):
                if value[i] <= 0.0:
                    continue
                for j in range(n):
                    if value[j] >= 0.0 or not spans_edge(bits, n, i, j, shared, d):
                        continue
                    if end == capacity:
                        return CAPACITY
                    t = value[i] / (value[i] - value[j])
                    for c in range(d):
                        vertices[end, c] = vertices[i, c] + t * (vertices[j, c] - vertices[i, c])
                    for w in range(words):
                        bits[end, w] = shared[w]
                    bits[end, word] |= bit
                    end += 1
            to = 0
            for i in range(end):
                if i < n:
                    if value[i] > 0.0:
                        continue
                    if value[i] == 0.0:
                        bits[i, word] |= bit
                if to < i:
                    for c in range(d):
                        vertices[to, c] = vertices[i, c]
                    for w in range(words):
                        bits[to, w] = bits[i, w]
                to += 1
            n = to
        at = control[N_OUT]
        if at + n > len(out_vertices):
            return OUTPUT_FULL
        for i in range(n):
            for c in range(d):
                out_vertices[at + i, c] = vertices[i, c]
        for i in range(n):
            face[0, i] = i
        size[0] = n
        out_volume[cell] = _content(
            vertices, bits, d, n_slots, face, size, slot, apex, edges, out_centroid[cell]
        )
        for row in range(start[cell], start[cell + 1]):
            if out_area[row] < 0.0:
                continue
            s = n_slots - (start[cell + 1] - row)
            count = 0
            for i in range(n):
                if bits[i, s >> 6] & (one << np.uint64(s & 63)):
                    face[0, count] = i
                    count += 1
            size[0] = count
            out_area[row] = 0.0
            if count >= d:
                out_area[row] = _content(
                    vertices, bits, d - 1, n_slots, face, size, slot, apex, edges, centroid
                )
        control[N_OUT] = at + n
        out_start[cell + 1] = at + n
        control[CELL] = cell + 1
    return DONE
