from . import counting as counting
from . import families as families
from .arrangement import HyperplaneArrangement as HyperplaneArrangement
from .domains import AffineSlice as AffineSlice
from .domains import Box as Box
from .domains import Polytope as Polytope
