"""What is imported only when it is used: the public names of packages, and optional libraries."""

from __future__ import annotations

import ast
import pkgutil
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from .errors import MissingExtraError


def attach(package: str) -> list[str]:
    """Load on first use what the stub of a package names; return the names, for ``__all__``.

    The stub, ``__init__.pyi`` beside ``__init__.py``, is the one list of public names, for us as
    for type checkers: ``from .module import name as name`` and ``from . import module as module``.
    """
    stub = ast.parse(pkgutil.get_data(package, "__init__.pyi") or b"")
    home = {
        name.name: "." * node.level + (node.module or "")
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }

    class Package(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name not in home:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            if home[name] == ".":
                return import_module(f".{name}", package)  # which binds the name
            value = getattr(import_module(home[name], package), name)
            setattr(self, name, value)
            return value

        def __setattr__(self, name: str, value: Any) -> None:
            # importing a module binds its name, which may be that of a function of ours in it
            if isinstance(value, ModuleType) and home.get(name) == f".{name}":
                value = getattr(value, name)
            super().__setattr__(name, value)

        def __dir__(self) -> list[str]:
            return sorted(home)

    sys.modules[package].__class__ = Package
    return sorted(home)


def optional(module: str, extra: str, package: str = "") -> Any:
    """Return a module of an optional package, or say which extra of ours installs the package.

    ``package`` is needed where the package is not called like the module.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(package or module.partition(".")[0], extra) from error
