"""One HTML page that opens offline: styles and figures inside, nothing fetched, no scripts."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from .._files import existing, replacing
from ..errors import UnsupportedError

_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Table:
    """A table: numbers are set to the right and formatted, the rest is text."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Figure:
    """A PNG or SVG file, embedded, with its caption (also the text for those who cannot see it)."""

    file: str | os.PathLike[str]
    caption: str


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs, figures and tables under it."""

    title: str
    text: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()


def write_report(
    file: str | os.PathLike[str], title: str, lead: Sequence[str], sections: Sequence[Section]
) -> None:
    """Write an HTML page.

    Parameters
    ----------
    file : path
    title : str
    lead : sequence of str
        Paragraphs before the first section.
    sections : sequence of Section

    Raises
    ------
    FileFormatError
        If a figure's file is missing.
    UnsupportedError
        If a figure is neither PNG nor SVG.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> page = pathlib.Path(tempfile.mkdtemp()) / "report.html"
    >>> counts = Table("Counts", ["regions", "edges"], [[1950, 3824]])
    >>> write_report(page, "Moons", ["A net."], [Section("Regions", tables=[counts])])
    >>> "3,824" in page.read_text()
    True
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"show": show, "is_number": _is_number, "anchor": _anchor}
    environment.filters["embedded"] = _embedded
    template = files(__package__).joinpath("template.html.j2").read_text(encoding="utf-8")
    page = environment.from_string(template).render(title=title, lead=lead, sections=sections)
    with replacing(file) as temporary:
        temporary.write_text(page, encoding="utf-8")


def show(value: Any) -> str:
    """Return a value as text: thousands apart, four significant digits, - for what is missing.

    Examples
    --------
    >>> show(12345), show(0.000123456), show(3.0), show(12345.678), show(None)
    ('12,345', '0.0001235', '3', '12,346', '–')
    """
    if value is None or (_is_number(value) and np.isnan(value)):
        return "\u2013"
    if not _is_number(value):
        return str(value)
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if np.isinf(value):
        return "\u221e" if value > 0 else "\u2212\u221e"
    if abs(value) >= 1e7 or 0 < abs(value) < 1e-5:
        return f"{value:.3e}"
    return f"{value:,.0f}" if abs(value) >= 1e4 or value % 1 == 0 else f"{value:.4g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _embedded(file: str | os.PathLike[str]) -> str:
    """Return a figure as a data URI."""
    source = existing(file, "figure.file")
    if source.suffix not in _TYPES:
        raise UnsupportedError(f"`figure.file` must end in .png or .svg; got {source.name!r}")
    return f"data:{_TYPES[source.suffix]};base64,{b64encode(source.read_bytes()).decode()}"
