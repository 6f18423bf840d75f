"""A property proved on a whole domain, and refuted on a larger one."""

import tempfile
from pathlib import Path

import numpy as np
import relugeom as rg

X = np.random.default_rng(0).uniform(-1, 1, (500, 3))
net = rg.ReLUNetwork.random([3, 24, 24, 1], rng=0)
net = rg.train(net, X, (X**2).sum(axis=1), steps=500, lr=0.01, rng=0).network(-1)

file = Path(tempfile.mkdtemp()) / "never_above_1.vnnlib"
for half in (0.4, 0.5, 0.6):  # inputs within so much of 0: the squares add up to 0.48, 0.75, 1.08
    bounds = [f"(assert (>= X_{i} {-half})) (assert (<= X_{i} {half}))" for i in range(3)]
    names = [f"(declare-const {name} Real)" for name in ("X_0", "X_1", "X_2", "Y_0")]
    file.write_text("\n".join([*names, *bounds, "(assert (>= Y_0 1.0))"]))
    found = rg.check(net, file)
    print(f"inputs within {half}: {found.message} ({found.seconds:.2f} s)")
    print(found.to_vnncomp())
