"""The one numba wrapper: cached where a cache can be written, nogil always."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.core import cgutils
from numba.extending import intrinsic


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


@intrinsic
def borrowed(typing_context: Any, array: Any) -> Any:
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
