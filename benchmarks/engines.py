"""The engines against their peers, in the same run: ``python benchmarks/engines.py``.

Peers, each left out where it is not installed
(``pip install highspy regioncam affinitree relucent``):

- highs: the textbook method, the same depth-first tree with a witness a node and one program for
  the side without it, on one persistent HiGHS model; on small networks.
- regioncam: planar regions, float32, compiled.
- affinitree: decision trees of affine pieces, compiled.
- relucent: one Gurobi program a candidate facet; on small networks, and in all of space.

Ours is the public call ``enumerate_regions(net, box)``. Ours and a peer take turns; what counts is
the ratio of the medians, not the seconds of one machine. Counts must agree.

Then, ours alone: arrangements in all of space, how time grows with the number of regions, and the
first call of a fresh process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import relugeom as rg
from relugeom.arrangements import families

SMALL = [[2, 12, 12, 1], [3, 10, 10, 1], [4, 8, 8, 1], [5, 10, 1], [6, 9, 1], [8, 9, 1]]
LARGE = [
    [2, 16, 1], [2, 32, 32, 1], [2, 32, 32, 32, 1], [2, 64, 64, 64, 1],
    [3, 16, 16, 1], [3, 32, 32, 1], [4, 16, 16, 1], [4, 24, 24, 24, 1],
    [5, 12, 12, 1], [6, 16, 1], [8, 12, 1],
]  # fmt: skip
Peer: TypeAlias = Callable[[rg.ReLUNetwork, rg.Box | None], int]
PATIENCE = 20.0  # seconds of a peer's first run, after which it is not asked again


def highs(net: rg.ReLUNetwork, box: rg.Box | None) -> int:
    """Count regions depth first: a witness a node, one program for the side without it."""
    import highspy as peer

    assert box is not None
    d, n = net.input_dim, net.n_neurons
    model = peer.Highs()
    model.setOptionValue("output_flag", False)
    for low, high in zip(box.lower, box.upper, strict=True):
        model.addVar(low, high)
    model.addVar(-peer.kHighsInf, 1.0)  # the distance to every row, at most 1
    model.changeColCost(d, -1.0)
    columns = np.arange(d + 1, dtype=np.int32)

    def push(row: np.ndarray, side: float) -> None:
        values = np.append(row, -np.linalg.norm(row))
        model.addRow(-side, peer.kHighsInf, d + 1, columns, values)

    def pop() -> None:
        last = model.getNumRow() - 1
        model.deleteRows(1, np.array([last], np.int32))

    def count(pattern: list[int], witness: np.ndarray) -> int:
        k = len(pattern)
        if k == n:
            return 1
        A, c = net.neuron_maps(pattern + [-1] * (n - k))
        near, total = (1 if A[k] @ witness + c[k] > 0 else -1), 0
        for sign in (near, -near):
            push(sign * A[k], sign * c[k])
            if sign == near:
                total += count([*pattern, sign], witness)
            else:
                model.run()
                solution = np.array(model.getSolution().col_value)
                if solution[d] > 1e-9:
                    total += count([*pattern, sign], solution[:d])
            pop()
        return total

    return count([], (box.lower + box.upper) / 2 + 1e-3)


def regioncam(net: rg.ReLUNetwork, box: rg.Box | None) -> int:
    """Count planar regions in the box [-1, 1]^2."""
    import regioncam as peer

    camera = peer.Regioncam(size=1.0)
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        camera.linear(w.T.astype(np.float32), b.astype(np.float32))
        camera.relu()
    return int(camera.num_faces)


def relucent(net: rg.ReLUNetwork, box: rg.Box | None) -> int:
    """Count the regions in all of space by breadth-first search over facets."""
    import relucent as peer
    import torch

    layers: list[torch.nn.Module] = []
    for w, b in zip(net.weights, net.biases, strict=True):
        linear = torch.nn.Linear(w.shape[1], w.shape[0], dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(w), torch.tensor(b)
        layers += [linear, torch.nn.ReLU()]
    with quiet():
        found = peer.Complex(peer.convert(torch.nn.Sequential(*layers[:-1])))
        found.bfs()
        return len(found)


def affinitree(net: rg.ReLUNetwork, box: rg.Box | None) -> int:
    """Count the leaves of the network's decision tree over the box."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import affinitree as peer
    assert box is not None
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


