"""Activation regions: the engines that enumerate them and the table that holds them."""

from .._lazy import attach

__all__ = attach(__name__)
