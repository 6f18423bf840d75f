"""Direction sets, planar Kakeya constructions, and the bounds that stand beside them."""

from . import bounds, caps, codes, dimension, nulls
from .compare import Comparison, compare
from .directions import DirectionCurve, DirectionSet
from .planar import PlanarSet, deltoid, exact_union_area, pal_triangle, perron_tree
from .sketch import Sketch
from .streaming import DoublingCover
from .tubes import TubeFamily

__all__ = [
    "Comparison",
    "DirectionCurve",
    "DirectionSet",
    "DoublingCover",
    "PlanarSet",
    "Sketch",
    "TubeFamily",
    "bounds",
    "caps",
    "codes",
    "compare",
    "deltoid",
    "dimension",
    "exact_union_area",
    "nulls",
    "pal_triangle",
    "perron_tree",
]
