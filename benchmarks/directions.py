"""Direction sets and tubes: ``python benchmarks/directions.py``.

What counts are ratios within one run, medians of interleaved rounds:

- N(theta) of T directions in d dimensions by k centres, over one blocked matrix product of the same
  size (T x d by d x k). Directions are isotropic, and those of a moving average, which are close.
- Pairwise intersections of planar tubes, and their union, over shapely's.
- Sketches of many directions in high dimension: peak memory and time, measured at one size and, so
  labelled, extrapolated to 10^5 directions in 10^6 dimensions.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import shapely
from relugeom.kakeya import DirectionSet, DoublingCover, Sketch, TubeFamily, nulls
from relugeom.kakeya._kernel_tubes import corners_of, union_area
from relugeom.kakeya.sketch import sketch_dim


def seconds(*tasks: Callable[[], object], rounds: int) -> list[float]:
    """Return the median time of each task; they take turns."""
    found: list[list[float]] = [[] for _ in tasks]
    for _ in range(rounds):
        for task, times in zip(tasks, found, strict=True):
            start = time.perf_counter()
            task()
            times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in found]


def curve(T: int, d: int, k: int, rounds: int) -> None:
    rng = np.random.default_rng(0)
    even = DirectionSet(rng.standard_normal((T, d)))
    smooth = DirectionSet(nulls.ema(np.ones(T), d, 0.9, rng=1))
    centres = np.ascontiguousarray(even.vectors[:k].T)

    def product() -> None:
        for at in range(0, T, 1024):
            even.vectors[at : at + 1024] @ centres

    base, isotropic, moving = seconds(
        product,
        lambda: even.farthest_point_order(k),
        lambda: smooth.farthest_point_order(k),
        rounds=rounds,
    )
    print(f"N(theta): {T:,} directions, {d} dimensions, {k:,} centres")
    print(f"  matrix product {base:8.2f} s")
    print(f"  isotropic      {isotropic:8.2f} s   ratio {isotropic / base:.2f}")
    print(f"  moving average {moving:8.2f} s   ratio {moving / base:.2f}")


def tubes(n: int, rounds: int) -> None:
    family = TubeFamily.random(n, 2, 1 / n, rng=0)
    corners = np.empty((n, 4, 2))
    corners_of(family.directions, family.centres, family.delta, corners)
    boxes = shapely.polygons(corners)
    parts = family.directions, family.centres, family.delta
    union_area(*parts)
    family.overlap()
    i, j = np.triu_indices(n, 1)
    ours, theirs, union, peer = seconds(
        family.overlap,
        lambda: shapely.area(shapely.intersection(boxes[i], boxes[j])),
        lambda: union_area(*parts),
        lambda: shapely.union_all(boxes).area,
        rounds=rounds,
    )
    print(f"{n} planar tubes, {len(i):,} pairs")
    print(f"  intersections {ours:8.3f} s   shapely {theirs:8.3f} s   ratio {ours / theirs:.4f}")
    print(f"  union         {union:8.3f} s   shapely {peer:8.3f} s   ratio {union / peer:.4f}")


def sketch(T: int, P: int, epsilon: float, batch: int) -> None:
    size = sketch_dim(2 * 10**5 + 1, epsilon)
    rng = np.random.default_rng(0)
    tracemalloc.start()
    start = time.perf_counter()
    stored = np.empty((T, size), dtype=np.float32)
    mapping, cover = Sketch(P, size), DoublingCover(1000, size)
    for at in range(0, T, batch):
        steps = rng.standard_normal((min(batch, T - at), P), dtype=np.float32)
        stored[at : at + batch] = mapping(steps)
        cover.add(stored[at : at + batch])
    spent, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"sketch of {T:,} directions in {P:,} dimensions to {size} (float32, batches of {batch})")
    print(f"  measured: {spent:.1f} s, peak {peak / 1e6:.0f} MB with the doubling cover")
    bound = mapping.distortion(10**5)
    print(f"  epsilon for 10^5 directions, all at once, failure 1 %: {bound:.3f}")
    fixed = peak - T * size * 4 - batch * P * 4
    full = 10**5 * size * 4 + batch * 10**6 * 4 + fixed
    hours = spent * (10**5 / T) * (10**6 / P) / 3600
    print(f"  extrapolated, not measured, to 10^5 in 10^6: {full / 1e9:.2f} GB, {hours:.1f} h")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    options = parser.parse_args()
    T, k, n, P = (10_000, 300, 300, 10_000) if options.small else (100_000, 1000, 1000, 100_000)
    curve(T, 256, k, options.rounds)
    tubes(n, options.rounds)
    sketch(512, P, 0.5, 256)


if __name__ == "__main__":
    main()
