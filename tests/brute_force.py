"""Regions without an engine: every sign vector of every layer is put to a linear program.

Slow and plain on purpose: it shares nothing with relugeom. Run as a script it makes the instances
in ``fixtures/`` again: ``python tests/brute_force.py``.
"""

import json
from itertools import product
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

DATA = Path(__file__).parent / "fixtures"
WIDTHS = {"two_layers": (2, 4, 3, 1), "one_layer": (3, 5, 1), "line": (1, 4, 4, 1)}
SEEDS = {"two_layers": 108, "one_layer": 108, "line": 34}
SMALLEST = 1e-7  # inradius below which a cell counts as empty; integer weights give none nearby


def margin(G, h):
    """Radius (at most 1) of the largest ball in {G x <= h}, unit rows; -1 if there is none."""
    if len(G) == 0:
        return 1.0
    d = G.shape[1]
    result = linprog(
        np.append(np.zeros(d), -1.0),
        A_ub=np.column_stack([G, np.ones(len(G))]),
        b_ub=h,
        bounds=[(None, None)] * d + [(None, 1.0)],
        method="highs",
    )
    return -1.0 if result.x is None else float(result.x[-1])


def sign_patterns(weights, biases, lower=None, upper=None, leak=0.0):
    """Return the sorted patterns (tuples of -1, 0, 1) of all full-dimensional cells."""
    d = np.shape(weights[0])[1]
    G, h = np.empty((0, d)), np.empty(0)
    if lower is not None:
        G = np.vstack([np.eye(d), -np.eye(d)])
        h = np.concatenate([np.asarray(upper, float), -np.asarray(lower, float)])
    return sorted(_below(list(zip(weights, biases, strict=True)), leak, np.eye(d), 0.0, G, h))


def _below(layers, leak, A, c, G, h):
    """Patterns of the remaining layers on the cell {G x <= h}, whose input is A x + c."""
    if len(layers) == 1:
        return [()]
    (W, b), found = layers[0], []
    rows, values = np.asarray(W, float) @ A, np.asarray(W, float) @ (c + np.zeros(len(A))) + b
    norms = np.linalg.norm(rows, axis=1)
    fixed = [None if n > 0 else int(np.sign(v)) for n, v in zip(norms, values, strict=True)]
    for signs in product(*[(-1, 1) if f is None else (f,) for f in fixed]):
        cut = [k for k, f in enumerate(fixed) if f is None]
        s = np.array(signs, float)
        new_G = -(s[cut] / norms[cut])[:, None] * rows[cut]
        G2, h2 = np.vstack([G, new_G]), np.append(h, s[cut] * values[cut] / norms[cut])
        if margin(G2, h2) <= SMALLEST:
            continue
        gate = np.where(s > 0, 1.0, leak)
        rest = _below(layers[1:], leak, gate[:, None] * rows, gate * values, G2, h2)
        found += [signs + tail for tail in rest]
    return found


def make(name):
    """Draw the weights of an instance: small whole numbers."""
    rng, widths = np.random.default_rng(SEEDS[name]), WIDTHS[name]
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    weights = [rng.integers(-3, 4, shape).astype(float) for shape in shapes]
    biases = [rng.integers(-2, 3, shape[0]).astype(float) for shape in shapes]
    return weights, biases


def load(name):
    """Return weights and biases of a stored instance."""
    with np.load(DATA / f"{name}.npz") as stored:
        depth = len(stored.files) // 2
        return [stored[f"W{i}"] for i in range(depth)], [stored[f"b{i}"] for i in range(depth)]


def counts(name):
    """Count the regions of an instance in all of space, in the box [-1, 1]^d, and when leaky."""
    weights, biases = load(name)
    ones = np.ones(weights[0].shape[1])
    return {
        "space": len(sign_patterns(weights, biases)),
        "box": len(sign_patterns(weights, biases, -ones, ones)),
        "box_leaky": len(sign_patterns(weights, biases, -ones, ones, leak=0.25)),
    }


def main():
    """Write the instances and the table of counts."""
    for name in WIDTHS:
        weights, biases = make(name)
        arrays = {f"W{i}": w for i, w in enumerate(weights)}
        arrays.update({f"b{i}": b for i, b in enumerate(biases)})
        np.savez(DATA / f"{name}.npz", **arrays)
    table = {name: counts(name) for name in WIDTHS}
    (DATA / "counts.json").write_text(json.dumps(table, indent=2) + "\n")
    print(json.dumps(table, indent=2))


if __name__ == "__main__":
    main()
