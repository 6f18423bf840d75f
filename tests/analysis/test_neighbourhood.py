"""Regions around a point, against enumeration of the same neighbourhood."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.analysis import neighbourhood
from relugeom.analysis.norms import NORMS, length
from relugeom.errors import DomainError, InvalidInputError
from relugeom.regions.problem import cell_rows, make_problem

import zoo


def as_set(patterns):
    return set(map(tuple, patterns.tolist()))


@pytest.mark.parametrize("make", zoo.DEGENERATE, ids=lambda make: make.__name__)
def test_regions_of_a_cube_are_those_of_its_enumeration(make):
    net = make()
    x = np.random.default_rng(1).uniform(-0.3, 0.3, net.input_dim)
    near = rg.nearest_regions(net, x, norm="linf", within=0.4)
    wanted = rg.enumerate_regions(net, rg.Box(x - 0.4, x + 0.4))
    assert near.complete
    assert as_set(near.patterns) == as_set(wanted.patterns)
    assert len(near) == len(wanted)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("seed", range(5))
def test_all_regions_of_a_domain_with_their_distances(norm, seed):
    rng = np.random.default_rng(seed)
    d = 1 + seed % 3
    net = rg.ReLUNetwork.random([d, 7, 5, 1], rng=seed)
    domain = zoo.cube(d) if d == 1 else zoo.random_polytope(d, seed)
    x = 0.5 * rng.uniform(-1, 1, d)
    near = rg.nearest_regions(net, x, norm=norm, domain=domain)
    regions = rg.enumerate_regions(net, domain)
    assert as_set(near.patterns) == as_set(regions.patterns)
    assert (np.diff(near.distances) >= 0).all()
    assert near.distances[0] == 0.0
    np.testing.assert_allclose(length(norm, near.nearest - x), near.distances, atol=1e-9)
    np.testing.assert_array_equal(net.activation_pattern(near.points), near.patterns)
    X = domain.bounding_box.sample(20_000, rng=0)
    X = X[domain.contains(X)]
    where = regions.locate(X)
    rank = {tuple(p): i for i, p in enumerate(near.patterns.tolist())}
    own = near.distances[[rank[tuple(p)] for p in regions.patterns.tolist()]]
    assert (length(norm, X - x) >= own[where] - 1e-9).all()


def test_a_point_on_boundaries_touches_all_regions_around_it():
    lines = rg.HyperplaneArrangement([[1, 0], [0, 1], [1, 1]], [0, 0, 0])
    near = rg.nearest_regions(lines, [0, 0])
    assert (len(near), near.distances.max()) == (6, 0.0)


def test_the_order_is_that_of_distance_in_many_dimensions():
    net = rg.ReLUNetwork.random([60, 20, 10, 2], rng=0)
    x = np.random.default_rng(0).standard_normal(60)
    near = rg.nearest_regions(net, x, max_regions=40)
    assert (near.status, len(near)) == ("capped", 40)
    fewer = rg.nearest_regions(net, x, within=near.distances[-1])
    assert fewer.complete
    assert as_set(fewer.patterns) == as_set(near.patterns[near.distances < near.distances[-1]])
    problem = make_problem(net, None, rg.Tolerances())
    G, h = cell_rows(problem, near.patterns)
    assert (np.einsum("nmd,nd->nm", G, near.nearest) <= h + 1e-9).all()


def test_interruption_and_doubt_are_told(monkeypatch):
    net = rg.ReLUNetwork.random([2, 8, 1], rng=0)
    real, calls = neighbourhood.nearest_point, []

    def once(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(neighbourhood, "nearest_point", once)
    assert rg.nearest_regions(net, [0, 0]).status == "interrupted"
    doubt = neighbourhood.nearest_point(np.eye(2), np.ones(2), *[np.ones(2)] * 2, "l2")
    doubt = doubt._replace(status=neighbourhood.DOUBT, point=None)
    monkeypatch.setattr(neighbourhood, "nearest_point", lambda *_: doubt)
    near = rg.nearest_regions(net, [0, 0])
    assert (near.status, near.undecided, near.complete) == ("undecided", 1, False)


def test_bad_arguments():
    net = rg.ReLUNetwork.random([2, 4, 1], rng=0)
    with pytest.raises(DomainError, match="must lie in the domain"):
        rg.nearest_regions(net, [5, 5], domain=zoo.cube(2))
    for bad in ({"norm": "l3"}, {"within": 0.0}, {"within": np.nan}, {"max_regions": 0}):
        with pytest.raises(InvalidInputError, match=next(iter(bad))):
            rg.nearest_regions(net, [0, 0], **bad)
