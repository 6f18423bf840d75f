"""``relugeom kakeya``."""

import json
from fractions import Fraction

import pytest
from relugeom.kakeya import harmonic_heights, sprouted_area


@pytest.mark.parametrize(
    "arguments",
    [
        ("perron", "--levels", 3),
        ("sprout", "--sproutings", 2),
        ("finite-field", "--q", 3),
        ("finite-field", "--q", 3, "--n", 3),
    ],
    ids=str,
)
def test_pictures(call, tmp_path, arguments):
    picture = tmp_path / "picture.png"
    code, out, _ = call("kakeya", *arguments, "--plot", picture)
    assert code == 0
    assert out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_perron_tree(call):
    code, out, _ = call("kakeya", "perron", "--levels", 3, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["ratio"] == pytest.approx(2 / 5)
    assert result["exact_area"] == "1/5"
    assert result["lower_bound"] < result["ratio"]


@pytest.mark.parametrize(
    ("alpha", "ratio"), [("0.7", Fraction(2501, 5000)), ("7/10,0.7", Fraction(2501, 5000))]
)
def test_schedules(call, alpha, ratio):
    _, out, _ = call("kakeya", "perron", "--levels", 2, "--alpha", alpha, "--json")
    assert Fraction(json.loads(out)["exact_area"]) * 2 == ratio


def test_sprouted_tree(call):
    _, out, _ = call("kakeya", "sprout", "--sproutings", 4, "--json")
    result = json.loads(out)
    area = sprouted_area(harmonic_heights(4))
    assert Fraction(result["exact_area"]) == area
    assert result["area_for_a_unit_needle"] == pytest.approx(
        float(area / harmonic_heights(4)[-1] ** 2)
    )
    _, out, _ = call("kakeya", "sprout", "--heights", "1,3/2", "--json")
    assert json.loads(out)["exact_area"] == "5/8"
    _, out, _ = call("kakeya", "sprout", "--heights", "1,3/2")
    assert "closed form" in out


def test_finite_field(call):
    code, out, _ = call("kakeya", "finite-field", "--q", 5, "--minimum", "--json")
    result = json.loads(out)
    assert code == 0
    assert result["minimum"] == result["construction"] == result["lower_bound_Blokhuis-Mazzocca"]
    assert result["complete"] is True
    assert result["construction_is_kakeya"] is True


def test_a_search_without_enough_time_is_not_complete(call):
    code, out, _ = call(
        "kakeya", "finite-field", "--q", 3, "--n", 3, "--minimum", "--time-limit", 0.5, "--json"
    )
    assert code == 1
    result = json.loads(out)
    assert (result["complete"], result["status"]) == (False, "capped")
    assert result["minimum_lower_bound"] < 13 <= result["minimum"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["perron", "--levels", "-1"], "levels"),
        (["perron", "--alpha", "0.3"], "(1/2, 1]"),
        (["perron", "--alpha", "x"], "--alpha"),
        (["perron", "--alpha", "1/0"], "--alpha"),
        (["perron", "--levels", "3", "--alpha", "0.8,0.8"], "one number a level"),
        (["sprout", "--heights", "2,1"], "increasing"),
        (["sprout", "--heights", "1,,2"], "--heights"),
        (["sprout", "--sproutings", "40"], "at most"),
        (["finite-field", "--q", "6"], "prime power"),
        (["finite-field", "--n", "0"], "`n`"),
        (["finite-field", "--q", "7", "--n", "9"], "q^n"),
        (["finite-field", "--minimum", "--time-limit", "-1"], "time_limit"),
        (["finite-field", "--plot", "set.gif"], ".png, .svg or .pdf"),
    ],
)
def test_bad_input(call, arguments, words):
    code, out, err = call("kakeya", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
