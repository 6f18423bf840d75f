"""Progress bars: on a terminal by default, silent elsewhere."""

from __future__ import annotations

import sys
from typing import Any


def progress_bar(
    progress: bool | None = None, *, total: int | None = None, desc: str = "", unit: str = "it"
) -> Any:
    """Return a tqdm bar; ``progress=None`` shows it only when stderr is a terminal."""
    shown = sys.stderr.isatty() if progress is None else progress
    if not shown:
        return _Silent(total)
    from tqdm import tqdm

    return tqdm(total=total, desc=desc, unit=unit, leave=False)


class _Silent:
    """A bar that shows nothing and costs nothing."""

    def __init__(self, total: int | None) -> None:
        self.n, self.total = 0, total

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def update(self, n: int = 1) -> None:
        """Count on."""
        self.n += n

    def set_description(self, text: str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Do nothing."""
