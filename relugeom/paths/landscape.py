"""The true loss on a plane of parameter space, with a path over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._check import frozen, positive_int
from .._progress import progress_bar
from .._status import finished
from .._table import brief
from ..errors import InvalidInputError
from . import _loss
from .crossing_table import Crossings, check_events
from .crossings import crossings, samples
from .planes import around, check_plane, path_plane

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from ..arrangements.domains import AffineSlice, Box
    from .path import OptimizerPath


@brief
@dataclass(frozen=True, eq=False)
class LossPlane:
    """The loss on a plane and along a path; made by `loss_plane`.

    Attributes
    ----------
    plane : AffineSlice
    domain : Box
        The window.
    loss : ndarray, shape (k, k)
        Loss at the grid points ``x[j], y[i]`` of the window, in row i and column j.
    loss_name : str
        "mse" or "cross_entropy".
    coordinates : ndarray, shape (T + 1, 2)
        Of the path's points, projected on the plane.
    residuals : ndarray, shape (T + 1,)
        Distances of the points from the plane, in units of the parameters.
    path_loss, projected_loss : ndarray, shape (T + 1,)
        Loss at the points, and at their projections.
    events : Crossings
        Of the path, not of its projection.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]
    >>> shown = rg.loss_plane(rg.train(net, X, y, steps=20), X, y, resolution=5)
    >>> shown.loss.shape, shown.coordinates.shape
    ((5, 5), (21, 2))
    """

    plane: AffineSlice
    domain: Box
    loss: FloatArray
    loss_name: str
    coordinates: FloatArray
    residuals: FloatArray
    path_loss: FloatArray
    projected_loss: FloatArray
    events: Crossings

    @property
    def grid(self) -> tuple[FloatArray, FloatArray]:
        """Coordinates of the columns and of the rows of ``loss``."""
        k = len(self.loss)
        x, y = (np.linspace(self.domain.lower[i], self.domain.upper[i], k) for i in (0, 1))
        return x, y

    @property
    def share(self) -> float:
        """Share of the squared distances of the points from their mean that the plane holds."""
        inside = float(((self.coordinates - self.coordinates.mean(axis=0)) ** 2).sum())
        total = inside + float((self.residuals**2).sum())
        return inside / total if total else 1.0


def loss_plane(
    path: OptimizerPath,
    X: ArrayLike,
    y: ArrayLike,
    plane: AffineSlice | None = None,
    *,
    loss: str | None = None,
    resolution: int = 61,
    margin: float = 0.15,
    events: Crossings | None = None,
    progress: bool | None = None,
) -> LossPlane:
    """Return the loss on a grid of a plane of parameter space, and along a path.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    y : array_like
        As for `relugeom.train`.
    plane : AffineSlice, optional
        By default ``path_plane(path, "positions")``, the plane nearest to the path.
    loss : {"mse", "cross_entropy"}, optional
        By default that of the path, where its ``settings`` say it.
    resolution : int, default 61
        Grid points on a side.
    margin : float, default 0.15
        The window is wider than the path by this share on each side.
    events : Crossings, optional
        ``crossings(path, X)``, if it is there already.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    LossPlane

    Raises
    ------
    InvalidInputError
        If neither ``loss`` nor the path says which loss it is.
    ShapeError
        If ``events`` are those of another path or other samples.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]
    >>> path = rg.train(net, X, y, steps=50, lr=0.05)
    >>> shown = rg.loss_plane(path, X, y, resolution=11)
    >>> shown.loss.shape, bool(np.allclose(shown.path_loss, path.loss))
    ((11, 11), True)
    """
    data, net = samples(path, X), path.start
    name = path.settings.get("loss") if loss is None else loss
    if name is None:
        raise InvalidInputError("`loss` must be given, as the path does not name it; got None")
    wanted = _loss.targets(net, y, name, len(data))
    plane = path_plane(path, "positions") if plane is None else plane
    check_plane(net, plane, dim=2)
    found = finished(crossings(path, data, progress=progress)) if events is None else events
    check_events(found, path, len(data))
    theta = path.canonical()
    at = plane.coordinates(theta)
    nearest = plane.points(at)
    window = around(at, margin)
    k = positive_int("resolution", resolution, minimum=2)
    sides = [np.linspace(window.lower[i], window.upper[i], k) for i in (0, 1)]
    grid = np.column_stack([side.ravel() for side in np.meshgrid(*sides)])
    values = []
    with (
        np.errstate(over="ignore", invalid="ignore"),
        progress_bar(progress, total=len(grid), desc="loss", unit="point") as bar,
    ):
        for corner in grid:
            point = plane.points(corner[None])[0]
            values.append(_loss.value(net, point, data, wanted, name))
            bar.update()
        own, projected = (
            frozen([_loss.value(net, row, data, wanted, name) for row in rows])
            for rows in (theta, nearest)
        )
    return LossPlane(
        plane=plane,
        domain=window,
        loss=frozen(np.reshape(values, (k, k))),
        loss_name=name,
        coordinates=frozen(at),
        residuals=frozen(np.linalg.norm(theta - nearest, axis=1)),
        path_loss=own,
        projected_loss=projected,
        events=found,
    )
