"""Hyperplane arrangements, domains, named families and counting formulas."""

from importlib import import_module
from typing import Any

from .arrangement import HyperplaneArrangement
from .domains import AffineSlice, Box, Polytope

__all__ = ["AffineSlice", "Box", "HyperplaneArrangement", "Polytope", "counting", "families"]


def __getattr__(name: str) -> Any:
    if name in ("counting", "families"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
