"""Columns of a table of regions that are computed when asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .._batches import batches
from .._check import points
from ..errors import InvalidInputError
from .problem import bounded_domain

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .._check import FloatArray, IntArray
    from ..arrangements.domains import Domain
    from .table import Regions

_BOUNDED = ("volume", "output_low", "output_high")  # columns that need vertices


def compute_columns(
    regions: Regions, names: Sequence[str], data: ArrayLike | None = None
) -> dict[str, Any]:
    """Return columns by name, shapes (n,) or (n, k); `Regions.to_arrow` says what they are.

    Raises
    ------
    InvalidInputError
        If a column is not known, or ``data`` is missing.
    UnsupportedError
        If a column needs a network and the source is an arrangement.
    """
    check_columns(names, data, regions.domain, regions.dim)
    given = cast("ArrayLike", data)  # where it is needed, as checked
    return {
        name: _COLUMNS[name](regions) if name in _COLUMNS else _count(regions, given)
        for name in dict.fromkeys(names)
    }


def check_columns(
    names: Sequence[str], data: ArrayLike | None, domain: Domain | None, dim: int
) -> None:
    """Raise if columns cannot be computed of regions of a domain."""
    if isinstance(names, str) or not np.iterable(names):
        raise InvalidInputError(f"`columns` must be a sequence of names; got {names!r}")
    unknown = [name for name in names if name not in _COLUMNS and name != "data_count"]
    if unknown:
        known = ", ".join([*_COLUMNS, "data_count"])
        raise InvalidInputError(f"`columns` must be among {known}; got {unknown[0]!r}")
    if ("data_count" in names) != (data is not None):
        raise InvalidInputError(
            "`data` must be given with the column data_count and only then; "
            f"got columns {list(names)} {'without' if data is None else 'with'} data"
        )
    if data is not None:
        points("data", data, dim)
    for name in names:
        if name in _BOUNDED:
            bounded_domain(domain, f"the column {name}")


def _count(regions: Regions, data: ArrayLike) -> IntArray:
    index = regions.locate(data)
    return np.bincount(index[index >= 0], minlength=len(regions)).astype(np.int64)


def _signs(regions: Regions) -> NDArray[np.str_]:
    """Patterns as strings."""
    m, n = regions.n_neurons, len(regions)
    signs = np.empty(n, f"<U{max(m, 1)}")
    symbols = np.array(["0", "+", "-"])
    for rows in batches(n, m):
        letters = np.ascontiguousarray(symbols[regions.unpacked(rows)])
        signs[rows] = letters.view(f"<U{m}")[:, 0]
    return signs


def _maps(regions: Regions) -> tuple[FloatArray, FloatArray]:
    """Gradients (n, out, d) and offsets (n, out)."""
    net, n, d = regions.network, len(regions), regions.dim
    gradient, offset = np.empty((n, net.output_dim, d)), np.empty((n, net.output_dim))
    for rows, A, c in regions.affine_maps():
        gradient[rows], offset[rows] = A, c
    return gradient, offset


def _gradient(regions: Regions) -> FloatArray:
    gradient = _maps(regions)[0]
    n, out, d = gradient.shape
    return gradient.reshape(n, out * d)


def _gradient_norm(regions: Regions) -> FloatArray:
    gradient = _maps(regions)[0]
    return np.linalg.norm(gradient, 2, axis=(1, 2)) if len(gradient) else np.empty(0)


def _outputs(regions: Regions, extreme: np.ufunc) -> FloatArray:
    """Extremes over the vertices, where an affine function has them."""
    gradient, offset = _maps(regions)
    if len(regions) == 0:
        return offset
    start, vertices = regions.v_representation()
    cell = np.repeat(np.arange(len(regions)), np.diff(start))
    columns = [
        extreme.reduceat(np.einsum("vd,vd->v", gradient[cell, o], vertices), start[:-1])
        for o in range(gradient.shape[1])
    ]
    return np.column_stack(columns) + offset


_COLUMNS: dict[str, Callable[[Regions], NDArray[Any]]] = {
    "signs": _signs,
    "n_on": lambda r: np.bitwise_count(r.words).sum(axis=1, dtype=np.int64),
    "volume": lambda r: r.volumes,
    "inradius": lambda r: r.inradii,
    "centre": lambda r: r.centres,
    "n_facets": lambda r: np.diff(r.facet_start),
    "degree": lambda r: np.bincount(
        np.concatenate([r.neighbours.first, r.neighbours.second]), minlength=len(r)
    ),
    "linear_region": lambda r: r.linear_region,
    "gradient": _gradient,
    "offset": lambda r: _maps(r)[1],
    "gradient_norm": _gradient_norm,
    "output_low": lambda r: _outputs(r, np.minimum),
    "output_high": lambda r: _outputs(r, np.maximum),
}
