"""Low dimension alone does not make crossings few: a line may cross every wall of layer 1."""

import numpy as np
import relugeom as rg

rng = np.random.default_rng(0)
X = rng.normal(size=(35, 3))
net = rg.ReLUNetwork.random([3, 10, 1], rng=0)
line = rg.OptimizerPath.from_parameters(net, [net.parameters, -net.parameters])

events = rg.crossings(line, X)
print(f"one direction, d_eff = 1, and {len(events)} crossings: 35 samples times 10 neurons")
print(rg.crossing_bounds(line, X, events, d_eff=1.0))

# and few cells do not make crossings few: one neuron to and fro over one wall
net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]]])
zigzag = np.tile(net.parameters, (101, 1))
zigzag[:, 0] = (-1.0) ** np.arange(101)
path = rg.OptimizerPath.from_parameters(net, zigzag)
print(f"\none wall: {rg.paths.cell_visits(rg.crossings(path, [[1.0]]))}")
