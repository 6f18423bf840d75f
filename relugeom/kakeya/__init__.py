"""Direction sets, tubes, planar Kakeya constructions, and the bounds that stand beside them."""

from .._lazy import attach

__all__ = attach(__name__)
