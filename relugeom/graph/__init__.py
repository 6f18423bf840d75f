"""The region adjacency graph (dual graph) and the questions asked of it; topology."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "topology":
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
