"""Ask the region graph of a classifier in the plane: routes, walls, bottlenecks, bent lines."""

from itertools import pairwise

import numpy as np
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
straight = graph.shortest_path(adelie, gentoo, weight="distance")
print("shortest through interior points:", straight)

decision = graph.decision_regions()
for label, volume in zip(decision.classes, decision.volumes, strict=True):
    print(f"{data.class_names[label]:>10}: a decision region of area {volume:.3f}")

species = net.predict(regions.points)
wall = graph.min_cut(species == 0, species == 2, capacity="facet")
print(f"the shortest wall of facets between Adelies and Gentoos: length {wall.value:.3f},",
      f"{len(wall.edges)} facets")  # fmt: skip

halves = graph.fiedler()
share = regions.volumes[halves.vector > 0].sum() / regions.volumes.sum()
print(halves, f"splits the area {share:.0%} : {1 - share:.0%}")
busiest = int(np.argmax(graph.betweenness().values))
print("most shortest paths pass through region", busiest, "at", regions.points[busiest].round(2))

zones = [graph.zone(k) for k in range(net.n_neurons)]
print("neurons whose bent line is in several pieces:", [z for z in zones if z.n_pieces > 1])
pairs, neurons = graph.hamming_pairs_not_adjacent()
print(len(pairs), "pairs of regions differ in one sign and do not touch")

ax = rg.plotting.plot_regions(
    regions, X=X, y=data.y, class_names=data.class_names, decision=decision, route=way
)
