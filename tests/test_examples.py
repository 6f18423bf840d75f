"""The example scripts, the README's scripts and those of the how-to page run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SMALL = {
    "adam_vs_sgd_directions": ["2"],
    "query_regions_sql": ["60"],
}  # arguments that make an example quick
NEEDS = {
    "image_margins": ["sklearn"],
    "query_regions_sql": ["duckdb"],
    "record_torch": ["torch"],
    "trained_model": ["sklearn", "pandas"],
}
#: What an example says, in part.
SAYS = {
    "adam_vs_sgd_directions": r"than sgd, updates at equal steps: fewer \(0\.62, 0\.46 to 0\.82\)",
    "crossing_growth": r"crossings against steps: 9 rows of 3 runs, 0 dropped",
    "data_on_graph": r"between two birds of one species: 6\.\d+ crossings by unit of length",
    "enumerate_regions": r"volumes add up to 8\.0 of 8\.0\nthe engines agree: True",
    "generalisation_bounds": r"net of a ball in r = 6 dimensions +network +0\.605\d .*smallest",
    "graph_query": r"RegionGraph\(294 regions, 558 edges\) diameter 27",
    "image_margins": r"activation regions nearer than that: \d+",
    "kakeya_planar": r"in each of 101 directions: True, exactly\n(.*\n)*.*F_5: 17 of 25 points",
    "kakeya_sets": r"400 steps in 205 dimensions",
    "parameter_plane": r"CellVisits\(24 cells, 31 moves, 80 steps\)",
    "query_regions_sql": r"36,051 regions .* formula says 36,051\n",
    "record_torch": r"ReLUNetwork\(4-16-19-3, 32 neurons\)",
    "straight_line": r"350 crossings: 35 samples times 10 neurons",
    "topology": r"class 1 has 1 piece\(s\) and 1 hole\(s\)",
    "trained_model": r"3 inputs, 3 outputs, 16 neurons, 131 parameters",
    "training_run": r"adam: accuracy 100\.0%, (.*\n)+sgd: ",
    "verify_property": r"^unsat\n(.*\n)+sat\n",
    "what_the_network_does": r"365 regions; output from -1\.08\d+ at",
}
#: What the answer to a question of the how-to page says, in part, by the question's first words.
ANSWERS = {
    "Which regions lie": r"Walk\(18 regions\)",
    "How many regions": r"within 0\.001 of every pixel: 2 regions\n",
    "How far": r"linf: 0\.0350\d from class 2 to class 1",
    "Where is my network": r"24 segments of a broken line",
    "Does my network": r"below 1\.0: CheckResult\(unsat: no counterexample",
    "Is the class-1 region": r"^connected with 0 holes$",
    "When did my network": r"flips in 300 steps\n(.*\n)*dead: \[\[1, 7\]\]",
    "Will my network do as well": r"^VC dimension +1\.\d+ theorem +vacuous: True$",
    "How close": r"2\^N .* e\^22\.2 ",
}


def scripts(page):
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


README = re.findall(
    r"```python\n(.*?)```\n\n```text\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
)
SECTIONS = (ROOT / "docs" / "how-to.md").read_text("utf-8").split("\n## ")[1:]


def run(arguments, folder):
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", *arguments],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_example_runs_and_prints(script, tmp_path):
    for package in NEEDS.get(script.stem, []):
        pytest.importorskip(package)
    done = run([str(script), *SMALL.get(script.stem, [])], tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(SAYS[script.stem], done.stdout, re.MULTILINE), done.stdout


def words_and_numbers(line):
    number = r"-?\d+\.?\d*(?:e[+-]?\d+)?"
    words = re.sub(number, "#", line).split()
    return words, [float(n) for n in re.findall(number, line)]


@pytest.mark.parametrize(("script", "shown"), README)
def test_readme_script_prints_what_is_shown(script, shown, tmp_path):
    done = run(["-c", script], tmp_path)
    assert done.returncode == 0, done.stderr
    printed = iter(done.stdout.splitlines())
    for line in shown.splitlines():
        if line != "...":
            words, numbers = words_and_numbers(line)
            found = (n for w, n in map(words_and_numbers, printed) if w == words)
            assert next(found, None) == pytest.approx(numbers, rel=0.01), line


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.splitlines()[0])
def test_how_to_is_answered_with_code_that_runs(section, tmp_path):
    (script,) = scripts(section)
    for package in re.findall(r"^from (sklearn|torch|onnx)", script, re.MULTILINE):
        pytest.importorskip(package)
    done = run(["-c", script], tmp_path)
    assert done.returncode == 0, done.stderr
    (answer,) = [said for asked, said in ANSWERS.items() if section.startswith(asked)]
    assert re.search(answer, done.stdout, re.MULTILINE), done.stdout


def test_readme_has_the_three_uses_in_about_ten_lines():
    assert len(README) == 3
    assert all(len(script.strip().splitlines()) <= 12 for script, _ in README)
