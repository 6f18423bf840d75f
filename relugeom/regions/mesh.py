"""Facets of regions in space as a mesh of polygons."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .._files import replacing, writable
from .._lazy import optional
from ..errors import UnsupportedError
from .geometry import edge_facets, facet_vertices

if TYPE_CHECKING:
    from pyvista import PolyData
    from trimesh import Trimesh

    from .._check import BoolArray, FloatArray, IntArray
    from .table import Regions


@dataclass(frozen=True, eq=False)
class FacetMesh:
    """Convex polygons in space; made by `Regions.mesh` and `DecisionRegions.surface`.

    Attributes
    ----------
    vertices : ndarray, shape (n, 3)
    start : ndarray of int, shape (m + 1,)
        Polygon i has the corners ``start[i]:start[i + 1]``, in order; seen from outside
        ``region[i]`` they turn anticlockwise.
    corners : ndarray of int, shape (k,)
        Vertices.
    region, other : ndarray of int, shape (m,)
        The regions on its two sides; ``other`` is -1 on the boundary of the domain.
    facet : ndarray of int, shape (m,)
        The neuron it belongs to, or row r of the domain as ``-1 - r``.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0, 0]], [[1]]])
    >>> mesh = rg.enumerate_regions(net, rg.Box([-1, -1, -1], [1, 1, 1])).mesh()
    >>> mesh
    FacetMesh(11 polygons, 12 vertices)
    >>> mesh.areas[mesh.facet == 0].tolist()
    [4.0]
    """

    vertices: FloatArray
    start: IntArray
    corners: IntArray
    region: IntArray
    other: IntArray
    facet: IntArray

    def __len__(self) -> int:
        return len(self.region)

    def __repr__(self) -> str:
        return f"FacetMesh({len(self)} polygons, {len(self.vertices)} vertices)"

    @property
    def triangles(self) -> tuple[IntArray, IntArray]:
        """The polygons cut into triangles (t, 3), and the polygon that each comes from (t,)."""
        counts = np.diff(self.start) - 2
        polygon = np.repeat(np.arange(len(self)), counts)
        within = np.arange(len(polygon)) - np.repeat(np.cumsum(counts) - counts, counts)
        first = self.start[polygon]
        places = np.column_stack([first, first + within + 1, first + within + 2])
        return self.corners[places], polygon

    @property
    def areas(self) -> FloatArray:
        """Area of every polygon, shape (m,)."""
        corners, polygon = self.triangles
        a, b, c = (self.vertices[corners[:, i]] for i in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        return np.bincount(polygon, area, minlength=len(self)).astype(np.float64)

    # -- other libraries, and files ------------------------------------------------------------

    def to_pyvista(self) -> PolyData:
        """Return a `pyvista.PolyData` (a vtkPolyData) with cell data region, other and facet.

        Returns
        -------
        pyvista.PolyData
        """
        pyvista = optional("pyvista", "meshes")
        sizes = np.diff(self.start)
        faces = np.insert(self.corners, self.start[:-1], sizes)
        mesh: PolyData = pyvista.PolyData(self.vertices, faces=faces)
        for name in ("region", "other", "facet"):
            mesh.cell_data[name] = getattr(self, name)
        return mesh

    def to_trimesh(self) -> Trimesh:
        """Return a `trimesh.Trimesh` of the triangles, labels as face attributes.

        Returns
        -------
        trimesh.Trimesh
        """
        trimesh = optional("trimesh", "meshes")
        triangles, polygon = self.triangles
        attributes = {name: getattr(self, name)[polygon] for name in ("region", "other", "facet")}
        mesh: Trimesh = trimesh.Trimesh(
            self.vertices, triangles, face_attributes=attributes, process=False
        )
        return mesh

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write the mesh as ``.obj``, ``.ply`` (with region, other and facet) or ``.vtp``.

        Parameters
        ----------
        file : path

        Examples
        --------
        >>> import relugeom as rg, tempfile, pathlib
        >>> net = rg.ReLUNetwork.random([3, 4, 1], rng=0)
        >>> mesh = rg.enumerate_regions(net, rg.Box([-1, -1, -1], [1, 1, 1])).mesh()
        >>> mesh.save(pathlib.Path(tempfile.mkdtemp()) / "cells.obj")
        """
        suffix = writable(file, [".obj", ".ply", ".vtp"])
        if suffix == ".vtp":
            mesh = self.to_pyvista()
            with replacing(file) as temporary:
                mesh.save(temporary)
            return
        lines = self._obj() if suffix == ".obj" else self._ply()
        with replacing(file) as temporary:
            temporary.write_text("\n".join(lines) + "\n", "ascii")

    def _polygons(self) -> list[list[int]]:
        return [self.corners[a:b].tolist() for a, b in pairwise(self.start.tolist())]

    def _points(self) -> list[str]:
        return [f"{x!r} {y!r} {z!r}" for x, y, z in self.vertices.tolist()]

    def _obj(self) -> list[str]:
        faces = [" ".join(str(i + 1) for i in polygon) for polygon in self._polygons()]
        return [*(f"v {p}" for p in self._points()), *(f"f {face}" for face in faces)]

    def _ply(self) -> list[str]:
        header = [
            "ply", "format ascii 1.0", f"element vertex {len(self.vertices)}",
            *(f"property double {axis}" for axis in "xyz"),
            f"element face {len(self)}", "property list int int vertex_indices",
            *(f"property int {name}" for name in ("region", "other", "facet")), "end_header",
        ]  # fmt: skip
        labels = np.column_stack([self.region, self.other, self.facet]).tolist()
        rows = zip(self._polygons(), labels, strict=True)
        faces = [" ".join(map(str, [len(p), *p, *label])) for p, label in rows]
        return [*header, *self._points(), *faces]


