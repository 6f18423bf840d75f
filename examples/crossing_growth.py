"""How the crossings of a training run grow with steps, width, depth, samples and learning rate."""

import numpy as np
import relugeom as rg

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 2))
y = np.sin(2 * X[:, 0]) * X[:, 1]

study = rg.growth_study(
    X, y, steps=[15, 30, 60], width=[4, 8, 16], depth=[1, 2, 3], n_samples=[10, 20, 40],
    lr=[0.01, 0.03], base={"n_samples": 40}, n_seeds=3, rng=0,
)  # fmt: skip
print(study)
for factor in ("steps", "width", "depth", "n_samples", "lr", "M"):
    fits = study.fit(factor, d_eff="participation", n_boot=100)
    print(f"\n{fits}")
