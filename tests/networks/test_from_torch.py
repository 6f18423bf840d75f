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


class Recurrent(nn.Module):
    """An operator that torch knows how to take apart."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, 3, 2, nonlinearity="relu", batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]


class Function(nn.Module):
    """A module of one function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def written(x):
    """Change parts of tensors in place."""
    y, z = x + 1.0, torch.zeros(1, 3, dtype=torch.float64)
    y[:, :2].mul_(2.0)
    y[:, 2] = 0.5
    y[:, [0, 3]] += y[:, [1, 2]]
    z[:, 1:] = y[:, 2:]
    return torch.cat([y.relu(), z], 1)


ONES = torch.ones(1, 4, dtype=torch.float64)
MATRIX = torch.arange(12.0, dtype=torch.float64).reshape(4, 3) / 7 - 0.5
STACK = torch.arange(24.0, dtype=torch.float64).reshape(2, 4, 3) / 9 - 1
FUNCTIONS = {
    "addmm": (lambda x: torch.addmm(2 * ONES[:, :3], x, MATRIX, beta=0.5, alpha=3.0).relu(), (4,)),
    "rsub": (lambda x: (1 - x).relu(), (4,)),
    "add with alpha": (lambda x: torch.add(x.relu(), x, alpha=-2.0), (4,)),
    "cat with a constant": (lambda x: torch.cat([ONES, x, 5 * ONES], 1).sub(0.5).relu(), (4,)),
    "stack with integers": (lambda x: torch.stack([x, torch.full((1, 4), 2)], 1).relu()[:, ::2],
                            (4,)),
    "flip, roll": (lambda x: x.flip(1).roll(1, 1).relu() + x, (4,)),
    "split": (lambda x: torch.cat([p.relu() for p in x.split([1, 3], 1)][::-1], 1), (4,)),
    "einsum": (lambda x: torch.einsum("bi,io->bo", x, MATRIX).relu(), (4,)),
    "index": (lambda x: x[:, [2, 0, 2]].relu(), (4,)),
    "maximum over an axis": (lambda x: x.reshape(-1, 2, 2).amax(2) - x.min(1, keepdim=True)[0],
                             (4,)),
    "an unused branch": (lambda x: (x.exp(), x.relu())[1], (4,)),
    "clamped by one side": (lambda x: x.clamp(max=0.2) + x.clamp_min(0.1), (4,)),
    "softshrink": (lambda x: nn.functional.softshrink(x, 0.3), (4,)),
    "hardsigmoid": (lambda x: nn.functional.hardsigmoid(4 * x), (4,)),
    "product with a vector": (lambda x: (x.reshape(-1, 2, 2) @ ONES[0, :2]).relu(), (4,)),
    "vector times matrix": (lambda x: (MATRIX[:, 0] @ x[0].relu())[None], (4, 3)),
    "stack of matrices": (lambda x: (x @ STACK).relu(), (2, 3, 4)),
    "stack from the left": (lambda x: (STACK.mT @ x).relu() + STACK[0, 0, 0], (2, 4, 5)),
    "limits that are tensors": (lambda x: x.clamp(MATRIX[:, 0] - 1, ONES / 4), (4,)),
    "masked": (lambda x: x.masked_fill(MATRIX[:, 0] > 0, 2.0).relu(), (4,)),
    "triangle": (lambda x: x.tril().relu() + x.triu(1), (3, 3)),
    "sizes inside": (lambda x: torch.cat([x, x.new_ones(len(x), 2), torch.zeros_like(x)], 1)
                     .sub(0.3).relu(), (4,)),
    "sums by place": (lambda x: torch.zeros_like(x[:, :2]).index_add(
        1, torch.tensor([0, 1, 1, 0]), x).relu(), (4,)),
    "the largest of all": (lambda x: x.max().reshape(1, 1), (4,)),
    "weights cut in two": (lambda x: nn.functional.linear(x, MATRIX.T.chunk(3)[1]).relu(), (4,)),
    "parts in place": (written, (4,)),
    "places of a maximum, unused": (
        lambda x: nn.functional.max_pool1d(x, 2, return_indices=True)[0], (1, 4)),
    "where": (lambda x: torch.where(MATRIX[:, :1] > 0, x, x.relu()[0, 0])
              + torch.where(MATRIX[:, 1] > 0, 1.5, x), (4,)),
    "norms": (lambda x: torch.cat([x.norm(p=1, dim=1), x.norm(p=torch.inf).reshape(1)])[None],
              (4,)),
    "in place": (lambda x: nn.functional.threshold_(x + 1, 0.0, 0.0).mul_(2.0).neg_(), (4,)),
    "pixel shuffle": (lambda x: nn.functional.pixel_shuffle(x, 2).relu()[..., 1:], (4, 2, 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_agree_with_the_forward_pass(name):
    function, shape = FUNCTIONS[name]
    one_by_one = Function(lambda x: torch.cat([function(x[i : i + 1]) for i in range(len(x))]))
    net = rg.from_torch(Function(function), shape)
    X = np.random.default_rng(0).standard_normal((20, int(np.prod(shape))))
    wanted = one_by_one(torch.from_numpy(X.reshape(-1, *shape))).reshape(len(X), -1).numpy()
    np.testing.assert_allclose(net(X), wanted, rtol=1e-9, atol=1e-9)


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
    "reflected": (lambda: nn.Sequential(nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect"),
                                        nn.ReLU()), (2, 5, 5)),
    "circular": (lambda: nn.Sequential(nn.Conv1d(2, 3, 3, padding=1, padding_mode="circular"),
                                       nn.ReLU()), (2, 5)),
    "transposed": (lambda: nn.Sequential(nn.ConvTranspose2d(2, 3, 3, stride=2, output_padding=1),
                                         nn.ReLU()), (2, 3, 3)),
    "bilinear upsampling": (lambda: nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"),
                                                  nn.ReLU()), (1, 3, 4)),
    "adaptive, unequal": (lambda: nn.Sequential(nn.AdaptiveAvgPool1d(3), nn.ReLU(),
                                                nn.AdaptiveMaxPool1d(2)), (2, 8)),
    "solid": (lambda: nn.Sequential(nn.Conv3d(1, 2, 2), nn.ReLU(), nn.AdaptiveAvgPool3d((2, 1, 2)),
                                    nn.AdaptiveMaxPool3d(1)), (1, 3, 4, 3)),
    "nearest, exact": (lambda: nn.Sequential(nn.Upsample(scale_factor=1.5, mode="nearest-exact"),
                                             nn.ReLU()), (2, 4, 3)),
    "bicubic upsampling": (lambda: nn.Sequential(nn.Upsample(size=(5, 3), mode="bicubic"),
                                                 nn.ReLU()), (3, 3, 4)),
    "unfolded and folded": (lambda: nn.Sequential(nn.Unfold(2), nn.ReLU(), nn.Fold((3, 3), 2)),
                            (1, 3, 3)),
    "instance norm": (lambda: nn.Sequential(nn.InstanceNorm1d(2, track_running_stats=True),
                                            nn.ReLU()), (2, 5)),
    "weight norm": (lambda: nn.Sequential(
        nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), nn.ReLU()), (3,)),
    "recurrent": (Recurrent, (3, 2)),
    "ceil mode": (lambda: nn.Sequential(nn.MaxPool2d(3, 2, ceil_mode=True),
                                        nn.AvgPool2d(3, 2, 1, True, False)), (1, 6, 7)),
}  # fmt: skip


