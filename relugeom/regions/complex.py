"""The polyhedral complex of the regions: every face of every region, each once.

The faces of the domain are cut by one neuron after another, all cells at once (compare A. Berzins,
Polyhedral complex extraction from ReLU networks using edge subdivision, ICML 2023). A neuron is
affine on every face of the complex that the neurons before it have made, so that its signs at the
vertices tell which faces it cuts. Neighbours share faces by construction; no two points are ever
identified because they are close.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import float_array
from ..errors import IncompleteError, InvalidInputError, UndecidedError
from ..networks.matrix import dense, magnitude
from . import packing
from .cutting import TOO_CLOSE, Incidence, cut, upward
from .problem import Problem, as_network
from .vertex import domain_vertices

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csc_array

    from .._check import BoolArray, FloatArray, IntArray, SignArray
    from ..networks.matrix import Matrix
    from .table import Regions

_ZERO = 1e-12  # values this small beside the largest of the same function vanish
_ROUNDINGS = 64.0  # so do those of so many times the rounding that is to be expected
_EPS = float(np.finfo(np.float64).eps)
_NONE = np.uint64(0)
_BLOCK = 64  # neurons whose values at all vertices are kept at a time


@dataclass(frozen=True, eq=False)
class PolyhedralComplex:
    """A subdivision of a bounded domain into polytopes that meet face to face.

    A face of dimension k (k-face) is a vertex, an edge, ..., a cell. Made by `Regions.complex`,
    whose cells are the regions, and by `cut`.

    Attributes
    ----------
    vertices : ndarray, shape (n_0, d)
    outputs : ndarray, shape (n_0, output_dim)
        What the network is at the vertices; it is affine on every face. 0 for an arrangement.
    resolution : ndarray, shape (output_dim,)
        Smaller differences of each output are rounding.
    facets : tuple of Incidence
        ``facets[k - 1]`` lists the facets of every k-face, k = 1, ..., d: face i has
        ``part[start[i]:start[i + 1]]``.
    region : ndarray of int, shape (n_d,)
        The region that holds each cell.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]])
    >>> polyhedra = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).complex
    >>> polyhedra
    PolyhedralComplex(9 vertices, 12 edges, 4 cells)
    >>> polyhedra.measures(1).sum(), polyhedra.measures(2).tolist()
    (np.float64(12.0), [1.0, 1.0, 1.0, 1.0])
    """

    vertices: FloatArray
    outputs: FloatArray
    resolution: FloatArray
    facets: tuple[Incidence, ...]
    region: IntArray

    @property
    def dim(self) -> int:
        """Dimension d of the space."""
        return len(self.facets)

    @property
    def f_vector(self) -> IntArray:
        """Number of faces of each dimension, shape (d + 1,)."""
        return np.array([len(self.vertices), *(table.n_faces for table in self.facets)])

    @property
    def euler_characteristic(self) -> int:
        """Vertices - edges + 2-faces - ...: 1, whatever the cuts."""
        return int((self.f_vector * (-1) ** np.arange(self.dim + 1)).sum())

    def __repr__(self) -> str:
        names = ["vertices", "edges", *(f"{k}-faces" for k in range(2, self.dim))][: self.dim]
        counts = zip(self.f_vector, [*names, "cells"], strict=True)
        return f"PolyhedralComplex({', '.join(f'{n} {name}' for n, name in counts)})"

    def of_vertices(self, values: NDArray[Any], combine: np.ufunc) -> list[NDArray[Any]]:
        """Return for the faces of each dimension the values of their vertices, combined.

        Parameters
        ----------
        values : ndarray, shape (n_0, ...)
        combine : ufunc
            `numpy.maximum`, `numpy.logical_and`, or another one that may meet a value twice.

        Returns
        -------
        list of ndarray, shape (n_k, ...)
            For each dimension k, the vertices first.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
        >>> polyhedra = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).complex
        >>> [len(highest) for highest in polyhedra.of_vertices(polyhedra.outputs[:, 0], np.maximum)]
        [9, 12, 4]
        """
        return upward(self.facets, values, combine)

    def boundary_matrix(self, k: int) -> csc_array:
        """Return which (k-1)-faces are facets of which k-faces: 0 or 1.

        Parameters
        ----------
        k : int

        Returns
        -------
        csc_array of int, shape (n_{k-1}, n_k)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
        >>> polyhedra = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).complex
        >>> polyhedra.boundary_matrix(1).shape
        (9, 12)
        """
        from scipy.sparse import csc_array

        start, part = self.facets[k - 1]
        shape = self.f_vector[k - 1], self.f_vector[k]
        return csc_array((np.ones(len(part), np.int64), part, start), shape=shape)

    def closure(self, chosen: BoolArray) -> list[BoolArray]:
        """Return for each dimension the faces of some (d-1)-faces, themselves included.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_{d-1},)

        Returns
        -------
        list of ndarray of bool, shape (n_k,)
            For k = 0, ..., d; no cell is chosen.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
        >>> polyhedra = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).complex
        >>> chosen = np.ones(polyhedra.f_vector[1], bool)
        >>> [int(part.sum()) for part in polyhedra.closure(chosen)]
        [9, 12, 0]
        """
        result = [np.zeros(self.f_vector[-1], bool), chosen]
        for table, n in zip(self.facets[-2::-1], self.f_vector[-3::-1], strict=True):
            below = np.zeros(n, bool)
            below[table.part[result[-1][table.owner]]] = True
            result.append(below)
        return result[::-1]

    @cached_property
    def outer(self) -> list[BoolArray]:
        """For each dimension the faces that lie in the boundary of the domain."""
        return self.closure(np.bincount(self.facets[-1].part, minlength=self.f_vector[-2]) == 1)

    def simplices(self, k: int) -> tuple[IntArray, IntArray]:
        """Triangulate every k-face without new vertices, neighbours alike.

        A face is a cone from its first vertex over the facets that do not hold it.

        Parameters
        ----------
        k : int

        Returns
        -------
        corners : ndarray of int, shape (m, k + 1)
            Vertices of each simplex.
        face : ndarray of int, shape (m,)
            The k-face that it is a part of, ascending.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
        >>> polyhedra = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).complex
        >>> corners, face = polyhedra.simplices(2)
        >>> corners.shape[1], bool((face[1:] >= face[:-1]).all())
        (3, True)
        """
        first = face = np.arange(len(self.vertices))
        corners = face[:, None]
        for table in self.facets[:k]:
            apex = np.minimum.reduceat(first[table.part], table.start[:-1])
            owner = table.owner
            far = first[table.part] != apex[owner]
            start = np.concatenate([[0], np.cumsum(np.bincount(face, minlength=len(first)))])
            rows, place = Incidence(start, np.arange(len(face))).of(table.part[far])
            face = owner[far][place]
            corners = np.column_stack([apex[face], corners[rows]])
            first = apex
        return corners, face

    def measures(self, k: int) -> FloatArray:
        """Return the k-dimensional measure (length, area, ...) of every k-face.

        Parameters
        ----------
        k : int

        Returns
        -------
        ndarray, shape (n_k,)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
        >>> polyhedra = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).complex
        >>> round(float(polyhedra.measures(2).sum()), 9)
        4.0
        """
        if k == 0:
            return np.ones(len(self.vertices))
        corners, face = self.simplices(k)
        base, others = self.vertices[corners[:, :1]], self.vertices[corners[:, 1:]]
        triangular = np.linalg.qr((others - base).swapaxes(1, 2), mode="r")
        volume = np.abs(np.diagonal(triangular, axis1=1, axis2=2).prod(axis=1)) / factorial(k)
        return np.bincount(face, volume, minlength=self.f_vector[k]).astype(np.float64)

    def cut(self, values: ArrayLike, *, zero: float = 0.0) -> PolyhedralComplex:
        """Return the complex cut further where a function vanishes that is affine on every face.

        Parameters
        ----------
        values : array_like, shape (n_0,)
            Of the function at the vertices.
        zero : float, default 0.0
            Values at most this far from 0 vanish.

        Returns
        -------
        PolyhedralComplex

        Raises
        ------
        UndecidedError
            If the function is affine on some face only up to more than rounding.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
        >>> polyhedra = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).complex
        >>> bool(polyhedra.cut(polyhedra.vertices[:, 0]).f_vector[2] > polyhedra.f_vector[2])
        True
        """
        array = float_array("values", values, shape=(len(self.vertices),))
        if not zero >= 0.0:
            raise InvalidInputError(f"`zero` must not be negative; got {zero}")
        done = cut(self.facets, _signs(array, zero))
        vertices, outputs = (
            np.concatenate([rows, _on_edges(rows, array, done.ends)])
            for rows in (self.vertices, self.outputs)
        )
        region = np.concatenate([self.region, self.region[done.parents]])
        return PolyhedralComplex(vertices, outputs, self.resolution, done.facets, region)


def build_complex(regions: Regions) -> PolyhedralComplex:
    """Return the complex of a complete table of regions in a bounded domain.

    Raises
    ------
    IncompleteError
        If the table is not complete.
    UndecidedError
        If rounding hides which faces there are.
    """
    if not regions.complete:
        raise IncompleteError(f"`regions` must be complete for its faces; got {regions.status}")
    net, problem = as_network(regions.source), regions.problem
    corners, facets = _domain(problem)
    vertices, inputs = _Rows(corners), _Rows(corners)
    words = _Rows(np.zeros((1, problem.n_words), np.uint64))
    noise, neuron = _EPS * _largest(corners), 0
    for w, b, s, r in zip(net.weights, net.biases, net.slopes, net.rectified, strict=False):
        noise = _noise(noise, inputs.rows, w, b)
        for low in range(0, len(r), _BLOCK):
            block = r[low : low + _BLOCK]
            z = _Rows(inputs.rows @ dense(w[block]).T + b[block])
            zero = _resolution(z.rows, noise[block])
            for column in range(len(block)):
                value = z.rows[:, column]
                done = cut(facets, _signs(value, zero[column]))
                for table in (vertices, inputs, z):
                    table.append(_on_edges(table.rows, value, done.ends))
                words.append(words.rows[done.parents])
                bit = np.where(done.side > 0, np.uint64(1) << np.uint64(63 - neuron % 64), _NONE)
                words.rows[:, neuron // 64] |= bit
                facets, neuron = done.facets, neuron + 1
        noise = noise * np.maximum(1.0, np.abs(s))
        inputs = _Rows(_rectified(inputs.rows @ w.T + b, s))
    region = packing.find(regions.words, words.rows)
    if len(region) != len(regions) or (np.sort(region) != np.arange(len(regions))).any():
        raise UndecidedError(TOO_CLOSE)
    w, b = net.weights[-1], net.biases[-1]
    outputs, noise = inputs.rows @ w.T + b, _noise(noise, inputs.rows, w, b)
    return PolyhedralComplex(
        vertices.rows.copy(), outputs, _resolution(outputs, noise), facets, region
    )


class _Rows:
    """Rows of an array, with room for more."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self._buffer, self._n = rows, len(rows)

    @property
    def rows(self) -> NDArray[Any]:
        return self._buffer[: self._n]

    def append(self, rows: NDArray[Any]) -> None:
        n = self._n + len(rows)
        if n > len(self._buffer):
            longer = np.empty((2 * n, *rows.shape[1:]), self._buffer.dtype)
            longer[: self._n] = self.rows
            self._buffer = longer
        self._buffer[self._n : n] = rows
        self._n = n


