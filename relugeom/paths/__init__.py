"""Optimizer paths: recording them, their region crossings, directional complexity, and bounds."""

from .bounds import Bound, CrossingBounds, crossing_bounds
from .complexity import DirectionalComplexity, directional_complexity
from .crossings import crossings, iter_crossings
from .events import Crossings, Moments, load_crossings
from .path import OptimizerPath, load_path
from .patterns import PatternCounts, distinct_patterns, freeze_time, hamming
from .train import train

__all__ = [
    "Bound",
    "CrossingBounds",
    "Crossings",
    "DirectionalComplexity",
    "Moments",
    "OptimizerPath",
    "PatternCounts",
    "crossing_bounds",
    "crossings",
    "directional_complexity",
    "distinct_patterns",
    "freeze_time",
    "hamming",
    "iter_crossings",
    "load_crossings",
    "load_path",
    "train",
]
