"""A recorded optimizer path: parameters step by step, with what produced them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import float_array, frozen
from .._files import BROKEN, existing, read_npz, replacing
from ..errors import FileFormatError, InvalidInputError, RelugeomError, ShapeError, UnsupportedError
from ..networks.files import network_arrays, network_from_arrays

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray
    from ..networks.network import ReLUNetwork


@dataclass(frozen=True, eq=False)
class OptimizerPath:
    """The parameters of a network along T steps of an optimizer.

    Made by `relugeom.train`, `relugeom.load_path` or `from_parameters`; the constructor takes
    arrays that are already checked.

    Attributes
    ----------
    template : ReLUNetwork
        The network at step 0: its shapes and slopes are those of every step.
    parameters : ndarray, shape (T + 1, P)
        In the order of `ReLUNetwork.parameters`.
    gradients : ndarray, shape (T, P), or None
        The gradient that each step used (of its mini-batch; without weight decay).
    loss : ndarray, shape (T + 1,) or (T,), or None
        Loss on all data, in the units of the loss.
    batches : tuple of ndarray, or None
        For each step the indices of its samples; None for full batches.
    optimizer : str
    lr : float
        Learning rate; NaN when not known.
    settings : dict
        The other settings of the optimizer and of the run.
    complete : bool
        Whether all steps that were asked for are here.
    status : str
        "done", "diverged" or "interrupted".

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> path = rg.train(net, [[0.0], [1.0]], [0.0, 1.0], steps=5)
    >>> len(path), path.parameters.shape, path.network(5).n_parameters
    (5, (6, 10), 10)
    """

    template: ReLUNetwork
    parameters: FloatArray
    gradients: FloatArray | None = None
    loss: FloatArray | None = None
    batches: tuple[IntArray, ...] | None = None
    optimizer: str = "unknown"
    lr: float = float("nan")
    settings: dict[str, Any] = field(default_factory=dict)
    complete: bool = True
    status: str = "done"

    @classmethod
    def from_parameters(
        cls,
        template: ReLUNetwork,
        parameters: ArrayLike,
        *,
        gradients: ArrayLike | None = None,
        loss: ArrayLike | None = None,
        batches: Sequence[ArrayLike] | None = None,
        optimizer: str = "unknown",
        lr: float = float("nan"),
        settings: Mapping[str, Any] | None = None,
        complete: bool = True,
        status: str = "done",
    ) -> OptimizerPath:
        """Build a path from recorded arrays, checked and copied.

        Parameters
        ----------
        template : ReLUNetwork
            Any network of the right shapes.
        parameters : array_like, shape (T + 1, P)
        gradients, loss, batches, optimizer, lr, settings, complete, status
            As the attributes.

        Raises
        ------
        ShapeError
            If sizes do not fit together.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 2, 1], rng=0)
        >>> line = [net.parameters, -net.parameters]
        >>> len(rg.OptimizerPath.from_parameters(net, line))
        1
        """
        theta = float_array("parameters", parameters, shape=(None, template.n_parameters))
        if not len(theta):
            raise ShapeError("`parameters` must have at least one row; got none")
        steps = len(theta) - 1
        grads = None
        if gradients is not None:
            grads = frozen(
                float_array("gradients", gradients, shape=(steps, template.n_parameters))
            )
        losses = None
        if loss is not None:
            losses = float_array("loss", loss, shape=(None,), finite=False)
            if len(losses) not in (steps, steps + 1):
                raise ShapeError(
                    f"`loss` must have {steps} or {steps + 1} entries; got {len(losses)}"
                )
            losses = frozen(losses)
        indices = None
        if batches is not None:
            if len(batches) != steps:
                raise ShapeError(f"`batches` must have {steps} entries; got {len(batches)}")
            indices = tuple(frozen(np.asarray(b, dtype=np.int64)) for b in batches)
        return cls(
            template.with_parameters(theta[0]), frozen(theta), grads, losses, indices,
            optimizer, float(lr), dict(settings or {}), complete, status,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.parameters) - 1

    def __repr__(self) -> str:
        return (
            f"OptimizerPath({len(self)} steps of {self.optimizer}, "
            f"{self.parameters.shape[1]} parameters, {self.status})"
        )

    @cached_property
    def updates(self) -> FloatArray:
        """The steps ``parameters[t + 1] - parameters[t]``, shape (T, P)."""
        steps: FloatArray = frozen(np.diff(self.parameters, axis=0))
        return steps

    def network(self, t: int) -> ReLUNetwork:
        """Return the network after ``t`` steps, 0 to T; negative values count from the end."""
        if not -len(self.parameters) <= t < len(self.parameters):
            raise InvalidInputError(f"`t` must lie between 0 and {len(self)}; got {t}")
        return self.template.with_parameters(self.parameters[t])

    def save(self, file: str | os.PathLike[str]) -> None:
        """Save the path as ``.npz``; `load_path` reads it.

        The file holds the arrays ``W0, b0, ...`` of the network at step 0, so it also loads as a
        network.
        """
        if os.path.splitext(file)[1] != ".npz":
            raise UnsupportedError(f"`file` must end in .npz; got {os.fspath(file)!r}")
        arrays = network_arrays(self.template)
        arrays["parameters"] = self.parameters
        if self.gradients is not None:
            arrays["gradients"] = self.gradients
        if self.loss is not None:
            arrays["loss"] = self.loss
        if self.batches is not None:
            arrays["batch_samples"] = np.concatenate([np.zeros(0, np.int64), *self.batches])
            arrays["batch_offsets"] = np.cumsum([0, *map(len, self.batches)])
        record = {
            "format": "relugeom path 1",
            "optimizer": self.optimizer,
            "lr": self.lr,
            "settings": self.settings,
            "complete": self.complete,
            "status": self.status,
        }
        try:
            arrays["record"] = np.array(json.dumps(record))
        except TypeError as error:
            raise UnsupportedError(
                f"`settings` must hold plain numbers and text to be saved; got {self.settings}"
            ) from error
        with replacing(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **arrays)


def load_path(file: str | os.PathLike[str]) -> OptimizerPath:
    """Load a path that `OptimizerPath.save` wrote.

    Parameters
    ----------
    file : path
        An ``.npz`` file.

    Raises
    ------
    FileFormatError
        If the file is missing, broken, or holds no path.
    UnsupportedError
        If the format is not known.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "run.npz"
    >>> rg.train(net, [[0.0], [1.0]], [0.0, 1.0], steps=5).save(file)
    >>> rg.load_path(file)
    OptimizerPath(5 steps of adam, 10 parameters, done)
    """
    source = existing(file, "`file`")
    if source.suffix != ".npz":
        raise UnsupportedError(
            f"`file` must be an .npz file; got {source.suffix or 'no suffix'!r} ({source.name})"
        )
    arrays = read_npz(source, "`file`")
    missing = [name for name in ("parameters", "record") if name not in arrays]
    if missing:
        raise FileFormatError(f"{source.name} does not hold a path: no array {missing[0]!r}")
    try:
        record = json.loads(str(arrays["record"]))
        batches = None
        if "batch_offsets" in arrays:
            batches = np.split(arrays["batch_samples"], arrays["batch_offsets"][1:-1])
            batches = batches[: len(arrays["parameters"]) - 1]
        settings = {
            name: tuple(v) if isinstance(v, list) else v for name, v in record["settings"].items()
        }
        return OptimizerPath.from_parameters(
            network_from_arrays(arrays), arrays["parameters"],
            gradients=arrays.get("gradients"), loss=arrays.get("loss"), batches=batches,
            optimizer=record["optimizer"], lr=record["lr"], settings=settings,
            complete=record["complete"], status=record["status"],
        )  # fmt: skip
    except (RelugeomError, *BROKEN) as error:
        raise FileFormatError(f"{source.name} does not hold a path: {error}") from error
