"""The compiled kernels' cache, seen from processes that share it."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import relugeom

_RUN = (
    "from relugeom._kernel_caller import twice\n"
    "print(twice(1), sum(twice.stats.cache_hits.values()))"
)


@pytest.fixture
def package(tmp_path):
    """Two kernels of which one calls the other, in a package with our wrapper alone."""
    folder = tmp_path / "lib" / "relugeom"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    shutil.copy(Path(relugeom.__file__).parent / "_jit.py", folder)
    head = "from ._jit import jit\n"
    (folder / "_kernel_callee.py").write_text(f"{head}@jit\ndef f(x):\n    return x + 1\n")
    (folder / "_kernel_caller.py").write_text(
        f"{head}from ._kernel_callee import f\n@jit\ndef twice(x):\n    return f(f(x))\n"
    )
    return folder


def answer(library, cache, **environment):
    """The result of the caller, and how often it came from the cache, in a new process."""
    environment |= {"PYTHONPATH": str(library), "NUMBA_CACHE_DIR": str(cache)}
    command = [sys.executable, "-P", "-c", _RUN]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_a_changed_callee_in_another_file_is_never_stale(package, tmp_path):
    cache = tmp_path / "cache"
    assert answer(package.parent, cache) == ["3", "0"]
    assert answer(package.parent, cache) == ["3", "1"]
    callee = package / "_kernel_callee.py"
    callee.write_text(callee.read_text().replace("x + 1", "x + 5"))
    assert answer(package.parent, cache) == ["11", "0"]
    assert answer(package.parent, cache) == ["11", "1"]


def test_a_renamed_type_of_an_argument_is_never_stale(package, tmp_path):
    cache, caller = tmp_path / "cache", package / "_kernel_caller.py"
    for name in ("Old", "New"):
        caller.write_text(
            "from collections import namedtuple\nfrom ._jit import jit\n"
            f"{name} = namedtuple('{name}', 'x')\n"
            "@jit\ndef inner(pair):\n    return 2 * pair.x\n"
            f"def twice(x):\n    return inner({name}(x))\n"
            "twice.stats = inner.stats\n"
        )
        assert answer(package.parent, cache) == ["2", "0"]


def test_kernels_run_from_a_zip_file(package, tmp_path):
    library = tmp_path / "lib.zip"
    with zipfile.ZipFile(library, "w") as archive:
        for file in package.glob("*.py"):
            archive.write(file, f"relugeom/{file.name}")
    assert answer(library, tmp_path / "cache") == ["3", "0"]
    assert answer(library, tmp_path / "cache") == ["3", "1"]


def test_kernels_run_where_no_cache_can_be_written(package, tmp_path):
    nowhere = tmp_path / "file"
    nowhere.touch()
    locators = {"NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}
    assert answer(package.parent, nowhere / "cache", **locators) == ["3", "0"]
