"""Reports: one self-contained HTML page from sections, tables and figures."""

from .html import Figure, Section, Table, write_report

__all__ = ["Figure", "Section", "Table", "write_report"]
