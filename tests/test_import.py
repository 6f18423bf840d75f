"""Importing the package is cheap, and its names are all there."""

import subprocess
import sys

import relugeom as rg

HEAVY = ("numba", "cvxpy", "matplotlib", "scipy", "shapely", "networkx", "pandas", "pyarrow")


def test_import_loads_nothing_heavy():
    code = f"import sys, relugeom; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_resolves():
    assert dir(rg) == sorted(rg.__all__)
    for name in rg.__all__:
        assert getattr(rg, name) is not None
