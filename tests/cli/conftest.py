"""What the tests of the command line share."""

import numpy as np
import pytest
import relugeom as rg
from relugeom import cli


@pytest.fixture
def call(capsys):
    """Run the command line; return the exit code, stdout and stderr."""

    def run(*arguments):
        code = cli.main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def net_file(tmp_path):
    file = tmp_path / "net.npz"
    rg.save_network(rg.ReLUNetwork.random([2, 6, 6, 2], rng=3), file)
    return file


@pytest.fixture
def files(net_file, tmp_path):
    """Files that the bad calls name."""
    (tmp_path / "broken.npz").write_bytes(b"PK not an archive")
    (tmp_path / "notes.txt").write_text("no network")
    np.savez(tmp_path / "points.npz", X=[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    np.savez(tmp_path / "line.npz", X=[[0.0], [1.0]])
    regions = rg.enumerate_regions(rg.load_network(net_file), rg.Box([0, 0], [1, 1]))
    regions.save(tmp_path / "table.parquet")
    X = np.zeros((3, 1))
    rg.train(rg.ReLUNetwork.random([1, 3, 1], rng=0), X, X, steps=2, rng=0).save(
        tmp_path / "run.npz"
    )
    np.savez(tmp_path / "scalar.npz", X=3.0)
    np.savez(tmp_path / "segment.npz", points=[[0.0, 0.0], [1.0, 0.0]])
    (tmp_path / "fixed.vnnlib").write_text(
        "(declare-const X_0 Real) (declare-const X_1 Real)"
        "(assert (= X_0 0)) (assert (<= X_1 1)) (assert (>= X_1 0))"
    )
    np.savez(tmp_path / "words.npz", X=[["a", "b"]])
    np.savez(tmp_path / "wide.npz", X=np.zeros((4, 3)))
    names = {"NET": "net.npz", "BROKEN": "broken.npz", "TEXT": "notes.txt",
             "POINTS": "points.npz", "LINE": "line.npz", "TABLE": "table.parquet",
             "RUN": "run.npz", "SCALAR": "scalar.npz",
             "WORDS": "words.npz", "WIDE": "wide.npz", "SEGMENT": "segment.npz",
             "FIXED": "fixed.vnnlib"}  # fmt: skip
    return {name: tmp_path / file for name, file in names.items()}
