"""Hyperplane arrangements, domains, named families and counting formulas."""

from .._lazy import attach

__all__ = attach(__name__)
