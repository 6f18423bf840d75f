"""The sentences of a comparison, from tables made by hand."""

from math import inf, nan
from types import SimpleNamespace

import numpy as np
import pytest
from relugeom.kakeya import TubeFamily
from relugeom.kakeya.tube_table import ALL, SEPARATED
from relugeom.kakeya.verdict import _on_directions, _on_tubes


def directions(filling=(2.0, 2.5, 3.0), resolved=(0, 1, 1, 1, 0), dim=5, **more):
    curve = SimpleNamespace(
        theta=np.array([1.0, 0.5, 0.25, 0.125, 0.06]),
        count=np.array([2, 4, 7, 9, 40]),
        n_directions=100,
    )
    table = {"d_eff": {}, "walk": np.empty((0, 5)), "filling_range": filling}
    resolved = np.array(resolved, dtype=bool)
    return SimpleNamespace(curve=curve, dim=dim, resolved=resolved, **(table | more))


def test_sentence_on_directions():
    (text,) = _on_directions(directions(), "walks")
    assert "2.5 dimensions filled evenly" in text
    assert "(2 to 3 between 0.12 and 0.5 rad" in text
    assert "At 0.25 rad there are 7 of at most T = 100" in text
    assert "d_eff" not in text
    assert "null" not in text
    (text,) = _on_directions(directions(d_eff={"participation": 4.25}), "walks")
    assert "; d_eff: participation 4.25. At" in text
    (text,) = _on_directions(directions(resolved=(1, 1, 1, 1, 1)), "walks")
    assert "At 0.25 rad there are 7" in text
    walk = np.array([[1, 2, 30, 4, 5], [1, 2, 40, 4, 5]])
    (text,) = _on_directions(directions(walk=walk), "walks")
    assert "in the null (walks, in all 5 dimensions) 35." in text


@pytest.mark.parametrize(
    ("filling", "said"),
    [
        ((2.0, 2.0, 2.0), "as many would (between"),
        ((4.0, 5.0, 6.0), "all 5 dimensions, as uniform ones would (4 to 6 between"),
        ((4.0, 5.0 - 1e-12, 6.0), "all 5 dimensions"),
        ((3.0, inf, inf), "more than 128 dimensions (3 to over 128 between"),
    ],
)
def test_how_much_they_fill(filling, said):
    (text,) = _on_directions(directions(filling), "walks")
    assert said in text


@pytest.mark.parametrize(("resolved", "few"), [((0, 1, 0, 0, 0), True), ((0, 1, 1, 0, 0), False)])
def test_two_resolved_angles_tell_a_dimension(resolved, few):
    (text,) = _on_directions(directions(resolved=resolved), "walks")
    assert ("too few" in text) == few


@pytest.mark.parametrize(
    ("total", "null", "said", "unsaid"),
    [
        (0.01, (nan, nan), "could do little else: their volumes sum to 0.01", "de Caen"),
        (
            5.0,
            (1.0, 1.5),
            "2-fold, more than in the null (walks; 7 draws: 1 to 1.5)",
            "little else",
        ),
        (5.0, (2.5, 3.0), "less than in the null", "little else"),
        (5.0, (1.5, 3.0), "as much as in the null", "little else"),
        (5.0, (nan, nan), "1.7-fold of at most 4 (de Caen)", "null"),
    ],
)
def test_sentence_on_tubes(total, null, said, unsaid):
    def measured(value):
        return SimpleNamespace(value=value, low=value, high=value)

    shared = {
        "mean multiplicity": measured(2.0), "number of tubes": measured(4),
        "sum of volumes": measured(total), "mean multiplicity at most": measured(4.0),
    }  # fmt: skip
    family = TubeFamily(np.eye(2), np.zeros((2, 2)), 0.1)
    table = SimpleNamespace(
        tubes=SimpleNamespace(family=family, energy=0.5), rank=2, nulls=[None] * 7,
        measures={ALL: shared, SEPARATED: shared | {"mean multiplicity": measured(1.7)}},
        null=lambda which, name: null, stickiness=[], note="",
    )  # fmt: skip
    text = next(_on_tubes(table, "walks"))
    assert said in text
    assert unsaid not in text
