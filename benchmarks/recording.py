"""What recording costs a PyTorch loop: ``python benchmarks/recording.py``.

A network 784-128-10 (101,770 parameters) is trained by Adam on random data, on one thread. Loops
with and without recording take turns; what counts is the median ratio of the times of one round. A
loop is timed from step ``--warm``, when the network is read and both buffers were filled once, to
its last step. "slower by" compares means, with flushes and waiting for the disk, and needs a second
core that is free; "typical" compares median steps: the hooks alone. Sinks whose package is missing
are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import relugeom as rg
import torch
from relugeom.errors import MissingExtraError

CASES = {
    "in memory": {"file": None},
    "safetensors": {"file": "run.safetensors"},
    "Zarr": {"file": "run.zarr"},
    "npz": {"file": "run.npz"},
    "safetensors, every 10": {"file": "run.safetensors", "every": 10},
    "safetensors, all columns": {
        "file": "run.safetensors", "gradients": True, "raw_updates": True, "moments": True,
    },
}  # fmt: skip


def loop(steps: int, warm: int, batch: int, options: dict | None, folder: Path) -> np.ndarray:
    """Train, and return the mean and the median time of a step, in seconds."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)
    )
    optimizer = torch.optim.Adam(model.parameters())
    X, y = torch.randn(4096, 784), torch.randint(0, 10, (4096,))
    recording = contextlib.nullcontext()
    if options is not None:
        file = options["file"] and folder / options["file"]
        recording = rg.record(model, optimizer, **{**options, "file": file})
    ends = []
    with recording:
        for t in range(steps + warm):
            rows = slice(t * batch % 3584, t * batch % 3584 + batch)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
            ends.append(time.perf_counter())
    taken = np.diff(ends[warm - 1 :])
    return np.array([taken.mean(), np.median(taken)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--warm", type=int, default=170)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, nargs="+", default=[64, 128, 512])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{platform.machine()}, torch {torch.__version__}, one thread")
    print(
        f"{'batch':>5}  {'recorded':26}  {'us a step':>9}  {'without':>8}  {'slower by':>9} typical"
    )
    rows = []
    for batch in options.batches:
        for name, case in CASES.items():
            times = []
            with tempfile.TemporaryDirectory() as folder:
                try:
                    for _ in range(options.rounds):
                        length = options.steps, options.warm, batch
                        bare = loop(*length, None, Path(folder))
                        times.append((loop(*length, case, Path(folder)), bare))
                except MissingExtraError:
                    continue
            recorded, bare = np.array(times).transpose(1, 0, 2)  # rounds, mean and median
            slower = np.median(recorded / bare, axis=0) - 1
            microseconds = [1e6 * float(np.median(v[:, 0])) for v in (recorded, bare)]
            print(
                f"{batch:5}  {name:26}  {microseconds[0]:9.0f}  {microseconds[1]:8.0f}  "
                f"{slower[0]:9.1%} {slower[1]:7.1%}",
                flush=True,
            )
            rows.append({
                "batch": batch, "case": name, "us": microseconds[0], "bare_us": microseconds[1],
                "slower": float(slower[0]), "typically_slower": float(slower[1]),
            })  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
