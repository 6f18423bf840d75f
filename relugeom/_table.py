"""`Table`: a result that has rows, and how results show themselves on one line."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape
from math import log
from typing import Any, ClassVar, TypeVar

import numpy as np

from ._files import replacing, writable
from ._lazy import optional

T = TypeVar("T")

SUFFIXES = (".parquet", ".csv", ".json")
_SHOWN = 40  # rows, in print
_LONGEST = 200  # characters of a result on one line
_PARTS = 8  # of a tuple or dict on one line
_LOG_DIGITS = log(1e15)  # up to here whole numbers are shown exactly


class Table:
    """A frozen result with rows, to read, to print, and for other libraries and files.

    A class of columns names them in ``_COLUMNS``, others make `rows` themselves; all rows have the
    same keys, and layers in them count from 0, None being all. ``_UNIT`` is what a row is.
    """

    _COLUMNS: ClassVar[tuple[str, ...]] = ()
    _UNIT: ClassVar[str] = "rows"

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as one dict a row, of plain Python values."""
        columns = [getattr(self, name).tolist() for name in self._COLUMNS]
        return [dict(zip(self._COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]

    def to_arrow(self) -> Any:
        """Return `rows` as a ``pyarrow.Table``."""
        import pyarrow as pa

        rows = self.rows()
        names = list(rows[0]) if rows else self._COLUMNS
        return pa.table({name: [row[name] for row in rows] for name in names})

    def to_pandas(self) -> Any:
        """Return `rows` as a ``pandas.DataFrame``; lists are spread over NAME_0, NAME_1, ..."""
        pandas = optional("pandas", "frames")
        return pandas.DataFrame(_spread(self.rows()), columns=None if len(self) else self._COLUMNS)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Save the table as ``.parquet``, ``.csv`` or ``.json``.

        In CSV lists are spread over NAME_0, NAME_1, ...; JSON, a list of objects, has null for
        infinities and NaN.
        """
        suffix = writable(file, SUFFIXES)
        with replacing(file) as temporary:
            if suffix == ".parquet":
                import pyarrow.parquet as pq

                pq.write_table(self.to_arrow(), temporary, compression="zstd")
            elif suffix == ".json":
                temporary.write_text(json.dumps(finite(self.rows()), indent=1), encoding="utf-8")
            else:
                rows = _spread(self.rows())
                with temporary.open("w", newline="", encoding="utf-8") as stream:
                    writer = csv.DictWriter(stream, list(rows[0]) if rows else self._COLUMNS)
                    writer.writeheader()
                    writer.writerows(rows)

    def __len__(self) -> int:
        return len(getattr(self, self._COLUMNS[0]) if self._COLUMNS else self.rows())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} {self._UNIT})"

    def __str__(self) -> str:
        rows = self.rows()
        names = list(rows[0]) if rows else list(self._COLUMNS)
        shown = rows if len(rows) <= _SHOWN else rows[: _SHOWN - 1]
        for row in shown:
            if "layer" in row:
                row["layer"] = layer_text(row["layer"])
        lines = [repr(self), aligned([names, *([row[n] for n in names] for row in shown)])]
        if len(shown) < len(rows):
            lines.append(f"... and {len(rows) - len(shown):,} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def aligned(lines: Sequence[Sequence[Any]]) -> str:
    """Return a table of text, its head first: numbers to the right, text to the left.

    Whole numbers have their thousands apart, others six digits; a column is one of numbers if any
    of its cells is, or is text made a `Number`.

    Examples
    --------
    >>> print(aligned([["bound", "value", "kind"], ["T n", 1234, "theorem"], ["c", 0.5, "scale"]]))
    bound  value  kind
    T n    1,234  theorem
    c        0.5  scale
    """
    texts = [[_cell(value) for value in line] for line in lines]
    head, *rows = lines
    columns = range(len(head))
    right = [any(_is_number(row[c]) for row in rows) for c in columns]
    width = [max(len(line[c]) for line in texts) for c in columns]
    return "\n".join(
        "  ".join(
            cell.rjust(w) if r else cell.ljust(w)
            for cell, w, r in zip(line, width, right, strict=True)
        ).rstrip()
        for line in texts
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_cell, value))})"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


class Number(str):
    """A number that is text already: `aligned` sets it to the right."""

    __slots__ = ()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Number) and not isinstance(value, bool)


def layer_text(layer: int | None) -> Number:
    """Return a hidden layer, which data count from 0, as people count it."""
    return Number("all" if layer is None else layer + 1)


def size(value: float, log_value: float) -> Number:
    """Return a number of any size as text, by its natural logarithm where it is too large.

    Whole numbers have all their digits up to 15, others six, up to e^20.

    Examples
    --------
    >>> size(1234.0, 7.1), size(float("inf"), 831.78), size(10**12, 27.6)
    ('1234', 'e^831.8', '1,000,000,000,000')
    """
    small = log_value < (_LOG_DIGITS if isinstance(value, int) else 20)
    return Number(_cell(value) if small else f"e^{log_value:.1f}")


def finite(value: Any) -> Any:
    """Replace what JSON cannot say (infinities, NaN) by None, and numpy numbers by Python's."""
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def brief(kind: type[T]) -> type[T]:
    """Let a dataclass or named tuple show itself on one line.

    Of arrays the type and the shape, of other results the class, of what has many parts how many.
    """
    names: tuple[str, ...] = getattr(kind, "_fields", ())

    def line(self: Any) -> str:
        parts: list[str] = []
        for name in names or [field.name for field in fields(self)]:
            parts.append(f"{name}={_brief(getattr(self, name))}")
            if sum(map(len, parts)) > _LONGEST:
                parts[-1] = "..."
                break
        return f"{kind.__name__}({', '.join(parts)})"

    target: Any = kind
    target.__repr__ = line
    return kind


def _brief(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str) and len(value) > 40:
        return repr(value[:37] + "...")
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if type(value) in (tuple, list, dict):
        plain = type(value) is not dict and len(value) <= _PARTS
        if plain and all(isinstance(v, int | float | str | None) for v in value):
            return f"({', '.join(map(_brief, value))})"
        return f"{len(value)} parts"
    return type(value).__name__


def _spread(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with lists spread over numbered columns."""
    spread = []
    for row in rows:
        flat: dict[str, Any] = {}
        for name, value in row.items():
            if isinstance(value, list | tuple):
                flat.update({f"{name}_{i}": item for i, item in enumerate(value)})
            else:
                flat[name] = value
        spread.append(flat)
    return spread
