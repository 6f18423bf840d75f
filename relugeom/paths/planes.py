"""Planes and lines in parameter space, and the walls of the data in them.

The wall of (sample, neuron) is where the neuron switches at the sample. On a plane the walls of the
first hidden layer are straight lines, so their cells are found exactly; deeper walls are piecewise
algebraic curves, exact on lines only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, choice, float_array, frozen, generator, points
from .._status import finished
from ..arrangements.arrangement import HyperplaneArrangement
from ..arrangements.domains import AffineSlice, Box
from ..errors import DomainError, InvalidInputError, ShapeError
from ._parameters import layers
from .crossing_table import Crossings, check_events
from .crossings import crossings, samples
from .path import OptimizerPath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork
    from ..regions.table import Regions

PLANES = ("checkpoints", "random", "updates", "positions")


def path_plane(
    path: OptimizerPath,
    kind: str = "checkpoints",
    *,
    at: Sequence[int] | None = None,
    rng: RNG = 0,
) -> AffineSlice:
    """Return a plane in parameter space that shows something of a path.

    Parameters
    ----------
    path : OptimizerPath
    kind : {"checkpoints", "random", "updates", "positions"}
        "checkpoints": through three steps of the path. "random": through start and end, and in a
        random direction. "updates": through the start, along the first two principal axes of the
        updates, not centred. "positions": through the mean of the points, along their first two
        principal axes: the plane nearest to the path. That says little of the dimension of the
        path, since a random walk has much of its position on two axes.
    at : sequence of three int, optional
        The checkpoints: steps 0, T // 2 and T if not given.
    rng : Generator, int or None, default 0
        For the random direction.

    Returns
    -------
    AffineSlice
        Of dimension 2, with an orthonormal basis and its origin at the first checkpoint or the
        start.

    Raises
    ------
    DomainError
        If the path spans no plane in this way: it is too short, straight, or stands still.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> path = rg.train(net, [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0], steps=50)
    >>> plane = rg.paths.path_plane(path)
    >>> plane.coordinates(path.parameters[[0, 50]]).round(3)
    array([[0.   , 0.   ],
           [1.098, 0.203]])
    """
    theta = path.canonical()
    if choice("kind", kind, PLANES) == "updates":
        updates = np.diff(theta, axis=0)
        axes = np.linalg.svd(updates, full_matrices=False)[2][:2]
        size = np.linalg.norm(updates @ axes.T, axis=0)
        if len(axes) < 2 or size[1] <= 1e-12 * size[0]:
            raise DomainError("`path` must have updates in two directions; got one at most")
        return AffineSlice(theta[0], axes.T)
    if kind == "positions":
        mean = theta.mean(axis=0)
        size, axes = np.linalg.svd(theta - mean, full_matrices=False)[1:]
        if len(axes) < 2 or size[1] <= 1e-12 * size[0]:
            raise DomainError("`path` must have points off one line; got all on it")
        return AffineSlice(mean, axes[:2].T)
    if kind == "random":
        ends = theta[[0, -1]]
        direction = generator(rng).standard_normal(theta.shape[1])
        corners = np.vstack([ends, ends[0] + direction / np.linalg.norm(direction)])
    else:
        steps = [0, len(path) // 2, len(path)] if at is None else list(at)
        if len(steps) != 3 or not all(-len(theta) <= s < len(theta) for s in steps):
            raise InvalidInputError(
                f"`at` must be three steps between 0 and {len(path)}; got {steps}"
            )
        corners = theta[steps]
    try:
        return AffineSlice.through(corners)
    except DomainError as error:
        raise DomainError(
            f"`path` must span a plane with kind={kind!r}; got points on one line"
        ) from error


def plane_walls(net: ReLUNetwork, X: ArrayLike, plane: AffineSlice) -> HyperplaneArrangement:
    """Return the walls of the first hidden layer in a slice of parameter space.

    Parameters
    ----------
    net : ReLUNetwork
        For its shapes; its own parameters play no part.
    X : array_like, shape (n, d)
    plane : AffineSlice
        Of the parameter space, of any dimension.

    Returns
    -------
    HyperplaneArrangement
        Row ``j * n + i`` is the wall of the layer's j-th neuron at sample i.

    Raises
    ------
    ShapeError
        If ``plane`` does not lie in the parameter space of ``net``.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=0)
    >>> plane_walls(net, [[-1.0], [1.0]], plane)
    HyperplaneArrangement(6 hyperplanes in R^2)
    """
    data = points("X", X, net.input_dim)
    check_plane(net, plane)
    w, b = layers(net, np.vstack([plane.origin, plane.basis.T]))[0]
    rows = net.rectified[0]
    values = w[:, rows] @ data.T + b[:, rows, None]  # (1 + k, h, n): affine in the coordinates
    flat = values.reshape(len(values), -1)
    return HyperplaneArrangement(flat[1:].T, flat[0])


def line_crossings(net: ReLUNetwork, X: ArrayLike, start: ArrayLike, end: ArrayLike) -> Crossings:
    """Return every wall on the segment between two points of parameter space, of all layers.

    Exact for deep networks too: the cells on the segment are the stretches between its crossings
    (`cell_visits`).

    Parameters
    ----------
    net : ReLUNetwork
        For its shapes and slopes.
    X : array_like, shape (n, d)
    start, end : array_like, shape (P,)

    Returns
    -------
    Crossings
        Of one step.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 4, 1], rng=0)
    >>> walls = line_crossings(net, [[0.5], [2.0]], net.parameters, -net.parameters)
    >>> rg.paths.cell_visits(walls).n_cells
    10
    """
    ends = [float_array(name, v) for name, v in (("start", start), ("end", end))]
    line = OptimizerPath.from_parameters(net, np.stack(ends))
    return finished(crossings(line, X, progress=False))


@dataclass(frozen=True, eq=False)
class ParameterPlane:
    """A plane of parameter space: exact cells of the first hidden layer, and a path in it.

    Made by `parameter_plane`. Where ``residuals`` are not 0 the path leaves the plane, and its
    projection need not cross what the path crosses.

    Attributes
    ----------
    plane : AffineSlice
    domain : Box
        The window, in coordinates of the plane.
    regions : Regions
        Cells of the first hidden layer in the window: all cells, for one hidden layer.
    coordinates : ndarray, shape (T + 1, 2)
        The path projected on the plane.
    residuals : ndarray, shape (T + 1,)
        Its distance from the plane, in units of the parameters.
    events : Crossings
        Of the path, not of its projection.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=0)
    >>> path = rg.train(net, [[-1.0], [1.0]], [1.0, 0.0], steps=20, within=plane)
    >>> shown = rg.parameter_plane(path, [[-1.0], [1.0]], plane)
    >>> shown.coordinates.shape, bool(shown.residuals.max() < 1e-9)
    ((21, 2), True)
    """

    plane: AffineSlice
    domain: Box
    regions: Regions
    coordinates: FloatArray
    residuals: FloatArray
    events: Crossings

    @property
    def lies_within(self) -> bool:
        """Whether the path lies in the plane, up to 1e-9 of its extent there."""
        extent = float(np.ptp(self.coordinates, axis=0).max(initial=0.0))
        return bool(self.residuals.max() <= 1e-9 * extent)

    @property
    def marks(self) -> FloatArray:
        """Where the path is at each of its crossings, projected on the plane, (n_flips, 2)."""
        at, step = self.coordinates, self.events.step
        return at[step] + self.events.t[:, None] * (at[step + 1] - at[step])

    @property
    def located(self) -> IntArray:
        """The region of the projected path after each step; -1 outside the window, (T + 1,)."""
        return self.regions.locate(self.coordinates)

    def __repr__(self) -> str:
        return (
            f"ParameterPlane({len(self.regions)} cells of layer 1, "
            f"path at most {self.residuals.max():.3g} off the plane)"
        )


def parameter_plane(
    path: OptimizerPath,
    X: ArrayLike,
    plane: AffineSlice | None = None,
    *,
    domain: Box | None = None,
    margin: float = 0.25,
    events: Crossings | None = None,
    max_regions: int = 1_000_000,
    progress: bool | None = None,
) -> ParameterPlane:
    """Enumerate the exact cells of the first hidden layer in a plane, and put a path on it.

    The walls of n samples and h neurons are n h lines; their cells are enumerated like any
    arrangement in a box. Walls of deeper layers are curved: see `plane_cover` and
    `line_crossings`.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    plane : AffineSlice, optional
        Of the parameter space; ``path_plane(path)`` if not given.
    domain : Box, optional
        The window, in coordinates of the plane; around the projected path if not given.
    margin : float, default 0.25
        By which that window is wider than the path, as a share of its longer side.
    events : Crossings, optional
        ``crossings(path, X)``, if known already.
    max_regions : int, default 1000000
        Stop beyond; the table then is not ``complete``.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    ParameterPlane

    Raises
    ------
    ShapeError
        If ``plane`` is no plane of the parameter space.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=0)
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]
    >>> path = rg.train(net, X, y, steps=50, lr=0.1, within=plane)
    >>> shown = rg.parameter_plane(path, X, plane)
    >>> shown.lies_within, shown.regions.complete
    (True, True)
    """
    from ..regions.enumerate import enumerate_regions

    data, net = samples(path, X), path.start
    plane = path_plane(path) if plane is None else plane
    check_plane(net, plane, dim=2)
    theta = path.canonical()
    at = plane.coordinates(theta)
    residuals = np.linalg.norm(theta - plane.points(at), axis=1)
    window = around(at, margin) if domain is None else domain
    if events is not None:
        check_events(events, path, len(data))
    regions = enumerate_regions(
        plane_walls(net, data, plane), window, max_regions=max_regions, progress=progress
    )
    return ParameterPlane(
        plane=plane,
        domain=window,
        regions=finished(regions),
        coordinates=frozen(at),
        residuals=frozen(residuals),
        events=finished(crossings(path, data, progress=progress)) if events is None else events,
    )


def around(at: FloatArray, margin: float) -> Box:
    """Return the square around points of a plane, wider by a share of its side."""
    low, high = at.min(axis=0), at.max(axis=0)
    half = (0.5 + margin) * float((high - low).max() or 1.0)
    middle = 0.5 * (low + high)
    return Box(middle - half, middle + half)


def check_plane(net: ReLUNetwork, plane: Any, dim: int | None = None) -> None:
    """Check that ``plane`` is a slice of the parameter space of ``net``, of dimension ``dim``."""
    if not isinstance(plane, AffineSlice) or plane.ambient_dim != net.n_parameters:
        raise ShapeError(
            f"`plane` must be an AffineSlice of the {net.n_parameters} parameters; got {plane!r}"
        )
    if dim is not None and plane.dim != dim:
        raise ShapeError(f"`plane` must have dimension {dim}; got {plane.dim}")
