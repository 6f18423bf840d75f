"""Figures to files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._files import replacing
from ..errors import UnsupportedError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

#: Metadata without dates: the same figure gives the same file.
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save_figure(figure: FigureBase | Axes, file: str | os.PathLike[str]) -> list[Path]:
    """Save a figure.

    Parameters
    ----------
    figure : Figure or Axes
    file : path
        With suffix .png, .svg or .pdf that file; without a known suffix both .png and .svg.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UnsupportedError
        If the suffix is that of another format.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> ax = rg.plotting.plot_perron_tree(rg.kakeya.perron_tree(2))
    >>> [f.name for f in save_figure(ax, pathlib.Path(tempfile.mkdtemp()) / "tree")]
    ['tree.png', 'tree.svg']
    """
    import matplotlib as mpl
    from matplotlib.figure import FigureBase

    target = Path(file)
    if target.suffix in _METADATA:
        files = [target]
    elif target.suffix in (".jpg", ".jpeg", ".gif", ".eps", ".ps", ".tif", ".tiff", ".webp"):
        raise UnsupportedError(f"`file` must end in .png, .svg or .pdf; got {target.suffix!r}")
    else:
        files = [target.with_name(target.name + suffix) for suffix in (".png", ".svg")]
    whole: Any = figure if isinstance(figure, FigureBase) else figure.get_figure(root=True)
    with mpl.rc_context({"svg.hashsalt": "relugeom"}):
        for each in files:
            with replacing(each) as temporary:
                whole.savefig(temporary, dpi=150, metadata=_METADATA[each.suffix])
    return files
