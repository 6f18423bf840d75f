"""Reports: one self-contained HTML page from sections, tables and figures."""

from .._lazy import attach

__all__ = attach(__name__)
