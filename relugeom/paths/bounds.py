"""Bounds on the region crossings of a path and on the cells it visits, beside the observed ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf, log, pi
from typing import TYPE_CHECKING

import numpy as np

from .._bound import BoundTable, bound, log_of, on
from ..arrangements.counting import central, log_growth, log_warren, zaslavsky
from ..errors import InvalidInputError
from .cells import cell_visits
from .crossing_table import Crossings, check_events
from .crossings import samples
from .wall_turns import wall_turns

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .path import OptimizerPath

_MAX_RANK = 64  # beyond, the rank of the updates is taken for full
_CLAIM = "abstract and reviews of arXiv 2505.15013: O(.), constant unknown"


@dataclass(frozen=True, eq=False, repr=False)
class CrossingBounds(BoundTable):
    """Observed crossings and cells beside every bound on them; made by `crossing_bounds`.

    Attributes
    ----------
    bounds : tuple of Bound
        On "crossings", of all layers and of each; "cells" (distinct ones), of all layers and of the
        first; and "log cells".
    symbols : dict
        What enters: T (steps), n (samples), N (neurons), N_1 (of the first layer), M = n N, L, P,
        d_eff, r = ceil(d_eff), q (rank of the updates where at most 64, else min(T, P)), and
        turning in radians.
    revisit_ratio : float
        Share of the moves between cells that lead back to one seen before: bounds on distinct
        cells do not limit crossings.
    undecided : int
        Of the crossings.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=20, lr=0.1)
    >>> table = rg.crossing_bounds(path, X, rg.crossings(path, X), d_eff=2)
    >>> table.best("crossings").value >= table.observed["crossings"]
    True
    """

    revisit_ratio: float
    undecided: int

    def _above(self) -> list[str]:
        return [
            *super()._above(),
            "crossings count each time, cells once: a bound on cells is none on crossings, since a "
            f"path may come back (revisit ratio {self.revisit_ratio:.4g})",
        ]


def crossing_bounds(
    path: OptimizerPath, X: ArrayLike, events: Crossings, *, d_eff: float
) -> CrossingBounds:
    """Return the observed crossings and cells of a path beside every bound on them.

    No constant of any theorem about training is used: rows of kind "claimed" are scales only.
    Bounds on numbers of cells limit *distinct* cells, not crossings, since a path may come back.

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
    ShapeError, IncompleteError
        If ``events`` do not belong to ``path`` and ``X``, or are not all of them.
    InvalidInputError
        If ``d_eff`` is below 1.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> X = [[-1.0], [0.0], [1.0]]
    >>> path = rg.train(net, X, [1.0, 0.0, 1.0], steps=50)
    >>> table = rg.crossing_bounds(path, X, rg.crossings(path, X), d_eff=3)
    >>> all(row.holds for row in table.bounds if row.kind == "theorem")
    True
    """
    data = samples(path, X)
    net, steps, (n, d) = path.start, len(path), data.shape
    check_events(events, path, n)
    if not 1.0 <= d_eff < inf:
        raise InvalidInputError(f"`d_eff` must be at least 1; got {d_eff}")

    sizes = [len(r) for r in net.rectified]  # neurons of each layer
    turns = wall_turns(path, data)
    whole, layer_1 = cell_visits(events), cell_visits(events, layer=0)
    symbols: dict[str, float] = {
        "T": steps, "n": n, "N": sum(sizes), "N_1": sizes[0], "M": n * sum(sizes),
        "L": len(sizes), "P": path.parameters.shape[1], "d_eff": float(d_eff), "r": ceil(d_eff),
        "q": _rank(path), "turning": turns.total_turning,
    }  # fmt: skip
    seen_by_layer = events.per_layer.sum(axis=0).tolist()
    observed: dict[tuple[str, int | None], float] = {("crossings", None): len(events)}
    observed |= {("crossings", k): count for k, count in enumerate(seen_by_layer)}
    observed |= {
        ("cells", None): whole.n_cells,
        ("cells", 0): layer_1.n_cells,
        ("log cells", None): log(whole.n_cells),
    }
    below = list(zip(net.widths[:-1], sizes[:-1], strict=True))
    all_rectified = all(w == s for w, s in below)  # growth counts every coordinate as a neuron
    parameters = log_growth(n, d, net.widths) if all_rectified else None
    runs, expected = int(turns.runs.sum()), n * float((1.0 + turns.turning / pi)[turns.moves].sum())
    rows: list[_Row] = [
        *((f"observed {on(*key)}", *key, log_of(v), "measured", "") for key, v in observed.items()),
        *_on_crossings(symbols, sizes, seen_by_layer, (runs, expected)),
        *_on_cells(symbols, sizes, observed, central(n, d + 1), parameters),
        *_claims(symbols),
    ]
    flips = [steps * n * count for count in segment_bound(sizes)]
    trivial = {
        (name, k): (name == "cells") + (sum(flips) if k is None else flips[k])
        for name, k in observed
    }
    bounds = tuple(
        bound(
            name, quantity, observed[quantity, layer], log_value, kind, source, layer=layer,
            trivial=log_of(trivial[quantity, layer]),
        )
        for name, quantity, layer, log_value, kind, source in rows
    )  # fmt: skip
    return CrossingBounds(bounds, symbols, whole.revisit_ratio, events.undecided)


# name, quantity, layer, log of the value, kind, source
_Row = tuple[str, str, int | None, float, str, str]


def _on_crossings(
    symbols: dict[str, float], sizes: list[int], seen: list[int], first_layer: tuple[int, float]
) -> Iterator[_Row]:
    """Yield the rows that limit crossings, layer by layer and in all."""
    segments, first = int(symbols["T"] * symbols["n"]), sizes[0]
    runs, expected = first_layer
    turns = symbols["n"] * first * (1 + symbols["turning"] / pi)
    yield (
        "T n N_1", "crossings", 0, log_of(segments * first), "theorem",
        "layer 1 is affine on a step: at most one flip",
    )  # fmt: skip
    yield (
        "sum_h (1 + V_h), monotone runs", "crossings", 0, log_of(runs), "theorem",
        "each wall is crossed at most once in a run in one direction",
    )  # fmt: skip
    yield (
        "n sum_j (1 + turning_j / pi)", "crossings", 0, log_of(expected), "heuristic",
        "expectation of the row above for isotropic data (Crofton), neuron by neuron",
    )  # fmt: skip
    yield (
        "n N_1 (1 + turning / pi)", "crossings", 0, log_of(turns), "heuristic",
        "the same from the turning of all parameters, for isotropic walls",
    )  # fmt: skip
    flips = segment_bound(sizes)
    least = [min(runs, segments * first)]
    for k, size in list(enumerate(sizes, start=1))[1:]:
        yield (
            f"T n (B_{k} - B_{k - 1})", "crossings", k - 1,
            log_of(segments * flips[k - 1]), "theorem",
            "roots of piecewise polynomials: B_l = B_(l-1) + N_l l (B_(l-1) + 1)",
        )  # fmt: skip
        pieces = k * size * (segments + sum(seen[: k - 1]))
        least.append(min(pieces, segments * flips[k - 1]))
        yield (
            f"{k} N_{k} (T n + crossings below)", "crossings", k - 1, log_of(pieces), "theorem",
            f"degree at most {k} on each piece between the observed crossings of earlier layers",
        )  # fmt: skip
        yield (
            f"T n N_{k}", "crossings", k - 1, log_of(segments * size), "not valid",
            "one flip a neuron, sample and step: a neuron of a deeper layer may turn back",
        )  # fmt: skip
    yield (
        "T n sum_l (B_l - B_(l-1))", "crossings", None, log_of(segments * sum(flips)), "theorem",
        "the sum over layers",
    )  # fmt: skip
    yield (
        "the least of each layer, added", "crossings", None, log_of(sum(least)), "theorem",
        "the sum of the least theorems on each layer",
    )  # fmt: skip
    yield (
        "T n N", "crossings", None, log_of(segments * sum(sizes)),
        "theorem" if len(sizes) == 1 else "not valid",
        "one flip a neuron, sample and step: in layer 1 only",
    )  # fmt: skip


def _on_cells(
    symbols: dict[str, float],
    sizes: list[int],
    observed: dict[tuple[str, int | None], float],
    cover: int,
    parameters: float | None,
) -> Iterator[_Row]:
    """Yield the rows that limit distinct cells, of layer 1 and of all layers."""
    n, first = int(symbols["n"]), sizes[0]
    for layer in (None, 0):
        yield (
            f"1 + {on('crossings', layer)}", "cells", layer,
            log_of(1 + observed["crossings", layer]), "theorem",
            "each crossing enters one cell",
        )  # fmt: skip
    yield (
        "C(n, d+1)^N_1", "cells", 0, first * log(cover), "theorem",
        "Cover 1965, one factor a neuron; attained by points in general position",
    )  # fmt: skip
    spaces = {
        "q": (
            "theorem",
            "the path lies in q dimensions, up to rounding",
        ),
        "r": (
            "theorem" if symbols["r"] >= symbols["q"] else "heuristic",
            "if the path lies in an affine space of r dimensions",
        ),
    }
    for name, (kind, where) in spaces.items():
        dim = int(symbols[name])
        yield (
            f"sum_(k<={name}) C(n N_1, k)", "cells", 0, log_of(zaslavsky(n * first, dim)),
            kind, f"Zaslavsky 1975, {where}",
        )  # fmt: skip
        signs = [log_warren(n * s, layer, dim) for layer, s in enumerate(sizes, 1) if s and dim]
        yield (
            f"prod_l 2 (2 e n N_l l / {name})^{name}", "cells", None, sum(signs), kind,
            f"Warren 1968; Anthony & Bartlett 1999, theorem 8.3, layer by layer, {where}",
        )  # fmt: skip
    if parameters is not None:
        yield (
            "prod_l 2 (2 e n N_l l / W_l)^W_l", "cells", None, parameters, "theorem",
            "Bartlett, Harvey, Liaw & Mehrabian 2019, over hidden layers, all parameters",
        )  # fmt: skip


def _claims(symbols: dict[str, float]) -> Iterator[_Row]:
    """Yield the paper's expression, read as a number of crossings and as a log of cells."""
    d_eff = symbols["d_eff"]
    for name, count in (("d_eff log M", symbols["M"]), ("d_eff log n", symbols["n"])):
        yield name, "crossings", None, log_of(d_eff * log(count)), "claimed", _CLAIM
    yield (
        "d_eff log M, of the log of cells", "log cells", None, log_of(d_eff * log(symbols["M"])),
        "claimed",
        f"{_CLAIM}; read as the log of the cells in d_eff dimensions, at most (e M / r)^r",
    )  # fmt: skip


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


def _rank(path: OptimizerPath) -> int:
    """Return the numerical rank of the updates if it is small, else the most that it can be."""
    updates = path.updates
    most = int(min(updates.shape))
    if most == 0:
        return 0
    if most > _MAX_RANK:  # a random image keeps a small rank
        random = np.random.default_rng(0).standard_normal((updates.shape[1], _MAX_RANK + 1))
        values = np.linalg.svd(updates @ random, compute_uv=False)
    else:
        values = np.linalg.svd(updates, compute_uv=False)
    rounding = np.finfo(float).eps * np.abs(path.parameters).max() * np.sqrt(updates.size)
    rank = int(np.count_nonzero(values > 8 * rounding))
    return most if rank > _MAX_RANK else rank
