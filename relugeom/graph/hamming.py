"""Pairs of regions whose patterns are close though the regions are not.

In a plain arrangement two regions whose patterns differ in one sign share a facet. In a deep
network a bent hyperplane may have two regions on either side of it that agree in all other neurons
and do not touch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..regions import packing
from ..regions._kernel_flips import pairs_across

if TYPE_CHECKING:
    from .._check import IntArray
    from .region_graph import RegionGraph


def find_hamming_pairs(graph: RegionGraph) -> tuple[IntArray, IntArray]:
    """Return the pairs of regions one sign apart that share no facet, and that neuron."""
    regions, n = graph.regions, graph.n_regions
    edges = np.append(graph.edges.first * n + graph.edges.second, n * n)  # ascending
    masks = packing.pack(np.eye(regions.n_neurons, dtype=np.int8))
    zeros = np.zeros_like(regions.words) if len(regions.zeros) else None
    if zeros is not None:
        np.bitwise_or.at(zeros, regions.zeros[:, 0], masks[regions.zeros[:, 1]])
    first, second = np.empty((2, n), np.int64)
    pairs, neurons = [np.empty((0, 2), np.int64)], [np.empty(0, np.int64)]
    for k, mask in enumerate(masks):
        m = pairs_across(regions.words, mask, k, first, second)
        i, j = first[:m], second[:m]
        apart = edges[np.searchsorted(edges, i * n + j)] != i * n + j
        if zeros is not None:  # those of the other neurons must be the same
            apart &= ((zeros[i] ^ zeros[j]) & ~mask == 0).all(axis=1)
        pairs.append(np.column_stack([i, j])[apart])
        neurons.append(np.full(len(pairs[-1]), k))
    return np.concatenate(pairs), np.concatenate(neurons)
