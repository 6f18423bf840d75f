"""Extremes, steepest place, mean and a level set of a network, over its whole domain."""

import numpy as np
import relugeom as rg

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (400, 2))
y = np.sin(3 * X[:, 0]) * np.cos(2 * X[:, 1])
net = rg.ReLUNetwork.random([2, 24, 24, 1], rng=0)
net = rg.train(net, X, y, steps=500, lr=0.01, rng=0).network(-1)

regions = rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))
ends, mean = rg.extremes(regions), rg.integral(regions).mean[0]
print(f"{len(regions)} regions; output from {ends.low[0]:.4f} at {ends.argmin[0].round(3)}",
      f"to {ends.high[0]:.4f} at {ends.argmax[0].round(3)}, mean {mean:.4f}")  # fmt: skip

for norm in ("l1", "l2", "linf"):
    steepest = rg.lipschitz(regions, input_norm=norm)
    print(f"Lipschitz constant for {norm:>4}: {steepest.constant:.3f}",
          f"near {steepest.point.round(3)}")  # fmt: skip

level = rg.level_set(regions, mean)
segments = level.segments()
lengths = np.linalg.norm(segments[:, 0] - segments[:, 1], axis=1)
print(f"where the output equals its mean: {len(level)} segments, {lengths.sum():.3f} long in all")
