"""PyTorch modules become networks that agree with their own forward pass."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import FileFormatError, InvalidInputError, UnsupportedError

torch = pytest.importorskip("torch")
nn = torch.nn


def agrees(module, shape, *, n=50, input_shape="same"):
    """Compare a network with the module's forward pass in float64, on random inputs."""
    module = module.double().eval()
    net = rg.from_torch(module, shape if input_shape == "same" else input_shape)
    X = np.random.default_rng(0).standard_normal((n, int(np.prod(shape))))
    with torch.no_grad():
        wanted = module(torch.from_numpy(X.reshape(n, *shape))).reshape(n, -1).numpy()
    got = net(X)
    size = np.abs(wanted).max()
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9 * size)
    return net


class Residual(nn.Module):
    """Skip connections of two depths, one of them from the input."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 4)

    def forward(self, x):
        h = torch.relu(self.first(x))
        h = h + torch.relu(self.second(h))
        return self.third(h).relu() - 0.5 * x


class Joined(nn.Module):
    """Concatenation, slicing and elementwise maxima."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.out = nn.Linear(3, 5), nn.Linear(3, 5), nn.Linear(13, 2)

    def forward(self, x):
        a, b = self.a(x), self.b(x).abs()
        return self.out(torch.cat([torch.maximum(a, b), a.clamp(-0.5, 0.5), x], dim=1))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.PReLU(3), nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU6(), nn.Upsample(scale_factor=2),
        nn.AvgPool2d(2, padding=1), nn.Flatten(), nn.Dropout(0.5), nn.LazyLinear(3),
    )  # fmt: skip


MODULES = {
    "mlp": (lambda: nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(),
                                  nn.Linear(8, 2)), (3,)),
    "leaky": (lambda: nn.Sequential(nn.Linear(3, 8), nn.LeakyReLU(0.1), nn.Linear(8, 1)), (3,)),
    "prelu": (lambda: nn.Sequential(nn.Linear(3, 8), nn.PReLU(8), nn.Linear(8, 1)), (3,)),
    "hardtanh": (lambda: nn.Sequential(nn.Linear(3, 8), nn.Hardtanh(-2, 0.5), nn.Linear(8, 1)),
                 (3,)),
    "relu6": (lambda: nn.Sequential(nn.Linear(3, 8), nn.ReLU6(), nn.Linear(8, 1)), (3,)),
    "identity, dropout": (lambda: nn.Sequential(nn.Identity(), nn.Linear(3, 8), nn.Dropout(),
                                                nn.ReLU(), nn.Linear(8, 1)), (3,)),
    "no bias": (lambda: nn.Sequential(nn.Linear(3, 8, bias=False), nn.ReLU(),
                                      nn.Linear(8, 1, bias=False)), (3,)),
    "two linear in a row": (lambda: nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 6), nn.ReLU(),
                                                  nn.Linear(6, 1)), (3,)),
    "relu last": (lambda: nn.Sequential(nn.Linear(3, 8), nn.ReLU()), (3,)),
    "batch norm": (lambda: nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(),
                                         nn.Linear(8, 1)), (3,)),
    "residual": (Residual, (4,)),
    "joined": (Joined, (3,)),
    "conv1d": (lambda: nn.Sequential(nn.Conv1d(2, 3, 3, dilation=2), nn.ReLU(), nn.MaxPool1d(2),
                                     nn.Flatten(), nn.Linear(9, 2)), (2, 10)),
    "grouped conv": (lambda: nn.Sequential(nn.Conv2d(4, 4, 3, groups=2, padding="same"), nn.ReLU(),
                                           nn.AdaptiveAvgPool2d(1), nn.Flatten()), (4, 5, 5)),
    "convolutional": (convolutional, (1, 8, 8)),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_agrees_with_the_forward_pass(name):
    make, shape = MODULES[name]
    torch.manual_seed(0)
    module = make().double()
    with torch.no_grad():  # running statistics that are not 0 and 1
        module.train()(torch.randn(64, *shape, dtype=torch.float64))
    agrees(module, shape)


def test_a_module_of_single_precision_is_read_in_double_and_left_alone():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)).train()
    net = rg.from_torch(module)
    assert module.training
    assert module[0].weight.dtype == torch.float32
    np.testing.assert_array_equal(net.weights[0], module[0].weight.detach().double().numpy())


