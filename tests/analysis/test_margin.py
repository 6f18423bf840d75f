"""Margins: both engines against each other, against every region, and against samples."""

import itertools
from importlib import import_module

import numpy as np
import pytest
import relugeom as rg
from relugeom.analysis.norms import NORMS, length
from relugeom.errors import DomainError, InvalidInputError

import zoo

module = import_module("relugeom.analysis.margin")  # whose name in the package is the function's


def by_all_regions(net, x, norm, domain):
    """Distance to the boundary: every region and every other class, by cvxpy."""
    import cvxpy as cp

    label, k = int(net.predict(x)[0]), net.output_dim
    rows = np.array([[1.0 - 2 * label]]) if k == 1 else np.delete(np.eye(k), label, 0)
    rows = rows if k == 1 else rows - np.eye(k)[label]
    regions = rg.enumerate_regions(net, domain)
    A, c = net.affine_map(regions.patterns)
    best, order = np.inf, {"l1": 1, "l2": 2, "linf": "inf"}[norm]
    for i in range(len(regions)):
        for g, offset in zip(rows @ A[i], rows @ c[i], strict=True):
            size = np.linalg.norm(g) or 1.0
            y, (G, h) = cp.Variable(len(x)), regions[i].halfspaces
            asked = [G @ y <= h, (g @ y + offset) / size >= 0]
            problem = cp.Problem(cp.Minimize(cp.norm(y - x, order)), asked)
            problem.solve(solver="CLARABEL")
            if problem.status == "optimal":
                best = min(best, problem.value)
    return best


def centred(net, domain):
    """The network of one output, moved so that both classes occur."""
    move = np.median(net(domain.bounding_box.sample(200, rng=0)))
    biases = [*net.biases[:-1], net.biases[-1] - move]
    return rg.ReLUNetwork.from_weights(net.weights, biases, slopes=net.slopes)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("seed", range(6))
def test_equal_to_the_distance_to_all_boundary_pieces(norm, seed):
    rng = np.random.default_rng(seed)
    d, k = 2 + seed % 2, (1, 3)[seed // 3]
    net = rg.ReLUNetwork.random([d, 6, 5, k], rng=seed)
    domain = zoo.cube(d) if seed % 2 else zoo.random_polytope(d, seed)
    net = centred(net, domain) if k == 1 else net
    x = 0.3 * rng.uniform(-1, 1, d)
    wanted = by_all_regions(net, x, norm, domain)
    for engine in ("tree", "graph"):
        found = rg.margin(net, x, norm=norm, domain=domain, engine=engine)
        assert found.complete
        assert found.distance == pytest.approx(wanted, rel=1e-5)
        assert found.lower == pytest.approx(found.distance, rel=1e-8)
        if wanted < np.inf:
            assert length(norm, found.point - x) == pytest.approx(found.distance, rel=1e-8)
            assert domain.contains(found.point, tolerance=1e-9)[0]


@pytest.mark.parametrize("make", zoo.DEGENERATE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("norm", NORMS)
def test_engines_agree_on_degenerate_networks(make, norm):
    net = make()
    domain = zoo.cube(net.input_dim)
    net = centred(net, domain)
    x = np.random.default_rng(3).uniform(-0.5, 0.5, net.input_dim)
    tree = rg.margin(net, x, norm=norm, domain=domain)
    graph = rg.margin(net, x, norm=norm, domain=domain, engine="graph")
    assert tree.complete
    assert graph.complete
    assert tree.distance == pytest.approx(graph.distance, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("norm", NORMS)
def test_no_sample_within_the_margin_has_another_class(norm):
    net = rg.ReLUNetwork.random([20, 16, 16, 4], rng=1, bias_scale=0.3)
    rng = np.random.default_rng(0)
    for x in rng.standard_normal((3, 20)):
        found = rg.margin(net, x, norm=norm)
        assert found.complete
        assert found.distance == pytest.approx(
            rg.margin(net, x, norm=norm, engine="graph").distance, rel=1e-8
        )
        steps = rng.standard_normal((4000, 20))
        steps = np.vstack([steps, np.sign(steps[:1000]), np.eye(20), -np.eye(20)])
        steps = np.vstack([steps, found.point - x + 0.05 * rng.standard_normal((4000, 20))])
        steps *= (found.distance * (1 - 1e-9) / length(norm, steps))[:, None]
        assert (net.predict(x + steps) == found.label).all()
        outputs = net(found.point)[0]
        assert outputs[found.label] == pytest.approx(outputs[found.other], abs=1e-8)
        beyond = net.predict(x + (1 + 1e-6) * (found.point - x))[0]
        assert beyond == found.other


def test_the_nearest_of_the_targets_is_the_margin():
    net = rg.ReLUNetwork.random([6, 12, 4], rng=2)
    x = np.random.default_rng(1).standard_normal(6)
    found = rg.margin(net, x)
    others = [j for j in range(4) if j != found.label]
    each = {j: rg.margin(net, x, target=j).distance for j in others}
    assert min(each.values()) == pytest.approx(found.distance, rel=1e-9)
    assert each[found.other] == pytest.approx(found.distance, rel=1e-9)


def test_within_and_domain_limit_where_it_looks():
    net = rg.ReLUNetwork.from_weights([[[1.0, 0.0], [-1.0, 0.0]], [[1.0, 1.0]]], [[0, 0], [-1]])
    x = [0.25, 0.0]
    for engine in ("tree", "graph"):
        near = rg.margin(net, x, within=0.7, engine=engine)
        assert (near.distance, near.lower, near.point, near.other) == (np.inf, 0.7, None, -1)
        assert near.complete
        assert rg.margin(net, x, within=0.8, engine=engine).distance == pytest.approx(0.75)
        left = rg.Box([-2, -1], [0.5, 1])
        assert rg.margin(net, x, domain=left, engine=engine).distance == pytest.approx(1.25)
        inside = rg.Box([-0.5, -1], [0.5, 1])
        nowhere = rg.margin(net, x, domain=inside, engine=engine)
        assert (nowhere.distance, nowhere.complete) == (np.inf, True)


def test_no_boundary_at_all():
    """One class everywhere: the graph of regions can be finished, balls have no end."""
    net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]], [[0, 0], [1]])
    graph = rg.margin(net, [0.5], engine="graph")
    assert (graph.distance, graph.complete) == (np.inf, True)
    tree = rg.margin(net, [0.5], engine="tree")
    assert (tree.distance, tree.status) == (np.inf, "capped")
    assert tree.lower > 1e5
    auto = rg.margin(net, [0.5])
    assert (auto.distance, auto.complete, auto.engine) == (np.inf, True, "graph")


