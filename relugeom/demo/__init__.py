"""The main job on real data: ``relugeom demo``."""

from .._lazy import attach

__all__ = attach(__name__)
