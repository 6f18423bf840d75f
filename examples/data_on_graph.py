"""Data on the region graph, before and after training; and segments between images."""

import numpy as np
import relugeom as rg

data = rg.data.penguins()
X = data.X[:, :2]
X = (X - X.mean(axis=0)) / X.std(axis=0)
start = rg.ReLUNetwork.random([2, 16, 16, 3], rng=0)
path = rg.train(start, X, data.y, loss="cross_entropy", steps=300, lr=0.01, rng=0)

for when, net in (("before", start), ("after", path.network(-1))):
    graph = rg.enumerate_regions(net, rg.Box.around(X, margin=0.2)).adjacency()
    birds = graph.occupancy(X, data.y)
    pure = np.nanmean(birds.purity == 1, where=birds.counts > 0)
    print(f"{when} training: {birds}")
    print(f"  regions that hold each species: {birds.regions_per_class};",
          f"{pure:.0%} of the occupied ones hold one species")  # fmt: skip
    print("  mean crossings to the nearest bird of each species:")
    print(birds.mean_class_distances.round(2))
    print(f"  empty regions next to data: {len(birds.empty_around())},",
          f"farthest from data: {birds.distances.max()} crossings")  # fmt: skip

# crossings of segments need no regions: here in all four measurements
X = (data.X - data.X.mean(axis=0)) / data.X.std(axis=0)
net = rg.ReLUNetwork.random([4, 32, 32, 3], rng=0)
path = rg.train(net, X, data.y, loss="cross_entropy", steps=300, lr=0.01, rng=0)
rng = np.random.default_rng(0)
i, j = rng.integers(0, len(X), (2, 5000))
i, j = i[i != j], j[i != j]
crossed = rg.crossings_on_segment(path.network(-1), X[i], X[j])
length = np.linalg.norm(X[j] - X[i], axis=1)
for same, pairs in (("one species", data.y[i] == data.y[j]), ("two", data.y[i] != data.y[j])):
    density = crossed.counts[pairs].sum() / length[pairs].sum()
    print(f"between two birds of {same}: {density:.2f} crossings by unit of length")
