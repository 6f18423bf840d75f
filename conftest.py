"""Figures are drawn without a screen and closed after each test; libraries may be required.

Under RELUGEOM_NO_SKIP=1 a test that lacks an optional library fails instead of being skipped.
"""

import importlib
import os
import sys

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

if os.environ.get("RELUGEOM_NO_SKIP"):
    pytest.importorskip = lambda name, **_: importlib.import_module(name)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
