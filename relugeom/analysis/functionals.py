"""Linear functionals of a network's output on the regions of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .._check import float_array
from .._progress import progress_bar
from ..errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from ..networks.network import ReLUNetwork
    from ..regions.table import Regions


def functional_rows(net: ReLUNetwork, functional: ArrayLike | None) -> FloatArray:
    """Return functionals as rows, shape (k, output_dim); None: every output."""
    if functional is None:
        return np.eye(net.output_dim)
    rows = float_array("functional", functional)
    rows = rows[None, :] if rows.ndim == 1 else rows
    if rows.ndim != 2 or rows.shape[1] != net.output_dim:
        raise ShapeError(
            f"`functional` must have {net.output_dim} entries, one an output, or rows of so many; "
            f"got shape {np.shape(functional)}"
        )
    return rows


def affine_pieces(
    regions: Regions, rows: FloatArray, desc: str, progress: bool | None
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Yield the functionals as affine functions ``A @ x + c``, some regions at a time.

    Shapes (n, k, d) and (n, k). A progress bar with the label ``desc`` counts the regions.
    """
    with progress_bar(progress, total=len(regions), desc=desc, unit=" regions") as bar:
        for part, A, c in regions.affine_maps():
            yield part, rows @ A, c @ rows.T
            bar.update(len(A))
