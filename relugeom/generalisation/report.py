"""The report: the gap that held-out data show, beside every bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, isnan, nan, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import RNG, choice, generator, number
from ..arrangements.domains import AffineSlice
from ..errors import InvalidInputError
from ..kakeya.spectra import KINDS, effective_dimension, spectrum
from ..networks.network import ReLUNetwork
from ..paths.path import OptimizerPath
from . import norms
from ._check import labelled
from .covering import net_bound
from .growth import classifier_layers, growth_bound, log_growth, vc_bound, vc_dimension
from .measured import Measured, measured_gaps
from .pac_bayes import gibbs_bound, holds, trivial
from .table import GeneralisationBound, GeneralisationReport

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray

_IID = "training samples independent, from one distribution"
_CLAIM = "abstract and reviews of arXiv 2505.15013: O(.), constant unknown"
_BHLM = "Bartlett, Harvey, Liaw & Mehrabian 2019"
_MAX_RANK = 64  # beyond, the rank of the updates says nothing
_WARREN = "Warren 1968; Anthony & Bartlett 1999, theorem 8.3; Mohri et al. 2018, corollary 3.9"


@dataclass(frozen=True)
class _Subspace:
    """The fixed subspace of a run: its dimension, whether bounds in it are valid, and why."""

    dim: int
    kind: str
    why: str
    slice: AffineSlice | None = None


@dataclass(frozen=True)
class _Setting:
    """What the rows of the table are computed from."""

    net: ReLUNetwork
    start: ReLUNetwork | None
    X: FloatArray
    y: IntArray
    delta: float
    train_error: float
    begun: bool

    @property
    def n(self) -> int:
        return len(self.X)

    @property
    def distance(self) -> float:
        if self.start is None:
            return nan
        return float(np.linalg.norm(self.net.parameters - self.start.parameters))

    @property
    def origin(self) -> str:
        """What is assumed of the start, or why it cannot be."""
        return "start drawn before the data" if self.begun else "the record begins after the start"

    def bound(
        self, name: str, risk: float, kind: str, why: str, source: str, on: str = "network"
    ) -> GeneralisationBound:
        gap = risk - self.train_error
        return GeneralisationBound(name, on, risk, gap, trivial(risk), kind, why, source)


def report(
    run: OptimizerPath | ReLUNetwork,
    train: Any,
    test: Any,
    *,
    within: AffineSlice | None = None,
    input_bound: float | None = None,
    kinds: Sequence[str] = ("participation", "explained_99"),
    n_draws: int | None = None,
    confidence: float = 0.95,
    rng: RNG = 0,
    progress: bool | None = None,
) -> GeneralisationReport:
    """Return the measured generalisation gap of a classifier beside every bound on it.

    Each bound is on the risk of the 0-1 loss and says whether it is valid for this run, on which
    assumptions, and whether it is vacuous. Bounds in a subspace are valid only where that was
    chosen before the data, as by `random_subspace`; an effective dimension of the run itself
    depends on the data, so what uses it is "heuristic" or "claimed", always.

    Parameters
    ----------
    run : OptimizerPath or ReLUNetwork
        A classifier at the end of a run: outputs are logits, one output that of class 1. Of a
        network alone the start is not known: fewer bounds.
    train : pair (X, y)
        All samples that the run was trained on, with labels 0, 1, ...
    test : pair (X, y)
        Samples that nothing was chosen by.
    within : AffineSlice, optional
        The slice of parameters that the run was trained in. To give it says that it was chosen
        before the data. Without it the path's ``settings`` are read: `relugeom.train` writes there
        how the slice was drawn, and the updates, if there are enough, span it.
    input_bound : float, optional
        Norm that no possible input exceeds, known before the data. Without it the largest norm of
        the training samples stands in for it, and the bound by a net is heuristic.
    kinds : sequence of str
        Definitions of the effective dimension of the updates, keys of
        `relugeom.kakeya.spectra.KINDS`.
    n_draws : int, optional
        Monte Carlo draws of PAC-Bayes: see `gibbs_bound`.
    confidence : float, default 0.95
    rng : Generator, int or None, default 0
        For the draws of PAC-Bayes.
    progress : bool, optional
        Show a progress bar; by default only on a terminal.

    Returns
    -------
    GeneralisationReport

    Raises
    ------
    ShapeError
        If data, or ``within``, do not fit the network.
    InvalidInputError
        If labels are no classes, or the run leaves ``within``.

    Examples
    --------
    >>> import relugeom as rg
    >>> data = rg.data.penguins()
    >>> X = (data.X - data.X.mean(axis=0)) / data.X.std(axis=0)
    >>> order = np.random.default_rng(0).permutation(len(X))
    >>> part, rest = order[:240], order[240:]
    >>> net = rg.ReLUNetwork.random([4, 8, 3], rng=0)
    >>> inside = rg.generalisation.random_subspace(net, 6, rng=0)
    >>> path = rg.train(net, X[part], data.y[part], loss="cross_entropy", lr=0.1, within=inside)
    >>> table = rg.generalisation.report(path, (X[part], data.y[part]), (X[rest], data.y[rest]))
    >>> table["growth function, r = 6"].kind, table["sqrt(d_eff / n), participation"].kind
    ('theorem', 'claimed')
    """
    path = run if isinstance(run, OptimizerPath) else None
    if path is None and not isinstance(run, ReLUNetwork):
        raise InvalidInputError(
            f"`run` must be an OptimizerPath or a ReLUNetwork; got {type(run).__name__}"
        )
    for kind in kinds:
        choice("kinds", kind, tuple(KINDS))
    net = run.network(-1) if isinstance(run, OptimizerPath) else run
    start = None if path is None else path.network(0)
    X, y = labelled("train", net, train)
    held_out = labelled("test", net, test)[0]
    delta = 1.0 - number("confidence", confidence, "(0, 1)")
    measured = measured_gaps(net, train, test, delta=delta)
    begun = path is not None and int(path.steps[0]) == 0
    setting = _Setting(
        net=net, start=start, X=X, y=y, delta=delta, train_error=measured[0].train, begun=begun
    )
    if within is not None and path is None:
        raise InvalidInputError("`within` must come with a path; got a network alone")
    values = _values(path, kinds)
    space = _subspace(path, within)
    known = input_bound is not None
    largest = float(np.linalg.norm(X, axis=1).max())
    size = largest if input_bound is None else number("input_bound", input_bound, "[0, inf)")
    if known and largest > size * (1.0 + 1e-12):
        raise InvalidInputError(
            f"`input_bound` must be no less than the norms of the samples; got {size} < {largest}"
        )
    bounds = [
        *_by_counting(setting, space, path, values),
        *_by_covering(setting, space, size, known),
        *_by_noise(setting, space, n_draws, generator(rng), progress),
        *_by_norms(setting),
        *_scales(setting, values, measured[0]),
    ]
    symbols: dict[str, float] = {
        "n": setting.n, "m": len(held_out), "P": net.n_parameters,
        "r": net.n_parameters if space is None else space.dim,
        "VC dimension, at most": vc_dimension(classifier_layers(net)),
    }  # fmt: skip
    symbols |= {f"d_eff ({kind})": value for kind, value in values.items()}
    baselines = {"|theta_T|": float(np.linalg.norm(net.parameters))}
    if start is not None:
        baselines["|theta_T - theta_0|"] = setting.distance
    caveats = () if path is None else path.caveats
    seen = {row.tobytes() for row in X}
    if twice := sum(row.tobytes() in seen for row in held_out):
        caveats += (
            f"{twice} of {len(held_out)} held-out samples have the features of a training sample: "
            "the measured gap is too small if they are the same samples",
        )
    return GeneralisationReport(measured, tuple(bounds), symbols, baselines, confidence, caveats)


def _subspace(path: OptimizerPath | None, within: AffineSlice | None) -> _Subspace | None:
    """Return the fixed subspace that a path was trained in, if the caller or the path names one."""
    if path is None:
        return None
    if within is not None:
        holds("within", within, np.stack([path.network(t).parameters for t in (0, -1)]))
        why = "slice chosen before the data, as the caller says"
        return _Subspace(within.dim, "theorem", why, within)
    if "within" not in path.settings:
        return None
    dim, drawn = int(path.settings["within"]), str(path.settings.get("drawn", ""))
    if not drawn:
        return _Subspace(
            dim, "heuristic", "the path does not say that its slice was drawn at random"
        )
    span = _span(path, dim)
    if path.outside or len(span) > dim:
        return _Subspace(dim, "heuristic", "the path leaves the slice that it was trained in")
    why = f"slice ({drawn}, random) drawn before the data"
    start = path.network(0).parameters
    # updates in as many directions as the slice has span it
    whole = len(span) == dim and path.lowering is None
    return _Subspace(dim, "theorem", why, AffineSlice(start, span.T) if whole else None)


def _span(path: OptimizerPath, most: int) -> FloatArray:
    """Return an orthonormal basis, in rows, of the span of the updates, up to rounding.

    Where that has more than ``most`` dimensions, of more than ``most`` of them.
    """
    rows = path.updates
    if len(rows) > most + 8:  # random combinations span as much
        rows = np.random.default_rng(0).standard_normal((most + 8, len(rows))) @ rows
    if not len(rows):
        return np.zeros((0, path.parameters.shape[1]))
    _, values, axes = np.linalg.svd(rows, full_matrices=False)
    rounding = 1e-13 * float(np.abs(np.asarray(path.parameters)).max()) * sqrt(path.updates.size)
    return np.asarray(axes[values > rounding])


def _values(path: OptimizerPath | None, kinds: Sequence[str]) -> dict[str, float]:
    """Return the effective dimensions of the updates; none if nothing moved."""
    if path is None:
        return {}
    moves = path.updates[path.updates.any(axis=1)]
    if not len(moves):
        return {}
    eigenvalues = spectrum(moves, "raw")
    return {kind: effective_dimension(eigenvalues, kind) for kind in kinds}


def _by_counting(
    s: _Setting, space: _Subspace | None, path: OptimizerPath | None, values: dict[str, float]
) -> Iterator[GeneralisationBound]:
    """Yield the rows from the growth function."""
    layers = classifier_layers(s.net)

    def risk(dim: int | None) -> float:
        return s.train_error + growth_bound(log_growth(s.n, layers, dim), s.n, delta=s.delta)

    if space is not None:
        yield s.bound(
            f"growth function, r = {space.dim}", risk(space.dim), space.kind,
            f"{space.why}; {_IID}", _WARREN,
        )  # fmt: skip
    for kind, d_eff in values.items():
        dim = max(1, ceil(d_eff - 1e-9))
        yield s.bound(
            f"growth function, r = ceil(d_eff), {kind}", risk(dim), "heuristic",
            f"as if the run lay in {dim} dimensions chosen before the data: d_eff is of the run "
            "itself", _WARREN,
        )  # fmt: skip
    if path is not None and space is None:
        moved = len(_span(path, _MAX_RANK))
        if 0 < moved < min(s.net.n_parameters, _MAX_RANK + 1):
            yield s.bound(
                f"growth function, r = {moved}, rank of the updates", risk(moved), "heuristic",
                "the span of the updates depends on the data", _WARREN,
            )  # fmt: skip
    yield s.bound(
        "growth function, all parameters", risk(None), "theorem", _IID,
        f"{_BHLM}; Mohri et al. 2018, corollary 3.9",
    )  # fmt: skip
    vc = vc_dimension(layers)
    yield s.bound(
        "VC dimension", s.train_error + vc_bound(vc, s.n, delta=s.delta), "theorem", _IID,
        f"{_BHLM}: the largest m with 2^m <= Pi(m); Sauer; Mohri et al. 2018, corollary 3.19",
    )  # fmt: skip


def _by_covering(
    s: _Setting, space: _Subspace | None, size: float, known: bool
) -> Iterator[GeneralisationBound]:
    """Yield the bound by a net of a ball around the start."""
    if s.start is None:
        return
    dim = s.net.n_parameters if space is None else space.dim
    bound = net_bound(s.start, s.distance, dim, norms.margins(s.net, s.X, s.y), size, delta=s.delta)
    start = s.origin if space is None else f"{s.origin}; {space.why}"
    inputs = f"every input has norm at most {size:.4g}"
    if not known:
        inputs += ", taken from the samples (give `input_bound`)"
    sound = known and s.begun and (space is None or space.kind == "theorem")
    yield s.bound(
        f"net of a ball in r = {dim} dimensions", bound.risk, "theorem" if sound else "heuristic",
        f"{start}; {inputs}; {_IID}",
        "our derivation: covering number and Hoeffding, through the ramp loss, union over a grid "
        "of radii and margins",
    )  # fmt: skip


def _by_noise(
    s: _Setting,
    space: _Subspace | None,
    n_draws: int | None,
    random: np.random.Generator,
    progress: bool | None,
) -> Iterator[GeneralisationBound]:
    """Yield the PAC-Bayes rows, with noise in all parameters and in the slice."""
    if s.start is None:
        return
    cases: list[tuple[AffineSlice | None, str, str]] = [(None, "", s.origin)]
    if space is not None and space.slice is not None:
        cases.append((space.slice, f", in r = {space.dim}", f"{s.origin}; {space.why}"))
    for inside, name, why in cases:
        b = gibbs_bound(
            s.net, s.start, s.X, s.y, within=inside, n_draws=n_draws, delta=s.delta, rng=random,
            progress=progress,
        )  # fmt: skip
        noise = (
            f"{why}; {_IID}; noise {b.sigma:.3g} around the end, prior {b.prior_sigma:.3g} around "
            f"the start (KL {b.divergence:.4g}), {b.n_draws} draws"
        )
        kind = "theorem" if s.begun else "heuristic"
        source = "Maurer 2004; Langford & Caruana 2002 for the draws; union over the priors"
        yield s.bound(f"PAC-Bayes kl{name}", b.risk, kind, noise, source, "Gibbs")
        yield s.bound(f"PAC-Bayes Pinsker{name}", b.pinsker, kind, noise, source, "Gibbs")


def _by_norms(s: _Setting) -> Iterator[GeneralisationBound]:
    """Yield the margin bound of Golowich, Rakhlin & Shamir."""
    bound = norms.margin_bound(s.net, s.X, s.y, delta=s.delta)
    fits = norms.covered(s.net)
    why = f"{_IID}; biases as weights of a constant unit"
    if not fits:
        why += "; the theorem wants one 1-Lipschitz activation, this network has several"
    yield s.bound(
        "product of Frobenius norms, margin", bound.risk, "theorem" if fits else "heuristic", why,
        "Golowich, Rakhlin & Shamir 2018, theorem 1; Mohri et al. 2018, theorem 5.8; Maurer 2016 "
        "for several outputs; union over a grid of margins of the normalised network",
    )  # fmt: skip


def _scales(s: _Setting, values: dict[str, float], seen: Measured) -> Iterator[GeneralisationBound]:
    """Yield the rows that are scales only."""
    margin = float(np.median(norms.margins(s.net, s.X, s.y)))
    scale = norms.spectral_scale(s.net, s.start, s.X, margin)
    yield GeneralisationBound(
        "spectral norms, margin (scale)", "network", nan, scale, None, "scale",
        f"constant and logarithms left out, biases too; at the median margin {margin:.4g}",
        "Bartlett, Foster & Telgarsky 2017",
    )  # fmt: skip
    for kind, d_eff in values.items():
        if not isnan(d_eff):
            scale = sqrt(d_eff / s.n)
            yield GeneralisationBound(
                f"sqrt(d_eff / n), {kind}", "network", nan, scale, None, "claimed",
                f"no constant is known: the measured gap implies {seen.gap / scale:.3g} "
                f"({seen.low / scale:.3g} to {seen.high / scale:.3g}); d_eff = {d_eff:.4g} is of "
                "the run itself", _CLAIM,
            )  # fmt: skip
