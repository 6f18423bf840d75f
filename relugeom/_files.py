"""Files are written under a temporary name, then renamed: a reader never sees half a file."""

from __future__ import annotations

import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import FileFormatError

#: What reading a damaged file may raise.
BROKEN = (
    OSError, ValueError, EOFError, KeyError, IndexError, TypeError, AttributeError,
    NotImplementedError, OverflowError, SyntaxError, MemoryError, RuntimeError, struct.error,
    zlib.error, zipfile.BadZipFile,
)  # fmt: skip


def reason(error: BaseException) -> str:
    """Return the first line of what an error says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it takes the place of ``path``."""
    target = Path(path)
    folder(target.parent)
    if target.is_dir():
        raise FileFormatError(f"`{target}` must be a file; it is a folder")
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
        )
    except OSError as error:
        raise FileFormatError(f"`{target}` must be writable; got: {error.strerror}") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def folder(path: str | os.PathLike[str]) -> Path:
    """Return the folder ``path``, made if it does not exist."""
    target = Path(path)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileFormatError(f"`{target}` must be a folder; got: {error.strerror}") from error
    return target


def existing(path: str | os.PathLike[str], what: str) -> Path:
    """Return ``path`` if it is a file, else raise `FileFormatError` naming ``what``."""
    source = Path(path)
    if not source.is_file():
        raise FileFormatError(f"{what} must be an existing file; got {str(source)!r}")
    return source


def read_npz(path: str | os.PathLike[str], what: str) -> dict[str, Any]:
    """Return the arrays of an ``.npz`` file, or raise `FileFormatError`."""
    import numpy as np

    source = existing(path, what)
    try:
        with source.open("rb") as stream:
            stored = np.load(stream, allow_pickle=False)
            return {name: stored[name] for name in stored.files}
    except BROKEN as error:
        raise FileFormatError(
            f"{source.name} is not a readable npz file: {reason(error)}"
        ) from error
