"""The NNet format, on a small file made here."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError
from relugeom.networks.from_nnet import read_nnet

NET = rg.ReLUNetwork.random([2, 3, 2], rng=0)
MEAN, RANGE = np.array([1.0, -2.0]), np.array([4.0, 0.5])


def text(net=NET):
    def line(numbers):
        return ",".join(repr(float(v)) for v in numbers) + ","

    lines = [
        "// a comment", "2,2,2,3,", "2,3,2,", "0,",
        line([-1, -1]), line([1, 2]), line([*MEAN, 7.0]), line([*RANGE, 10.0]),
    ]  # fmt: skip
    for w, b in zip(net.weights, net.biases, strict=True):
        lines += [line(row) for row in w] + [line([v]) for v in b]
    return "\n".join(lines) + "\n"


def test_normalisation_becomes_part_of_the_network(tmp_path):
    (tmp_path / "net.nnet").write_text(text())
    loaded = read_nnet(tmp_path / "net.nnet")
    x = np.random.default_rng(0).standard_normal((50, 2)) * 5
    wanted = NET((x - MEAN) / RANGE) * 10.0 + 7.0
    np.testing.assert_allclose(loaded.network(x), wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(rg.load_network(tmp_path / "net.nnet")(x), loaded.network(x))
    assert repr(loaded.box) == "Box([-1.0, -1.0], [1.0, 2.0])"
    assert (loaded.output_mean, loaded.output_range) == (7.0, 10.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t[: len(t) // 2], "cut short|numbers"),
        (lambda t: t.replace("2,3,2,", "2,3,"), "2 layers with sizes"),
        (lambda t: t.replace("2,3,2,", "2,4,2,"), "cut short|other widths"),
        (lambda t: "nothing", "not a readable nnet"),
        (lambda t: "", "not a readable nnet file: it ends within the header"),
        (lambda t: "\n".join(t.splitlines()[:6]), "it ends within the header"),
        (lambda t: t.replace("-1.0,-1.0,", "-1.0,nan,"), "finite"),
        (lambda t: t.replace("4.0,0.5,10.0,", "4.0,"), "range line has 1"),
    ],
)
def test_broken_files(change, words, tmp_path):
    (tmp_path / "net.nnet").write_text(change(text()))
    with pytest.raises(FileFormatError, match=words):
        rg.load_network(tmp_path / "net.nnet")
