"""Importing the package is cheap, and its names are all there."""

import subprocess
import sys
from importlib import import_module

import pytest
import relugeom as rg
from relugeom.errors import MissingExtraError

HEAVY = ("numba", "cvxpy", "matplotlib", "scipy", "shapely", "networkx", "pandas", "pyarrow")
PACKAGES = ["analysis", "arrangements", "data", "demo", "graph", "kakeya", "networks", "paths",
            "plotting", "regions", "report"]  # fmt: skip


def in_a_new_process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_import_loads_nothing_heavy():
    packages = ", ".join(["relugeom", *(f"relugeom.{p}" for p in PACKAGES)])
    code = f"import sys, {packages}; print([m for m in {HEAVY} if m in sys.modules])"
    assert in_a_new_process(code) == "[]"


@pytest.mark.parametrize("name", ["relugeom", *(f"relugeom.{p}" for p in PACKAGES)])
def test_every_public_name_resolves(name):
    package = import_module(name)
    assert dir(package) == package.__all__ == sorted(package.__all__)
    for public in package.__all__:
        assert getattr(package, public) is not None
    with pytest.raises(AttributeError, match=f"'{name}' has no attribute 'nothing'"):
        package.nothing  # noqa: B018


def test_a_function_is_not_hidden_by_the_module_of_its_name():
    code = """
import relugeom.analysis.margin, relugeom.paths.crossings, relugeom as rg
print(rg.analysis.margin is rg.margin, rg.paths.crossings is rg.crossings)
"""
    assert in_a_new_process(code) == "True True"


def test_a_name_of_the_package_is_the_same_everywhere():
    assert rg.paths.crossings is rg.crossings
    assert rg.regions.Regions is rg.Regions
    assert rg.graph.topology.betti is import_module("relugeom.graph.topology").betti


def test_what_is_missing_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.neural_network", None)
    with pytest.raises(MissingExtraError, match=r"scikit-learn.*relugeom\[sklearn\]"):
        rg.from_sklearn(None)
