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


def scripts(page):
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


SCRIPTS = scripts((ROOT / "README.md").read_text("utf-8"))
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
    assert done.stdout.strip()


@pytest.mark.parametrize("index", range(len(SCRIPTS)))
def test_readme_script_runs(index, tmp_path):
    done = run(["-c", SCRIPTS[index]], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.splitlines()[0])
def test_how_to_is_answered_with_code_that_runs(section, tmp_path):
    (script,) = scripts(section)
    for package in re.findall(r"^from (sklearn|torch|onnx)", script, re.MULTILINE):
        pytest.importorskip(package)
    done = run(["-c", script], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_readme_has_the_three_uses_in_about_ten_lines():
    assert len(SCRIPTS) == 3
    assert all(len(script.strip().splitlines()) <= 12 for script in SCRIPTS)
