"""Files are written under a temporary name, then renamed: a reader never sees half a file."""

from __future__ import annotations

import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import FileFormatError, UnsupportedError

#: What reading a damaged file may raise.
BROKEN = (
    OSError, ValueError, EOFError, KeyError, IndexError, TypeError, AttributeError,
    NotImplementedError, OverflowError, SyntaxError, MemoryError, RuntimeError, struct.error,
    zlib.error, zipfile.BadZipFile,
)  # fmt: skip


def reason(error: BaseException) -> str:
    """Return the first line of what an error says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def writable(file: str | os.PathLike[str], suffixes: Sequence[str], name: str = "file") -> str:
    """Return the suffix, in lower case, of a file that can be written, else raise.

    To be called before the work whose result the file is to hold; ``name`` is the argument's.
    """
    target = Path(file)
    suffix = target.suffix.lower()
    if suffix not in suffixes:
        *others, last = suffixes
        known = f"{', '.join(others)} or {last}" if others else last
        raise UnsupportedError(f"`{name}` must end in {known}; got {os.fspath(file)!r}")
    if target.is_dir():
        raise FileFormatError(f"`{name}` must be a file; got the folder {str(target)!r}")
    above = next((folder for folder in target.parents if folder.exists()), Path())
    if not above.is_dir():
        raise FileFormatError(f"`{name}` must lie in a folder; got one in the file {str(above)!r}")
    if not os.access(above, os.W_OK):
        raise FileFormatError(
            f"`{name}` must lie in a folder that can be written; got one in {str(above)!r}"
        )
    return suffix


@contextmanager
def replacing(file: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary file beside ``file``; on success it takes the place of ``file``."""
    target = Path(file)
    folder(target.parent)
    if target.is_dir():
        raise FileFormatError(f"`file` must be a file; got the folder {str(target)!r}")
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


def existing(file: str | os.PathLike[str], name: str = "file") -> Path:
    """Return ``file`` if it is a file, else raise `FileFormatError`; ``name`` is the argument's."""
    source = Path(file)
    if not source.is_file():
        raise FileFormatError(f"`{name}` must be an existing file; got {str(source)!r}")
    return source


def check_format(name: str, stored: object, known: str) -> None:
    """Raise `FileFormatError` unless the file called ``name`` has the format that is known."""
    if isinstance(stored, bytes):
        stored = stored.decode(errors="replace")
    if stored != known:
        raise FileFormatError(f"{name} must have the format {known!r}; got {stored!r}")


def read_npz(file: str | os.PathLike[str], name: str = "file") -> dict[str, Any]:
    """Return the arrays of an ``.npz`` file, or raise `FileFormatError`."""
    import numpy as np

    source = existing(file, name)
    if not zipfile.is_zipfile(source):
        raise FileFormatError(f"{source.name} is not a readable npz file: it is no zip archive")
    try:
        with source.open("rb") as stream:
            stored = np.load(stream, allow_pickle=False)
            return {key: stored[key] for key in stored.files}
    except BROKEN as error:
        raise FileFormatError(
            f"{source.name} is not a readable npz file: {reason(error)}"
        ) from error
