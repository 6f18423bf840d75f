"""``relugeom completion``."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_scripts(call, shell, tmp_path):
    code, out, err = call("completion", shell)
    assert (code, err) == (0, "")
    for word in ("regions", "convert", "perron", "slice-points", "max-regions"):
        assert word in out
    if shell == "bash":
        (tmp_path / "script").write_text(out)
        done = subprocess.run(
            ["bash", "-c", f"source {tmp_path}/script; COMP_WORDS=(relugeom re); COMP_CWORD=1; "
             "_shtab_relugeom; echo ${COMPREPLY[@]}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split() == ["regions"]


def test_a_reader_that_stops_is_no_error(files):
    done = subprocess.run(
        f"set -o pipefail; {sys.executable} -m relugeom completion bash | head -1",
        shell=True, executable="/bin/bash", capture_output=True, text=True,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
