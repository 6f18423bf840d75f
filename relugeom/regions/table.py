"""`Regions`: the activation regions of a network or arrangement, in columns."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .._batches import batches
from .._check import points as checked_points
from .._status import Ended
from ..errors import UnsupportedError
from ..tolerances import Tolerances
from . import packing
from .problem import Problem, Source, as_network, cell_rows, make_problem
from .region import Region

if TYPE_CHECKING:
    import geopandas
    import pandas
    import polars
    import pyarrow
    from numpy.typing import ArrayLike
    from shapely import Polygon

    from .._check import BoolArray, FloatArray, IntArray, SignArray, WordArray
    from ..arrangements.domains import Domain
    from ..graph.region_graph import RegionGraph
    from ..networks.network import ReLUNetwork
    from .complex import PolyhedralComplex
    from .facets import FacetTable
    from .geometry import Geometry
    from .mesh import FacetMesh
    from .neighbours import Neighbours

_RANDOM_DIRECTIONS = 8  # tries to step off a hyperplane on which a located point lies
_SAME_MAP = 1e-12  # gradients closer than this, relative to what went into them, are equal


@dataclass(frozen=True, eq=False)
class Regions(Ended):
    """Every activation region of ``source`` in ``domain``, one row a region.

    An activation region (chamber, cell) is a full-dimensional set of one activation pattern, and
    convex. Rows are sorted by pattern, so that the same problem gives the same table whatever the
    engine. Made by `relugeom.enumerate_regions` and `relugeom.load_regions`.

    Attributes
    ----------
    source : ReLUNetwork or HyperplaneArrangement
    domain : Box, Polytope or None
        None is all of space.
    words : ndarray of uint64, shape (n, w)
        Packed patterns: neuron k is bit ``63 - k % 64`` of word ``k // 64``.
    zeros : ndarray of int, shape (k, 2)
        (region, neuron) where a neuron vanishes on a whole region: its sign is 0.
    points : ndarray, shape (n, d)
        A point inside each region.
    reported_facets : callable or None
        Returns the facets that the engine reported; None if it reported none.
    status : str
        "complete"; "capped" (max_regions reached), "interrupted" (Ctrl-C), "part" (of a stream), or
        "undecided" (some test was too close to call, so regions may be missing or spurious).
    engine, engine_reason : str
        The engine that ran and why it was chosen.
    undecided : int
        Tests that were too close to call.
    seconds : float
        Wall-clock time of the enumeration, compilation included.
    tolerances : Tolerances
        Those that the engine ran with.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]], [[0, 0], [0]])
    >>> regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 2]))
    >>> len(regions), regions.complete, regions.volumes.tolist()
    (4, True, [1.0, 2.0, 1.0, 2.0])
    >>> regions.locate([[0.5, 0.5], [0.5, -0.5], [5, 5]]).tolist()
    [3, 2, -1]
    """

    source: Source
    domain: Domain | None
    words: WordArray
    zeros: IntArray
    points: FloatArray
    reported_facets: Callable[[], FacetTable] | None
    status: str
    engine: str
    engine_reason: str
    undecided: int
    seconds: float
    tolerances: Tolerances

    # -- the table -----------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, index: int) -> Region:
        i = operator.index(index)
        if not -len(self) <= i < len(self):
            raise IndexError(f"region {i} of {len(self)}")
        return Region(self, i % len(self))

    def __iter__(self) -> Iterator[Region]:
        return (Region(self, i) for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Regions({len(self)} in R^{self.dim}, {self.status}, engine={self.engine!r})"

    @property
    def dim(self) -> int:
        """Dimension of the space."""
        return int(self.points.shape[1])

    @property
    def message(self) -> str:
        """The status in words."""
        return {
            "complete": f"all {len(self)} regions",
            "capped": f"stopped at max_regions={len(self)}: there are more",
            "interrupted": f"interrupted: {len(self)} regions found so far",
            "part": f"{len(self)} regions, a part of the table",
            "undecided": f"{self.undecided} tests were too close to call: {len(self)} may not be "
            "exact",
        }[self.status]

    @cached_property
    def problem(self) -> Problem:
        """The source as the engines see it; internal."""
        return make_problem(self.source, self.domain, self.tolerances)

    @property
    def n_neurons(self) -> int:
        """Number of neurons, the length of a pattern."""
        return self.problem.n_neurons

    @property
    def scale(self) -> float:
        """Length that tolerances are relative to: the domain's size, or that of the offsets."""
        return self.problem.scale

    @property
    def network(self) -> ReLUNetwork:
        """The source, if it is a network.

        Raises
        ------
        UnsupportedError
            If it is an arrangement, which has no outputs.
        """
        from ..networks.network import ReLUNetwork

        if not isinstance(self.source, ReLUNetwork):
            raise UnsupportedError(
                "the regions must be those of a network; "
                "got those of an arrangement, which has no outputs"
            )
        return self.source

    @cached_property
    def patterns(self) -> SignArray:
        """Activation patterns, int8, shape (n, n_neurons): +1 on, -1 off, 0 vanishing."""
        return self.unpacked(slice(0, len(self)))

    def unpacked(self, rows: slice) -> SignArray:
        """Return the patterns of some regions, a part of `patterns` without the whole.

        Parameters
        ----------
        rows : slice

        Returns
        -------
        ndarray of int8, shape (m, n_neurons)

        Examples
        --------
        >>> import relugeom as rg
        >>> axes = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]]))
        >>> axes.unpacked(slice(0, 2))
        array([[-1, -1],
               [-1,  1]], dtype=int8)
        """
        patterns = packing.unpack(self.words[rows], self.n_neurons)
        here = self.zeros[(self.zeros[:, 0] >= rows.start) & (self.zeros[:, 0] < rows.stop)]
        patterns[here[:, 0] - rows.start, here[:, 1]] = 0
        return patterns

    def inequalities(self, rows: slice) -> tuple[FloatArray, FloatArray]:
        """Return all inequalities ``G @ x <= h`` of some regions, facets or not.

        First those of the domain, then one a neuron: of unit length, or zero where the neuron is
        constant on the region.

        Parameters
        ----------
        rows : slice

        Returns
        -------
        G : ndarray, shape (n, m, d)
        h : ndarray, shape (n, m)

        Examples
        --------
        >>> import relugeom as rg
        >>> axes = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]]))
        >>> G, h = axes.inequalities(slice(0, 1))
        >>> G[0].tolist(), h[0].tolist()
        ([[1.0, 0.0], [0.0, 1.0]], [-0.0, -0.0])
        """
        return cell_rows(self.problem, self.unpacked(rows))

    def affine_maps(self) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
        """Yield the network's affine functions ``A @ x + c``, some regions at a time.

        Yields
        ------
        rows : slice
            The regions of this batch.
        A : ndarray, shape (k, output_dim, d)
        c : ndarray, shape (k, output_dim)

        Raises
        ------
        UnsupportedError
            If the regions are those of an arrangement.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
        >>> regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))
        >>> sum(len(A) for _, A, _ in regions.affine_maps()) == len(regions)
        True
        """
        net = self.network
        for rows in batches(len(self), max(*net.widths, self.n_neurons) * self.dim):
            yield rows, *net.affine_map(self.unpacked(rows))

    @cached_property
    def margins(self) -> FloatArray:
        """Distance of each point from the nearest wall of its region, shape (n,)."""
        margins = np.full(len(self), np.inf)
        for rows in batches(len(self), self.n_neurons * self.dim):
            G, h = self.inequalities(rows)
            room = h - np.einsum("nmd,nd->nm", G, self.points[rows])
            margins[rows] = np.where(G.any(axis=2), room, np.inf).min(axis=1, initial=np.inf)
        return margins

    # -- facets --------------------------------------------------------------------------------

    @cached_property
    def facet_table(self) -> FacetTable:
        """The facets of all regions.

        As the engine reported them; between neighbours, for an arrangement in all of space; or by
        linear programs.
        """
        from .facets import compute_facets, facets_between

        if self.reported_facets is not None:
            return self.reported_facets()
        if self.domain is None and self.flip_neighbours is not None:
            return facets_between(self, self.flip_neighbours)
        return compute_facets(self.problem, self.patterns, self.points)

    @property
    def facet_start(self) -> IntArray:
        """Where the facets of each region start in `facets`, shape (n + 1,)."""
        return self.facet_table.start

    @property
    def facet_owner(self) -> IntArray:
        """The region of each of `facets`, shape (m,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.facet_start))

    @property
    def facets(self) -> IntArray:
        """Facets: those of region i are ``facets[facet_start[i]:facet_start[i + 1]]``.

        A facet is a neuron, or row r of the domain as ``-1 - r``; where several neurons share one,
        the lowest.
        """
        return self.facet_table.facet

    @property
    def coincident(self) -> BoolArray:
        """Regions that may have a facet on which several neurons vanish, shape (n,)."""
        return self.facet_table.coincident

    # -- geometry ------------------------------------------------------------------------------

    @cached_property
    def geometry(self) -> Geometry:
        """Vertices and volumes of all regions; the domain must be bounded."""
        from .geometry import measure

        return measure(self)

    @property
    def volumes(self) -> FloatArray:
        """Volume (length, area, ...) of every region; the domain must be bounded."""
        return self.geometry.volumes

    @property
    def centroids(self) -> FloatArray:
        """Centre of mass of every region, shape (n, d); the domain must be bounded."""
        return self.geometry.centroids

    @property
    def centres(self) -> FloatArray:
        """Centre of a largest ball in every region (Chebyshev centre), shape (n, d)."""
        return self._balls[0]

    @property
    def inradii(self) -> FloatArray:
        """Radius of the largest ball in every region, shape (n,).

        Radii beyond a million times the scale of the problem are infinite.
        """
        return self._balls[1]

    @cached_property
    def _balls(self) -> tuple[FloatArray, FloatArray]:
        from .geometry import inscribed_balls

        return inscribed_balls(self)

    def h_representation(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return irredundant inequalities ``G @ x <= h`` of every region, unit normals.

        Returns
        -------
        start : ndarray of int, shape (n + 1,)
            Region i has the rows ``start[i]:start[i + 1]``, one a facet, in the order of `facets`.
        G : ndarray, shape (m, d)
        h : ndarray, shape (m,)

        Examples
        --------
        >>> import relugeom as rg
        >>> axes = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]]))
        >>> start, G, h = axes.h_representation()
        >>> G[start[1] : start[2]].tolist()
        [[1.0, 0.0], [-0.0, -1.0]]
        """
        from .geometry import facet_rows

        return facet_rows(self, domain=True)

    def v_representation(self) -> tuple[IntArray, FloatArray]:
        """Return the vertices of every region; the domain must be bounded.

        Returns
        -------
        start : ndarray of int, shape (n + 1,)
            Region i has the vertices ``start[i]:start[i + 1]``.
        vertices : ndarray, shape (m, d)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # |x|
        >>> start, vertices = rg.enumerate_regions(net, rg.Box([-1], [2])).v_representation()
        >>> start, sorted(vertices.ravel().tolist())
        (array([0, 2, 4]), [-1.0, 0.0, 0.0, 2.0])
        """
        return self.geometry.start, self.geometry.vertices

    @cached_property
    def complex(self) -> PolyhedralComplex:
        """Every face of every region, each once; the domain must be bounded."""
        from .complex import build_complex

        return build_complex(self)

    def mesh(self) -> FacetMesh:
        """Return the facets of all regions in space as polygons, each facet once; d = 3 only.

        Returns
        -------
        FacetMesh

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([3, 4, 1], rng=0)
        >>> rg.enumerate_regions(net, rg.Box([-1, -1, -1], [1, 1, 1])).mesh()
        FacetMesh(56 polygons, 40 vertices)
        """
        from .mesh import facet_mesh

        return facet_mesh(self)

    def polygons(self) -> list[Polygon]:
        """Return every region of a planar table as a shapely polygon, vertices anticlockwise.

        Returns
        -------
        list of shapely.Polygon

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 3, 1], rng=0)
        >>> polygons = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).polygons()
        >>> round(sum(polygon.area for polygon in polygons), 9)
        4.0
        """
        import shapely

        start, corners = self._rings()
        ring = np.repeat(np.arange(len(self)), np.diff(start))
        closed = np.insert(corners, start[1:], corners[start[:-1]], axis=0)
        index = np.insert(ring, start[1:], np.arange(len(self)))
        rings = shapely.linearrings(closed, indices=index)
        return list(np.array(shapely.polygons(rings), dtype=object).reshape(-1))

    def _rings(self) -> tuple[IntArray, FloatArray]:
        """Vertices of planar regions in anticlockwise order."""
        if self.dim != 2:
            raise UnsupportedError(
                f"the regions of polygons must lie in the plane; got regions in R^{self.dim}. "
                "Restrict the network to a slice first: net.restrict(AffineSlice.through(points))"
            )
        start, vertices = self.geometry.start, self.geometry.vertices
        ring = np.repeat(np.arange(len(self)), np.diff(start))
        x, y = (vertices - self.points[ring]).T
        return start, vertices[np.lexsort([np.arctan2(y, x), ring])]

    # -- questions -----------------------------------------------------------------------------

    def locate(self, X: ArrayLike) -> IntArray:
        """Return the region that holds each row of ``X``; -1 outside.

        A point on a boundary belongs to one of the regions around it. Points outside the domain,
        or in a region that an incomplete table lacks, give -1.

        Parameters
        ----------
        X : array_like, shape (n, d)

        Returns
        -------
        ndarray of int, shape (n,)

        Examples
        --------
        >>> import relugeom as rg
        >>> axes = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]]))
        >>> axes.patterns[axes.locate([[2.0, -3.0]])]
        array([[ 1, -1]], dtype=int8)
        """
        net = as_network(self.source)
        array = checked_points("X", X, self.dim)
        index = np.full(len(array), -1)
        inside = (
            np.ones(len(array), bool)
            if self.domain is None
            else self.domain.contains(array, tolerance=self.tolerances.on * self.scale)
        )
        todo = np.flatnonzero(inside)
        for part in batches(len(todo), max(net.widths)):
            rows = todo[part]
            words = packing.pack(net.activation_pattern(array[rows]))
            index[rows] = packing.find(self.words, words)
        rng = np.random.default_rng(0)
        for _ in range(_RANDOM_DIRECTIONS):  # on a hyperplane, or too close to it to tell
            rows = np.flatnonzero(inside & (index < 0))
            if len(rows) == 0:
                break
            away = rng.standard_normal((len(rows), self.dim))
            if self.domain is not None:  # into the domain, should the point lie on its boundary
                away += 2 * (self.domain.centre - array[rows]) / self.scale
            for zero in (0.0, self.tolerances.on):
                beyond = net.one_sided_pattern(array[rows], away, zero=zero, scale=self.scale)
                words = packing.pack(beyond)
                found = packing.find(self.words, words)
                index[rows] = np.where(index[rows] < 0, found, index[rows])
        return index

    @cached_property
    def neighbours(self) -> Neighbours:
        """Pairs of regions that share a facet, with the neuron crossed."""
        from .neighbours import find_neighbours

        return find_neighbours(self)

    @cached_property
    def flip_neighbours(self) -> Neighbours | None:
        """Neighbours by turning one sign over, where that is the whole truth; else None."""
        from .neighbours import neighbours_by_flips

        return neighbours_by_flips(self)

    def adjacency(self) -> RegionGraph:
        """Return the region adjacency graph (dual graph): an edge is a shared facet.

        Returns
        -------
        RegionGraph

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        RegionGraph(4 regions, 4 edges)
        """
        from ..graph.region_graph import RegionGraph

        return RegionGraph(self, self.neighbours)

    @cached_property
    def linear_region(self) -> IntArray:
        """The linear region that each activation region belongs to, numbered from 0.

        A linear region is a maximal connected set on which the network is one affine map: a union
        of activation regions joined through facets across which the output's gradient does not
        change (to 1e-12 of the magnitudes that go into it; the map is continuous, so the offset
        does not change either). For an arrangement each region is one.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        from ..networks.network import ReLUNetwork

        n, edges = len(self), self.neighbours
        if not isinstance(self.source, ReLUNetwork):
            return np.arange(n)
        shape = (n, self.source.output_dim, self.dim)
        gradient, size = np.empty(shape), np.empty(shape)
        magnitudes = self.source.magnitudes
        for rows in batches(n, self.n_neurons):
            patterns = self.unpacked(rows)
            gradient[rows], size[rows] = (
                net.affine_map(patterns)[0] for net in (self.source, magnitudes)
            )
        i, j = edges.first, edges.second
        gap = np.abs(gradient[i] - gradient[j])
        same = (gap <= _SAME_MAP * np.maximum(size[i], size[j])).all(axis=(1, 2))
        i, j = i[same], j[same]
        graph = coo_array((np.ones(len(i), bool), (i, j)), shape=(n, n))
        label: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)
        return label

    @property
    def n_linear(self) -> int:
        """Number of linear regions."""
        return int(self.linear_region.max(initial=-1)) + 1

    # -- tables of other libraries, and files ----------------------------------------------------

    def to_arrow(
        self, columns: Sequence[str] = (), *, data: ArrayLike | None = None
    ) -> pyarrow.Table:
        """Return the table as a `pyarrow.Table`, with what `save` writes.

        Columns: ``words`` (packed patterns, list of uint64), ``zeros`` (neurons that vanish),
        ``point``, ``facets`` (neurons, or row r of the domain as -1 - r) and ``coincident`` where
        known by now; then those asked for.

        Parameters
        ----------
        columns : sequence of str
            - ``signs``: the pattern as a string of +, - and 0; ``n_on``: neurons that are on;
            - ``volume``; ``inradius``, ``centre``: of a largest ball inside;
            - ``n_facets``; ``degree``: neighbours in the adjacency graph; ``linear_region``;
            - ``gradient`` (output by output) and ``offset``: the affine map; ``gradient_norm``: its
              largest singular value (the Lipschitz constant there);
            - ``output_low``, ``output_high``: the range of each output over the region;
            - ``data_count``: rows of ``data`` inside.
        data : array_like, shape (m, d), optional
            Points to count.

        Returns
        -------
        pyarrow.Table

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]], [[0, 0], [0]])
        >>> regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 2]))
        >>> table = regions.to_arrow(["signs", "volume", "data_count"], data=[[0.5, 0.5]])
        >>> table.select(["signs", "volume", "data_count"]).to_pylist()[3]
        {'signs': '++', 'volume': 2.0, 'data_count': 1}
        """
        from .frames import to_arrow

        return to_arrow(self, columns, data)

    def to_polars(
        self, columns: Sequence[str] = (), *, data: ArrayLike | None = None
    ) -> polars.DataFrame:
        """Return the table as a `polars.DataFrame`; see `to_arrow` for the columns.

        Parameters
        ----------
        columns : sequence of str
        data : array_like, shape (m, d), optional

        Returns
        -------
        polars.DataFrame
        """
        from .frames import to_polars

        return to_polars(self, columns, data)

    def to_pandas(
        self, columns: Sequence[str] = (), *, data: ArrayLike | None = None
    ) -> pandas.DataFrame:
        """Return the table as a `pandas.DataFrame` of plain columns.

        Columns: ``signs``, ``point_0``, ``point_1``, ...; then those asked for (see `to_arrow`),
        lists spread over ``NAME_0``, ``NAME_1``, ...

        Parameters
        ----------
        columns : sequence of str
        data : array_like, shape (m, d), optional

        Returns
        -------
        pandas.DataFrame
        """
        from .frames import to_pandas

        return to_pandas(self, columns, data)

    def to_geopandas(
        self, columns: Sequence[str] = (), *, data: ArrayLike | None = None
    ) -> geopandas.GeoDataFrame:
        """Return a planar table as a `geopandas.GeoDataFrame`: `to_pandas` with polygons.

        Parameters
        ----------
        columns : sequence of str
        data : array_like, shape (m, d), optional

        Returns
        -------
        geopandas.GeoDataFrame
        """
        from .frames import to_geopandas

        return to_geopandas(self, columns, data)

    def save(
        self,
        file: str | os.PathLike[str],
        columns: Sequence[str] = (),
        *,
        data: ArrayLike | None = None,
    ) -> None:
        """Write the table; the suffix says how.

        Parameters
        ----------
        file : path
            ``.parquet``: what `to_arrow` gives, with network, domain, tolerances, engine, version
            and SHA-256 of the weights in its metadata; `relugeom.load_regions` reads it back.
            ``.geojson`` and ``.gpkg`` (planar tables): what `to_geopandas` gives.
        columns, data
            See `to_arrow`.

        Examples
        --------
        >>> import relugeom as rg, tempfile, pathlib
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "regions.parquet"
        >>> rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).save(file)
        >>> len(rg.load_regions(file))
        4
        """
        from .files import save_regions

        save_regions(self, file, columns, data)
