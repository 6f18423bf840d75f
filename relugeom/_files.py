"""Files are written under a temporary name, then renamed: a reader never sees half a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import FileFormatError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it takes the place of ``path``."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def existing(path: str | os.PathLike[str], what: str) -> Path:
    """Return ``path`` if it is a file, else raise `FileFormatError` naming ``what``."""
    source = Path(path)
    if not source.is_file():
        raise FileFormatError(f"{what} must be an existing file; got {str(source)!r}")
    return source
