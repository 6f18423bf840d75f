"""Pairs of regions that share a facet.

Two regions are adjacent when they share a facet, a (d-1)-dimensional set. In a plain arrangement
that is to differ in the sign of one hyperplane: the segment between their points crosses no other.
In a deep network that is necessary, not sufficient, so the search starts from true facets: beyond a
facet of neuron k lies the region whose pattern has sign k turned over, unless several neurons
vanish on the facet. Then the pattern beyond is computed by carrying the outward derivative from a
point of the facet through the layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._table import brief
from . import _kernel_flips as kernel
from . import packing
from .essential import Doubt, distinct_hyperplanes
from .facets import find_facets, patterns_beyond
from .problem import is_one_layer

if TYPE_CHECKING:
    from .._check import IntArray
    from .table import Regions


@brief
@dataclass(frozen=True, eq=False)
class Neighbours:
    """Edges of the dual graph, in columns.

    Attributes
    ----------
    first, second : ndarray of int, shape (m,)
        Regions that share a facet, ``first < second``, in lexicographic order.
    neuron : ndarray of int, shape (m,)
        The neuron whose zero set the facet lies in; the lowest one if there are several.
    unmatched : int
        Facets beyond which no listed region was found, or that only one side knows: 0 for a
        complete table.

    Examples
    --------
    >>> import relugeom as rg
    >>> found = rg.enumerate_regions(rg.HyperplaneArrangement([[1, 0], [0, 1]])).neighbours
    >>> found.first, found.second, found.neuron
    (array([0, 0, 1, 2]), array([1, 2, 3, 3]), array([1, 0, 0, 1]))
    """

    first: IntArray
    second: IntArray
    neuron: IntArray
    unmatched: int


def find_neighbours(regions: Regions) -> Neighbours:
    """Match every facet of every region with the region beyond it."""
    if regions.flip_neighbours is not None:
        return regions.flip_neighbours
    source, facet = regions.facet_owner, regions.facets
    plain = (facet >= 0) & ~regions.coincident[source]
    source, neuron = source[plain], facet[plain]
    target = packing.find(regions.words, packing.flip(regions.words[source], neuron))
    special = np.flatnonzero(regions.coincident)
    if len(special):
        found = find_facets(
            regions.problem, regions.patterns[special], regions.points[special], central=True
        )
        inner = found.facet >= 0
        beyond = patterns_beyond(regions.problem, found, inner)
        source = np.concatenate([source, special[found.cell[inner]]])
        neuron = np.concatenate([neuron, found.facet[inner]])
        target = np.concatenate([target, packing.find(regions.words, packing.pack(beyond))])
    matched = (target >= 0) & (target != source)
    unmatched = int((~matched).sum())
    source, target, neuron = source[matched], target[matched], neuron[matched]
    first, second = np.minimum(source, target), np.maximum(source, target)
    order = np.lexsort([neuron, second, first])
    first, second, neuron = first[order], second[order], neuron[order]
    new = np.ones(len(first), bool)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    seen = np.diff(np.append(np.flatnonzero(new), len(new)))
    return Neighbours(first[new], second[new], neuron[new], unmatched + int((seen == 1).sum()))


def neighbours_by_flips(regions: Regions) -> Neighbours | None:
    """Return the neighbours in a complete table of a plain arrangement, whatever its domain.

    None where the table is no such thing, or hyperplanes nearly coincide.
    """
    if not (regions.complete and is_one_layer(regions.problem)):
        return None
    try:
        kept, own = distinct_hyperplanes(regions.problem)
    except Doubt:
        return None
    masks = packing.pack(np.where(own == kept[:, None], 1, -1).astype(np.int8))
    n = len(regions)
    first, second = np.empty((2, n), np.int64)
    parts = [(np.empty(0, np.int64),) * 3]
    for k, mask in zip(kept, masks, strict=True):
        m = kernel.pairs_across(regions.words, mask, k, first, second)
        parts.append((first[:m].copy(), second[:m].copy(), np.full(m, k)))
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    start, others, neuron = kernel.by_first(n, *columns)
    return Neighbours(np.repeat(np.arange(n), np.diff(start)), others, neuron, unmatched=0)
