"""Work on many rows, cut so that what a batch needs fits in memory."""

from __future__ import annotations

from collections.abc import Iterator

_ENTRIES = 1 << 22  # of one batch; as floats 32 MB


def batches(n: int, entries: int) -> Iterator[slice]:
    """Cut ``range(n)`` into slices, for work that needs so many array entries a row."""
    size = max(1, _ENTRIES // max(entries, 1))
    return (slice(low, min(low + size, n)) for low in range(0, n, size))