#: One neuron for each unit that bends, two where it bends twice; k - 1 for the largest of k.
NEURONS = {
    "mlp": 8 + 8, "leaky": 8, "prelu": 8, "hardtanh": 2 * 8, "relu6": 2 * 8,
    "identity, dropout": 8, "no bias": 8, "two linear in a row": 6, "relu last": 8,
    "batch norm": 8, "residual": 6 + 6 + 4, "joined": 5 + 5 + 2 * 5, "conv1d": 18 + 9,
    "grouped conv": 4 * 25, "convolutional": 3 * 64 + 3 * 16 * 3 + 2 * 16, "reflected": 3 * 25,
    "circular": 3 * 5, "transposed": 3 * 64, "bilinear upsampling": 6 * 8,
    "adaptive, unequal": 2 * 3 + 2 * 2, "solid": 2 * 12 + 2 * 3, "nearest, exact": 2 * 6 * 4,
    "bicubic upsampling": 3 * 5 * 3, "unfolded and folded": 4 * 4, "instance norm": 10,
    "weight norm": 4, "recurrent": 2 * 3 * 3,
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_agrees_with_the_forward_pass(name):
    make, shape = MODULES[name]
    torch.manual_seed(0)
    module = make().double()
    with torch.no_grad():  # running statistics that are not 0 and 1
        module.train()(torch.randn(64, *shape, dtype=torch.float64))
    net = agrees(module, shape)
    if name in NEURONS:
        assert net.n_neurons == NEURONS[name]


def test_a_module_of_single_precision_is_read_in_double_and_left_alone():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)).train()
    net = rg.from_torch(module)
    assert module.training
    assert module[0].weight.dtype == torch.float32
    np.testing.assert_array_equal(net.weights[0], module[0].weight.detach().double().numpy())


