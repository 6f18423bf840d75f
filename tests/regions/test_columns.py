"""Columns computed on request, each against an independent route."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, UnsupportedError
from relugeom.regions.columns import compute_columns

import zoo

BOX = rg.Box([-1.5, -1], [1, 2])
NETS = {"plain": rg.ReLUNetwork.random([2, 8, 6, 3], rng=0), "leaky": zoo.leaky()}


@pytest.fixture(params=NETS)
def regions(request):
    return rg.enumerate_regions(NETS[request.param], BOX)


def column(regions, name, data=None):
    return compute_columns(regions, [name], data)[name]


def test_signs_and_neurons_that_are_on(regions):
    symbols = {1: "+", -1: "-", 0: "0"}
    wanted = ["".join(symbols[s] for s in row) for row in regions.patterns.tolist()]
    assert column(regions, "signs").tolist() == wanted
    assert column(regions, "n_on").tolist() == [w.count("+") for w in wanted]


def test_vanishing_neurons_show_as_zero():
    net = rg.ReLUNetwork.from_weights([[[1.0], [0.0]], [[1.0, 1.0]]], [[0.0, 0.0], [0.0]])
    regions = rg.enumerate_regions(net, rg.Box([-1], [1]))
    assert sorted(column(regions, "signs")) == ["+0", "-0"]


def test_volume_degree_and_facets(regions):
    graph = regions.adjacency()
    np.testing.assert_array_equal(column(regions, "degree"), graph.degrees())
    np.testing.assert_array_equal(column(regions, "n_facets"), [len(r.facets) for r in regions])
    np.testing.assert_allclose(column(regions, "volume"), [p.area for p in regions.polygons()])
    np.testing.assert_array_equal(column(regions, "linear_region"), regions.linear_region)


@pytest.mark.parametrize("name", ["leaky", "skips", "many_neurons", "zero_rows", "duplicate"])
def test_inscribed_balls_are_those_found_in_rational_arithmetic(name):
    net = getattr(zoo, name)()
    d = net.input_dim
    regions = rg.enumerate_regions(net, rg.Box([-1] * d, [1] * d))
    rows = np.random.default_rng(0).permutation(len(regions))[:60]
    exact = np.array([regions[int(i)].inradius for i in rows])
    np.testing.assert_allclose(regions.inradii[rows], exact, rtol=1e-7)
    start, G, h = regions.h_representation()
    cell = np.repeat(np.arange(len(regions)), np.diff(start))
    centres = column(regions, "centre")
    room = h - np.einsum("md,md->m", G, centres[cell])
    np.testing.assert_allclose(
        np.minimum.reduceat(room, start[:-1]), column(regions, "inradius"), rtol=1e-6
    )


def test_inscribed_balls_of_unbounded_and_thin_regions():
    slab = rg.HyperplaneArrangement([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0.0, -1e-8, 0.0])
    regions = rg.enumerate_regions(slab, rg.Box([-1, -1], [1, 1]))
    thin = regions.inradii[np.abs(regions.points[:, 0]) < 1e-8]
    np.testing.assert_allclose(thin, 5e-9, rtol=1e-6)
    assert np.isinf(rg.enumerate_regions(slab).inradii).sum() == 4


def test_affine_maps(regions):
    net = regions.source
    gradient, offset = column(regions, "gradient"), column(regions, "offset")
    A = gradient.reshape(len(regions), net.output_dim, 2)
    values = np.einsum("nod,nd->no", A, regions.points) + offset
    np.testing.assert_allclose(values, net(regions.points), atol=1e-12)
    singular = [np.linalg.svd(a, compute_uv=False)[0] for a in A]
    np.testing.assert_allclose(column(regions, "gradient_norm"), singular)


def test_output_ranges_are_reached_and_hold(regions):
    low, high = column(regions, "output_low"), column(regions, "output_high")
    X = BOX.sample(20_000, rng=0)
    at, Y = regions.locate(X), regions.source(X)
    assert (low[at] - 1e-9 <= Y).all()
    assert (high[at] + 1e-9 >= Y).all()
    for i, region in enumerate(regions):
        corners = regions.source(region.vertices)
        np.testing.assert_allclose(corners.min(axis=0), low[i], atol=1e-9)
        np.testing.assert_allclose(corners.max(axis=0), high[i], atol=1e-9)


def test_data_count(regions):
    X = rg.Box([-3, -3], [3, 3]).sample(500, rng=1)
    count = column(regions, "data_count", X)
    assert count.sum() == BOX.contains(X).sum()
    np.testing.assert_array_equal(count, np.bincount(regions.locate(X) + 1)[1:].tolist() + [0] * (
        len(regions) - regions.locate(X).max() - 1
    ))  # fmt: skip


def test_every_column_of_an_empty_part():
    net = NETS["plain"]
    regions = rg.enumerate_regions(net, BOX)
    none = type(regions)(**{**vars_of(regions), "words": regions.words[:0],
                            "points": regions.points[:0], "reported_facets": None,
                            "zeros": regions.zeros[:0]})  # fmt: skip
    for name in ("signs", "n_on", "gradient", "gradient_norm", "offset"):
        assert len(column(none, name)) == 0


def vars_of(regions):
    return {name: getattr(regions, name) for name in type(regions).__dataclass_fields__}


@pytest.mark.parametrize(
    ("names", "data", "words"),
    [
        (["size"], None, "among signs, .*; got 'size'"),
        ("volume", None, "sequence of names; got 'volume'"),
        (None, None, "sequence of names; got None"),
        (["data_count"], None, "`data` must be given with the column data_count"),
        (["volume"], [[0, 0]], "only then"),
        (["data_count"], [[0, 0, 0]], r"`data` must be points .* shape \(n, 2\)"),
        (["data_count"], [[0, np.nan]], "`data` must be finite"),
    ],
)
def test_bad_columns(regions, names, data, words):
    with pytest.raises(InvalidInputError, match=words):
        compute_columns(regions, names, data)


def test_an_arrangement_has_no_affine_maps():
    regions = rg.enumerate_regions(rg.HyperplaneArrangement([[1.0]], [0.0]))
    with pytest.raises(UnsupportedError, match="those of an arrangement"):
        column(regions, "gradient")
