"""Figures of regions and of their graph."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import points
from ..errors import InvalidInputError, ShapeError, UnsupportedError
from ._style import INK, PALETTE, axes, legend_beside, of_class, rings, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..graph.decision import DecisionRegions
    from ..graph.region_graph import RegionGraph
    from ..regions.table import Regions

_LAYERS = ("#666666", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")  # of edges, by layer


def plot_regions(
    regions: Regions,
    *,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] = ("x0", "x1"),
    decision: DecisionRegions | None = None,
    route: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the regions of a planar table.

    Regions across a facet have different shades: a facet changes the number of neurons that are on
    by one, unless several neurons share it.

    Parameters
    ----------
    regions : Regions
        In the plane, in a bounded domain.
    X : array_like, shape (n, 2), optional
        Data to draw.
    y : array_like of int, shape (n,), optional
        Their classes.
    class_names : sequence of str, optional
    feature_names : sequence of two str
        Labels of the axes.
    decision : DecisionRegions, optional
        Tints regions by predicted class and draws the decision boundary.
    route : array_like of int, optional
        Regions to join by a line, such as from `RegionGraph.shortest_path`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    UnsupportedError
        If the regions do not lie in the plane.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([2, 4, 2], rng=0)
    >>> regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))
    >>> ax = rg.plotting.plot_regions(regions, X=[[0.5, 0.5]])
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x0', 'x1')
    """
    from matplotlib.collections import LineCollection, PolyCollection

    _planar(regions)
    ax = axes(ax, (8.0, 5.6))
    corners = rings(regions.polygons())
    if decision is None:
        shades = [tint(PALETTE[0], share) for share in (0.10, 0.26)]
        faces = [shades[k] for k in _parity(regions)]
        ax.add_collection(PolyCollection(corners, facecolors=faces, edgecolors="none"))
    else:
        pieces = decision.pieces
        own = pieces.patterns[:, : regions.patterns.shape[1]]
        odd = (own > 0).sum(axis=1) % 2
        colours = [
            tint(of_class(int(k)), 0.22 + 0.12 * int(p))
            for k, p in zip(decision.piece_class, odd, strict=True)
        ]
        ax.add_collection(
            PolyCollection(rings(pieces.polygons()), facecolors=colours, edgecolors="none")
        )
    thin = 0.5 if len(regions) < 2000 else 0.2
    ax.add_collection(
        PolyCollection(corners, facecolors="none", edgecolors="white", linewidths=thin)
    )
    if decision is not None:
        ax.add_collection(
            LineCollection(
                list(decision.boundary()), colors=INK, linewidths=1.6, label="decision boundary"
            )
        )
    if X is not None:
        _scatter(ax, points("X", X, 2), y, class_names)
    title = f"{len(regions):,} activation regions, {regions.n_linear:,} linear regions"
    if route is not None:
        way = _way(regions, route)
        ax.add_collection(
            PolyCollection(
                [corners[i] for i in way], facecolors="none", edgecolors="#B00020", linewidths=0.7
            )
        )
        line = _through_facets(regions, corners, way)
        label = f"shortest path: {len(way) - 1} crossings"
        ax.plot(*line.T, color="white", linewidth=3.6, solid_capstyle="round", zorder=4)
        ax.plot(*line.T, color="#B00020", linewidth=1.8, label=label, zorder=5)
        ax.plot(*line[[0, -1]].T, "o", color="#B00020", markeredgecolor="white", zorder=6)
        title += f"\nshortest path crosses {len(way) - 1} facets"
    box = regions.domain.bounding_box if regions.domain is not None else None
    if box is not None:
        ax.set_xlim(box.lower[0], box.upper[0])
        ax.set_ylim(box.lower[1], box.upper[1])
    ax.set_aspect("equal")
    ax.set_xlabel(feature_names[0])
    ax.set_ylabel(feature_names[1])
    ax.set_title(title, fontsize=10)
    legend_beside(ax)
    return ax


