import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, ShapeError

from runs import random_walk, zigzag


@pytest.fixture(scope="module")
def case():
    path, X = random_walk([2, 6, 5, 1], steps=30, n=12, size=0.4, seed=1)
    held_out = np.random.default_rng(9).normal(size=(7, 2))
    return path, X, held_out


def table(report):
    return {(row["quantity"], row["layer"]): row for row in report.rows()}


def test_rows_hold_what_their_names_say(case):
    path, X, held_out = case
    events, others = rg.crossings(path, X), rg.crossings(path, held_out)
    rows = table(rg.cell_report(path, events, others))
    length = np.linalg.norm(path.updates, axis=1).sum()
    for name, found, data in (("training", events, X), ("held_out", others, held_out)):
        assert rows["samples", None][name] == len(data)
        assert rows["crossings", None][name] == len(found)
        assert rows["crossings per unit of length", None][name] == pytest.approx(
            len(found) / length
        )
        visits = rg.paths.cell_visits(found)
        assert rows["distinct cells", None][name] == visits.n_cells
        moves = [
            rows[f"moves {what}", None][name] for what in ("between cells", "to a cell seen before")
        ]
        assert moves == [visits.n_moves, visits.n_revisits]
        ends = rg.paths.hamming(path, data).sum(axis=0)
        for k in (0, 1):
            assert rows["crossings", k][name] == (found.layer == k).sum()
            assert rows["crossings that the ends of steps show", k][name] == ends[k]
            assert rows["distinct cells", k][name] == rg.paths.cell_visits(found, layer=k).n_cells
            assert rows["no flips after", k][name] == rg.paths.freeze_time(found)[k]
        longest = rows["distinct patterns of a sample, largest", None][name]
        assert longest == rg.paths.patterns_per_sample(found).max()
    # deeper layers turn back within a step: their masks at the ends do not show it
    assert (
        rows["crossings", 1]["training"]
        > rows["crossings that the ends of steps show", 1]["training"]
    )


def test_a_zigzag_by_hand():
    path = zigzag([1, -1, 1, -1, 1])
    rows = table(rg.cell_report(path, rg.crossings(path, [[2.0]])))
    values = {key: row["training"] for key, row in rows.items()}
    assert values["crossings per unit of length", None] == pytest.approx(4 / 8)
    assert values["crossings per radian of turning", None] == pytest.approx(4 / (3 * np.pi))
    assert values["moves to a cell seen before", None] == 3
    assert values["departures that come back", None] == 3
    assert values["departures that come straight back", None] == 3
    assert values["first return, median", None] == 2
    assert values["first return, median time", None] == 1
    assert values["dwell time of a stay, longest", None] == 1
    assert values["flip rate, last window", 0] == 1
    assert "held_out" not in rows["crossings", None]


def test_text_says_how_it_was_counted(case):
    path, X, held_out = case
    text = str(rg.cell_report(path, rg.crossings(path, X), rg.crossings(path, held_out)))
    assert "every sign change along the steps" in text
    assert "held-out" in text
    assert text.count("order of freezing") == 2
    assert "0 of 11 neurons never flip" in text


def test_a_path_that_stands_still():
    path, X = random_walk([2, 3, 1], steps=3, size=0.0)
    report = rg.cell_report(path, rg.crossings(path, X))
    rows = table(report)
    assert rows["distinct cells", None]["training"] == 1
    assert np.isnan(rows["crossings per unit of length", None]["training"])
    assert "3 of 3 neurons never flip" in str(report)


def test_bad_input(case):
    path, X, _ = case
    events = rg.crossings(path, X)
    with pytest.raises(InvalidInputError, match="OptimizerPath"):
        rg.cell_report(path.parameters, events)
    with pytest.raises(InvalidInputError, match="held_out"):
        rg.cell_report(path, events, X)
    other, Y = random_walk([2, 6, 5, 1], steps=3)
    with pytest.raises(ShapeError, match="events"):
        rg.cell_report(path, rg.crossings(other, Y))
