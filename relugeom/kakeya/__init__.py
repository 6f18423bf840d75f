"""Direction sets, planar Kakeya constructions, and the bounds that stand beside them."""

from . import bounds, caps, finite_field
from ._area import exact_union_area
from .classical import deltoid, disc, pal_triangle, reuleaux_triangle
from .compare import Comparison, compare
from .directions import DirectionCurve, DirectionSet
from .kahane import kahane
from .lacunary import splitting_number
from .maximal import directional_averages, directional_maximal, kakeya_maximal
from .needle import needle_set, pal_join
from .perron import perron_tree
from .planar import PlanarSet
from .sprouting import harmonic_heights, sprouted_area, sprouted_tree

__all__ = [
    "Comparison",
    "DirectionCurve",
    "DirectionSet",
    "PlanarSet",
    "bounds",
    "caps",
    "compare",
    "deltoid",
    "directional_averages",
    "directional_maximal",
    "disc",
    "exact_union_area",
    "finite_field",
    "harmonic_heights",
    "kahane",
    "kakeya_maximal",
    "needle_set",
    "pal_join",
    "pal_triangle",
    "perron_tree",
    "reuleaux_triangle",
    "splitting_number",
    "sprouted_area",
    "sprouted_tree",
]
