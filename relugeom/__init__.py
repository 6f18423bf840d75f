"""relugeom: exact geometry of ReLU networks and of Kakeya-style direction sets.

The names below are loaded on first use, so that ``import relugeom`` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from . import arrangements, data, errors, generalisation, graph, kakeya, paths, plotting
    from .analysis.extremes import extremes
    from .analysis.integral import integral
    from .analysis.level_set import level_set
    from .analysis.lipschitz import lipschitz
    from .analysis.margin import margin
    from .analysis.neighbourhood import nearest_regions
    from .analysis.verify import check
    from .analysis.vnnlib import load_vnnlib
    from .arrangements.arrangement import HyperplaneArrangement
    from .arrangements.domains import AffineSlice, Box, Polytope
    from .errors import RelugeomError
    from .graph.adjacency import RegionGraph
    from .graph.expressivity import expressivity
    from .networks.files import load_network, save_network
    from .networks.from_keras import from_keras
    from .networks.from_sklearn import from_sklearn
    from .networks.from_torch import from_torch
    from .networks.network import ReLUNetwork
    from .paths.bounds import crossing_bounds
    from .paths.cell_report import cell_report
    from .paths.complexity import directional_complexity
    from .paths.crossings import crossings, iter_crossings
    from .paths.events import load_crossings
    from .paths.files import load_path
    from .paths.growth import growth_study
    from .paths.landscape import loss_plane
    from .paths.path import OptimizerPath
    from .paths.planes import parameter_plane
    from .paths.record import record
    from .paths.train import train
    from .regions.enumerate import count_regions, enumerate_regions, iter_regions
    from .regions.files import load_regions
    from .regions.segments import crossings_on_segment, walk
    from .regions.table import Regions
    from .tolerances import Tolerances

_SUBMODULES = (
    "arrangements",
    "data",
    "errors",
    "generalisation",
    "graph",
    "kakeya",
    "paths",
    "plotting",
)
_HOME = {
    "extremes": "analysis.extremes",
    "integral": "analysis.integral",
    "level_set": "analysis.level_set",
    "lipschitz": "analysis.lipschitz",
    "margin": "analysis.margin",
    "nearest_regions": "analysis.neighbourhood",
    "check": "analysis.verify",
    "HyperplaneArrangement": "arrangements.arrangement",
    "AffineSlice": "arrangements.domains",
    "Box": "arrangements.domains",
    "Polytope": "arrangements.domains",
    "load_vnnlib": "analysis.vnnlib",
    "RelugeomError": "errors",
    "RegionGraph": "graph.adjacency",
    "expressivity": "graph.expressivity",
    "load_network": "networks.files",
    "save_network": "networks.files",
    "from_keras": "networks.from_keras",
    "from_sklearn": "networks.from_sklearn",
    "from_torch": "networks.from_torch",
    "ReLUNetwork": "networks.network",
    "crossing_bounds": "paths.bounds",
    "cell_report": "paths.cell_report",
    "directional_complexity": "paths.complexity",
    "crossings": "paths.crossings",
    "growth_study": "paths.growth",
    "iter_crossings": "paths.crossings",
    "load_crossings": "paths.events",
    "OptimizerPath": "paths.path",
    "load_path": "paths.files",
    "record": "paths.record",
    "loss_plane": "paths.landscape",
    "parameter_plane": "paths.planes",
    "train": "paths.train",
    "count_regions": "regions.enumerate",
    "enumerate_regions": "regions.enumerate",
    "iter_regions": "regions.enumerate",
    "load_regions": "regions.files",
    "crossings_on_segment": "regions.segments",
    "walk": "regions.segments",
    "Regions": "regions.table",
    "Tolerances": "tolerances",
}

__all__ = [
    "AffineSlice",
    "Box",
    "HyperplaneArrangement",
    "OptimizerPath",
    "Polytope",
    "ReLUNetwork",
    "RegionGraph",
    "Regions",
    "RelugeomError",
    "Tolerances",
    "__version__",
    "arrangements",
    "cell_report",
    "check",
    "count_regions",
    "crossing_bounds",
    "crossings",
    "crossings_on_segment",
    "data",
    "directional_complexity",
    "enumerate_regions",
    "errors",
    "expressivity",
    "extremes",
    "from_keras",
    "from_sklearn",
    "from_torch",
    "generalisation",
    "graph",
    "growth_study",
    "integral",
    "iter_crossings",
    "iter_regions",
    "kakeya",
    "level_set",
    "lipschitz",
    "load_crossings",
    "load_network",
    "load_path",
    "load_regions",
    "load_vnnlib",
    "loss_plane",
    "margin",
    "nearest_regions",
    "parameter_plane",
    "paths",
    "plotting",
    "record",
    "save_network",
    "train",
    "walk",
]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        value: Any = import_module(f"{__name__}.{name}")
    elif name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
