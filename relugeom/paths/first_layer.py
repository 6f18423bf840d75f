"""The parameter space of first-layer neurons, cut by the data: cells counted, paths located in it.

The neuron ``w @ x + b`` is switched at sample x where (w, b) crosses the hyperplane with normal
(x, 1). All neurons of the first layer have this one arrangement, each with its own point in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, nan
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .._check import float_array, frozen, positive_int
from .._status import finished
from .._table import Table, aligned, size
from ..arrangements.arrangement import HyperplaneArrangement
from ..arrangements.counting import central
from ._parameters import layers
from .cells import cell_visits
from .crossing_table import Crossings, check_events
from .crossings import samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..regions.table import Regions
    from .path import OptimizerPath


@dataclass(frozen=True, eq=False)
class LayerCells:
    """Cells of the parameter space of a first hidden layer; made by `layer_cells`.

    Attributes
    ----------
    per_neuron : int
        Cells of one neuron's arrangement.
    n_neurons : int
    in_general_position : int
        What ``per_neuron`` would be for points in general position (Cover 1965), its largest value.
    exact : bool
        Whether ``per_neuron`` was counted; otherwise it is the upper bound
        ``in_general_position``.

    Examples
    --------
    >>> import relugeom as rg
    >>> cells = rg.paths.layer_cells([[0.0], [1.0], [2.0]], 2)
    >>> cells.per_neuron, cells.in_general_position, cells.exact
    (6, 6, True)
    """

    per_neuron: int
    n_neurons: int
    in_general_position: int
    exact: bool

    @property
    def total(self) -> int:
        """Masks that the layer can have: ``per_neuron`` to the power ``n_neurons``."""
        return int(self.per_neuron**self.n_neurons)

    @property
    def log_total(self) -> float:
        """Natural logarithm of ``total``."""
        return self.n_neurons * log(self.per_neuron)

    def __str__(self) -> str:
        masks = size(self.total if self.log_total < 40 else inf, self.log_total)
        least = "" if self.exact else "at most "
        text = f"{least}{masks} masks of {self.n_neurons} neurons: {least}{self.per_neuron:,} each"
        if not self.exact:
            return text + " (Cover's bound; not counted)"
        if self.per_neuron == self.in_general_position:
            return text + ", the points are in general position"
        return text + f", {self.in_general_position:,} if the points were in general position"


def layer_cells(
    X: ArrayLike, n_neurons: int = 1, *, bias: bool = True, max_cells: int = 10**7
) -> LayerCells:
    """Count the masks that a first hidden layer can have at the samples ``X``.

    One neuron has as many as the central arrangement ``HyperplaneArrangement.from_data(X)`` has
    regions; neurons are independent of one another, so the layer has the power of that. For a
    network of one hidden layer these are all the cells of parameter space.

    Parameters
    ----------
    X : array_like, shape (n, d)
    n_neurons : int, default 1
    bias : bool, default True
        Whether the neurons have biases that move.
    max_cells : int, default 10 ** 7
        Where Cover's number exceeds this, it stands as a bound and nothing is counted.

    Returns
    -------
    LayerCells

    Examples
    --------
    >>> print(layer_cells([[0.0], [1.0], [2.0], [3.0]], 2))
    64 masks of 2 neurons: 8 each, the points are in general position
    """
    rows = float_array("X", X, shape=(None, None))
    arrangement = HyperplaneArrangement.from_data(rows, bias=bias)
    most = central(len(rows), arrangement.dim)
    exact = most <= max_cells
    each = arrangement.n_regions() if exact else most
    return LayerCells(each, positive_int("n_neurons", n_neurons), most, exact)


@dataclass(frozen=True, eq=False, repr=False)
class NeuronWalks(Table):
    """The walk of every first-layer neuron through the arrangement of the data, in columns.

    Made by `neuron_walks`. Crossings are counted at distinct samples: equal samples are one wall.

    Attributes
    ----------
    neuron : ndarray of int64, shape (h,)
        Coordinate in the first hidden layer.
    crossings : ndarray of int64, shape (h,)
        Walls that the neuron crossed, counted every time.
    n_cells : ndarray of int64, shape (h,)
        Distinct cells that it visited, between two recorded steps too.
    distance : ndarray of int64, shape (h,)
        From its first to its last cell in the graph of cells (the tope graph): the number of walls
        between them, the least number of crossings that lead from one to the other.
    farthest : ndarray of int64, shape (h,)
        The largest such distance from its first cell to one at the end of a step.
    n_walls : int
        Distinct samples.
    cells : LayerCells
        How many cells there are.
    regions : Regions or None
        The cells, where there were few enough to enumerate.
    located : ndarray of int64, shape (T + 1, h), or None
        The region of each neuron after each step.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> walks = rg.paths.neuron_walks(path, X, rg.crossings(path, X))
    >>> bool((walks.distance <= walks.crossings).all())
    True
    """

    neuron: IntArray
    crossings: IntArray
    n_cells: IntArray
    distance: IntArray
    farthest: IntArray
    n_walls: int
    cells: LayerCells
    regions: Regions | None
    located: IntArray | None

    _COLUMNS: ClassVar[tuple[str, ...]] = (
        "neuron", "crossings", "distance", "detour", "farthest", "n_cells"
    )  # fmt: skip
    _UNIT: ClassVar[str] = "neurons"

    @property
    def detour(self) -> FloatArray:
        """Crossings made per crossing needed, at least 1; NaN for a neuron that never crosses."""
        pairs = zip(self.crossings.tolist(), self.distance.tolist(), strict=True)
        ratios = [made / least if least else (inf if made else nan) for made, least in pairs]
        return np.array(ratios, dtype=np.float64)

    def __str__(self) -> str:
        how = "enumerated" if self.regions is not None else "not enumerated"
        head = (
            f"{len(self)} neurons in an arrangement of {self.n_walls} walls, "
            f"{'' if self.cells.exact else 'at most '}{self.cells.per_neuron:,} cells ({how})"
        )
        lines: list[list[Any]] = [[name.removeprefix("n_") for name in self._COLUMNS]]
        lines += [[*row.values()] for row in self.rows()]
        sums = ["all", int(self.crossings.sum()), int(self.distance.sum())]
        lines.append([*sums, None, None, None])
        return f"{head}\n{aligned(lines)}"


def neuron_walks(
    path: OptimizerPath, X: ArrayLike, events: Crossings, *, max_cells: int = 100_000
) -> NeuronWalks:
    """Locate every first-layer neuron of a path in the arrangement that the data cut.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    events : Crossings
        ``crossings(path, X)``.
    max_cells : int, default 100000
        The cells are enumerated if Cover's number is not above this.

    Returns
    -------
    NeuronWalks

    Raises
    ------
    ShapeError, IncompleteError
        If ``events`` do not belong to ``path`` and ``X``, or are not all of them.

    Notes
    -----
    The graph whose nodes are the cells of an arrangement and whose edges are shared facets sits
    in the cube without distortion: the distance of two cells is the number of hyperplanes between
    them, the Hamming distance of their sign vectors.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]
    >>> path = rg.train(net, X, y, steps=80, lr=0.05)
    >>> walks = rg.paths.neuron_walks(path, X, rg.crossings(path, X))
    >>> len(walks.regions), int(walks.crossings.sum()), int(walks.distance.sum())
    (6, 12, 6)
    """
    data, net = samples(path, X), path.start
    check_events(events, path, len(data))
    distinct = np.sort(np.unique(data, axis=0, return_index=True)[1])
    data, neurons = data[distinct], net.rectified[0]
    use = (events.layer == 0) & np.isin(events.sample, distinct)
    made = np.bincount(events.neuron[use], minlength=net.widths[0])[neurons]
    visited = [cell_visits(events, layer=0, neuron=int(k)).n_cells for k in neurons]

    w, b = layers(net, path.canonical())[0]
    on = np.empty((len(path) + 1, len(neurons)), dtype=np.int64)
    for place, k in enumerate(neurons):
        mask = w[:, k] @ data.T + b[:, k, None] > 0
        on[:, place] = (mask != mask[0]).sum(axis=1)

    cells = layer_cells(data, len(neurons), max_cells=10**7)
    regions = located = None
    if cells.in_general_position <= max_cells:
        from ..regions.enumerate import enumerate_regions

        regions = finished(enumerate_regions(HyperplaneArrangement.from_data(data), progress=False))
        points = np.concatenate([w[:, neurons], b[:, neurons, None]], axis=2)
        located = frozen(regions.locate(points.reshape(-1, points.shape[2])).reshape(on.shape))
    return NeuronWalks(
        neuron=frozen(neurons),
        crossings=frozen(made),
        n_cells=frozen(visited),
        distance=frozen(on[-1]),
        farthest=frozen(on.max(axis=0)),
        n_walls=len(data),
        cells=cells,
        regions=regions,
        located=located,
    )
