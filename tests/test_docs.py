"""What the documentation shows runs, and its tables are complete."""

import re
from pathlib import Path

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError
from relugeom.regions.columns import compute_columns

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {
    page.stem: re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    for page in sorted(DOCS.glob("*.md"))
}
#: What a page prints, in part; "how-to" is run in tests/test_examples.py.
PRINTED = {
    "generalisation": [],
    "in-and-out": [],
    "kakeya": ["0.1 1/10 0.2", "True", "closed_form=0.1"],
    "direction-sets": ["[12 81]", "correlation", "theorem, sticky sets only"],
    "recording": [],
    "topology": ["(471 vertices, 909 edges, 439 cells)", "[1 0] [1 0]", "maximum"],
    "training-runs": ["no flips after", "distinct cells", "constant: a"],
}
PROPERTY = """
(declare-const X_0 Real) (declare-const X_1 Real)
(assert (>= X_0 -1)) (assert (<= X_0 1)) (assert (= X_1 0.5))
"""


def run(page, capsys, **names):
    """Run the blocks of a page, one after the other, but those that need a trainer of one's own."""
    for block in PAGES[page]:
        if "Trainer(" not in block:
            exec(block, names)
    return names, capsys.readouterr().out


def test_every_page_with_code_is_run():
    assert {page for page, blocks in PAGES.items() if blocks} == {*PRINTED, "how-to"}


@pytest.mark.parametrize("page", [page for page, said in PRINTED.items() if said])
def test_the_scripts_of_a_page(page, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if page in ("direction-sets", "training-runs"):
        pytest.importorskip("pandas")
    _, out = run(page, capsys)
    for part in PRINTED[page]:
        assert part in out


def test_the_first_script_on_the_generalisation_page(capsys, monkeypatch):
    monkeypatch.setitem(PAGES, "generalisation", PAGES["generalisation"][:1])
    names, out = run("generalisation", capsys)
    assert "smallest valid bound" in out
    page = (DOCS / "generalisation.md").read_text("utf-8")
    kinds = {b.kind for b in names["report"].bounds}
    assert kinds == {"theorem", "heuristic", "claimed", "scale"}
    assert all(f"\n| {kind} |" in page for kind in kinds)


def test_ways_to_say_where_to_look(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prop.vnnlib").write_text(PROPERTY)
    block, out = PAGES["in-and-out"]
    block = block.replace("hull(X,", "hull(X[:, :3],")  # a hull in R^784 has too many facets
    monkeypatch.setitem(PAGES, "in-and-out", [block, out])
    names, printed = run(
        "in-and-out", capsys, rg=rg,
        net=rg.ReLUNetwork.random([784, 8, 3], rng=0),
        X=np.random.default_rng(0).standard_normal((900, 784)),
        lower=[-1, -1], upper=[1, 1], A=[[-1, 0], [0, -1], [1, 1]], b=[0, 0, 1],
    )  # fmt: skip
    assert names["regions"].complete
    assert "Graph with" in printed
    assert names["unsafe"].slice.points(names["unsafe"].domain.centre[None])[0, 1] == 0.5


def test_a_recorded_loop(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    monkeypatch.chdir(tmp_path)
    names, _ = run("recording", capsys)
    assert len(names["path"]) == names["events"].n_steps == 200
    assert len(rg.load_path("run.safetensors")) == 200


def test_all_columns_are_described():
    page = (DOCS / "in-and-out.md").read_text("utf-8")
    table = re.findall(r"^\| (`.*?`) \| (?!call)", page, re.MULTILINE)
    described = [name for row in table for name in re.findall(r"`(\w+)`", row)]
    regions = rg.enumerate_regions(rg.ReLUNetwork.random([2, 3, 1], rng=0), rg.Box([0, 0], [1, 1]))
    with pytest.raises(InvalidInputError) as error:
        compute_columns(regions, ["?"])
    known = str(error.value).partition("among ")[2].partition(";")[0].split(", ")
    assert sorted(described) == sorted(known)


def test_the_index_names_every_page():
    named = re.findall(r"\]\((\w[\w-]*)\.md\)", (DOCS / "index.md").read_text("utf-8"))
    assert sorted(named) == sorted({*PAGES} - {"index"})
