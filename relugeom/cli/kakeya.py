"""``relugeom kakeya``: Kakeya constructions."""

from __future__ import annotations

import argparse
from typing import Any

from .arguments import add_command
from .output import show


def add(commands: Any) -> None:
    """Add the command and its constructions to the parser."""
    kakeya = commands.add_parser("kakeya", help="Kakeya constructions")
    constructions = kakeya.add_subparsers(required=True, metavar="CONSTRUCTION")
    perron = add_command(constructions, "perron", run_perron, "a Perron tree and its area")
    perron.add_argument("--levels", type=int, default=8, metavar="K", help="2^K triangles")
    perron.add_argument("--plot", metavar="FILE", help="draw it (.png, .svg, .pdf)")


def run_perron(options: argparse.Namespace) -> int:
    """Print the area of a Perron tree, and draw it if asked to."""
    from ..kakeya.planar import perron_bound, perron_tree

    tree = perron_tree(options.levels)
    if options.plot:
        from ..plotting import plot_perron_tree, save_figure

        save_figure(plot_perron_tree(tree), options.plot)
    result = {
        "levels": options.levels,
        "pieces": len(tree.pieces),
        "triangle_area": tree.triangle_area,
        "area": tree.area,
        "ratio": tree.ratio,
        "bound": float(perron_bound(options.levels)),
        "area_method": tree.area_method,
    }
    show(result, options)
    return 0
