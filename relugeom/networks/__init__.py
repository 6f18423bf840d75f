"""Piecewise-linear networks in one canonical form, and importers into it."""

from .._lazy import attach

__all__ = attach(__name__)
