"""A recorded optimizer path: parameters step by step, with what produced them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import choice, fits, float_array, frozen
from .._status import STATUSES, Ended
from ..errors import InvalidInputError, ShapeError, UnsupportedError
from ..networks.files import network_arrays
from .lazy_rows import LazyRows
from .lowering import Layout, Lowering

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork

_OF_STEPS = ("gradients", "raw_updates", "first_moments", "second_moments")


@dataclass(frozen=True, eq=False)
class OptimizerPath(Ended):
    """The parameters of a network along the steps of an optimizer.

    Made by `relugeom.train`, `relugeom.record`, `relugeom.load_path` or `from_parameters`; the
    constructor takes arrays that are already checked. There are T + 1 recorded points; segment t
    leads from point t to point t + 1, and what is recorded of the step that begins at point t has
    index t. A path that was loaded with ``lazy=True`` holds `LazyRows` in place of large arrays.

    Attributes
    ----------
    structure : ReLUNetwork or None
        Any network of the shapes and slopes of all points; None if there is none.
    parameters : ndarray, shape (T + 1, P)
        In the order of `ReLUNetwork.parameters`; those of a recorded PyTorch module in the order
        of the module, as ``layout`` says, and only those that its optimizer moves. Shape
        (T + 1, 0) if they were not recorded.
    steps : ndarray of int64, shape (T + 1,)
        Number of optimizer steps made at each point: 0, 1, 2, ..., or 0, k, 2 k, ... where only
        every k-th was recorded.
    gradients : ndarray, shape (T, P), or None
        The gradient that each step used (of its mini-batch; without weight decay).
    loss : ndarray, shape (T + 1,) or (T,), or None
        Loss on all data, in the units of the loss. Of a recorded PyTorch loop: as logged for each
        step, NaN where it was not.
    batches : tuple of ndarray, or None
        For each step the indices of its samples; None for full batches, or if not known.
    optimizer : str
    lr : float
        Learning rate of the first step; NaN when not known.
    settings : dict
        The other settings of the optimizer and of the run.
    status : str
        "complete": the run came to its end under record; "diverged": a parameter stopped being
        finite; "interrupted" from the keyboard; "failed", as ``reason`` says; or "part": the record
        has no end, because the process died or is still running.
    learning_rates : ndarray, shape (T, n_groups), or None
        Learning rate of each step in each parameter group.
    first_moments, second_moments : ndarray, shape (T, P), or None
        The optimizer's averages of gradients and of their squares after each step, not corrected
        for bias: Adam's m and v, the momentum buffer, RMSprop's square average.
    raw_updates : ndarray, shape (T, P), or None
        What the step that begins at each point did to the parameters. The same as ``updates``
        (up to rounding in the precision of the module) where all steps are recorded and nothing
        but the optimizer moves parameters.
    buffers : ndarray, shape (T + 1, B), or None
        Running statistics of batch normalisation.
    layout : Layout or None
        Names and shapes of the module's tensors in ``parameters``.
    lowering : Lowering or None
        How ``parameters`` give the canonical ones; None where they are the same.
    outside : int
        How often parameters were seen to be changed between two steps by something else than the
        optimizer.
    reason : str
        For status "failed", why.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> path = rg.train(net, [[0.0], [1.0]], [0.0, 1.0], steps=5)
    >>> len(path), path.parameters.shape, path.network(5).n_parameters
    (5, (6, 10), 10)
    """

    structure: ReLUNetwork | None
    parameters: FloatArray
    steps: IntArray
    gradients: FloatArray | None = None
    loss: FloatArray | None = None
    batches: tuple[IntArray, ...] | None = None
    optimizer: str = "unknown"
    lr: float = float("nan")
    settings: dict[str, Any] = field(default_factory=dict)
    status: str = "complete"
    learning_rates: FloatArray | None = None
    first_moments: FloatArray | None = None
    second_moments: FloatArray | None = None
    raw_updates: FloatArray | None = None
    buffers: FloatArray | None = None
    layout: Layout | None = None
    lowering: Lowering | None = None
    outside: int = 0
    reason: str = ""

    @classmethod
    def from_parameters(
        cls,
        structure: ReLUNetwork,
        parameters: ArrayLike,
        *,
        gradients: ArrayLike | None = None,
        loss: ArrayLike | None = None,
        batches: Sequence[ArrayLike] | None = None,
        optimizer: str = "unknown",
        lr: float = float("nan"),
        settings: Mapping[str, Any] | None = None,
        status: str = "complete",
        steps: ArrayLike | None = None,
    ) -> OptimizerPath:
        """Build a path from recorded arrays, checked and copied.

        Parameters
        ----------
        structure : ReLUNetwork
            Any network of the right shapes.
        parameters : array_like, shape (T + 1, P)
        gradients, loss, batches, optimizer, lr, settings, status, steps
            As the attributes.

        Returns
        -------
        OptimizerPath

        Raises
        ------
        ShapeError
            If sizes do not fit together.
        InvalidInputError
            If a parameter is not finite, or the status is none.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 2, 1], rng=0)
        >>> line = [net.parameters, -net.parameters]
        >>> len(rg.OptimizerPath.from_parameters(net, line))
        1
        """
        theta = float_array("parameters", parameters, shape=(None, structure.n_parameters))
        columns: dict[str, Any] = {"parameters": theta}
        if gradients is not None:
            shape = (len(theta) - 1, structure.n_parameters)
            columns["gradients"] = float_array("gradients", gradients, shape=shape)
        columns |= {k: v for k, v in (("loss", loss), ("steps", steps)) if v is not None}
        return build(
            structure, columns, batches=batches, optimizer=optimizer, lr=float(lr),
            settings=dict(settings or {}), status=status,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.parameters) - 1

    def __repr__(self) -> str:
        every = f", every {self.every}" if self.every > 1 else ""
        return (
            f"OptimizerPath({len(self)} steps of {self.optimizer}{every}, "
            f"{self.parameters.shape[1]} parameters, {self.status})"
        )

    @property
    def message(self) -> str:
        """The status in words."""
        if self.status == "part":
            return "it was not closed: the process died, or is still running"
        return self.reason or STATUSES[self.status]

    # -- what is recorded, and what is not -----------------------------------------------------

    @cached_property
    def every(self) -> int:
        """Largest number of optimizer steps in a segment: 1 if all are recorded."""
        return int(np.diff(self.steps).max(initial=1))

    @cached_property
    def caveats(self) -> tuple[str, ...]:
        """What results computed from this path do not see, in sentences; empty if nothing.

        Results repeat what concerns them, in ``caveats`` or in ``message``.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
        >>> line = [net.parameters, -net.parameters]
        >>> rg.OptimizerPath.from_parameters(net, line, steps=[0, 10]).caveats[0]
        '9 of 10 optimizer steps are not recorded (every=10): between recorded points the path ...'
        """
        found = []
        total, seen = int(self.steps[-1] - self.steps[0]), len(self)
        if total > seen:
            found.append(
                f"{total - seen} of {total} optimizer steps are not recorded (every={self.every}): "
                "between recorded points the path is taken as straight, and what happened there "
                "is not seen"
            )
        if not self.complete:
            found.append(f"the record ends after {self.steps[-1]} steps: {self.message}")
        if self.outside:
            found.append(
                f"parameters were changed between steps, not by the optimizer (seen "
                f"{self.outside} times): those segments hold both changes"
            )
        return tuple(found)

    @cached_property
    def updates(self) -> FloatArray:
        """The differences ``parameters[t + 1] - parameters[t]``, shape (T, P), in float64.

        ``raw_updates`` where parameters were not recorded, and updates were.
        """
        if not self.parameters.shape[1] and self.raw_updates is not None:
            return np.asarray(self.raw_updates)
        differences: FloatArray = frozen(np.diff(np.asarray(self.parameters), axis=0))
        return differences

    # -- networks ------------------------------------------------------------------------------

    @cached_property
    def start(self) -> ReLUNetwork:
        """The network at point 0. Where `canonical` works, all points share its shapes and slopes.

        Raises
        ------
        UnsupportedError
            If the module that was recorded is no piecewise-linear network.
        """
        if self.structure is not None and not self.parameters.shape[1]:
            return self.structure
        return self.network(0)

    def network(self, t: int) -> ReLUNetwork:
        """Return the network at a point of the path.

        That of a recorded module is the one in evaluation mode.

        Parameters
        ----------
        t : int
            0 to T; negative values count from the end.

        Returns
        -------
        ReLUNetwork

        Raises
        ------
        InvalidInputError
            If there is no such point, or parameters were not recorded.
        UnsupportedError
            If the module that was recorded is no piecewise-linear network.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
        >>> path = rg.train(net, [[-1.0], [1.0]], [0.0, 1.0], steps=5)
        >>> path.network(-1)
        ReLUNetwork(1-4-1, 4 neurons)
        """
        if not -len(self.parameters) <= t < len(self.parameters):
            raise InvalidInputError(f"`t` must lie between 0 and {len(self)}; got {t}")
        theta = self._recorded[t]
        if self.structure is not None and not self._statistics_move:
            return self.structure.with_parameters(self._canonical(theta[None])[0])
        if self.lowering is None:
            raise UnsupportedError(
                "`structure` or `lowering` must say what the network is; got neither"
            )
        return self.lowering.network(theta, self._buffers(t))

    def canonical(self, at: slice | IntArray | None = None) -> FloatArray:
        """Return the parameters of the canonical networks, in the order of their `parameters`.

        Parameters
        ----------
        at : slice or ndarray of int64, optional
            Points; all of them if not given.

        Returns
        -------
        ndarray, shape (number of points, P')
            The rows of ``parameters`` themselves, in float64, for fully connected networks whose
            parameters are all trained; else P' is the number of entries of the canonical
            matrices, most of them 0 for convolutions.

        Raises
        ------
        InvalidInputError
            If parameters were not recorded.
        UnsupportedError
            If canonical parameters are not affine functions of the recorded ones, so that a
            straight step of these is not one of those; the message names the layer.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
        >>> path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])
        >>> path.canonical(slice(1, 2)).shape
        (1, 10)
        """
        if self._statistics_move:
            raise UnsupportedError(
                "the canonical parameters of the network must be affine functions of the recorded "
                "ones; got a path on which the running statistics of batch normalisation move"
            )
        return self._canonical(self._recorded[slice(None) if at is None else at])

    def state(self, t: int) -> dict[str, FloatArray]:
        """Return copies of the arrays at a point of the path, by name.

        Those of a recorded module have the names of its ``state_dict``: what the optimizer moves,
        and running statistics where they were recorded. Else they are W0, b0, W1, b1, ...

        Parameters
        ----------
        t : int
            0 to T; negative values count from the end.

        Returns
        -------
        dict of ndarray

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
        >>> path = rg.train(net, [[-1.0], [1.0]], [0.0, 1.0], steps=5)
        >>> {name: array.shape for name, array in path.state(-1).items()}
        {'W0': (4, 1), 'b0': (4,), 'W1': (1, 4), 'b1': (1,)}
        """
        if self.layout is None:
            return network_arrays(self.network(t))
        found = self.layout.split(np.array(self._recorded[t]))
        if self.buffers is not None and self.lowering is not None:
            found |= self.lowering.buffers.split(np.array(self.buffers[t]))
        return found

    def _canonical(self, theta: FloatArray) -> FloatArray:
        if self.lowering is None:
            return theta
        size = 0 if self.structure is None else self.structure.n_parameters
        return self.lowering.canonical(theta, size)

    def _buffers(self, t: int) -> FloatArray:
        return np.zeros(0) if self.buffers is None else self.buffers[t]

    @property
    def _recorded(self) -> FloatArray:
        if not self.parameters.shape[1]:
            raise InvalidInputError("`path` must hold parameters; got one recorded without them")
        return self.parameters

    @cached_property
    def _statistics_move(self) -> bool:
        if self.buffers is None or self.lowering is None or self.lowering.matrix is None:
            return False
        rows = np.asarray(self.buffers)
        return bool((rows != rows[0]).any())

    def save(self, file: str | os.PathLike[str]) -> None:
        """Save the path; `relugeom.load_path` reads it.

        Parameters
        ----------
        file : path
            ``.npz``, ``.safetensors`` or ``.zarr``. Where the parameters are those of the
            canonical network, the first two also load as a network, the one at point 0.

        Raises
        ------
        UnsupportedError
            If the suffix is another one, or ``settings`` hold more than numbers and text.
        MissingExtraError
            If the package that writes the format is not installed.

        Examples
        --------
        >>> import relugeom as rg, tempfile, pathlib
        >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "run.npz"
        >>> rg.train(net, [[-1.0], [1.0]], [0.0, 1.0], steps=5).save(file)
        >>> len(rg.load_path(file))
        5
        """
        from .files import save_path

        save_path(self, file)


def build(
    structure: ReLUNetwork | None,
    columns: Mapping[str, Any],
    *,
    batches: Sequence[ArrayLike] | None = None,
    lowering: Lowering | None = None,
    layout: Layout | None = None,
    status: str = "complete",
    **record: Any,
) -> OptimizerPath:
    """Build a path from columns that are checked here.

    Parameters
    ----------
    structure : ReLUNetwork or None
    columns : mapping
        Arrays by the names of attributes; `LazyRows` are taken as they are.
    batches, lowering, layout, status, **record
        As the attributes.

    Raises
    ------
    ShapeError
        If sizes do not fit together.
    InvalidInputError
        If a parameter is not finite, or the status is none.
    """
    choice("status", status, tuple(STATUSES))
    theta = columns["parameters"]
    recorded = theta.shape[-1] if theta.ndim == 2 else -1
    if layout is not None:
        width = layout.size
    else:
        width = recorded if structure is None else structure.n_parameters
    checked = {
        "parameters": _column("parameters", theta, (None, width if recorded else 0), finite=True)
    }
    if not len(theta):
        raise ShapeError("`parameters` must have at least one row; got none")
    steps = len(theta) - 1
    shapes: dict[str, tuple[int | None, ...]] = dict.fromkeys(_OF_STEPS, (steps, width))
    shapes |= {"buffers": (steps + 1, None), "learning_rates": (steps, None)}
    for name, shape in shapes.items():
        if name in columns:
            checked[name] = _column(name, columns[name], shape, finite=False)
    if "loss" in columns:
        loss = float_array("loss", columns["loss"], shape=(None,), finite=False)
        if len(loss) not in (steps, steps + 1):
            raise ShapeError(f"`loss` must have {steps} or {steps + 1} entries; got {len(loss)}")
        checked["loss"] = frozen(loss)
    counts = np.asarray(columns.get("steps", np.arange(steps + 1)), np.int64)
    if counts.shape != (steps + 1,) or (np.diff(counts) < 1).any():
        raise ShapeError(f"`steps` must be {steps + 1} increasing numbers; got {counts}")
    indices = None
    if batches is not None:
        if len(batches) != steps:
            raise ShapeError(f"`batches` must have {steps} entries; got {len(batches)}")
        indices = tuple(frozen(np.asarray(b, dtype=np.int64)) for b in batches)
    return OptimizerPath(
        structure, **checked, steps=frozen(counts), batches=indices, lowering=lowering,
        layout=layout, status=status, **record,
    )  # fmt: skip


def _column(name: str, value: Any, shape: tuple[int | None, ...], *, finite: bool) -> Any:
    if isinstance(value, LazyRows):
        if not fits(value.shape, shape):
            raise ShapeError(f"`{name}` must have shape {shape}; got {value.shape}")
        return value
    return frozen(float_array(name, value, shape=shape, finite=finite))
