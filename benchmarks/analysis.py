"""Time margins by both engines, proofs of the ACAS Xu properties, and extremes of many regions.

    OPENBLAS_NUM_THREADS=1 python benchmarks/analysis.py --data DIR --json analysis.json

``DIR`` holds the networks and properties as the verification competition names them; without it
they are left out. Margins are those of five handwritten digits (scikit-learn's, 64 pixels) for
networks trained here. Processor seconds; a run that exceeds a minute is stopped, and says so.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import relugeom as rg

HIDDEN = ([32], [24, 24], [32, 32])
ACAS = (("1_1", 3), ("1_1", 4), ("3_3", 3), ("3_3", 4))
LIMIT = 60.0


def seconds(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of one run and the processor time it took."""
    begun = time.process_time()
    result = run()
    return result, time.process_time() - begun


def digits(hidden: list[int]) -> tuple[rg.ReLUNetwork, Any]:
    """Return a trained network and the images."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    net = rg.ReLUNetwork.random([64, *hidden, 10], rng=0, bias_scale=0.1)
    path = rg.train(net, X / 16, y, loss="cross_entropy", steps=400, batch_size=128, lr=0.01, rng=0)
    return path.network(-1), X / 16


def margins() -> list[dict[str, Any]]:
    rows = []
    for hidden in HIDDEN:
        net, X = digits(hidden)
        for norm in ("l2", "linf", "l1"):
            for engine in ("tree", "graph"):
                for i in range(5):
                    found, t = seconds(
                        lambda n=norm, e=engine, i=i, net=net, X=X: rg.margin(
                            net, X[i], norm=n, engine=e, time_limit=LIMIT
                        )
                    )
                    rows.append(
                        {
                            "network": "-".join(map(str, [64, *hidden, 10])),
                            "norm": norm, "engine": engine, "image": i, "seconds": t,
                            "pieces": found.pieces, "complete": found.complete,
                            "lower": found.lower, "margin": found.distance,
                        }
                    )  # fmt: skip
                    print(rows[-1], flush=True)
    return rows


def proofs(folder: Path) -> list[dict[str, Any]]:
    rows = []
    for network, prop in ACAS:
        net = rg.load_network(folder / f"ACASXU_run2a_{network}_batch_2000.onnx")
        unsafe = rg.load_vnnlib(folder / f"prop_{prop}.vnnlib")
        found, t = seconds(lambda net=net, unsafe=unsafe: rg.check(net, unsafe))
        rows.append(
            {"network": network, "property": prop, "verdict": found.verdict,
             "pieces": found.pieces, "seconds": t}
        )  # fmt: skip
        print(rows[-1], flush=True)
    return rows


def whole_tables() -> list[dict[str, Any]]:
    rows = []
    for widths in ([2, 64, 64, 1], [4, 20, 20, 3], [6, 16, 1]):
        net, d = rg.ReLUNetwork.random(widths, rng=0), widths[0]
        regions = rg.enumerate_regions(net, rg.Box([-1] * d, [1] * d), progress=False)
        for name, ask in (("extremes", rg.extremes), ("lipschitz", rg.lipschitz),
                          ("integral", rg.integral)):  # fmt: skip
            _, t = seconds(lambda ask=ask, regions=regions: ask(regions))
            rows.append(
                {"network": "-".join(map(str, widths)), "regions": len(regions), "asked": name,
                 "seconds": t}
            )  # fmt: skip
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the ACAS Xu networks and properties")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    rg.margin(rg.ReLUNetwork.random([2, 4, 2], rng=0), [0.0, 0.0], within=0.1)  # compile
    result = {
        "tables": whole_tables(),
        "proofs": proofs(options.data) if options.data else [],
        "margins": margins(),
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
