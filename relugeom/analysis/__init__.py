"""What a piecewise-linear network does over a domain: extremes, steepness, margins, proofs."""

from .._lazy import attach

__all__ = attach(__name__)
