"""relugeom: exact geometry of ReLU networks and of Kakeya-style direction sets.

The names are listed in ``__init__.pyi`` and loaded on first use, so that ``import relugeom`` stays
cheap.
"""

from ._lazy import attach

__all__ = attach(__name__)
