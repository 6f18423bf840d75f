"""What bounds say of one run on penguins, and whether the gap follows sqrt(d_eff / n)."""

import numpy as np
import relugeom as rg

data = rg.data.penguins()
X = (data.X - [44.0, 17.0, 200.0, 4200.0]) / [
    5.0,
    2.0,
    14.0,
    800.0,
]  # by constants, not by the data
order = np.random.default_rng(0).permutation(len(X))
train, test = ((X[part], data.y[part]) for part in (order[:240], order[240:]))

# in six random dimensions, drawn before the data: bounds in six dimensions are valid
net = rg.ReLUNetwork.random([4, 16, 16, 3], rng=0)
inside = rg.generalisation.random_subspace(net, 6, rng=0)
path = rg.train(net, *train, loss="cross_entropy", lr=0.05, within=inside, rng=0)
report = rg.generalisation.report(path, train, test, input_bound=10.0, rng=0)
print(report)
ax = rg.plotting.plot_generalisation_bounds(report)
rg.plotting.save_figure(ax, "generalisation_bounds.png")

# two features are harder to learn: gaps to see
small, rest = ((X[part][:, :2], data.y[part]) for part in (order[:170], order[170:]))
study = rg.generalisation.gap_study(
    small, rest, d_eff="participation", n_samples=[20, 40, 80, 160], n_seeds=5, rng=0
)
fit = study.fit()
print(f"\n{study}\n{fit}")
rg.plotting.save_figure(rg.plotting.plot_gap_study(fit), "gap_study.png")
