"""Rows of tensors collected in two buffers; while one is filled a thread writes the other."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .sinks import Arrays, Sink


_OF_POINTS = ("parameters", "buffers", "steps")
_SERIES = ("steps", "learning_rates", "loss", "batch_samples")


class Writer:
    """Columns of tensors and of short series, row by row, on their way to a sink.

    Parameters
    ----------
    sink : Sink
        It has begun.
    rows : int
        Rows of a buffer.
    options : dict
        dtype and device of the buffers.

    Attributes
    ----------
    at : int
        Rows in the buffer that is being filled.
    diverged : bool
        Whether a row of "parameters" was not finite. That row and all later ones are not written.
    """

    def __init__(self, sink: Sink, rows: int, options: dict[str, Any]) -> None:
        self._sink, self._rows, self._options = sink, rows, options
        self._blocks: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        self._series: dict[str, list[Any]] = {name: [] for name in _SERIES}
        self._thread = ThreadPoolExecutor(1, "relugeom-recorder")
        self._pending: Future[None] | None = None
        self.at, self.diverged = 0, False

    def add(self, name: str, width: int) -> None:
        """Make a column, before the first row is complete."""
        import torch

        for block in self._blocks:  # a row more, for the last point
            block[name] = torch.zeros(self._rows + 1, width, **self._options)

    def row(self, name: str) -> Any:
        """Return the place of the row that is being filled."""
        return self._blocks[0][name][self.at]

    def has(self, name: str) -> bool:
        """Tell whether there is such a column."""
        return name in self._blocks[0]

    def put(self, name: str, value: Any) -> None:
        """Append to a series: "steps" or "learning_rates"; lists to "loss" or "batch_samples"."""
        self._series[name].append(value)

    def full(self) -> bool:
        """Tell whether there is no room for another row."""
        return self.at == self._rows

    def flush(self, record: Arrays, *, points: int = 0) -> None:
        """Hand over the buffer, when the one before is written, and raise what went wrong there.

        Parameters
        ----------
        record : dict
            What the sink holds beside columns.
        points : int, default 0
            Further rows of the columns of points.
        """
        self.wait()
        series, self._series = self._series, {name: [] for name in _SERIES}
        series["loss"] = [_mean(values) for values in series["loss"]]
        block, n, self.at = self._blocks[0], self.at, 0
        self._blocks = self._blocks[::-1]
        self._pending = self._thread.submit(self._write, block, n, points, series, record)

    def wait(self) -> None:
        """Wait for the thread."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _write(
        self, block: dict[str, Any], n: int, points: int, series: dict[str, list[Any]],
        record: Arrays,
    ) -> None:  # fmt: skip
        columns: Arrays = {}
        if not self.diverged:
            columns = {name: tensor[: n + points].cpu().numpy() for name, tensor in block.items()}
            if "parameters" in columns:
                kept = _finite_rows(columns["parameters"])
                self.diverged = kept < n + points
                points = max(0, min(points, kept - n))
                n = min(n, kept)
            none = np.zeros(0, np.int64)
            samples = [np.concatenate([none, *parts]) for parts in series["batch_samples"][:n]]
            columns |= {
                "steps": np.array(series["steps"], np.int64),
                "learning_rates": np.array(series["learning_rates"], np.float64),
                "loss": np.array(series["loss"], np.float64),
                "batch_sizes": np.array([len(s) for s in samples], np.int64),
            }
            columns = {k: v[: n + points * (k in _OF_POINTS)] for k, v in columns.items()}
            columns["batch_samples"] = np.concatenate([none, *samples])
        if self.diverged:
            record = {**record, "status": "diverged"}
        self._sink.append({k: v for k, v in columns.items() if len(v)}, record)


def _mean(values: list[Any]) -> float:
    return sum(float(v) for v in values) / len(values) if values else float("nan")


def _finite_rows(rows: Any) -> int:
    """Return the number of rows before the first that is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        doubtful = np.flatnonzero(~np.isfinite(rows.sum(axis=1)))
    for i in doubtful:
        if not np.isfinite(rows[i]).all():
            return int(i)
    return len(rows)
