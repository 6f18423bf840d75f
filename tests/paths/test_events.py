"""The table of crossings: counts, dead units, status, files."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError, InvalidInputError, UnsupportedError
from relugeom.paths import Crossings
from relugeom.paths import _search as search
from relugeom.paths.events import COLUMNS


def trained(steps=40, **options):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(15, 2))
    net = rg.ReLUNetwork.random([2, 6, 5, 1], rng=1)
    return rg.train(net, X, np.sin(X[:, 0]), steps=steps, lr=0.05, **options), X


def test_counts_add_up():
    path, X = trained()
    events = rg.crossings(path, X)
    assert len(events) == events.per_step.sum() == events.per_layer.sum() > 30
    assert events.moments.multiplicity.sum() == len(events)
    assert len(events.multiplicity) == len(events)
    assert events.n_cell_changes <= events.n_pattern_changes <= len(events)
    assert events.n_pairs == len(
        set(zip(events.step.tolist(), events.sample.tolist(), strict=True))
    )
    with pytest.raises(ValueError, match="read-only"):
        events.t[0] = 0.0


def test_states_at_both_ends():
    path, X = trained()
    events = rg.crossings(path, X)
    np.testing.assert_array_equal(events.initial, path.network(0).is_on(X))
    np.testing.assert_array_equal(events.final, path.network(-1).is_on(X))
    np.testing.assert_array_equal(events.neurons[:, 0], path.template.neuron_layer)


def test_dead_units_and_units_that_are_always_on():
    path, X = trained()
    net = path.template
    weights, biases = [w.copy() for w in net.weights], [b.copy() for b in net.biases]
    biases[0][2], biases[0][4], biases[1][3] = -1e3, 1e3, -1e6
    weights[1][0], biases[1][0] = 0.0, 0.0  # exactly 0 counts as off
    net = rg.ReLUNetwork.from_weights(weights, biases)
    walk = [net.parameters]
    for update in path.updates:
        walk.append(walk[-1] + np.where(walk[-1] == 0.0, 0.0, update))
    path = rg.OptimizerPath.from_parameters(net, walk)
    events = rg.crossings(path, X)
    assert events.complete
    assert {(0, 2), (1, 3), (1, 0)} <= set(map(tuple, events.dead.tolist()))
    assert (0, 4) in set(map(tuple, events.always_on.tolist()))
    masks = np.array([path.network(s).is_on(X) for s in range(len(path) + 1)])
    flipping = {(a, b) for a, b in zip(events.layer.tolist(), events.neuron.tolist(), strict=True)}
    for k, unit in enumerate(map(tuple, events.neurons.tolist())):
        off = not masks[:, :, k].any() and unit not in flipping
        on = masks[:, :, k].all() and unit not in flipping
        assert off == (unit in set(map(tuple, events.dead.tolist())))
        assert on == (unit in set(map(tuple, events.always_on.tolist())))


def test_a_unit_that_is_on_at_recorded_points_never_but_in_between_is_not_dead():
    # layer 2 on an open part of the step only: z = t (1 - t) - 1/8
    net = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]], [[1.0]]])
    theta0, theta1 = net.parameters.copy(), net.parameters.copy()
    theta0[:4], theta1[:4] = [0.0, 0.0, 1.0, -0.125], [1.0, 0.0, 0.0, -0.125]
    events = rg.crossings(rg.OptimizerPath.from_parameters(net, [theta0, theta1]), [[1.0]])
    assert events.layer.tolist() == [0, 1, 1]
    assert len(events.dead) == 0


def test_passed_coordinates_are_no_units():
    net = rg.ReLUNetwork.from_weights(
        [[[1.0], [1.0]], [[1.0, 1.0]]], [[0, 0], [0]], slopes=[[1.0, 0.0]]
    )
    path = rg.OptimizerPath.from_parameters(net, [net.parameters] * 2)
    events = rg.crossings(path, [[-1.0]])
    assert events.neurons.tolist() == [[0, 1]]
    assert events.dead.tolist() == [[0, 1]]
    assert events.final.shape == (1, 1)


def test_status_and_message():
    path, X = trained()
    events = rg.crossings(path, X)
    assert events.complete
    assert events.message == f"all {len(events)} flips in 40 steps"
    assert repr(events) == (
        f"Crossings({len(events)} flips, 40 steps, 15 samples, widths (6, 5), complete)"
    )
    open_ = replace(events, undecided=3, status="undecided")
    assert open_.message.startswith("3 cases were too close to call")
    sparse = replace(events, every=5)
    assert "every 5-th step recorded" in repr(sparse)
    assert "not of the real path" in sparse.message


def test_an_interrupt_keeps_the_steps_that_were_done(monkeypatch):
    path, X = trained()
    whole = rg.crossings(path, X)
    monkeypatch.setattr(search, "_BLOCK", (10, 2**20))
    original = search.Search._block

    def interrupted(self, block):
        if block.start == 20:
            raise KeyboardInterrupt
        return original(self, block)

    monkeypatch.setattr(search.Search, "_block", interrupted)
    for jobs in (1, 2):
        events = rg.crossings(path, X, jobs=jobs)
        assert events.status == "interrupted"
        assert not events.complete
        assert events.message == f"interrupted: {len(events)} flips in the first 20 steps"
        done = whole.step < 20
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(events, name), getattr(whole, name)[done])
        np.testing.assert_array_equal(events.final, path.network(20).is_on(X))
    with pytest.raises(KeyboardInterrupt):
        list(rg.iter_crossings(path, X))


def assert_same(a: Crossings, b: Crossings):
    for name in (*COLUMNS, "neurons", "initial", "multiplicity"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
        assert getattr(a, name).dtype == getattr(b, name).dtype
    for name in ("undecided", "first_step", "n_steps", "widths", "status", "every", "n_samples"):
        assert getattr(a, name) == getattr(b, name)


def test_saving_and_loading(tmp_path):
    path, X = trained()
    events = replace(rg.crossings(path, X), every=3, undecided=2, status="undecided")
    file = tmp_path / "events.parquet"
    events.save(file)
    assert_same(rg.load_crossings(file), events)
    table = pq.read_table(file)
    assert table.column_names == [*COLUMNS, "multiplicity"]
    part = list(rg.iter_crossings(path, X, chunk=15))[1]
    part.save(file)
    assert_same(rg.load_crossings(file), part)
    none = rg.crossings(rg.OptimizerPath.from_parameters(path.template, path.parameters[:1]), X)
    none.save(file)
    assert_same(rg.load_crossings(file), none)
    with pytest.raises(UnsupportedError, match="parquet"):
        events.save(tmp_path / "events.csv")


def test_files_that_hold_something_else(tmp_path):
    path, X = trained()
    file = tmp_path / "events.parquet"
    with pytest.raises(FileFormatError, match="existing file"):
        rg.load_crossings(file)
    pq.write_table(pa.table({"step": [1]}), file)
    with pytest.raises(FileFormatError, match="must have the format 'relugeom crossings"):
        rg.load_crossings(file)
    file.write_bytes(b"PAR1 and nothing")
    with pytest.raises(FileFormatError, match="not a readable table"):
        rg.load_crossings(file)
    table = rg.crossings(path, X).to_arrow()
    pq.write_table(table.drop_columns(["sign"]), file)
    with pytest.raises(FileFormatError, match="not a readable table"):
        rg.load_crossings(file)


def test_pandas():
    pandas = pytest.importorskip("pandas")
    path, X = trained()
    events = rg.crossings(path, X)
    frame = events.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.groupby("step").size().sum() == len(events)
    assert frame.groupby(["step", "t"]).size().to_list() == events.moments.multiplicity.tolist()


def test_bad_options():
    path, X = trained(steps=2)
    with pytest.raises(InvalidInputError, match="`exact`"):
        rg.crossings(path, X, exact=-1)
    with pytest.raises(InvalidInputError, match="`jobs`"):
        rg.crossings(path, X, jobs=0)
    with pytest.raises(InvalidInputError, match="`chunk`"):
        list(rg.iter_crossings(path, X, chunk=0))
