"""``relugeom demo``: the main job on real data."""

from __future__ import annotations

import argparse
import json

from .arguments import Commands, add_command, seed


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    demo = add_command(commands, "demo", run, "the main job on real data, with a report")
    demo.add_argument("--out", default="demo", metavar="DIR", help="where to write (%(default)s)")
    demo.add_argument("--seed", type=seed, default=0, help="of all randomness (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Run the main job; 1 where one of its checks fails."""
    from ..demo import run as run_demo
    from ..demo import summary_text

    summary = run_demo(options.out, seed=options.seed, progress=False if options.json else None)
    print(json.dumps(summary) if options.json else summary_text(summary))
    return 0 if all(check["holds"] for check in summary["checks"]) else 1
