"""Decision regions: connected sets on which a classifier's answer is constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._status import OfPieces
from ..errors import UnsupportedError
from ..regions.enumerate import enumerate_regions
from ..regions.mesh import FacetMesh, facet_mesh
from .parts import connected_parts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..regions.table import Regions
    from ..tolerances import Tolerances
    from .region_graph import RegionGraph


@dataclass(frozen=True, eq=False)
class DecisionRegions(OfPieces):
    """The decision regions of a classifier in a domain.

    Attributes
    ----------
    pieces : Regions
        The activation regions, cut further by the decision boundary.
    graph : RegionGraph
        Their adjacency.
    piece_class : ndarray of int, shape (n,)
        Predicted class of each piece.
    component : ndarray of int, shape (n,)
        Decision region of each piece, numbered from 0.
    classes : ndarray of int, shape (k,)
        Predicted class of each decision region.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1, 0], [0, 1]]])  # the sign of x
    >>> found = rg.enumerate_regions(net, rg.Box([-1], [2])).adjacency().decision_regions()
    >>> found.classes, found.locate([[-0.5], [1.5]])
    (array([1, 0]), array([0, 1]))
    """

    pieces: Regions
    graph: RegionGraph
    piece_class: IntArray
    component: IntArray
    classes: IntArray

    def __len__(self) -> int:
        return len(self.classes)

    def __repr__(self) -> str:
        return f"DecisionRegions({len(self)}, in {len(self.pieces)} pieces, {self.status})"

    def locate(self, X: ArrayLike) -> IntArray:
        """Return the decision region of points.

        Parameters
        ----------
        X : array_like, shape (n, d)

        Returns
        -------
        ndarray of int, shape (n,)
            -1 outside the domain.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1, 0], [0, 1]]])  # the sign of x
        >>> found = rg.enumerate_regions(net, rg.Box([-1], [2])).adjacency().decision_regions()
        >>> found.locate([[-0.5], [1.5], [3.0]])
        array([ 0,  1, -1])
        """
        piece = self.pieces.locate(X)
        return np.where(piece >= 0, self.component[piece], -1)

    @property
    def volumes(self) -> FloatArray:
        """Volume of every decision region, shape (k,); the domain must be bounded."""
        totals = np.bincount(self.component, self.pieces.volumes, minlength=len(self))
        return totals.astype(np.float64)

    def boundary(self) -> FloatArray:
        """Return the decision boundary in the plane as segments between two different classes.

        Returns
        -------
        ndarray, shape (m, 2, 2)
            Row i holds the two ends of a segment.

        Raises
        ------
        UnsupportedError
            If the regions do not lie in the plane.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [-1, 0]], [[1, 0], [0, 1]]])  # sign of x
        >>> regions = rg.enumerate_regions(net, rg.Box([-1, 0], [2, 1]))
        >>> regions.adjacency().decision_regions().boundary().round(9).tolist()
        [[[0.0, 1.0], [0.0, 0.0]]]
        """
        if self.pieces.dim != 2:
            raise UnsupportedError(
                f"the regions must lie in the plane; got regions in R^{self.pieces.dim}"
            )
        edges, geometry = self.graph.edges, self.pieces.geometry
        cut = np.flatnonzero(self.piece_class[edges.first] != self.piece_class[edges.second])
        A, c = self.pieces.network.neuron_maps(self.pieces.patterns[edges.first[cut]])
        segments = np.empty((len(cut), 2, 2))
        for row, edge in enumerate(cut):
            i, k = edges.first[edge], edges.neuron[edge]
            corners = geometry.vertices[geometry.start[i] : geometry.start[i + 1]]
            nearest = np.argsort(np.abs(corners @ A[row, k] + c[row, k]))[:2]
            segments[row] = corners[nearest]
        return segments

    def surface(self) -> FacetMesh:
        """Return the decision boundary in space as polygons between two different classes.

        Returns
        -------
        FacetMesh

        Examples
        --------
        >>> import relugeom as rg
        >>> sign = [[1, 0, 0], [-1, 0, 0]], [[1, 0], [0, 1]]  # of x
        >>> net = rg.ReLUNetwork.from_weights(sign)
        >>> regions = rg.enumerate_regions(net, rg.Box([-1, 0, 0], [2, 1, 1]))
        >>> regions.adjacency().decision_regions().surface()
        FacetMesh(1 polygons, 4 vertices)
        """
        edges = self.graph.edges
        cut = self.piece_class[edges.first] != self.piece_class[edges.second]
        return facet_mesh(self.pieces, cut, boundary=False)


def find_decision_regions(
    regions: Regions, tolerances: Tolerances | None, progress: bool | None
) -> DecisionRegions:
    """Enumerate the regions of the classifier with its decision boundary made of neurons."""
    net = regions.network
    pieces = enumerate_regions(
        net.with_decision_layer(),
        regions.domain,
        engine=regions.engine,
        tolerances=tolerances or regions.tolerances,
        progress=progress,
    )
    graph = pieces.adjacency()
    piece_class = net.predict(pieces.points)
    component = connected_parts(graph, piece_class)
    first = np.unique(component, return_index=True)[1]
    return DecisionRegions(
        pieces=pieces,
        graph=graph,
        piece_class=piece_class,
        component=component,
        classes=piece_class[first],
    )
