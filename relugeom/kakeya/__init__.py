"""Direction sets, planar Kakeya constructions, and the bounds that stand beside them."""

from . import bounds, caps
from .compare import Comparison, compare
from .directions import DirectionCurve, DirectionSet
from .planar import PlanarSet, deltoid, exact_union_area, pal_triangle, perron_tree

__all__ = [
    "Comparison",
    "DirectionCurve",
    "DirectionSet",
    "PlanarSet",
    "bounds",
    "caps",
    "compare",
    "deltoid",
    "exact_union_area",
    "pal_triangle",
    "perron_tree",
]
