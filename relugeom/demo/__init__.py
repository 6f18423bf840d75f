"""The main job on real data: ``relugeom demo``."""

from .run import run
from .summary import summary_text

__all__ = ["run", "summary_text"]
