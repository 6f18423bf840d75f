"""`RegionGraph`: nodes are regions, edges are shared facets labelled with the neuron crossed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from .._check import positive_int
from ..errors import InvalidInputError
from ..regions.problem import as_network
from .selection import one_neuron, one_region, some_regions
from .weights import edge_weights

if TYPE_CHECKING:
    import igraph
    import networkx
    from numpy.typing import ArrayLike
    from rustworkx import PyGraph

    from .._check import RNG, FloatArray, IntArray
    from ..regions.neighbours import Neighbours
    from ..regions.table import Regions
    from ..tolerances import Tolerances
    from .centrality import Betweenness
    from .cuts import MinCut
    from .decision import DecisionRegions
    from .occupancy import Occupancy
    from .routes import Diameter
    from .selection import RegionSet
    from .spectral import Fiedler
    from .weights import Weight
    from .zones import Zone


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """The dual graph of a table of regions; made by `Regions.adjacency`.

    An edge joins two regions that share a facet, a (d-1)-dimensional set. Its label is the neuron
    whose zero set the facet lies in (the lowest one where several coincide).

    Attributes
    ----------
    regions : Regions
    edges : Neighbours
        Columns ``first < second`` and ``neuron``, one row an edge.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]], [[0, 0], [0]])
    >>> graph = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).adjacency()
    >>> graph
    RegionGraph(4 regions, 4 edges)
    >>> graph.shortest_path([-0.5, -0.5], [0.5, 0.5]).tolist()
    [0, 1, 3]
    >>> graph.crossing(0, 1), graph.diameter()
    (1, Diameter(lower=2, upper=2, ends=(0, 3)))
    """

    regions: Regions
    edges: Neighbours

    @property
    def n_regions(self) -> int:
        """Number of nodes."""
        return len(self.regions)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.edges.first)

    def __repr__(self) -> str:
        return f"RegionGraph({self.n_regions} regions, {self.n_edges} edges)"

    @cached_property
    def csr(self) -> csr_array:
        """The symmetric adjacency matrix; an entry is 1 + the neuron crossed."""
        return self._matrix(self.edges.neuron + 1)

    @property
    def entry_edge(self) -> IntArray:
        """The row of `edges` that each entry of `csr` comes from."""
        entries: IntArray = self._numbered.data
        return entries

    def weighted(self, weight: Weight) -> csr_array:
        """Return the symmetric adjacency matrix with weights for entries.

        Parameters
        ----------
        weight : optional
            As in `shortest_path`.

        Returns
        -------
        csr_array, shape (n, n)

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.weighted([1, 2, 2, 1]).toarray()
        array([[0., 1., 2., 0.],
               [1., 0., 0., 2.],
               [2., 0., 0., 1.],
               [0., 2., 1., 0.]])
        """
        return self._matrix(edge_weights(self, weight))

    @cached_property
    def _numbered(self) -> csr_array:
        i, j, n = self.edges.first, self.edges.second, self.n_regions
        number = np.tile(np.arange(self.n_edges), 2)
        return csr_array((number, (np.concatenate([i, j]), np.concatenate([j, i]))), shape=(n, n))

    def _matrix(self, values: Any) -> csr_array:
        """Put a value an edge on the entries, in a matrix of its own."""
        form = self._numbered
        entries = values[form.data], form.indices.copy(), form.indptr.copy()
        return csr_array(entries, shape=form.shape)

    @property
    def edge_layers(self) -> IntArray:
        """Hidden layer, from 0, of the neuron crossed on each edge, shape (m,)."""
        return as_network(self.regions.source).neuron_layer[self.edges.neuron]

    @cached_property
    def facet_measures(self) -> FloatArray:
        """The (d-1)-dimensional measure of the facet of each edge, shape (m,).

        1 on the line, a length in the plane, an area in space; the domain must be bounded.
        """
        from ..regions.geometry import edge_facets, facet_measures

        if self.regions.dim == 1:
            return np.ones(self.n_edges)
        return facet_measures(self.regions, edge_facets(self.regions))

    # -- around a region -----------------------------------------------------------------------

    def neighbours(self, i: int) -> IntArray:
        """Return the regions that share a facet with region i.

        Parameters
        ----------
        i : int

        Returns
        -------
        ndarray of int
            Ascending.

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.neighbours(0)
        array([1, 2])
        """
        i = one_region(self.regions, "i", i)
        row = self.csr.indices[self.csr.indptr[i] : self.csr.indptr[i + 1]]
        return np.sort(row).astype(np.int64)

    def crossing(self, i: int, j: int) -> int:
        """Return the neuron crossed from region i to its neighbour j.

        Parameters
        ----------
        i, j : int

        Returns
        -------
        int

        Raises
        ------
        InvalidInputError
            If the regions share no facet.

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.crossing(0, 2)
        0
        """
        label = int(self.csr[one_region(self.regions, "i", i), one_region(self.regions, "j", j)])
        if label == 0:
            raise InvalidInputError(f"`i` and `j` must share a facet; got regions {i} and {j}")
        return label - 1

    def degrees(self) -> IntArray:
        """Return the number of neighbours of every region.

        Returns
        -------
        ndarray of int, shape (n,)

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.degrees()
        array([2, 2, 2, 2])
        """
        return np.diff(self.csr.indptr).astype(np.int64)

    def ball(self, i: ArrayLike, r: int) -> IntArray:
        """Return the regions at most some crossings from a region or point, in order.

        Parameters
        ----------
        i : int or array_like, shape (d,)
            A region, or a point in one.
        r : int
            Crossings.

        Returns
        -------
        ndarray of int

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.ball([1.0, 1.0], 1)
        array([1, 2, 3])
        """
        from .routes import crossings_from

        radius = positive_int("r", r, minimum=0)
        return np.flatnonzero(crossings_from(self, one_region(self.regions, "i", i), radius) >= 0)

    # -- routes --------------------------------------------------------------------------------

    def geodesic_distances(self, i: ArrayLike, weight: Weight = None) -> IntArray | FloatArray:
        """Return the distance from a region (or point) to every region.

        Parameters
        ----------
        i : int or array_like, shape (d,)
            A region, or a point in one.
        weight : optional
            Without it, whole numbers of crossings, -1 where there is no way; with it, see
            `shortest_path`, the least sum of weights, infinite where there is no way.

        Returns
        -------
        ndarray of int or float, shape (n,)

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.geodesic_distances(0)
        array([0, 1, 1, 2])
        """
        from .routes import crossings_from, distances_from

        source = one_region(self.regions, "i", i)
        if weight is None:
            return crossings_from(self, source)
        return distances_from(self, source, weight)

    def shortest_path(self, x: ArrayLike, y: ArrayLike, weight: Weight = None) -> IntArray:
        """Return the regions on a shortest path, both ends included.

        Parameters
        ----------
        x, y : int or array_like, shape (d,)
            Regions, or points in them.
        weight : str, callable, array_like of shape (n_edges,), optional
            What the sum of is least; by default the number of facets crossed. "distance": between
            the interior points of neighbours (`Regions.points`, which differ between engines);
            "facet": the measure (length, area, ...) of the facet; a callable gets the graph and
            returns the array, none of it negative.

        Returns
        -------
        ndarray of int

        Raises
        ------
        IncompleteError
            If no path joins them (only in an incomplete table).

        Examples
        --------
        >>> import relugeom as rg
        >>> lines = rg.HyperplaneArrangement([[1, 0], [0, 1]], [-0.9, 0])
        >>> graph = rg.enumerate_regions(lines, rg.Box([0, -1], [1, 1])).adjacency()
        >>> graph.shortest_path([0.1, -0.5], [0.95, 0.5], weight="facet").tolist()
        [0, 2, 3]
        """
        from .routes import route

        start, end = one_region(self.regions, "x", x), one_region(self.regions, "y", y)
        return route(self, start, end, weight)

    def diameter(
        self, max_searches: int | None = None, *, progress: bool | None = None
    ) -> Diameter:
        """Return the largest distance between two regions, in crossings, or bounds on it.

        Parameters
        ----------
        max_searches : int, optional
            Breadth-first searches after which bounds must do; by default as many as look at 10^9
            edges, at least 100. Usually fewer find the diameter itself.
        progress : bool, optional
            Show a progress bar; by default only on a terminal.

        Returns
        -------
        Diameter
            With ``lower``, ``upper``, ``exact``, and the ``ends`` of a path of length ``lower``.

        Raises
        ------
        IncompleteError
            If the graph is not connected (only for an incomplete table), or empty.

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.diameter().exact, graph.diameter().upper
        (True, 2)
        """
        from .routes import find_diameter

        return find_diameter(self, max_searches, progress)

    def betweenness(
        self, n_samples: int | None = None, *, rng: RNG = 0, progress: bool | None = None
    ) -> Betweenness:
        """Return the share of all shortest paths that pass through each region.

        Parameters
        ----------
        n_samples : int, optional
            Regions from which to follow all shortest paths. By default all if there are at most
            5,000, which is exact, else 64 at random, which gives estimates with standard errors.
        rng : Generator, int or None
            Of the sample.
        progress : bool, optional
            Show a progress bar; by default only on a terminal.

        Returns
        -------
        Betweenness

        Examples
        --------
        >>> import relugeom as rg
        >>> points = rg.HyperplaneArrangement([[1.0], [1.0]], [0.0, -1.0])
        >>> found = rg.enumerate_regions(points).adjacency().betweenness()
        >>> found.values.tolist(), found.exact
        ([0.0, 1.0, 0.0], True)
        """
        from .centrality import find_betweenness

        return find_betweenness(self, n_samples, rng, progress)

    # -- parts ---------------------------------------------------------------------------------

    def components(self, predicate: Callable[[Regions], ArrayLike] | ArrayLike) -> IntArray:
        """Label the connected components of the regions where a predicate holds.

        Parameters
        ----------
        predicate : callable or array_like of bool, shape (n,)
            A callable gets the table and returns the array.

        Returns
        -------
        ndarray of int, shape (n,)
            Component of each region, numbered from 0; -1 where the predicate is false.

        Examples
        --------
        >>> import relugeom as rg
        >>> arrangement = rg.HyperplaneArrangement([[1.0], [1.0]], [0.0, -1.0])
        >>> graph = rg.enumerate_regions(arrangement).adjacency()
        >>> graph.components(lambda regions: abs(regions.points[:, 0] - 0.5) > 0.5).tolist()
        [0, -1, 1]
        """
        from .parts import components_where

        return components_where(self, predicate)

    def min_cut(self, a: RegionSet, b: RegionSet, capacity: Weight = None) -> MinCut:
        """Return the edges of least total capacity that separate two sets of regions.

        Parameters
        ----------
        a, b : int, array_like of int, array_like of bool of shape (n,), or callable
            Sets that do not overlap: regions, a boolean for each region, or a callable that gets
            the table and returns either.
        capacity : optional
            1 an edge, or a weight as for `shortest_path`; "facet" finds the least wall of facets.

        Returns
        -------
        MinCut
            With ``value``, ``side``, ``edges``, and ``flow``, which proves that no cut is smaller.

        Examples
        --------
        >>> import relugeom as rg
        >>> lines = rg.HyperplaneArrangement([[1, 0], [0, 1]], [-0.9, 0])
        >>> graph = rg.enumerate_regions(lines, rg.Box([0, -1], [1, 1])).adjacency()
        >>> graph.min_cut(0, 3, capacity="facet")
        MinCut(1, 2 edges)
        """
        from .cuts import find_min_cut

        sets = some_regions(self.regions, "a", a), some_regions(self.regions, "b", b)
        return find_min_cut(self, *sets, capacity)

    def fiedler(self, weight: Weight = None) -> Fiedler:
        """Return the second smallest eigenvalue of the graph's Laplacian and its eigenvector.

        Parameters
        ----------
        weight : optional
            Of each edge: 1 by default, or a weight as for `shortest_path`, here a closeness.

        Returns
        -------
        Fiedler
            With ``value``, ``vector`` and the ``residual`` that bounds the error.

        Raises
        ------
        IncompleteError
            If there are fewer than two regions, or the table is not complete and in pieces.
        InvalidInputError
            If weights of 0 leave the graph in pieces.

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> round(graph.fiedler().value, 9)
        2.0
        """
        from .spectral import find_fiedler

        return find_fiedler(self, weight)

    def zone(self, neuron: int) -> Zone:
        """Return the bent hyperplane of a neuron: the facets it makes, and its connected pieces.

        Two facets are connected where they share a ridge, a (d-2)-dimensional face.

        Parameters
        ----------
        neuron : int
            A place of the pattern.

        Returns
        -------
        Zone

        Examples
        --------
        >>> import relugeom as rg
        >>> weights, biases = [[[1], [-1]], [[1, 1]], [[1]]], [[0, 0], [-1], [0]]
        >>> net = rg.ReLUNetwork.from_weights(weights, biases)  # relu(|x| - 1)
        >>> rg.enumerate_regions(net, rg.Box([-2], [2])).adjacency().zone(2)
        Zone(neuron 2, 2 facets in 2 pieces)
        """
        from .zones import find_zone

        return find_zone(self, one_neuron(self.regions, neuron))

    def hamming_pairs_not_adjacent(self) -> tuple[IntArray, IntArray]:
        """Return the pairs of regions whose patterns differ in one sign and that share no facet.

        There are none in a plain arrangement; bent hyperplanes make them.

        Returns
        -------
        pairs : ndarray of int, shape (m, 2)
            By neuron, then lexicographically; ``pairs[:, 0] < pairs[:, 1]``.
        neuron : ndarray of int, shape (m,)
            The neuron whose sign differs.

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> len(graph.hamming_pairs_not_adjacent())
        2
        """
        from .hamming import find_hamming_pairs

        return find_hamming_pairs(self)

    def occupancy(self, X: ArrayLike, y: ArrayLike | None = None) -> Occupancy:
        """Put labelled data on the graph.

        Parameters
        ----------
        X : array_like, shape (m, d)
        y : array_like, shape (m,), optional
            Labels; by default all are 0.

        Returns
        -------
        Occupancy
            Counts and purity of regions, regions of each class, crossings between classes, empty
            regions around the data.

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.occupancy([[1.0, 2.0], [-1.0, 2.0], [2.0, 1.0]], [0, 1, 1]).region
        array([3, 1, 3])
        """
        from .occupancy import find_occupancy

        return find_occupancy(self, X, y)

    def decision_regions(
        self, *, tolerances: Tolerances | None = None, progress: bool | None = None
    ) -> DecisionRegions:
        """Return the connected sets on which the predicted class is constant.

        The decision boundary cuts activation regions; it is made of neurons here
        (`ReLUNetwork.with_decision_layer`) and the regions are enumerated again, so that the
        answer is exact.

        Parameters
        ----------
        tolerances : Tolerances, optional
            Those of the table if not given.
        progress : bool, optional
            Show a progress bar; by default only on a terminal.

        Returns
        -------
        DecisionRegions

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 4, 2], rng=0)
        >>> graph = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])).adjacency()
        >>> graph.decision_regions()
        DecisionRegions(2, in 9 pieces, complete)
        """
        from .decision import find_decision_regions

        return find_decision_regions(self.regions, tolerances, progress)

    # -- other forms ---------------------------------------------------------------------------

    def to_networkx(self) -> networkx.Graph[int]:
        """Return a networkx Graph.

        Nodes carry ``signs`` (a string of +, - and 0) and ``point`` (tuple); edges ``neuron``
        and ``layer`` (0 is the first hidden layer).

        Returns
        -------
        networkx.Graph

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.to_networkx().nodes[0]["signs"]
        '--'
        """
        from .export import to_networkx

        return to_networkx(self)

    def to_rustworkx(self) -> PyGraph[Any, Any]:
        """Return a `rustworkx.PyGraph`; nodes and edges carry the dicts of `to_networkx`.

        Returns
        -------
        rustworkx.PyGraph
        """
        from .export import to_rustworkx

        return to_rustworkx(self)

    def to_igraph(self) -> igraph.Graph:
        """Return an `igraph.Graph` with the attributes of `to_networkx`.

        Returns
        -------
        igraph.Graph
        """
        from .export import to_igraph

        return to_igraph(self)

    def to_node_link(self) -> dict[str, Any]:
        """Return what `networkx.node_link_graph(data, edges="edges")` reads, ready for JSON.

        Returns
        -------
        dict

        Examples
        --------
        >>> import relugeom as rg
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> len(graph.to_node_link()["edges"])
        4
        """
        from .export import to_node_link

        return to_node_link(self)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write the graph; the suffix says how.

        Parameters
        ----------
        file : path
            ``.graphml`` and ``.gexf`` (points as attributes ``x0, x1, ...`` of the nodes),
            ``.json`` (node-link), or ``.npz`` (the `csr` matrix, for `scipy.sparse.load_npz`).

        Examples
        --------
        >>> import relugeom as rg, tempfile, pathlib
        >>> graph = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).adjacency()
        >>> graph.save(pathlib.Path(tempfile.mkdtemp()) / "graph.graphml")
        """
        from .export import save_graph

        save_graph(self, file)
