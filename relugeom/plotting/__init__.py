"""Figures: one function each, drawing on given or new Axes and returning them.

Names are loaded on first use; matplotlib is imported when a figure is drawn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .comparison import plot_comparison
    from .directions import (
        plot_direction_gram,
        plot_directional_complexity,
        plot_scree,
        plot_tantrix,
        plot_turning,
    )
    from .files import save_figure
    from .finite_field import plot_finite_field_bounds, plot_finite_field_set
    from .generalisation import plot_gap_study, plot_generalisation_bounds
    from .kakeya import plot_direction_curve
    from .loss_plane import plot_loss_plane
    from .one_sample import plot_one_sample
    from .parameter_space import plot_growth, plot_implied_constant, plot_parameter_plane
    from .paths import (
        plot_bounds,
        plot_crossings,
        plot_cumulative_crossings,
        plot_event_raster,
        plot_flip_rate,
        plot_freeze_profile,
    )
    from .planar import (
        plot_kahane,
        plot_perron_areas,
        plot_perron_tree,
        plot_perron_trees,
        plot_planar_set,
        plot_planar_sets,
    )
    from .regions import plot_region_graph, plot_regions
    from .topology import plot_critical_points, plot_persistence
    from .tubes import plot_stickiness, plot_tube_scales, plot_tubes
    from .wall_turns import plot_wall_turns

_HOME = {
    "plot_bounds": "paths",
    "plot_comparison": "comparison",
    "plot_critical_points": "topology",
    "plot_crossings": "paths",
    "plot_cumulative_crossings": "paths",
    "plot_direction_curve": "kakeya",
    "plot_direction_gram": "directions",
    "plot_directional_complexity": "directions",
    "plot_event_raster": "paths",
    "plot_finite_field_bounds": "finite_field",
    "plot_finite_field_set": "finite_field",
    "plot_flip_rate": "paths",
    "plot_freeze_profile": "paths",
    "plot_gap_study": "generalisation",
    "plot_generalisation_bounds": "generalisation",
    "plot_growth": "parameter_space",
    "plot_implied_constant": "parameter_space",
    "plot_kahane": "planar",
    "plot_loss_plane": "loss_plane",
    "plot_one_sample": "one_sample",
    "plot_parameter_plane": "parameter_space",
    "plot_perron_areas": "planar",
    "plot_perron_tree": "planar",
    "plot_perron_trees": "planar",
    "plot_persistence": "topology",
    "plot_planar_set": "planar",
    "plot_planar_sets": "planar",
    "plot_region_graph": "regions",
    "plot_regions": "regions",
    "plot_scree": "directions",
    "plot_stickiness": "tubes",
    "plot_tantrix": "directions",
    "plot_tube_scales": "tubes",
    "plot_tubes": "tubes",
    "plot_wall_turns": "wall_turns",
    "plot_turning": "directions",
    "save_figure": "files",
}

__all__ = [
    "plot_bounds",
    "plot_comparison",
    "plot_critical_points",
    "plot_crossings",
    "plot_cumulative_crossings",
    "plot_direction_curve",
    "plot_direction_gram",
    "plot_directional_complexity",
    "plot_event_raster",
    "plot_finite_field_bounds",
    "plot_finite_field_set",
    "plot_flip_rate",
    "plot_freeze_profile",
    "plot_gap_study",
    "plot_generalisation_bounds",
    "plot_growth",
    "plot_implied_constant",
    "plot_kahane",
    "plot_loss_plane",
    "plot_one_sample",
    "plot_parameter_plane",
    "plot_perron_areas",
    "plot_perron_tree",
    "plot_perron_trees",
    "plot_persistence",
    "plot_planar_set",
    "plot_planar_sets",
    "plot_region_graph",
    "plot_regions",
    "plot_scree",
    "plot_stickiness",
    "plot_tantrix",
    "plot_tube_scales",
    "plot_tubes",
    "plot_turning",
    "plot_wall_turns",
    "save_figure",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
