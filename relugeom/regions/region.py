"""`Region`: one row of a `Regions` table, its geometry computed when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from ..arrangements.domains import Polytope
from ..errors import UnsupportedError
from .exact import ball_inside
from .geometry import LARGEST_BALL
from .problem import cell_rows

if TYPE_CHECKING:
    from shapely import Polygon

    from .._check import FloatArray, IntArray, SignArray
    from .table import Regions


@dataclass(frozen=True, eq=False)
class Region:
    """One activation region, a convex polyhedron.

    Attributes
    ----------
    table : Regions
        The table that it is a row of.
    index : int
        Which row.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [0, 1]], [[1, 1]]], [[0, 0], [0]])
    >>> region = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 2]))[3]
    >>> region.pattern.tolist(), region.volume, round(region.inradius, 9)
    ([1, 1], 2.0, 0.5)
    >>> region.affine_map
    (array([[1., 1.]]), array([0.]))
    """

    table: Regions
    index: int

    @property
    def pattern(self) -> SignArray:
        """Activation pattern, shape (n_neurons,)."""
        pattern: SignArray = self.table.unpacked(slice(self.index, self.index + 1))[0]
        return pattern

    @property
    def point(self) -> FloatArray:
        """A point inside."""
        point: FloatArray = self.table.points[self.index]
        return point

    @property
    def facets(self) -> IntArray:
        """Facets: neurons, or row r of the domain as ``-1 - r``."""
        start = self.table.facet_start
        return self.table.facets[start[self.index] : start[self.index + 1]]

    @cached_property
    def halfspaces(self) -> tuple[FloatArray, FloatArray]:
        """Irredundant inequalities ``G @ x <= h``, unit normals, one row a facet.

        Shapes (m, d) and (m,), in the order of `facets`: the pair that ``polytope.Polytope(G, h)``
        and ``pypoman.compute_polytope_vertices(G, h)`` take.
        """
        problem = self.table.problem
        G, h = cell_rows(problem, self.pattern[None])
        n_domain = len(problem.halfspaces[0])
        rows = np.where(self.facets < 0, -1 - self.facets, n_domain + self.facets)
        return G[0, rows], h[0, rows]

    @cached_property
    def polytope(self) -> Polytope:
        """The region as a polytope; it may be unbounded."""
        G, h = self.halfspaces
        if len(G) == 0:
            raise UnsupportedError("the region must have a facet; got one that is all of space")
        return Polytope(G, h, centre=self.centre)

    @property
    def bounded(self) -> bool:
        """Whether the region is bounded."""
        return len(self.facets) > self.table.dim and self.polytope.bounded

    @property
    def vertices(self) -> FloatArray:
        """Vertices, shape (n, d); the region must be bounded."""
        return self.polytope.vertices

    @property
    def volume(self) -> float:
        """Volume (length, area, ...); infinite if unbounded."""
        return self.polytope.volume if self.bounded else float("inf")

    @property
    def centre(self) -> FloatArray:
        """Centre of a largest inscribed ball (Chebyshev centre)."""
        return self._ball[0]

    @property
    def inradius(self) -> float:
        """Radius of the largest inscribed ball; infinite if it exceeds the scale a millionfold."""
        return self._ball[1]

    @cached_property
    def _ball(self) -> tuple[FloatArray, float]:
        """Centre and radius, in rational arithmetic: floats fail in thin regions."""
        cap = LARGEST_BALL * self.table.scale
        centre, radius = ball_inside(*self.halfspaces, cap)
        return centre, radius if radius < cap else float("inf")

    @property
    def affine_map(self) -> tuple[FloatArray, FloatArray]:
        """The network on this region: ``A @ x + c``, shapes (output_dim, d) and (output_dim,)."""
        return self.table.network.affine_map(self.pattern)

    @property
    def polygon(self) -> Polygon:
        """The region as a shapely polygon; only in the plane, and bounded."""
        if self.table.dim != 2:
            raise UnsupportedError(
                f"the region must lie in the plane; got one in R^{self.table.dim}"
            )
        from shapely import MultiPoint

        return cast("Polygon", MultiPoint(self.vertices).convex_hull)

    def __repr__(self) -> str:
        return f"Region({self.index}, {len(self.facets)} facets, in R^{self.table.dim})"
