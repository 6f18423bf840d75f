"""Paths to and from files."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._files import BROKEN, check_format, folder, read_npz, replacing
from ..errors import FileFormatError, InvalidInputError, RelugeomError, UnsupportedError
from ..networks.files import network_arrays, network_from_arrays
from .lazy_rows import LazyRows
from .lowering import Layout, Lowering
from .path import OptimizerPath, build
from .sinks import (
    Shards,
    ZarrStore,
    index_of,
    read_index,
    read_safetensors,
    read_zarr,
    target_suffix,
    write_safetensors,
)

FORMAT = "relugeom path 3"
_OF_POINTS = ("parameters", "buffers")
_OF_STEPS = ("gradients", "raw_updates", "first_moments", "second_moments", "learning_rates")
_SERIES = ("steps", "loss", "batch_sizes", "batch_samples")
_PART = 2**25  # bytes of a part of a Zarr array


class Stored(NamedTuple):
    """A path as it lies in files.

    Attributes
    ----------
    head : dict of ndarray
        The network W0, b0, ..., the map from recorded to canonical parameters, the program.
    parts : dict of list
        For each column the matrices or vectors that follow one another.
    record : dict
        Everything else, as JSON has it.
    """

    head: dict[str, Any]
    parts: dict[str, list[Any]]
    record: dict[str, Any]


def save_path(path: OptimizerPath, file: str | os.PathLike[str]) -> None:
    """Save a path: see `OptimizerPath.save`."""
    suffix = target_suffix(Path(file))
    head, columns, record = _taken_apart(path)
    if suffix == ".npz":
        columns = {name: np.asarray(column) for name, column in columns.items()}
        with replacing(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **head, **columns, record=np.array(json.dumps(record)))
    elif suffix == ".safetensors":
        columns = {name: np.asarray(column) for name, column in columns.items()}
        Shards(Path(file)).clear()
        write_safetensors(Path(file), {**head, **columns}, {"record": json.dumps(record)})
    else:
        _save_zarr(Path(file), head, columns, record)


def _save_zarr(
    file: Path, head: dict[str, Any], columns: dict[str, Any], record: dict[str, Any]
) -> None:
    """Write in parts, beside the old path, which the columns may be read from."""
    n, width = columns["steps"].size, max(v.shape[-1] for v in columns.values() if v.ndim == 2)
    rows = max(1, _PART // (8 * width))
    with tempfile.TemporaryDirectory(dir=folder(file.parent)) as temporary:
        store = ZarrStore(Path(temporary) / file.name)
        store.begin(head, record, rows)
        samples = {k: columns.pop(k) for k in ("batch_samples",) if k in columns}
        for at in range(0, n, rows):
            block = {name: np.asarray(v[at : at + rows]) for name, v in columns.items()}
            store.append({k: v for k, v in {**block, **samples}.items() if len(v)}, record)
            samples = {}
        ZarrStore(file).clear()
        (Path(temporary) / file.name).rename(file)


def load_path(file: str | os.PathLike[str], *, lazy: bool = False) -> OptimizerPath:
    """Load a path that `OptimizerPath.save` or `relugeom.record` wrote.

    A path whose recording was cut short, by a crash say, is read up to the last part that was
    written; it has status "part".

    Parameters
    ----------
    file : path
        ``.npz``; ``.safetensors``, one file or the name of several with an index
        ``NAME.safetensors.index.json``; ``.zarr``; or a folder that holds such an index.
    lazy : bool, default False
        Leave parameters, gradients, updates and moments in the files: these attributes are then
        `LazyRows`, which read what is asked for. Compressed ``.npz`` files are read whole. Numbers
        are not checked to be finite.

    Returns
    -------
    OptimizerPath

    Raises
    ------
    FileFormatError
        If the file is missing, broken, or holds no path.
    UnsupportedError
        If the format is not known.
    MissingExtraError
        If the package that reads the format is not installed.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "run.npz"
    >>> rg.train(net, [[0.0], [1.0]], [0.0, 1.0], steps=5).save(file)
    >>> rg.load_path(file)
    OptimizerPath(5 steps of adam, 10 parameters, complete)
    >>> rg.load_path(file, lazy=True).parameters
    LazyRows(6, 10)
    """
    source = Path(file)
    try:
        stored = _read(source, lazy)
        return assembled(stored, lazy=lazy)
    except (UnsupportedError, FileFormatError, ImportError):
        raise
    except (RelugeomError, *BROKEN) as error:
        raise FileFormatError(f"{source.name} does not hold a path: {error}") from error


def _read(source: Path, lazy: bool) -> Stored:
    if source.is_dir() and source.suffix != ".zarr":
        found = sorted(source.glob("*.safetensors.index.json"))
        if len(found) != 1:
            raise FileFormatError(
                f"`file` must be a file, or a folder with one *.safetensors.index.json; "
                f"got {str(source)!r} with {len(found)} of them"
            )
        source = found[0]
    index = source if source.name.endswith(".safetensors.index.json") else None
    if source.suffix == ".safetensors" and (beside := index_of(source)).is_file():
        index = beside
    if index is not None:
        return Stored(*read_index(index))
    if not source.exists():
        raise FileFormatError(f"`file` must be an existing file; got {str(source)!r}")
    if source.suffix == ".zarr":
        return Stored(*read_zarr(source))
    if source.suffix == ".npz":
        return _read_npz(source, lazy)
    if source.suffix == ".safetensors":
        arrays, metadata = read_safetensors(source)
        return _sorted_out(arrays, metadata.get("record"), source.name)
    raise UnsupportedError(
        f"`file` must be .npz, .safetensors or .zarr; got {source.suffix or 'no suffix'!r} "
        f"({source.name})"
    )


def _read_npz(source: Path, lazy: bool) -> Stored:
    if lazy:
        large = _mapped(source)
        with np.load(source, allow_pickle=False) as stored:
            arrays = {k: large[k] if k in large else stored[k] for k in stored.files}
    else:
        arrays = read_npz(source)
    record = arrays.pop("record", None)
    return _sorted_out(arrays, None if record is None else str(record), source.name)


def _mapped(source: Path) -> dict[str, Any]:
    """Return memory maps of the matrices of an uncompressed npz file."""
    found = {}
    with zipfile.ZipFile(source) as archive, source.open("rb") as raw:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if name not in (*_OF_POINTS, *_OF_STEPS) or info.compress_type != zipfile.ZIP_STORED:
                continue
            with archive.open(info) as stream:
                version = np.lib.format.read_magic(stream)
                read = np.lib.format.read_array_header_1_0
                if version != (1, 0):
                    read = np.lib.format.read_array_header_2_0
                shape, fortran, dtype = read(stream)
                inside = stream.tell()
            raw.seek(info.header_offset + 26)
            lengths = np.frombuffer(raw.read(4), "<u2")  # of the name and of the extra field
            offset = info.header_offset + 30 + int(lengths.sum()) + inside
            order: Any = "F" if fortran else "C"
            found[name] = np.memmap(
                source, dtype, mode="r", offset=offset, shape=shape, order=order
            )
    return found


def _sorted_out(arrays: Mapping[str, Any], record: str | None, name: str) -> Stored:
    if record is None or "steps" not in arrays:
        raise FileFormatError(f"{name} does not hold a path: no array {'steps'!r}, or no record")
    columns = (*_OF_POINTS, *_OF_STEPS, *_SERIES)
    parts = {k: [v] for k, v in arrays.items() if k in columns}
    head = {k: v[...] for k, v in arrays.items() if k not in columns}
    return Stored(head, parts, json.loads(record))


# -- between paths and what is stored of them ------------------------------------------------------


def head_of(network: Any, lowering: Lowering | None) -> dict[str, Any]:
    """Return the arrays that do not grow: of the network, if there is one, and of the lowering."""
    arrays = {} if network is None else network_arrays(network)
    return arrays if lowering is None else {**arrays, **lowering.to_arrays()}


def record_of(
    *, optimizer: str, lr: float, settings: Mapping[str, Any], status: str,
    reason: str = "", outside: int = 0, layout: Layout | None = None,
    lowering: Lowering | None = None, moved: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what is stored of a path beside arrays.

    ``moved`` names a tensor that changed though it was taken to be fixed: then there is no network.
    """
    record = {
        "format": FORMAT,
        "optimizer": optimizer,
        "lr": lr,
        "settings": dict(settings),
        "status": status,
        "reason": reason,
        "outside": outside,
        "layout": None if layout is None else layout.to_json(),
        "buffers": [] if lowering is None else lowering.buffers.to_json(),
        "lowering": None if lowering is None else lowering.reason,
        "moved": moved,
    }
    try:
        json.dumps(record)
    except TypeError as error:
        raise UnsupportedError(
            f"`settings` must hold plain numbers and text to be saved; got {settings}"
        ) from error
    return record


