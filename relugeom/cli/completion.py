"""``relugeom completion``: scripts for completion in the shell."""

from __future__ import annotations

import argparse

from .arguments import Commands


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    completion = commands.add_parser(
        "completion", help="a script for completion in the shell",
        description='Print a script. For bash: eval "$(relugeom completion bash)" in ~/.bashrc.',
    )  # fmt: skip
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completion.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the script of a shell."""
    import shtab

    from .parser import build_parser

    parser = build_parser()
    todo = [parser]
    while todo:
        for action in todo.pop()._actions:
            if isinstance(action, argparse._SubParsersAction):
                todo += action.choices.values()
            elif action.metavar in ("NET", "FILE", "RUN", "OUT", "PROP", "FILE:I,J,K"):
                action.complete = shtab.FILE  # type: ignore[attr-defined]  # read by shtab
            elif action.metavar == "DIR":
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]  # read by shtab
    print(shtab.complete(parser, options.shell))
    return 0
