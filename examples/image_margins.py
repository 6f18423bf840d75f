"""How far images are from the decision boundary, exactly, in 64 dimensions."""

import numpy as np
import relugeom as rg
from sklearn.datasets import load_digits

X, y = load_digits(return_X_y=True)
X = X / 16  # 8 x 8 pixels between 0 and 1
net = rg.ReLUNetwork.random([64, 24, 10], rng=0)
path = rg.train(net, X, y, loss="cross_entropy", steps=300, batch_size=100, lr=0.01, rng=0)
net = path.network(-1)

for i in range(5):
    line = f"image {i}, a {y[i]}:"
    for norm in ("l2", "linf", "l1"):
        found = rg.margin(net, X[i], norm=norm)
        line += f"  {found.distance:.4f} ({norm}, to {found.other}, {found.pieces} pieces)"
    print(line)

nearest = rg.margin(net, X[2])
beyond = X[2] + 1.001 * (nearest.point - X[2])
print(f"just beyond the nearest boundary point of image 2: class {net.predict(beyond)[0]},",
      f"largest change of a pixel {np.abs(beyond - X[2]).max():.3f}")  # fmt: skip
around = rg.nearest_regions(net, X[2], within=nearest.distance)
print(f"activation regions nearer than that: {len(around)}")
