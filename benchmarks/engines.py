"""The engines against their peers, in the same run: ``python benchmarks/engines.py``.

Peers, each left out where it is not installed (``pip install regioncam affinitree``):

- highs: the textbook method, the same depth-first tree with one HiGHS program for each side of each
  neuron (`scipy.optimize.linprog`); only on small networks.
- regioncam: planar regions, float32, compiled.
- affinitree: decision trees of affine pieces, compiled.

Ours is the public call ``enumerate_regions(net, box)``. Ours and a peer take turns; what counts is
the ratio of the medians, not the seconds of one machine. Counts must agree.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import relugeom as rg
from scipy.optimize import linprog

SMALL = [[2, 12, 12, 1], [3, 10, 10, 1], [4, 8, 8, 1], [5, 10, 1], [6, 9, 1], [8, 9, 1]]
LARGE = [
    [2, 16, 1], [2, 32, 32, 1], [2, 32, 32, 32, 1], [2, 64, 64, 64, 1],
    [3, 16, 16, 1], [3, 32, 32, 1], [4, 16, 16, 1], [4, 24, 24, 24, 1],
    [5, 12, 12, 1], [6, 16, 1], [8, 12, 1],
]  # fmt: skip
PATIENCE = 20.0  # seconds of a peer's first run, after which it is not asked again


def highs(net: rg.ReLUNetwork, box: rg.Box) -> int:
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


def regioncam(net: rg.ReLUNetwork, box: rg.Box) -> int:
    """Count planar regions in the box [-1, 1]^2."""
    import regioncam as peer

    camera = peer.Regioncam(size=1.0)
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        camera.linear(w.T.astype(np.float32), b.astype(np.float32))
        camera.relu()
    return int(camera.num_faces)


def affinitree(net: rg.ReLUNetwork, box: rg.Box) -> int:
    """Count the leaves of the network's decision tree over the box."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import affinitree as peer
    d = net.input_dim
    sides = list(zip(box.lower.tolist(), box.upper.tolist(), strict=True))
    inside = peer.AffTree.from_poly(
        peer.Polytope.hyperrectangle(d, sides), peer.AffFunc.identity(d)
    )
    layers = peer.Architecture(d)
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        layers.linear(peer.AffFunc.from_mats(w.copy(), b.copy()))
        layers.relu()
    with quiet():
        return int(peer.builder.from_layers(layers, precondition=inside).num_terminals())


@contextmanager
def quiet() -> Iterator[None]:
    """Send what a compiled peer prints to nowhere."""
    saved, nowhere = [os.dup(1), os.dup(2)], os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        yield
    finally:
        for stream, old in zip((1, 2), saved, strict=True):
            os.dup2(old, stream)
            os.close(old)
        os.close(nowhere)


def ours(net: rg.ReLUNetwork, box: rg.Box, engine: str = "auto") -> int:
    """Enumerate with the public call."""
    return len(rg.enumerate_regions(net, box, engine=engine, progress=False))


def seconds(run: Callable[[], int]) -> tuple[int, float]:
    """Return the result of one run and its time."""
    begun = time.perf_counter()
    result = run()
    return result, time.perf_counter() - begun


def against(
    name: str, net: rg.ReLUNetwork, engine: str, peer: Callable[[rg.ReLUNetwork, rg.Box], int]
) -> dict[str, object]:
    """Time ours and a peer by turns, in both orders."""
    box = rg.Box([-1] * net.input_dim, [1] * net.input_dim)
    mine, theirs = partial(ours, net, box, engine), partial(peer, net, box)
    mine()
    n_theirs, first = seconds(theirs)
    n_mine, my_times, their_times = 0, [], [first]
    repeat = 1 if first > PATIENCE / 4 else int(np.clip(PATIENCE / 4 / max(first, 1e-3), 3, 15))
    for turn in range(repeat):
        for run in (mine, theirs) if turn % 2 else (theirs, mine):
            if run is theirs and first > PATIENCE / 4:
                continue
            result, t = seconds(run)
            if run is mine:
                n_mine = result
                my_times.append(t)
            else:
                their_times.append(t)
    my_time, their_time = statistics.median(my_times), statistics.median(their_times)
    return {
        "network": name,
        "engine": engine,
        "peer": peer.__name__,
        "regions": n_mine,
        "peer_regions": n_theirs,
        "regions_per_second": n_mine / my_time,
        "peer_regions_per_second": n_theirs / their_time,
        "ratio": their_time / my_time,
    }


def available(peer: Callable[[rg.ReLUNetwork, rg.Box], int]) -> bool:
    """Tell whether a peer is installed."""
    try:
        peer(rg.ReLUNetwork.random([2, 2, 1], rng=0), rg.Box([-1, -1], [1, 1]))
    except ImportError:
        return False
    return True


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instances", type=Path, help="folder of .npz networks, instead of ours")
    parser.add_argument("--json", type=Path, help="write the rows here")
    options = parser.parse_args()
    if options.instances:
        nets = {f.stem: rg.load_network(f) for f in sorted(options.instances.glob("*.npz"))}
        nets = {name: net for name, net in nets.items() if net.input_dim <= 8}
    else:
        nets = {"-".join(map(str, w)): rg.ReLUNetwork.random(w, rng=0) for w in LARGE}
    small = {"-".join(map(str, w)): rg.ReLUNetwork.random(w, rng=0) for w in SMALL}
    peers = [peer for peer in (regioncam, affinitree) if available(peer)]
    jobs = [(n, net, e, highs) for n, net in small.items() for e in ("vertex", "lp")]
    for name, net in nets.items():
        for peer in peers:
            if peer is affinitree and (net.n_neurons > 80 or "64x64" in name):
                continue  # hours
            if peer is not regioncam or net.input_dim == 2:
                jobs.append((name, net, "auto", peer))
    rows = []
    print(
        f"{'network':24} {'engine':7} {'peer':10} {'regions':>8} {'per s':>10} {'peer/s':>9}  ratio"
    )
    for job in jobs:
        row = against(*job)
        rows.append(row)
        note = "" if row["regions"] == row["peer_regions"] else f"  PEER {row['peer_regions']}"
        print(
            f"{row['network']:24} {row['engine']:7} {row['peer']:10} {row['regions']:8,} "
            f"{row['regions_per_second']:10,.0f} {row['peer_regions_per_second']:9,.0f}  "
            f"{row['ratio']:,.1f}x{note}",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
