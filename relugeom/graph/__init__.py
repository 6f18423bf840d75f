"""The region adjacency graph (dual graph) and the questions asked of it; topology."""

from .._lazy import attach

__all__ = attach(__name__)
