"""Importing the package is cheap, and its names are all there."""

import pkgutil
import subprocess
import sys

import pytest
import relugeom as rg

HEAVY = ("numba", "cvxpy", "matplotlib", "scipy", "shapely", "networkx", "pandas", "pyarrow")


@pytest.mark.parametrize("module", ["relugeom", "relugeom.kakeya", "relugeom.paths"])
def test_import_loads_nothing_heavy(module):
    code = f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", [rg, rg.kakeya])
def test_every_public_name_resolves(package):
    assert dir(package) == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None


def test_no_public_function_of_kakeya_is_hidden_by_a_module_of_its_name():
    # importing a module binds its name in the package, over what is loaded on first use
    modules = {module.name for module in pkgutil.iter_modules(rg.kakeya.__path__)}
    named = {name for name in rg.kakeya.__all__ if name in modules}
    assert named == set(rg.kakeya._SUBMODULES)
    assert callable(rg.kakeya.compare)
