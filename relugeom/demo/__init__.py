"""The main job on real data: ``relugeom demo``."""

from .run import run, summary_text

__all__ = ["run", "summary_text"]