def against(name: str, net: rg.ReLUNetwork, engine: str, peer: Peer) -> dict[str, object]:
    """Time ours and a peer by turns, in both orders."""
    box = None if peer is relucent else rg.Box([-1] * net.input_dim, [1] * net.input_dim)
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


def available(peer: Peer) -> bool:
    """Tell whether a peer is installed."""
    try:
        peer(rg.ReLUNetwork.random([2, 2, 1], rng=0), rg.Box([-1, -1], [1, 1]))
    except ImportError:
        return False
    return True


def best(run: Callable[[], object], repeat: int = 3) -> float:
    """Return the shortest time of a few runs, the first of which does not count."""
    run()
    return min(seconds(run)[1] for _ in range(repeat))


def arrangements() -> list[dict[str, object]]:
    """Plain arrangements in all of space; writing the table as Parquet for comparison."""
    cases = [
        ("resonance-5", families.resonance(5)),
        ("resonance-6", families.resonance(6)),
        ("type B, n=6", families.type_b(6)),
        ("Shi, n=6", families.shi(6)),
        ("generic d=4 p=30", families.generic(30, 4, 0)),
        ("generic d=6 p=24", families.generic(24, 6, 0)),
        ("generic d=8 p=20", families.generic(20, 8, 0)),
        ("generic d=5 p=60", families.generic(60, 5, 0)),
    ]
    rows = []
    for name, arr in cases:
        table = rg.enumerate_regions(arr)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "regions.parquet"
            row = {
                "arrangement": name,
                "engine": table.engine,
                "regions": len(table),
                "enumerate": best(partial(rg.enumerate_regions, arr)),
                "two threads": best(partial(rg.enumerate_regions, arr, jobs=2)),
                "write": best(partial(table.save, file)),
                "count": best(arr.n_regions),
            }
        assert len(table) == arr.n_regions()
        rows.append(row)
    return rows


def growth() -> list[dict[str, object]]:
    """Time over the number of regions: one network each, in larger and larger boxes."""
    rows = []
    for widths, engine, least, largest in (
        ([2, 256, 256, 1], "vertex", 0.02, 20),
        ([3, 96, 96, 1], "vertex", 0.025, 1),
        ([6, 40, 1], "lp", 0.02, 0.8),
    ):
        net, points = rg.ReLUNetwork.random(widths, rng=0), []
        for half in np.geomspace(least, largest, 16):
            box = rg.Box([-half] * net.input_dim, [half] * net.input_dim)
            n = ours(net, box, engine)
            if n >= 100:
                points.append((n, best(partial(ours, net, box, engine))))
        n, t = np.log10(np.array(points)).T
        rows.append({
            "network": "-".join(map(str, widths)), "engine": engine, "points": points,
            "decades": float(np.ptp(n)), "slope": float(np.polyfit(n, t, 1)[0]),
        })  # fmt: skip
    return rows


def first_calls() -> dict[str, float]:
    """Seconds from a fresh process to a first table: kernels compiled, and kernels cached."""
    code = (
        "import relugeom as rg; rg.enumerate_regions("
        "rg.ReLUNetwork.random([2, 16, 16, 1], rng=0), rg.Box([-1, -1], [1, 1]))"
    )
    everything = code + (
        "; d3 = rg.ReLUNetwork.random([3, 8, 8, 1], rng=0); box = rg.Box([-1] * 3, [1] * 3)"
        "; a = rg.enumerate_regions(d3, box); a.neighbours; a.volumes"
        "; rg.enumerate_regions(d3, box, engine='lp').facets; fs = rg.arrangements.families"
        "; rg.enumerate_regions(fs.generic(6, 3, 0)).facets; rg.enumerate_regions(fs.shi(4))"
        "; fs.shi(4).n_regions()"
    )

    def fresh(program: str, cache: str) -> float:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        run = partial(subprocess.run, [sys.executable, "-c", program], env=environment, check=True)
        return seconds(run)[1]

    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as other:
        return {
            "one planar call, cold": fresh(code, cache),
            "one planar call, warm": min(fresh(code, cache) for _ in range(3)),
            "every region kernel, cold": fresh(everything, other),
            "every region kernel, warm": min(fresh(everything, other) for _ in range(3)),
        }


