"""Piecewise-linear networks in one canonical form, and importers into it."""
