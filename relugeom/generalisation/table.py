"""`GeneralisationReport`: the measured gap beside every bound on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from .._check import choice
from ..errors import InvalidInputError
from .measured import Measured

#: What a row is worth.
STATUSES = {
    "valid": "a theorem whose assumptions, named in the row, hold for this run",
    "heuristic": "the same formula where an assumption fails: no bound",
    "claimed": "stated somewhere without a constant: a scale, no bound",
    "scale": "leading factor of a theorem without its constant and logarithms: no bound",
}


class GeneralisationBound(NamedTuple):
    """One row: a bound on the risk of the 0-1 loss.

    Attributes
    ----------
    name : str
    on : str
        "network", or "Gibbs" for the classifier that draws its parameters anew for every sample.
    risk : float
        The bound; NaN for scales.
    gap : float
        ``risk`` less the training error of the network, or the scale.
    vacuous : bool or None
        Whether the risk bound is 1 or more; None for scales.
    status : str
        A key of ``STATUSES``.
    assumptions, source : str

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 2], rng=0)
    >>> X, y = [[-1.0], [-0.5], [0.5], [1.0]], [0, 0, 1, 1]
    >>> bound = rg.generalisation.report(net, (X, y), (X, y)).bounds[0]
    >>> bound.on, bound.vacuous
    ('network', True)
    """

    name: str
    on: str
    risk: float
    gap: float
    vacuous: bool | None
    status: str
    assumptions: str
    source: str


@dataclass(frozen=True, eq=False)
class GeneralisationReport:
    """The measured gap beside bounds on it; made by `relugeom.generalisation.report`.

    Attributes
    ----------
    measured : tuple of Measured
        The 0-1 loss first; the bounds are on that.
    bounds : tuple of GeneralisationBound
    symbols : dict
        n (training samples), m (held-out samples), P (parameters), r (dimension of a subspace
        chosen before the data, or P), d_eff (by definition), and what else enters.
    baselines : dict
        Norms that correlate with the gap at least as well as dimensions do (arXiv 2406.02234); no
        bounds. In units of the parameters.
    confidence : float
        Each interval and each valid bound holds with this probability by itself.
    caveats : tuple of str

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 4, 2], rng=0)
    >>> X, y = [[-1.0], [-0.5], [0.5], [1.0]], [0, 0, 1, 1]
    >>> report = rg.generalisation.report(net, (X, y), (X, y))
    >>> report.measured[0].loss, report.symbols["n"]
    ('0-1', 4)
    """

    measured: tuple[Measured, ...]
    bounds: tuple[GeneralisationBound, ...]
    symbols: dict[str, float]
    baselines: dict[str, float]
    confidence: float
    caveats: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.bounds)

    def rows(self) -> list[dict[str, Any]]:
        """Return the bounds as one dict a row."""
        return [b._asdict() for b in self.bounds]

    def best(self, on: str = "network") -> GeneralisationBound | None:
        """Return the smallest valid bound; None if there is none.

        Parameters
        ----------
        on : {"network", "Gibbs"}

        Returns
        -------
        GeneralisationBound or None

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 4, 2], rng=0)
        >>> X, y = [[-1.0], [-0.5], [0.5], [1.0]], [0, 0, 1, 1]
        >>> rg.generalisation.report(net, (X, y), (X, y)).best().status
        'valid'
        """
        choice("on", on, ("network", "Gibbs"))
        rows = [b for b in self.bounds if b.on == on and b.status == "valid"]
        return min(rows, key=lambda b: b.risk, default=None)

    def __getitem__(self, name: str) -> GeneralisationBound:
        found = {b.name: b for b in self.bounds}
        if name not in found:
            raise InvalidInputError(f"`name` must be one of {'; '.join(found)}; got {name!r}")
        return found[name]

    @property
    def summary(self) -> str:
        """The measured gap and the smallest valid bounds, in sentences."""
        zero_one = self.measured[0]
        parts = [
            f"measured gap {zero_one.gap:.4f}, {self.confidence:.0%} interval "
            f"{zero_one.low:.4f} to {zero_one.high:.4f}"
        ]
        for on, text in (("network", "of the network"), ("Gibbs", "of the Gibbs classifier")):
            best = self.best(on)
            if best is not None:
                note = ", vacuous" if best.vacuous else ""
                parts.append(
                    f"smallest valid bound on the risk {text}: {best.risk:.4g} ({best.name}{note})"
                )
        return "; ".join(parts)

    def __str__(self) -> str:
        lines = [", ".join(f"{k} = {v:.6g}" for k, v in self.symbols.items()), ""]
        lines.append(f"{'loss':14}  {'train':>8}  {'held out':>8}  {'gap':>8}  interval of the gap")
        for m in self.measured:
            lines.append(
                f"{m.loss:14}  {m.train:8.4f}  {m.test:8.4f}  {m.gap:8.4f}  "
                f"{m.low:.4f} to {m.high:.4f} ({m.interval})"
            )
        k = sum(b.status == "valid" for b in self.bounds)
        lines += [
            "",
            f"bounds on the risk of the 0-1 loss, each with probability {self.confidence:.4g}; "
            f"all {k} valid ones at once with at least "
            f"{max(0.0, 1.0 - k * (1.0 - self.confidence)):.4g}",
            f"{'bound':48}  {'on':7}  {'risk':>9}  {'gap':>9}  status",
        ]
        lines += [self._line(b) for b in self.bounds]
        used = {b.status for b in self.bounds}
        lines += ["", *(f"{name}: {text}" for name, text in STATUSES.items() if name in used)]
        lines += ["", "assumptions", *(f"{b.name}: {b.assumptions}" for b in self.bounds)]
        lines += ["", "baselines, no bounds: " + _list(self.baselines), self.summary]
        return "\n".join([*lines, *self.caveats])

    def _line(self, b: GeneralisationBound) -> str:
        risk = "" if b.vacuous is None else f"{b.risk:.4g}"
        note = b.status + (", vacuous" if b.vacuous else "")
        if b is self.best(b.on):
            note += ", the smallest"
        return f"{b.name:48}  {b.on:7}  {risk:>9}  {b.gap:9.4g}  {note}"


def _list(values: dict[str, float]) -> str:
    return ", ".join(f"{k} = {v:.4g}" for k, v in values.items())
