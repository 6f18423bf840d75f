"""`level_set`: where a functional of the output has a value, as geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._batches import batches
from .._progress import progress_bar
from .._status import OfPieces
from ..errors import InvalidInputError, UnsupportedError
from ..regions.enumerate import enumerate_regions
from ..regions.geometry import edge_facets, facet_vertices
from ..regions.mesh import FacetMesh, facet_mesh
from .functionals import functional_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..regions.table import Regions
    from ..tolerances import Tolerances


@dataclass(frozen=True, eq=False)
class LevelSet(OfPieces):
    """The set where a functional of the output has a value; made by `relugeom.level_set`.

    Attributes
    ----------
    pieces : Regions
        The activation regions, cut further by the level set.
    edges : ndarray of int, shape (m,)
        The pairs of `Regions.neighbours` of the pieces whose facet lies in the level set.
    plateaus : ndarray of int, shape (k,)
        Pieces on which the functional has the value throughout.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # |x|
    >>> found = rg.level_set(rg.enumerate_regions(net, rg.Box([-1], [2])), 0.5)
    >>> len(found.pieces), len(found.edges), found.plateaus.tolist()
    (4, 2, [])
    """

    pieces: Regions
    edges: IntArray
    plateaus: IntArray

    def __len__(self) -> int:
        return len(self.edges)

    def __repr__(self) -> str:
        return f"LevelSet({len(self)} facets and {len(self.plateaus)} plateaus, {self.status})"

    def points(self) -> FloatArray:
        """Return the level set on the line as points; the domain is bounded.

        Returns
        -------
        ndarray, shape (m, 1)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])  # |x|
        >>> rg.level_set(rg.enumerate_regions(net, rg.Box([-1], [2])), 0.5).points()
        array([[-0.5],
               [ 0.5]])
        """
        return self._vertices(1, "`pieces` must lie on the line for `points`").reshape(-1, 1)

    def segments(self) -> FloatArray:
        """Return the level set in the plane as segments; the domain is bounded.

        Returns
        -------
        ndarray, shape (m, 2, 2)
            Row i holds the two ends of one.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1, 0], [-1, 0]], [[1.0, 1.0]]])  # |x|
        >>> found = rg.level_set(rg.enumerate_regions(net, rg.Box([-1, 0], [2, 1])), 0.5)
        >>> found.segments().shape
        (2, 2, 2)
        """
        return self._vertices(2, "`pieces` must lie in the plane for `segments`").reshape(-1, 2, 2)

    def surface(self) -> FacetMesh:
        """Return the level set in space as polygons; the domain is bounded.

        Returns
        -------
        FacetMesh

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1, 0, 0], [-1, 0, 0]], [[1.0, 1.0]]])  # |x|
        >>> rg.level_set(rg.enumerate_regions(net, rg.Box([-1, 0, 0], [2, 1, 1])), 0.5).surface()
        FacetMesh(2 polygons, 8 vertices)
        """
        chosen = np.zeros(len(self.pieces.neighbours.first), bool)
        chosen[self.edges] = True
        return facet_mesh(self.pieces, chosen, boundary=False)

    def _vertices(self, dim: int, need: str) -> FloatArray:
        if self.pieces.dim != dim:
            raise UnsupportedError(f"{need}; got R^{self.pieces.dim}")
        rows = edge_facets(self.pieces)[self.edges]
        ends = np.empty((len(rows), dim, dim))
        for facet, corners, normals in facet_vertices(self.pieces, rows):
            along = corners @ np.ones(1) if dim == 1 else _along(corners, normals)
            order = np.lexsort([along, facet])
            first = np.flatnonzero(np.diff(facet, prepend=-1))
            last = np.append(first[1:], len(facet)) - 1
            at = facet[first]
            ends[at, 0] = corners[order][first]
            ends[at, -1] = corners[order][last]
        return ends


def _along(corners: FloatArray, normals: FloatArray) -> FloatArray:
    """Coordinates of points in the plane along the lines with some normals."""
    across = normals[:, ::-1] * np.array([-1.0, 1.0])
    places: FloatArray = np.einsum("pd,pd->p", corners, across)
    return places


def level_set(
    regions: Regions,
    value: float = 0.0,
    functional: ArrayLike | None = None,
    *,
    tolerances: Tolerances | None = None,
    progress: bool | None = None,
) -> LevelSet:
    """Return where a functional of the output has a value, exactly.

    The functional is made a neuron (`ReLUNetwork.with_output_neurons`) and the regions are
    enumerated again; the level set is the facets on which it vanishes, and pieces where it does
    throughout.

    Parameters
    ----------
    regions : Regions
        Of a network, in the domain to look at.
    value : float, default 0.0
    functional : array_like, shape (output_dim,), optional
        Which combination of the outputs; may be left out if there is one output.
    tolerances : Tolerances, optional
        Those of the table if not given.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    LevelSet
        Facets in the boundary of the domain are left out.

    Raises
    ------
    UnsupportedError
        If the table is that of an arrangement.
    InvalidInputError
        If several outputs come without a functional.

    Examples
    --------
    >>> import numpy as np, relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights(  # |x| + |y|
    ...     [[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, 1, 1]]])
    >>> diamond = rg.level_set(rg.enumerate_regions(net, rg.Box([-2, -2], [2, 2])), 1.0)
    >>> ends = diamond.segments()
    >>> len(ends), float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).sum().round(9))
    (4, 5.656854249)
    """
    net = regions.network
    rows = functional_rows(net, functional)
    if len(rows) != 1:
        raise InvalidInputError(
            f"`functional` must be one combination of the outputs; got {len(rows)} "
            "(for the boundary between classes see `RegionGraph.decision_regions`)"
        )
    pieces = enumerate_regions(
        net.with_output_neurons(rows, [-float(value)]),
        regions.domain,
        engine=regions.engine,
        tolerances=tolerances or regions.tolerances,
        progress=progress,
    )
    plateaus = pieces.zeros[pieces.zeros[:, 1] == net.n_neurons, 0]
    flat = np.zeros(len(pieces), bool)
    flat[plateaus] = True
    edges = pieces.neighbours
    rim = flat[edges.first] != flat[edges.second]
    inside = flat[edges.first] & flat[edges.second]
    chosen = np.flatnonzero((rim | _vanishing(pieces, net.n_neurons, progress)) & ~inside)
    return LevelSet(pieces, chosen, plateaus)


def _vanishing(pieces: Regions, neuron: int, progress: bool | None) -> FloatArray:
    """Tell for each pair of neighbours whether the neuron's hyperplane is that of their facet."""
    edges, n_domain = pieces.neighbours, len(pieces.problem.halfspaces[0])
    result, close = np.zeros(len(edges.first), bool), pieces.tolerances.facet
    with progress_bar(progress, total=len(pieces), desc="level set", unit=" regions") as bar:
        for rows in batches(len(pieces), (n_domain + pieces.n_neurons) * pieces.dim):
            low, high = np.searchsorted(edges.first, [rows.start, rows.stop])
            G, h = pieces.inequalities(rows)
            cell, facet = edges.first[low:high] - rows.start, n_domain + edges.neuron[low:high]
            own = n_domain + neuron
            turned = np.abs(G[cell, own] - G[cell, facet]).max(axis=1, initial=0.0) <= close
            moved = np.abs(h[cell, own] - h[cell, facet]) <= close * pieces.scale
            result[low:high] = turned & moved & G[cell, own].any(axis=1)
            bar.update(len(G))
    return result