def test_a_point_on_the_boundary():
    net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]], [[0, 0], [-1]])
    for engine in ("tree", "graph"):
        assert rg.margin(net, [1.0], engine=engine).distance == 0.0


def test_one_output_has_two_classes():
    net = centred(rg.ReLUNetwork.random([3, 8, 1], rng=5), zoo.cube(3))
    rng = np.random.default_rng(2)
    labels = set()
    for x in rng.uniform(-1, 1, (6, 3)):
        found = rg.margin(net, x)
        labels.add(found.label)
        assert found.other == 1 - found.label
        assert net(found.point)[0, 0] == pytest.approx(0.0, abs=1e-8)
    assert labels == {0, 1}


def test_budgets_give_bounds_on_both_sides(monkeypatch):
    net = rg.ReLUNetwork.random([15, 12, 10, 3], rng=3)
    x = np.random.default_rng(4).standard_normal(15)
    full = rg.margin(net, x)
    assert full.complete
    monkeypatch.setattr(module, "boundary_point", lambda *_: None)  # no good start
    monkeypatch.setattr(module, "_BISECTIONS", 3)
    for limit in (3, 30):
        capped = rg.margin(net, x, max_pieces=limit)
        assert (capped.status, capped.pieces) == ("capped", limit)
        assert capped.lower <= full.distance * (1 + 1e-9)
        assert capped.distance >= full.distance * (1 - 1e-9)
    capped = rg.margin(net, x, max_pieces=3, engine="graph")
    assert capped.status == "capped"
    assert 0 < capped.lower <= full.distance
    assert rg.margin(net, x, time_limit=1e-9).status == "capped"
    again = rg.margin(net, x)  # grows its ball instead
    assert again.distance == pytest.approx(full.distance, rel=1e-8)


@pytest.mark.parametrize("engine", ["tree", "graph"])
def test_interruption_keeps_what_is_known(engine, monkeypatch):
    net = rg.ReLUNetwork.random([8, 16, 3], rng=3)
    calls = itertools.count()
    real = {"tree": module.relax, "graph": module.nearest_first}[engine]

    def interrupted(*arguments):
        if engine == "graph":
            yield next(real(*arguments))
            raise KeyboardInterrupt
        yield from ()

    def stopping(*arguments):
        if next(calls) == 20:
            raise KeyboardInterrupt
        return real(*arguments)

    if engine == "graph":
        monkeypatch.setattr(module, "nearest_first", interrupted)
    else:
        monkeypatch.setattr(module, "relax", stopping)
    found = rg.margin(net, np.zeros(8), engine=engine)
    assert (found.status, found.complete) == ("interrupted", False)
    assert found.lower <= found.distance


def test_bad_arguments():
    net = rg.ReLUNetwork.random([2, 4, 3], rng=0)
    x = [0.1, 0.2]
    label = int(net.predict(x)[0])
    for bad in (
        {"norm": "l3"}, {"engine": "x"}, {"within": -1.0}, {"within": np.nan}, {"target": label},
        {"target": 3}, {"target": -1}, {"max_pieces": 0},
    ):  # fmt: skip
        with pytest.raises(InvalidInputError, match=next(iter(bad))):
            rg.margin(net, x, **bad)
    with pytest.raises(DomainError, match="must lie in the domain"):
        rg.margin(net, x, domain=rg.Box([1, 1], [2, 2]))
    with pytest.raises(InvalidInputError, match="`net` must be"):
        rg.margin(rg.HyperplaneArrangement([[1.0]]), [0.0])
    with pytest.raises(rg.errors.ShapeError):
        rg.margin(net, [1, 2, 3])