def facet_mesh(
    regions: Regions, chosen: BoolArray | None = None, *, boundary: bool = True
) -> FacetMesh:
    """Return facets of a table of regions in a bounded domain of R^3, each once.

    Parameters
    ----------
    regions : Regions
    chosen : ndarray of bool, shape (n_edges,), optional
        The pairs of `Regions.neighbours` whose facets to take; all if not given.
    boundary : bool, default True
        Whether to take the facets on the boundary of the domain.
    """
    if regions.dim != 3:
        raise UnsupportedError(
            f"the regions of a mesh must lie in R^3; got regions in R^{regions.dim}. "
            "Restrict the network to a slice of three dimensions first"
        )
    edges, facets = regions.neighbours, regions.facets
    take = np.arange(len(edges.first)) if chosen is None else np.flatnonzero(chosen)
    rows, other = edge_facets(regions)[take], edges.second[take]
    if boundary:
        outer = np.flatnonzero(facets < 0)
        rows, other = (
            np.concatenate([rows, outer]),
            np.concatenate([other, np.full(len(outer), -1)]),
        )
    order = np.argsort(rows, kind="stable")
    rows, other = rows[order], other[order]
    cell = regions.facet_owner
    points, counts = _polygons(regions, rows)
    grid = np.round(points / (regions.tolerances.weld * regions.scale)).astype(np.int64)
    _, first, corners = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    return FacetMesh(
        vertices=points[first],
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        corners=corners.reshape(-1).astype(np.int64),
        region=cell[rows],
        other=other,
        facet=facets[rows],
    )


def _polygons(regions: Regions, rows: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the corners of the facets with the given rows, in order, and how many each has."""
    parts, counts = [np.empty((0, 3))], np.zeros(len(rows), np.int64)
    for polygon, corner, normal in facet_vertices(regions, rows):
        low = int(polygon[0])
        count = np.bincount(polygon - low)
        middle = np.add.reduceat(corner, np.cumsum(count) - count) / count[:, None]
        away = corner - middle[polygon - low]
        axis = np.eye(3)[np.abs(normal).argmin(axis=1)]
        across = np.cross(normal, axis)
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        x = np.einsum("pd,pd->p", away, across)
        y = np.einsum("pd,pd->p", away, np.cross(normal, across))
        parts.append(corner[np.lexsort([np.arctan2(y, x), polygon])])
        counts[low : low + len(count)] = count
    return np.concatenate(parts), counts