def test_parameters_as_weights():
    """Tensors are arrays, unless they carry a gradient: then the message says what to do."""
    weights = [nn.Linear(2, 3).weight, nn.Linear(3, 1).weight]
    with pytest.raises(InvalidInputError, match=r"weights\[0\].*detach"):
        rg.ReLUNetwork.from_weights(weights)
    net = rg.ReLUNetwork.from_weights([w.detach() for w in weights])
    np.testing.assert_array_equal(net.weights[0], weights[0].detach().double().numpy())


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


@pytest.mark.parametrize(
    "final",
    [
        nn.Softmax(dim=1), nn.LogSoftmax(dim=1), nn.Sigmoid(),
        nn.Sequential(nn.Sigmoid(), nn.Unflatten(1, (3, 1)), nn.Flatten()),
    ],
)  # fmt: skip
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
    with pytest.raises(UnsupportedError, match=r"gelu.* in module '2.1' \(GELU\) is not"):
        rg.from_torch(module)


def test_an_unknown_function_is_named_with_its_line():
    wrong = nn.Sequential(nn.Linear(3, 4), Function(lambda x: x.sort(1)[0]))
    where = r"sort.* in module '1' \(Function\), line \d+ of test_from_torch\.py, is not"
    with pytest.raises(UnsupportedError, match=where):
        rg.from_torch(wrong)


@pytest.mark.parametrize(
    ("module", "shape", "words"),
    [
        (nn.Sequential(nn.Linear(2, 4), nn.Softmax(1), nn.Linear(4, 1)), None, "softmax"),
        (nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 1)), None, "affine"),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), None, "input_shape"),
        (nn.Sequential(nn.Linear(2, 4), nn.ReLU()), (3,), r"shape \(1, 3\)"),
        (nn.Sequential(nn.LazyLinear(4), nn.ReLU()), None, "`input_shape` must be given"),
        (nn.Sequential(nn.Linear(2, 4), nn.ReLU()), 2, "sequence of whole numbers; got 2"),
        (nn.Sequential(nn.Linear(2, 4), nn.ReLU()), (2.5,), "whole number >= 1; got 2.5"),
        (nn.Sequential(nn.Linear(2, 4, device="meta"), nn.ReLU()), None, "weights in memory"),
        (Function(lambda x: {}["key"]), (2,), "must run on an input .*'key'"),
        (Function(lambda x: x.relu() if x.sum() > 0 else x), (2,), "branches that depend"),
        (Function(lambda x: (x.relu(), x)), (2,), "one tensor"),
        (Function(lambda x: x.relu().long() + 0.5), (2,), r"to torch\.int64"),
        (Function(lambda x: x.relu().to(torch.tensor(1)) + 0.5), (2,), r"to torch\.int64"),
        (Function(lambda x: nn.functional.dropout(x.relu())), (2,), "dropout.* in training mode"),
        (Function(lambda x: x.relu().softmax(1)[:, 1]), (2,), "softmax"),
        ("a string", None, "torch.nn.Module; got str"),
        (nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.ReLU()), None, "layer_norm"),
        (nn.Sequential(nn.Linear(4, 4), nn.Threshold(0.1, 1.0)), None, "threshold.* that jumps"),
        (Function(lambda x: torch.where(x > 0, x, -x)), (4,), "gt.Scalar"),
        (Function(lambda x: x.relu() * x), (4,), "two tensors that both depend"),
        (Function(lambda x: nn.functional.bilinear(x, x, torch.ones(2, 4, 4).double()).relu()),
         (4,), "bilinear.* not affine"),
        (Function(lambda x: nn.functional.max_pool1d(x, 2, return_indices=True)[1] + 0.5),
         (1, 4), "max_pool"),
        (Function(lambda x: x.norm(dim=1)), (4,), "norm.* of order 2"),
    ],
)  # fmt: skip
def test_bad_modules(module, shape, words, capfd):
    with pytest.raises((UnsupportedError, InvalidInputError), match=words):
        rg.from_torch(module, shape)
    assert capfd.readouterr() == ("", "")  # torch's log stays silent


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


