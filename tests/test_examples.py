"""The example scripts and the README's scripts run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SMALL = {"query_regions_sql": ["60"]}  # arguments that make an example quick
NEEDS = {
    "query_regions_sql": ["duckdb"],
    "record_torch": ["torch"],
    "trained_model": ["sklearn", "pandas"],
}
SCRIPTS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


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


def test_readme_has_the_three_uses_in_about_ten_lines():
    assert len(SCRIPTS) == 3
    assert all(len(script.strip().splitlines()) <= 12 for script in SCRIPTS)
