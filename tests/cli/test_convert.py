"""``relugeom convert``."""

import json

import pytest
import relugeom as rg


@pytest.mark.filterwarnings("default")
def test_convert(call, tmp_path):
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Softmax", ["a"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, "n"])],
    )  # fmt: skip
    onnx.save(helper.make_model(graph), tmp_path / "net.onnx")
    code, out, err = call(
        "convert", tmp_path / "net.onnx", tmp_path / "net.npz",
        "--input-shape", "1,3", "--json",
    )  # fmt: skip
    result = json.loads(out)
    assert code == 0
    assert err.startswith("relugeom: warning: the final Softmax is left off")
    assert err.count("\n") == 1
    assert (result["inputs"], result["neurons"], len(result["sha256"])) == (3, 3, 64)
    assert rg.load_network(tmp_path / "net.npz")([[-1.0, 2.0, 3.0]]).tolist() == [[0, 2, 3]]


def test_convert_prints_a_summary(call, files, tmp_path):
    code, out, _ = call("convert", files["NET"], tmp_path / "copy.npz")
    assert code == 0
    assert out == rg.load_network(files["NET"]).summary() + "\n"