def test_plain_layers_become_the_same_layers():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
    net = rg.from_torch(module)
    assert net.widths == (8, 8)
    assert net.n_neurons == 16
    assert repr(net) == "ReLUNetwork(3-8-8-2, 16 neurons)"


def test_regions_of_a_residual_network():
    torch.manual_seed(0)
    module = Residual().double()
    plane = rg.AffineSlice.random(4, 2, rng=0)
    net = rg.from_torch(module).restrict(plane)
    regions = rg.enumerate_regions(net, rg.Box([-2, -2], [2, 2]))
    assert regions.volumes.sum() == pytest.approx(16, rel=1e-9)
    A, c = net.affine_map(regions.patterns)
    values = np.einsum("nod,nd->no", A, regions.points) + c
    with torch.no_grad():
        wanted = module(torch.from_numpy(plane.points(regions.points))).numpy()
    np.testing.assert_allclose(values, wanted, atol=1e-9)


def test_max_pooling_counts_no_neuron_twice():
    """The maximum of four entries takes three comparisons."""
    net = agrees(nn.Sequential(nn.MaxPool1d(4)), (1, 4))
    assert net.n_neurons == 3


@pytest.mark.parametrize("final", [nn.Softmax(dim=1), nn.LogSoftmax(dim=1), nn.Sigmoid()])
def test_a_final_softmax_or_sigmoid_is_left_off_with_a_warning(final):
    body = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3)).double()
    with pytest.warns(UserWarning, match="left off"):
        net = rg.from_torch(nn.Sequential(body, final))
    X = np.random.default_rng(0).standard_normal((10, 2))
    with torch.no_grad():
        np.testing.assert_allclose(net(X), body(torch.from_numpy(X)).numpy(), atol=1e-12)


def test_an_unknown_layer_is_named_with_its_path():
    inner = nn.Sequential(nn.Linear(4, 4), nn.GELU())
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), inner)
    with pytest.raises(UnsupportedError, match=r"gelu.* in module '2.1' \(GELU\)"):
        rg.from_torch(module)


@pytest.mark.parametrize(
    ("module", "shape", "words"),
    [
        (nn.Sequential(nn.Linear(2, 4), nn.Softmax(1), nn.Linear(4, 1)), None, "softmax"),
        (nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 1)), None, "affine"),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), None, "input_shape"),
        (nn.Sequential(nn.Linear(2, 4), nn.ReLU()), (3,), r"shape \(1, 3\)"),
        ("a string", None, "torch.nn.Module; got str"),
        (nn.Sequential(nn.ConvTranspose1d(1, 2, 3), nn.ReLU()), (1, 4), "conv_transpose1d"),
    ],
)
def test_bad_modules(module, shape, words):
    with pytest.raises((UnsupportedError, InvalidInputError), match=words):
        rg.from_torch(module, shape)


def test_pt2_files(tmp_path):
    torch.manual_seed(0)
    module = convolutional().double().eval()
    x = torch.randn(1, 1, 8, 8, dtype=torch.float64)
    module(x)
    torch.export.save(torch.export.export(module, (x,)), tmp_path / "net.pt2")
    net = rg.load_network(tmp_path / "net.pt2")
    with torch.no_grad():
        wanted = module(x).numpy()
    np.testing.assert_allclose(net(x.reshape(1, -1).numpy()), wanted, rtol=1e-9, atol=1e-12)
    (tmp_path / "broken.pt2").write_bytes(b"not a program")
    with pytest.raises(FileFormatError, match=r"broken\.pt2"):
        rg.load_network(tmp_path / "broken.pt2")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # torch's own
def test_a_torch_model_through_onnx_equals_from_torch(tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    torch.manual_seed(0)  # the slope is 1/4, as ONNX stores attributes in single precision
    module = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.LeakyReLU(0.25), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(18, 6), nn.ReLU(), nn.Linear(6, 2),
    ).double().eval()  # fmt: skip
    x = torch.randn(1, 1, 6, 6, dtype=torch.float64)
    file = tmp_path / "net.onnx"
    torch.onnx.export(module, (x,), file, dynamo=True, verbose=False)
    direct, through = rg.from_torch(module, (1, 6, 6)), rg.load_network(file)
    X = np.random.default_rng(1).standard_normal((30, 36))
    np.testing.assert_allclose(through(X), direct(X), rtol=1e-9, atol=1e-12)
    assert through.widths == direct.widths
    np.testing.assert_array_equal(through.activation_pattern(X), direct.activation_pattern(X))
