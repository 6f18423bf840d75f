from math import sqrt

import numpy as np
import pytest
from relugeom.errors import InvalidInputError
from relugeom.paths.optimizers import RULES, State, rule

RNG = np.random.default_rng(0)
START = RNG.normal(size=5)
GRADIENTS = RNG.normal(size=(30, 5)) * np.array([1e-6, 1e-2, 1.0, 10.0, 0.0])


def run(name, gradients, theta=START, **settings):
    update, _ = rule(name, **settings)
    state, points = State(), []
    for g in gradients:
        theta, state = update(theta, g, state)
        points.append(theta)
    return np.array(points)


def by_hand(name, gradients, lr, decay=0.0, betas=(0.9, 0.999), eps=1e-8, mu=0.9, alpha=0.99):
    """The same rules, one coordinate and one scalar operation at a time."""
    result = np.empty((len(gradients), len(START)))
    for i, x in enumerate(START):
        m = v = largest = 0.0
        for t, row in enumerate(gradients, start=1):
            g = row[i] + (0.0 if name == "adamw" else decay * x)
            if name == "sgd":
                x = x - lr * g
            elif name == "signsgd":
                x = x - lr * (float(g > 0) - float(g < 0))
            elif name == "momentum":
                m = mu * m + g
                x = x - lr * m
            elif name == "rmsprop":
                v = alpha * v + (1 - alpha) * g**2
                x = x - lr * g / (sqrt(v) + eps)
            else:
                m = betas[0] * m + (1 - betas[0]) * g
                v = betas[1] * v + (1 - betas[1]) * g**2
                largest = max(largest, v)
                seen = largest if name == "amsgrad" else v
                if name == "adamw":
                    x = x * (1 - lr * decay)
                m_hat, v_hat = m / (1 - betas[0] ** t), seen / (1 - betas[1] ** t)
                x = x - lr * m_hat / (sqrt(v_hat) + eps)
            result[t - 1, i] = x
    return result


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("name", list(RULES))
def test_rules_equal_hand_computed_steps(name, decay):
    settings = {"momentum": 0.8, "alpha": 0.95, "betas": (0.7, 0.95), "eps": 1e-6}
    mine = run(name, GRADIENTS, lr=0.05, weight_decay=decay, **settings)
    hand = by_hand(name, GRADIENTS, 0.05, decay, betas=(0.7, 0.95), eps=1e-6, mu=0.8, alpha=0.95)
    np.testing.assert_allclose(mine, hand, rtol=1e-12, atol=1e-13)


def test_first_steps_of_adam_in_closed_form():
    # m_hat = g and v_hat = g^2 at step 1; with a constant gradient at every step
    g = np.array([3.0, -0.2, 0.0])
    points = run("adam", [g] * 3, theta=np.zeros(3), lr=0.1, betas=(0.9, 0.999), eps=1e-8)
    step = 0.1 * g / (np.abs(g) + 1e-8)
    np.testing.assert_allclose(points, [-step, -2 * step, -3 * step], rtol=1e-12)


def test_amsgrad_differs_from_adam_after_a_large_gradient():
    gradients = np.ones((40, 1)) * 0.01
    gradients[0] = 10.0
    settings = {"theta": np.zeros(1), "lr": 0.1, "betas": (0.9, 0.9), "eps": 1e-8}
    adam, ams = run("adam", gradients, **settings), run("amsgrad", gradients, **settings)
    assert abs(ams[-1] - ams[-2]) < 0.2 * abs(adam[-1] - adam[-2])


def test_rules_change_nothing_in_place():
    for name in RULES:
        theta, g = START.copy(), GRADIENTS[0].copy()
        update, _ = rule(name, lr=0.1, betas=(0.9, 0.999), eps=1e-8, momentum=0.9, alpha=0.9)
        _, state = update(theta, g, State())
        first = None if state.first is None else state.first.copy()
        update(theta, g, state)
        np.testing.assert_array_equal(theta, START)
        np.testing.assert_array_equal(g, GRADIENTS[0])
        if first is not None:
            np.testing.assert_array_equal(state.first, first)


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", ["sgd", "momentum", "rmsprop", "adam", "adamw", "amsgrad"])
def test_rules_equal_torch(name, decay):
    torch = pytest.importorskip("torch")
    lr, betas, eps = 0.03, (0.85, 0.99), 1e-7
    parameter = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    make = {
        "sgd": lambda p: torch.optim.SGD(p, lr=lr, weight_decay=decay),
        "momentum": lambda p: torch.optim.SGD(p, lr=lr, momentum=0.8, weight_decay=decay),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=lr, alpha=0.95, eps=eps, weight_decay=decay),
        "adam": lambda p: torch.optim.Adam(p, lr=lr, betas=betas, eps=eps, weight_decay=decay),
        "adamw": lambda p: torch.optim.AdamW(p, lr=lr, betas=betas, eps=eps, weight_decay=decay),
        "amsgrad": lambda p: torch.optim.Adam(
            p, lr=lr, betas=betas, eps=eps, weight_decay=decay, amsgrad=True
        ),
    }[name]
    optimizer, points = make([parameter]), []
    for g in GRADIENTS:
        parameter.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        points.append(parameter.detach().numpy().copy())
    mine = run(
        name, GRADIENTS, lr=lr, weight_decay=decay, betas=betas, eps=eps, momentum=0.8, alpha=0.95
    )
    np.testing.assert_allclose(mine, points, rtol=1e-12, atol=1e-12)


def test_bad_settings():
    good = {"betas": (0.9, 0.999), "eps": 1e-8, "momentum": 0.9}
    with pytest.raises(InvalidInputError, match="optimizer"):
        rule("adagrad", lr=0.1, **good)
    for lr in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(InvalidInputError, match="`lr`"):
            rule("adam", lr=lr, **good)
    with pytest.raises(InvalidInputError, match="betas"):
        rule("adam", lr=0.1, **{**good, "betas": (0.9, 1.0)})
    with pytest.raises(InvalidInputError, match="betas"):
        rule("adam", lr=0.1, **{**good, "betas": (0.9,)})
    with pytest.raises(InvalidInputError, match="momentum"):
        rule("momentum", lr=0.1, **{**good, "momentum": 1.0})
    with pytest.raises(InvalidInputError, match="weight_decay"):
        rule("sgd", lr=0.1, weight_decay=-1.0, **good)
    assert rule("adamw", lr=0.1, **good)[1]["weight_decay"] == 0.01
    assert rule("adam", lr=0.1, **good)[1]["weight_decay"] == 0.0
