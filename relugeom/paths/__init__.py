"""Optimizer paths: recording them, their region crossings, directional complexity, and bounds."""

from importlib import import_module
from typing import Any

from .._bound import Bound
from .bounds import CrossingBounds, crossing_bounds
from .cell_report import CellReport, cell_report
from .cells import CellVisits, cell_visits
from .complexity import DirectionalComplexity, directional_complexity
from .cover import PlaneCover, plane_cover
from .crossings import crossings, iter_crossings
from .events import Crossings, Moments, load_crossings
from .files import load_path
from .first_layer import LayerCells, NeuronWalks, layer_cells, neuron_walks
from .freezing import flip_quantiles, flip_rate, freeze_order, freeze_time
from .growth import GrowthStudy, growth_study
from .growth_fits import GrowthFit, GrowthFits, fit_growth
from .landscape import LossPlane, loss_plane
from .path import OptimizerPath
from .patterns import hamming, patterns_per_sample
from .planes import ParameterPlane, line_crossings, parameter_plane, path_plane, plane_walls
from .record import Recorder, record
from .rows import Rows
from .streaming import DirectionStream, StreamedComplexity, streaming_complexity
from .train import train
from .wall_turns import WallTurns, wall_turns

__all__ = [
    "Bound",
    "CellReport",
    "CellVisits",
    "CrossingBounds",
    "Crossings",
    "DirectionStream",
    "DirectionalComplexity",
    "GrowthFit",
    "GrowthFits",
    "GrowthStudy",
    "LayerCells",
    "LossPlane",
    "Moments",
    "NeuronWalks",
    "OptimizerPath",
    "ParameterPlane",
    "PlaneCover",
    "Recorder",
    "Rows",
    "StreamedComplexity",
    "WallTurns",
    "cell_report",
    "cell_visits",
    "crossing_bounds",
    "crossings",
    "directional_complexity",
    "fit_growth",
    "flip_quantiles",
    "flip_rate",
    "freeze_order",
    "freeze_time",
    "growth_study",
    "hamming",
    "iter_crossings",
    "layer_cells",
    "line_crossings",
    "load_crossings",
    "load_path",
    "loss_plane",
    "neuron_walks",
    "parameter_plane",
    "path_plane",
    "patterns_per_sample",
    "plane_cover",
    "plane_walls",
    "record",
    "streaming_complexity",
    "train",
    "wall_turns",
]


def __getattr__(name: str) -> Any:
    if name == "lightning":  # imports the package of that name
        return import_module(f"{__name__}.lightning")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
