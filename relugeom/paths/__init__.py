"""Optimizer paths: recording them, their region crossings, directional complexity, and bounds."""

from .._lazy import attach

__all__ = attach(__name__)
