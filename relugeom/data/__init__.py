"""Small data sets that come with the package, so that examples need no network."""

from .._lazy import attach

__all__ = attach(__name__)
