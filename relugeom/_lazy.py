"""What is imported only when it is used: optional packages."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .errors import MissingExtraError


def optional(module: str, extra: str, package: str = "") -> Any:
    """Return a module of an optional package, or say which extra of ours installs the package.

    ``package`` is needed where the package is not called like the module.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(package or module.partition(".")[0], extra) from error
