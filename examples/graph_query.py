"""Shortest region paths and decision regions of a classifier in the plane."""

from itertools import pairwise

import relugeom as rg

data = rg.data.penguins()
X = data.X[:, :2]
X = (X - X.mean(axis=0)) / X.std(axis=0)
net = rg.ReLUNetwork.random([2, 16, 16, 3], rng=0)
net = rg.train(net, X, data.y, loss="cross_entropy", steps=300, lr=0.01, rng=0).network(-1)

regions = rg.enumerate_regions(net, rg.Box.around(X))
graph = regions.adjacency()
print(graph, "diameter", graph.diameter())

adelie, gentoo = X[data.y == 0][0], X[data.y == 2][0]
way = graph.shortest_path(adelie, gentoo)
layers = [int(net.neuron_layer[graph.crossing(i, j)]) + 1 for i, j in pairwise(way)]
print("from an Adelie to a Gentoo:", way, "crossing neurons of layers", layers)

decision = graph.decision_regions()
for label, volume in zip(decision.classes, decision.volumes, strict=True):
    print(f"{data.class_names[label]:>10}: a decision region of area {volume:.3f}")

ax = rg.plotting.plot_regions(
    regions, X=X, y=data.y, class_names=data.class_names, decision=decision, path=way
)
