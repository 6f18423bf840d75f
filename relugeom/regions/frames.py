"""`Regions` as tables of pyarrow, polars, pandas and geopandas."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from .._lazy import optional
from .._version import __version__
from ..arrangements.domains import Box, Domain
from ..networks.files import digest, network_arrays
from ..networks.network import ReLUNetwork
from .columns import compute_columns

if TYPE_CHECKING:
    import geopandas
    import pandas
    import polars
    import pyarrow
    from numpy.typing import ArrayLike

    from .problem import Source
    from .table import Regions

FORMAT = "relugeom regions 3"
FIELDS = ("status", "engine", "engine_reason", "undecided", "seconds")


def to_arrow(
    regions: Regions, columns: Sequence[str] = (), data: ArrayLike | None = None
) -> pyarrow.Table:
    """Return a `pyarrow.Table`; see `Regions.to_arrow`."""
    import pyarrow as pa

    start = np.searchsorted(regions.zeros[:, 0], np.arange(len(regions) + 1))
    table = {
        "words": _array(regions.words),
        "zeros": _lists(start, regions.zeros[:, 1]),
        "point": _array(regions.points),
    }
    if regions.reported_facets is not None or "facet_table" in vars(regions):
        table["facets"] = _lists(regions.facet_start, regions.facets)
        table["coincident"] = pa.array(regions.coincident)
    asked = compute_columns(regions, columns, data)
    table |= {name: _array(values) for name, values in asked.items()}
    return pa.table(table).replace_schema_metadata(_metadata(regions))


def to_polars(
    regions: Regions, columns: Sequence[str] = (), data: ArrayLike | None = None
) -> polars.DataFrame:
    """Return a `polars.DataFrame`; see `Regions.to_polars`."""
    pl = optional("polars", "frames")
    frame: polars.DataFrame = pl.from_arrow(to_arrow(regions, columns, data))
    return frame


def to_pandas(
    regions: Regions, columns: Sequence[str] = (), data: ArrayLike | None = None
) -> pandas.DataFrame:
    """Return a `pandas.DataFrame` of plain columns; see `Regions.to_pandas`."""
    pd = optional("pandas", "frames")
    names = ["signs", *(name for name in columns if name != "signs")]
    asked = compute_columns(regions, names, data)
    spread = {"signs": asked.pop("signs").astype(object)}
    for name, values in {"point": regions.points, **asked}.items():
        if values.ndim == 1:
            spread[name] = values
        else:
            spread.update({f"{name}_{c}": values[:, c] for c in range(values.shape[1])})
    frame: pandas.DataFrame = pd.DataFrame(spread)
    return frame


def to_geopandas(
    regions: Regions, columns: Sequence[str] = (), data: ArrayLike | None = None
) -> geopandas.GeoDataFrame:
    """Return a `geopandas.GeoDataFrame`; see `Regions.to_geopandas`."""
    geopandas = optional("geopandas", "frames")
    polygons = regions.polygons()
    return geopandas.GeoDataFrame(to_pandas(regions, columns, data), geometry=polygons)


def _metadata(regions: Regions) -> dict[str, bytes]:
    """Say what the regions are of, how they were found, and by which version."""
    arrays = source_arrays(regions.source)
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    about = {name: getattr(regions, name) for name in (*FIELDS, "message")}
    about["tolerances"] = asdict(regions.tolerances)
    about["domain"] = _described(regions.domain)
    about["version"] = __version__
    about["source"] = {"kind": type(regions.source).__name__, "sha256": digest(arrays)}
    return {
        "relugeom.format": FORMAT.encode(),
        "relugeom.about": json.dumps(about).encode(),
        "relugeom.source": base64.b64encode(stream.getvalue()),  # text, as Parquet demands
    }


def source_arrays(source: Source) -> dict[str, Any]:
    """Return the arrays that describe a network or an arrangement, by name."""
    if isinstance(source, ReLUNetwork):
        return network_arrays(source)
    return {"normals": source.normals, "offsets": source.offsets}


def _described(domain: Domain | None) -> dict[str, Any] | None:
    if domain is None:
        return None
    if isinstance(domain, Box):
        return {"lower": domain.lower.tolist(), "upper": domain.upper.tolist()}
    return {"A": domain.A.tolist(), "b": domain.b.tolist()}


def _array(values: Any) -> Any:
    """Return an arrow array; rows of a matrix become lists of fixed length."""
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return flat if values.ndim == 1 else pa.FixedSizeListArray.from_arrays(flat, values.shape[1])


def _lists(start: Any, values: Any) -> Any:
    import pyarrow as pa

    return pa.LargeListArray.from_arrays(pa.array(start, pa.int64()), pa.array(values, pa.int64()))
