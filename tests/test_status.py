"""How results end: one vocabulary, and Ctrl-C anywhere never leaves a result that says complete."""

import _thread
import importlib
import pkgutil
import signal
import threading
import warnings
from dataclasses import fields, is_dataclass
from functools import cache

import numpy as np
import pytest
import relugeom as rg
from relugeom import _progress
from relugeom._status import STATUSES, Ended, finished
from relugeom.analysis.vnnlib import Case, Property
from relugeom.errors import IncompleteError, InvalidInputError, MissingExtraError, ShapeError
from relugeom.generalisation import gap_study, intrinsic_dimension
from relugeom.regions import enumerate as enumeration

NET = rg.ReLUNetwork.random([2, 12, 12, 2], rng=0)
BOX = rg.Box([-1, -1], [1, 1])
LINES = rg.HyperplaneArrangement.from_data(np.random.default_rng(0).standard_normal((9, 2)))
X = np.random.default_rng(1).standard_normal((30, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
UNSAFE = Property(2, 2, (Case(BOX, [[1.0, -1.0]], [-0.2]),))


@cache
def path():
    return rg.train(NET, X, Y, loss="cross_entropy", steps=70, lr=0.05)


@cache
def events():
    return rg.crossings(path(), X)


@cache
def table():
    return rg.enumerate_regions(NET, BOX)


# -- one vocabulary --------------------------------------------------------------------------------


def result_classes():
    for info in pkgutil.walk_packages(rg.__path__, "relugeom."):
        if "__main__" in info.name:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                module = importlib.import_module(info.name)
        except (ImportError, MissingExtraError):
            continue
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == info.name and is_dataclass(value):
                yield value


def test_nothing_stores_beside_its_status_whether_it_is_complete():
    classes = list(result_classes())
    assert len(classes) > 50
    for cls in classes:
        names = {field.name for field in fields(cls)}
        assert "complete" not in names, cls
        if issubclass(cls, Ended):
            assert "message" not in names, cls


@pytest.mark.parametrize("status", STATUSES)
def test_complete_and_message_follow_from_the_status(status):
    other = rg.OptimizerPath.from_parameters(NET, [NET.parameters] * 2, status=status)
    assert other.complete == (status == "complete")
    assert other.message
    assert bool(other.caveats) == (status != "complete")
    with pytest.raises(AttributeError):
        other.complete = True


def test_a_status_that_is_none_of_these():
    with pytest.raises(InvalidInputError, match="`status` must be"):
        rg.OptimizerPath.from_parameters(NET, [NET.parameters], status="done")


def test_results_of_a_table_end_as_it_did():
    part = rg.enumerate_regions(NET, BOX, max_regions=5)
    for call in (rg.extremes, rg.integral, rg.lipschitz):
        assert (call(part).status, call(part).complete) == ("capped", False)
        assert call(table()).complete


# -- Ctrl-C ----------------------------------------------------------------------------------------


class Interrupt:
    """Ctrl-C at the nth step of any progress bar."""

    def __init__(self, monkeypatch, n):
        self.left, self.came = n, False
        monkeypatch.setattr(_progress._Silent, "update", lambda bar, k=1: self.step())

    def step(self):
        self.left -= 1
        if self.left == 0:
            self.came = True
            raise KeyboardInterrupt


def regions_in_parts(engine, source=NET, domain=BOX):
    return lambda: rg.enumerate_regions(source, domain, engine=engine)


PARTIAL = {
    "enumerate_regions, vertex": regions_in_parts("vertex"),
    "enumerate_regions, lp": regions_in_parts("lp"),
    "enumerate_regions, sweep": regions_in_parts("sweep", LINES, None),
    "enumerate_regions, incremental": regions_in_parts("incremental", LINES, None),
    "enumerate_regions, threads": lambda: rg.enumerate_regions(NET, BOX, jobs=2),
    "level_set": lambda: rg.level_set(table(), 0.1, [1.0, 0.0]),
    "decision_regions": lambda: table().adjacency().decision_regions(),
    "nearest_regions": lambda: rg.nearest_regions(NET, [0.1, 0.2], within=0.5),
    "margin, tree": lambda: rg.margin(NET, [0.1, 0.2], engine="tree"),
    "margin, graph": lambda: rg.margin(NET, [0.1, 0.2], engine="graph"),
    "check": lambda: rg.check(NET, UNSAFE),
    "train": lambda: rg.train(NET, X, Y, loss="cross_entropy", steps=20, batch_size=7),
    "crossings": lambda: rg.crossings(path(), X),
    "growth_study": lambda: rg.growth_study(
        X, Y, loss="cross_entropy", steps=[4, 8], width=[4], depth=[1], n_samples=[9, 30],
        lr=[0.05], n_seeds=1,
    ),
    "gap_study": lambda: gap_study(
        (X, Y), (X, Y), d_eff="participation", n_samples=[10, 20], optimizers=["adam"], lr=[0.05],
        n_seeds=1, steps=6, hidden=[4],
    ),
    "intrinsic_dimension": lambda: intrinsic_dimension(NET, (X, Y), (X, Y), [1, 2], steps=6),
}  # fmt: skip
WHOLE = {
    "count_regions": lambda: rg.count_regions(NET, BOX),
    "iter_regions": lambda: list(rg.iter_regions(NET, BOX, chunk=9)),
    "iter_crossings": lambda: list(rg.iter_crossings(path(), X, chunk=20)),
    "extremes": lambda: rg.extremes(table()),
    "lipschitz": lambda: rg.lipschitz(table()),
    "integral": lambda: rg.integral(table()),
    "diameter": lambda: table().adjacency().diameter(),
    "betweenness": lambda: table().adjacency().betweenness(),
    "parameter_plane": lambda: rg.parameter_plane(path(), X),
    "loss_plane": lambda: rg.loss_plane(path(), X, Y, resolution=4),
    "neuron_walks": lambda: rg.paths.neuron_walks(path(), X, events()),
    "directional_complexity": lambda: rg.directional_complexity(path(), n_nulls=2, n_boot=0),
    "compare": lambda: rg.kakeya.compare(path(), n_nulls=1, ranks=2, max_tubes=20),
}


@pytest.fixture
def in_small_parts(monkeypatch):
    monkeypatch.setattr(enumeration, "_CHUNK", 9)
    table(), events()


@pytest.mark.parametrize("n", [1, 2, 3, 11])
@pytest.mark.parametrize("name", PARTIAL)
def test_ctrl_c_leaves_what_was_found(name, n, monkeypatch, in_small_parts):
    with monkeypatch.context() as patch:
        interrupt = Interrupt(patch, n)
        try:
            result = PARTIAL[name]()
        except KeyboardInterrupt:  # after the last step that can be cut short
            assert name == "level_set"
            return
    if not interrupt.came:
        assert n > 1
        return
    assert (result.status, result.complete) == ("interrupted", False)
    assert "interrupted" in result.message
    with pytest.raises(KeyboardInterrupt):
        finished(result)


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("name", WHOLE)
def test_ctrl_c_raises_where_half_a_result_is_none(name, n, monkeypatch, in_small_parts):
    interrupt = Interrupt(monkeypatch, n)
    try:
        WHOLE[name]()
    except KeyboardInterrupt:
        return
    assert n > 1
    assert not interrupt.came


@pytest.mark.parametrize("n", [1, 2])
def test_an_interrupted_table_is_the_beginning_of_the_whole_one(n, monkeypatch, in_small_parts):
    with monkeypatch.context() as patch:
        Interrupt(patch, n)
        some, begun = rg.crossings(path(), X), rg.train(NET, X, Y, loss="cross_entropy", steps=70)
    assert 0 < some.n_steps <= len(path())
    for column in ("step", "t", "sample", "layer", "neuron", "sign"):
        own = getattr(some, column)
        np.testing.assert_array_equal(own, getattr(events(), column)[: len(own)])
    np.testing.assert_array_equal(begun.parameters[0], NET.parameters)


@pytest.mark.parametrize("engine", ["vertex", "lp"])
def test_ctrl_c_while_threads_work(engine, monkeypatch):
    net, box = rg.ReLUNetwork.random([4, 40, 40, 1], rng=0), rg.Box([-1] * 4, [1] * 4)
    rg.count_regions(rg.ReLUNetwork.random([4, 4, 1], rng=0), rg.Box([-1] * 4, [1] * 4))
    timers, heeded = [], signal.signal(signal.SIGINT, signal.default_int_handler)

    def first(bar, n=1):
        if not timers:
            timers.append(threading.Timer(0.05, _thread.interrupt_main))
            timers[0].start()

    monkeypatch.setattr(_progress._Silent, "update", first)
    monkeypatch.setattr(enumeration, "_CHUNK", 500)
    threads = threading.active_count()
    try:  # workers of pytest-xdist ignore the signal
        found = rg.enumerate_regions(net, box, engine=engine, jobs=2)
        timers[0].join()
    finally:
        signal.signal(signal.SIGINT, heeded)
    assert (found.status, found.complete) == ("interrupted", False)
    assert len(found) > 0
    np.testing.assert_array_equal(net.activation_pattern(found.points), found.patterns)
    assert threading.active_count() <= threads


# -- what is made of crossings ---------------------------------------------------------------------


def test_crossings_that_were_cut_short_are_refused(monkeypatch):
    steps = rg.train(NET, X, Y, loss="cross_entropy", steps=200)
    with monkeypatch.context() as patch:
        Interrupt(patch, 1)
        some = rg.crossings(steps, X)
    for call in (
        lambda: rg.cell_report(steps, some),
        lambda: rg.crossing_bounds(steps, X, some, d_eff=1.0),
        lambda: rg.paths.neuron_walks(steps, X, some),
        lambda: rg.parameter_plane(steps, X, events=some),
        lambda: rg.loss_plane(steps, X, Y, resolution=3, events=some),
    ):
        with pytest.raises(IncompleteError, match=r"`events` .*interrupted"):
            call()


def test_crossings_of_another_path_are_refused():
    with pytest.raises(ShapeError, match="`events` must be those of this path"):
        rg.paths.neuron_walks(path(), X[:5], events())
    with pytest.raises(ShapeError, match="`held_out` must be those of this path"):
        rg.cell_report(path(), events(), next(iter(rg.iter_crossings(path(), X, chunk=3))))
