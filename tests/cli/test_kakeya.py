"""``relugeom kakeya``."""

import json

import pytest


def test_perron_tree_with_picture(call, tmp_path):
    picture = tmp_path / "tree.png"
    code, out, _ = call("kakeya", "perron", "--levels", 3, "--plot", picture, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["ratio"] == pytest.approx(2 / 5)
    assert picture.read_bytes().startswith(b"\x89PNG")
