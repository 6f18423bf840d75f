"""What recording costs a PyTorch loop: ``python benchmarks/recording.py``.

A network 784-128-10 (101,770 parameters) is trained by Adam on random data. Loops with and without
recording take turns; what counts is the median ratio of the times of one round. A loop is timed
from its sixth step, when the network is read and buffers are warm, to the end of the ``with``
block, when everything is written. Sinks whose package is missing are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import resource
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import relugeom as rg
import torch
from relugeom.errors import MissingExtraError

WARM = 5
CASES = {
    "in memory": {"to": None},
    "safetensors": {"to": "run.safetensors"},
    "Zarr": {"to": "run.zarr"},
    "npz": {"to": "run.npz"},
    "safetensors, every 10": {"to": "run.safetensors", "every": 10},
    "safetensors, all columns": {
        "to": "run.safetensors", "gradients": True, "updates": True, "moments": True,
    },
}  # fmt: skip


def loop(steps: int, batch: int, options: dict | None, folder: Path) -> float:
    """Train, and return seconds a step."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)
    )
    optimizer = torch.optim.Adam(model.parameters())
    X, y = torch.randn(4096, 784), torch.randint(0, 10, (4096,))
    recording = contextlib.nullcontext()
    if options is not None:
        to = options["to"] and folder / options["to"]
        recording = rg.record(model, optimizer, **{**options, "to": to})
    started = 0.0
    with recording:
        for t in range(steps + WARM):
            if t == WARM:
                started = time.perf_counter()
            rows = slice(t * batch % 3584, t * batch % 3584 + batch)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
    return (time.perf_counter() - started) / steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, nargs="+", default=[64, 128, 512])
    parser.add_argument("--threads", type=int, help="of torch")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    print(f"{platform.machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    rows = []
    print(f"{'batch':>5}  {'recorded':26}  {'us a step':>9}  {'without':>8}  {'slower by':>9}")
    for batch in options.batches:
        for name, case in CASES.items():
            times, ratios = [], []
            with tempfile.TemporaryDirectory() as folder:
                try:
                    loop(20, batch, case, Path(folder))
                except MissingExtraError:
                    continue
                for _ in range(options.rounds):
                    bare = loop(options.steps, batch, None, Path(folder))
                    recorded = loop(options.steps, batch, case, Path(folder))
                    times.append((recorded, bare))
                    ratios.append(recorded / bare)
            recorded, bare = (1e6 * float(v) for v in np.median(times, axis=0))
            slower = statistics.median(ratios) - 1
            print(f"{batch:5}  {name:26}  {recorded:9.0f}  {bare:8.0f}  {slower:9.1%}", flush=True)
            rows.append({"batch": batch, "case": name, "us": recorded, "bare_us": bare,
                         "slower": slower})  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
