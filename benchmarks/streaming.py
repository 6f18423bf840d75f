"""Directions of a path in one pass: ``python benchmarks/streaming.py``.

- Frequent Directions over scikit-learn's IncrementalPCA with as many components, and over the exact
  Gram matrix, on the same blocks; tasks take turns, and what counts are ratios of median times. Of
  each the error |A'A - B'B| in the spectral norm, over the trace, is printed too.
- `streaming_complexity` of a path in 10^6 parameters: peak resident memory of the process at two
  lengths, and steps a second; the time for 10^5 steps is extrapolated from that, and so labelled.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Iterator

import numpy as np
from relugeom.kakeya import FrequentDirections
from relugeom.paths import DirectionStream


def averaged(n: int, dim: int, block: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Yield blocks of averages of noise whose coordinates have scales that fall off."""
    random = np.random.default_rng(seed)
    scale = 1.0 / np.sqrt(np.arange(1, dim + 1))
    held = np.zeros(dim)
    for at in range(0, n, block):
        rows = random.standard_normal((min(block, n - at), dim))
        rows *= scale
        for row in rows:
            row += 0.9 * held
            held = row
        held = held.copy()
        yield rows


def peers(n: int, dim: int, size: int, rounds: int) -> None:
    from sklearn.decomposition import IncrementalPCA

    blocks = list(averaged(n, dim, 2 * size))
    rows = np.vstack(blocks)
    seconds: dict[str, list[float]] = {"ours": [], "peer": [], "gram": []}
    for _ in range(rounds):
        start = time.perf_counter()
        ours = FrequentDirections(size, dim)
        for block in blocks:
            ours.add(block)
        seconds["ours"].append(time.perf_counter() - start)
        start = time.perf_counter()
        peer = IncrementalPCA(n_components=size)
        for block in blocks:
            peer.partial_fit(block)
        seconds["peer"].append(time.perf_counter() - start)
        start = time.perf_counter()
        np.linalg.eigvalsh(rows @ rows.T)
        seconds["gram"].append(time.perf_counter() - start)
    ours_s, peer_s, gram_s = (statistics.median(seconds[k]) for k in ("ours", "peer", "gram"))

    def error(second: np.ndarray, sketch: np.ndarray) -> float:
        gap = second.T @ second - sketch.T @ sketch
        return float(np.abs(np.linalg.eigvalsh(gap)).max())

    trace = float((rows**2).sum())
    centred = rows - rows.mean(axis=0)
    theirs = peer.components_ * peer.singular_values_[:, None]
    print(f"{n:,} steps in {dim:,} dimensions, {size} directions kept")
    print(f"  Frequent Directions {ours_s:8.2f} s")
    print(f"  IncrementalPCA      {peer_s:8.2f} s   ratio {peer_s / ours_s:.2f}")
    print(f"  exact Gram matrix   {gram_s:8.2f} s   ratio {gram_s / ours_s:.2f}")
    if dim <= 4000:
        print(
            f"  error over trace: {error(rows, ours.sketch) / trace:.5f} "
            f"(certified {ours.delta / trace:.5f}), IncrementalPCA "
            f"{error(centred, theirs) / float((centred**2).sum()):.5f} (no bound)"
        )


def memory(n: int, dim: int, block: int) -> None:
    stream = DirectionStream(dim)
    peaks = []
    spent = 0.0
    for i, rows in enumerate(averaged(n, dim, block)):
        start = time.perf_counter()
        stream.add(rows)
        spent += time.perf_counter() - start
        if (i + 1) * block in (n // 2, n):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 2**30)
    start = time.perf_counter()
    found = stream.result(beta=0.9)
    finish = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 2**30
    print(f"streaming complexity, {n:,} steps in {dim:,} dimensions, blocks of {block}")
    print(f"  peak resident: {peaks[0]:.2f} GiB after half of the steps, {peaks[1]:.2f} after all,")
    print(f"  {peak:.2f} with the result; {n / spent:.2f} steps/s, result {finish:.1f} s")
    print(f"  extrapolated, not measured, to 10^5 steps: {1e5 * spent / n / 3600:.1f} h")
    print(f"  {found}: {found.brackets['participation_unit']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    options = parser.parse_args()
    steps, dim = (100, 100_000) if options.small else (600, 1_000_000)
    memory(steps, dim, 10)  # first: the peak is that of the process
    peers(1000, 2000, 24, options.rounds)
    peers(400 if options.small else 2000, 10_000 if options.small else 50_000, 24, options.rounds)


if __name__ == "__main__":
    main()
