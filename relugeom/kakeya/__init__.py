"""Direction sets, tubes, planar Kakeya constructions, and the bounds that stand beside them."""

from . import bounds, caps, codes, dimension, finite_field, nulls
from ._area import exact_union_area
from .classical import deltoid, disc, pal_triangle, reuleaux_triangle
from .compare import Comparison, compare
from .directions import DirectionCurve, DirectionSet
from .frequent import FrequentDirections
from .kahane import kahane
from .lacunary import splitting_number
from .maximal import directional_averages, directional_maximal, kakeya_maximal
from .needle import needle_set, pal_join
from .perron import perron_tree
from .planar import PlanarSet
from .sketch import Sketch
from .sprouting import harmonic_heights, sprouted_area, sprouted_tree
from .sticky import coarse_tubes, heavy_shading, sticky_exponent, two_ends_constant
from .streaming import DoublingCover
from .tubes import TubeFamily
from .wolff import factor, frostman_constant, slab_constant, wolff_constant

__all__ = [
    "Comparison",
    "DirectionCurve",
    "DirectionSet",
    "DoublingCover",
    "FrequentDirections",
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
