"""A table of a network's layers, for a person to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._table import Number, aligned

if TYPE_CHECKING:
    from .network import ReLUNetwork


def summary(net: ReLUNetwork) -> str:
    """Return the table; see `ReLUNetwork.summary`."""
    rows: list[list[Any]] = [["layer", "in", "out", "neurons", "passed on", "slopes", "weights"]]
    for i, w in enumerate(net.weights):
        out, into = w.shape
        weights = f"{out * into:,}"
        if not isinstance(w, np.ndarray):
            weights = f"{w.nnz:,} of {weights}"
        if i == net.n_hidden_layers:
            rows.append(["output", into, out, "-", "-", Number("-"), Number(weights)])
            continue
        neurons, slopes = len(net.rectified[i]), np.unique(net.slopes[i][net.rectified[i]])
        shown = ", ".join(f"{s:.3g}" for s in slopes) if len(slopes) <= 3 else (
            f"{slopes[0]:.3g} to {slopes[-1]:.3g}"
        )  # fmt: skip
        rows.append([
            f"hidden {i + 1}", into, out, neurons, out - neurons, Number(shown or "-"),
            Number(weights),
        ])  # fmt: skip
    lines = [aligned(rows)]
    outputs = "output" if net.output_dim == 1 else "outputs"
    inputs = "input" if net.input_dim == 1 else "inputs"
    lines.append(
        f"{net.input_dim:,} {inputs}, {net.output_dim:,} {outputs}, "
        f"{net.n_neurons:,} neurons, {net.n_parameters:,} parameters"
    )
    return "\n".join(lines)
