"""`Bound` and `BoundTable`: observed numbers beside bounds on them, with what each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, nan
from typing import Any, ClassVar, NamedTuple

from ._table import Number, Table, aligned, brief, size
from .errors import InvalidInputError

#: Kinds of rows that nothing has to hold for.
_NO_LIMIT = ("measured", "attained", "claimed")


@brief
class Bound(NamedTuple):
    """One row of a table of bounds.

    ``quantity`` and ``layer`` say what was observed: hidden layers count from 0, None is all of
    them. ``observed`` is its number and ``error`` the standard error of that, 0 if it is a count or
    exact.

    ``kind`` is "measured" (the observed number itself), "theorem" (holds always), "attained" (by
    some object of this kind), "heuristic" (holds under a condition that ``source`` names and that
    was not checked), "not valid" (looks like a bound and is none here: ``source`` says why), or
    "claimed" (stated somewhere without constants: ``ratio``, the observed number over ``value``, is
    the constant that it implies here, and all it can be used for). ``holds`` is None where there is
    nothing to hold; ``vacuous`` tells whether the row is no better than the trivial bound on the
    same quantity. ``log_value`` is the natural logarithm of ``value``, which is inf when too large.
    """

    name: str
    quantity: str
    layer: int | None
    observed: float
    error: float
    value: float
    log_value: float
    kind: str
    holds: bool | None
    vacuous: bool
    ratio: float
    source: str


def on(quantity: str, layer: int | None) -> str:
    """Return the words for what a row is on."""
    return quantity if layer is None else f"{quantity}, layer {layer + 1}"


def bound(
    name: str,
    quantity: str,
    observed: float,
    log_value: float,
    kind: str,
    source: str,
    *,
    trivial: float,
    layer: int | None = None,
    value: float | None = None,
    error: float = 0.0,
) -> Bound:
    """Return a row; ``trivial`` is the logarithm of the trivial bound.

    Without the exact ``value`` the logarithms are compared, up to rounding.
    """
    number = exp(log_value) if log_value < 700 else inf
    holds = log_of(observed) <= log_value + 1e-9
    if value is not None and log_value < 700:
        number, holds = float(value), bool(observed <= value)
    return Bound(
        name=name,
        quantity=quantity,
        layer=layer,
        observed=observed,
        error=error,
        value=number,
        log_value=log_value,
        kind=kind,
        holds=None if kind in _NO_LIMIT else holds,
        vacuous=kind in ("theorem", "heuristic") and log_value >= trivial - 1e-12,
        ratio=observed / number if number else (inf if observed else nan),
        source=source,
    )


def log_of(value: float) -> float:
    """Return the natural logarithm, also of whole numbers beyond the range of floats; -inf at 0."""
    return log(value) if value > 0 else -inf


@dataclass(frozen=True, eq=False, repr=False)
class BoundTable(Table):
    """Observed numbers beside bounds on them.

    Attributes
    ----------
    bounds : tuple of Bound
    symbols : dict of float
        What enters.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
    >>> table = rg.expressivity(rg.enumerate_regions(net))
    >>> table.observed["activation regions"], table.symbols["N"]
    (4, 3)
    """

    bounds: tuple[Bound, ...]
    symbols: dict[str, float]

    _UNIT: ClassVar[str] = "bounds"

    @property
    def observed(self) -> dict[str, float]:
        """The observed numbers by quantity, those of single layers apart."""
        return {b.quantity: b.observed for b in self.bounds if b.layer is None}

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as one dict a row, with the fields of `Bound`."""
        return [b._asdict() for b in self.bounds]

    def best(self, quantity: str, layer: int | None = None) -> Bound:
        """Return the smallest theorem for a quantity, of all layers or of one.

        Parameters
        ----------
        quantity : str
            One of those of ``bounds``.
        layer : int, optional
            From 0; that of all layers if not given.

        Returns
        -------
        Bound

        Raises
        ------
        InvalidInputError
            If no theorem is about it.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 3, 1], rng=0)
        >>> rg.expressivity(rg.enumerate_regions(net)).best("activation regions").value
        4.0
        """
        theorems = [b for b in self.bounds if b.kind == "theorem"]
        found = [b for b in theorems if (b.quantity, b.layer) == (quantity, layer)]
        if not found:
            known = dict.fromkeys(on(b.quantity, b.layer) for b in theorems)
            raise InvalidInputError(
                f"`quantity` must be one of {'; '.join(known)}; got {on(quantity, layer)!r}"
            )
        return min(found, key=lambda b: b.log_value)

    def __str__(self) -> str:
        lines: list[list[Any]] = [["bound", "on", "observed", "value", "kind"]]
        order = list(dict.fromkeys(b.quantity for b in self.bounds))
        for b in sorted(self.bounds, key=lambda b: order.index(b.quantity)):
            exact = str(b.observed) if isinstance(b.observed, int) else f"{b.observed:.6g}"
            seen = Number(exact + (f" +- {b.error:.1g} (estimate)" if b.error else ""))
            where = on(b.quantity, b.layer)
            lines.append([b.name, where, seen, size(b.value, b.log_value), self._note(b)])
        return "\n".join([*self._above(), aligned(lines)])

    def _above(self) -> list[str]:
        """Return the lines above the table."""
        return [", ".join(f"{name} = {value:.6g}" for name, value in self.symbols.items())]

    def _note(self, b: Bound) -> str:
        note = b.kind
        if b.holds is False:
            note += ", FAILS" if b.kind == "theorem" else ", exceeded"
        note += ", vacuous" if b.vacuous else ""
        if b.kind == "theorem" and b is self.best(b.quantity, b.layer):
            note += ", the least"
        if b.kind == "claimed":
            note += f", observed / value = {b.ratio:.4g}"
        return note + (f" ({b.source})" if b.kind == "not valid" else "")
