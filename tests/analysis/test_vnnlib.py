"""Properties in the VNN-LIB format."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.analysis.vnnlib import Case
from relugeom.errors import DomainError, FileFormatError, ShapeError, UnsupportedError

HEAD = """
; a comment (with parentheses
(declare-const X_0 Real)
(declare-const X_1 Real)
(declare-const Y_0 Real) (declare-const Y_1 Real)
"""
BOX = "(assert (<= X_0 1)) (assert (>= X_0 -1)) (assert (and (<= X_1 2.5) (>= X_1 0.5)))"


@pytest.fixture
def load(tmp_path):
    def from_text(text):
        file = tmp_path / "p.vnnlib"
        file.write_text(HEAD + text)
        return rg.load_vnnlib(file)

    return from_text


def test_box_and_one_row_of_outputs(load):
    p = load(BOX + "(assert (<= Y_0 Y_1))")
    assert repr(p.domain) == "Box([-1.0, 0.5], [1.0, 2.5])"
    assert p.cases[0].A.tolist() == [[1.0, -1.0]]
    x = [[0, 1], [0, 1], [5, 1]]
    assert p.violated(x, [[0, 1], [1, 0], [0, 1]]).tolist() == [True, False, False]


def test_linear_terms(load):
    p = load(
        "(assert (<= (+ X_0 X_1) 1)) (assert (>= (* 2 X_0) -1.0)) (assert (>= X_1 (- 1)))"
        "(assert (>= (- (* 2.0 Y_0) Y_1 0.5) 3))"
    )
    assert isinstance(p.domain, rg.Polytope)
    inside = p.domain.contains([[0, 0], [1, 1], [-0.4, -0.9], [-0.6, 0], [0, -1.1]])
    assert inside.tolist() == [True, False, True, False, False]
    case = p.cases[0]
    assert (case.A.tolist(), case.b.tolist()) == ([[-2.0, 1.0]], [-3.5])


def test_disjunctions_of_outputs_share_a_domain(load):
    p = load(BOX + "(assert (or (and (>= Y_0 1) (>= Y_1 1)) (<= Y_0 -1)))")
    assert len(p.cases) == 2
    assert p.domain.volume == 4.0
    y = np.array([[2, 2], [2, 0], [-2, 0]])
    assert p.violated([[0, 1]] * 3, y).tolist() == [True, False, True]


def test_disjunctions_of_inputs_give_several_domains(load):
    sides = "(assert (>= X_1 0)) (assert (<= X_1 1))"
    p = load(
        sides + "(assert (or (and (>= X_0 0) (<= X_0 1)) (and (>= X_0 2) (<= X_0 4))))"
        "(assert (>= Y_0 0))"
    )
    assert [case.domain.volume for case in p.cases] == [1.0, 2.0]
    with pytest.raises(DomainError, match="one domain; got 2"):
        _ = p.domain


def test_a_domain_can_be_enumerated(load):
    p = load(BOX + "(assert (>= Y_0 0))")
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 6, 2], rng=0), p.domain)
    assert regions.volumes.sum() == pytest.approx(4)


def test_fixed_inputs_give_a_slice(load):
    p = load("(assert (= X_1 0.3)) (assert (>= X_0 0)) (assert (<= X_0 2)) (assert (>= Y_0 0))")
    assert repr(p.domain) == "Box([0.0], [2.0])"
    assert p.slice.points([[1.5]]).tolist() == [[1.5, 0.3]]
    inputs = [[1.5, 0.3], [1.5, 0.30001], [3.0, 0.3]]
    assert p.violated(inputs, np.ones((3, 2))).tolist() == [True, False, False]
    net = rg.ReLUNetwork.random([2, 6, 2], rng=0)
    regions = rg.enumerate_regions(net.restrict(p.slice), p.domain)
    assert regions.volumes.sum() == pytest.approx(2)
    np.testing.assert_allclose(net.restrict(p.slice)([[1.5]]), net([[1.5, 0.3]]))


def test_fixed_inputs_and_linear_terms(load):
    p = load("(assert (<= (+ X_0 (* 2 X_1)) 1)) (assert (>= X_0 -1)) (assert (= X_1 0.25))")
    assert isinstance(p.domain, rg.Polytope)
    assert p.domain.bounding_box.upper.tolist() == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (BOX + "(assert (<= (* X_0 X_1) 1))", UnsupportedError, r"\(\* X_0 X_1\) is not linear"),
        (BOX + "(assert (<= X_0 Y_0))", UnsupportedError, "joins inputs and outputs"),
        (BOX + "(assert (not (<= X_0 1)))", UnsupportedError, r"\(not .* not understood"),
        (BOX + "(assert (<= X_0 1)", FileFormatError, "not closed"),
        (BOX + ")", FileFormatError, "was not opened"),
        (BOX + "(assert (<= X_0 one))", FileFormatError, "could not convert"),
        (BOX + "(assert (<= X_0 nan))", FileFormatError, "nan is not finite"),
        (BOX + "(assert (<= Y_7 1))", FileFormatError, "Y_7 is not declared"),
        (BOX + "(assert (= X_0 0)) (assert (= X_1 1))", DomainError, "got all of them fixed"),
        (BOX + "(assert (= X_0 0)) (assert (>= (* 2 X_0) 1))", DomainError, "below"),
        (BOX + "(assert (= X_0 0)(", FileFormatError, "not closed"),
        (BOX + "(prove)", FileFormatError, r"\(prove\) is not understood"),
        ("(declare-const X_5 Real)", FileFormatError, "numbered from 0"),
        ("(assert (>= Y_0 0))", DomainError, "must bound the inputs"),
        (BOX + "(assert (>= X_0 3))", DomainError, "below"),
    ],
)
def test_bad_files(load, text, error, words):
    with pytest.raises(error, match=words):
        load(text)


def test_missing_file():
    with pytest.raises(FileFormatError, match=r"missing\.vnnlib"):
        rg.load_vnnlib("missing.vnnlib")


def test_cases_made_by_hand_are_checked():
    case = Case(rg.Box([0], [1]), [[1, -1]], [0])
    assert case.happens([[0.5], [2]], [[0, 1], [0, 1]]).tolist() == [True, False]
    with pytest.raises(ShapeError, match="`b`"):
        Case(rg.Box([0], [1]), [[1, -1]], [0, 1])
