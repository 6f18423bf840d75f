"""Adam in two parameters, drawn over the exact cells of the plane that it moves in."""

import numpy as np
import relugeom as rg

# one hidden layer: every wall in the plane is a straight line, every cell exact
rng = np.random.default_rng(2)
X = rng.uniform(-2, 2, size=(12, 1))
net = rg.ReLUNetwork.random([1, 4, 1], rng=4)
plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=4)
path = rg.train(net, X, np.abs(X[:, 0]), steps=80, lr=0.2, within=plane)
shown = rg.parameter_plane(path, X, plane)
print(shown, rg.paths.cell_visits(shown.events))
rg.plotting.save_figure(rg.plotting.plot_parameter_plane(shown), "parameter_plane.png")

# two hidden layers: deeper walls are curves, drawn as the squares where no mask is certified
X = rng.normal(size=(8, 2))
net = rg.ReLUNetwork.random([2, 3, 3, 1], rng=1)
plane = rg.AffineSlice.random(net.n_parameters, 2, origin=net.parameters, rng=1)
path = rg.train(net, X, np.sin(2 * X[:, 0]), steps=100, lr=0.1, within=plane)
shown = rg.parameter_plane(path, X, plane)
cover = rg.paths.plane_cover(net, X, plane, shown.domain, levels=9)
print(shown, cover)
ax = rg.plotting.plot_parameter_plane(shown, cover=cover)
rg.plotting.save_figure(ax, "parameter_plane_deep.png")