def plot_region_graph(
    graph: RegionGraph,
    *,
    classes: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    route: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the adjacency graph, edges coloured by the layer of the neuron crossed.

    Parameters
    ----------
    graph : RegionGraph
        Drawn at a point inside each region; beyond the plane, at the projection of these points
        on their first two principal axes.
    classes : array_like of int, shape (n,), optional
        Class of each region: colours the nodes.
    class_names : sequence of str, optional
    feature_names : sequence of two str, optional
        Labels of the axes, in the plane.
    route : array_like of int, optional
        Regions to emphasise.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ShapeError
        If ``classes`` has not an entry for each region.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([2, 4, 2], rng=0)
    >>> regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))
    >>> ax = rg.plotting.plot_region_graph(regions.adjacency())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x0', 'x1')
    """
    from matplotlib.collections import LineCollection

    ax = axes(ax, (8.0, 5.6))
    place, labels = _place(graph.regions)
    edges = graph.edges
    layer = graph.edge_layers
    for k in np.unique(layer):
        rows = layer == k
        ends = np.stack([place[edges.first[rows]], place[edges.second[rows]]], axis=1)
        ax.add_collection(
            LineCollection(
                list(ends), colors=_LAYERS[int(k) % len(_LAYERS)], linewidths=0.8, alpha=0.8,
                label=f"across a neuron of layer {int(k) + 1}: {int(rows.sum()):,}", zorder=1,
            )
        )  # fmt: skip
    size = np.clip(4000 / max(len(place), 1), 3, 30)
    if classes is None:
        ax.scatter(place[:, 0], place[:, 1], s=size, color=INK, linewidths=0, zorder=2)
    else:
        label = np.asarray(classes)
        if label.shape != (graph.n_regions,):
            raise ShapeError(f"`classes` must have shape ({graph.n_regions},); got {label.shape}")
        for k in np.unique(label):
            rows = label == k
            name = class_names[int(k)] if class_names is not None else f"class {k}"
            ax.scatter(
                place[rows, 0], place[rows, 1], s=size, color=of_class(int(k)), zorder=2,
                edgecolors=INK, linewidths=0.3, label=f"{name}: {int(rows.sum()):,} regions",
            )  # fmt: skip
    if route is not None:
        line = place[_way(graph.regions, route)]
        ax.plot(*line.T, color="white", linewidth=4.0, zorder=3)
        ax.plot(
            *line.T, color="#B00020", linewidth=2.0, marker="o", markersize=4, zorder=4,
            label=f"route: {len(line) - 1} crossings",
        )  # fmt: skip
    mean = 2 * graph.n_edges / max(graph.n_regions, 1)
    ax.set_title(
        f"{graph.n_regions:,} regions, {graph.n_edges:,} shared facets, {mean:.2f} neighbours each",
        fontsize=10,
    )
    if feature_names is not None and graph.regions.dim == 2:
        labels = feature_names[0], feature_names[1]
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    ax.autoscale_view()
    if graph.regions.dim > 1:
        ax.set_aspect("equal")
    legend_beside(ax)
    return ax


def _planar(regions: Regions) -> None:
    if regions.dim != 2:
        raise UnsupportedError(
            f"`regions` must lie in the plane to be drawn; got R^{regions.dim}. Restrict the "
            "network to a slice first: net.restrict(AffineSlice.through(points))"
        )


def _parity(regions: Regions) -> IntArray:
    parity: IntArray = (regions.patterns > 0).sum(axis=1) % 2
    return parity


def _way(regions: Regions, route: ArrayLike) -> IntArray:
    way = np.asarray(route)
    if way.ndim != 1 or not len(way) or way.dtype.kind != "i":
        raise InvalidInputError(
            f"`route` must be region numbers, as from shortest_path; got {way.dtype}, {way.shape}"
        )
    if way.min() < 0 or way.max() >= len(regions):
        raise InvalidInputError(
            f"`route` must hold region numbers, 0 to {len(regions) - 1}; got {way.tolist()}"
        )
    return way


def _scatter(
    ax: Axes, X: FloatArray, y: ArrayLike | None, class_names: Sequence[str] | None
) -> None:
    if y is None:
        ax.scatter(X[:, 0], X[:, 1], s=12, color=INK, linewidths=0, zorder=3, label="data")
        return
    label = np.asarray(y)
    if label.shape != (len(X),):
        raise ShapeError(f"`y` must have shape ({len(X)},); got {label.shape}")
    for k, marker in zip(np.unique(label), "os^Dv<>p*" * len(label), strict=False):
        name = class_names[int(k)] if class_names is not None else f"class {k}"
        own = X[label == k]
        ax.scatter(
            own[:, 0], own[:, 1], s=16, color=of_class(int(k)), marker=marker, edgecolors="white",
            linewidths=0.5, zorder=3, label=name,
        )  # fmt: skip


def _through_facets(regions: Regions, corners: list[FloatArray], way: IntArray) -> FloatArray:
    """Return a line through the regions' points that changes region in the middle of facets."""
    near = 1e-9 * regions.scale
    line: list[Any] = [regions.points[way[0]]]
    for i, j in pairwise(way):
        a, b = corners[i][:-1], corners[j][:-1]
        shared = a[(np.abs(a[:, None] - b[None]).max(axis=2) <= near).any(axis=1)]
        if len(shared):
            line.append(shared.mean(axis=0))
        line.append(regions.points[j])
    return np.array(line)


def _place(regions: Regions) -> tuple[FloatArray, tuple[str, str]]:
    place = regions.points
    if regions.dim == 1:
        return np.column_stack([place, np.zeros(len(place))]), ("x0", "")
    if regions.dim == 2:
        return place, ("x0", "x1")
    centred = place - place.mean(axis=0)
    spread = np.linalg.svd(centred, full_matrices=False)[2]
    return centred @ spread[:2].T, ("first principal axis", "second principal axis")
