"""Optimizer paths: recording them, their region crossings, directional complexity, and bounds."""
