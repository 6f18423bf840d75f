"""Tests mirror the package."""

from pathlib import Path

import pytest
import relugeom

TESTS, PACKAGE = Path(__file__).parent, Path(relugeom.__file__).parent
#: What is tested from outside, as a whole.
WHOLE = {"docs", "examples", "import", "layout", "errors"}


@pytest.mark.parametrize("file", sorted(TESTS.rglob("test_*.py")), ids=lambda file: file.stem)
def test_a_test_file_is_named_after_a_module_or_one_aspect_of_it(file):
    """`tests/graph/test_cuts.py` or `tests/graph/test_cuts_ASPECT.py` for `graph/cuts.py`."""
    name = file.stem.removeprefix("test_")
    modules = {m.stem.lstrip("_") for m in (PACKAGE / file.parent.relative_to(TESTS)).glob("*.py")}
    assert name in WHOLE or any(f"{name}_".startswith(f"{module}_") for module in modules if module)
