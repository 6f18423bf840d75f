"""Convolutional and residual networks: crossings through the canonical form."""

from itertools import pairwise

import numpy as np
import pytest
import relugeom as rg


def filters_as_matrix(kernel, length):
    """The matrix of a 1-D convolution with zero padding, channels first."""
    out, into, width = kernel.shape
    matrix = np.zeros((out, length, into, length))
    for i in range(length):
        for j in range(width):
            if 0 <= (at := i + j - width // 2) < length:
                matrix[:, i, :, at] = kernel[:, :, j]
    return matrix.reshape(out * length, into * length)


def convolution(kernels, length, readout):
    weights = [filters_as_matrix(k, length) for k in kernels]
    return rg.ReLUNetwork.from_weights([*weights, readout])


def test_a_convolution_moves_its_tied_weights_together():
    rng = np.random.default_rng(0)
    length, shapes = 7, [(3, 1, 3), (2, 3, 3)]
    readout = rng.normal(size=(1, 2 * length))
    kernels = [rng.normal(size=s) for s in shapes]
    walk = [kernels]
    for _ in range(4):
        walk.append([k + 0.4 * rng.normal(size=k.shape) for k in walk[-1]])
    nets = [convolution(k, length, readout) for k in walk]
    X = rng.normal(size=(6, length))
    X[:, [0, 1, 5, 6]] = 0.0  # windows that see nothing: pre-activations are 0 all the way
    path = rg.OptimizerPath.from_parameters(nets[0], [net.parameters for net in nets])
    events = rg.crossings(path, X)
    assert events.complete
    assert len(events) > 50
    assert_masks_between_events(events, X, lambda s, t: convolution(
        [(1 - t) * a + t * b for a, b in zip(walk[s], walk[s + 1], strict=True)], length, readout
    ).activation_pattern(X) > 0)  # fmt: skip
    dead = set(map(tuple, events.dead.tolist()))
    assert {(0, channel * length) for channel in range(3)} <= dead  # the window of the edge


def test_inputs_that_are_zero_need_no_exact_arithmetic():
    rng = np.random.default_rng(1)
    nets = [convolution([rng.normal(size=(4, 1, 3))], 8, np.ones((1, 32))) for _ in range(3)]
    X = np.zeros((5, 8))
    X[:, 3:5] = rng.normal(size=(5, 2))
    path = rg.OptimizerPath.from_parameters(nets[0], [net.parameters for net in nets])
    assert rg.crossings(path, X, max_exact=0).complete


def assert_masks_between_events(events, X, is_on, atol=1e-6):
    """Compare the states that events announce with masks at points between them."""
    place = {unit: k for k, unit in enumerate(map(tuple, events.neurons.tolist()))}
    state, row = events.initial.copy(), 0
    for step in range(events.n_steps):
        times = [0.0, *np.unique(events.t[events.step == step]), 1.0]
        for low, high in pairwise(times):
            while row < len(events) and (events.step[row], events.t[row]) <= (step, low):
                unit = place[int(events.layer[row]), int(events.neuron[row])]
                state[events.sample[row], unit] ^= True
                row += 1
            if high - low > atol:
                np.testing.assert_array_equal(is_on(step, 0.5 * (low + high)), state)


def torch_masks(module, hidden, X):
    """Which entries enter the rectifiers positive, by hooks on PyTorch's own forward pass."""
    import torch

    seen = []
    hooks = [
        layer.register_forward_pre_hook(lambda _, args: seen.append(args[0].flatten(1) > 0))
        for layer in module.modules()
        if isinstance(layer, torch.nn.ReLU)
    ]
    with torch.no_grad():
        module(torch.as_tensor(X).reshape(len(X), *hidden))
    for hook in hooks:
        hook.remove()
    return torch.cat(seen, dim=1).numpy()


def recorded(module, hidden, X, steps=4):
    """Train a module; return its states and the path of canonical parameters."""
    import copy

    import torch

    twins = [copy.deepcopy(module)]
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    inputs = torch.as_tensor(X).reshape(len(X), *hidden)
    for _ in range(steps):
        optimizer.zero_grad()
        (module(inputs) - 1.0).square().mean().backward()
        optimizer.step()
        twins.append(copy.deepcopy(module))
    nets = [rg.from_torch(twin, hidden) for twin in twins]
    return twins, rg.OptimizerPath.from_parameters(nets[0], [net.parameters for net in nets])


def between(twins, step, t):
    import copy

    import torch

    mixed = copy.deepcopy(twins[step])
    ends = (twins[step].parameters(), twins[step + 1].parameters())
    with torch.no_grad():
        for value, a, b in zip(mixed.parameters(), *ends, strict=True):
            value.copy_((1 - t) * a + t * b)
    return mixed


def test_torch_convolution():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(3, 2, 2), nn.ReLU(),
        nn.Flatten(), nn.Linear(2, 1),
    ).double()  # fmt: skip
    X = np.random.default_rng(0).normal(size=(6, 16))
    twins, path = recorded(module, (1, 4, 4), X)
    events = rg.crossings(path, X)
    assert events.complete
    assert len(events) > 10
    assert_masks_between_events(
        events, X, lambda s, t: torch_masks(between(twins, s, t), (1, 4, 4), X)
    )


def test_torch_residual_network():
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 4)
            self.last, self.relu = nn.Linear(4, 1), nn.ReLU()
            self.again = nn.ReLU()

        def forward(self, x):
            x = self.relu(self.first(x))
            return self.last(x + self.again(self.second(x)))

    torch.manual_seed(1)
    X = np.random.default_rng(0).normal(size=(12, 3))
    twins, path = recorded(Residual().double(), (3,), X, steps=6)
    assert sum(path.start.widths) > path.start.n_neurons == 8  # coordinates passed through
    events = rg.crossings(path, X)
    assert events.complete
    assert len(events) > 10
    assert set(map(tuple, events.neurons.tolist())) >= set(
        zip(events.layer.tolist(), events.neuron.tolist(), strict=True)
    )
    assert_masks_between_events(events, X, lambda s, t: torch_masks(between(twins, s, t), (3,), X))
