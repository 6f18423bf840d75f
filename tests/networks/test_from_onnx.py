"""ONNX graphs become networks that agree with the reference evaluator."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError, InvalidInputError, UnsupportedError
from relugeom.networks import onnx_operators

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

RNG = np.random.default_rng(0)


def model(nodes, constants, shape, opset=17, outputs=("y",)):
    """Build a model in float64 with input x and the output of the last node, y."""
    graph = helper.make_graph(
        nodes, "test",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, shape)],
        [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def agrees(nodes, constants, shape, tmp_path, opset=17):
    made = model(nodes, constants, shape, opset)
    onnx.save(made, tmp_path / "net.onnx")
    net = rg.load_network(tmp_path / "net.onnx")
    evaluator = ReferenceEvaluator(made)
    for _ in range(10):
        x = RNG.standard_normal(shape)
        wanted = evaluator.run(None, {"x": x})[0].ravel()
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(net(x.reshape(1, -1))[0], wanted, rtol=1e-9, atol=1e-9 * scale)
    return net


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs, [output], **attributes)


def normal(*shape):
    return RNG.standard_normal(shape)


def test_fully_connected_with_matmul_add_sub_mul(tmp_path):
    net = agrees(
        [
            node("Sub", ["x", "mean"], "a"),
            node("Mul", ["a", "scale"], "b"),
            node("MatMul", ["b", "W"], "c"),
            node("Add", ["c", "bias"], "d"),
            node("Relu", ["d"], "e"),
            node("Gemm", ["e", "V", "beta"], "y", transB=1, alpha=0.5, beta=2.0),
        ],
        {"mean": normal(3), "scale": normal(3), "W": normal(3, 8), "bias": normal(8),
         "V": normal(2, 8), "beta": normal(2)},
        (1, 3),
        tmp_path,
    )  # fmt: skip
    assert net.widths == (8,)


def test_convolutional(tmp_path):
    net = agrees(
        [
            node("Conv", ["x", "K", "k"], "a", pads=[1, 1, 1, 1], strides=[1, 1]),
            node("BatchNormalization", ["a", "g", "s", "m", "v"], "b", epsilon=1e-3),
            node("LeakyRelu", ["b"], "c", alpha=0.3),
            node("MaxPool", ["c"], "d", kernel_shape=[2, 2], strides=[2, 2]),
            node("AveragePool", ["d"], "e", kernel_shape=[2, 2], pads=[0, 0, 1, 1]),
            node("Transpose", ["e"], "f", perm=[0, 2, 3, 1]),
            node("Flatten", ["f"], "g2"),
            node("Concat", ["g2", "g2"], "h", axis=1),
            node("Identity", ["h"], "i"),
            node("Dropout", ["i"], "j"),
            node("Gemm", ["j", "V"], "y"),
        ],
        {"K": normal(2, 1, 3, 3), "k": normal(2), "g": normal(2), "s": normal(2),
         "m": normal(2), "v": normal(2) ** 2, "V": normal(36, 3)},
        (1, 1, 6, 6),
        tmp_path,
    )  # fmt: skip
    assert net.n_neurons == 2 * 36 + 2 * 9 * 3


def test_residual_reshape_and_global_pool(tmp_path):
    net = agrees(
        [
            node("Reshape", ["x", "shape"], "a"),
            node("Relu", ["a"], "b"),
            node("Add", ["a", "b"], "c"),
            node("Abs", ["c"], "d"),
            node("GlobalAveragePool", ["d"], "e"),
            node("Constant", [], "two", value=numpy_helper.from_array(np.array(2.0))),
            node("Mul", ["e", "two"], "f"),
            node("Squeeze", ["f", "axes"], "y"),
        ],
        {"shape": np.array([1, 2, 3, 2]), "axes": np.array([2, 3])},
        (1, 12),
        tmp_path,
    )
    assert net.n_neurons == 12 + 12


def test_clip_max_min_pad_and_slice(tmp_path):
    net = agrees(
        [
            node("Clip", ["x", "low", "high"], "a"),
            node("Max", ["a", "c"], "b"),
            node("Min", ["b", "x"], "d"),
            node("Pad", ["d", "widths"], "e"),
            node("Slice", ["e", "starts", "ends", "axis"], "f"),
            node("PRelu", ["f", "slope"], "y"),
        ],
        {"low": np.array(-0.5), "high": np.array(0.7), "c": normal(4),
         "widths": np.array([0, 1, 0, 2]), "starts": np.array([0]), "ends": np.array([6]),
         "axis": np.array([1]), "slope": normal(6)},
        (1, 4),
        tmp_path,
    )  # fmt: skip
    assert net.n_neurons == 2 * 4 + 4 + 4 + 6  # PRelu of the padding too


def test_constants_computed_in_the_graph(tmp_path):
    """Exporters compute shapes and transposed weights inside the graph."""
    net = agrees(
        [
            node("Transpose", ["W"], "Wt", perm=[1, 0]),
            node("MatMul", ["x", "Wt"], "a"),
            node("Relu", ["a"], "b"),
            node("Shape", ["b"], "size"),
            node("Reshape", ["b", "size"], "y"),
        ],
        {"W": normal(5, 3)},
        (1, 3),
        tmp_path,
    )
    assert net.n_neurons == 5


EMPTY = np.empty(0)
ONE_NODE = {
    "Slice backwards": ("Slice", {"s": [3], "e": [-5], "a": [-1], "st": [-2]}, {}, (1, 4)),
    "Gather": ("Gather", {"i": [[2, -1], [0, 0]]}, {"axis": -1}, (1, 4)),
    "Reshape with 0 and -1": ("Reshape", {"s": [0, -1, 2]}, {}, (1, 4)),
    "Flatten, negative axis": ("Flatten", {}, {"axis": -1}, (1, 2, 3)),
    "Unsqueeze": ("Unsqueeze", {"a": [-1, 1]}, {}, (1, 4)),
    "Expand": ("Expand", {"s": [3, 4]}, {}, (1, 4)),
    "Tile": ("Tile", {"r": [1, 3]}, {}, (1, 4)),
    "DepthToSpace": ("DepthToSpace", {}, {"blocksize": 2, "mode": "CRD"}, (1, 4, 2, 3)),
    "SpaceToDepth": ("SpaceToDepth", {}, {"blocksize": 2}, (1, 1, 2, 4)),
    "Pad reflect": ("Pad", {"p": [0, 1, 0, 2]}, {"mode": "reflect"}, (1, 4)),
    "Pad edge": ("Pad", {"p": [0, 0, 1, 0, 0, 2]}, {"mode": "edge"}, (1, 2, 3)),
    "ReduceMax": ("ReduceMax", {}, {"axes": [-1], "keepdims": 0}, (1, 2, 3)),
    "ReduceMin": ("ReduceMin", {}, {"axes": [1]}, (1, 3, 2)),
    "ReduceMean": ("ReduceMean", {}, {"axes": [-1, -2], "keepdims": 0}, (1, 3, 2)),
    "GlobalMaxPool": ("GlobalMaxPool", {}, {}, (1, 2, 3, 2)),
    "HardSigmoid": ("HardSigmoid", {}, {"alpha": 0.25, "beta": 0.5}, (1, 4)),
    "Resize, nearest": ("Resize", {"r": EMPTY, "s": [1, 1, 1.5, 2]},
                        {"nearest_mode": "ceil", "coordinate_transformation_mode": "half_pixel"},
                        (1, 2, 4, 3)),
    "Resize, linear": ("Resize", {"r": EMPTY, "q": EMPTY, "s": [1, 2, 5, 2]}, {"mode": "linear"},
                       (1, 2, 3, 4)),
    "Resize, cubic": ("Resize", {"r": EMPTY, "s": [1, 1, 2.5]}, {"mode": "cubic"},
                      (1, 1, 4)),
    "Trilu": ("Trilu", {"k": 1}, {"upper": 1}, (1, 3, 3)),
    "ScatterElements": ("ScatterElements", {"i": [[3, 0]], "u": [[0.5, -2.0]]}, {"axis": 1},
                        (1, 4)),
    "MatMul, vector": ("MatMul", {"W": normal(3)}, {}, (1, 2, 3)),
    "MatMul, stack": ("MatMul", {"W": normal(2, 3, 4)}, {}, (1, 2, 3)),
    "ReduceL1": ("ReduceL1", {}, {"axes": [1]}, (1, 3, 2)),
    "Sum and Mean": ("Mean", {"c": normal(1, 4), "d": normal(4)}, {}, (1, 4)),
    "PRelu by channel": ("PRelu", {"s": [[[0.5]], [[-0.25]]]}, {}, (1, 2, 2, 2)),
    "Conv SAME_UPPER": ("Conv", {"K": normal(2, 1, 4)}, {"auto_pad": "SAME_UPPER", "strides": [2]},
                        (1, 1, 7)),
    "Conv SAME_LOWER": ("Conv", {"K": normal(2, 1, 4)}, {"auto_pad": "SAME_LOWER"}, (1, 1, 6)),
    "Conv, groups, dilated, skew pads": (
        "Conv", {"K": normal(4, 1, 2, 2)},
        {"group": 2, "dilations": [2, 1], "pads": [1, 0, 0, 2]}, (1, 2, 4, 3)),
    "ConvTranspose": (
        "ConvTranspose", {"K": normal(2, 3, 3, 2), "b": normal(3)},
        {"strides": [2, 1], "pads": [1, 0, 0, 1], "output_padding": [1, 0]}, (1, 2, 3, 4)),
    "MaxPool ceil": ("MaxPool", {}, {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1},
                     (1, 1, 5, 4)),
    "MaxPool dilated": ("MaxPool", {}, {"kernel_shape": [2], "dilations": [2], "pads": [1, 1]},
                        (1, 2, 5)),
    "AveragePool, padding counted": (
        "AveragePool", {}, {"kernel_shape": [3], "pads": [1, 1], "count_include_pad": 1},
        (1, 1, 5)),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_NODE)
def test_single_nodes_agree_with_the_reference_evaluator(name, tmp_path):
    kind, constants, attributes, shape = ONE_NODE[name]
    nodes = [
        node(kind, ["x", *constants], "a", **attributes),
        node("Relu", ["a"], "y"),
    ]
    agrees(nodes, constants, shape, tmp_path)


OLDER = {
    "Squeeze": ("Squeeze", {}, {"axes": [1]}, (1, 1, 3), 11),
    "Unsqueeze": ("Unsqueeze", {}, {"axes": [0, 2]}, (1, 3), 11),
    "Clip": ("Clip", {}, {"min": -0.5, "max": 0.25}, (1, 4), 6),
    "Pad": ("Pad", {}, {"pads": [0, 1, 0, 2], "value": 0.5}, (1, 4), 2),
    "Slice": ("Slice", {}, {"starts": [1], "ends": [9], "axes": [1]}, (1, 4), 9),
    "ReduceSum": ("ReduceSum", {}, {"axes": [1], "keepdims": 0}, (1, 2, 3), 11),
    "ReduceMean, axes as input": ("ReduceMean", {"a": [1, 2]}, {"keepdims": 1}, (1, 2, 3), 18),
    "ReduceMax, axes as input": ("ReduceMax", {"a": [-1]}, {"keepdims": 0}, (1, 2, 3), 20),
    "Dropout": ("Dropout", {}, {"ratio": 0.3}, (1, 4), 10),
    "Gemm": ("Gemm", {"W": normal(4, 2), "b": normal(2)}, {}, (1, 4), 9),
    "newest": ("Gemm", {"W": normal(4, 2)}, {"alpha": 0.5}, (1, 4), 21),
}  # fmt: skip


@pytest.mark.parametrize("name", OLDER)
def test_operators_of_other_versions(name, tmp_path):
    """What an operator takes as input or attribute changed from version to version."""
    kind, constants, attributes, shape, opset = OLDER[name]
    nodes = [node(kind, ["x", *constants], "a", **attributes), node("Relu", ["a"], "y")]
    agrees(nodes, constants, shape, tmp_path, opset)


def test_upsample(tmp_path):
    """The forerunner of Resize, which ONNX no longer evaluates; by hand."""
    nodes = [node("Upsample", ["x", "s"], "a", mode="nearest"), node("Relu", ["a"], "y")]
    scales = np.array([1.0, 1.0, 2.0, 1.5], "f4")
    onnx.save(model(nodes, {"s": scales}, (1, 1, 2, 2), 9), tmp_path / "net.onnx")
    net = rg.load_network(tmp_path / "net.onnx")
    assert net([[1.0, 2.0, 3.0, 4.0]]).tolist() == [[1, 1, 2, 1, 1, 2, 3, 3, 4, 3, 3, 4]]


def test_products_from_the_left_and_choices(tmp_path):
    nodes = [
        node("MatMul", ["W", "x"], "a"),
        node("MatMul", ["w", "a"], "b"),
        node("Where", ["where", "b", "c"], "d"),
        node("Relu", ["d"], "y"),
    ]
    constants = {"W": normal(2, 4, 3), "w": normal(4), "c": normal(5),
                 "where": np.array([True, False, True, True, False])}  # fmt: skip
    agrees(nodes, constants, (2, 3, 5), tmp_path)


def test_split_and_joined_again(tmp_path):
    nodes = [
        helper.make_node("Split", ["x", "sizes"], ["a", "b"], axis=1),
        node("Relu", ["b"], "c"),
        node("Concat", ["c", "k", "a"], "y", axis=-1),
    ]
    agrees(nodes, {"sizes": np.array([1, 3]), "k": normal(1, 2)}, (1, 4), tmp_path)


def test_open_axes(tmp_path):
    nodes = [node("Relu", ["x"], "y")]
    onnx.save(model(nodes, {}, ("batch", 3)), tmp_path / "net.onnx")
    assert rg.load_network(tmp_path / "net.onnx").input_dim == 3
    onnx.save(model(nodes, {}, None), tmp_path / "none.onnx")
    with pytest.raises(InvalidInputError, match="does not tell it of 'x'"):
        rg.load_network(tmp_path / "none.onnx")
    onnx.save(model(nodes, {}, ("batch", "features")), tmp_path / "open.onnx")
    with pytest.raises(InvalidInputError, match="`input_shape` must be given"):
        rg.load_network(tmp_path / "open.onnx")
    assert rg.load_network(tmp_path / "open.onnx", input_shape=[1, 5]).input_dim == 5


def test_functions_that_the_file_defines(tmp_path):
    made = model([node("Bend", ["x"], "y", domain="ours")], {}, (1, 3))
    made.functions.append(
        helper.make_function("ours", "Bend", ["a"], ["c"], [node("Abs", ["a"], "b"),
                             node("Relu", ["b"], "c")], [helper.make_opsetid("", 17)])
    )  # fmt: skip
    made.opset_import.append(helper.make_opsetid("ours", 1))
    onnx.save(made, tmp_path / "net.onnx")
    assert rg.load_network(tmp_path / "net.onnx")([[-1.0, 2.0, 0.0]]).tolist() == [[1, 2, 0]]


@pytest.mark.parametrize("kind", [TensorProto.BFLOAT16, TensorProto.FLOAT16])
def test_weights_in_half_precision(kind, tmp_path):
    W = helper.make_tensor("W", kind, (2, 2), [1.5, 0.25, -2.0, 8.0])
    made = model([node("MatMul", ["x", "W"], "a"), node("Relu", ["a"], "y")], {}, (1, 2))
    made.graph.initializer.append(W)
    onnx.save(made, tmp_path / "net.onnx")
    assert rg.load_network(tmp_path / "net.onnx").weights[0].tolist() == [[1.5, -2.0], [0.25, 8.0]]


def test_weights_in_a_file_of_their_own(tmp_path):
    W = normal(3, 500)
    made = model([node("MatMul", ["x", "W"], "a"), node("Relu", ["a"], "y")], {"W": W}, (1, 3))
    onnx.save(made, tmp_path / "net.onnx", save_as_external_data=True, location="net.bin")
    np.testing.assert_array_equal(rg.load_network(tmp_path / "net.onnx").weights[0], W.T)
    (tmp_path / "net.bin").write_bytes(b"short")
    with pytest.raises(FileFormatError, match=r"net\.onnx is not a readable onnx file"):
        rg.load_network(tmp_path / "net.onnx")


@pytest.mark.parametrize("shaped", [False, True])
def test_final_softmax_is_left_off_with_a_warning(shaped, tmp_path):
    nodes = [node("Relu", ["x"], "a"), node("Softmax", ["a"], "s" if shaped else "y", axis=1)]
    nodes += [node("Flatten", ["s"], "y")] if shaped else []
    onnx.save(model(nodes, {}, (1, 3)), tmp_path / "net.onnx")
    with pytest.warns(UserWarning, match="Softmax is left off"):
        net = rg.load_network(tmp_path / "net.onnx")
    assert net([[1.0, -1.0, 2.0]]).tolist() == [[1.0, 0.0, 2.0]]


@pytest.mark.parametrize(
    ("nodes", "constants", "words"),
    [
        ([node("Tanh", ["x"], "y", name="squash")], {}, r"Tanh \(node 'squash'\)"),
        ([node("Mul", ["x", "x"], "y")], {}, "both depend on the input"),
        ([node("Div", ["c", "x"], "y")], {"c": np.ones(3)}, "by a tensor that depends"),
        ([node("Identity", ["x"], "y")], {}, "affine"),
        ([node("Identity", ["c"], "y")], {"c": np.ones(3)}, "an output that depends on the input"),
        ([node("Relu", ["z"], "y")], {}, r"nothing computes 'z', an input of Relu \(node 'y'\)"),
        ([node("Relu", ["x"], "z")], {}, "must compute its output 'y'"),
        ([node("MatMul", ["x", "c"], "y")], {"c": np.ones((2, 2))}, "MatMul .* fails"),
        ([node("Relu", ["x"], "y", domain="other")], {}, r"other\.Relu \(node 'y'\) is not"),
        ([node("Fused", ["c"], "y", domain="other")], {"c": np.ones(3)}, r"other\.Fused"),
        ([node("Cast", ["x"], "y", to=TensorProto.INT32)], {}, "Cast .* to INT32 is not"),
        ([node("Dropout", ["x", "", "on"], "y")], {"on": np.array(True)}, "in training mode"),
        ([node("Where", ["x", "c", "x"], "y")], {"c": np.ones(3)}, "a condition that depends"),
        ([node("Gather", ["c", "x"], "y")], {"c": np.ones(3)}, "with places that depend"),
        ([node("Sigmoid", ["x"], "a"), node("Relu", ["a"], "y")], {}, "Sigmoid"),
    ],
)
def test_unsupported_graphs(nodes, constants, words, tmp_path):
    onnx.save(model(nodes, constants, (1, 3)), tmp_path / "net.onnx")
    with pytest.raises(rg.RelugeomError, match=words):
        rg.load_network(tmp_path / "net.onnx")


def test_several_inputs_or_outputs(tmp_path):
    made = model([node("Relu", ["x"], "y")], {}, (1, 3), outputs=("y", "x"))
    made.graph.input.append(helper.make_tensor_value_info("z", TensorProto.DOUBLE, (1,)))
    onnx.save(made, tmp_path / "net.onnx")
    with pytest.raises(UnsupportedError, match="got inputs x, z, outputs y, x"):
        rg.load_network(tmp_path / "net.onnx")


def test_every_cut_of_a_file_is_an_error_of_one_line(tmp_path):
    nodes = [node("MatMul", ["x", "W"], "a"), node("Relu", ["a"], "y")]
    path = tmp_path / "net.onnx"
    onnx.save(model(nodes, {"W": normal(3, 2)}, (1, 3)), path)
    whole = path.read_bytes()
    errors = []
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            rg.load_network(path)
        except rg.RelugeomError as error:
            errors.append(str(error))
    assert len(errors) > 0.9 * len(whole)  # the last fields say little
    assert not any("\n" in error for error in errors)


def test_broken_file(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"\x08no model")
    with pytest.raises(FileFormatError, match=r"net\.onnx is not a readable onnx file"):
        rg.load_network(tmp_path / "net.onnx")


def test_a_mistake_of_ours_is_not_called_a_broken_file(tmp_path, monkeypatch):
    def mistaken(x, a):
        return a["no such attribute"]

    monkeypatch.setitem(onnx_operators.OPERATORS, "Relu", mistaken)
    valid = onnx.shape_inference.infer_shapes(model([node("Relu", ["x"], "y")], {}, (1, 2)))
    onnx.save(valid, tmp_path / "net.onnx")
    with pytest.raises(KeyError, match="no such attribute"):
        rg.load_network(tmp_path / "net.onnx")


def test_what_is_no_model():
    with pytest.raises(InvalidInputError, match=r"`model` must be an onnx.ModelProto; got str"):
        rg.from_onnx("net.onnx")
    broken = model([node("Concat", ["x", "x"], "y")], {}, (1, 2))  # without its axis
    broken.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.DOUBLE, (1, 4)))
    with pytest.raises(FileFormatError, match=r"`model` must be a valid ONNX model; .*axis"):
        rg.from_onnx(broken)
