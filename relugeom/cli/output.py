"""What the commands print: one JSON object, or a table a person can read."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .._table import finite


def show(result: dict[str, Any], options: argparse.Namespace) -> None:
    """Print a result as one JSON object, or as a table a person can read."""
    if options.json:
        print(json.dumps(finite(result)))
        return
    width = max(len(name) for name in result)
    for name, value in result.items():
        if isinstance(value, int) and not isinstance(value, bool):
            value = f"{value:,}"
        print(f"{name.replace('_', ' '):<{width}}  {_text(value)}")


def _text(value: Any) -> str:
    """Return a value with six digits of every number that is not whole."""
    if isinstance(value, list):
        return f"[{', '.join(_text(item) for item in value)}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
