"""Region crossings and directions of Adam and SGD on the same problem, side by side."""

import relugeom as rg

data = rg.data.penguins()
X = (data.X - data.X.mean(axis=0)) / data.X.std(axis=0)
net = rg.ReLUNetwork.random([4, 16, 16, 3], rng=0)

for optimizer, lr in (("adam", 0.01), ("sgd", 0.1)):
    path = rg.train(
        net, X, data.y, optimizer=optimizer, loss="cross_entropy", steps=150, lr=lr, rng=0
    )
    events = rg.crossings(path, X)
    complexity = rg.directional_complexity(path, rng=0)
    accuracy = (path.network(-1).predict(X) == data.y).mean()
    print(f"{optimizer}: accuracy {accuracy:.1%}, {events}")
    print("  crossings by layer:", events.per_layer.sum(axis=0))
    print("  steps until no neuron of the layer flips:", rg.paths.freeze_time(events))
    print(f"  effective dimension {complexity.dimensions['participation_raw']:.2f},", end=" ")
    print(f"total turning {complexity.turning:.1f} rad")
