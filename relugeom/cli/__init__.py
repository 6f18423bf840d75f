"""The command line, ``relugeom COMMAND``: one module for each command."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from .._files import reason
from ..errors import RelugeomError
from .parser import build_parser

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    0 done, 1 the work failed or is not complete, 2 bad usage or bad input (one line on stderr).

    Examples
    --------
    >>> main(["kakeya", "perron", "--levels", "2", "--json"])
    {"levels": 2, "pieces": 4, "triangle_area": 0.5, "area": 0.25, "ratio": 0.5, ...}
    0
    """
    options = build_parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.showwarning = _say_warning
        try:
            code: int = options.run(options)
            sys.stdout.flush()
        except RelugeomError as error:
            print(f"relugeom: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("relugeom: interrupted", file=sys.stderr)
            return 1
        except BrokenPipeError:  # the reader has seen enough
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            return 1
        except (OSError, MemoryError) as error:  # a full disk, say
            print(f"relugeom: {reason(error)}", file=sys.stderr)
            return 1
    return code


def _say_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"relugeom: warning: {message}", file=sys.stderr)
