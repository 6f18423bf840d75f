"""The Palmer penguins: 342 birds, four measurements, three species."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from .._check import frozen
from .._table import brief

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray


@brief
@dataclass(frozen=True, eq=False)
class Dataset:
    """A labelled table.

    Attributes
    ----------
    X : ndarray, shape (n, d), float64
        One row a sample; read-only.
    y : ndarray, shape (n,), int64
        Class of each sample, an index into ``class_names``; read-only.
    feature_names : tuple of str
        With their units.
    class_names : tuple of str
    source : str
        Where the data come from, and their licence.

    Examples
    --------
    >>> import relugeom as rg
    >>> data = rg.data.penguins()
    >>> data.X.shape, data.class_names
    ((342, 4), ('Adelie', 'Chinstrap', 'Gentoo'))
    """

    X: FloatArray
    y: IntArray
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    source: str

    def __len__(self) -> int:
        return int(self.X.shape[0])


def penguins() -> Dataset:
    """Return the Palmer penguins with all four measurements: 342 rows, 3 classes.

    Features: bill length and depth (mm), flipper length (mm), body mass (g), not scaled. Classes:
    Adelie 151, Chinstrap 68, Gentoo 123. CC0.

    Returns
    -------
    Dataset

    References
    ----------
    K. B. Gorman, T. D. Williams & W. R. Fraser (2014), PLoS ONE 9(3): e90081. A. M. Horst,
    A. P. Hill & K. B. Gorman (2020), palmerpenguins, doi:10.5281/zenodo.3960218.

    Examples
    --------
    >>> data = penguins()
    >>> data.X.shape, data.class_names
    ((342, 4), ('Adelie', 'Chinstrap', 'Gentoo'))
    """
    text = files(__package__).joinpath("penguins.csv").read_text(encoding="utf-8")
    lines = text.splitlines()
    source = " ".join(line[1:].strip() for line in lines if line.startswith("#"))
    header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    names = tuple(sorted({row[0] for row in rows}))
    return Dataset(
        X=frozen(np.array([row[1:] for row in rows], dtype=np.float64)),
        y=frozen(np.array([names.index(row[0]) for row in rows], dtype=np.int64)),
        feature_names=tuple(header[1:]),
        class_names=names,
        source=source,
    )
