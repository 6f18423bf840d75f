"""Crossings against plain numpy, in the same run: ``python benchmarks/crossings.py``.

Plain is the oracle of the tests (``tests/companion.py``): polynomials by matrix products, then
companion-matrix roots of every neuron on every piece. A second column leaves out the roots where
the constant coefficient outweighs the others, as a careful author of plain numpy would. Ours and
theirs take turns on the same path, theirs at a few of the samples; what counts is the ratio of the
median rates, in pairs (step, sample) a second. Events must agree.

Then, ours alone: the whole of a long run, threads, what exact arithmetic costs, and the first call
of a fresh process.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import relugeom as rg
from relugeom.paths._exact import Segment
from relugeom.paths.crossing_table import COLUMNS

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import companion

#: Widths, samples, optimizer, learning rate
RUNS = [
    ([2, 16, 16, 16, 1], 48, "adam", 1e-2),
    ([2, 16, 16, 16, 1], 48, "sgd", 1e-2),
    ([10, 64, 1], 500, "adam", 1e-3),
    ([10, 64, 64, 64, 1], 500, "adam", 1e-3),
    ([10, 64, 64, 64, 1], 500, "adam", 1e-5),
    ([10, 32, 32, 32, 32, 32, 32, 1], 200, "adam", 1e-3),
    ([64, 128, 128, 10], 200, "adam", 1e-3),
]


def run(widths: list[int], n: int, optimizer: str, lr: float, steps: int) -> tuple[Any, Any]:
    """Train on a smooth function of random inputs, in mini-batches."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, widths[0]))
    target = np.sin(X @ rng.normal(size=(widths[0], widths[-1])))
    net = rg.ReLUNetwork.random(widths, rng=0)
    return rg.train(net, X, target, optimizer=optimizer, lr=lr, steps=steps, batch_size=50), X


def seconds(call: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def against_plain(
    case: tuple[list[int], int, str, float], turns: int, steps: int
) -> dict[str, Any]:
    """Return median rates of ours and of plain numpy, in turns."""
    path, X = run(*case, steps)
    few = np.random.default_rng(1).choice(len(X), 2, replace=False)
    rg.crossings(path, X)  # compile
    ours, plain, skipping = [], [], []
    for _ in range(turns):
        took, events = seconds(lambda: rg.crossings(path, X))
        ours.append(len(path) * len(X) / took)
        for rates, skip in ((plain, False), (skipping, True)):
            took, theirs = seconds(
                lambda skip=skip: companion.path_events(path.start, path.parameters, X[few], skip)
            )
            rates.append(len(path) * len(few) / took)
            assert_same(rg.crossings(path, X[few]), theirs)
    rate, slow, careful = (statistics.median(rates) for rates in (ours, plain, skipping))
    return {
        "network": "-".join(map(str, case[0])), "optimizer": f"{case[2]} {case[3]:g}",
        "samples": len(X), "steps": len(path), "flips": len(events),
        "ours, pairs/s": rate, "plain, pairs/s": slow, "ratio": rate / slow,
        "skipping, pairs/s": careful, "ratio to skipping": rate / careful,
    }  # fmt: skip


def assert_same(events: rg.paths.Crossings, theirs: list[Any]) -> None:
    mine = list(zip(*(getattr(events, name).tolist() for name in COLUMNS), strict=True))
    assert [m[:1] + m[2:] for m in mine] == [t[:1] + t[2:] for t in theirs]
    np.testing.assert_allclose([m[1] for m in mine], [t[1] for t in theirs], atol=1e-7)


def long_run(steps: int, turns: int) -> list[dict[str, Any]]:
    """Time a whole run: 500 samples, three layers of 64, with one thread and with two."""
    path, X = run([10, 64, 64, 64, 1], 500, "adam", 1e-3, steps)
    rows = []
    times: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(turns):
        for jobs, took in times.items():
            spent, events = seconds(lambda jobs=jobs: rg.crossings(path, X, jobs=jobs))
            took.append(spent)
    for jobs, took in times.items():
        pairs = np.unique(np.column_stack([events.step, events.sample]), axis=0)
        rows.append({
            "steps": steps, "samples": len(X), "threads": jobs, "s": statistics.median(took),
            "flips": len(events), "pairs with flips": len(pairs), "status": events.status,
        })  # fmt: skip
    return rows


def exact_cost(turns: int) -> list[dict[str, Any]]:
    """Milliseconds to decide one pair (step, sample) without rounding."""
    rows = []
    for widths in ([2, 16, 16, 16, 1], [10, 64, 64, 64, 1], [64, 128, 128, 10]):
        path, X = run(widths, 60, "adam", 1e-3, turns)
        prepare, search = [], []
        for step in range(turns):
            ends = path.parameters[step : step + 2]
            took, line = seconds(partial(Segment, path.start, *ends))
            prepare.append(took)
            search.append(seconds(partial(line.events, X[step]))[0])
        rows.append({
            "network": "-".join(map(str, widths)),
            "a step, ms": 1e3 * statistics.median(prepare),
            "a sample on it, ms": 1e3 * statistics.median(search),
        })  # fmt: skip
    return rows


def first_call() -> list[dict[str, Any]]:
    """Seconds of a fresh process with warm caches, import included."""
    code = (
        "import relugeom as rg; net = rg.ReLUNetwork.random([2, 5, 5, 1], rng=0);"
        "path = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters]);"
        "rg.crossings(path, [[1.0, 2.0]])"
    )
    call = [sys.executable, "-c", code]
    took = [seconds(lambda: subprocess.run(call, check=True))[0] for _ in range(4)]
    return [{"s": statistics.median(took[1:])}]


def show(title: str, rows: list[dict[str, Any]]) -> None:
    print(f"\n## {title}\n")
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        cells = (
            f"{v:,.0f}" if isinstance(v, float) and v >= 1000
            else f"{v:.3g}" if isinstance(v, float)
            else f"{v:,}" if isinstance(v, int)
            else str(v)
            for v in row.values()
        )  # fmt: skip
        print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1000, help="of the long run")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    machine = f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"
    print(machine)
    tables = {
        "Against plain numpy": [against_plain(case, options.turns, 16) for case in RUNS],
        "A long run": long_run(options.steps, max(1, options.turns // 2)),
        "Exact arithmetic": exact_cost(max(5, options.turns)),
        "First call": first_call(),
    }
    for title, rows in tables.items():
        show(title, rows)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, **tables}, indent=1))


if __name__ == "__main__":
    main()
