"""Does a trained classifier find the shape of its data? Betti numbers of what it calls a ring."""

import numpy as np
import relugeom as rg
from relugeom.graph.topology import betti, critical_points, persistence

rng = np.random.default_rng(0)
radius, angle = rng.uniform(0, 2, 600), rng.uniform(0, 2 * np.pi, 600)
X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
y = ((radius > 0.7) & (radius < 1.4)).astype(int)
path = rg.train(
    rg.ReLUNetwork.random([2, 16, 16, 2], rng=1), X, y, loss="cross_entropy", steps=600, lr=0.02,
    rng=0,
)  # fmt: skip

box = rg.Box([-2, -2], [2, 2])
for step in (0, 5, 10, 20, 40, 600):
    net = path.network(step)
    regions = rg.enumerate_regions(net, box)
    pieces, holes = betti(regions, "class", label=1)
    right = (net.predict(X) == y).mean()
    print(
        f"step {step:3}: {right:4.0%} right, {len(regions):4} regions; "
        f"class 1 has {pieces} piece(s) and {holes} hole(s)"
    )

found, diagram = critical_points(regions, output=1), persistence(regions, output=1)
print(f"output 1: {len(found)} critical points, by index {found.counts.tolist()}")
finite = np.sort(diagram.lengths[np.isfinite(diagram.death)])[::-1]
print("its longest finite bars:", finite[:3].round(2))
ax = rg.plotting.plot_critical_points(regions, output=1, found=found)
