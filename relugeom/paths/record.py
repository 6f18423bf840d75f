"""Recording any PyTorch training loop, by hooks on the optimizer."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import numpy as np

from .._check import positive_int
from .._lazy import optional
from ..errors import InvalidInputError, RelugeomError
from ._tensors import FIRST, SECOND, Tensors
from ._writer import Writer
from .files import Stored, assembled, head_of, load_path, record_of
from .lowering import Lowering
from .path import OptimizerPath
from .sinks import Memory, sink_for

if TYPE_CHECKING:
    import torch
    from numpy.typing import ArrayLike

_BUFFER = 2**25  # bytes
_MOST_ROWS = 1000  # of a buffer
_PATIENCE = 60.0  # seconds after which a buffer is written though it is not full
_CHECKED, _CHECK = 8, 32  # after the first steps, and every so many, parameters are compared


def record(
    module: Any,
    optimizer: Any,
    *,
    parameters: bool = True,
    gradients: bool = False,
    raw_updates: bool = False,
    moments: bool = False,
    every: int = 1,
    file: str | os.PathLike[str] | None = None,
    flush: int | None = None,
    input_shape: Sequence[int] | None = None,
) -> Recorder:
    """Record a PyTorch training loop, which stays as it is.

    Within ``with record(module, optimizer) as recorder:`` each ``optimizer.step()`` is recorded;
    after it ``recorder.path`` is the path. Learning rates are always recorded, losses and batches
    as `Recorder.log` gets them.

    Parameters
    ----------
    module : torch.nn.Module
        Any module, or part of one. Those of its parameters that the optimizer holds are recorded;
        the others are taken to stay as they are.
    optimizer : torch.optim.Optimizer
    parameters : bool, default True
        Record parameters before each step and at the end, exactly (half precision as single).
    gradients : bool, default False
        Record the gradients that the step uses: clipped, accumulated and unscaled, 0 for
        parameters without one. Of a step with a closure, those that it left.
    raw_updates : bool, default False
        Record what each step does to the parameters, rounded to their precision. The differences
        of recorded parameters need no recording.
    moments : bool, default False
        Record the optimizer's averages of gradients and of their squares after each step.
    every : int, default 1
        Record every so many steps, beginning with the first, and the end.
    file : path, optional
        Where to write while the loop runs: ``NAME.safetensors`` for a series of files with an
        index, ``NAME.zarr``. ``NAME.npz`` is written at the end. In memory if not given.
    flush : int, optional
        Number of recorded steps after which they are written; by default as many as take 32 MiB,
        at most 1000. They are also written after a minute. Two such buffers are held.
    input_shape : sequence of int, optional
        Shape of one input, without the batch axis, for the canonical network. By default that of
        the first call of the module, or what its first layer tells.

    Returns
    -------
    Recorder
        A context manager.

    Raises
    ------
    InvalidInputError
        If the optimizer holds no parameter of the module, or a setting has no meaning.
    UnsupportedError, FileFormatError
        If the suffix of ``file`` is not known, or the place cannot be written.
    MissingExtraError
        If torch, or the package that writes it, is not installed.

    Notes
    -----
    Points are the parameters before each recorded step, and when the block is left. Steps that
    are skipped (by a gradient scaler, say) are no steps. What else moves parameters between steps
    (clipping of weights) becomes part of the segment; after the first 8 steps and after every
    32nd it is looked for, and ``path.outside`` counts what was seen. Swapping averaged weights in
    and out between two steps leaves no trace.

    The path is readable at any time up to the last flush, also after a crash. Recording never
    stops the loop: where it cannot go on (a full disk, a new parameter group) it warns, ends with
    status "failed", and the loop runs on.

    The canonical network is read at the first step. Where its weights are affine functions of the
    module's parameters, as for fully connected, convolutional and residual networks, crossings
    can be found; a warning says where they cannot, and why.

    Examples
    --------
    >>> import relugeom as rg
    >>> torch = __import__("pytest").importorskip("torch")
    >>> _ = torch.manual_seed(0)
    >>> model = torch.nn.Sequential(
    ...     torch.nn.Linear(1, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    >>> optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    >>> X = torch.linspace(-1, 1, 20)[:, None]
    >>> with rg.record(model, optimizer) as recorder:
    ...     for _ in range(50):
    ...         optimizer.zero_grad()
    ...         loss = ((model(X) - X.abs()) ** 2).mean()
    ...         loss.backward()
    ...         recorder.log(loss=loss)
    ...         optimizer.step()
    >>> recorder.path
    OptimizerPath(50 steps of adam, 25 parameters, complete)
    >>> events = rg.crossings(recorder.path, X.numpy())
    """
    return Recorder(
        module, optimizer, parameters=parameters, gradients=gradients, raw_updates=raw_updates,
        moments=moments, every=every, file=file, flush=flush, input_shape=input_shape,
    )  # fmt: skip


class Recorder:
    """A training loop that is being recorded: made by `record`, used in a ``with`` statement."""

    def __init__(
        self, module: Any, optimizer: Any, *, parameters: bool, gradients: bool, raw_updates: bool,
        moments: bool, every: int, file: str | os.PathLike[str] | None, flush: int | None,
        input_shape: Sequence[int] | None,
    ) -> None:  # fmt: skip
        torch = optional("torch", "torch")
        for name, value, kind in (
            ("module", module, torch.nn.Module),
            ("optimizer", optimizer, torch.optim.Optimizer),
        ):
            if not isinstance(value, kind):
                raise InvalidInputError(
                    f"`{name}` must be a {kind.__module__}.{kind.__name__}; "
                    f"got {type(value).__name__}"
                )
        if not (parameters or gradients or raw_updates or moments):
            raise InvalidInputError(
                f"`parameters` must be True where nothing else is recorded; got {parameters!r}"
            )
        self._module, self._optimizer = getattr(module, "_orig_mod", module), optimizer
        self._tensors = Tensors(torch, self._module, optimizer)
        self._columns = {
            "parameters": parameters, "gradients": gradients, "raw_updates": raw_updates,
        }  # fmt: skip
        self._moments = moments
        self._every = positive_int("every", every)
        self._rows = None if flush is None else positive_int("flush", flush)
        self._file = None if file is None else Path(file)
        self._shape = None if input_shape is None else tuple(input_shape)
        self._sink = sink_for(self._file)
        self._state = "new"  # then "open", perhaps "stopped", "closed"
        self._handles: list[Any] = []
        self._groups = len(optimizer.param_groups)
        self._count = self._outside = 0  # steps made; changes seen between them
        self._losses: list[Any] = []
        self._samples: list[Any] = []
        self._rates: list[float] = []
        self._late = False  # whether gradients are there only after the step
        self._writer: Writer | None = None
        self._lowering: Lowering | None = None
        self._before: Any = None  # the last point, where updates are recorded
        self._after: Any = None  # parameters after the last step, where they are compared
        self._lr = float("nan")
        self._path: OptimizerPath | None = None

    def __enter__(self) -> Recorder:
        if self._state != "new":
            raise InvalidInputError(
                f"a recorder must be entered once; got one {self._state}. Call `record` again"
            )
        self._sink.clear()
        self._state = "open"
        self._handles = [
            self._optimizer.register_step_pre_hook(self._before_step),
            self._optimizer.register_step_post_hook(self._after_step),
        ]
        if self._shape is None and self._columns["parameters"]:
            self._watch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.open:
            raise InvalidInputError(
                f"a recorder must be left once, after it was entered; got one that is {self._state}"
            )
        late = self._count and (self._losses or self._samples) and kind is None
        if self._state == "open":
            if kind is None:
                self._finish("complete")
            elif issubclass(kind, KeyboardInterrupt):
                self._finish("interrupted")
            else:
                self._finish("failed", f"the training loop raised {kind.__name__}")
        self._state = "closed"
        if self._file is not None and self._file.suffix.lower() == ".npz":
            self.path.save(self._file)
        if late:
            warnings.warn(
                "`log` was called after the last step: call it before the step it belongs to",
                UserWarning,
                stacklevel=2,
            )

    @property
    def open(self) -> bool:
        """Whether the ``with`` block is being run."""
        return self._state in ("open", "stopped")

    @property
    def path(self) -> OptimizerPath:
        """The path, after the ``with`` block; large arrays of one in files are read lazily."""
        if self._state != "closed":
            raise InvalidInputError(
                f"`path` must be asked for after the `with` block; got a recorder {self._state}"
            )
        if self._path is None:
            self._path = self._read()
        return self._path

    def log(self, *, loss: Any = None, batch: ArrayLike | None = None) -> None:
        """Give the loss or the samples of the step that comes next: call it before that step.

        Parameters
        ----------
        loss : float or tensor, optional
            Of several before one step the mean is recorded (those of a step that a gradient
            scaler skipped count for the next). What a closure returns first is recorded by itself.
        batch : array_like of int, optional
            Indices of the samples; several before one step are joined.

        Raises
        ------
        InvalidInputError
            If the loop is not being recorded, or a value is no number.
        """
        if not self.open:
            raise InvalidInputError(
                f"`log` must be called inside the `with` block; got a recorder {self._state}"
            )
        if self._state == "stopped":
            return
        if loss is not None:
            if np.prod(np.shape(loss)) != 1:
                raise InvalidInputError(f"`loss` must be one number; got shape {np.shape(loss)}")
            self._losses.append(_detached(loss))
        if batch is not None:
            found = batch.cpu().numpy() if _is_tensor(batch) else np.asarray(batch)
            if found.dtype.kind not in "iu" and found.size:
                raise InvalidInputError(f"`batch` must hold whole numbers; got {found.dtype}")
            self._samples.append(found.astype(np.int64).ravel())

    # -- hooks ---------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Note the shape of the first input."""

        # a function, not a method: a copy of the module must not copy the recorder
        def saw(_: Any, args: tuple[Any, ...], named: dict[str, Any]) -> None:
            shapes = [tuple(v.shape) for v in (*args, *named.values()) if _is_tensor(v)]
            if shapes and self._shape is None:
                self._shape = shapes[0][1:] or shapes[0]
            handle.remove()

        handle = self._module.register_forward_pre_hook(saw, with_kwargs=True)
        self._handles.append(handle)

    def _before_step(self, optimizer: Any, args: Any, named: Any) -> Any:
        if self._state != "open":
            return None
        writer = self._writer or self._begin()
        if len(optimizer.param_groups) != self._groups:
            self._stop("the optimizer got another parameter group")
            return None
        self._compare()
        if self._count % self._every:
            self._losses, self._samples = [], []
            return None
        self._point(writer)
        self._rates = [float(group["lr"]) for group in optimizer.param_groups]
        place = _closure(args, named)
        self._late = place is not None or getattr(optimizer, "grad_scale", None) is not None
        if self._columns["gradients"] and not self._late:
            self._tensors.gradients(writer.row("gradients"))
        return None if place is None or self._losses else self._watched(args, named, place)

    def _watched(self, args: Any, named: Any, place: int | str) -> Any:
        """Return the arguments with a closure that notes the first loss."""
        closure = named[place] if isinstance(place, str) else args[place]

        def watched() -> Any:
            loss = closure()
            if loss is not None and not self._losses:
                self._losses.append(_detached(loss))
            return loss

        if isinstance(place, str):
            return args, {**named, place: watched}
        return (*args[:place], watched, *args[place + 1 :]), named

    def _after_step(self, optimizer: Any, args: Any, named: Any) -> None:
        writer = self._writer
        if self._state != "open" or writer is None:
            return
        step, self._count = self._count, self._count + 1
        if step % self._every == 0:
            self._step(writer, step)
            if writer.full() or time.monotonic() - self._flushed > _PATIENCE:
                self._flush(writer)
        if step < _CHECKED or step % _CHECK == 0:
            self._after = self._tensors.parameters()

    # -- parts of the path ---------------------------------------------------------------------

    def _begin(self) -> Writer:
        """Read the network, and make buffers."""
        for handle in self._handles[2:]:
            handle.remove()
        tensors, structure = self._tensors, None
        start = tensors.parameters()
        if not start.isfinite().all():
            raise InvalidInputError("`module` must have finite parameters; got NaN or infinity")
        if self._columns["parameters"]:
            from ._lower import lower

            structure, self._lowering = lower(
                self._module, self._shape, tensors.layout, tensors.statistics
            )
        else:
            self._lowering = Lowering(
                parameters=tensors.layout, reason="its parameters are not recorded"
            )
        if structure is None and self._columns["parameters"] and self._lowering is not None:
            warnings.warn(
                f"region crossings cannot be found on this path: {self._lowering.reason}",
                UserWarning,
                stacklevel=4,
            )
        network = None
        if structure is not None:
            theta = start.cpu().numpy().astype(np.float64)
            if self._lowering is not None:
                theta = self._lowering.canonical(theta[None], structure.n_parameters)[0]
            network = structure.with_parameters(theta)
        self._lr = float(self._optimizer.param_groups[0]["lr"])
        widths = {name: tensors.layout.size for name, wanted in self._columns.items() if wanted}
        if self._lowering is not None and self._lowering.program:
            widths["buffers"] = tensors.statistics.size
        widths = {name: width for name, width in widths.items() if width}
        n = sum(widths.values()) + 2 * self._moments * tensors.layout.size
        size = max(1, n) * tensors.options["dtype"].itemsize
        rows = self._rows or max(1, min(_MOST_ROWS, _BUFFER // size))
        self._sink.begin(head_of(network, self._lowering), self._record("part"), rows)
        self._writer = Writer(self._sink, rows, tensors.options)
        for name, width in widths.items():
            self._writer.add(name, width)
        self._flushed = time.monotonic()
        return self._writer

    def _point(self, writer: Writer) -> None:
        """Fill in what belongs to a point."""
        if self._columns["parameters"]:
            row = writer.row("parameters")
            self._tensors.parameters(row)
            self._before = row
        elif self._columns["raw_updates"]:
            self._before = self._tensors.parameters()
        if writer.has("buffers"):
            self._tensors.read_statistics(writer.row("buffers"))

    def _step(self, writer: Writer, step: int) -> None:
        """Fill in what belongs to the step, and go to the next row."""
        tensors = self._tensors
        if self._columns["gradients"] and self._late:
            tensors.gradients(writer.row("gradients"))
        if self._columns["raw_updates"]:
            tensors.parameters(writer.row("raw_updates")).sub_(self._before)
        if self._moments:
            self._read_moments(writer)
        writer.put("steps", step)
        writer.put("learning_rates", self._rates)
        writer.put("loss", self._losses)
        writer.put("batch_samples", self._samples)
        self._losses, self._samples = [], []
        writer.at += 1

    def _read_moments(self, writer: Writer) -> None:
        kinds = {"first_moments": FIRST, "second_moments": SECOND}
        if self._count == 1:
            for column, names in kinds.items():
                if self._tensors.moments(names):
                    writer.add(column, self._tensors.layout.size)
            if not any(writer.has(column) for column in kinds):
                raise InvalidInputError(
                    f"`moments` must be False for {type(self._optimizer).__name__}; got True"
                )
        for column, names in kinds.items():
            if writer.has(column):
                self._tensors.moments(names, writer.row(column))

    def _compare(self) -> None:
        """Count a change of parameters since the last step."""
        if self._after is not None and not self._tensors.equal(self._after):
            self._outside += 1
        self._after = None

    # -- the end -------------------------------------------------------------------------------

    def _flush(self, writer: Writer) -> None:
        self._flushed = time.monotonic()
        try:
            writer.flush(self._record("part"))
        except (OSError, RelugeomError) as error:
            self._stop(f"it could not be written: {error}")
        if writer.diverged:
            self._finish("diverged")
            self._state = "stopped"

    def _stop(self, reason: str) -> None:
        self._finish("failed", f"recording stopped: {reason}")
        self._state = "stopped"
        warnings.warn(f"recording stopped: {reason}", UserWarning, stacklevel=5)

    def _finish(self, status: str, reason: str = "") -> None:
        """Write the last point and the record."""
        for handle in self._handles:
            handle.remove()
        writer = self._writer or self._begin()
        self._losses, self._samples = [], []
        self._compare()
        self._point(writer)
        writer.put("steps", self._count)
        self._last = self._record(status, reason)
        try:
            writer.flush(self._last, points=1)
            writer.wait()
        except (OSError, RelugeomError) as error:
            self._last["status"] = "failed"
            self._last["reason"] = self._last["reason"] or f"it could not be written: {error}"
            if not reason:
                warnings.warn(f"the end was not recorded: {error}", UserWarning, stacklevel=4)
        finally:
            writer.close()
        if writer.diverged:
            self._last["status"] = "diverged"

    def _record(self, status: str, reason: str = "") -> dict[str, Any]:
        defaults = self._optimizer.defaults
        settings = {k: _plain(v) for k, v in defaults.items() if k != "lr" and _plain(v)}
        return record_of(
            optimizer=type(self._optimizer).__name__.lower(), lr=self._lr, settings=settings,
            status=status, reason=reason, outside=self._outside,
            layout=self._tensors.layout, lowering=self._lowering, moved=self._tensors.moved(),
        )  # fmt: skip

    def _read(self) -> OptimizerPath:
        """Return what was recorded, with the last record, which may not have been written."""
        if isinstance(self._sink, Memory):
            stored = Stored(self._sink.head, self._sink.parts, self._last)
            return assembled(stored, lazy=False)
        path = load_path(cast(Path, self._file), lazy=True)  # given, unless in memory
        ended = {k: self._last[k] for k in ("status", "reason")}
        return replace(path, **ended)


def _closure(args: Any, named: Any) -> int | str | None:
    """Return the place of the closure among the arguments of a step, the first the optimizer."""
    if named.get("closure") is not None:
        return "closure"
    return 1 if len(args) > 1 and callable(args[1]) else None


def _is_tensor(value: Any) -> TypeGuard[torch.Tensor]:
    import torch

    return isinstance(value, torch.Tensor)


def _detached(loss: Any) -> Any:
    return loss.detach() if _is_tensor(loss) else float(loss)


def _plain(value: Any) -> Any:
    """Return a setting as plain numbers and text; None where it is off, or something else."""
    if isinstance(value, np.generic) or _is_tensor(value):
        value = value.item() if np.size(value) == 1 else value.tolist()
    if isinstance(value, list | tuple):
        return tuple(_plain(v) or 0.0 for v in value)
    return value if isinstance(value, int | float | str) and value else None
