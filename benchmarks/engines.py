"""Both engines against one linear program a node, in the same run.

The peer is the textbook method: the same depth-first tree, each side of each neuron decided by
`scipy.optimize.linprog` (HiGHS). Times are the best of some repetitions after a first run that
compiles; what counts is the ratio, not the seconds of one machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import relugeom as rg
from scipy.optimize import linprog

CASES = [
    ([2, 12, 12, 1], 0),
    ([3, 10, 10, 1], 0),
    ([4, 8, 8, 1], 0),
    ([5, 10, 1], 0),
    ([6, 9, 1], 0),
]
LARGE = [([2, 64, 64, 64, 1], 0), ([3, 32, 32, 1], 0), ([4, 24, 24, 1], 0), ([5, 20, 20, 1], 0)]


def peer(net: rg.ReLUNetwork, box: rg.Box) -> int:
    """Count regions with one LP for each side of each neuron at each node."""
    bounds = list(zip(box.lower, box.upper, strict=True))
    d, n = net.input_dim, net.n_neurons

    def feasible(rows: list[np.ndarray], sides: list[float]) -> bool:
        G = np.array([[*row, np.linalg.norm(row)] for row in rows])
        result = linprog([0.0] * d + [-1.0], G, sides, bounds=[*bounds, (None, 1.0)])
        return bool(result.status == 0 and -result.fun > 1e-9)

    def count(pattern: list[int], rows: list[np.ndarray], sides: list[float]) -> int:
        k = len(pattern)
        if k == n:
            return 1
        A, c = net.neuron_maps(pattern + [-1] * (n - k))
        total = 0
        for sign in (-1, 1):
            if feasible([*rows, -sign * A[k]], [*sides, sign * c[k]]):
                total += count([*pattern, sign], [*rows, -sign * A[k]], [*sides, sign * c[k]])
        return total

    return count([], [], [])


def best(run: Callable[[], int], repeat: int) -> tuple[int, float]:
    """Return the result and the shortest time of some runs."""
    times = []
    for _ in range(repeat):
        begun = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - begun)
    return result, min(times)


def main() -> None:
    """Print one line a case."""
    print(f"{'net':16} {'regions':>9} {'peer/s':>8} {'vertex/s':>10} {'lp/s':>10}  ratio to peer")
    for widths, seed in CASES + LARGE:
        net = rg.ReLUNetwork.random(widths, rng=seed)
        box = rg.Box([-1] * widths[0], [1] * widths[0])
        rate = {}
        for engine in ("vertex", "lp"):
            rg.count_regions(net, box, engine=engine)
            n, seconds = best(partial(rg.count_regions, net, box, engine=engine), 3)
            rate[engine] = n / seconds
        text = "-" * 6
        if (widths, seed) in CASES:
            m, seconds = best(partial(peer, net, box), 1)
            assert m == n, (m, n)
            text = f"{m / seconds:8.0f}"
        name = "-".join(map(str, widths))
        ratio = "" if "-" in text else "  ".join(f"{r / float(text):.0f}x" for r in rate.values())
        print(f"{name:16} {n:9,} {text:>8} {rate['vertex']:10,.0f} {rate['lp']:10,.0f}  {ratio}")


if __name__ == "__main__":
    main()
