"""An ordinary PyTorch loop, which tests record."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
nn = torch.nn
X = torch.linspace(-1, 1, 24).reshape(12, 2)
Y = X[:, :1].abs() - X[:, 1:]


def mlp(dtype=torch.float32):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(),
                         nn.Linear(5, 1)).to(dtype)  # fmt: skip


def flat(tensors):
    return torch.cat([t.detach().reshape(-1) for t in tensors]).double().numpy()


def loss_of(model):
    dtype = next(model.parameters()).dtype
    return ((model(X.to(dtype)) - Y.to(dtype)) ** 2).mean()


def steps(model, optimizer, n, before=lambda t: None, after=lambda t: None):
    """Run an ordinary loop; return the parameters before each step and at the end."""
    seen = []
    for t in range(n):
        optimizer.zero_grad()
        loss_of(model).backward()
        before(t)
        seen.append(flat(model.parameters()))
        optimizer.step()
        after(t)
    return np.array([*seen, flat(model.parameters())])
