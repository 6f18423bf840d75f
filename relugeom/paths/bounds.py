"""Bounds on the region crossings of a path, beside the observed numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, inf, log, pi
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..arrangements.counting import central, growth, warren, zaslavsky
from ..errors import InvalidInputError, ShapeError
from ._layout import layers, step_blocks
from .cells import cell_visits
from .crossings import Crossings, samples
from .dimensions import turning_angles

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray
    from .path import OptimizerPath

QUANTITIES = {
    "crossings": "sign changes of all neurons at all samples",
    "layer 1": "sign changes of the first hidden layer's neurons at all samples",
    "patterns": "distinct patterns of all neurons at all samples, along the path",
    "layer 1 patterns": "distinct patterns of the first hidden layer, along the path",
}


class Bound(NamedTuple):
    """One row: a number beside an observed quantity.

    ``status`` is "measured", "theorem" (holds always), "heuristic" (holds under conditions that
    ``source`` names and that were not checked), or "claimed" (stated somewhere without constants:
    the ratio to the observed number is all it can be used for). ``holds`` is None where there is
    nothing to hold; ``vacuous`` tells whether the row is no better than the trivial bound on the
    same quantity. ``log_value`` is the natural logarithm of ``value``, which is inf when too large.
    """

    name: str
    quantity: str
    value: float
    log_value: float
    status: str
    holds: bool | None
    vacuous: bool
    ratio: float
    source: str


@dataclass(frozen=True, eq=False)
class CrossingBounds:
    """Observed crossings and patterns beside every bound on them.

    Attributes
    ----------
    observed : dict of int
        By quantity: "crossings", "layer 1", "patterns", "layer 1 patterns".
    bounds : tuple of Bound
    symbols : dict
        What enters: T (steps), n (samples), N (neurons), N_1 (first layer), M = n N, L, P, d_eff,
        r = ceil(d_eff), and turning in radians.
    revisit_ratio : float
        Share of the moves between cells that lead back to one seen before: bounds on distinct
        patterns do not limit crossings.
    undecided : int
        Of the crossings.
    """

    observed: dict[str, int]
    bounds: tuple[Bound, ...]
    symbols: dict[str, float]
    revisit_ratio: float
    undecided: int

    def __len__(self) -> int:
        return len(self.bounds)

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as one dict a row, with the observed number."""
        return [{"observed": self.observed[b.quantity], **b._asdict()} for b in self.bounds]

    def best(self, quantity: str) -> Bound:
        """Return the smallest theorem for a quantity."""
        rows = [b for b in self.bounds if b.quantity == quantity and b.status == "theorem"]
        if not rows:
            raise InvalidInputError(
                f"`quantity` must be one of {', '.join(QUANTITIES)}; got {quantity!r}"
            )
        return min(rows, key=lambda b: b.log_value)

    def __str__(self) -> str:
        lines = [", ".join(f"{k} = {v:.6g}" for k, v in self.symbols.items())]
        lines.append(f"{'bound':44}  {'of':16}  {'observed':>10}  {'value':>12}  status")
        for b in self.bounds:
            text = f"{b.value:.6g}" if b.log_value < 20 else f"e^{b.log_value:.1f}"
            note = b.status + ("" if b.holds is not False else ", FAILS")
            note += ", vacuous" if b.vacuous else ""
            if b.status == "claimed":
                note += f", observed / value = {b.ratio:.4g}"
            lines.append(
                f"{b.name:44}  {b.quantity:16}  {self.observed[b.quantity]:10}  {text:>12}  {note}"
            )
        lines.append(f"revisit ratio {self.revisit_ratio:.4g}")
        return "\n".join(lines)


