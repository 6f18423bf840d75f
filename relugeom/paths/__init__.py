"""Optimizer paths: recording them, their region crossings, directional complexity, and bounds."""

from .bounds import Bound, CrossingBounds, crossing_bounds
from .cell_report import CellReport, cell_report
from .cells import CellVisits, cell_visits
from .complexity import DirectionalComplexity, directional_complexity
from .crossings import Crossings, crossings
from .freezing import flip_quantiles, flip_rate, freeze_order, freeze_time
from .path import OptimizerPath, load_path
from .patterns import hamming, patterns_per_sample
from .train import train

__all__ = [
    "Bound",
    "CellReport",
    "CellVisits",
    "CrossingBounds",
    "Crossings",
    "DirectionalComplexity",
    "OptimizerPath",
    "cell_report",
    "cell_visits",
    "crossing_bounds",
    "crossings",
    "directional_complexity",
    "flip_quantiles",
    "flip_rate",
    "freeze_order",
    "freeze_time",
    "hamming",
    "load_path",
    "patterns_per_sample",
    "train",
]
