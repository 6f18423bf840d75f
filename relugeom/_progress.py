"""Progress bars: on a terminal by default, silent elsewhere."""

from __future__ import annotations

from typing import Any


def progress_bar(
    progress: bool | None = None, *, total: int | None = None, desc: str = "", unit: str = "it"
) -> Any:
    """Return a tqdm bar; ``progress=None`` shows it only when stderr is a terminal."""
    from tqdm import tqdm

    disable = None if progress is None else not progress
    return tqdm(total=total, desc=desc, unit=unit, disable=disable, leave=False)
