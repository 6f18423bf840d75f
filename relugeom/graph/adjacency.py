"""`RegionGraph`: nodes are regions, edges are shared facets labelled with the neuron crossed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import (
    breadth_first_order,
    connected_components,
    shortest_path,
)

from .._check import float_array, positive_int
from ..errors import DomainError, InvalidInputError, RelugeomError, ShapeError
from ..regions.problem import as_network

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import IntArray
    from ..regions.neighbours import Neighbours
    from ..regions.table import Regions
    from .decision import DecisionRegions


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
    (1, 2)
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
        i, j, n = self.edges.first, self.edges.second, self.n_regions
        label = self.edges.neuron + 1
        entries = (np.tile(label, 2), (np.concatenate([i, j]), np.concatenate([j, i])))
        return csr_array(entries, shape=(n, n))

    @property
    def edge_layers(self) -> IntArray:
        """Hidden layer, from 0, of the neuron crossed on each edge, shape (m,)."""
        return as_network(self.regions.source).neuron_layer[self.edges.neuron]

    # -- around a region -----------------------------------------------------------------------

    def neighbours(self, i: int) -> IntArray:
        """Return the regions that share a facet with region i."""
        i = self._region("i", i)
        row = self.csr.indices[self.csr.indptr[i] : self.csr.indptr[i + 1]]
        return np.sort(row).astype(np.int64)

    def crossing(self, i: int, j: int) -> int:
        """Return the neuron crossed from region i to its neighbour j.

        Raises
        ------
        InvalidInputError
            If the regions share no facet.
        """
        label = int(self.csr[self._region("i", i), self._region("j", j)])
        if label == 0:
            raise InvalidInputError(f"regions must share a facet; {i} and {j} do not")
        return label - 1

    def degrees(self) -> IntArray:
        """Return the number of neighbours of every region, shape (n,)."""
        return np.diff(self.csr.indptr).astype(np.int64)

    def ball(self, i: ArrayLike, r: int) -> IntArray:
        """Return the regions at most ``r`` crossings from a region or point, in order."""
        radius = positive_int("r", r, minimum=0)
        distance = self.distances(i)
        return np.flatnonzero((distance >= 0) & (distance <= radius))

    # -- paths ---------------------------------------------------------------------------------

    def distances(self, i: ArrayLike) -> IntArray:
        """Return the crossings from a region (or point) to every region; -1 where there is no way.

        Parameters
        ----------
        i : int or array_like, shape (d,)
            A region, or a point in one.
        """
        found = shortest_path(self.csr, unweighted=True, indices=self._region("i", i))
        distances: IntArray = np.where(np.isfinite(found), found, -1).astype(np.int64)
        return distances

    def shortest_path(self, x: ArrayLike, y: ArrayLike) -> IntArray:
        """Return the regions on a path of fewest crossings, both ends included.

        Parameters
        ----------
        x, y : int or array_like, shape (d,)
            Regions, or points in them.

        Raises
        ------
        RelugeomError
            If no path joins them (only in an incomplete table).
        """
        start, end = self._region("x", x), self._region("y", y)
        before = breadth_first_order(self.csr, start)[1]
        path = [end]
        while path[-1] != start:
            previous = int(before[path[-1]])
            if previous < 0:
                raise RelugeomError(
                    f"no path joins regions {start} and {end}: the table is {self.regions.status}"
                )
            path.append(previous)
        return np.array(path[::-1])

    def diameter(self) -> int:
        """Return the largest distance between two regions, exactly.

        Breadth-first searches from the regions farthest from a central one, until no pair left can
        be farther apart (P. Crescenzi et al., On computing the diameter of real-world undirected
        graphs, Theor. Comput. Sci. 514 (2013), 84-95). In the worst case one search a region.

        Raises
        ------
        RelugeomError
            If the graph is not connected (only for an incomplete table).
        """
        if self.n_regions == 0:
            raise RelugeomError("the diameter needs at least one region; the table is empty")
        end = int(np.argmax(self.distances(int(np.argmax(self.degrees())))))
        path = self.shortest_path(end, int(np.argmax(self.distances(end))))
        level = self.distances(int(path[len(path) // 2]))
        if (level < 0).any():
            raise RelugeomError("the diameter needs a connected graph; this table is incomplete")
        best = len(path) - 1
        for i in np.argsort(-level, kind="stable"):
            if 2 * level[i] <= best:
                break
            best = max(best, int(self.distances(int(i)).max()))
        return best

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
        values = predicate(self.regions) if callable(predicate) else predicate
        chosen = np.asarray(values)
        if chosen.shape != (self.n_regions,) or chosen.dtype != bool:
            raise ShapeError(
                f"`predicate` must give {self.n_regions} booleans, one a region; "
                f"got shape {chosen.shape} of {chosen.dtype}"
            )
        return self.labelled_components(np.where(chosen, 0, -1))

    def labelled_components(self, labels: IntArray) -> IntArray:
        """Label the connected components of equal ``labels``; -1 where the label is negative."""
        i, j, n = self.edges.first, self.edges.second, self.n_regions
        same = (labels[i] == labels[j]) & (labels[i] >= 0)
        graph = csr_array((np.ones(int(same.sum())), (i[same], j[same])), shape=(n, n))
        part = connected_components(graph, directed=False)[1]
        result = np.full(n, -1)
        kept = labels >= 0
        result[kept] = np.unique(part[kept], return_inverse=True)[1]
        return result

    def decision_regions(self) -> DecisionRegions:
        """Return the connected sets on which the predicted class is constant.

        The decision boundary cuts activation regions; it is made of neurons here
        (`ReLUNetwork.with_decision_layer`) and the regions are enumerated again, so that the
        answer is exact.
        """
        from .decision import find_decision_regions

        return find_decision_regions(self.regions)

    # -- other forms ---------------------------------------------------------------------------

    def to_networkx(self) -> Any:
        """Return a networkx Graph.

        Nodes carry ``pattern`` (a string of +, - and 0) and ``point`` (tuple); edges ``neuron``
        and ``layer`` (0 is the first hidden layer).
        """
        from .export import to_networkx

        return to_networkx(self)

    def to_rustworkx(self) -> Any:
        """Return a `rustworkx.PyGraph`; nodes and edges carry the dicts of `to_networkx`."""
        from .export import to_rustworkx

        return to_rustworkx(self)

    def to_igraph(self) -> Any:
        """Return an `igraph.Graph` with the attributes of `to_networkx`."""
        from .export import to_igraph

        return to_igraph(self)

    def to_node_link(self) -> dict[str, Any]:
        """Return what `networkx.node_link_graph(data, edges="edges")` reads, ready for JSON."""
        from .export import to_node_link

        return to_node_link(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the graph; the suffix says how.

        Parameters
        ----------
        path : path
            ``.graphml`` and ``.gexf`` (points as attributes ``x0, x1, ...`` of the nodes),
            ``.json`` (node-link), or ``.npz`` (the `csr` matrix, for `scipy.sparse.load_npz`).
        """
        from .export import save_graph

        save_graph(self, path)

    def _region(self, name: str, where: ArrayLike) -> int:
        """Return a region's number from a number or a point."""
        if np.ndim(where) == 0:
            i = int(where)  # type: ignore[arg-type]
            if i != where or not 0 <= i < self.n_regions:
                raise InvalidInputError(
                    f"`{name}` must be a region, 0 to {self.n_regions - 1}, or a point; "
                    f"got {where!r}"
                )
            return i
        point = float_array(name, where, shape=(self.regions.dim,))
        i = int(self.regions.locate(point)[0])
        if i < 0:
            raise DomainError(f"`{name}` must lie in a listed region; got {point.tolist()}")
        return i
