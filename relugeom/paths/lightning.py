"""Recording what a Lightning trainer does."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInputError, MissingExtraError
from .record import Recorder, record

if TYPE_CHECKING:
    from .path import OptimizerPath


class _Missing:
    """Stands for Lightning's base class where Lightning is not installed."""

    def __init__(self) -> None:
        raise MissingExtraError("lightning", "lightning")


def _base() -> Any:
    for package in ("lightning.pytorch", "pytorch_lightning"):
        if find_spec(package.partition(".")[0]) is not None:
            return import_module(f"{package}.callbacks").Callback
    return _Missing


_Base: Any = _base()


class RecordCallback(_Base):  # type: ignore[misc]  # of one of two packages
    """A callback that records the training of ``Trainer.fit``; ``path`` is the path after it.

    The loss that ``training_step`` returns is recorded with each step (with accumulation the last
    one's, over their number, as Lightning has it), except under a gradient scaler, which hides
    it. Of several processes only the first records.

    Parameters
    ----------
    submodule : str, default ""
        Name of the part of the LightningModule that is the network, as "model"; all of it if not
        given. Only that part is recorded.
    optimizer : int, default 0
        Which of ``trainer.optimizers`` to follow.
    **options
        Those of `relugeom.record`.

    Examples
    --------
    Used as ``Trainer(callbacks=[callback])``:

    >>> _ = __import__("pytest").importorskip("lightning")
    >>> from relugeom.paths.lightning import RecordCallback
    >>> callback = RecordCallback("model", gradients=True)
    """

    def __init__(self, submodule: str = "", *, optimizer: int = 0, **options: Any) -> None:
        super().__init__()
        self._submodule, self._which, self._options = submodule, optimizer, options
        self._recorder: Recorder | None = None

    @property
    def path(self) -> OptimizerPath:
        """The path, after training."""
        if self._recorder is None:
            raise InvalidInputError("`path` must be asked for after `Trainer.fit`; got None yet")
        return self._recorder.path

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin to record."""
        if not trainer.is_global_zero:
            return
        if not 0 <= self._which < len(trainer.optimizers):
            raise InvalidInputError(
                f"`optimizer` must be one of the trainer's {len(trainer.optimizers)}; "
                f"got {self._which}"
            )
        module = pl_module.get_submodule(self._submodule)
        self._recorder = record(module, trainer.optimizers[self._which], **self._options)
        self._recorder.__enter__()

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Stop recording."""
        self._leave(None)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Stop recording a run that failed, or was interrupted."""
        self._leave(exception)

    def _leave(self, error: BaseException | None) -> None:
        if self._recorder is not None and self._recorder.open:
            self._recorder.__exit__(None if error is None else type(error), error, None)
