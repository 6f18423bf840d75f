"""Direction sets, tubes, planar Kakeya constructions, and the bounds that stand beside them.

Names are loaded on first use: `import relugeom.kakeya` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import bounds, caps, codes, dimension, finite_field, nulls
    from ._area import exact_union_area
    from .classical import deltoid, disc, pal_triangle, reuleaux_triangle
    from .comparison import Comparison, compare
    from .direction_table import DirectionTable
    from .directions import DirectionCurve, DirectionSet
    from .frequent import FrequentDirections
    from .kahane_set import kahane
    from .lacunary import splitting_number
    from .maximal import directional_averages, directional_maximal, kakeya_maximal
    from .needle import needle_set, pal_join
    from .perron import perron_tree
    from .planar import PlanarSet
    from .sketch import Sketch
    from .sprouting import harmonic_heights, sprouted_area, sprouted_tree
    from .sticky import coarse_tubes, heavy_shading, sticky_exponent, two_ends_constant
    from .streaming import DoublingCover
    from .tangents import PathTubes, path_tubes
    from .tube_table import TubeTable
    from .tubes import TubeFamily
    from .wolff import factor, frostman_constant, slab_constant, wolff_constant

_SUBMODULES = ("bounds", "caps", "codes", "dimension", "finite_field", "nulls")
_HOME = {
    "exact_union_area": "_area",
    "deltoid": "classical",
    "disc": "classical",
    "pal_triangle": "classical",
    "reuleaux_triangle": "classical",
    "Comparison": "comparison",
    "compare": "comparison",
    "DirectionTable": "direction_table",
    "DirectionCurve": "directions",
    "DirectionSet": "directions",
    "FrequentDirections": "frequent",
    "kahane": "kahane_set",
    "splitting_number": "lacunary",
    "directional_averages": "maximal",
    "directional_maximal": "maximal",
    "kakeya_maximal": "maximal",
    "needle_set": "needle",
    "pal_join": "needle",
    "PathTubes": "tangents",
    "path_tubes": "tangents",
    "perron_tree": "perron",
    "PlanarSet": "planar",
    "Sketch": "sketch",
    "harmonic_heights": "sprouting",
    "sprouted_area": "sprouting",
    "sprouted_tree": "sprouting",
    "coarse_tubes": "sticky",
    "heavy_shading": "sticky",
    "sticky_exponent": "sticky",
    "two_ends_constant": "sticky",
    "DoublingCover": "streaming",
    "TubeTable": "tube_table",
    "TubeFamily": "tubes",
    "factor": "wolff",
    "frostman_constant": "wolff",
    "slab_constant": "wolff",
    "wolff_constant": "wolff",
}

__all__ = [
    "Comparison",
    "DirectionCurve",
    "DirectionSet",
    "DirectionTable",
    "DoublingCover",
    "FrequentDirections",
    "PathTubes",
    "PlanarSet",
    "Sketch",
    "TubeFamily",
    "TubeTable",
    "bounds",
    "caps",
    "coarse_tubes",
    "codes",
    "compare",
    "deltoid",
    "dimension",
    "directional_averages",
    "directional_maximal",
    "disc",
    "exact_union_area",
    "factor",
    "finite_field",
    "frostman_constant",
    "harmonic_heights",
    "heavy_shading",
    "kahane",
    "kakeya_maximal",
    "needle_set",
    "nulls",
    "pal_join",
    "pal_triangle",
    "path_tubes",
    "perron_tree",
    "reuleaux_triangle",
    "slab_constant",
    "splitting_number",
    "sprouted_area",
    "sprouted_tree",
    "sticky_exponent",
    "two_ends_constant",
    "wolff_constant",
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
