"""Region graphs that tests share: random nets, arrangements, degenerate ones, an incomplete one."""

from functools import cache

import numpy as np
import relugeom as rg

import zoo


def of_net(widths, seed, side=1.0):
    net = rg.ReLUNetwork.random(widths, rng=seed)
    return rg.enumerate_regions(net, zoo.cube(widths[0], side)).adjacency()


def grid(m):
    """m vertical and m horizontal lines: (m + 1)^2 regions, a grid graph."""
    normals = np.repeat(np.eye(2), m, axis=0)
    offsets = -np.tile(np.arange(1.0, m + 1), 2)
    arrangement = rg.HyperplaneArrangement(normals, offsets)
    return rg.enumerate_regions(arrangement, rg.Box([0, 0], [m + 1, m + 1])).adjacency()


def concurrent(m):
    """m lines through the origin: a ring of 2 m regions."""
    angle = np.arange(m) * np.pi / m
    lines = rg.HyperplaneArrangement(np.column_stack([np.cos(angle), np.sin(angle)]))
    return rg.enumerate_regions(lines, zoo.cube(2)).adjacency()


def in_cube(make):
    net = make()
    return rg.enumerate_regions(net, zoo.cube(net.input_dim, 2.0)).adjacency()


_MAKERS = {
    "plane": lambda: of_net([2, 8, 6, 2], 1),
    "deep plane": lambda: of_net([2, 6, 6, 6, 1], 5, 2.0),
    "space": lambda: of_net([3, 7, 5, 2], 2),
    "four dimensions": lambda: of_net([4, 5, 3, 1], 3),
    "grid": lambda: grid(4),
    "concurrent": lambda: concurrent(5),
    "braid": lambda: rg.enumerate_regions(rg.arrangements.families.braid(4)).adjacency(),
    "generic": lambda: rg.enumerate_regions(
        rg.arrangements.families.generic(7, 3, rng=0)
    ).adjacency(),
    "duplicate": lambda: in_cube(zoo.duplicate),
    "zero rows": lambda: in_cube(zoo.zero_rows),
    "integers": lambda: in_cube(zoo.integers),
    "line": lambda: in_cube(zoo.hamming_trap),
    "one region": lambda: rg.enumerate_regions(
        rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]]], [[9.0], [0.0]]), rg.Box([-1], [1])
    ).adjacency(),
}  # fmt: skip
NAMES = list(_MAKERS)
BOUNDED = [name for name in NAMES if name not in ("braid", "generic")]
MANY = [name for name in NAMES if name != "one region"]


@cache
def named(name):
    return _MAKERS[name]()


def incomplete():
    """A capped table in two parts: ten of the regions on a line."""
    lines = rg.HyperplaneArrangement(np.ones((12, 1)), -np.arange(12.0))
    regions = rg.enumerate_regions(lines, rg.Box([-1], [12]))
    kept = np.array([0, 1, 2, 3, 6, 7, 8, 9, 10, 11])
    from dataclasses import replace

    part = replace(
        regions, words=regions.words[kept], points=regions.points[kept], reported_facets=None,
        status="capped",
    )  # fmt: skip
    return part.adjacency()


def weighted(graph, weight):
    """The graph of networkx with a weight on every edge."""
    made = graph.to_networkx()
    for i, j, w in zip(graph.edges.first, graph.edges.second, weight, strict=True):
        made.edges[int(i), int(j)]["w"] = float(w)
    return made