def peer_jobs(instances: Path | None) -> list[tuple[str, rg.ReLUNetwork, str, Peer]]:
    """List what is to be compared: network, engine, peer."""
    if instances:
        nets = {f.stem: rg.load_network(f) for f in sorted(instances.glob("*.npz"))}
        nets = {name: net for name, net in nets.items() if net.input_dim <= 8}
    else:
        nets = {"-".join(map(str, w)): rg.ReLUNetwork.random(w, rng=0) for w in LARGE}
    small = {"-".join(map(str, w)): rg.ReLUNetwork.random(w, rng=0) for w in SMALL}
    jobs: list[tuple[str, rg.ReLUNetwork, str, Peer]] = [
        (n, net, e, highs) for n, net in small.items() for e in ("vertex", "lp") if available(highs)
    ]
    for name, net in nets.items():
        slow = net.n_neurons > 80 or net.n_neurons * net.input_dim > 250  # hours
        if net.input_dim == 2 and available(regioncam):
            jobs.append((name, net, "auto", regioncam))
        if not slow and available(affinitree):
            jobs.append((name, net, "auto", affinitree))
        if net.n_neurons <= 32 and net.input_dim <= 6 and available(relucent):
            jobs.append((name, net, "auto", relucent))
    return jobs


def main() -> None:
    """Print the tables and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instances", type=Path, help="folder of .npz networks, instead of ours")
    parser.add_argument("--json", type=Path, help="write the rows here")
    options = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    result: dict[str, object] = {"date": time.strftime("%Y-%m-%d"), "machine": machine}
    print(f"{result['date']}, {machine}\n")
    print(
        f"{'network':24} {'engine':7} {'peer':10} {'regions':>8} {'per s':>10} {'peer/s':>9}  ratio"
    )
    rows = []
    for job in peer_jobs(options.instances):
        row = against(*job)
        rows.append(row)
        note = "" if row["regions"] == row["peer_regions"] else f"  PEER {row['peer_regions']}"
        print(
            f"{row['network']:24} {row['engine']:7} {row['peer']:10} {row['regions']:8,} "
            f"{row['regions_per_second']:10,.0f} {row['peer_regions_per_second']:9,.0f}  "
            f"{row['ratio']:,.1f}x{note}",
            flush=True,
        )
    result["peers"] = rows
    print(
        f"\n{'arrangement':18} {'engine':12} {'regions':>9} {'s':>7} {'2 jobs':>7} {'write':>6} "
        f"{'count':>6}  regions/s"
    )
    result["arrangements"] = arrangements()
    for row in result["arrangements"]:
        print(
            f"{row['arrangement']:18} {row['engine']:12} {row['regions']:9,} "
            f"{row['enumerate']:7.3f} {row['two threads']:7.3f} {row['write']:6.3f} "
            f"{row['count']:6.3f}  {row['regions'] / row['enumerate']:,.0f}",
        )
    print("\ntime ~ regions^slope")
    result["growth"] = growth()
    for row in result["growth"]:
        print(
            f"{row['network']:12} {row['engine']:7} slope {row['slope']:.2f} "
            f"over {row['decades']:.1f} decades"
        )
    print("\nfirst call of a fresh process, seconds")
    result["first_calls"] = first_calls()
    for name, t in result["first_calls"].items():
        print(f"{name:26} {t:5.1f}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
