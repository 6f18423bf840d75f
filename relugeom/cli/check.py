"""``relugeom check``: a property proved or refuted, in the format of the competition."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .arguments import Commands, add_command, add_network, read_network
from .output import show


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    check = add_command(commands, "check", run, "prove a property of a network, or refute it")
    add_network(check)
    check.add_argument("property", metavar="PROP", help="unsafe inputs and outputs, as .vnnlib")
    check.add_argument(
        "--max-pieces", type=int, default=1_000_000, metavar="N",
        help="give up after N pieces of the domain (%(default)s)",
    )  # fmt: skip
    check.add_argument("--time-limit", type=float, metavar="SECONDS", help="give up after so long")
    check.add_argument("--out", metavar="FILE", help="write the result there, too")


def run(options: argparse.Namespace) -> int:
    """Print sat with a counterexample, unsat, unknown or timeout."""
    from .._files import replacing
    from ..analysis.verify import check

    found = check(
        read_network(options), options.property, max_pieces=options.max_pieces,
        time_limit=options.time_limit, progress=False if options.json else None,
    )  # fmt: skip
    text = found.to_vnncomp()
    if options.out:
        with replacing(Path(options.out)) as temporary:
            temporary.write_text(text, "ascii")
    if options.json:
        result = {
            "verdict": found.verdict,
            "complete": found.complete,
            "status": found.status,
            "message": found.message,
            "counterexample": _listed(found.counterexample),
            "output": _listed(found.output),
            "pieces": found.pieces,
            "remaining": found.remaining,
            "undecided": found.undecided,
            "seconds": found.seconds,
        }
        show(result, options)
    else:
        print(text, end="")
        print(f"relugeom: {found.message}, in {found.seconds:.3g} s", file=sys.stderr)
    return 0 if found.complete else 1


def _listed(values: Any) -> list[float] | None:
    return None if values is None else values.tolist()
