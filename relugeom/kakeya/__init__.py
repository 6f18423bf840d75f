"""Direction sets, tubes, planar Kakeya constructions, and the bounds that stand beside them."""

from . import bounds, caps, codes, dimension, nulls
from .compare import Comparison, compare
from .directions import DirectionCurve, DirectionSet
from .planar import PlanarSet, deltoid, exact_union_area, pal_triangle, perron_tree
from .sketch import Sketch
from .sticky import coarse_tubes, heavy_shading, sticky_exponent, two_ends_constant
from .streaming import DoublingCover
from .tubes import TubeFamily
from .wolff import factor, frostman_constant, slab_constant, wolff_constant

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
    "coarse_tubes",
    "codes",
    "compare",
    "deltoid",
    "dimension",
    "exact_union_area",
    "factor",
    "frostman_constant",
    "heavy_shading",
    "nulls",
    "pal_triangle",
    "perron_tree",
    "slab_constant",
    "sticky_exponent",
    "two_ends_constant",
    "wolff_constant",
]
