"""`Regions` to and from files."""

from __future__ import annotations

import base64
import io
import json
import os
import warnings
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import BROKEN, check_format, existing, reason, replacing, writable
from .._lazy import optional
from ..arrangements.arrangement import HyperplaneArrangement
from ..arrangements.domains import Box, Domain, Polytope
from ..errors import FileFormatError, RelugeomError, UnsupportedError
from ..networks.files import digest, network_from_arrays
from ..tolerances import Tolerances
from .columns import check_columns
from .facets import FacetTable
from .frames import FIELDS, FORMAT, source_arrays, to_arrow, to_geopandas
from .problem import Source, bounded_domain
from .table import Regions

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import ArrayLike, DTypeLike, NDArray

_DRIVERS = {".geojson": "GeoJSON", ".gpkg": "GPKG"}
_OPTIONS = {".geojson": {"COORDINATE_PRECISION": 17}}  # digits that give every float back


def save_regions(
    regions: Regions,
    file: str | os.PathLike[str],
    columns: Sequence[str] = (),
    data: ArrayLike | None = None,
) -> None:
    """Write a table as Parquet, GeoJSON or GeoPackage; see `Regions.save`."""
    suffix = check_save(file, columns, data, regions.domain, regions.dim)
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        table = to_arrow(regions, columns, data)
        with replacing(file) as temporary:
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
        return
    frame = to_geopandas(regions, columns, data)
    with replacing(file) as temporary:
        temporary.unlink()  # the writer adds to a file that exists
        with warnings.catch_warnings():  # the plane has no geographic coordinate system
            warnings.filterwarnings("ignore", "'crs' was not provided")
            options = _OPTIONS.get(suffix, {})
            frame.to_file(temporary, driver=_DRIVERS[suffix], layer="regions", **options)


def check_save(
    file: str | os.PathLike[str],
    columns: Sequence[str],
    data: ArrayLike | None,
    domain: Domain | None,
    dim: int,
) -> str:
    """Raise what saving regions of a domain would raise, before they are enumerated.

    Returns the suffix of the file.
    """
    suffix = writable(file, [".parquet", *_DRIVERS])
    if suffix in _DRIVERS:
        if dim != 2:
            raise UnsupportedError(
                f"the regions of polygons must lie in the plane; got regions in R^{dim}. "
                "Restrict the network to a slice first, or save as .parquet"
            )
        bounded_domain(domain, f"{suffix} files")
        optional("geopandas", "frames")
    check_columns(columns, data, domain, dim)
    return suffix


def load_regions(file: str | os.PathLike[str]) -> Regions:
    """Read a table written by `Regions.save`.

    Parameters
    ----------
    file : path
        A Parquet file.

    Returns
    -------
    Regions

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

    stored = existing(file)
    try:
        table = pq.read_table(stored, page_checksum_verification=True)
        metadata = table.schema.metadata or {}
        check_format(stored.name, metadata.get(b"relugeom.format"), FORMAT)
        about = json.loads(metadata[b"relugeom.about"])
        source = _source(metadata[b"relugeom.source"])
        if digest(source_arrays(source)) != about["source"]["sha256"]:
            raise ValueError("its weights do not have the SHA-256 that it says")
        zero_start, zero_neuron = _ragged(table["zeros"])
        reported = None
        if "facets" in table.column_names or "coincident" in table.column_names:
            coincident = table["coincident"].cast(pa.bool_()).to_numpy()
            reported = partial(FacetTable, *_ragged(table["facets"]), coincident)
        zero_row = np.repeat(np.arange(len(table)), np.diff(zero_start))
        return Regions(
            source=source,
            domain=_domain(about["domain"]),
            words=_rows(table["words"], np.uint64),
            zeros=np.column_stack([zero_row, zero_neuron]).astype(np.int64),
            points=_rows(table["point"], np.float64),
            reported_facets=reported,
            tolerances=Tolerances(**about["tolerances"]),
            **{name: about[name] for name in FIELDS},
        )
    except FileFormatError:
        raise
    except (pa.ArrowException, RelugeomError, *BROKEN) as error:
        raise FileFormatError(
            f"{stored.name} is not a readable table of regions: {reason(error)}"
        ) from error


def _rows(column: pa.ListArray, dtype: DTypeLike) -> NDArray[Any]:
    chunk = column.combine_chunks()
    width = chunk.type.list_size
    return np.ascontiguousarray(chunk.flatten().to_numpy(), dtype).reshape(-1, width)


def _ragged(column: pa.ListArray) -> tuple[NDArray[Any], NDArray[Any]]:
    chunk = column.combine_chunks()
    counts = chunk.value_lengths().to_numpy()
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return start, np.asarray(chunk.flatten().to_numpy(), np.int64)


def _domain(about: dict[str, Any] | None) -> Domain | None:
    if about is None:
        return None
    return Box(**about) if "lower" in about else Polytope(**about)


def _source(stored: bytes) -> Source:
    with np.load(io.BytesIO(base64.b64decode(stored)), allow_pickle=False) as arrays:
        named = {name: arrays[name] for name in arrays.files}
    if "normals" in named:
        return HyperplaneArrangement(named["normals"], named["offsets"])
    return network_from_arrays(named)
