"""Small data sets that come with the package, so that examples need no network."""

from .palmer import Dataset, penguins

__all__ = ["Dataset", "penguins"]
