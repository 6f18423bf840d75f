"""Direction sets, planar Kakeya constructions, and the bounds that stand beside them."""

from . import bounds, caps
from .classical import deltoid, disc, pal_triangle, reuleaux_triangle
from .compare import Comparison, compare
from .directions import DirectionCurve, DirectionSet
from .kahane import kahane
from .needle import needle_set, pal_join
from .perron import perron_tree
from .planar import PlanarSet, exact_union_area
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
    "disc",
    "exact_union_area",
    "harmonic_heights",
    "kahane",
    "needle_set",
    "pal_join",
    "pal_triangle",
    "perron_tree",
    "reuleaux_triangle",
    "sprouted_area",
    "sprouted_tree",
]