def save_pt2(module, x, path, **options):
    torch.export.save(torch.export.export(module.eval(), (x,), **options), path)


def test_pt2_files_with_open_axes(tmp_path):
    """The batch axis counts as 1; other axes must be given."""
    batch, side = torch.export.Dim("batch"), torch.export.Dim("side", min=4)
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv1d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1))
    wanted = rg.from_torch(module, (1, 5))
    path = tmp_path / "net.pt2"
    save_pt2(module, torch.zeros(4, 1, 5), path, dynamic_shapes=({0: batch},))
    assert rg.load_network(path).widths == wanted.widths
    save_pt2(module, torch.zeros(4, 1, 5), path, dynamic_shapes=({0: batch, 2: side},))
    with pytest.raises(InvalidInputError, match=r"`input_shape` must be given, .* axis 2 open"):
        rg.load_network(path)
    X = np.random.default_rng(0).standard_normal((10, 5))
    np.testing.assert_allclose(rg.load_network(path, input_shape=(1, 1, 5))(X), wanted(X))


def test_pt2_files_in_half_precision(tmp_path):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    for dtype in (torch.bfloat16, torch.float16):
        rounded = module.to(dtype)
        save_pt2(rounded, torch.zeros(1, 2, dtype=dtype), tmp_path / "net.pt2")
        net = rg.load_network(tmp_path / "net.pt2")
        np.testing.assert_array_equal(net.weights[0], rounded[0].weight.detach().double().numpy())


def test_broken_pt2_files(tmp_path, capfd):
    """Also what torch.save wrote, which is another format; torch's log stays silent."""
    save_pt2(nn.Sequential(nn.Linear(2, 4), nn.ReLU()), torch.zeros(1, 2), tmp_path / "net.pt2")
    whole = (tmp_path / "net.pt2").read_bytes()
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "state.pt2")
    state = (tmp_path / "state.pt2").read_bytes()
    for content in (b"", b"not a program", whole[: len(whole) // 2], whole[:-30], state):
        (tmp_path / "broken.pt2").write_bytes(content)
        with pytest.raises(FileFormatError, match=r"broken\.pt2 is not a readable pt2 file"):
            rg.load_network(tmp_path / "broken.pt2")
    assert capfd.readouterr() == ("", "")


def test_pt2_files_in_training_mode_or_of_two_inputs(tmp_path):
    dropout = nn.Sequential(nn.Linear(2, 4), nn.Dropout(), nn.ReLU())
    torch.export.save(torch.export.export(dropout, (torch.zeros(1, 2),)), tmp_path / "net.pt2")
    with pytest.raises(UnsupportedError, match=r"in training mode in module '1' \(Dropout\)"):
        rg.load_network(tmp_path / "net.pt2")
    two = nn.Bilinear(2, 2, 1)
    torch.export.save(torch.export.export(two, (torch.zeros(1, 2),) * 2), tmp_path / "net.pt2")
    with pytest.raises(UnsupportedError, match="must have one input"):
        rg.load_network(tmp_path / "net.pt2")


EXPORTED = {  # slopes are 1/4 or parameters, as ONNX stores attributes in single precision
    "convolutional": (lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.LeakyReLU(0.25), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(18, 6), nn.ReLU(), nn.Linear(6, 2)), (1, 6, 6)),
    "residual": (Residual, (4,)),
    "joined": (Joined, (3,)),
    "image to image": (lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"), nn.PReLU(2), nn.AvgPool2d(2),
        nn.ConvTranspose2d(2, 2, 2, stride=2), nn.ReLU6(),
        nn.Upsample(scale_factor=2, mode="bilinear")), (1, 4, 4)),
    "recurrent": (Recurrent, (3, 2)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # torch's own
@pytest.mark.parametrize("name", EXPORTED)
def test_a_torch_model_through_onnx_equals_from_torch(name, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    make, shape = EXPORTED[name]
    torch.manual_seed(0)
    module = make().double().eval()
    x = torch.randn(1, *shape, dtype=torch.float64)
    file = tmp_path / "net.onnx"
    torch.onnx.export(module, (x,), file, dynamo=True, verbose=False)
    direct, through = rg.from_torch(module, shape), rg.load_network(file)
    X = np.random.default_rng(1).standard_normal((30, x.numel()))
    np.testing.assert_allclose(through(X), direct(X), rtol=1e-9, atol=1e-12)
    assert through.widths == direct.widths
    np.testing.assert_array_equal(through.activation_pattern(X), direct.activation_pattern(X))
