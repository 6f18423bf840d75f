"""Figures: one function each, drawing on given or new Axes and returning them.

Matplotlib is imported when a figure is drawn.
"""

from .._lazy import attach

__all__ = attach(__name__)