def crossing_bounds(
    path: OptimizerPath, X: ArrayLike, events: Crossings, d_eff: float
) -> CrossingBounds:
    """Return the observed crossings and patterns of a path beside every bound on them.

    No constant of any theorem about training is used: rows of status "claimed" are scales only.
    Bounds on numbers of cells limit *distinct* patterns, not crossings, since a path may come back.

    Parameters
    ----------
    path : OptimizerPath
    X : array_like, shape (n, d)
    events : Crossings
        ``crossings(path, X)``.
    d_eff : float
        An effective dimension of the path, at least 1, in any definition.

    Returns
    -------
    CrossingBounds

    Raises
    ------
    ShapeError
        If ``events`` do not belong to ``path`` and ``X``.
    InvalidInputError
        If ``d_eff`` is below 1.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=50)
    >>> table = rg.crossing_bounds(path, X, rg.crossings(path, X), d_eff=3)
    >>> all(row.holds for row in table.bounds if row.status == "theorem")
    True
    """
    data = samples(path, X)
    net, steps, (n, d) = path.template, len(path), data.shape
    if not isinstance(events, Crossings):
        raise InvalidInputError(f"`events` must be Crossings; got {type(events).__name__}")
    if (events.n_steps, events.n_samples, events.widths) != (steps, n, net.widths):
        raise ShapeError(f"`events` must be those of this path and these samples; got {events}")
    if not 1.0 <= d_eff < inf:
        raise InvalidInputError(f"`d_eff` must be at least 1; got {d_eff}")

    sizes = [len(r) for r in net.rectified]  # neurons of each layer
    total, first, p = sum(sizes), sizes[0], net.n_parameters
    r = ceil(d_eff)
    spanned = min(steps, p)
    in_subspace = "theorem" if r >= spanned else "heuristic"
    where = f"if the path lies in an affine space of r = {r} dimensions"
    updates = path.updates
    turning = float(turning_angles(updates[updates.any(axis=1)]).sum())
    whole, layer_1 = cell_visits(events), cell_visits(events, layer=0)
    observed = {
        "crossings": len(events),
        "layer 1": int((events.layer == 0).sum()),
        "patterns": whole.n_cells,
        "layer 1 patterns": layer_1.n_cells,
    }
    flips = segment_bound(sizes)
    trivial = {"crossings": steps * n * sum(flips), "layer 1": steps * n * first}
    trivial["patterns"] = 1 + trivial["crossings"]
    trivial["layer 1 patterns"] = 1 + trivial["layer 1"]
    runs, expected = _first_layer(path, data)
    cover = central(n, d + 1)
    below = list(zip(net.widths[:-1], sizes[:-1], strict=True))
    known = all(w == s for w, s in below)  # growth counts every coordinate below as a neuron

    rows: list[tuple[str, str, float, str, str]] = [
        ("T n sum_l (B_l - B_(l-1))", "crossings", _log(trivial["crossings"]), "theorem",
         "roots of piecewise polynomials: B_l = B_(l-1) + N_l l (B_(l-1) + 1)"),
        ("T n N", "crossings", _log(steps * n * total), "theorem" if len(sizes) == 1
         else "heuristic", "one flip a neuron, sample and step: not a bound in deeper layers"),
        ("T n N_1", "layer 1", _log(trivial["layer 1"]), "theorem",
         "layer 1 is affine on a step: at most one flip"),
        ("sum_h (1 + V_h), monotone runs", "layer 1", _log(runs), "theorem",
         "each wall is crossed at most once in a run in one direction"),
        ("n sum_j (1 + turning_j / pi)", "layer 1", _log(expected), "heuristic",
         "expectation of the row above for isotropic data (Crofton), neuron by neuron"),
        ("n N_1 (1 + turning / pi)", "layer 1", _log(n * first * (1 + turning / pi)), "heuristic",
         "the same from the turning of all parameters, for isotropic walls"),
        ("1 + crossings", "patterns", _log(1 + len(events)), "theorem", "each crossing once"),
        ("1 + crossings of layer 1", "layer 1 patterns", _log(1 + observed["layer 1"]), "theorem",
         "each crossing once"),
        ("C(n, d+1)^N_1, all parameters", "layer 1 patterns", first * log(cover), "theorem",
         "Cover 1965"),
        ("sum_(k<=r) C(n N_1, k)", "layer 1 patterns", _log(zaslavsky(n * first, r)), in_subspace,
         f"Zaslavsky 1975, {where}"),
        ("prod_l 2 (2 e n N_l l / r)^r", "patterns",
         sum(warren(n * s, layer, r) for layer, s in enumerate(sizes, 1) if s), in_subspace,
         f"Warren 1968; Anthony & Bartlett 1999, theorem 8.3, {where}"),
    ]  # fmt: skip
    if known:
        rows.append((
            "prod_l 2 (2 e n N_l l / W_l)^W_l", "patterns", growth(n, d, net.widths), "theorem",
            "Bartlett, Harvey, Liaw & Mehrabian 2019, over hidden layers, all parameters",
        ))  # fmt: skip
    claim = "abstract and reviews of arXiv 2505.15013: O(.), constant unknown"
    for name, count in (("d_eff log M", n * total), ("d_eff log n", n)):
        rows.append((name, "crossings", _log(d_eff * log(count)), "claimed", claim))
    seen_rows = [
        (f"observed {name}", name, _log(observed[name]), "measured", QUANTITIES[name])
        for name in QUANTITIES
    ]
    bounds = []
    for name, quantity, value, status, source in [*seen_rows, *rows]:
        seen = observed[quantity]
        size = exp(value) if value < 700 else inf
        bounds.append(Bound(
            name, quantity, size, value, status,
            None if status in ("measured", "claimed") else bool(_log(seen) <= value + 1e-9),
            status in ("theorem", "heuristic") and value >= _log(trivial[quantity]) - 1e-12,
            seen / size if size else inf if seen else 0.0, source,
        ))  # fmt: skip
    symbols: dict[str, float] = {
        "T": steps, "n": n, "N": total, "N_1": first, "M": n * total, "L": len(sizes), "P": p,
        "d_eff": float(d_eff), "r": r, "turning": turning,
    }  # fmt: skip
    return CrossingBounds(observed, tuple(bounds), symbols, whole.revisit_ratio, events.undecided)


