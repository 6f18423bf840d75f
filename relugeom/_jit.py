"""The one numba wrapper: cached where a cache can be written, nogil always."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar, cast

import numba
from numba.core import cgutils
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])
A = TypeVar("A")


def jit(function: F) -> F:
    """Compile ``function`` with numba, cached on disk unless no cache directory is writable."""
    compiled: Any = numba.njit(nogil=True, error_model="numpy")(function)
    with suppress(RuntimeError):  # numba found no directory to write its cache to
        compiled._cache = _Cache(function)
    return compiled  # type: ignore[no-any-return]  # a dispatcher, called like the function


class _Cache(FunctionCache):
    """Numba's cache on disk, out of date as soon as any kernel of the package changes.

    Numba itself looks at the file of the function alone, and would go on using what it compiled
    with callees of another file that have changed since.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]  # of numba
        stamp = self._impl.locator.get_source_stamp(), _sources()
        self._cache_file = _Index(self._cache_path, self._impl.filename_base, stamp)  # type: ignore[no-untyped-call]  # of numba


class _Index(IndexDataCacheFile):
    """The index of a function's compiled versions; one that names types of old is out of date."""

    def _load_index(self) -> Any:
        try:
            return super()._load_index()  # type: ignore[no-untyped-call]  # of numba
        except (AttributeError, ImportError, EOFError, pickle.UnpicklingError):
            return {}


@cache
def _sources() -> str:
    """Return a digest of this file and of all kernels."""
    digest = hashlib.sha256()
    for name, text in sorted(_kernels(files(__package__), "")):
        digest.update(f"{name} {len(text)} ".encode() + text)
    return digest.hexdigest()


def _kernels(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = entry.name
        if entry.is_dir():
            yield from _kernels(entry, f"{path}{name}/")
        elif name == "_jit.py" or (name.startswith("_kernel") and name.endswith(".py")):
            yield path + name, entry.read_bytes()


def inlined(function: F) -> F:
    """Compile ``function`` as a part of its callers: for helpers that many arrays pass through."""
    compiled: Any = numba.njit(inline="always")(function)
    return compiled  # type: ignore[no-any-return]  # a dispatcher, called like the function


def _borrowed(typing_context: Any, array: Any) -> Any:
    """Return, in a kernel, the same array without its reference count.

    Numba counts a reference to every array that a helper is given, with an atomic instruction each;
    on a hot path that costs more than the work. What is borrowed must not outlive the kernel call.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, value=arguments[0])
        nothing: Any = cgutils.get_null_value
        view.meminfo = nothing(view.meminfo.type)
        view.parent = nothing(view.parent.type)
        return view._getvalue()

    return array(array), generate


def _float_of_bits(typing_context: Any, bits: Any) -> Any:
    """Return, in a kernel, the float64 whose bits are those of an int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(numba.float64))

    return numba.float64(numba.int64), generate


borrowed = cast(Callable[[A], A], intrinsic(_borrowed))
float_of_bits = cast(Callable[[int], float], intrinsic(_float_of_bits))
