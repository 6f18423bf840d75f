"""What the documentation shows runs, and its tables are complete."""

import re
from pathlib import Path

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.regions.columns import compute_columns

DOCS = Path(__file__).parents[1] / "docs"
IN_AND_OUT = (DOCS / "in-and-out.md").read_text("utf-8")
PROPERTY = """
(declare-const X_0 Real) (declare-const X_1 Real)
(assert (>= X_0 -1)) (assert (<= X_0 1)) (assert (= X_1 0.5))
"""


def test_ways_to_say_where_to_look(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prop.vnnlib").write_text(PROPERTY)
    names = {
        "rg": rg,
        "net": rg.ReLUNetwork.random([784, 8, 3], rng=0),
        "X": np.random.default_rng(0).standard_normal((900, 784)),
        "lower": [-1, -1],
        "upper": [1, 1],
        "A": [[-1, 0], [0, -1], [1, 1]],
        "b": [0, 0, 1],
    }
    (block,) = re.findall(r"```python\n(.*?)```", IN_AND_OUT, re.DOTALL)
    block = block.replace("hull(X,", "hull(X[:, :3],")  # a hull in R^784 has too many facets
    exec(block, names)
    assert names["regions"].complete
    assert names["unsafe"].slice.points(names["unsafe"].domain.centre[None])[0, 1] == 0.5


def test_all_columns_are_described():
    table = re.findall(r"^\| (`.*?`) \| (?!call)", IN_AND_OUT, re.MULTILINE)
    described = [name for row in table for name in re.findall(r"`(\w+)`", row)]
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 3, 1], rng=0), rg.Box([0, 0], [1, 1]))
    with pytest.raises(InvalidInputError) as error:
        compute_columns(regions, ["?"])
    known = str(error.value).partition("among ")[2].partition(";")[0].split(", ")
    assert sorted(described) == sorted(known)


def test_the_script_on_the_kakeya_page(capsys):
    (block,) = re.findall(
        r"```python\n(.*?)```", (DOCS / "kakeya.md").read_text("utf-8"), re.DOTALL
    )
    exec(block, {})
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "0.1 1/10 0.2"
    assert out[1] == "True"
    assert "closed_form=0.1" in out[2]


def test_the_first_script_on_the_generalisation_page(capsys):
    block, _ = re.findall(
        r"```python\n(.*?)```", (DOCS / "generalisation.md").read_text("utf-8"), re.DOTALL
    )
    names = {}
    exec(block, names)
    assert "smallest valid bound" in capsys.readouterr().out
    page = (DOCS / "generalisation.md").read_text("utf-8")
    statuses = {b.status for b in names["report"].bounds}
    assert statuses == {"valid", "heuristic", "claimed", "scale"}
    assert all(f"\n| {status} |" in page for status in statuses)
