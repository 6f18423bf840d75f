"""Keras models become networks that agree with their own forward pass."""

import importlib
import os

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError, InvalidInputError, UnsupportedError

pytest.importorskip("torch")
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")
L = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # keras' own


@pytest.fixture(autouse=True)
def double_precision(monkeypatch):
    """Keras takes float64 down to float32 in products; here it must not, to compare digits."""
    dtypes = importlib.import_module("keras.src.backend.common.dtypes")
    monkeypatch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    before = keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy(before)


def agrees(model):
    rng = np.random.default_rng(0)
    for layer in model.layers:  # weights that are not 0 and 1
        layer.set_weights([w + rng.uniform(0.1, 0.5, w.shape) for w in layer.get_weights()])
    net = rg.from_keras(model)
    shape = model.inputs[0].shape[1:]
    X = rng.standard_normal((20, *shape))
    wanted = np.asarray(model.predict(X, verbose=0)).reshape(20, -1)
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(net(X.reshape(20, -1)), wanted, rtol=1e-9, atol=1e-9 * scale)
    return net


def test_dense():
    model = keras.Sequential(
        [keras.Input((3,)), L.Dense(8, "relu"), L.Dropout(0.5), L.Dense(6), L.LeakyReLU(0.1),
         L.Dense(4, activation=L.ReLU(max_value=6.0)), L.Dense(2, use_bias=False)]
    )  # fmt: skip
    assert agrees(model).widths == (8, 6, 8)


def test_convolutional():
    model = keras.Sequential(
        [keras.Input((6, 6, 2)), L.Rescaling(0.5, 0.1), L.ZeroPadding2D(1),
         L.Conv2D(3, 3, padding="same", activation="relu"), L.BatchNormalization(),
         L.MaxPooling2D(2), L.DepthwiseConv2D(3, padding="same"), L.PReLU(),
         L.UpSampling2D(2), L.AveragePooling2D(3, strides=2, padding="same"),
         L.Cropping2D(((0, 1), (1, 0))), L.Permute((2, 1, 3)), L.Flatten(), L.Dense(2)]
    )  # fmt: skip
    pooled = 4 * 4 * 3
    assert agrees(model).n_neurons == 8 * 8 * 3 + 3 * pooled + pooled


def test_one_dimensional_and_global_pooling():
    model = keras.Sequential(
        [keras.Input((9, 2)), L.Conv1D(4, 3, strides=2, padding="same", groups=2), L.ReLU(),
         L.Conv1D(3, 2, dilation_rate=2), L.Reshape((-1, 3)), L.GlobalMaxPooling1D(), L.Dense(2)]
    )  # fmt: skip
    assert agrees(model).n_neurons == 5 * 4 + 2 * 3


def test_functional_with_skips_and_a_nested_model():
    inner_in = keras.Input((4,))
    inner = keras.Model(inner_in, L.Dense(4, "relu")(inner_in))
    x = keras.Input((4,))
    a = L.Dense(4, "relu")(x)
    b = inner(a) + a
    c = L.Concatenate()([b, L.Maximum()([a, x]), L.Subtract()([x, a])])
    d = L.Average()([L.Dense(3)(c), L.Dense(3, "relu6")(c)])
    assert agrees(keras.Model(x, keras.ops.abs(d) * 2.0)).n_neurons == 4 + 4 + 4 + 2 * 3 + 3


SINGLE = {
    "transposed, same": (
        lambda: L.Conv2DTranspose(3, (3, 2), strides=(2, 3), padding="same"),
        (3, 3, 2),
    ),
    "transposed, valid": (lambda: L.Conv1DTranspose(3, 3, strides=2, use_bias=False), (4, 2)),
    "separable": (lambda: L.SeparableConv2D(3, 3, depth_multiplier=2, padding="same"), (4, 5, 2)),
    "causal": (lambda: L.Conv1D(3, 3, padding="causal", dilation_rate=2), (6, 2)),
    "normalization": (
        lambda: L.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0]),
        (3,),
    ),
    "repeated": (lambda: L.RepeatVector(3), (2,)),
    "distributed": (lambda: L.TimeDistributed(L.Dense(4, "relu")), (3, 2)),
    "channels first": (lambda: L.Conv2D(3, 2, data_format="channels_first"), (2, 4, 3)),
    "soft shrink": (lambda: L.Activation("soft_shrink"), (4,)),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGLE)
def test_single_layers(name):
    make, shape = SINGLE[name]
    agrees(keras.Sequential([keras.Input(shape), make(), L.ReLU()]))


def test_operations():
    ops, x = keras.ops, keras.Input((4,))
    a = ops.maximum(ops.reshape(x, (-1, 2, 2)), 0.25) / 2.0
    b = ops.max(a, axis=1) - ops.mean(a, axis=-1) + ops.sum(a, axis=2)
    c = ops.matmul(ops.clip(x, -0.5, 1.0)[:, 1:3], np.ones((2, 2))) - ops.minimum(b, x[:, :2])
    agrees(keras.Model(x, ops.leaky_relu(c, 0.1)))


@pytest.mark.parametrize("shaped", [False, True])
def test_a_final_softmax_is_left_off_with_a_warning(shaped):
    model = keras.Sequential([keras.Input((3,)), L.Dense(5, "relu"), L.Dense(3, "softmax")])
    if shaped:
        model.add(L.Reshape((3, 1)))
    with pytest.warns(UserWarning, match="softmax is left off"):
        net = rg.from_keras(model)
    X = np.random.default_rng(0).standard_normal((20, 3))
    logits = net(X)
    soft = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(soft, model.predict(X, verbose=0).reshape(20, 3), atol=1e-12)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore")  # keras on its own file formats
def test_files(suffix, tmp_path):
    model = keras.Sequential([keras.Input((3,)), L.Dense(5, "relu"), L.Dense(1)])
    model.save(tmp_path / f"net{suffix}")
    net, direct = rg.load_network(tmp_path / f"net{suffix}"), rg.from_keras(model)
    np.testing.assert_array_equal(net.weights[0], direct.weights[0])
    (tmp_path / f"broken{suffix}").write_bytes(b"nothing")
    with pytest.raises(FileFormatError, match="not a readable keras model"):
        rg.load_network(tmp_path / f"broken{suffix}")


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([L.Dense(4, "tanh")], "Dense .*'tanh'"),
        ([L.Dense(4, "softmax"), L.Dense(1)], "'softmax'"),
        ([L.LayerNormalization()], "LayerNormalization"),
        ([L.Lambda(lambda x: 2 * x)], "Lambda"),
        ([L.ReLU(threshold=0.5)], "ReLU .*with a threshold"),
        ([L.Dense(4)], "affine"),
    ],
)
def test_unsupported_models(layers, words):
    with pytest.raises((UnsupportedError, InvalidInputError), match=words):
        rg.from_keras(keras.Sequential([keras.Input((3,)), *layers]))


def test_not_a_model():
    with pytest.raises(InvalidInputError, match=r"keras\.Model; got int"):
        rg.from_keras(3)
    with pytest.raises(InvalidInputError, match="must be built"):
        rg.from_keras(keras.Sequential([L.Dense(3)]))
    x, y = keras.Input((2,)), keras.Input((2,))
    with pytest.raises(UnsupportedError, match="one input and one output; got 2 and 1"):
        rg.from_keras(keras.Model([x, y], L.ReLU()(x + y)))
    with pytest.raises(InvalidInputError, match="input of known shape"):
        rg.from_keras(keras.Sequential([keras.Input((None, 2)), L.Conv1D(2, 2), L.ReLU()]))
