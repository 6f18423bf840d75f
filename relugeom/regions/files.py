"""`Regions` to and from Parquet."""

from __future__ import annotations

import io
import json
import os
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import BROKEN, existing, replacing
from .._version import __version__
from ..arrangements.arrangement import HyperplaneArrangement
from ..arrangements.domains import Box, Domain, Polytope
from ..errors import FileFormatError, RelugeomError
from ..networks.files import network_arrays, network_from_arrays
from ..networks.network import ReLUNetwork
from ..tolerances import Tolerances
from .facets import FacetTable
from .problem import Source
from .table import Regions

if TYPE_CHECKING:
    from .._check import IntArray

_FORMAT = "relugeom regions 1"
_FIELDS = ("status", "message", "engine", "engine_reason", "undecided", "seconds")


def save_regions(regions: Regions, path: str | os.PathLike[str]) -> None:
    """Write a table as Parquet, the source, domain and status in its metadata.

    Columns: ``pattern`` (packed words, list of uint64), ``zeros`` (neurons that vanish, list of
    int64), ``point`` (list of double), ``facets`` (list of int64: neurons, or row r of the domain
    as -1 - r), ``coincident`` (bool). The last two only where they are known by now.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    n = len(regions)
    zero_start = np.searchsorted(regions.zeros[:, 0], np.arange(n + 1))
    columns = {
        "pattern": _fixed(pa, regions.words),
        "zeros": _lists(pa, zero_start, regions.zeros[:, 1]),
        "point": _fixed(pa, regions.points),
    }
    if regions.reported_facets is not None or "facet_table" in vars(regions):
        columns["facets"] = _lists(pa, regions.facet_start, regions.facets)
        columns["coincident"] = pa.array(regions.coincident)
    table = pa.table(columns)
    about = {name: getattr(regions, name) for name in _FIELDS}
    about["tolerances"] = asdict(regions.tolerances)
    about["domain"] = _describe(regions.domain)
    about["version"] = __version__
    metadata = {
        "relugeom.format": _FORMAT.encode(),
        "relugeom.about": json.dumps(about).encode(),
        "relugeom.source": _source_bytes(regions.source),
    }
    with replacing(path) as temporary:
        pq.write_table(table.replace_schema_metadata(metadata), temporary, compression="zstd")


def load_regions(path: str | os.PathLike[str]) -> Regions:
    """Read a table written by `Regions.save`.

    Parameters
    ----------
    path : path
        A Parquet file.

    Raises
    ------
    FileFormatError
        If the file is missing, broken, or holds something else.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "regions.parquet"
    >>> arrangement = rg.HyperplaneArrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    >>> rg.enumerate_regions(arrangement).save(file)
    >>> rg.load_regions(file)
    Regions(7 in R^2, complete, engine='sweep')
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = existing(path, "`path`")
    try:
        table = pq.read_table(source)
        metadata = table.schema.metadata or {}
        if metadata.get(b"relugeom.format") != _FORMAT.encode():
            raise FileFormatError(f"{source.name} is not a table of regions")
        about = json.loads(metadata[b"relugeom.about"])
        net_or_arr = _source(metadata[b"relugeom.source"])
        zero_start, zero_neuron = _ragged(table["zeros"])
        reported = None
        if "facets" in table.column_names or "coincident" in table.column_names:
            coincident = table["coincident"].cast(pa.bool_()).to_numpy()
            reported = partial(FacetTable, *_ragged(table["facets"]), coincident)
        zero_row = np.repeat(np.arange(len(table)), np.diff(zero_start))
        return Regions(
            source=net_or_arr,
            domain=_domain(about["domain"]),
            words=_rows(table["pattern"], np.uint64),
            zeros=np.column_stack([zero_row, zero_neuron]).astype(np.int64),
            points=_rows(table["point"], np.float64),
            reported_facets=reported,
            tolerances=Tolerances(**about["tolerances"]),
            **{name: about[name] for name in _FIELDS},
        )
    except FileFormatError:
        raise
    except (pa.ArrowException, RelugeomError, *BROKEN) as error:
        raise FileFormatError(
            f"{source.name} is not a readable table of regions: {error}"
        ) from error


def _fixed(pa: Any, rows: Any) -> Any:
    values = pa.array(np.ascontiguousarray(rows).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(values, rows.shape[1])


def _lists(pa: Any, start: IntArray, values: IntArray) -> Any:
    return pa.LargeListArray.from_arrays(pa.array(start, pa.int64()), pa.array(values, pa.int64()))


def _rows(column: Any, dtype: Any) -> Any:
    chunk = column.combine_chunks()
    width = chunk.type.list_size
    return np.ascontiguousarray(chunk.flatten().to_numpy(), dtype).reshape(-1, width)


def _ragged(column: Any) -> tuple[Any, Any]:
    chunk = column.combine_chunks()
    counts = chunk.value_lengths().to_numpy()
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return start, np.asarray(chunk.flatten().to_numpy(), np.int64)


def _describe(domain: Domain | None) -> dict[str, Any] | None:
    if domain is None:
        return None
    if isinstance(domain, Box):
        return {"lower": domain.lower.tolist(), "upper": domain.upper.tolist()}
    return {"A": domain.A.tolist(), "b": domain.b.tolist()}


def _domain(about: dict[str, Any] | None) -> Domain | None:
    if about is None:
        return None
    return Box(**about) if "lower" in about else Polytope(**about)


def _source_bytes(source: Source) -> bytes:
    arrays = (
        network_arrays(source)
        if isinstance(source, ReLUNetwork)
        else {"normals": source.normals, "offsets": source.offsets}
    )
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _source(stored: bytes) -> Source:
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        named = {name: arrays[name] for name in arrays.files}
    if "normals" in named:
        return HyperplaneArrangement(named["normals"], named["offsets"])
    return network_from_arrays(named)