def segment_bound(widths: list[int]) -> list[int]:
    """Return how often the neurons of each layer can flip at one sample on one segment.

    ``B_l - B_(l-1)`` with ``B_l = B_(l-1) + N_l l (B_(l-1) + 1)``: on each of the pieces that the
    earlier layers cut, a neuron of layer l is a polynomial of degree l.

    Examples
    --------
    >>> segment_bound([16, 16, 16])
    [16, 544, 26928]
    """
    counts, before = [], 0
    for layer, width in enumerate(widths, start=1):
        counts.append(width * layer * (before + 1))
        before += counts[-1]
    return counts


def _first_layer(path: OptimizerPath, X: FloatArray) -> tuple[int, float]:
    """Return sum_h (1 + V_h) over the walls of layer 1 that move, and its isotropic expectation.

    V_h counts the changes of direction of the wall's function along the steps. A wall whose
    function never changes cannot be crossed and adds 0.
    """
    net = path.template
    neurons = net.rectified[0]
    direction = np.zeros((len(X), len(neurons)), dtype=np.int8)
    runs, turns = 0, 0.0
    for block in step_blocks(net, len(X), len(path)):
        w, b = layers(net, path.parameters[block.start : block.stop + 1])[0]
        z = X @ w[:, neurons].swapaxes(1, 2) + b[:, None, neurons]
        for sign in np.sign(np.diff(z, axis=0)).astype(np.int8):
            runs += int(((sign != 0) & (sign != direction)).sum())
            np.copyto(direction, sign, where=sign != 0)
    w, b = layers(net, path.updates)[0]
    for k in neurons:
        steps = np.concatenate([w[:, k], b[:, k : k + 1]], axis=1)
        steps = steps[steps.any(axis=1)]
        if len(steps):
            turns += 1.0 + float(turning_angles(steps).sum()) / pi
    return runs, len(X) * turns


def _log(value: float) -> float:
    """Return the natural logarithm, also of whole numbers beyond the range of floats; -inf at 0."""
    return log(value) if value > 0 else -inf
