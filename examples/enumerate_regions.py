"""Every activation region of a small network, by two engines, with volumes and a file."""

import tempfile
from pathlib import Path

import numpy as np
import relugeom as rg

net = rg.ReLUNetwork.random([3, 16, 16, 1], rng=0)
box = rg.Box([-1, -1, -1], [1, 1, 1])

regions = rg.enumerate_regions(net, box)
print(regions, "in", f"{regions.seconds:.2f} s")
print("linear regions:", regions.n_linear)
print("volumes add up to", regions.volumes.sum(), "of", box.volume)

again = rg.enumerate_regions(net, box, engine="lp")
print("the engines agree:", np.array_equal(regions.words, again.words))

largest = regions[int(np.argmax(regions.volumes))]
print("the largest region:", largest, "inradius", round(largest.inradius, 4))
A, c = largest.affine_map
print("there the network is x ->", A.round(3), "x +", c.round(3))

file = Path(tempfile.mkdtemp()) / "regions.parquet"
regions.save(file)
print("stored and read again:", rg.load_regions(file))
