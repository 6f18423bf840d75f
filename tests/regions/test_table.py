"""What a table says of its regions, batch by batch, against the network asked at once."""

import numpy as np
import pytest
import relugeom as rg
from relugeom import _batches
from relugeom.errors import UnsupportedError


@pytest.fixture
def regions(monkeypatch):
    monkeypatch.setattr(_batches, "_ENTRIES", 100)  # several batches
    net = rg.ReLUNetwork.random([2, 6, 5, 2], rng=3)
    return rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1]))


def test_affine_maps_of_all_regions(regions):
    rows, A, c = zip(*regions.affine_maps(), strict=True)
    assert len(rows) > 1
    assert [i for part in rows for i in range(part.start, part.stop)] == list(range(len(regions)))
    gradient, offset = regions.network.affine_map(regions.patterns)
    np.testing.assert_array_equal(np.concatenate(A), gradient)
    np.testing.assert_array_equal(np.concatenate(c), offset)


def test_inequalities_hold_inside_and_only_there(regions):
    X = regions.domain.sample(200, 0)
    G, h = regions.inequalities(slice(0, len(regions)))
    inside = (np.einsum("nmd,xd->xnm", G, X) <= h).all(axis=2)
    assert (inside.sum(axis=1) == 1).all()
    np.testing.assert_array_equal(inside.argmax(axis=1), regions.locate(X))


def test_facet_owners(regions):
    for i, region in enumerate(regions):
        assert regions.facets[regions.facet_owner == i].tolist() == region.facets.tolist()


def test_an_arrangement_is_no_network():
    regions = rg.enumerate_regions(rg.HyperplaneArrangement([[1.0, 0.0], [0.0, 1.0]]))
    assert regions.n_neurons == 2
    with pytest.raises(UnsupportedError, match="got those of an arrangement"):
        _ = regions.network
