"""Numbers of regions and densities of their boundary, beside the bounds that theory has."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, exp, inf, log, prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from .._batches import batches
from .._bound import Bound
from .._check import RNG, positive_int
from ..arrangements.counting import (
    log_hanin_rolnick,
    montufar_lower,
    montufar_upper,
    serra_upper,
    zaslavsky,
)
from ..errors import IncompleteError
from ..regions.problem import as_network, bounded_domain, cell_rows

if TYPE_CHECKING:
    from .._check import FloatArray
    from ..regions.table import Regions

_MAX_DIM = 4  # for faces of all dimensions
_HANIN_ROLNICK = "Hanin & Rolnick 2019 (surprisingly few activation patterns), expected"
_COMPLEXITY = "Hanin & Rolnick 2019 (complexity of linear regions), expected"


@dataclass(frozen=True, eq=False)
class Expressivity:
    """Measured sizes of a region complex beside the bounds on them; made by `expressivity`.

    Attributes
    ----------
    observed : dict of float
        By quantity. "activation regions" and "linear regions" in the domain; in a bounded domain
        also "k-fold boundary": the (d-k)-dimensional measure of the faces of codimension k inside
        the domain, by unit of volume (1-fold: facets; d-fold: vertices), and "distance": the mean
        distance of a point from the boundary of its activation region, an estimate.
    errors : dict of float
        Standard errors of what is an estimate.
    bounds : tuple of Bound
        Of status "theorem" (holds for this network), "attained" (some network of these widths has
        so many), "claimed" (holds in expectation over random weights, up to a constant that is not
        known here and taken as 1: the ratio to the observed number is all it can be used for) or
        "not valid" (the theorem does not cover this network; ``source`` says why).
    symbols : dict of float
        d, N (neurons), L (hidden layers), and the volume of the domain.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> found = rg.expressivity(rg.enumerate_regions(net))
    >>> found.observed["activation regions"], found.symbols["N"]
    (4, 3)
    """

    observed: dict[str, float]
    errors: dict[str, float]
    bounds: tuple[Bound, ...]
    symbols: dict[str, float]

    def __len__(self) -> int:
        return len(self.bounds)

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as one dict a row, with the observed number and its standard error."""
        return [
            {
                "observed": self.observed[b.quantity],
                "error": self.errors.get(b.quantity, 0.0),
                **b._asdict(),
            }
            for b in self.bounds
        ]

    def __str__(self) -> str:
        lines = [", ".join(f"{k} = {v:.6g}" for k, v in self.symbols.items())]
        for name, error in self.errors.items():
            lines.append(f"{name}: {self.observed[name]:.4g} +- {error:.1g} (estimate)")
        lines.append(f"{'bound':41}  {'of':18}  {'observed':>10}  {'value':>12}  status")
        for b in self.bounds:
            text = f"{b.value:.6g}" if b.log_value < 20 else f"e^{b.log_value:.1f}"
            note = b.status + ("" if b.holds is not False else ", FAILS")
            note += ", vacuous" if b.vacuous else ""
            note += f", observed / value = {b.ratio:.4g}" if b.status == "claimed" else ""
            note += f" ({b.source})" if b.status == "not valid" else ""
            lines.append(
                f"{b.name:41}  {b.quantity:18}  {self.observed[b.quantity]:10.6g}  {text:>12}  "
                f"{note}"
            )
        return "\n".join(lines)


