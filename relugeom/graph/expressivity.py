"""Numbers of regions and densities of their boundary, beside the bounds that theory has."""

from __future__ import annotations

from math import comb, exp, inf, log, prod, sqrt
from typing import TYPE_CHECKING

import numpy as np

from .._batches import batches
from .._bound import BoundTable, bound, log_of
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


def expressivity(regions: Regions, *, n_samples: int = 10_000, rng: RNG = 0) -> BoundTable:
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
    BoundTable
        On "activation regions" and "linear regions" in the domain; in a bounded domain also on
        "k-fold boundary": the (d-k)-dimensional measure of the faces of codimension k inside the
        domain, by unit of volume (1-fold: facets; d-fold: vertices), for k = 1 and, in up to four
        dimensions, for k = 2, ..., d; and on "distance": the mean distance of a point from the
        boundary of its activation region, an estimate. Rows of kind "attained" are numbers that
        some network of these widths has; "claimed" ones hold in expectation over random weights, up
        to a constant that is not known here and taken as 1. Symbols: d, N (neurons), L (hidden
        layers), and the volume of the domain.

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
    >>> [(row.value, row.kind) for row in table.bounds if row.name.startswith("sum_J")]
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
    bounds = tuple(
        bound(
            name, quantity, observed[quantity], log_of(value), kind, source,
            trivial=total * log(2), value=value, error=errors.get(quantity, 0.0),
        )
        for name, quantity, value, kind, source in rows
    )  # fmt: skip
    return BoundTable(bounds, symbols)


def _covered(valid: bool, kind: str, source: str, otherwise: str) -> tuple[str, str]:
    return (kind, source) if valid else ("not valid", otherwise)


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
