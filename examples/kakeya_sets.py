"""Directions of a training run beside nulls, and tubes in its two main directions beside bounds."""

import numpy as np
import relugeom as rg
from relugeom import kakeya
from relugeom.kakeya import DirectionSet, TubeFamily, bounds, dimension, nulls

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (64, 2))
net = rg.ReLUNetwork.random([2, 12, 12, 1], rng=0)
path = rg.train(net, X, np.sin(3 * X[:, :1]), steps=400, optimizer="adam", rng=0)
steps = path.updates[path.updates.any(axis=1)]
lengths = np.linalg.norm(steps, axis=1)
sets = {
    "Adam": steps,
    "moving average of noise": nulls.ema(lengths, steps.shape[1], 0.9, rng=1),
    "independent steps": nulls.walk(lengths, steps.shape[1], rng=2),
}
print(f"{len(steps)} steps in {steps.shape[1]} dimensions; dimension (from angle, to angle):")
for name, rows in sets.items():
    found = dimension.estimates(DirectionSet(rows))
    text = ", ".join(f"{r.name} {r.value:.1f} ({r.low:.2g}, {r.high:.2g})" for r in found)
    print(f"  {name}: {text}")
curves = {name: DirectionSet(rows).curve() for name, rows in sets.items()}
observed = curves.pop("Adam")
rg.plotting.plot_direction_curve(observed, curves)

positions = path.parameters - path.parameters.mean(axis=0)
plane = np.linalg.svd(positions, full_matrices=False)[2][:2]  # tubes in P dimensions hardly meet
flat = np.diff(positions @ plane.T, axis=0)[::8]
family = TubeFamily.bush(flat[flat.any(axis=1)], 0.01)
union, lower = family.union_volume(), family.lower_bounds()
print(f"{family}: area {union.value:.4f} ({union.method})")
print("  lower bounds:", {name: round(value, 4) for name, value in lower.items()})
print(f"  mean multiplicity {family.multiplicity_moments().mean:.2f}, "
      f"C_KT at least {kakeya.wolff_constant(family).value:.2f}")  # fmt: skip

for row in bounds.table(4, 0.01).statements:
    print(f"R^4: {row.quantity}, {row.name}: {row.kind} ({row.reference})")
