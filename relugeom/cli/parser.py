"""The argument parser: one module of this package for each command."""

from __future__ import annotations

import argparse

from .._version import __version__
from . import check, completion, convert, demo, generalisation, graph, kakeya, margin, path, regions


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="relugeom", description="Exact geometry of ReLU networks and of direction sets."
    )
    parser.add_argument("--version", action="version", version=f"relugeom {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (
        demo, regions, graph, margin, check, path, generalisation, kakeya, convert, completion,
    ):  # fmt: skip
        command.add(commands)
    return parser
