"""Optimizer paths: recording them, their region crossings, directional complexity, and bounds."""

from importlib import import_module
from typing import Any

from .bounds import Bound, CrossingBounds, crossing_bounds
from .complexity import DirectionalComplexity, directional_complexity
from .crossings import Crossings, crossings
from .files import load_path
from .path import OptimizerPath
from .patterns import PatternCounts, distinct_patterns, freeze_time, hamming
from .record import Recorder, record
from .rows import Rows
from .train import train

__all__ = [
    "Bound",
    "CrossingBounds",
    "Crossings",
    "DirectionalComplexity",
    "OptimizerPath",
    "PatternCounts",
    "Recorder",
    "Rows",
    "crossing_bounds",
    "crossings",
    "directional_complexity",
    "distinct_patterns",
    "freeze_time",
    "hamming",
    "load_path",
    "record",
    "train",
]


def __getattr__(name: str) -> Any:
    if name == "lightning":  # needs the package of that name
        return import_module(f"{__name__}.lightning")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
