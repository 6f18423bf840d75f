"""The one tolerance object; an argument everywhere, a global nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import InvalidInputError


@dataclass(frozen=True)
class Tolerances:
    """Numerical tolerances of the region engines, and of the geometry of their tables.

    Lengths are relative to the *scale* of the problem: the half-width of a bounded domain, or for
    an unbounded one the median distance of the hyperplanes from the origin. Distances are measured
    to normalised hyperplanes (unit normals), so multiplying all weights of a neuron by a positive
    number changes nothing.

    Parameters
    ----------
    on : float
        A vertex closer to a hyperplane than ``on * scale`` lies on it.
    noise : float
        A cell counts when it holds a ball of radius ``noise * scale``: below that, what looks like
        a cell may be the rounding of hyperplanes that meet or coincide.
    margin : float
        A cell that holds no ball of radius ``margin * scale`` is not left to floats: whether it
        counts is decided in rational arithmetic. So are distances between ``noise`` and ``on``.
    facet : float
        A vertex closer to the plane of a facet than ``facet * scale`` lies on it. Two planes are
        one when their unit normals differ by less, and their offsets by less than that.
    weld : float
        Vertices of a mesh closer than ``weld * scale`` are one.
    vanish : float
        A neuron whose affine map on a cell is smaller than ``vanish`` times the sum of the
        magnitudes that went into it is constant there (its gradient cancelled exactly).
    exact : int
        So many cells at most (in each subtree, with several jobs) are decided in rational
        arithmetic, which takes milliseconds each; the others are counted in
        ``Regions.undecided``, and the table is not complete.

    Examples
    --------
    >>> Tolerances().on
    1e-10
    """

    on: float = 1e-10
    noise: float = 1e-12
    margin: float = 1e-9
    facet: float = 1e-9
    weld: float = 1e-8
    vanish: float = 1e-13
    exact: int = 10_000

    def __post_init__(self) -> None:
        for name in ("on", "noise", "margin", "facet", "weld", "vanish"):
            value = getattr(self, name)
            if not 0.0 < value < 1e-2:
                raise InvalidInputError(f"`{name}` must lie between 0 and 0.01; got {value}")
        if self.exact < 0:
            raise InvalidInputError(f"`exact` must not be negative; got {self.exact}")
        if self.noise > self.on:
            raise InvalidInputError(f"`noise` must not exceed `on`; got {self.noise} > {self.on}")