def _taken_apart(path: OptimizerPath) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    network = None if path.structure is None else path.start
    names = [*_OF_POINTS, *_OF_STEPS, "steps", "loss"]
    columns = {name: getattr(path, name) for name in names if getattr(path, name) is not None}
    if not path.parameters.shape[1]:
        del columns["parameters"]
    if path.batches is not None:
        columns["batch_samples"] = np.concatenate([np.zeros(0, np.int64), *path.batches])
        columns["batch_sizes"] = np.array([len(b) for b in path.batches], np.int64)
    record = record_of(
        optimizer=path.optimizer, lr=path.lr, settings=path.settings,
        status=path.status, reason=path.reason, outside=path.outside, layout=path.layout,
        lowering=path.lowering,
    )  # fmt: skip
    return head_of(network, path.lowering), columns, record


def assembled(stored: Stored, *, lazy: bool) -> OptimizerPath:
    """Build the path; columns of steps may be one longer than the path, which ends at a point."""
    head, parts, record = stored
    check_format("a path", record["format"], FORMAT)
    layout = None if record["layout"] is None else Layout.from_json(record["layout"])
    lowering = None
    if record["lowering"] is not None:
        buffers = Layout.from_json(record["buffers"])
        lowering = Lowering.from_arrays(head, layout or Layout(), buffers, record["lowering"])
    network = network_from_arrays(head) if "W0" in head or "W0_data" in head else None
    if record["moved"] is not None:
        reason = f"{record['moved']!r} changed, and is not recorded"
        network, lowering = None, Lowering(parameters=layout or Layout(), reason=reason)
    counts = _joined(parts["steps"])
    n, steps = len(counts), max(len(counts) - 1, 0)
    columns: dict[str, Any] = {"steps": counts}
    for names, rows in ((_OF_POINTS, n), (_OF_STEPS, steps)):
        for name in names:
            if name in parts:
                matrix = LazyRows(parts[name], rows)
                wide = lazy and name not in ("buffers", "learning_rates")
                columns[name] = matrix if wide else _read_only(np.asarray(matrix))
    columns.setdefault("parameters", np.zeros((n, 0)))
    if "loss" in parts:
        loss = _joined(parts["loss"])
        if layout is None or not np.isnan(loss).all():
            columns["loss"] = loss if layout is None else loss[:steps]
    batches = None
    if "batch_sizes" in parts and (layout is None or "batch_samples" in parts):
        sizes = _joined(parts["batch_sizes"])[:steps]
        if sizes.min(initial=0) < 0:
            raise InvalidInputError(f"`batch_sizes` must not be negative; got {sizes.min()}")
        samples = _joined(parts["batch_samples"])[: sizes.sum()]
        batches = np.split(samples, np.cumsum(sizes)[:-1]) if steps else []
    settings = {k: tuple(v) if isinstance(v, list) else v for k, v in record["settings"].items()}
    kept = ("optimizer", "lr", "status", "reason", "outside")
    return build(
        network, columns, batches=batches, layout=layout, lowering=lowering, settings=settings,
        **{name: record[name] for name in kept},
    )  # fmt: skip


def _joined(parts: Sequence[Any]) -> Any:
    return np.concatenate([np.asarray(part[:]) for part in parts])


def _read_only(array: Any) -> Any:
    array.setflags(write=False)
    return array