def _noise(noise: FloatArray, inputs: FloatArray, w: Matrix, b: FloatArray) -> FloatArray:
    """Return the rounding to expect in ``w @ x + b``, that of the inputs taken as independent."""
    most = magnitude(w)
    size = most @ _largest(inputs) + np.abs(b)
    return np.asarray(np.sqrt(most**2 @ noise**2) + _EPS * size)


def _resolution(values: FloatArray, noise: FloatArray) -> FloatArray:
    return np.asarray(_ZERO * _largest(values) + _ROUNDINGS * noise)


def _largest(values: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(values.max(axis=0), -values.min(axis=0)))


def _signs(values: FloatArray, zero: float) -> SignArray:
    return (values > zero).astype(np.int8) - (values < -zero)


def _on_edges(rows: FloatArray, values: FloatArray, ends: IntArray) -> FloatArray:
    """Interpolate ``rows`` to the places on edges at which ``values`` vanish."""
    u, v = ends.T
    share = values[u] / (values[u] - values[v])
    return np.asarray(rows[u] + share[:, None] * (rows[v] - rows[u]))


def _rectified(z: FloatArray, slopes: FloatArray) -> FloatArray:
    np.multiply(z, slopes, out=z, where=z < 0)
    return z


def _domain(problem: Problem) -> tuple[FloatArray, tuple[Incidence, ...]]:
    """Return the vertices of the domain and its faces: sets of vertices that sides share."""
    vertices, bits = domain_vertices(problem, "faces")
    row = np.arange(len(problem.halfspaces[0]))
    tight = bits[:, row // 64] >> (row % 64).astype(np.uint64) & np.uint64(1)
    sides = [frozenset(np.flatnonzero(side).tolist()) for side in tight.T]
    faces, tables = [frozenset(range(len(vertices)))], []
    for _ in range(problem.dim):
        number: dict[frozenset[int], int] = {}
        owner, index = [], []
        for i, face in enumerate(faces):
            parts = {face & side for side in sides} - {face, frozenset()}
            largest = [p for p in parts if not any(p < q for q in parts)]
            for part in sorted(largest, key=sorted):
                owner.append(i)
                index.append(number.setdefault(part, len(number)))
        tables.append(Incidence.join(len(faces), np.array(owner), np.array(index)))
        faces = list(number)
    vertex = np.array([min(face) for face in faces])
    tables[-1] = tables[-1]._replace(part=vertex[tables[-1].part])
    return vertices, tuple(reversed(tables))
