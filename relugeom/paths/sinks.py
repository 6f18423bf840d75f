"""Growing files: a path is written part by part, and what is there can be read at any time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .._files import BROKEN, folder, replacing, writable
from .._lazy import optional
from ..errors import FileFormatError

Arrays = dict[str, Any]


class Sink(Protocol):
    """Where a path goes while it is recorded."""

    def clear(self) -> None:
        """Remove a path of this name; raise `FileFormatError` if something else has it."""

    def begin(self, head: Arrays, record: Arrays, rows: int) -> None:
        """Write the arrays that do not grow; ``rows`` will mostly be added at a time."""

    def append(self, columns: Arrays, record: Arrays) -> None:
        """Add rows to columns, then let ``record`` take the place of the one before."""


def sink_for(file: Path | None) -> Sink:
    """Return the sink that a suffix names; ``.npz`` is kept in memory first.

    Raises
    ------
    UnsupportedError, FileFormatError
        If the suffix is not known, or the place cannot be written.
    MissingExtraError
        If the package that writes the format is not installed.
    """
    return Memory() if file is None else _SINKS[target_suffix(file)](file)


def target_suffix(file: Path) -> str:
    """Return the suffix of a path that can be written, in lower case, else raise."""
    if file.suffix.lower() == ".zarr" and file.is_dir():
        return ".zarr"
    return writable(file, list(_SINKS))


class Memory:
    """Parts in memory, in the precision of the module."""

    def __init__(self, file: Path | None = None) -> None:
        self.head: Arrays = {}
        self.parts: dict[str, list[Any]] = {}

    def clear(self) -> None:
        """Do nothing."""

    def begin(self, head: Arrays, record: Arrays, rows: int) -> None:
        """Keep the head."""
        self.head = head

    def append(self, columns: Arrays, record: Arrays) -> None:
        """Keep copies."""
        for name, column in columns.items():
            self.parts.setdefault(name, []).append(np.array(column))


# -- safetensors -----------------------------------------------------------------------------------


class Shards:
    """Files ``NAME-000000.safetensors``, ... and their index ``NAME.safetensors.index.json``.

    A column is spread over tensors ``NAME.000000``, ...; the index says in which file each is, as
    for models in several files, and holds the record. It is replaced after each file is whole.
    """

    def __init__(self, file: Path) -> None:
        optional("safetensors", "safetensors")
        self._file, self._count = file, 0
        self._map: dict[str, str] = {}

    def clear(self) -> None:
        """Remove an old path of this name, in one file or several."""
        folder(self._file.parent)
        index = index_of(self._file)
        if index.exists():
            old = _read_json(index)
            _check_ours(index, old.get("metadata", {}).get("record"))
            for name in set(old["weight_map"].values()):
                (index.parent / Path(name).name).unlink(missing_ok=True)
            index.unlink()
        if self._file.exists():
            metadata = read_safetensors(self._file)[1]
            _check_ours(self._file, json.loads(metadata.get("record", "null")))
            self._file.unlink()

    def begin(self, head: Arrays, record: Arrays, rows: int) -> None:
        """Write the head."""
        self._write(f"{self._file.stem}-head.safetensors", head, record)

    def append(self, columns: Arrays, record: Arrays) -> None:
        """Write one file."""
        number = f"{self._count:06d}"
        self._count += 1
        tensors = {f"{name}.{number}": column for name, column in columns.items()}
        self._write(f"{self._file.stem}-{number}.safetensors", tensors, record)

    def _write(self, name: str, tensors: Arrays, record: Arrays) -> None:
        if tensors:
            write_safetensors(self._file.with_name(name), tensors, {"format": "np"})
            self._map.update(dict.fromkeys(tensors, name))
        text = json.dumps({"metadata": {"record": record}, "weight_map": self._map})
        with replacing(index_of(self._file)) as temporary:
            temporary.write_text(text, "utf-8")


def index_of(file: Path) -> Path:
    """Return the name of the index of ``NAME.safetensors``."""
    return file.with_name(f"{file.name}.index.json")


def read_index(index: Path) -> tuple[Arrays, dict[str, list[Any]], Arrays]:
    """Return head, parts and record of what `Shards` wrote."""
    content = _read_json(index)
    record, places = content["metadata"]["record"], content["weight_map"]
    files = {name: read_safetensors(index.parent / Path(name).name)[0] for name in places.values()}
    head: Arrays = {}
    parts: dict[str, list[Any]] = {}
    for tensor in sorted(places):
        array = files[places[tensor]][tensor]
        column, _, number = tensor.rpartition(".")
        if number.isdigit() and column:
            parts.setdefault(column, []).append(array)
        else:
            head[tensor] = array[...]
    return head, parts, record


def write_safetensors(file: Path, tensors: Arrays, metadata: dict[str, str]) -> None:
    """Write one file, under a temporary name first."""
    save_file = optional("safetensors.numpy", "safetensors").save_file
    whole = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    with replacing(file) as temporary:
        save_file(whole, temporary, metadata)


def read_safetensors(file: Path) -> tuple[Arrays, dict[str, str]]:
    """Return arrays, those of two axes as slices that are read on demand, and metadata."""
    library = optional("safetensors", "safetensors")
    try:
        stored = library.safe_open(file, "np")
        arrays, names = {}, stored.keys()
        for name in names:
            tensor = stored.get_slice(name)
            arrays[name] = tensor if len(tensor.get_shape()) == 2 else stored.get_tensor(name)
        return arrays, stored.metadata() or {}
    except (library.SafetensorError, *BROKEN) as error:
        raise FileFormatError(f"{file.name} is not a readable safetensors file: {error}") from error


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise FileFormatError(f"{file.name} is not a readable index: {error}") from error


# -- Zarr ------------------------------------------------------------------------------------------


class ZarrStore:
    """A Zarr group (format 3): an array a column; the record and all lengths in attributes."""

    def __init__(self, file: Path) -> None:
        optional("zarr", "zarr")
        self._file, self._rows = file, 1
        self._arrays: Arrays = {}
        self._lengths: dict[str, int] = {}

    def clear(self) -> None:
        """Remove an old path of this name."""
        if self._file.exists():
            _check_ours(self._file, read_zarr(self._file)[2])
            shutil.rmtree(self._file)
        folder(self._file.parent)

    def begin(self, head: Arrays, record: Arrays, rows: int) -> None:
        """Write the head."""
        self._rows = rows
        self._group = optional("zarr", "zarr").open_group(self._file, mode="w", zarr_format=3)
        inner = self._group.create_group("head")
        for name, array in head.items():
            inner.create_array(name, data=np.asarray(array), compressors=None)
        self._group.attrs.update({"record": record, "lengths": {}, "head": list(head)})

    def append(self, columns: Arrays, record: Arrays) -> None:
        """Write rows first, then their number."""
        for name, column in columns.items():
            if name not in self._arrays:
                chunk = (self._rows if column.ndim == 2 else 2**16, *column.shape[1:])
                self._arrays[name] = self._group.create_array(
                    name, shape=(0, *column.shape[1:]), chunks=chunk, dtype=column.dtype,
                    compressors=None,
                )  # fmt: skip
            self._arrays[name].append(column)
            self._lengths[name] = self._lengths.get(name, 0) + len(column)
        self._group.attrs.update({"record": record, "lengths": self._lengths})


def read_zarr(file: Path) -> tuple[Arrays, dict[str, list[Any]], Arrays]:
    """Return head, parts and record of what `ZarrStore` wrote."""
    zarr = optional("zarr", "zarr")
    try:
        group = zarr.open_group(file, mode="r")
        record, lengths = group.attrs["record"], group.attrs["lengths"]
        head = {name: group[f"head/{name}"][...] for name in group.attrs["head"]}
        parts = {}
        for name, length in lengths.items():
            array = group[name]
            parts[name] = [array] if array.ndim == 2 else [array[:length]]
    except BROKEN as error:
        raise FileFormatError(f"{file.name} is not a readable path: {error}") from error
    return head, parts, record


_SINKS: dict[str, Callable[[Path], Sink]] = {
    ".npz": Memory,
    ".safetensors": Shards,
    ".zarr": ZarrStore,
}


def _check_ours(file: Path, record: Any) -> None:
    if not (isinstance(record, dict) and str(record.get("format")).startswith("relugeom path")):
        raise FileFormatError(
            f"`{file}` must not exist, or hold a path that may be replaced; got something else"
        )
