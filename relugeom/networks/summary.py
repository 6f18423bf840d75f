"""A table of a network's layers, for a person to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .network import ReLUNetwork


def summary(net: ReLUNetwork) -> str:
    """Return the table; see `ReLUNetwork.summary`."""
    rows = [("layer", "in", "out", "neurons", "passed on", "slopes", "weights")]
    for i, w in enumerate(net.weights):
        out, into = w.shape
        weights = f"{out * into:,}"
        if not isinstance(w, np.ndarray):
            weights = f"{w.nnz:,} of {weights}"
        if i == net.n_hidden_layers:
            rows.append(("output", f"{into:,}", f"{out:,}", "-", "-", "-", weights))
            continue
        neurons, slopes = len(net.rectified[i]), np.unique(net.slopes[i][net.rectified[i]])
        shown = ", ".join(f"{s:.3g}" for s in slopes) if len(slopes) <= 3 else (
            f"{slopes[0]:.3g} to {slopes[-1]:.3g}"
        )  # fmt: skip
        rows.append(
            (f"hidden {i + 1}", f"{into:,}", f"{out:,}", f"{neurons:,}",
             f"{out - neurons:,}", shown or "-", weights)
        )  # fmt: skip
    width = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
    lines = [
        "  ".join([row[0].ljust(width[0]), *map(str.rjust, row[1:], width[1:])]).rstrip()
        for row in rows
    ]
    outputs = "output" if net.output_dim == 1 else "outputs"
    inputs = "input" if net.input_dim == 1 else "inputs"
    lines.append(
        f"{net.input_dim:,} {inputs}, {net.output_dim:,} {outputs}, "
        f"{net.n_neurons:,} neurons, {net.n_parameters:,} parameters"
    )
    return "\n".join(lines)
