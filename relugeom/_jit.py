"""The one numba wrapper: cached where a cache can be written, nogil always."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` with numba, cached on disk unless no cache directory is writable."""
    options: dict[str, Any] = {"nogil": True, "fastmath": False, "error_model": "numpy"}
    try:
        compiled = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba found no directory to write its cache to
        compiled = numba.njit(cache=False, **options)(function)
    return compiled  # type: ignore[no-any-return]


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` as a part of its callers: for helpers that many arrays pass through."""
    return numba.njit(inline="always")(function)