def expressivity(regions: Regions, *, n_samples: int = 10_000, rng: RNG = 0) -> Expressivity:
    """Return the number of regions and the density of their boundary beside the bounds on them.

    The boundary is that of activation regions, where some neuron vanishes. That of linear regions,
    which Hanin & Rolnick speak of, is a part of it.

    Parameters
    ----------
    regions : Regions
        A complete table. In an unbounded domain only numbers of regions are compared.
    n_samples : int, default 10000
        Uniform points at which the distance to the boundary, inside the domain or beyond, is taken:
        exact at each, its mean an estimate.
    rng : Generator, int or None

    Returns
    -------
    Expressivity
        With the k-fold boundary for k = 1 and, in up to four dimensions, for k = 2, ..., d.

    Raises
    ------
    InvalidInputError
        If the table is not complete.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([2, 8, 8, 1], rng=0)
    >>> table = rg.expressivity(rg.enumerate_regions(net, rg.Box([-1, -1], [1, 1])), rng=0)
    >>> table.observed["activation regions"], table.observed["2-fold boundary"]
    (32, 5.25)
    >>> [(row.value, row.status) for row in table.bounds if row.name.startswith("sum_J")]
    [(1369.0, 'theorem')]
    """
    if not regions.complete:
        raise IncompleteError(f"`regions` must be complete for expressivity; got {regions.status}")
    n_samples = positive_int("n_samples", n_samples, minimum=2)
    net, d = as_network(regions.source), regions.dim
    sizes = [len(r) for r in net.rectified if len(r)]
    total = sum(sizes)
    plain = sum(net.widths) == total
    relu = plain and not any(s.any() for s in net.slopes)
    observed: dict[str, float] = {
        "activation regions": len(regions),
        "linear regions": regions.n_linear,
    }
    errors: dict[str, float] = {}
    symbols: dict[str, float] = {"d": d, "N": total, "L": len(sizes)}
    count = "activation regions"
    passed = "not covered: coordinates are passed through without a rectifier"
    rows: list[tuple[str, str, float, str, str]] = [
        ("2^N", count, 2**total, "theorem", "one region a pattern"),
        ("sum_(j<=d) C(N, j)", count, zaslavsky(total, d),
         *_covered(len(sizes) == 1, "theorem", "Zaslavsky 1975",
                   "not covered: more than one hidden layer")),
        ("prod_l sum_(j<=d) C(N_l, j)", count, prod(zaslavsky(n, d) for n in sizes), "theorem",
         "Zaslavsky 1975 in every region of the layers before"),
        ("prod_l sum_(j<=d_l) C(N_l, j)", count, montufar_upper(d, net.widths),
         *_covered(plain, "theorem", "Montúfar 2017, d_l = min(d, N_1, ..., N_l)", passed)),
        ("sum_J prod_l C(N_l, j_l)", count, serra_upper(d, net.widths),
         *_covered(relu, "theorem", "Serra, Tjandraatmadja & Ramalingam 2018",
                   "not covered: neurons that are off pass something on")),
        ("prod_(l<L) [N_l/d]^d sum_(j<=d) C(N_L, j)", "linear regions",
         montufar_lower(d, net.widths),
         *_covered(plain, "attained", "Montúfar, Pascanu, Cho & Bengio 2014, by some network",
                   passed)),
    ]  # fmt: skip
    if regions.domain is not None and regions.domain.bounded:
        volume = float(regions.domain.volume)
        symbols["volume"] = volume
        density = _densities(regions, volume)
        observed |= {f"{k}-fold boundary": value for k, value in density.items()}
        distance = _distances(regions, n_samples, rng)
        observed["distance"] = float(distance.mean())  # inf where no neuron vanishes anywhere
        spread = float(distance.std(ddof=1)) if distance[0] < inf else 0.0
        errors["distance"] = spread / sqrt(n_samples)
        rows.append((
            "volume (T N)^d / d!", count, volume * exp(log_hanin_rolnick(total, d, 1.0)),
            *_covered(total >= d, "claimed", f"{_HANIN_ROLNICK}; T = 1 here",
                      "not covered: fewer than d neurons"),
        ))  # fmt: skip
        rows += [
            (f"C(N, {k}) (2 C_grad C_bias)^{k}", f"{k}-fold boundary", comb(total, k), "claimed",
             f"{_COMPLEXITY}; 2 C_grad C_bias = 1 here")
            for k in density
        ]  # fmt: skip
        rows.append(
            ("at least C / N", "distance", 1 / total, "claimed", f"{_COMPLEXITY}; C = 1 here")
        )
    bounds = []
    for name, quantity, value, status, source in rows:
        seen, size = observed[quantity], log(value) if value > 0 else -inf
        number = float(value) if size < 700 else inf
        theorem = status == "theorem"
        bounds.append(Bound(
            name, quantity, number, size, status,
            bool(seen <= value) if theorem else None, theorem and size >= total * log(2) - 1e-12,
            seen / number if number else inf, source,
        ))  # fmt: skip
    return Expressivity(observed, errors, tuple(bounds), symbols)


def _covered(valid: bool, status: str, source: str, otherwise: str) -> tuple[str, str]:
    return (status, source) if valid else ("not valid", otherwise)


def _densities(regions: Regions, volume: float) -> dict[int, float]:
    """Return by k the measure of the faces of codimension k inside the domain, over its volume."""
    d = regions.dim
    result = {1: float(regions.adjacency().facet_measures.sum()) / volume}
    if d <= _MAX_DIM:
        polyhedra = regions.complex
        for k in range(2, d + 1):
            result[k] = float(polyhedra.measures(d - k)[~polyhedra.outer[d - k]].sum()) / volume
    return result


def _distances(regions: Regions, n: int, rng: RNG) -> FloatArray:
    """Return the distance of uniform points from the boundary of their region in all of space."""
    net, problem = as_network(regions.source), regions.problem
    X = bounded_domain(regions.domain, "expressivity").sample(n, rng)
    outside = len(problem.halfspaces[0])
    distance = np.empty(n)
    for part in batches(n, problem.n_neurons * regions.dim):
        G, h = cell_rows(problem, net.activation_pattern(X[part]))
        room = h - np.einsum("nmd,nd->nm", G, X[part])
        room[~G.any(axis=2)] = inf
        distance[part] = room[:, outside:].min(axis=1)
    return distance
