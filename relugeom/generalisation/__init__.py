"""Generalisation: the measured gap beside bounds on it, random-subspace training, gap studies."""

from .._lazy import attach

__all__ = attach(__name__)
